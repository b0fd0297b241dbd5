"""What each number does when it is dialled: a snapshot of all of them, and by hand what the documents say."""

from __future__ import annotations

import csv
import os
import time
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yihao.lines.dial import NotAnArea, NotANumber, UnknownMode, dial
from yihao.lines.model import DOES_ZH, Line, Linked
from yihao.profile import load, names

PLACES = {name: load(name) for name in names()}
NUMBERS = sorted({number for profile in PLACES.values() for number in profile.register})
BEFORE, AFTER = date(2021, 3, 1), date(2022, 6, 1)
SNAPSHOT = Path(__file__).with_name("dial.csv")
HEAD = ("number", "place", "before", "after", "level", "prompt", "clause")


def row(number: str, place: str) -> dict[str, str]:
    """One row of the snapshot."""
    before, after = (dial(PLACES[place], number, day) for day in (BEFORE, AFTER))
    return {
        "number": number,
        "place": place,
        "before": before.does,
        "after": after.does,
        "level": after.target.level or "",
        "prompt": after.prompt or "",
        "clause": after.clause,
    }


def test_the_four_lists_name_39_numbers() -> None:
    assert {name: len(profile.register) for name, profile in PLACES.items()} == {
        "baiyin": 17,
        "qingyuan": 34,
        "shanxi": 0,
        "xishuangbanna": 33,
        "zhejiang": 35,
    }
    assert len(NUMBERS) == 39


def test_every_number_in_every_place_does_what_it_did() -> None:
    """After a change that is meant: ``YIHAO_WRITE_SNAPSHOTS=1 .venv/bin/pytest tests/unit/lines``; read the diff."""
    rows = [row(number, place) for number in NUMBERS for place in PLACES]
    if os.environ.get("YIHAO_WRITE_SNAPSHOTS") == "1":
        with SNAPSHOT.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, HEAD, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    with SNAPSHOT.open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == rows
    assert len(rows) == 39 * 5


def does(place: str, number: str, on: date = AFTER, area: str | None = None) -> str:
    return dial(PLACES[place], number, on, area).does


# Each row of the contradictions between the documents that concerns numbers: what the same number does in two places.
CONTRADICTIONS = [
    ("12305", "zhejiang", "dual", "xishuangbanna", "not_opened"),
    ("12305", "zhejiang", "dual", "qingyuan", "not_opened"),
    ("12313", "zhejiang", "subcentre", "qingyuan", "dual"),
    ("12313", "baiyin", "subcentre", "qingyuan", "dual"),
    ("12316", "zhejiang", "dual", "xishuangbanna", "merged"),
    ("12317", "zhejiang", "dual", "baiyin", "merged"),
    ("12317", "xishuangbanna", "own_seats", "qingyuan", "province"),
    ("12318", "zhejiang", "dual", "xishuangbanna", "merged"),
    ("12318", "qingyuan", "dual", "baiyin", "merged"),
    ("12319", "zhejiang", "dual", "xishuangbanna", "merged"),
    ("12319", "baiyin", "own_seats", "qingyuan", "not_opened"),
    ("12350", "zhejiang", "dual", "xishuangbanna", "merged"),
    ("12350", "qingyuan", "dual", "baiyin", "merged"),
    ("12385", "zhejiang", "dual", "xishuangbanna", "merged"),
    ("12385", "qingyuan", "dual", "baiyin", "merged"),
    ("12393", "zhejiang", "dual", "xishuangbanna", "merged"),
    ("12393", "xishuangbanna", "merged", "qingyuan", "not_opened"),
    ("12315", "zhejiang", "dual", "xishuangbanna", "own_seats"),
    ("12315", "baiyin", "own_seats", "qingyuan", "dual"),
    ("12328", "zhejiang", "dual", "xishuangbanna", "own_seats"),
    ("12328", "baiyin", "dual", "qingyuan", "own_seats"),
    ("12348", "zhejiang", "dual", "qingyuan", "province"),
    ("12119", "baiyin", "merged", "xishuangbanna", "not_opened"),
    ("12396", "zhejiang", "merged", "shanxi", "as_before"),
]


@pytest.mark.parametrize(("number", "here", "this", "there", "that"), CONTRADICTIONS)
def test_the_same_number_has_two_outcomes(number: str, here: str, this: str, there: str, that: str) -> None:
    assert (does(here, number), does(there, number)) == (this, that)
    assert dial(PLACES[here], number, AFTER).clause != dial(PLACES[there], number, AFTER).clause


@pytest.mark.parametrize(
    ("number", "units"),
    [
        ("96119", {"zhejiang": "省应急管理厅", "xishuangbanna": "州消防救援总队", "baiyin": "市消防救援支队"}),
        ("12329", {"zhejiang": "省机关事务局", "xishuangbanna": "州住房公积金管理中心", "qingyuan": "市财政局"}),
    ],
)
def test_the_same_number_is_anothers_duty(number: str, units: dict[str, str]) -> None:
    for place, unit in units.items():
        assert dial(PLACES[place], number, date(2010, 1, 1)).target.name == unit


def test_experts_differ() -> None:
    """12348, 12319, 12328, 12385 and 12393: the same seats, with and without experts."""
    of = {name: PLACES[name].register for name in ("zhejiang", "xishuangbanna", "baiyin", "qingyuan")}
    assert (of["zhejiang"]["12348"].experts, of["xishuangbanna"]["12348"].experts) == ("no", "may")
    for number in ("12319", "12328", "12385", "12393", "12315"):
        assert of["zhejiang"][number].experts == "required"
        assert of["xishuangbanna"][number].experts == "no"
    assert of["baiyin"]["12329"].experts == of["baiyin"]["12333"].experts == "required"


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("number", ["110", "119", "120", "122"])
def test_an_emergency_number_is_never_merged(place: str, number: str) -> None:
    for day in (BEFORE, AFTER, date(2100, 1, 1)):
        found = dial(PLACES[place], number, day)
        assert (found.does, found.target.kind, found.prompt, found.label) == ("emergency", "emergency", None, None)
        assert found.clause


@pytest.mark.parametrize("number", ["12345", "12328", "12315"])
def test_before_the_cut_over_the_line_answers_itself_and_says_when(number: str) -> None:
    place, last = PLACES["baiyin"], date(2021, 8, 31)
    before, after = dial(place, number, last - timedelta(days=1)), dial(place, number, last)
    if number == "12345":
        assert (before.does, after.does) == ("answer", "answer")
        return
    assert before.does == "before" and before.target.kind == "line"
    assert before.spoken is not None and "2021年8月31日" in before.spoken
    assert after.does == {"12328": "dual", "12315": "own_seats"}[number]
    assert after.label == {"12328": "12328", "12315": None}[number]
    assert before.spoken != after.spoken


def test_a_whole_merged_number_is_cancelled_and_its_caller_told() -> None:
    found = dial(PLACES["xishuangbanna"], "12396", date(2021, 11, 30))
    assert (found.does, found.target.kind, found.label, found.prompt) == ("merged", "hotline", "12396", "merged")
    assert (
        found.spoken
        == "您拨打的全国统一科技公益服务电话已并入西双版纳州12345政务服务便民热线，请直接拨打12345，现在为您转接。"
    )
    assert "附件 一" in found.clause and "二(一)" in found.clause


def test_a_fire_alarm_number_merged_whole_still_names_119() -> None:
    """BY alone merges 12119 whole; what it says to the caller is its own (一号一策)."""
    found = dial(PLACES["baiyin"], "12119", AFTER)
    assert found.does == "merged" and "报告火情请立即拨打119" in (found.spoken or "")


def test_where_nothing_is_said_after_the_end_the_number_has_ended() -> None:
    """SX 二(一)2: a prompt before the end, and then the number is gone."""
    line = msgspec.structs.replace(
        Line.listed(PLACES["zhejiang"].register["12396"]), cut_over=date(2021, 9, 30), clause="导入的清单"
    )
    assert dial(PLACES["shanxi"], line, date(2021, 9, 29)).prompt == "transition"
    after = dial(PLACES["shanxi"], line, date(2021, 9, 30))
    assert (after.does, after.target.kind, after.spoken) == ("ended", "none", None)


def test_until_its_list_is_imported_a_place_touches_no_number() -> None:
    assert {does("shanxi", number) for number in NUMBERS} == {"as_before"}


def test_a_linked_line_keeps_number_and_seats() -> None:
    line = msgspec.structs.replace(Line.listed(PLACES["zhejiang"].register["12367"]), mode="linkage")
    found = dial(PLACES["shanxi"], line, AFTER)
    assert (found.does, found.target.kind, found.label) == ("linkage", "line", None)
    with pytest.raises(UnknownMode, match="linkage"):
        dial(PLACES["baiyin"], line, AFTER)


@pytest.mark.parametrize(
    ("place", "before", "after"),
    [
        ("zhejiang", "as_before", "merged"),
        ("baiyin", "as_before", "merged"),
        ("xishuangbanna", "not_opened", "not_opened"),
        ("qingyuan", "not_opened", "not_opened"),
        ("shanxi", "as_before", "as_before"),
    ],
)
def test_a_number_no_list_names_falls_under_the_places_rule(place: str, before: str, after: str) -> None:
    assert (does(place, "96777", BEFORE), does(place, "96777", AFTER)) == (before, after)
    rule = PLACES[place].merging.unlisted.basis
    assert rule.cite() in dial(PLACES[place], "96777", AFTER).clause


@pytest.mark.parametrize("number", ["96345", "81890"])
def test_a_linked_partner_keeps_its_number(number: str) -> None:
    assert does("zhejiang", number) == "partner"
    assert does("baiyin", number) == "merged"


def test_a_registered_partner_is_not_taken_over() -> None:
    """A utility's number is on no list; where unlisted numbers join, a partner's does not."""
    power = Linked(name="示范供电公司", agreement="示范联动协议第1号")
    assert does("baiyin", "95598") == "merged"
    found = dial(PLACES["baiyin"], "95598", AFTER, partner=power)
    assert (found.does, found.target.kind, found.target.name) == ("partner", "partner", "示范供电公司")
    assert found.clause == "示范联动协议第1号"
    listed = dial(PLACES["baiyin"], "12315", AFTER, partner=power)
    assert listed.does == "own_seats"  # what the list says goes first


def test_answered_here_or_not_opened() -> None:
    """XS 附件 三: 12360 and 12305 are sub-centres only where they are answered in the prefecture."""
    line = Line.listed(PLACES["xishuangbanna"].register["12360"])
    for known, expected in ((None, "not_opened"), (False, "not_opened"), (True, "subcentre")):
        there = msgspec.structs.replace(line, answered_here=known)
        assert dial(PLACES["xishuangbanna"], there, AFTER).does == expected


def test_seats_of_a_sub_centre_that_went_to_the_province() -> None:
    found = dial(PLACES["xishuangbanna"], "12313", AFTER)
    assert (found.does, found.target.level, found.target.area) == ("subcentre", "province", "530000")
    assert dial(PLACES["baiyin"], "12313", AFTER).target.name == "市烟草专卖局"


def test_the_two_readings_of_12360_are_both_shown() -> None:
    found = dial(PLACES["qingyuan"], "12360", AFTER)
    assert found.does == "elsewhere" and "附件(三)" in found.clause
    assert "二(二)3" in found.against and "10月底设分中心并入本地" in found.against and "取附件" in found.against
    assert dial(PLACES["zhejiang"], "12360", AFTER).against == ""


def test_merged_whole_yet_by_handing_calls_over() -> None:
    """QY: 12349 is 整体并入 in one column and 通过话务转接方式并入 in the next."""
    found = dial(PLACES["qingyuan"], "12349", AFTER)
    assert (found.does, found.hands_on_to) == ("merged", "市民政局")
    assert "通过话务转接方式并入" in found.against
    assert dial(PLACES["baiyin"], "12349", AFTER).hands_on_to is None


# Where the caller is.


def test_the_city_answers_for_its_counties_and_the_province_for_nobody_elses() -> None:
    """ZJ 二(二)3: 市级统一接听; a county that answers itself has a layer of its own."""
    place = PLACES["zhejiang"]
    for area, level, code in [
        (None, "province", "330000"),
        ("330000", "province", "330000"),
        ("330100", "city", "330100"),
        ("330102", "city", "330100"),
        ("330102001", "city", "330100"),
        ("620400", "province", "330000"),
    ]:
        target = dial(place, "12345", AFTER, area).target
        assert (target.level, target.area) == (level, code), area


def test_a_county_that_answers_itself_does_by_its_own_layer() -> None:
    place = PLACES["zhejiang"]
    answering = msgspec.structs.replace(place.place.answering, levels=("province", "city", "county"))
    own = msgspec.structs.replace(place, place=msgspec.structs.replace(place.place, answering=answering))
    found = dial(own, "12345", AFTER, "330127").target
    assert (found.level, found.area) == ("county", "330127")


def test_cities_that_keep_a_sub_centre_of_their_own() -> None:
    """ZJ 附件 二 12305: 设区市、义乌市保留分中心."""
    place = PLACES["zhejiang"]
    assert dial(place, "12305", AFTER).does == "dual"
    for area, level, code in (("330106", "city", "330100"), ("330782", "county", "330782")):
        found = dial(place, "12305", AFTER, area)
        assert (found.does, found.target.level, found.target.area) == ("subcentre", level, code)
    assert dial(place, "12305", BEFORE, "330106").does == "before"
    assert dial(place, "12305", AFTER, "620400").does == "dual"


def test_a_line_of_both_levels_is_answered_where_the_caller_is() -> None:
    place = PLACES["qingyuan"]
    assert dial(place, "12333", AFTER, "441802").target.level == "city"
    elsewhere = dial(place, "12333", AFTER, "440300").target
    assert (elsewhere.level, elsewhere.area) == ("province", "440000")


# The target follows the founder.


def founded(founder: str, place: str, area: str | None = None) -> tuple[str | None, str | None]:
    line = Line(
        number="96777", name="示例热线", mode="whole", unit="示例单位", founder=founder, seats="merged",
        status="merged", cut_over=date(2021, 1, 1), prompt_after="已并入。",
    )  # fmt: skip
    target = dial(PLACES[place], line, AFTER, area).target
    return target.level, target.area


@pytest.mark.parametrize(
    ("founder", "place", "expected"),
    [
        ("province", "shanxi", ("province", "140000")),
        ("city", "shanxi", ("city", "140100")),
        ("county", "shanxi", ("city", "140100")),
        ("state", "shanxi", ("province", "140000")),
        ("county", "baiyin", ("city", "620400")),
        ("state", "baiyin", ("city", "620400")),
        ("county", "xishuangbanna", ("prefecture", "532800")),
        ("province", "xishuangbanna", ("province", "530000")),
    ],
)
def test_where_a_line_goes_by_its_founder(founder: str, place: str, expected: tuple[str, str]) -> None:
    """SX 二(一)2: 省、市两级…归并至本级; 各县设立的…归并至所在市."""
    area = "140121" if place == "shanxi" and founder in ("city", "county") else None
    assert founded(founder, place, area) == expected


def test_a_countys_own_line_stays_in_the_county_where_counties_have_a_desk() -> None:
    """ZJ 一(三)1, 二(二): 并入 12345, and each county has one; SX and BY: to the city's."""
    assert founded("county", "zhejiang", "330127") == ("county", "330127")
    assert founded("county", "shanxi", "140121") == ("city", "140100")


def test_a_listed_landing_stands_before_the_founders_rule() -> None:
    """XS 附件 一: 96301 is the province's line and joins the prefecture's 12345."""
    assert dial(PLACES["xishuangbanna"], "96301", AFTER).target.level == "prefecture"


# What is not possible.


@pytest.mark.parametrize("number", ["", "12", "1234567890123", "abc", "１２３４５", "123 45", "-12345"])
def test_what_is_no_number_is_refused(number: str) -> None:
    with pytest.raises(NotANumber, match="不是热线号码"):
        dial(PLACES["baiyin"], number, AFTER)


@pytest.mark.parametrize("area", ["", "62", "62040", "白银区", "6204021", "٦٢٠٤٠٢"])
def test_what_is_no_area_is_refused(area: str) -> None:
    with pytest.raises(NotAnArea, match="行政区划代码"):
        dial(PLACES["baiyin"], "12315", AFTER, area)


def test_a_cancelled_number_is_not_restored() -> None:
    line = msgspec.structs.replace(Line.listed(PLACES["baiyin"].register["12315"]), status="cancelled")
    found = dial(PLACES["baiyin"], line, BEFORE)
    assert (found.does, found.prompt) == ("ended", "not_opened") and "二(二)2" in found.clause


def test_prompts_of_the_registers_own() -> None:
    line = msgspec.structs.replace(
        Line.listed(PLACES["baiyin"].register["12317"]), prompt_before="即将并入。", prompt_after="已经并入。"
    )
    assert dial(PLACES["baiyin"], line, BEFORE).spoken == "即将并入。"
    assert dial(PLACES["baiyin"], line, AFTER).spoken == "已经并入。"


@given(
    place=st.sampled_from(sorted(PLACES)),
    number=st.sampled_from([*NUMBERS, "110", "12345", "96345", "400123"])
    | st.from_regex("[0-9]{3,11}", fullmatch=True),
    on=st.dates(),
    area=st.none() | st.from_regex("[0-9]{6}([0-9]{3}){0,2}", fullmatch=True),
)
def test_every_call_has_an_outcome_with_a_reason(place: str, number: str, on: date, area: str | None) -> None:
    found = dial(PLACES[place], number, on, area)
    assert found.does in DOES_ZH and found.reason and found.reason_en and found.clause
    assert (found.target.kind == "none") == (found.does in ("not_opened", "ended"))
    assert (found.label is not None) == (found.target.kind == "hotline")
    assert dial(PLACES[place], number, on, area) == found


def test_a_hundred_thousand_decisions_are_quick() -> None:
    """The bound is 2 s on an idle machine (``make bench``); a busy one gets three times as long."""
    started = time.process_time()
    for place in PLACES.values():
        for number in NUMBERS:
            for _ in range(103):
                dial(place, number, AFTER, None)
    assert time.process_time() - started < 6 * (5 * 39 * 103) / 100_000
