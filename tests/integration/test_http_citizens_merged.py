"""A merged matter as its own citizen sees it: how the order it follows stands, and that one's reply."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from conftest import House
from web import Web, web_of
from yihao.orders.followers import children_follower

PATH = "/api/public/v1/appeals"
UNIT = "州建设局"


@pytest.fixture
async def web(house: House) -> AsyncIterator[Web]:
    async with web_of(house) as made:
        yield made


async def submit(web: Web, phone: str = "13800000000") -> dict[str, str]:
    body = {
        "kind": "help", "domain": "service", "title": "路灯不亮", "content": "演示路的路灯三天不亮。",
        "caller": {"name": "演示乙", "phone": phone},
    }  # fmt: skip
    answer = await web.http.post(PATH, json=body, headers={"idempotency-key": uuid4().hex})
    made: dict[str, str] = answer.json()
    return made


async def look(web: Web, made: dict[str, str]) -> dict[str, Any]:
    await children_follower(web.house.database, web.house.desk).drain(web.house.database)
    answer = await web.http.get(f"{PATH}/{made['number']}", params={"code": made["query_code"]})
    assert answer.status_code == 200, answer.text
    seen: dict[str, Any] = answer.json()
    return seen


async def order(web: Web, role: str, made: dict[str, str], **more: Any) -> tuple[Any, dict[str, Any]]:
    client = await web.as_(role, **more)
    return client, (await client.get(f"/api/v1/orders/{made['number']}")).json()


async def merge(web: Web, child: dict[str, str], parent: dict[str, str]) -> None:
    client, found = await order(web, "agent", child)
    await web.do(client, found, "merge", into=parent["number"], relation="repeat")


async def test_how_the_parent_stands_and_its_reply(web: Web) -> None:
    parent, child = await submit(web), await submit(web)
    await merge(web, child, parent)
    seen = await look(web, child)
    assert seen["stage"] == "accepted" and seen["reply"] is None and seen["may"] == []
    assert seen["sentence"] == "您的诉求已与同类诉求合并办理。您的诉求已受理，热线正在处理。"
    assert seen["steps"][-1]["what"] == "并入同类诉求一并办理"
    assert seen["expected_by"] == (await look(web, parent))["expected_by"] is not None
    client, found = await order(web, "dispatcher", parent)
    found = await web.do(client, found, "prepare", category="light", area_code="532801")
    found = await web.do(client, found, "dispatch", lead=web.house.units[UNIT])
    found = await web.do(await web.as_("unit_receiver", unit=UNIT), found, "sign")
    assert (await look(web, child))["sentence"] == "您的诉求已与同类诉求合并办理。示范州建设局正在办理您的诉求。"
    handler = await web.as_("unit_handler", unit=UNIT)
    found = await web.do(handler, found, "reply", text="已修复，另一位来电13811112222。", legal_basis="示范条例")
    seen = await look(web, child)
    assert seen["stage"] == "reviewing" and seen["reply"] is None  # not before it is released
    found = await web.do(await web.as_("shift_lead"), found, "approve_reply", reason="属实")
    seen = await look(web, child)
    assert seen["stage"] == "replied" and seen["may"] == ["rating"] and seen["expected_by"] is None
    assert seen["reply"]["text"] == "已修复，另一位来电138****2222。" and seen["reply"]["legal_basis"] == "示范条例"
    assert seen["reply"]["at"] == (await look(web, parent))["reply"]["at"]
    assert seen["steps"][-1]["what"] == "随同类诉求办结"
    rating = {"code": child["query_code"], "service": 5, "handling": 5, "solved": True}
    assert (await web.http.post(f"{PATH}/{child['number']}/rating", json=rating)).status_code == 200
    assert (await look(web, parent))["may"] == ["rating"]  # each has a rating of their own


async def test_a_refused_parent_says_why_and_a_chain_leads_to_its_end(web: Web) -> None:
    top, middle, low = await submit(web), await submit(web), await submit(web)
    await merge(web, low, middle)
    await merge(web, middle, top)
    client, found = await order(web, "agent", top)
    await web.do(client, found, "refuse", code="litigation", explanation="请向法院起诉。")
    for made in (middle, low):
        await look(web, made)
    for made in (middle, low):
        seen = await look(web, made)
        assert seen["reply"]["text"] == "请向法院起诉。", made
    assert (await look(web, middle))["stage"] == "ended"


async def test_a_final_answer_is_the_answer_to_what_is_closed_by_reference(web: Web) -> None:
    first, again = await submit(web), await submit(web)
    client, found = await order(web, "agent", first)
    answer = {"text": "请到窗口办理。", "expert": "演示专家", "reason": "一般咨询"}
    await web.do(client, found, "answer", **answer)
    client, found = await order(web, "agent", again)
    found = await web.do(client, found, "merge", into=first["number"], relation="repeat", link=True)
    third = await submit(web)
    client, bound = await order(web, "agent", third)
    await web.do(client, bound, "merge", into=first["number"], relation="repeat", link=True)
    lead = await web.as_("shift_lead")
    found = await web.do(
        lead, found, "propose_final", finding="已依法答复，无新事实。", evidence="材料目录", head_signed="示范局局长"
    )
    assert (await look(web, again))["steps"][-1]["what"] == "受理"  # neither the bond nor the proposal is shown
    await web.do(await web.as_("manager"), found, "finalise", reason="同意")
    assert (await look(web, again))["reply"]["text"] == "已依法答复，无新事实。"
    await merge(web, third, again)
    seen = await look(web, third)
    assert seen["stage"] == "ended" and seen["reply"]["text"] == "已依法答复，无新事实。"
