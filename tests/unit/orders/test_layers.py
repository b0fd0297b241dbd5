"""A node's own rules: laid over what holds above it, refused with every mistake at once, kept by version."""

from __future__ import annotations

import msgspec
import pytest
from play import tree as small

from yihao.profile.load import load
from yihao.units.layers import BadLayer, NoProfile, front_desk, is_rank, problems_below, profile_at, proposed
from yihao.units.model import LayerDraft

CITY, COUNTY, TOWN = 1, 2, 4
HOURS = 'office_hours: {value: "08:30-12:00,14:30-17:30", basis: {design: 本县作息}}\n'
SIGN = "sign: {rule: 4 office hours, basis: {design: 路远}}\n"


def layered(now, node, /, **files: str):
    texts = {name.replace("__", "/") + ".yaml": text for name, text in files.items()}
    return proposed(now, node, LayerDraft(files=texts, reason="演示"))


def codes(refused: pytest.ExceptionInfo[BadLayer]) -> list[str]:
    return [one.code for one in refused.value.problems]


def test_a_layer_lies_over_the_rules_above_and_under_those_below():
    now = layered(layered(small(), COUNTY, place=HOURS), TOWN, limits=SIGN)
    city, county, town = (profile_at(now, node) for node in (CITY, COUNTY, TOWN))
    assert city is profile_at(small(), CITY) and city.office_hours == "09:00-12:00,14:00-18:00"
    assert county.office_hours == town.office_hours == "08:30-12:00,14:30-17:30"
    assert city.limits["sign"] == county.limits["sign"] != town.limits["sign"]
    assert town.name == f"{city.name}+532801@1+532801100@1"
    assert len({city.digest, county.digest, town.digest}) == 3
    assert town.limits["sign"].basis.layer == "532801100@1"


def test_lines_of_a_county_have_rules_of_their_own():
    now = layered(small(), COUNTY, lines__12315="limits:\n  sign: {rule: 1 office hours, basis: {design: 快}}\n")
    county = profile_at(now, COUNTY)
    assert county.for_line("12315").limits["sign"].rule == "1 office hours"
    assert county.limits["sign"] == profile_at(small(), COUNTY).limits["sign"]


def test_a_withdrawn_layer_leaves_what_was_before():
    now = layered(small(), COUNTY, place=HOURS)
    assert profile_at(proposed(now, COUNTY, LayerDraft(files={}, reason="撤销")), COUNTY) == load(
        profile_at(small(), CITY).name
    )


def test_a_second_version_has_another_name():
    once = layered(small(), COUNTY, place=HOURS)
    again = layered(once, COUNTY, limits=SIGN)
    assert profile_at(again, COUNTY).name.endswith("@2") and profile_at(once, COUNTY).name.endswith("@1")


def test_a_node_without_profile_stands_on_the_national_ground():
    bare = msgspec.structs.replace(
        small(),
        jurisdictions={
            number: msgspec.structs.replace(node, profile=None) for number, node in small().jurisdictions.items()
        },
    )
    with pytest.raises(NoProfile):
        profile_at(bare, COUNTY)
    own = (
        "title: {value: 示范州, basis: {design: 演示}}\nhotline_name: {value: 示范热线, basis: {design: 演示}}\n"
        "level: {value: city, basis: {design: 演示}}\nmanaging_body: {value: 州办, basis: {design: 演示}}\n"
        'area_code: {value: "532800", basis: {source: GB/T 2260}}\n'
    )
    assert profile_at(layered(bare, CITY, place=own), COUNTY).layers == ("national", "532800@1")


def test_all_mistakes_are_told_at_once_with_file_and_line():
    with pytest.raises(BadLayer) as refused:
        layered(
            small(),
            COUNTY,
            place="# a comment\nextends: national\nlevel: {value: city, basis: {design: 演示}}\n"
            'area_code: {value: "999900", basis: {design: 演示}}\n',
            limits="sign: {rule: 2 office huors, basis: {design: 快}}\nsgin: {rule: 24 hours}\n",
            flows="x: 1\n",
            lines__12="limits: {}\n",
        )
    found = {(one.code, one.file, one.line) for one in refused.value.problems}
    assert ("layer_extends", "532801@1/place.yaml", 2) in found
    assert {"impossible_limit", "unknown_key", "unknown_file"} <= {code for code, *_ in found}
    assert all(one.what() and one.mend() for one in refused.value.problems)
    assert len(found) >= 5
    text = refused.value.sentence("zh")
    assert "532801@1/limits.yaml:1" in text and "532801@1/limits.yaml:2" in text


def test_a_layer_speaks_for_its_own_node():
    with pytest.raises(BadLayer) as refused:
        layered(
            small(),
            COUNTY,
            place='level: {value: city, basis: {design: 演示}}\narea_code: {value: "999900", basis: {design: 演示}}\n',
        )
    assert [(one.code, one.line) for one in refused.value.problems] == [("layer_level", 1), ("layer_area", 2)]


ANSWERS = "answering: {levels: [city, county], may: [], basis: {design: 自行接听}}\n"
CENTRAL = "answering: {levels: [city], may: [MAY], basis: {design: 统一接听}}\n"


def test_a_county_answers_its_own_calls_only_where_the_rules_above_let_it():
    now = layered(small(), CITY, place=CENTRAL.replace("MAY", "county"))
    assert is_rank("county", profile_at(layered(now, COUNTY, place=ANSWERS), COUNTY).place.answering.levels)
    now = layered(small(), CITY, place=CENTRAL.replace("MAY", ""))
    with pytest.raises(BadLayer) as refused:
        layered(now, COUNTY, place=ANSWERS)
    assert codes(refused) == ["layer_answers"] and "532801@1/place.yaml" in refused.value.sentence("zh")


def test_a_city_layer_that_would_break_a_county_s_is_refused_with_the_county_s_line():
    now = layered(small(), CITY, place=CENTRAL.replace("MAY", "county"))
    now = layered(now, COUNTY, place=HOURS + ANSWERS)
    assert problems_below(now, CITY) == []
    with pytest.raises(BadLayer) as refused:
        layered(now, CITY, place=CENTRAL.replace("MAY", ""))
    assert [(one.code, one.file, one.line) for one in refused.value.problems] == [
        ("layer_answers", "532801@1/place.yaml", 2)
    ]


def test_a_prefecture_is_a_city_of_the_tree():
    assert is_rank("city", ("prefecture",)) and is_rank("city", ("city",))
    assert not is_rank("county", ("prefecture", "city"))


def test_what_a_citizen_writes_goes_to_the_desk_that_takes_matters():
    assert front_desk(small(), None).id == front_desk(small(), "532801").id == CITY
    # Above this place stands a desk that only coordinates it: it takes nothing itself.
    rule = "superior: {coordinate_only: [city], basis: {design: 上级只统筹}}\n"
    now = layered(small(), COUNTY, flow=rule)
    assert front_desk(now, None).id == COUNTY
    now = layered(now, 3, flow=rule)
    assert front_desk(now, "532822").id == 3 and front_desk(now, "532801100").id == front_desk(now, None).id == COUNTY
