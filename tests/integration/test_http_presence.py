"""Two people on one order see each other: heartbeats, the event on the stream, leaving, falling silent, the scope."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from conftest import House
from events import Events, listening
from web import PASSWORD, Web, web_of
from yihao.orders import presence


@pytest.fixture
async def web(house: House) -> AsyncIterator[Web]:
    async with web_of(house) as made:
        yield made


async def beat(client: httpx.AsyncClient, number: str, doing: str = "viewing") -> list[tuple[str, str]]:
    answer = await client.put(f"/api/v1/orders/{number}/presence", json={"doing": doing})
    assert answer.status_code == 200, answer.text
    return [(one["role"], one["doing"]) for one in answer.json()["others"]]


async def company(events: Events) -> dict[str, Any]:
    while (event := await events.next()).name != "presence":
        pass
    return event.data


async def test_who_is_on_an_order_sees_the_others(web: Web, owner: asyncpg.Connection) -> None:
    order, other = await web.register(), await web.register()
    lead, dispatcher = await web.as_("shift_lead"), await web.as_("dispatcher")
    before = await owner.fetchval("SELECT count(*) FROM audit")
    assert await beat(lead, order["number"]) == [] and await beat(dispatcher, other["number"]) == []
    assert await beat(dispatcher, order["number"], "editing") == [("shift_lead", "viewing")]
    assert await beat(lead, order["number"]) == [("dispatcher", "editing")]
    answer = await lead.put(f"/api/v1/orders/{order['number']}/presence", json={"doing": "viewing"})
    there = answer.json()["others"][0]
    assert there["name"] == "演示账号" and there["account"] in web.accounts.values() and there["since"]
    assert (await dispatcher.delete(f"/api/v1/orders/{order['number']}/presence")).status_code == 204
    assert await beat(lead, order["number"]) == []
    assert await owner.fetchval("SELECT count(*) FROM audit") == before


async def test_who_falls_silent_is_there_no_more(web: Web, owner: asyncpg.Connection) -> None:
    order = await web.register()
    lead, dispatcher = await web.as_("shift_lead"), await web.as_("dispatcher")
    await beat(dispatcher, order["number"])
    await owner.execute(
        "UPDATE order_presence SET beat = beat - interval '31 seconds', since = since - interval '1 hour'"
    )
    assert await beat(lead, order["number"]) == []
    await beat(dispatcher, order["number"])
    fresh = "SELECT count(*) FROM order_presence WHERE since > clock_timestamp() - interval '1 minute'"
    assert await owner.fetchval(fresh) == 2, "who comes back has just come"
    await owner.execute("UPDATE order_presence SET beat = beat - interval '2 hours'")
    async with web.house.database.work() as connection:
        await presence.sweep(connection)
    assert await owner.fetchval("SELECT count(*) FROM order_presence") == 0


async def test_only_who_sees_the_order_can_be_on_it(web: Web) -> None:
    order = await web.register()
    for client, status in (
        (await web.as_("unit_receiver", unit="州市场局"), 404),
        (await web.as_("dispatcher", place="乙县"), 404),
        (await web.as_("auditor"), 403),
        (web.http, 401),
    ):
        answer = await client.put(f"/api/v1/orders/{order['number']}/presence", json={"doing": "viewing"})
        assert answer.status_code == status
    lead = await web.as_("shift_lead")
    wrong = await lead.put(f"/api/v1/orders/{order['number']}/presence", json={"doing": "sleeping"})
    assert wrong.status_code == 422


async def test_the_stream_tells_in_whichever_process_the_others_are(web: Web) -> None:
    order = await web.register()
    number = order["number"]
    lead, dispatcher = await web.as_("shift_lead"), await web.as_("dispatcher")
    headers = {"authorization": lead.headers["authorization"]}
    async with web_of(web.house) as elsewhere, listening(elsewhere.app, headers) as events:
        assert (await events.next()).name == "reload"
        await beat(lead, number)
        await beat(dispatcher, number)
        told = await company(events)
        assert told["number"] == number and [one["doing"] for one in told["others"]] == ["viewing"]
        await beat(dispatcher, number, "editing")
        assert [one["doing"] for one in (await company(events))["others"]] == ["editing"]
        await dispatcher.delete(f"/api/v1/orders/{number}/presence")
        assert (await company(events))["others"] == []
        assert await events.silent()


async def test_beats_keep_no_session_awake(web: Web) -> None:
    """A screen left alone ends like any other idle one; one that is used does not."""
    order = await web.register()
    name = await web.account("shift_lead")
    client = web.client()
    made = await client.post("/api/v1/sessions", json={"username": name, "password": PASSWORD})
    client.headers["x-csrf-token"] = made.json()["csrf_token"]
    clock = web.house.clock
    for _ in range(3):
        clock.advance_to(clock() + timedelta(minutes=6))
        assert await beat(client, order["number"]) == []
        assert (await client.get("/api/v1/me")).status_code == 200
    for _ in range(2):
        clock.advance_to(clock() + timedelta(minutes=7))
        assert await beat(client, order["number"]) == []
    clock.advance_to(clock() + timedelta(minutes=2))
    gone = await client.put(f"/api/v1/orders/{order['number']}/presence", json={"doing": "viewing"})
    assert gone.status_code == 401


async def test_what_an_untouched_screen_asks_for_keeps_no_session_awake(web: Web) -> None:
    """Lists are loaded anew at every change of anybody's: that alone must not keep a desk open its agent has left."""
    name = await web.account("shift_lead")
    client = web.client()
    made = await client.post("/api/v1/sessions", json={"username": name, "password": PASSWORD})
    client.headers["x-csrf-token"] = made.json()["csrf_token"]
    clock = web.house.clock
    for _ in range(2):
        clock.advance_to(clock() + timedelta(minutes=7))
        assert (await client.get("/api/v1/orders", headers={"x-idle": "1"})).status_code == 200
    clock.advance_to(clock() + timedelta(minutes=2))
    assert (await client.get("/api/v1/orders", headers={"x-idle": "1"})).status_code == 401
