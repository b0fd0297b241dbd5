"""The live board: figures of the scope, each with the filter that lists just its orders."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from conftest import House
from web import Web, web_of
from yihao.indicators import board, service
from yihao.orders.kept import Kept


@pytest.fixture
async def web(house: House, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Web]:
    monkeypatch.setattr(board, "BOARDS", Kept(0))
    async with web_of(house) as made:
        yield made


async def seen(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.get("/api/v1/board")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def listed(client: httpx.AsyncClient, tally: dict[str, Any]) -> int:
    """How many rows the figure's own filter lists."""
    asked = dict(tally["filter"])
    path = f"/api/v1/{tally['source']}"
    if tally["source"] == "indicators":
        path += f"/{asked.pop('name')[0]}/orders"
    answer = await client.get(path, params=asked)
    assert answer.status_code == 200, answer.text
    return len(answer.json()["items"])


def tallies(part: Any) -> list[dict[str, Any]]:
    if isinstance(part, list):
        return [one for each in part for one in tallies(each)]
    if isinstance(part, dict):
        own = [part] if "filter" in part else []
        return own + [one for name, each in part.items() if name != "filter" for one in tallies(each)]
    return []


async def living(web: Web) -> httpx.AsyncClient:
    """Orders in several states, some urgent, one returned, some past due; the figures have been taken in."""
    dispatcher, handler = await web.as_("dispatcher"), await web.as_("unit_reviewer", unit="州建设局")
    await web.register(urgency="urgent")
    await web.register(kind="consult")
    await web.to_unit(urgency="critical")
    order = await web.to_unit()
    await web.do(
        handler,
        order,
        "return",
        legal_basis="三定规定",
        suggested_unit=web.house.units["州市场局"],
        explanation="非本单位职责",
    )
    waits = await web.register()
    waits = await web.do(dispatcher, waits, "prepare", category="light", area_code="532801")
    await web.do(dispatcher, waits, "dispatch", lead=web.house.units["州建设局"])
    await service.follower(web.house.desk.places).drain(web.house.database)
    return await web.as_("shift_lead")


async def test_every_figure_lists_as_many_as_it_counts(web: Web) -> None:
    lead = await living(web)
    whole = await seen(lead)
    every = tallies(whole)
    assert len(every) > 15
    for tally in every:
        assert await listed(lead, tally) == tally["count"], tally
    assert whole["open"]["count"] == 5 and whole["pressing"]["count"] == 2
    assert {one["state"]: one["count"] for one in whole["states"] if one["count"]} == {
        "received": 2,
        "dispatched": 1,
        "signed": 1,
        "return_review": 1,
    }
    assert {one["duty"]: one["count"] for one in whole["decisions"] if one["count"]} == {"return_review": 1}
    assert whole["today"]["registered"]["count"] == 5 and whole["today"]["dispatched"]["count"] == 3
    assert whole["today"]["closed"]["count"] == 0 and whole["worst"] == []


async def test_what_is_past_due_names_the_unit(web: Web) -> None:
    await living(web)
    web.house.clock.advance_to(web.house.clock() + timedelta(days=40))
    lead = await web.sign_in(await web.account("shift_lead"))
    whole = await seen(lead)
    worst = whole["worst"][0]
    assert worst["unit"] == web.house.units["州建设局"] and worst["name"] == "示范州建设局" and worst["count"] > 2
    for tally in (*whole["worst"], *whole["units"], *whole["desk"]):
        assert await listed(lead, tally) == tally["count"], tally
    assert {one["colour"] for one in whole["units"]} == {"red"}


async def test_scope(web: Web) -> None:
    await living(web)
    county = await seen(await web.as_("manager", place="乙县"))
    assert county["open"]["count"] == 0 and county["desk"] == [] and county["today"]["registered"]["count"] == 0
    unit = await web.as_("unit_reviewer", unit="州建设局")
    own = await seen(unit)
    assert own["units"] == [] and own["worst"] == [] and own["open"]["count"] == 3
    for tally in own["desk"]:
        assert await listed(unit, tally) == tally["count"], tally
    assert (await (await web.as_("auditor")).get("/api/v1/board")).status_code == 403


async def test_an_answer_is_shared_for_a_moment_and_counted_once(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(board, "BOARDS", Kept(3, lambda: now[0]))
    lead, other = await web.as_("shift_lead"), await web.as_("dispatcher")
    assert (await seen(lead))["open"]["count"] == 0
    await web.register()
    assert (await seen(other))["open"]["count"] == 0, "who stands behind the same wall shares it"
    assert (await seen(await web.as_("shift_lead", cleared=True)))["open"]["count"] == 1
    now[0] = 3.5
    assert (await seen(other))["open"]["count"] == 1
