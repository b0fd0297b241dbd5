"""Repeats are counted over links of any length and scope; a final answer and an appeal through every door."""

from __future__ import annotations

import pytest

from conftest import House
from web import Web, web_of
from yihao.errors import YihaoError
from yihao.orders import bodies, service
from yihao.orders.draft import Family, NotNow
from yihao.orders.model import Order
from yihao.people.scope import Actor

UNIT = "州建设局"
PROPOSAL = bodies.ProposeFinal(finding="无新事实、新理由。", evidence="材料目录", head_signed="示范局局长")


async def waiting(house: House) -> Order:
    agent = house.actor("agent")
    order = await house.register(agent)
    return await house.act(agent, order, "prepare", bodies.Prepare(category="light", area_code="532801"))


async def closed(house: House) -> Order:
    order = await waiting(house)
    order = await house.act(house.actor("dispatcher"), order, "dispatch", bodies.Dispatch(lead=house.units[UNIT]))
    order = await house.act(house.actor("unit_receiver", unit=UNIT), order, "sign", bodies.Empty())
    order = await house.act(house.actor("unit_handler", unit=UNIT), order, "reply", bodies.Reply(text="已更换。"))
    return await house.act(house.actor("shift_lead"), order, "approve_reply", bodies.Because(reason="属实"))


async def bind(house: House, child: Order, parent: Order, relation: str = "repeat", *, link: bool = True) -> Order:
    body = bodies.Merge(into=parent.number, relation=relation, link=link)  # type: ignore[arg-type]  # a plain word
    return await house.act(house.actor("dispatcher"), child, "merge", body)


async def family(house: House, actor: Actor, order: Order) -> Family:
    async with house.database.read(actor.wall()) as connection:
        place = await house.desk.places.at(connection, order.path)
        return await service.family_of(connection, place, order.number)


async def test_repeats_are_counted_over_links_and_merges_and_nobodys_clusters(house: House) -> None:
    first = await closed(house)
    second, third, fourth = [await waiting(house) for _ in range(3)]
    unit = house.actor("unit_handler", unit=UNIT)
    assert await family(house, unit, first) == Family(1, 1)
    second = await bind(house, second, first)
    assert second.state == "pending_dispatch"  # bound only, and handled by itself
    await bind(house, third, second, link=False)  # merged as a repeat into one that is under way
    await bind(house, fourth, first, "cluster")  # another caller's: no repeat
    for order in (first, second, third):  # whichever of them is asked, and though the unit sees the first alone
        assert await family(house, unit, order) == Family(3, 1)
    assert await family(house, unit, fourth) == Family(1, 0)
    with pytest.raises(YihaoError) as circle:
        await bind(house, await waiting(house), fourth, link=False)
        await bind(house, second, second)
    assert circle.value.field == "into"


async def test_a_unit_may_propose_from_the_third_order_on(house: House) -> None:
    first, unit = await closed(house), house.actor("unit_handler", unit=UNIT)
    await bind(house, await waiting(house), first)
    with pytest.raises(NotNow, match="现有 2 件"):
        await house.act(unit, first, "propose_final", PROPOSAL)
    again = await bind(house, await waiting(house), first)
    async with house.database.read(unit.wall()) as connection:
        place = await house.desk.places.at(connection, first.path)
        assert place.profile.flow.repeat.after == 3
    order = await house.act(unit, first, "propose_final", PROPOSAL)
    order = await house.act(house.actor("manager"), order, "finalise", bodies.Finalise(reason="同意"))
    assert order.state == "final" and order.final_seq == order.version - 1
    # What was bound to it is now closed by reference to the final answer.
    assert (await bind(house, again, order, link=False)).state == "merged"


async def test_over_http_the_verbs_know_the_repeats(house: House) -> None:
    async with web_of(house) as web:
        handler, manager = await web.as_("unit_handler", unit=UNIT), await web.as_("manager")
        order = await web.to_unit()
        order = await web.do(handler, order, "reply", text="已更换。")
        order = await web.do(await web.as_("shift_lead"), order, "approve_reply", reason="属实")
        path = f"/api/v1/orders/{order['number']}/verbs"
        assert "propose_final" not in await verbs(handler, path)
        for _ in range(2):
            child = await web.register()
            await web.do(await web.as_("agent"), child, "merge", into=order["number"], relation="repeat", link=True)
        offered = await verbs(handler, path)
        assert set(offered["propose_final"]["body"]["required"]) == {"finding", "evidence", "head_signed"}
        assert "finalise" not in await verbs(manager, path)
        order = await web.do(
            handler, order, "propose_final", finding="无新事实。", evidence="材料目录", head_signed="示范局局长"
        )
        decide = (await verbs(manager, path))["finalise"]
        assert decide["due_at"] is not None and "最终答复" in decide["label"]
        assert (await web.do(manager, order, "finalise", reason="同意"))["state"] == "final"


async def verbs(client, path):
    return {one["verb"]: one for one in (await client.get(path)).json()["items"]}


async def test_a_citizen_appeals_against_a_refusal(house: House) -> None:
    async with web_of(house) as web:
        made = await submit(web)
        number, path = made["number"], f"/api/public/v1/appeals/{made['number']}"
        ask = {"code": made["query_code"], "phone": "13900000000", "reason": "此事没有其他部门管"}
        early = await web.http.post(f"{path}/review", json=ask | {"phone": "13800000000"})
        assert (early.status_code, early.json()["code"]) == (409, "wrong_state")
        agent, manager = await web.as_("agent"), await web.as_("manager")
        order = (await agent.get(f"/api/v1/orders/{number}")).json()
        await web.do(agent, order, "refuse", code="litigation", explanation="请向法院起诉。")
        seen = await look(web, made)
        assert seen["stage"] == "ended" and seen["may"] == ["review"] and seen["reply"]["text"] == "请向法院起诉。"
        stranger = await web.http.post(f"{path}/review", json=ask)
        assert (stranger.status_code, stranger.json()["code"]) == (403, "phone_differs")
        assert "申请复核" in stranger.json()["detail"]
        asked = await web.http.post(f"{path}/review", json=ask | {"phone": "13800000000"})
        assert asked.status_code == 200, asked.text
        seen = asked.json()
        assert seen["stage"] == "reviewing" and seen["may"] == [] and seen["steps"][-1]["what"] == "您申请复核"
        assert seen["expected_by"] is not None
        twice = await web.http.post(f"{path}/review", json=ask | {"phone": "13800000000"})
        assert twice.status_code == 409
        order = (await manager.get(f"/api/v1/orders/{number}")).json()
        assert [duty["kind"] for duty in order["duties"]] == ["appeal_decision"]
        order = await web.do(manager, order, "uphold_refusal", explanation="经复核仍须通过诉讼解决。")
        seen = await look(web, made)
        assert seen["reply"]["text"] == "经复核仍须通过诉讼解决。" and seen["may"] == [] and seen["stage"] == "ended"


async def test_an_upheld_appeal_is_taken_on_again(house: House) -> None:
    async with web_of(house) as web:
        made = await submit(web)
        number = made["number"]
        agent, manager = await web.as_("agent"), await web.as_("manager")
        order = (await agent.get(f"/api/v1/orders/{number}")).json()
        await web.do(agent, order, "refuse", code="litigation", explanation="请向法院起诉。")
        ask = {"code": made["query_code"], "phone": "13800000000", "reason": "属公共设施"}
        await web.http.post(f"/api/public/v1/appeals/{number}/review", json=ask)
        order = (await manager.get(f"/api/v1/orders/{number}")).json()
        await web.do(manager, order, "reopen", ground="appeal_upheld", reason="应予受理")
        seen = await look(web, made)
        assert seen["stage"] == "accepted" and seen["reply"] is None and seen["steps"][-1]["what"] == "重新受理"


async def test_where_no_phone_was_given_none_is_right(house: House) -> None:
    async with web_of(house) as web:
        order = await web.register(caller={"name": "演示丙"})
        agent = await web.as_("agent")
        await web.do(agent, order, "refuse", code="litigation", explanation="请向法院起诉。")
        ask = {"code": order["query_code"], "phone": "不记得了", "reason": "属公共设施"}
        answer = await web.http.post(f"/api/public/v1/appeals/{order['number']}/review", json=ask)
        assert (answer.status_code, answer.json()["code"]) == (403, "phone_differs")


async def submit(web: Web) -> dict[str, str]:
    body = {
        "kind": "help", "domain": "service", "title": "路灯不亮", "content": "演示路的路灯三天不亮。",
        "caller": {"name": "演示乙", "phone": "13800000000"},
    }  # fmt: skip
    answer = await web.http.post("/api/public/v1/appeals", json=body, headers={"idempotency-key": "k" * 20})
    assert answer.status_code == 201, answer.text
    made: dict[str, str] = answer.json()
    return made


async def look(web: Web, made: dict[str, str]):
    return (await web.http.get(f"/api/public/v1/appeals/{made['number']}", params={"code": made["query_code"]})).json()
