"""The history of who calls: within scope, masked, recorded without the number."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest

from conftest import House
from web import Web, web_of

LOOKUP = "/api/v1/callers/lookup"


LAMP_AGAIN = {
    "channel": "phone",
    "kind": "help",
    "domain": "service",
    "content": "路灯又不亮了。",
    "caller": {"name": "演示甲", "phone": "13800000000"},
}


@pytest.fixture
async def web(house: House) -> AsyncIterator[Web]:
    async with web_of(house) as made:
        yield made


async def test_the_earlier_orders_of_a_number_open_ones_first(web: Web, owner: asyncpg.Connection) -> None:
    old = await web.register(title="旧")
    web.house.clock.advance_to(web.house.clock() + timedelta(days=40))
    agent = await web.sign_in(await web.account("agent"))
    answer = await agent.post("/api/v1/orders", json={**LAMP_AGAIN, "title": "新"})
    new = answer.json()
    done = await web.do(agent, new, "answer", text="答复", knowledge_item=None, expert="专家", reason="政策咨询")
    found = (await agent.post(LOOKUP, json={"phone": "138-0000-0000"})).json()
    assert [one["number"] for one in found["items"]] == [old["number"], done["number"]]
    assert (found["total"], found["open"], found["month"], found["year"]) == (2, 1, 1, 2)
    assert found["caller"]["phone"] == "138****0000" and "演示甲" not in str(found) and found["rating"] is None
    rows = await owner.fetch("SELECT * FROM audit WHERE action = 'order.find_caller'")
    assert set(rows[0]["numbers"]) == {old["number"], new["number"]}
    assert "13800000000" not in str([dict(row) for row in rows])


async def test_the_last_rating_is_told(web: Web) -> None:
    agent = await web.as_("agent")
    order = await web.register()
    order = await web.do(agent, order, "answer", text="答复", expert="专家", reason="政策咨询")
    made = await agent.post("/api/v1/orders", json={**LAMP_AGAIN, "title": "又"})
    code, number = made.json()["query_code"], made.json()["number"]
    await web.do(agent, made.json(), "answer", text="答复", expert="专家", reason="政策咨询")
    rated = await web.http.post(
        f"/api/public/v1/appeals/{number}/rating",
        params={"code": code},
        json={"service": 5, "handling": 4, "solved": True},
    )
    assert rated.status_code in {200, 201}, rated.text
    found = (await agent.post(LOOKUP, json={"phone": "13800000000"})).json()
    assert found["rating"] == {"number": number, "service": 5, "handling": 4, "solved": True}


async def test_reporters_strangers_and_other_branches_are_not_found(web: Web) -> None:
    await web.register(kind="report")
    await web.register()
    county = await web.as_("agent", place="乙县")
    assert (await county.post(LOOKUP, json={"phone": "13800000000"})).json()["total"] == 0
    agent = await web.as_("agent")
    assert (await agent.post(LOOKUP, json={"phone": "13800000000"})).json()["total"] == 1
    nobody = (await agent.post(LOOKUP, json={"phone": "13911112222"})).json()
    assert nobody["items"] == [] and nobody["caller"] is None


async def test_who_registers_looks_up_and_a_wrong_number_is_refused_by_name(web: Web) -> None:
    agent = await web.as_("agent")
    wrong = await agent.post(LOOKUP, json={"phone": "12"})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "phone")
    for role in ("dispatcher", "auditor", "kb_editor"):
        assert (await (await web.as_(role)).post(LOOKUP, json={"phone": "13800000000"})).status_code == 403
