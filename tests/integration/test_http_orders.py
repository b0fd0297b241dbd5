"""Orders over HTTP: the journey, reading, versions, repeats, refusals."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from conftest import House
from web import LAMP, Web, web_of
from yihao.profile import load


@pytest.fixture
async def web(house: House) -> AsyncIterator[Web]:
    async with web_of(house) as made:
        yield made


async def test_registered_to_archived(web: Web) -> None:
    order = await web.to_unit()
    handler = await web.as_("unit_handler", unit="州建设局")
    order = await web.do(handler, order, "progress", text="已联系", contacted=True)
    order = await web.do(handler, order, "reply", text="已修复。")
    assert order["state"] == "replied"
    assert (await handler.get(f"/api/v1/orders/{order['number']}")).json()["handled_by"] == "unit"
    order = await web.do(await web.as_("shift_lead"), order, "approve_reply", reason="属实")
    assert order["state"] == "closed" and order["state_label"] == "办结"
    clerk = await web.as_("revisit_clerk")
    order = await web.do(clerk, order, "revisit", reached=True)
    order = await web.do(clerk, order, "rate", service=5, handling=5, solved=True)
    assert order["state"] == "archived"
    events = (await clerk.get(f"/api/v1/orders/{order['number']}/events")).json()["items"]
    assert [event["verb"] for event in events][:4] == ["register", "prepare", "dispatch", "sign"]
    assert events[0]["label"] == "登记" and events[0]["account_name"] == "演示账号"
    duties = (await clerk.get(f"/api/v1/orders/{order['number']}/duties")).json()["items"]
    assert {duty["colour"] for duty in duties if duty["met_at"]} == {"done"}


async def test_an_answer_to_a_registration(web: Web) -> None:
    agent = await web.as_("agent")
    answer = await agent.post("/api/v1/orders", json=LAMP, headers={"idempotency-key": "one"})
    assert answer.status_code == 201 and answer.headers["etag"] == '"1"'
    order = answer.json()
    assert answer.headers["location"] == f"/api/v1/orders/{order['number']}"
    assert order["state"] == "received" and len(order["query_code"]) == 10 and order["duties"]
    assert order["handled_by"] is None and order["profile"] == "xishuangbanna"
    assert order["profile_digest"] == load("xishuangbanna").digest  # the very rules it is under
    assert order["caller"]["name"] == "演**" and order["caller"]["phone"] == "138****0000"
    assert "13800000000" not in answer.text
    read = await agent.get(f"/api/v1/orders/{order['number']}")
    assert read.headers["etag"] == '"1"'
    assert read.json() | {"query_code": None} == order | {"query_code": None}
    again = await agent.post("/api/v1/orders", json=LAMP, headers={"idempotency-key": "one"})
    assert again.status_code == 201 and again.json() == order  # the code too: its first answer may have been lost
    other = await agent.post("/api/v1/orders", json=LAMP | {"title": "别的"}, headers={"idempotency-key": "one"})
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
