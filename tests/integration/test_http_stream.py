"""Live changes: who is told what, what is caught up with, and when a stream ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from conftest import House
from events import Events, listening
from live import live_of
from web import LAMP, PASSWORD, Web, web_of
from yihao.orders import live as live_room
from yihao.orders.live import Live


@pytest.fixture
async def web(house: House) -> AsyncIterator[Web]:
    async with web_of(house) as made:
        yield made


def hub(web: Web) -> Live:
    """The process's own reader."""
    return web.app.app.state.live


async def headers_of(web: Web, *roles: str, **more: Any) -> dict[str, str]:
    """What a client of that role sends."""
    client = await web.as_(*roles, **more)
    return {"authorization": client.headers["authorization"]}


async def until_empty(web: Web) -> None:
    for _ in range(100):
        if not len(hub(web)):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{len(hub(web))} still listen")


async def test_a_change_is_told_and_says_nothing_of_a_person(web: Web) -> None:
    async with listening(web.app, await headers_of(web, "dispatcher")) as events:
        assert (await events.next()).name == "reload"
        assert events.status == 200 and events.headers["content-type"].startswith("text/event-stream")
        assert events.headers["cache-control"] == "no-store"
        order = await web.register()
        told = await events.next()
        assert told.name == "change" and told.id
        assert told.data == {
            "number": order["number"], "version": 1, "state": "received", "verb": "register",
            "at": order["registered_at"],
        }  # fmt: skip
        await web.do(await web.as_("dispatcher"), order, "prepare", category="light", area_code="532801")
        told = (await events.next()).data
        assert (told["verb"], told["version"], told["state"]) == ("prepare", 2, "pending_dispatch")
    await until_empty(web)


async def test_only_what_lies_in_the_scope_is_told(web: Web) -> None:
    house = web.house
    async with AsyncExitStack() as stack:

        async def listen(*roles: str, **more: Any) -> Events:
            events = await stack.enter_async_context(listening(web.app, await headers_of(web, *roles, **more)))
            assert (await events.next()).name == "reload"
            return events

        lead = await listen("unit_receiver", unit="州建设局")
        stranger = await listen("unit_receiver", unit="州市场局")
        county = await listen("dispatcher", place="乙县")
        uncleared, cleared = await listen("dispatcher"), await listen("shift_lead", cleared=True)
        order = await web.register()
        secret = await web.register(secrecy="confidential")
        assert [(await cleared.next()).data["number"] for _ in range(2)] == [order["number"], secret["number"]]
        assert (await uncleared.next()).data["number"] == order["number"]
        dispatcher = await web.as_("dispatcher")
        order = await web.do(dispatcher, order, "prepare", category="light", area_code="532801")
        assert await lead.silent()  # nothing of the order was told before it is the unit's
        await web.do(dispatcher, order, "dispatch", lead=house.units["州建设局"])
        told = (await lead.next()).data
        assert (told["number"], told["verb"]) == (order["number"], "dispatch")
        assert {(await uncleared.next()).data["verb"] for _ in range(2)} == {"prepare", "dispatch"}
        assert await stranger.silent() and await county.silent(0.1) and await uncleared.silent(0.1)


async def test_a_step_before_an_order_became_confidential_is_not_told_after_it(
    web: Web, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wall is asked when a step is told, not when it was taken."""
    monkeypatch.setattr(live_room, "POLL", 2.0)
    async with listening(web.app, await headers_of(web, "dispatcher")) as events:
        await events.next()
        await asyncio.sleep(0.2)
        order = await web.register()
        await owner.execute("UPDATE work_order SET secrecy = 'confidential' WHERE number = $1", order["number"])
        assert await events.silent(3)


async def test_who_was_cut_off_catches_up(web: Web) -> None:
    headers = await headers_of(web, "dispatcher")
    async with listening(web.app, headers) as held, listening(web.app, headers) as events:
        await events.next()
        first = await web.register()
        last = (await events.next()).id
        await held.next()
        missed = [(await web.register())["number"] for _ in range(3)]
        for _ in range(4):
            await held.next()
        async with listening(web.app, headers | {"last-event-id": last}) as again:
            assert [(await again.next()).data["number"] for _ in range(3)] == missed
            fourth = await web.register()
            assert (await again.next()).data["number"] == fourth["number"]
        other = await headers_of(web, "unit_receiver", unit="州市场局")
        async with listening(web.app, other | {"last-event-id": last}) as stranger:
            assert await stranger.silent()
        for unknown in ("1-1", "x", "-", "99999999999999999999-1"):
            async with listening(web.app, headers | {"last-event-id": unknown}) as lost:
                assert (await lost.next()).name == "reload"
        assert first["number"] not in missed


async def test_another_process_knows_the_past_too(web: Web, house: House) -> None:
    """Every worker reads the same feed: a browser may be answered by another one when it comes back."""
    headers = await headers_of(web, "dispatcher")
    async with listening(web.app, headers) as events:
        await events.next()
        await web.register()
        last = (await events.next()).id
        missed = await web.register()
        await events.next()
    async with web_of(house) as other, listening(other.app, headers | {"last-event-id": last}) as again:
        assert (await again.next()).data["number"] == missed["number"]


async def test_a_slow_reader_is_told_to_load_anew(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_room, "QUEUE", 3)
    headers = await headers_of(web, "dispatcher")
    async with listening(web.app, headers) as quick, listening(web.app, headers) as slow:
        await quick.next(), await slow.next()
        slow.hold.clear()
        for _ in range(9):
            await web.register()
            await quick.next()
        slow.hold.set()
        await asyncio.sleep(1)
        names = [event.name for event in slow.come()]
        assert "reload" in names and len(names) < 9
        # Whatever was left out, a fresh change comes through.
        order = await web.register()
        assert (await slow.next()).data["number"] == order["number"]


async def test_silence_is_broken_by_beats(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_room, "HEARTBEAT", 0.1)
    async with listening(web.app, await headers_of(web, "dispatcher")) as events:
        await events.next()
        for _ in range(3):
            assert (await events.next()).name == "beat"


async def test_signing_out_ends_the_stream(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_room, "LOOK", 0.2)
    client = await web.sign_in(await web.account("dispatcher"))
    async with listening(web.app, {"authorization": client.headers["authorization"]}) as events:
        await events.next()
        assert (await client.delete("/api/v1/sessions/current")).status_code < 300
        await asyncio.wait_for(events.ended.wait(), 10)
    await until_empty(web)


async def test_nothing_is_told_to_a_session_that_has_ended(web: Web, owner: asyncpg.Connection) -> None:
    """Even when it ended a moment ago, elsewhere."""
    client = await web.sign_in(await web.account("dispatcher"))
    async with listening(web.app, {"authorization": client.headers["authorization"]}) as events:
        await events.next()
        await owner.execute("DELETE FROM session")
        await web.house.register(web.house.actor("agent"))  # needs no session
        with pytest.raises(EOFError):
            await events.next()


async def test_listening_keeps_no_browser_awake(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_room, "LOOK", 0.2)
    client = web.client()
    sent = {"username": await web.account("dispatcher"), "password": PASSWORD}
    assert (await client.post("/api/v1/sessions", json=sent)).status_code == 201
    cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    async with listening(web.app, {"cookie": cookie}) as events:
        assert (await events.next()).name == "reload"
        for _ in range(4):
            web.house.clock.advance_to(web.house.clock() + timedelta(minutes=4))
            await asyncio.sleep(0.5)
        await asyncio.wait_for(events.ended.wait(), 10)


async def test_a_revoked_role_narrows_the_stream(web: Web, owner: asyncpg.Connection) -> None:
    name = await web.account("dispatcher")
    client = await web.sign_in(name)
    async with listening(web.app, {"authorization": client.headers["authorization"]}) as events:
        await events.next()
        await owner.execute("UPDATE account_role SET role = 'kb_editor' WHERE account_id = $1", web.accounts[name])
        await web.register()
        assert await events.silent(2)


async def test_one_question_a_scope_not_one_a_listener(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    honest = Live._seen

    async def counted(self: Live, wall: Any, changes: Any) -> set[str]:
        asked.append(wall)
        return await honest(self, wall, changes)

    async with AsyncExitStack() as stack:
        all_of: list[Events] = []
        for roles in (("dispatcher",), ("shift_lead",), ("agent",)):
            for _ in range(3):
                headers = await headers_of(web, *roles)
                all_of.append(await stack.enter_async_context(listening(web.app, headers)))
        for events in all_of:
            await events.next()
        monkeypatch.setattr(Live, "_seen", counted)
        order = await web.register()
        for events in all_of:
            assert (await events.next()).data["number"] == order["number"]
    assert len(asked) == 1


async def test_an_interruption_is_said(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_room, "LOOK", 0.1)
    broken = True
    honest = Live._known

    async def failing(self: Live, rows: Any) -> Any:
        nonlocal broken
        if broken and rows:
            broken = False
            raise ConnectionError
        return await honest(self, rows)

    async with listening(web.app, await headers_of(web, "dispatcher")) as events:
        await events.next()
        monkeypatch.setattr(Live, "_known", failing)
        await web.register()
        assert (await events.next()).name == "reload"
        order = await web.register()
        assert (await events.next()).data["number"] == order["number"]


async def test_who_may_not_listen(web: Web) -> None:
    assert (await web.http.get("/api/v1/stream")).status_code == 401
    refused = await (await web.as_("admin")).get("/api/v1/stream")
    assert (refused.status_code, refused.json()["code"]) == (403, "no_orders")
    dispatcher = await web.as_("dispatcher")
    headers = await headers_of(web, "dispatcher")
    async with AsyncExitStack() as stack:
        for _ in range(8):
            await (await stack.enter_async_context(listening(web.app, headers))).next()
        refused = await dispatcher.get("/api/v1/stream")
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_streams")
        assert int(refused.headers["retry-after"]) > 0
    await until_empty(web)
    async with listening(web.app, headers) as events:
        await events.next()


async def test_opening_is_recorded(web: Web, owner: asyncpg.Connection) -> None:
    async with listening(web.app, await headers_of(web, "dispatcher")) as events:
        await events.next()
    assert await owner.fetchval("SELECT count(*) FROM audit WHERE action = 'stream.open'") == 1


async def test_over_a_real_connection(house: House, tmp_path: Path) -> None:
    async with live_of(house, tmp_path) as live:
        token = await live.token("agent", "dispatcher")
        headers = {"authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=live.url, headers=headers, timeout=20) as client:
            told: list[Any] = []
            async with client.stream("GET", "/api/v1/stream") as answer:
                assert answer.status_code == 200
                made = ""
                async for line in answer.aiter_lines():
                    if line == "event: reload":
                        made = (await client.post("/api/v1/orders", json=LAMP)).json()["number"]
                    if line.startswith("data: {") and made and "number" in line:
                        told.append(json.loads(line.removeprefix("data: ")))
                        await client.delete("/api/v1/sessions/current")
                # The session ended, and with it the stream, by the server's own word.
            assert [one["number"] for one in told] == [made]
