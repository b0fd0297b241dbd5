"""The enterprise lane over a real database: lists, work lists, figures and their file, in two places side by side."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from typing import Any

import openpyxl
import pytest

from conftest import House
from web import LAMP, Web, web_of
from yihao.indicators import service as indicators
from yihao.orders.worklist import Mark, mark_of
from yihao.units import service as units
from yihao.units.model import By, JurisdictionDraft

COMPANY = {"caller": {"kind": "enterprise", "name": "演示公司", "phone": "13800000000"}}
PERIOD = {"from": "2021-09-01", "to": "2021-09-30", "by": "lane"}


@pytest.fixture
async def web(house: House) -> AsyncIterator[Web]:
    """州 works by Shanxi's document, which has a lane; 甲县 within it by one that has none."""
    async with house.database.write(house.clockwork().wall()) as connection:
        edit = await units.edit(connection, By(account=3, role="setup", at=house.clock()))
        for place, profile in (("州", "shanxi"), ("甲县", "xishuangbanna")):
            node = edit.now.jurisdiction(house.places[place][0])
            fields = {name: getattr(node, name) for name in JurisdictionDraft.__struct_fields__}
            await edit.change_jurisdiction(node.id, JurisdictionDraft(**fields | {"profile": profile}))
    units.look_again()
    async with web_of(house) as made:
        yield made


async def register(web: Web, place: str, **fields: Any) -> dict[str, Any]:
    answer = await (await web.as_("agent", place=place)).post("/api/v1/orders", json=LAMP | fields)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_the_lane_is_listed_and_owed_first_where_it_holds(web: Web) -> None:
    early = await register(web, "州", kind="complaint")  # at once anyway, so due before the lane's own
    fast = await register(web, "州", **COMPANY)
    plain = await register(web, "甲县", **COMPANY)
    assert (fast["lane"], plain["lane"]) == ("enterprise", None)
    lead = await web.as_("shift_lead")
    found = (await lead.get("/api/v1/orders", params={"lane": "enterprise"})).json()
    assert [one["number"] for one in found["items"]] == [fast["number"]]
    everything = (await lead.get("/api/v1/orders")).json()["items"]
    assert {one["number"]: one["lane"] for one in everything} == {
        early["number"]: None, fast["number"]: "enterprise", plain["number"]: None,
    }  # fmt: skip
    owed = (await lead.get("/api/v1/worklist")).json()["items"]
    assert [(one["number"], one["duty"]) for one in owed] == [
        (fast["number"], "dispatch"), (early["number"], "dispatch"), (plain["number"], "dispatch"),
    ]  # fmt: skip
    assert owed[0]["lane_label"] == "企业绿色通道" and owed[0]["due_at"] >= owed[1]["due_at"]


async def test_a_unit_is_shown_its_own_work_the_lane_first(web: Web) -> None:
    numbers = []
    for fields in ({}, COMPANY):
        order = await register(web, "州", **fields)
        dispatcher = await web.as_("dispatcher", place="州")
        order = await web.do(dispatcher, order, "prepare", category="light", area_code="532801")
        await web.do(dispatcher, order, "dispatch", lead=web.house.units["州建设局"])
        numbers.append(order["number"])
    unit = await web.as_("unit_receiver", unit="州建设局")
    owed = (await unit.get("/api/v1/worklist")).json()["items"]
    assert [(one["number"], one["duty"]) for one in owed] == [
        (numbers[1], "sign"), (numbers[1], "handling"), (numbers[0], "sign"), (numbers[0], "handling"),
    ]  # fmt: skip
    assert {one["unit"] for one in owed} == {web.house.units["州建设局"]}
    listed = (await unit.get("/api/v1/orders", params={"lane": "enterprise"})).json()["items"]
    assert [one["number"] for one in listed] == [numbers[1]]
    stranger = await web.as_("unit_receiver", unit="州市场局")
    assert (await stranger.get("/api/v1/worklist")).json()["items"] == []
    assert (await stranger.get("/api/v1/orders", params={"lane": "enterprise"})).json()["items"] == []


async def test_pages_of_work_follow_each_other_without_gap_or_double(web: Web) -> None:
    for number in range(5):
        await register(web, "州", **(COMPANY if number % 2 else {}))
    lead = await web.as_("shift_lead")
    whole = (await lead.get("/api/v1/worklist")).json()
    assert len(whole["items"]) == 5 and whole["next"] is None
    seen, after = [], None
    while True:
        page = (await lead.get("/api/v1/worklist", params={"limit": 2} | ({"after": after} if after else {}))).json()
        seen += page["items"]
        if (after := page["next"]) is None:
            break
        assert str(mark_of(after)) == after and isinstance(mark_of(after), Mark)
    assert seen == whole["items"]


@pytest.mark.parametrize("after", ["x", "2_1_A_1", "0_x_A_1", "0_1_A_-1", "0_9999999999999999999_A_1", "0_1_工单_1"])
async def test_a_bad_place_in_the_list_is_refused(web: Web, after: str) -> None:
    answer = await (await web.as_("shift_lead")).get("/api/v1/worklist", params={"after": after})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_cursor")


async def test_who_sees_no_orders_has_no_work_and_an_unknown_lane_is_refused(web: Web) -> None:
    assert (await (await web.as_("auditor")).get("/api/v1/worklist")).status_code == 403
    assert (await web.http.get("/api/v1/worklist")).status_code == 401
    assert (await (await web.as_("agent")).get("/api/v1/orders", params={"lane": "vip"})).status_code == 400


async def test_figures_by_lane_and_the_orders_behind_them(web: Web) -> None:
    fast = await register(web, "州", **COMPANY)
    await register(web, "州")
    await register(web, "甲县", **COMPANY)
    await indicators.follower(web.house.desk.places).drain(web.house.database)
    lead = await web.as_("shift_lead")
    said = (await lead.get("/api/v1/indicators", params=PERIOD)).json()["figures"]
    found = {(one["by"], one["key"], one["name"]): (one["numerator"], one["denominator"]) for one in said}
    assert found["all", "", "accepted"] == (3, 1) and found["lane", "enterprise", "accepted"] == (1, 1)
    assert {key for by, key, _ in found if by == "lane"} == {"enterprise"}
    behind = await lead.get("/api/v1/indicators/accepted/orders", params=PERIOD | {"key": "enterprise"})
    assert [one["number"] for one in behind.json()["items"]] == [fast["number"]]
    again = await indicators.rebuild(web.house.database, web.house.desk.places)
    assert (again.changed, again.sums) == (0, 0)


async def test_the_report_by_lane_is_a_file_with_both_numbers(web: Web) -> None:
    await register(web, "州", **COMPANY)
    await indicators.follower(web.house.desk.places).drain(web.house.database)
    lead = await web.as_("shift_lead")
    csv = await lead.get("/api/v1/indicators/table", params=PERIOD | {"form": "csv"})
    assert csv.status_code == 200 and "indicators-20210901-20210930.csv" in csv.headers["content-disposition"]
    lines = csv.content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("分组,成员,指标代码,指标,分子,分母,值")
    assert any(line.startswith("优先通道,企业绿色通道,accepted,受理量,1,1,1,") for line in lines)
    assert lines[-1].startswith("水印：")
    sheet = openpyxl.load_workbook(io.BytesIO((await lead.get("/api/v1/indicators/table", params=PERIOD)).content))
    assert sheet.worksheets[0]["B2"].value == "全部"
    assert (await lead.get("/api/v1/indicators/table", params=PERIOD | {"by": "moon"})).status_code == 422
    assert (await (await web.as_("auditor")).get("/api/v1/indicators/table")).status_code == 403
