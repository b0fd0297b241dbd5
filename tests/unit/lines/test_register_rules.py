"""The register's rules: what may be entered and changed, what a line owes, what is late, where two lists differ."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from yihao.lines import rules
from yihao.lines.errors import (
    DutiesOpen,
    EmergencyLine,
    NeedsDocument,
    NeedsOverride,
    UnknownDuty,
    WrongLine,
    WrongStep,
)
from yihao.lines.register import SURVEY_ZH, Entry, Held, LineDraft, Override, Survey
from yihao.profile import load, names

PLACES = {name: load(name) for name in names()}
OVERRIDE = Override(basis="示政发〔2022〕1号", reason="专项工作")
EARLY, LATE = date(2021, 3, 1), date(2022, 6, 1)


def draft(**fields: Any) -> LineDraft:
    plain = {"name": "示例热线", "mode": "whole", "unit": "示例单位", "founder": "state", "seats": "merged"}
    return LineDraft(**(plain | fields))


def entry(number: str = "96777", **fields: Any) -> Entry:
    own = {
        "id": 1, "jurisdiction_id": 1, "path": "/1/", "number": number, "quote": "", "reading": "", "against": "",
        "status": "planned", "version": 1, "updated_at": datetime(2021, 1, 1, tzinfo=UTC), "updated_by": 3,
    }  # fmt: skip
    given = {name: fields.pop(name) for name in list(fields) if name in own}
    return Entry(**{**msgspec.structs.asdict(draft(**fields)), **own, **given})


def check(
    place: str, new: LineDraft, old: Entry | None, today: date, override: Override | None = None
) -> tuple[str, ...]:
    return rules.check(PLACES[place], old.number if old else "96777", new, old, today, override)


# The freeze, place by place.


@pytest.mark.parametrize(
    ("place", "frozen", "covers"),
    [
        ("zhejiang", date(2021, 8, 14), {"new"}),
        ("shanxi", date(2021, 10, 1), {"new"}),
        ("xishuangbanna", date(2022, 1, 1), {"new", "rename", "repurpose"}),
        ("baiyin", date(2021, 9, 1), {"new", "rename", "repurpose"}),
        ("qingyuan", date(2022, 1, 1), {"new", "rename", "repurpose"}),
    ],
)
def test_from_when_on_and_what_the_freeze_covers(place: str, frozen: date, covers: set[str]) -> None:
    standing = entry()
    tried = {
        "new": (draft(), None),
        "rename": (draft(name="新名称"), standing),
        "repurpose": (draft(purpose="新用途"), standing),
    }
    for code, (new, old) in tried.items():
        assert check(place, new, old, frozen.replace(year=frozen.year - 1)) == ()
        if code not in covers:
            assert check(place, new, old, frozen) == ()
            continue
        with pytest.raises(NeedsOverride) as refused:
            check(place, new, old, frozen)
        assert refused.value.clause == PLACES[place].merging.freeze.basis.cite()
        assert check(place, new, old, frozen, OVERRIDE) == (code,)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("number", ["110", "119", "120", "122", "12345"])
def test_nothing_overrides_an_emergency_number(place: str, number: str) -> None:
    with pytest.raises(EmergencyLine, match=number):
        rules.check(PLACES[place], number, draft(), None, EARLY, OVERRIDE)


# Where a founder's lines go.


@pytest.mark.parametrize(
    ("place", "founder", "landing"),
    [
        ("shanxi", "province", "own"),
        ("shanxi", "city", "city"),
        ("shanxi", "county", "city"),
        ("shanxi", "state", "own"),
        ("zhejiang", "county", None),
        ("baiyin", "county", "own"),
        ("baiyin", "province", "province"),
        ("xishuangbanna", "city", "own"),
        ("qingyuan", "state", "own"),
    ],
)
def test_the_target_follows_the_founder(place: str, founder: str, landing: str | None) -> None:
    assert rules.target_of(PLACES[place], founder) == landing


def test_another_target_needs_an_override_once() -> None:
    elsewhere = draft(landing="province_and_own")
    with pytest.raises(NeedsOverride, match="设立层级"):
        check("baiyin", elsewhere, None, EARLY)
    assert check("baiyin", elsewhere, None, EARLY, OVERRIDE) == ("landing",)
    assert check("baiyin", elsewhere, entry(landing="province_and_own"), EARLY) == ()
    assert check("baiyin", draft(landing="own"), None, EARLY) == ()


# Numbers that have ended.


@pytest.mark.parametrize("status", ["cancelled", "not_opened"])
def test_a_number_that_has_ended_is_opened_by_override_alone(status: str) -> None:
    ended = entry(status=status)
    profile = PLACES["baiyin"]
    with pytest.raises(NeedsOverride) as refused:
        rules.reopening(profile, ended, None)
    assert refused.value.clause == "市政办发〔2021〕74号 二(二)2"
    assert rules.reopening(profile, ended, OVERRIDE) == ("restore",)


def test_where_the_place_lets_numbers_come_back_they_do() -> None:
    profile = PLACES["baiyin"]
    merging = msgspec.structs.replace(
        profile.merging, restore_cancelled=msgspec.structs.replace(profile.merging.restore_cancelled, on=True)
    )
    assert rules.reopening(msgspec.structs.replace(profile, merging=merging), entry(status="cancelled"), None) == ()


def test_a_number_merged_whole_is_not_kept_again() -> None:
    merged = entry(status="merged")
    with pytest.raises(NeedsOverride, match="不再恢复"):
        check("baiyin", draft(mode="dual"), merged, EARLY)
    assert check("baiyin", draft(mode="dual"), entry(mode="dual", status="merged"), EARLY) == ()


# What contradicts the place's rules.


def test_modes_and_founders_of_the_place_alone() -> None:
    with pytest.raises(WrongLine, match="linkage"):
        check("baiyin", draft(mode="linkage"), None, EARLY)
    assert check("shanxi", draft(mode="linkage", seats="kept"), None, EARLY) == ()
    with pytest.raises(WrongLine, match="整体并入"):
        check("shanxi", draft(mode="dual", founder="city"), None, EARLY)
    with pytest.raises(WrongLine, match="club"):
        check("shanxi", draft(founder="club"), None, EARLY)


def test_seats_stay_only_where_a_rule_keeps_them() -> None:
    profile = PLACES["zhejiang"]
    merging = msgspec.structs.replace(
        profile.merging, kept_seats=msgspec.structs.replace(profile.merging.kept_seats, on=False)
    )
    strict = msgspec.structs.replace(profile, merging=merging)
    new = draft(mode="dual", seats="kept")
    assert rules.check(profile, "96777", new, None, EARLY, None) == ()
    with pytest.raises(WrongLine, match="不保留座席"):
        rules.check(strict, "96777", new, None, EARLY, None)
    with pytest.raises(WrongLine, match="核对年份"):
        check("zhejiang", draft(by=date(2021, 9, 30), cut_over=date(2001, 9, 30)), None, EARLY)


# Duties.


@pytest.mark.parametrize(
    ("place", "mode", "count", "clause"),
    [
        ("shanxi", "whole", 4, "二(一)3"),
        ("xishuangbanna", "dual", 4, "五(四)"),
        ("xishuangbanna", "subcentre", 5, "二(三)"),
        ("baiyin", "subcentre", 7, "二(二)3"),
        ("zhejiang", "subcentre", 6, ""),
        ("shanxi", "linkage", 4, "二(一)3"),
    ],
)
def test_what_a_line_owes(place: str, mode: str, count: int, clause: str) -> None:
    owed = rules.duties_of(PLACES[place], entry(mode=mode))
    assert len(owed) == count and all(clause in duty.basis.cite() for duty in owed)


@pytest.mark.parametrize("status", ["province_only", "not_opened", "cancelled"])
def test_what_is_not_merged_here_owes_nothing(status: str) -> None:
    assert rules.duties_of(PLACES["qingyuan"], entry(mode="subcentre", status=status)) == ()


def test_not_merged_until_all_is_ticked() -> None:
    profile, line = PLACES["shanxi"], entry(cut_over=date(2021, 9, 30), status="cut_over")
    owed = [(duty, duty.code != "training") for duty in rules.duties_of(profile, line)]
    with pytest.raises(DutiesOpen, match="专业培训"):
        rules.check_step(profile, line, "merge", owed, LATE)
    rules.check_step(profile, line, "merge", [(duty, True) for duty, _ in owed], LATE)
    for too_early in (entry(cut_over=None), entry(cut_over=LATE)):
        with pytest.raises(WrongStep, match="切换日期"):
            rules.check_step(profile, too_early, "merge", [], EARLY)
    with pytest.raises(WrongStep, match="在本地接听"):
        rules.check_step(profile, entry(status="conditional", cut_over=EARLY), "merge", [], LATE)
    for step, status in (("merge", "merged"), ("reopen", "planned"), ("cancel", "cancelled"), ("merge", "not_opened")):
        with pytest.raises(WrongStep):
            rules.check_step(profile, entry(status=status, cut_over=EARLY), step, [], LATE)  # type: ignore[arg-type]


def test_a_line_that_keeps_its_number_has_nothing_to_restore() -> None:
    with pytest.raises(WrongStep):
        rules.check_step(PLACES["baiyin"], entry(mode="dual", status="merged"), "reopen", [], LATE)


def test_a_duty_is_ticked_on_evidence_or_a_document() -> None:
    profile, line = PLACES["xishuangbanna"], entry(mode="subcentre")
    knowledge = rules.duty_of(profile, line, "shared_knowledge")
    now = datetime(2021, 11, 1, tzinfo=UTC)
    shown = rules.evidence("shared_knowledge", Held(unit=True, items=2, items_at=now))
    assert shown.enough and "2条" in shown.text and "2021-11-01" in shown.text
    rules.check_tick(knowledge, shown, "")
    bare = rules.evidence("shared_knowledge", Held())
    with pytest.raises(NeedsDocument, match="合作共建知识库"):
        rules.check_tick(knowledge, bare, " ")
    rules.check_tick(knowledge, bare, "共建协议")
    with pytest.raises(UnknownDuty):
        rules.duty_of(profile, line, "training")


@pytest.mark.parametrize(
    ("code", "held"),
    [
        ("handling", Held(unit=True, officers=1, handled=3, handled_at=datetime(2021, 11, 1, tzinfo=UTC))),
        ("expert_seats", Held(expert_seats=1)),
        ("appraisal", Held(unit=True, in_indicators=True)),
        ("orders", Held(received=1, received_at=datetime(2021, 11, 1, tzinfo=UTC))),
        ("live_data", Held(received=1)),
        ("shared_data", Held(items=1)),
    ],
)
def test_what_the_platform_can_show_it_shows(code: str, held: Held) -> None:
    assert rules.evidence(code, held).enough and not rules.evidence(code, Held()).enough


@pytest.mark.parametrize("code", ["training", "around_the_clock", "coordination", "transfer"])
def test_what_it_cannot_show_waits_for_a_document(code: str) -> None:
    full = Held(unit=True, in_indicators=True, officers=9, items=9, handled=9, received=9, expert_seats=9)
    assert rules.evidence(code, full) == rules.Shown("", False)


# Progress, survey, the list that is absent.


def test_red_from_the_day_after_the_last() -> None:
    line = entry(by=date(2021, 9, 30))
    assert [rules.late_days(line, date(2021, 9, 30)), rules.late_days(line, date(2021, 10, 1))] == [0, 1]
    assert rules.late_days(entry(by=date(2021, 9, 30), status="merged"), LATE) == 0
    assert rules.late_days(entry(by=date(2021, 9, 30), status="cut_over"), date(2021, 10, 2)) == 2
    assert rules.late_days(entry(), LATE) == 0


def test_the_day_itself_flips() -> None:
    line = entry(cut_over=date(2021, 11, 30))
    assert [rules.flips(line, day) for day in (date(2021, 11, 29), date(2021, 11, 30))] == [False, True]
    assert not rules.flips(entry(), LATE) and not rules.flips(entry(cut_over=EARLY, status="merged"), LATE)


def test_ten_fields_of_the_survey() -> None:
    """BY 三(一): 号码名称、类别、数量及接听层级、管理机构、服务方式、座席数量、经费来源、系统平台、人员保障."""
    asked = PLACES["baiyin"].merging.survey
    assert [(one.code, one.zh) for one in asked] == list(SURVEY_ZH.items()) and len(asked) == 10
    assert set(SURVEY_ZH) == set(Survey.__struct_fields__)
    assert len(rules.survey_gaps(PLACES["baiyin"], entry(survey=Survey(seats="3")))) == 9
    assert rules.survey_gaps(PLACES["qingyuan"], entry()) == ()


def test_a_register_is_incomplete_until_the_list_is_there() -> None:
    said = rules.incomplete(PLACES["shanxi"], 3)
    assert "共29条" in said and "协同联动5条" in said and "未分方式24条" in said and "已登记3条" in said
    assert rules.incomplete(PLACES["shanxi"], 29) == "" and rules.incomplete(PLACES["baiyin"], 0) == ""


def test_two_lists_beside_each_other() -> None:
    ours = [rules.Other("12300", "甲", "whole", "市甲局"), rules.Other("12301", "乙", "whole", "市乙局")]
    theirs = [rules.Other("12301", "乙", "dual", "省乙厅"), rules.Other("12302", "丙", "whole", "省丙厅")]
    found = {row.number: row for row in rules.compare(ours, theirs)}
    assert {number: row.finding for number, row in found.items()} == {
        "12300": "they_lack",
        "12301": "differs",
        "12302": "we_lack",
    }
    assert (found["12301"].mode, found["12301"].their_mode) == ("whole", "dual")
    same = [rules.Other("12301", "乙", "whole", "省乙厅")]
    assert rules.compare(ours[1:], same) == []  # another level's department is no difference
