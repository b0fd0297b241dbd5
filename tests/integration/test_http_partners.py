"""Linked partners over HTTP: the register, hand-overs out and in, and who may see what."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from conftest import House
from web import LAMP, Web, web_of
from yihao.orders import jobs
from yihao.units import service as units
from yihao.units.model import By, UnitDraft

ENTRY = {
    "kind": "power",
    "number": "95598",
    "scope": "停电、线路抢修",
    "agreement": "示范联动协议第1号",
    "valid_from": "2021-01-01",
    "contact": "客服调度中心",
    "duty_phone": "0691-1234567",
}


@pytest.fixture
async def web(house: House) -> AsyncIterator[Web]:
    async with web_of(house) as made:
        yield made


async def add_unit(house: House, name: str, kind: str, place: str = "州") -> int:
    """A unit without officers: a partner needs none."""
    async with house.database.write(house.clockwork().wall()) as connection:
        edit = await units.edit(connection, By(account=3, role="setup", at=house.clock()))
        draft = UnitDraft(
            jurisdiction_id=house.places[place][0], name=f"示范{name}", kind=kind, in_indicators=kind == "soe"
        )
        house.units[name] = (await edit.create_unit(draft)).id
    units.look_again()
    return house.units[name]


async def partner(web: Web, name: str = "供电", **more: Any) -> int:
    """A registered partner."""
    unit = await add_unit(web.house, name, "soe")
    answer = await (await web.as_("manager")).put(f"/api/v1/partners/{unit}", json=ENTRY | more)
    assert answer.status_code == 200, answer.text
    return unit


async def test_out_acknowledged_archived_and_fed_back(web: Web) -> None:
    unit = await partner(web)
    power = await web.as_("partner", unit="供电")
    order = await web.register()
    number = order["number"]
    assert (await power.get(f"/api/v1/orders/{number}")).status_code == 404
    order = await web.do(await web.as_("agent"), order, "transfer", partner=unit, reason="属供电抢修", way="order")
    assert order["state"] == "transferred"
    seen = (await power.get(f"/api/v1/orders/{number}")).json()
    assert seen["partner_unit"] == unit and not seen["acknowledged"] and seen["duties"][0]["kind"] == "handover"
    assert seen["duties"][0]["unit"] == unit and seen["caller"]["phone"] == "138****0000"
    wanted = {"fields": ["phone"], "reason": "联系报修人"}
    assert (await power.post(f"/api/v1/orders/{number}/reveal", json=wanted)).status_code == 403
    offered = (await power.get(f"/api/v1/orders/{number}/verbs")).json()["items"]
    assert {one["verb"] for one in offered} == {"acknowledge", "decline_handover"} and offered[0]["due_at"]
    order = await web.do(power, order, "acknowledge", reference="示电-1")
    told = (await power.post(f"/api/v1/orders/{number}/reveal", json=wanted)).json()
    assert told["values"] == {"phone": "+8613800000000"} and told["rule"] == "after_sign"
    await jobs.run_clock(web.house.database, web.house.desk, web.house.clock() + timedelta(seconds=5))
    order = (await power.get(f"/api/v1/orders/{number}")).json()
    assert order["state"] == "archived"
    order = await web.do(power, order, "feed_back", result="done", text="已恢复供电，联系电话13800000000")
    assert order["state"] == "archived"
    history = (await (await web.as_("dispatcher")).get(f"/api/v1/orders/{number}/events")).json()["items"]
    assert [one["verb"] for one in history] == ["register", "transfer", "acknowledge", "archive", "feed_back"]
    assert history[-1]["unit"] == unit and "13800000000" not in str(history[-1]["texts"])


async def test_declined_with_a_reason_it_is_the_desks_again(web: Web) -> None:
    unit = await partner(web)
    power, agent = await web.as_("partner", unit="供电"), await web.as_("agent")
    order = await web.do(agent, await web.register(), "transfer", partner=unit, reason="属供电抢修")
    order = await web.do(power, order, "decline_handover", reason="产权属小区物业")
    assert order["state"] == "received"
    assert (await power.get(f"/api/v1/orders/{order['number']}")).status_code == 404
    again = await agent.post(
        f"/api/v1/orders/{order['number']}/verbs/transfer",
        json={"partner": unit, "reason": "再试"},
        headers={"if-match": f'"{order["version"]}"'},
    )
    assert again.status_code == 409 and "首接先受理" in again.json()["detail"]
    assert again.json()["clause"] == "国办发〔2022〕12号"


async def test_silence_is_recorded_as_a_breach_and_the_directory_shows_it(web: Web) -> None:
    unit = await partner(web)
    order = await web.do(await web.as_("agent"), await web.register(), "transfer", partner=unit, reason="抢修")
    web.house.clock.advance_to(web.house.clock() + timedelta(minutes=31))
    await jobs.run_clock(web.house.database, web.house.desk, web.house.clock())
    lead = await web.as_("shift_lead")
    duties = (await lead.get(f"/api/v1/orders/{order['number']}/duties")).json()["items"]
    assert [one["breached_at"] is not None for one in duties if one["kind"] == "handover"] == [True]
    (listed,) = (await lead.get("/api/v1/partners")).json()["items"]
    assert (listed["waiting"], listed["late"], listed["kind_label"]) == (1, 1, "供电")


async def test_in_and_what_became_of_it_only_its_own(web: Web) -> None:
    await partner(web)
    await partner(web, "供水", kind="water", number="96116")
    power, water = await web.as_("partner", unit="供电"), await web.as_("partner", unit="供水")
    appeal = LAMP | {"channel": "partner", "parent": "示电-2021-9"}
    made = await power.post("/api/v1/orders", json=appeal, headers={"idempotency-key": "p1"})
    assert made.status_code == 201 and made.json()["origin_unit"] == web.house.units["供电"]
    order = made.json()
    again = await power.post("/api/v1/orders", json=appeal, headers={"idempotency-key": "p1"})
    assert again.json()["number"] == order["number"]
    await web.register()
    mine = (await power.get("/api/v1/orders")).json()["items"]
    assert [one["number"] for one in mine] == [order["number"]]
    assert (await water.get("/api/v1/orders")).json()["items"] == []
    assert (await water.get(f"/api/v1/orders/{order['number']}")).status_code == 404
    order = await web.do(await web.as_("agent"), order, "refuse", code="litigation", explanation="请向法院起诉")
    seen = (await power.get(f"/api/v1/orders/{order['number']}")).json()
    assert seen["state"] == "refused" and seen["refusal"] == "litigation"
    assert (await power.get(f"/api/v1/orders/{order['number']}/verbs")).json()["items"] == []


async def test_bad_hand_overs_in_are_refused(web: Web) -> None:
    await partner(web)
    await add_unit(web.house, "供气", "soe")
    power, gas = await web.as_("partner", unit="供电"), await web.as_("partner", unit="供气")
    wrong = await power.post("/api/v1/orders", json=LAMP)
    assert wrong.status_code == 422 and wrong.json()["field"] == "channel"
    stranger = await gas.post("/api/v1/orders", json=LAMP | {"channel": "partner"})
    assert stranger.status_code == 409 and "未登记为联动单位" in stranger.json()["detail"]
    ended = ENTRY | {"valid_to": "2021-01-31"}
    unit = web.house.units["供电"]
    assert (await (await web.as_("manager")).put(f"/api/v1/partners/{unit}", json=ended)).status_code == 200
    over = await power.post("/api/v1/orders", json=LAMP | {"channel": "partner"})
    assert over.status_code == 409 and "已到期" in over.json()["detail"]


async def test_who_may_keep_and_read_the_register(web: Web) -> None:
    unit = await partner(web)
    for role in ("agent", "dispatcher", "shift_lead", "supervisor"):
        client = await web.as_(role)
        assert (await client.put(f"/api/v1/partners/{unit}", json=ENTRY)).status_code == 403
        assert len((await client.get("/api/v1/partners")).json()["items"]) == 1
    for role in ("unit_handler", "company"):
        client = await web.as_(role, unit="州建设局")
        assert (await client.get("/api/v1/partners")).json()["items"] == []
    own = await web.as_("partner", unit="供电")
    assert (await own.put(f"/api/v1/partners/{unit}", json=ENTRY)).status_code == 403
    assert [one["unit_id"] for one in (await own.get("/api/v1/partners")).json()["items"]] == [unit]
    assert (await web.http.get("/api/v1/partners")).status_code == 401
    county = await web.as_("manager", place="甲县")
    outside = await county.put(f"/api/v1/partners/{unit}", json=ENTRY)
    assert outside.status_code == 422 and "只能登记本辖区" in outside.json()["detail"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "heat"}, "kind"),
        ({"kind": "emergency"}, "number"),
        ({"number": "9x"}, "number"),
        ({"valid_to": "2020-12-31"}, "valid_to"),
        ({"valid_from": "昨天"}, "valid_from"),
        ({"agreement": ""}, "agreement"),
        ({"duty_phone": "请查"}, "duty_phone"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_bad_entries_are_refused_by_field(web: Web, wrong: dict[str, Any], field: str) -> None:
    unit = await add_unit(web.house, "供电", "soe")
    answer = await (await web.as_("manager")).put(f"/api/v1/partners/{unit}", json=ENTRY | wrong)
    assert answer.status_code == 422 and answer.json()["field"] == field, answer.text


async def test_which_units_and_numbers_may_be_registered(web: Web) -> None:
    manager = await web.as_("manager")
    await partner(web)
    bureau = await manager.put(f"/api/v1/partners/{web.house.units['州建设局']}", json=ENTRY)
    assert bureau.status_code == 422 and bureau.json()["field"] == "unit"
    twice = await manager.put(f"/api/v1/partners/{await add_unit(web.house, '供电二', 'soe')}", json=ENTRY)
    assert twice.status_code == 422 and twice.json()["field"] == "number"
    assert (await manager.put("/api/v1/partners/999999", json=ENTRY)).status_code == 404


async def test_a_change_is_audited_with_before_and_after(web: Web, owner: asyncpg.Connection) -> None:
    unit = await partner(web)
    manager = await web.as_("manager")
    for _ in range(2):  # the second time nothing changes
        await manager.put(f"/api/v1/partners/{unit}", json=ENTRY | {"active": False})
    rows = await owner.fetch("SELECT detail::text FROM audit WHERE action = 'partner.put' ORDER BY id")
    assert (
        len(rows) == 2
        and '"old"' not in rows[0]["detail"]
        and '"active": true' in rows[1]["detail"].replace('"active":true', '"active": true')
    )
