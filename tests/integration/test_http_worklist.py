"""The lists and figures of the desks: what is owed by whom, in which colour, and how much of it there is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from conftest import House
from web import Web, web_of
from yihao.orders import worklist
from yihao.orders.kept import Kept

COLOURS = ("green", "yellow", "red", "paused")
REVIEW = {"flow.yaml": "unit_review: {on: true, basis: {design: 单位内审}}\n"}


@pytest.fixture
async def web(house: House, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Web]:
    monkeypatch.setattr(worklist, "COUNTS", Kept(0))
    async with web_of(house) as made:
        yield made


async def owed(client: httpx.AsyncClient, **asked: Any) -> list[tuple[str, str]]:
    answer = await client.get("/api/v1/worklist", params=asked)
    assert answer.status_code == 200, answer.text
    return [(one["number"], one["duty"]) for one in answer.json()["items"]]


async def counts(client: httpx.AsyncClient, **asked: Any) -> dict[str, Any]:
    answer = await client.get("/api/v1/worklist/counts", params=asked)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    by_duty = {one["duty"]: {name: one[name] for name in COLOURS if one[name]} for one in found["items"]}
    return by_duty | {name: found[name] for name in ("back", "pending")}


async def dispatched(web: Web, **fields: Any) -> dict[str, Any]:
    dispatcher = await web.as_("dispatcher")
    order = await web.register(**fields)
    order = await web.do(dispatcher, order, "prepare", category="light", area_code="532801")
    return await web.do(dispatcher, order, "dispatch", lead=web.house.units["州建设局"])


async def test_a_row_says_what_a_desk_shows(web: Web) -> None:
    order = await dispatched(web, channel="web", urgency="urgent")
    row = (await (await web.as_("unit_receiver", unit="州建设局")).get("/api/v1/worklist")).json()["items"][0]
    assert row["number"] == order["number"] and row["version"] == order["version"]
    assert (row["duty"], row["kind"], row["channel"], row["urgency"]) == ("sign", "help", "web", "urgent")
    assert row["category_name"] and row["area_name"] == "示范甲县" and row["lead_unit_name"] == "示范州建设局"
    one = (await (await web.as_("shift_lead")).get(f"/api/v1/orders/{order['number']}")).json()
    assert (one["lead_unit_name"], one["area_name"], one["colour"]) == ("示范州建设局", "示范甲县", row["colour"])
    assert row["unit_name"] == "示范州建设局" and row["colour"] in {"green", "yellow"} and not row["back"]


async def test_filters_of_the_desk(web: Web) -> None:
    lamp, road = await dispatched(web), await dispatched(web, channel="letter", urgency="urgent", kind="complaint")
    fresh = await web.register(kind="consult")
    lead, unit = await web.as_("shift_lead"), await web.as_("unit_receiver", unit="州建设局")
    assert await owed(lead) == [(fresh["number"], "dispatch")]
    both = {lamp["number"], road["number"]}
    assert {number for number, duty in await owed(unit, duty=["sign"])} == both
    assert set(await owed(unit, duty=["sign", "handling"], channel="letter")) == {
        (road["number"], "sign"),
        (road["number"], "handling"),
    }
    assert await owed(unit, duty="sign", urgency="normal") == [(lamp["number"], "sign")]
    assert await owed(unit, duty="sign", kind=["complaint", "report"]) == [(road["number"], "sign")]
    assert {number for number, _ in await owed(lead, of="units", duty="sign")} == both
    assert {number for number, _ in await owed(lead, of="all")} == {*both, fresh["number"]}
    here = web.house.units["州建设局"]
    assert {number for number, _ in await owed(lead, unit=here)} == both
    assert await owed(unit, unit=web.house.units["州市场局"]) == []
    assert await owed(unit, of="units") == []
    assert {number for number, _ in await owed(lead, of="units", area="532801", category="light")} == both
    assert await owed(lead, of="units", area="532822") == []
    assert await owed(lead, state="pending_dispatch") == [] and await owed(lead, line="96301") == []
    assert (await lead.get("/api/v1/worklist", params={"duty": "tea"})).status_code == 400
    assert (await lead.get("/api/v1/worklist", params={"due_before": "2021-09-28T10:00:00"})).status_code == 422


async def test_a_clock_goes_from_green_over_yellow_to_red_and_the_figures_with_it(web: Web) -> None:
    await dispatched(web)
    unit = await web.as_("unit_receiver", unit="州建设局")
    row = next(one for one in (await unit.get("/api/v1/worklist", params={"duty": "handling"})).json()["items"])
    assert row["colour"] == "green" and (await counts(unit))["handling"] == {"green": 1}
    assert len(await owed(unit, colour="green", duty="handling")) == 1
    for colour, days in (("yellow", 6), ("red", 12)):
        web.house.clock.advance_to(web.house.clock() + timedelta(days=days))
        unit = await web.sign_in(await web.account("unit_receiver", unit="州建设局"))
        row = next(one for one in (await unit.get("/api/v1/worklist", params={"duty": "handling"})).json()["items"])
        assert row["colour"] == colour and row["overdue"] == (colour == "red"), row
        assert (await counts(unit))["handling"] == {colour: 1}
        for one in COLOURS:
            assert len(await owed(unit, colour=one, duty="handling")) == (one == colour)


async def test_what_waits_for_the_reviewer_is_listed_while_it_does(web: Web, owner: asyncpg.Connection) -> None:
    put = f"/api/v1/jurisdictions/{web.house.places['州'][0]}/layer"
    told = await (await web.as_("manager")).put(put, json={"files": REVIEW, "reason": "试行单位内审"})
    assert told.status_code == 200, told.text
    order = await web.to_unit()
    handler, reviewer = await web.as_("unit_handler", unit="州建设局"), await web.as_("unit_reviewer", unit="州建设局")
    assert (await counts(reviewer))["pending"] == 0
    order = await web.do(handler, order, "reply", text="已修复。")
    assert await owed(reviewer, pending=True, duty="handling") == [(order["number"], "handling")]
    assert await owed(reviewer, pending=False, duty="handling") == [] and (await counts(reviewer))["pending"] == 1
    listed = (await reviewer.get("/api/v1/orders?pending=true")).json()["items"]
    assert [one["number"] for one in listed] == [order["number"]]
    order = await web.do(reviewer, order, "unit_reject", reason="请补充")
    assert await owed(reviewer, pending=True) == [] and await owner.fetchval("SELECT count(*) FROM order_pending") == 0


async def test_a_returned_order_comes_back_to_the_dispatcher_as_such(web: Web) -> None:
    order = await web.to_unit()
    handler, lead = await web.as_("unit_reviewer", unit="州建设局"), await web.as_("shift_lead")
    order = await web.do(
        handler,
        order,
        "return",
        legal_basis="三定规定",
        suggested_unit=web.house.units["州市场局"],
        explanation="非本单位职责",
    )
    web.house.clock.advance_to(web.house.clock() + timedelta(minutes=5))
    assert await owed(lead, duty="return_review") == [(order["number"], "return_review")]
    await web.do(lead, order, "approve_return", reason="同意")
    fresh = await web.register()
    assert {number for number, _ in await owed(lead, duty="dispatch")} == {order["number"], fresh["number"]}
    assert await owed(lead, back=True) == [(order["number"], "dispatch")]
    assert (await counts(lead))["back"] == 1 and sum((await counts(lead))["dispatch"].values()) == 2


async def test_urged_orders_and_replies_sent_back_are_marked_while_in_hand(web: Web, owner: asyncpg.Connection) -> None:
    order = await web.to_unit()
    other = await web.to_unit()
    unit, lead = await web.as_("unit_handler", unit="州建设局"), await web.as_("shift_lead")
    order = await web.do(await web.as_("agent"), order, "urge", reason="再次来电")
    for client, asked in ((unit, {}), (await web.as_("supervisor"), {"of": "units"})):
        assert await owed(client, mark="urged", duty="handling", **asked) == [(order["number"], "handling")]
        figures = (await client.get("/api/v1/worklist/counts", params=asked)).json()
        assert (figures["urged"], figures["sent_back"]) == (1, 0)
    order = await web.do(unit, order, "reply", text="已修复。")
    assert await owner.fetchval("SELECT count(*) FROM order_mark") == 0
    await web.do(lead, order, "reject_reply", reason="缺少照片")
    found = (await unit.get("/api/v1/worklist", params={"duty": "handling"})).json()["items"]
    assert {one["number"]: one["marks"] for one in found} == {order["number"]: ["sent_back"], other["number"]: []}
    assert await owed(unit, mark="sent_back", duty="handling") == [(order["number"], "handling")]
    assert await owed(await web.as_("unit_handler", unit="州市场局"), mark="sent_back") == []


async def test_confidential_orders_are_counted_for_who_may_see_them(web: Web) -> None:
    await web.register(secrecy="confidential")
    plain, cleared = await web.as_("shift_lead"), await web.as_("shift_lead", cleared=True)
    assert await owed(plain) == [] and "dispatch" not in await counts(plain)
    assert len(await owed(cleared)) == 1 and sum((await counts(cleared))["dispatch"].values()) == 1
    county = await web.as_("dispatcher", place="乙县")
    assert await counts(county) == {"back": 0, "pending": 0}
    assert (await (await web.as_("auditor")).get("/api/v1/worklist/counts")).status_code == 403


async def test_lists_take_several_words_of_a_filter(web: Web) -> None:
    lamp = await web.to_unit()
    ask = await web.register(kind="consult", channel="web", urgency="urgent")
    wait = await web.register(kind="praise", channel="letter")
    lead = await web.as_("shift_lead")

    async def found(**asked: Any) -> set[str]:
        answer = await lead.get("/api/v1/orders", params=asked)
        assert answer.status_code == 200, answer.text
        return {one["number"] for one in answer.json()["items"]}

    assert await found(state=["signed", "received"]) == {lamp["number"], ask["number"], wait["number"]}
    assert await found(state=["signed", "paused"]) == {lamp["number"]}
    assert await found(state=["received", "signed"], kind=["praise", "help"]) == {lamp["number"], wait["number"]}
    assert await found(channel=["web", "letter"], urgency=["urgent"]) == {ask["number"]}
    assert await found(duty=["handling", "sign"]) == {lamp["number"]}
    unit = web.house.units["州建设局"]
    assert await found(unit=unit, part="lead") == {lamp["number"]} and await found(unit=unit, part="assist") == set()
    row = next(one for one in (await lead.get("/api/v1/orders")).json()["items"] if one["number"] == lamp["number"])
    assert row["lead_unit_name"] == "示范州建设局" and row["colour"] in {"green", "yellow"} and row["category_name"]


async def test_pages_over_several_states_leave_nothing_out(web: Web) -> None:
    made = [(await web.register(title=f"第{n}件"))["number"] for n in range(5)] + [(await web.to_unit())["number"]]
    lead, seen, after = await web.as_("shift_lead"), [], None
    for _ in range(6):
        asked = {"state": ["received", "signed"], "limit": 2} | ({"after": after} if after else {})
        page = (await lead.get("/api/v1/orders", params=asked)).json()
        seen += [one["number"] for one in page["items"]]
        if (after := page["next"]) is None:
            break
    assert seen == sorted(made, reverse=True)
