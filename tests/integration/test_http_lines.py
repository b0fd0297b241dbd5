"""The register of hotlines over HTTP: lists entered, dialling, changes, the freeze, duties, cut-over, who may what."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from conftest import House
from web import Web, web_of
from yihao.lines import jobs
from yihao.profile import load
from yihao.units import service as units
from yihao.units.model import By, UnitDraft
from yihao.worktime import SHANGHAI

OVERRIDE = {"basis": "示政发〔2022〕1号", "reason": "专项工作需要"}
DRAFT = {"name": "示例服务热线", "mode": "whole", "unit": "示例单位", "founder": "city", "seats": "merged"}


@pytest.fixture
async def web(house: House) -> AsyncIterator[Web]:
    await clock(house)
    async with web_of(house) as made:
        yield made


async def clock(house: House) -> int:
    return await jobs.run_clock(house.database, house.desk.places, house.clock())


def to(house: House, year: int, month: int, day: int) -> None:
    """Noon of that day, in the place."""
    house.clock.advance_to(datetime(year, month, day, 12, tzinfo=SHANGHAI))


async def line(client: httpx.AsyncClient, number: str) -> dict[str, Any]:
    answer = await client.get(f"/api/v1/lines/{number}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["etag"] == f'"{answer.json()["version"]}"'
    return answer.json()


DRAFTED = (
    "name", "purpose", "mode", "unit", "local_unit", "unit_id", "founder", "levels", "experts", "expert_seats", "seats",
    "by", "cut_over", "landing", "subcentre_levels", "subcentre_areas", "answered_here", "survey", "prompt_before",
    "prompt_after", "remark", "clause",
)  # fmt: skip


async def change(client: httpx.AsyncClient, number: str, version: int | None = None, **fields: Any) -> httpx.Response:
    now = await line(client, number)
    body = {name: now[name] for name in DRAFTED} | fields
    headers = {"if-match": f'"{version or now["version"]}"'}
    return await client.put(f"/api/v1/lines/{number}", json=body, headers=headers)


async def step(client: httpx.AsyncClient, number: str, name: str, **more: Any) -> httpx.Response:
    headers = {"if-match": f'"{(await line(client, number))["version"]}"'}
    return await client.post(f"/api/v1/lines/{number}/steps", json={"step": name, **more}, headers=headers)


async def tick(
    client: httpx.AsyncClient, number: str, duty: str, document: str = "", done: bool = True
) -> httpx.Response:
    headers = {"if-match": f'"{(await line(client, number))["version"]}"'}
    body = {"done": done, "document": document}
    return await client.put(f"/api/v1/lines/{number}/duties/{duty}", json=body, headers=headers)


# The list of the place's document.


async def test_the_list_of_the_document_is_entered_once(web: Web) -> None:
    agent = await web.as_("agent")
    items = (await agent.get("/api/v1/lines")).json()["items"]
    by_number = {one["number"]: one for one in items}
    assert [one["number"] for one in items] == sorted(by_number)
    listed = {number: one for number, one in by_number.items() if one["role"] == "line"}
    assert set(listed) == set(load("xishuangbanna").register)
    assert by_number["12345"]["role"] == "main" and by_number["119"]["role"] == "emergency"
    assert by_number["96301"]["own_rules"] and not by_number["12396"]["own_rules"]
    assert (listed["12396"]["mode_label"], listed["12396"]["status_label"]) == ("整体并入", "计划归并")
    assert (listed["12315"]["seats_label"], listed["12315"]["cut_over"]) == ("暂时保留座席", "2021-11-30")
    assert await clock(web.house) == 0
    first = (await agent.get("/api/v1/lines/12396/history")).json()["items"]
    assert [(one["verb"], one["account"]) for one in first] == [("load", "时钟任务")]
    assert "西政办发〔2021〕28号 附件 一" in first[0]["basis"]


async def test_two_processes_enter_a_list_once(house: House, owner: asyncpg.Connection) -> None:
    done = await asyncio.gather(clock(house), clock(house))
    assert sorted(done) == [0, 33]
    assert await owner.fetchval("SELECT count(*) FROM hotline") == 33
    to(house, 2021, 11, 30)
    moved = await asyncio.gather(clock(house), clock(house))
    assert sum(moved) == 31
    assert await owner.fetchval("SELECT count(*) FROM hotline_event WHERE verb = 'cut_over'") == 31


async def test_pages_go_on_where_the_last_ended(web: Web) -> None:
    agent, found, after = await web.as_("agent"), [], ""
    while True:
        page = (await agent.get("/api/v1/lines", params={"limit": 10, "after": after})).json()
        found += [one["number"] for one in page["items"]]
        assert len(page["items"]) <= 10
        if page["next"] is None:
            break
        after = page["next"]
    whole = (await agent.get("/api/v1/lines", params={"limit": 1000})).json()["items"]
    assert found == [one["number"] for one in whole] and len(found) == 33 + 5


async def test_one_line_with_everything(web: Web) -> None:
    found = await line(await web.as_("agent"), "96301")
    assert found["founder_label"] and found["target"] == "本级12345" and found["late_days"] == 0
    assert [rule["path"] for rule in found["rules"]] == ["limits.dispatch"]
    assert "附件 一" in found["rules"][0]["clause"] and found["rules"][0]["value"] == "30 minutes"
    assert [duty["code"] for duty in found["duties"]] == ["shared_data", "training", "expert_seats", "handling"]
    assert found["steps"] == ["merge", "cancel"]
    assert found["today"]["does"] == "before" and "2021年11月30日" in found["today"]["spoken"]
    assert (await (await web.as_("agent")).get("/api/v1/lines/12999")).status_code == 404


# Dialling.


async def test_what_a_number_does_before_and_after_its_day(web: Web) -> None:
    agent = await web.as_("agent")

    async def does(number: str, **params: Any) -> dict[str, Any]:
        answer = await agent.get(f"/api/v1/lines/{number}/dial", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    assert (await does("12396"))["does"] == "before"
    after = await does("12396", on="2021-11-30", area="532801")
    assert (after["does"], after["target"]["kind"]) == ("merged", "hotline")
    assert after["reason"] and after["reason_en"] and "二(一)" in after["clause"]
    assert (await does("119"))["does"] == "emergency" and (await does("12345"))["does"] == "answer"
    assert (await does("12999"))["does"] == "not_opened"
    assert (await does("12345", area="532801"))["target"]["level"] == "county"
    assert (await does("12345", area="532801"))["target"]["area"] == "532801"
    for wrong in ({"on": "2021-13-01"}, {"area": "53280"}, {"area": "abcdef"}):
        assert (await agent.get("/api/v1/lines/12396/dial", params=wrong)).status_code in (400, 422)
    assert (await agent.get("/api/v1/lines/12/dial")).status_code in (400, 404, 422)


async def test_a_sub_centre_only_where_the_number_is_answered_here(web: Web) -> None:
    manager = await web.as_("manager")
    at = {"on": "2022-06-01"}
    assert (await manager.get("/api/v1/lines/12360/dial", params=at)).json()["does"] == "not_opened"
    async with web.house.database.write(web.house.clockwork().wall()) as connection:
        edit = await units.edit(connection, By(account=3, role="setup", at=web.house.clock()))
        draft = UnitDraft(
            jurisdiction_id=web.house.places["州"][0], name="示范海关分中心", kind="subcentre", answers_line="12360"
        )
        await edit.create_unit(draft)
    units.look_again()
    assert (await manager.get("/api/v1/lines/12360/dial", params=at)).json()["does"] == "subcentre"
    assert (await change(manager, "12360", answered_here=False)).status_code == 200
    assert (await manager.get("/api/v1/lines/12360/dial", params=at)).json()["does"] == "not_opened"


async def test_a_registered_partner_keeps_its_number(web: Web) -> None:
    manager = await web.as_("manager")
    assert (await manager.get("/api/v1/lines/95598/dial")).json()["does"] == "not_opened"
    async with web.house.database.write(web.house.clockwork().wall()) as connection:
        edit = await units.edit(connection, By(account=3, role="setup", at=web.house.clock()))
        unit = await edit.create_unit(
            UnitDraft(jurisdiction_id=web.house.places["州"][0], name="示范供电公司", kind="soe")
        )
    units.look_again()
    entry = {
        "kind": "power", "number": "95598", "scope": "停电", "agreement": "示范联动协议第1号",
        "valid_from": "2021-01-01", "contact": "调度中心", "duty_phone": "0691-1234567", "active": True,
    }  # fmt: skip
    assert (await manager.put(f"/api/v1/partners/{unit.id}", json=entry)).status_code == 200
    found = (await manager.get("/api/v1/lines/95598/dial")).json()
    assert (found["does"], found["target"]["name"]) == ("partner", "示范供电公司")
    before = await manager.get("/api/v1/lines/95598/dial", params={"on": "2020-12-31"})
    assert before.json()["does"] == "not_opened"


# Changes.


async def test_the_managing_body_edits_with_the_version_it_read(web: Web) -> None:
    manager = await web.as_("manager")
    survey = {"category": "咨询", "seats": "3", "funding": "财政拨款"}
    answer = await change(manager, "12396", survey=survey, remark="座席三个", prompt_before="即将并入12345。")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["version"] == 2 and found["survey"] == survey and found["today"]["spoken"] == "即将并入12345。"
    stale = await change(manager, "12396", version=1, remark="又改")
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_line") and "第2版" in stale.json()["detail"]
    body = {name: found[name] for name in DRAFTED}
    assert (await manager.put("/api/v1/lines/12396", json=body)).status_code == 428
    again = await change(manager, "12396")
    assert again.json()["version"] == 2  # nothing differs, nothing is recorded
    last = (await manager.get("/api/v1/lines/12396/history")).json()["items"][-1]
    assert last["verb"] == "change" and last["changes"]["remark"] == ["", "座席三个"] and last["role"] == "manager"


@pytest.mark.parametrize(
    ("fields", "status", "code", "field"),
    [
        ({"mode": "absorbed"}, 422, "wrong_line", "mode"),
        ({"founder": "club"}, 422, "wrong_line", "founder"),
        ({"mode": "dual", "founder": "county"}, 422, "wrong_line", "mode"),
        ({"unit_id": 999999}, 404, "unknown_place", None),
        ({"name": ""}, 422, "invalid", "name"),
        ({"cut_over": "2001-01-01"}, 422, "wrong_line", "cut_over"),
        ({"expert_seats": -1}, 422, "invalid", "expert_seats"),
        ({"landing": "province"}, 409, "needs_override", "override"),
        ({"colour": "red"}, 422, "invalid", "colour"),
    ],
)
async def test_a_wrong_entry_is_refused_with_its_field(
    web: Web, fields: dict[str, Any], status: int, code: str, field: str | None
) -> None:
    answer = await change(await web.as_("manager"), "12396", **fields)
    assert answer.status_code in (status, 400), answer.text
    if answer.status_code == status and code != "invalid":
        assert answer.json()["code"] == code and (field is None or answer.json()["field"] == field)
    assert (await line(await web.as_("agent"), "12396"))["version"] == 1


@pytest.mark.parametrize("number", ["110", "119", "120", "122", "12345"])
async def test_an_emergency_number_can_never_be_merged(web: Web, number: str) -> None:
    body = DRAFT | {"number": number, "override": OVERRIDE}
    answer = await (await web.as_("manager")).post("/api/v1/lines", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "emergency_never_merged")


# The freeze.


async def test_after_the_freeze_new_renamed_and_repurposed_need_an_override(web: Web) -> None:
    manager = await web.as_("manager")
    before = await manager.post("/api/v1/lines", json=DRAFT | {"number": "96701"})
    assert before.status_code == 201, before.text
    assert (await change(manager, "96701", name="示例新热线")).status_code == 200
    to(web.house, 2022, 1, 1)
    manager = await web.sign_in(await web.account("manager"))
    for answer in (
        await manager.post("/api/v1/lines", json=DRAFT | {"number": "96702"}),
        await change(manager, "96701", name="又一名称"),
        await change(manager, "96701", purpose="改作他用"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "needs_override"), answer.text
        assert answer.json()["clause"] == "西政办发〔2021〕28号 六(二)" and "批准依据" in answer.json()["detail"]
    assert (await change(manager, "96701", remark="只改备注")).status_code == 200
    new = await manager.post("/api/v1/lines", json=DRAFT | {"number": "96702", "override": OVERRIDE})
    renamed = await change(manager, "96701", name="又一名称", override=OVERRIDE)
    assert (new.status_code, renamed.status_code) == (201, 200)
    last = (await manager.get("/api/v1/lines/96701/history")).json()["items"][-1]
    assert (last["overrides"], last["basis"], last["reason"]) == (["rename"], OVERRIDE["basis"], OVERRIDE["reason"])
    first = (await manager.get("/api/v1/lines/96702/history")).json()["items"][0]
    assert (first["verb"], first["overrides"]) == ("create", ["new"])
    twice = await manager.post("/api/v1/lines", json=DRAFT | {"number": "96702", "override": OVERRIDE})
    assert (twice.status_code, twice.json()["code"]) == (409, "line_taken")
    bare = DRAFT | {"number": "96703", "override": {"basis": "", "reason": "需要"}}
    assert (await manager.post("/api/v1/lines", json=bare)).status_code in (400, 422)


async def test_cancelled_numbers_are_not_restored(web: Web) -> None:
    manager = await web.as_("manager")
    assert (await step(manager, "12396", "cancel")).status_code == 200
    assert (await manager.get("/api/v1/lines/12396/dial")).json()["does"] == "ended"
    refused = await step(manager, "12396", "reopen")
    assert (refused.status_code, refused.json()["clause"]) == (409, "西政办发〔2021〕28号 二(二)")
    assert (await step(manager, "12396", "merge")).json()["code"] == "wrong_line_step"
    back = await step(manager, "12396", "reopen", override=OVERRIDE)
    assert (back.status_code, back.json()["status"]) == (200, "planned")
    last = (await manager.get("/api/v1/lines/12396/history")).json()["items"][-1]
    assert (last["verb"], last["overrides"]) == ("reopen", ["restore"])


async def test_a_number_merged_whole_does_not_come_back_by_another_mode(web: Web) -> None:
    manager = await web.as_("manager")
    to(web.house, 2021, 12, 1)
    await clock(web.house)
    manager = await web.sign_in(await web.account("manager"))
    assert (await line(manager, "12396"))["status"] == "cut_over"
    refused = await change(manager, "12396", mode="dual")
    assert (refused.status_code, refused.json()["code"]) == (409, "needs_override") and "不再恢复" in refused.text


# Duties, cut-over, progress.


async def test_not_merged_until_every_duty_is_ticked(web: Web) -> None:
    to(web.house, 2021, 11, 30)
    assert await clock(web.house) == 33 - 0 - 2  # two are merged only where they are answered here
    manager = await web.as_("manager")
    assert (await line(manager, "12396"))["status"] == "cut_over"
    refused = await step(manager, "12396", "merge")
    assert (refused.status_code, refused.json()["code"]) == (409, "duties_open")
    assert "驻场培训" in refused.json()["detail"] and refused.json()["clause"] == "西政办发〔2021〕28号 五(四)"
    bare = await tick(manager, "12396", "training")
    assert (bare.status_code, bare.json()["code"], bare.json()["field"]) == (422, "needs_document", "document")
    for duty in ("shared_data", "training", "expert_seats", "handling"):
        assert (await tick(manager, "12396", duty, "示范材料第1号")).status_code == 200
    undone = await tick(manager, "12396", "training", done=False)
    assert (await step(manager, "12396", "merge")).status_code == 409 and undone.status_code == 200
    assert (await tick(manager, "12396", "training", "示范材料第2号")).status_code == 200
    merged = await step(manager, "12396", "merge")
    assert (merged.status_code, merged.json()["status"]) == (200, "merged")
    verbs = [one["verb"] for one in (await manager.get("/api/v1/lines/12396/history")).json()["items"]]
    assert verbs == ["load", "cut_over", "tick", "tick", "tick", "tick", "untick", "tick", "merge"]
    wrong = await tick(manager, "12396", "dancing", "示范材料")
    assert (wrong.status_code, wrong.json()["code"]) == (404, "unknown_duty")


async def test_what_the_platform_holds_ticks_without_a_document(web: Web) -> None:
    manager = await web.as_("manager")
    unit = web.house.units["州建设局"]
    answer = await change(manager, "12319", unit_id=unit, expert_seats=2)
    duties = {duty["code"]: duty for duty in answer.json()["duties"]}
    assert duties["handling"]["shown"] and "在岗办理人员" in duties["handling"]["live"]
    assert duties["expert_seats"]["live"] == "登记专家座席2个"
    assert not duties["training"]["shown"] and not duties["training"]["live"]
    for duty in ("handling", "expert_seats"):
        assert (await tick(manager, "12319", duty)).status_code == 200
    listed = (await manager.get("/api/v1/lines/12319/duties")).json()
    done = {duty["code"]: duty for duty in listed["items"]}
    assert done["handling"]["done"] and "在岗办理人员" in done["handling"]["evidence"] and not listed["complete"]


async def test_a_sub_centre_owes_its_five(web: Web) -> None:
    found = (await (await web.as_("manager")).get("/api/v1/lines/12366/duties")).json()["items"]
    assert [duty["code"] for duty in found] == [
        "around_the_clock", "appraisal", "coordination", "shared_knowledge", "live_data",
    ]  # fmt: skip
    assert {duty["clause"] for duty in found} == {"西政办发〔2021〕28号 二(三)"}


async def test_the_clock_flips_on_the_day_and_merges_what_owes_nothing(web: Web) -> None:
    manager = await web.as_("manager")
    for duty in ("shared_data", "training", "expert_seats", "handling"):
        await tick(manager, "12349", duty, "示范材料第1号")
    to(web.house, 2021, 11, 29)
    assert await clock(web.house) == 0
    to(web.house, 2021, 11, 30)
    await clock(web.house)
    assert await clock(web.house) == 0
    manager = await web.sign_in(await web.account("manager"))
    assert (await line(manager, "12349"))["status"] == "merged"
    assert (await line(manager, "12396"))["status"] == "cut_over"
    verbs = [(one["verb"], one["role"]) for one in (await manager.get("/api/v1/lines/12349/history")).json()["items"]]
    assert verbs[-2:] == [("cut_over", "clock"), ("merge", "clock")]
    put_off = await change(manager, "12396", cut_over="2022-03-01")
    assert put_off.json()["status"] == "planned"


async def test_progress_shows_in_red_what_is_late(web: Web) -> None:
    agent = await web.as_("agent")
    early = (await agent.get("/api/v1/lines/progress")).json()
    assert (early["registered"], early["announced"], early["red"], early["incomplete"]) == (33, 33, 0, "")
    assert early["by_mode"] == {"整体并入": 20, "双号并行": 8, "设分中心": 5}
    to(web.house, 2021, 12, 10)
    agent = await web.sign_in(await web.account("agent"))
    late = (await agent.get("/api/v1/lines/progress")).json()
    assert late["red"] == 31 and late["items"][0]["red"] and late["items"][0]["late_days"] == 10
    assert not late["items"][-1]["red"]
    steps = {one["label"]: one["past"] for one in late["steps"]}
    assert steps["整体并入热线停止服务"] and not steps["完成归并和评估"]


async def test_a_place_without_its_list_says_so(web: Web, owner: asyncpg.Connection) -> None:
    """SX: counts only; the register is incomplete until the list is imported."""
    await owner.execute("DELETE FROM hotline_event")
    await owner.execute("DELETE FROM hotline")
    await owner.execute("UPDATE jurisdiction SET profile = 'shanxi' WHERE parent_id IS NULL")
    await owner.execute("UPDATE units_version SET version = version + 1")
    units.look_again()
    assert await clock(web.house) == 0
    agent = await web.as_("agent")
    found = (await agent.get("/api/v1/lines/progress")).json()
    assert found["registered"] == 0 and found["announced"] == 29
    assert "协同联动5条" in found["incomplete"] and "未分方式24条" in found["incomplete"]
    assert "晋政办发电〔2021〕22号" in (await agent.get("/api/v1/lines")).json()["incomplete"]
    assert (await agent.get("/api/v1/lines/12315/dial")).json()["does"] == "as_before"


async def test_the_assessment_has_a_row_for_each_duty(web: Web, owner: asyncpg.Connection) -> None:
    manager = await web.as_("manager")
    await tick(manager, "12396", "training", "示范材料第1号")
    answer = await manager.get("/api/v1/lines/assessment", params={"format": "csv"})
    assert answer.status_code == 200 and "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert sum(bool(row["责任"]) for row in rows) == 28 * 4 + 5 * 5
    ticked = next(row for row in rows if row["号码"] == "12396" and row["责任"] == "驻场培训")
    assert (ticked["已落实"], ticked["证明材料"], ticked["查看"]) == ("是", "示范材料第1号", "/console/lines/12396")
    assert rows[-1]["辖区"].startswith("水印：")
    assert (await manager.get("/api/v1/lines/assessment")).content.startswith(b"PK")
    assert await owner.fetchval("SELECT count(*) FROM audit WHERE action = 'line.assessment'") == 2
    assert (await (await web.as_("agent")).get("/api/v1/lines/assessment")).status_code == 403


async def test_our_register_beside_the_documents_list(web: Web) -> None:
    manager = await web.as_("manager")
    same = (await manager.get("/api/v1/lines/comparison", params={"with": "document"})).json()
    assert (same["items"], same["ours"], same["their_count"]) == ([], 33, 33)
    await manager.post("/api/v1/lines", json=DRAFT | {"number": "96701"})
    await change(manager, "12315", name="市场监管热线")
    found = (await manager.get("/api/v1/lines/comparison", params={"with": "document"})).json()["items"]
    assert {one["number"]: one["finding"] for one in found} == {"96701": "they_lack", "12315": "differs"}
    none = (await manager.get("/api/v1/lines/comparison")).json()
    assert none["their_count"] == 0 and "导入" in none["theirs"]


# Who may what.


@pytest.mark.parametrize("role", ["agent", "dispatcher", "supervisor", "admin", "unit_handler", "kb_editor", "partner"])
async def test_all_read_and_only_the_managing_body_writes(web: Web, role: str) -> None:
    unit = {"unit": "州建设局"} if role in ("unit_handler", "partner") else {}
    client = await web.as_(role, **unit)
    assert len((await client.get("/api/v1/lines")).json()["items"]) == 38
    for answer in (
        await client.post("/api/v1/lines", json=DRAFT | {"number": "96701"}),
        await change(client, "12396", remark="改"),
        await step(client, "12396", "cancel"),
        await tick(client, "12396", "training", "示范材料"),
    ):
        assert answer.status_code == 403, answer.text
    assert (await web.http.get("/api/v1/lines")).status_code == 401


async def test_a_county_sees_the_register_above_and_writes_its_own(web: Web, owner: asyncpg.Connection) -> None:
    county = await web.as_("manager", place="甲县")
    assert len((await county.get("/api/v1/lines")).json()["items"]) == 38
    refused = await change(county, "12396", remark="县里改")
    assert (refused.status_code, refused.json()["code"]) == (403, "outside_branch")
    made = await county.post("/api/v1/lines", json=DRAFT | {"number": "96709", "founder": "county"})
    assert made.status_code == 201, made.text
    assert made.json()["jurisdiction_id"] == web.house.places["甲县"][0]
    other = await web.as_("manager", place="乙县")
    assert (await other.get("/api/v1/lines/96709")).status_code == 404
    above = await web.as_("manager")
    seen = (await above.get("/api/v1/lines", params={"jurisdiction": web.house.places["甲县"][0]})).json()["items"]
    assert "96709" in {one["number"] for one in seen}
    elsewhere = await other.get("/api/v1/lines", params={"jurisdiction": web.house.places["甲县"][0]})
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (403, "foreign_register")
    foreign = DRAFT | {"number": "96710", "jurisdiction_id": web.house.places["甲县"][0]}
    assert (await other.post("/api/v1/lines", json=foreign)).status_code == 403


async def test_the_wall_shows_nothing_foreign_without_a_where(web: Web) -> None:
    await (await web.as_("manager", place="甲县")).post(
        "/api/v1/lines", json=DRAFT | {"number": "96709", "founder": "county"}
    )
    foreign = web.house.actor("manager", place="乙县").wall()
    async with web.house.database.read(foreign) as connection:
        assert await connection.fetchval("SELECT count(*) FROM hotline") == 33
        assert await connection.fetchval("SELECT count(*) FROM hotline_event") == 33
    async with web.house.database.write(foreign) as connection:
        assert await connection.execute("UPDATE hotline SET remark = 'x'") == "UPDATE 0"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with web.house.database.write(web.house.actor("manager").wall()) as connection:
            await connection.execute("UPDATE hotline_event SET reason = 'x'")


async def test_every_change_is_audited(web: Web, owner: asyncpg.Connection) -> None:
    manager = await web.as_("manager")
    await change(manager, "12396", remark="改")
    await tick(manager, "12396", "training", "示范材料")
    rows = await owner.fetch("SELECT action, detail FROM audit WHERE action LIKE 'line.%' ORDER BY id")
    assert [row["action"] for row in rows] == ["line.load", "line.change", "line.tick"]
    assert "12396" in rows[1]["detail"]


async def test_lines_of_a_day_are_found_by_their_local_day(web: Web) -> None:
    """The cut-over of 30 November begins at midnight of the place, not of Greenwich."""
    web.house.clock.advance_to(datetime(2021, 11, 29, 16, 0, tzinfo=SHANGHAI) + timedelta(hours=8))
    assert web.house.clock().astimezone(SHANGHAI).date() == date(2021, 11, 30)
    assert await clock(web.house) == 31


async def test_our_register_beside_a_parents(web: Web) -> None:
    """ZJ 二(二)1: a list above that is not in this installation is imported; a county has the register above."""
    from yihao.lines import rules, service

    place = await _place_of(web, "州")
    by = By(account=3, role="setup", at=web.house.clock())
    theirs = [
        rules.Other("12396", "全国统一科技公益服务电话", "dual", "省科技厅"),
        rules.Other("12367", "国家移民管理局12367咨询服务热线", "subcentre", "省公安厅"),
        rules.Other("96525", "示范心理热线", "dual", "省卫健委"),
    ]
    async with web.house.database.write(web.house.clockwork().wall()) as connection:
        assert await service.keep_parent(connection, place, theirs, "示范省清单", by) == 3
    found = (await (await web.as_("manager")).get("/api/v1/lines/comparison")).json()
    assert (found["theirs"], found["their_count"], found["ours"]) == ("示范省清单", 3, 33)
    by_number = {one["number"]: one for one in found["items"]}
    assert by_number["12396"]["finding"] == "differs" and by_number["96525"]["finding"] == "we_lack"
    assert by_number["12315"]["finding"] == "they_lack" and "12367" not in by_number
    county = (await (await web.as_("manager", place="甲县")).get("/api/v1/lines/comparison")).json()
    assert county["theirs"] == "示范州登记册" and county["items"] == []


async def test_a_countys_layer_enters_what_it_adds(web: Web, owner: asyncpg.Connection) -> None:
    county = web.house.places["甲县"][0]
    added = (
        '"96799": {name: 示例县热线, mode: whole, unit: 县示例局, founder: county, seats: merged, by: 2021-12-31, '
        "basis: {design: 县级自设}}\n"
    )
    await owner.execute(
        "INSERT INTO jurisdiction_layer (jurisdiction_id, version, files, reason, by_account, at) "
        "VALUES ($1, 1, jsonb_build_object('register.yaml', $2::text), '演示', 3, $3)",
        county,
        added,
        web.house.clock(),
    )
    await owner.execute("UPDATE units_version SET version = version + 1")
    units.look_again()
    assert await clock(web.house) == 1 and await clock(web.house) == 0
    found = await line(await web.as_("manager", place="甲县"), "96799")
    assert found["jurisdiction_id"] == county
    assert (await (await web.as_("manager", place="乙县")).get("/api/v1/lines/96799")).status_code == 404


async def _place_of(web: Web, name: str) -> Any:
    async with web.house.database.read(web.house.clockwork().wall()) as connection:
        return await web.house.desk.places.at(connection, web.house.places[name][1])


@pytest.mark.parametrize(
    ("place", "by_status", "by_mode"),
    [
        ("zhejiang", {"计划归并": 35}, {"整体并入": 15, "双号并行": 16, "设分中心": 4}),
        ("shanxi", {}, {}),
        ("xishuangbanna", {"计划归并": 31, "在本地接听的才归并": 2}, {"整体并入": 20, "双号并行": 8, "设分中心": 5}),
        ("baiyin", {"计划归并": 17}, {"整体并入": 9, "双号并行": 6, "设分中心": 2}),
        (
            "qingyuan",
            {"已归并": 17, "计划归并": 6, "由省级归并": 5, "本地未开通": 6},
            {"整体并入": 14, "双号并行": 16, "设分中心": 4},
        ),
    ],
)
async def test_the_register_of_each_place_is_its_documents_list(
    house: House, owner: asyncpg.Connection, place: str, by_status: dict[str, int], by_mode: dict[str, int]
) -> None:
    await owner.execute("UPDATE jurisdiction SET profile = $1 WHERE parent_id IS NULL", place)
    await owner.execute("UPDATE units_version SET version = version + 1")
    units.look_again()
    house.clock.advance_to(datetime(2021, 9, 29, 12, tzinfo=SHANGHAI))
    by = By(account=2, role="clock", at=house.clock())
    async with house.database.work() as connection:
        assert await jobs.enter_lists(connection, house.desk.places, by) == sum(by_mode.values())
    async with web_of(house) as web:
        agent = await web.as_("agent")
        found = (await agent.get("/api/v1/lines/progress")).json()
        assert (found["by_status"], found["by_mode"]) == (by_status, by_mode)
        assert bool(found["incomplete"]) == (place == "shanxi")
        if place == "qingyuan":
            customs = await line(agent, "12360")
            assert customs["today"]["does"] == "elsewhere" and "二(二)3" in customs["against"]
            assert "取附件" in customs["against"] and "广州海关" in customs["reading"]
            # 17 lines the document calls merged come in as merged; two of its days had passed when it was issued.
            assert {one["number"] for one in found["items"] if one["red"]} == {"96119"}
