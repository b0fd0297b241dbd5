"""Every mistake an author of a profile can make: found, with file, line and mend; all at once, not the first."""

import functools
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yihao.profile import ProfileInvalid, check, load

PLACE = """\
extends: national
title: {value: 示例县, basis: {design: 演示}}
hotline_name: {value: 示例县12345政务服务便民热线, basis: {design: 演示}}
level: {value: county, basis: {design: 演示}}
area_code: {value: "999901", basis: {design: 演示}}
managing_body: {value: 示例县政府办公室, basis: {design: 演示}}
"""
LISTED = (
    '"12399": {name: 示例热线, mode: whole, unit: 示例单位, founder: state, seats: merged, by: 2021-12-31, '
    "basis: {design: x}}\n"
)
DOCUMENT = "document: EX\ndocuments:\n  EX: {number: 例政办发〔2099〕1号, title: 示例方案, text: example}\n"


@pytest.fixture
def place(tmp_path):
    """Writes a place: the folder with a good place.yaml and the files given; answers the folder."""

    def write(name="example", **files):
        folder = tmp_path / name
        for path, content in ({"place": PLACE} | files).items():
            file = folder / f"{path.replace('__', '/')}.yaml"
            file.parent.mkdir(parents=True, exist_ok=True)
            if content is not None:
                file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return folder

    return write


def test_a_minimal_place_is_good(place):
    profile = load(place())
    assert profile.title == "示例县"
    assert profile.layers == ("national", "example")


# name of the case: (files, code, file, line, a word of the mend in English)
MISTAKES = {
    "unknown key": (
        {"limits": "sign:\n  rules: 2 hours\n  basis: {design: x}\n"},
        "unknown_key",
        "limits.yaml",
        2,
        "rule, basis",
    ),
    "unknown limit": (
        {"limits": "singn:\n  rule: 2 hours\n  basis: {design: x}\n"},
        "unknown_key",
        "limits.yaml",
        1,
        "sign_urgent",
    ),
    "wrong enum": (
        {"flow": "reply:\n  mode: platfrom\n  review: hotline\n  basis: {design: x}\n"},
        "wrong_choice",
        "flow.yaml",
        2,
        "unit, platform",
    ),
    "wrong boolean": (
        {"flow": "auto_sign: {on: yes, basis: {design: x}}\n"},
        "wrong_value",
        "flow.yaml",
        1,
        "true or false",
    ),
    "a meeting no stage records": (
        {
            "flow": "adjudication:\n  transfers: 3\n  returnable: false\n  meeting: true\n  basis: {design: x}\n",
        },
        "meeting_without_stage",
        "flow.yaml",
        1,
        "add coordinate",
    ),
    "one way out without a review": (
        {"flow": "reply:\n  mode: platform\n  review: automatic\n  basis: {design: x}\n"},
        "reply_unreleased",
        "flow.yaml",
        1,
        "review: hotline",
    ),
    "not a number": (
        {"flow": "urge:\n  per_day: often\n  basis: {design: x}\n"},
        "wrong_value",
        "flow.yaml",
        2,
        "whole number",
    ),
    "number out of bounds": (
        {"flow": "query_code:\n  bits: 20\n  tries_per_hour: 5\n  basis: {design: x}\n"},
        "wrong_value",
        "flow.yaml",
        2,
        "40–128",
    ),
    "no such date": (
        {"merging": "freeze:\n  since: 2021-02-30\n  covers: [new]\n  basis: {design: x}\n"},
        "wrong_value",
        "merging.yaml",
        2,
        "date",
    ),
    "no such zone": (
        {"place": PLACE + "zone: {value: Asia/Jinghong, basis: {design: x}}\n"},
        "wrong_value",
        "place.yaml",
        7,
        "Asia/Shanghai",
    ),
    "office hours": (
        {"place": PLACE + 'office_hours: {value: "14:00-12:00", basis: {design: x}}\n'},
        "wrong_value",
        "place.yaml",
        7,
        "09:00",
    ),
    "area code": (
        {"place": PLACE.replace('"999901"', "9999")},
        "wrong_value",
        "place.yaml",
        5,
        "6 digits",
    ),
    "dispatched before opening": (
        {"place": PLACE + 'dispatch_by: {value: "07:30", basis: {design: x}}\n'},
        "hours_mismatch",
        "place.yaml",
        7,
        "after the opening",
    ),
    "empty value": (
        {"place": PLACE.replace("示例县政府办公室", "~")},
        "wrong_value",
        "place.yaml",
        6,
        "a text",
    ),
    "missing value": (
        {"flow": "redo:\n  max: 2\n  divide_base_by: 2\n  basis: {design: x}\n"},
        "missing_key",
        "flow.yaml",
        1,
        "minimum",
    ),
    "missing managing body": (
        {"place": "\n".join(PLACE.splitlines()[:5])},
        "missing_key",
        "place.yaml",
        1,
        "managing_body",
    ),
    "missing basis": (
        {"limits": "sign:\n  rule: 3 office hours\n"},
        "missing_basis",
        "limits.yaml",
        1,
        "add basis",
    ),
    "two kinds of basis": (
        {"limits": "sign:\n  rule: 3 office hours\n  basis: {design: x, source: y}\n"},
        "basis_kind",
        "limits.yaml",
        3,
        "keep one",
    ),
    "document without a quote": (
        {"place": PLACE + DOCUMENT, "limits": "sign:\n  rule: 3 office hours\n  basis: {document: EX, clause: 一}\n"},
        "missing_key",
        "limits.yaml",
        3,
        "quote",
    ),
    "short quote": (
        {
            "place": PLACE + DOCUMENT,
            "limits": "sign:\n  rule: 3 office hours\n  basis: {document: EX, clause: 一, quote: 三 小 时 内 签 收}\n",
        },
        "short_quote",
        "limits.yaml",
        3,
        "at least 8",
    ),
    "unknown document": (
        {"limits": "sign:\n  rule: 3 office hours\n  basis: {document: EX, clause: 一, quote: 应在三小时内完成签收}\n"},
        "unknown_document",
        "limits.yaml",
        3,
        "register",
    ),
    "quote beside a design": (
        {"limits": "sign:\n  rule: 3 office hours\n  basis: {design: x, quote: 应当在三小时之内完成签收}\n"},
        "unknown_key",
        "limits.yaml",
        3,
        "design",
    ),
    "unreadable limit": (
        {"limits": "sign:\n  rule: soon\n  basis: {design: x}\n"},
        "impossible_limit",
        "limits.yaml",
        2,
        "3 working days",
    ),
    "limit of nothing": (
        {"limits": "sign:\n  rule: 0 working days\n  basis: {design: x}\n"},
        "impossible_limit",
        "limits.yaml",
        2,
        "3 working days",
    ),
    "margin not in days": (
        {"limits": "yellow_card:\n  rule: 8 hours\n  basis: {design: x}\n"},
        "impossible_limit",
        "limits.yaml",
        2,
        "3 working days",
    ),
    "dispatch as another limit": (
        {"limits": "sign:\n  rule: dispatch\n  basis: {design: x}\n"},
        "impossible_limit",
        "limits.yaml",
        2,
        "2 office hours",
    ),
    "extension below base": (
        {
            "kinds": "help:\n  extension:\n    allowed: true\n    count: 1\n    total_cap: 7 working days\n"
            "    basis: {design: x}\n"
        },
        "extension_below_base",
        "kinds.yaml",
        5,
        "longer than base",
    ),
    "extension without days": (
        {"kinds": "help:\n  extension:\n    allowed: true\n    count: 1\n    basis: {design: x}\n"},
        "extension_shape",
        "kinds.yaml",
        2,
        "each and total_cap",
    ),
    "extension forbidden yet counted": (
        {"kinds": "help:\n  extension:\n    allowed: false\n    count: 1\n    basis: {design: x}\n"},
        "extension_shape",
        "kinds.yaml",
        2,
        "none of them",
    ),
    "extension not in days": (
        {"kinds": "help:\n  extension:\n    allowed: true\n    count: 1\n    each: 24 hours\n    basis: {design: x}\n"},
        "impossible_limit",
        "kinds.yaml",
        5,
        "working days",
    ),
    "missing stage": (
        {"flow": "stages:\n  order: [accept, dispatch, handle, reply, close, revisit, rate]\n  basis: {design: x}\n"},
        "missing_stage",
        "flow.yaml",
        1,
        "stages.order",
    ),
    "stage listed twice": (
        {
            "flow": "stages:\n  order:\n    [accept, dispatch, handle, reply, supervise, revisit,\n    rate, rate]\n"
            "  basis: {design: x}\n"
        },
        "duplicate_entry",
        "flow.yaml",
        4,
        "remove one",
    ),
    "duplicate code": (
        {
            "acceptance": "domains:\n  economy: {zh: 甲, en: a, basis: {design: x}}\n"
            "  economy: {zh: 乙, en: b, basis: {design: x}}\n"
        },
        "duplicate_key",
        "acceptance.yaml",
        3,
        "another code",
    ),
    "code in Chinese": (
        {"acceptance": "domains:\n  经济: {zh: 经济, en: economy, basis: {design: x}}\n"},
        "wrong_value",
        "acceptance.yaml",
        2,
        "English code",
    ),
    "emergency number left out": (
        {"acceptance": 'emergency:\n  numbers: ["110", "119", "120"]\n  basis: {design: x}\n'},
        "emergency_incomplete",
        "acceptance.yaml",
        2,
        "never merged",
    ),
    "rules for an emergency number": (
        {"lines__110": "limits:\n  sign: {rule: 30 minutes, basis: {design: x}}\n"},
        "emergency_line",
        "110.yaml",
        1,
        "remove this file",
    ),
    "an emergency number on the list": (
        {"register": LISTED.replace("12399", "120")},
        "emergency_listed",
        "register.yaml",
        1,
        "remove it",
    ),
    "a number twice on the list": (
        {"register": LISTED + LISTED},
        "duplicate_key",
        "register.yaml",
        2,
        "remove one of them",
    ),
    "no number on the list": (
        {"register": LISTED.replace("12399", "12-399")},
        "listed_number",
        "register.yaml",
        1,
        "digits",
    ),
    "a listed line of an unknown mode": (
        {"register": LISTED.replace("mode: whole", "mode: halfway")},
        "unknown_reference",
        "register.yaml",
        1,
        "subcentre",
    ),
    "a listed line of an unknown founder": (
        {"register": LISTED.replace("founder: state", "founder: club")},
        "unknown_reference",
        "register.yaml",
        1,
        "county",
    ),
    "a mode its founder has not": (
        {"register": LISTED.replace("founder: state", "founder: county").replace("mode: whole", "mode: dual")},
        "founder_mode",
        "register.yaml",
        1,
        "use whole",
    ),
    "seats kept where none are": (
        {
            "register": LISTED.replace("seats: merged", "seats: kept"),
            "merging": "kept_seats: {on: false, basis: {design: x}}\n",
        },
        "kept_without_rule",
        "register.yaml",
        1,
        "switch merging.kept_seats on",
    ),
    "companies removed above the score they are watched at": (
        {
            "merging": "companies: {days: 90, least: 10, complaint: 1, probation: 60, removal: 61, probation_days: 60, "
            "basis: {design: x}}\n"
        },
        "impossible_score",
        "merging.yaml",
        1,
        "no higher than probation",
    ),
    "a share of more than a hundred": (
        {
            "merging": "companies: {days: 90, least: 10, complaint: 1, probation: 101, removal: 60, "
            "probation_days: 60, basis: {design: x}}\n"
        },
        "wrong_value",
        "merging.yaml",
        1,
        "100",
    ),
    "a planned line without a day": (
        {"register": LISTED.replace(", by: 2021-12-31", "")},
        "planned_without_day",
        "register.yaml",
        1,
        "last day",
    ),
    "a day there is not": (
        {"register": LISTED.replace("2021-12-31", "2021-02-30")},
        "wrong_value",
        "register.yaml",
        1,
        "2021-12-31",
    ),
    "a list shorter than announced": (
        {"register": LISTED, "merging": "announced:\n  total: 2\n  modes: {whole: 2}\n  basis: {design: x}\n"},
        "announced_list",
        "register.yaml",
        1,
        "check the list",
    ),
    "a listed line without a clause": (
        {"register": LISTED.replace(", basis: {design: x}", "")},
        "missing_basis",
        "register.yaml",
        1,
        "add basis",
    ),
    "refusal of an unknown outcome": (
        {"acceptance": "refusals:\n  noise: {zh: 噪, en: n, route: 请, outcome: nowhere, basis: {design: x}}\n"},
        "unknown_reference",
        "acceptance.yaml",
        2,
        "lawful_route",
    ),
    "tool of an unknown step": (
        {"supervision": 'tools:\n  letter: {zh: 发函, en: letter, level: "9", basis: {design: x}}\n'},
        "unknown_reference",
        "supervision.yaml",
        2,
        "1, 2, 3",
    ),
    "list that does not add up": (
        {"merging": "announced:\n  total: 33\n  modes: {whole: 20, dual: 8}\n  basis: {design: x}\n"},
        "announced_sum",
        "merging.yaml",
        1,
        "check the numbers",
    ),
    "list whose undivided part does not add up": (
        {"merging": "announced:\n  total: 29\n  undivided: 23\n  modes: {whole: 5}\n  basis: {design: x}\n"},
        "announced_sum",
        "merging.yaml",
        1,
        "check the numbers",
    ),
    "mode of a founder that does not exist": (
        {"merging": "founders:\n  county: {zh: 县, en: c, joins: city, modes: [absorbed], basis: {design: x}}\n"},
        "unknown_reference",
        "merging.yaml",
        2,
        "subcentre",
    ),
    "prompt with an unknown placeholder": (
        {"prompts": "greeting:\n  on: true\n  text: 您好，这里是{city}。\n  basis: {design: x}\n"},
        "wrong_value",
        "prompts.yaml",
        3,
        "hotline",
    ),
    "prompt that spells the name out": (
        {"prompts": "greeting:\n  on: true\n  text: 这里是示例县12345政务服务便民热线。\n  basis: {design: x}\n"},
        "name_spelled_out",
        "prompts.yaml",
        3,
        "{hotline}",
    ),
    "list where a mapping belongs": (
        {"limits": "- sign\n"},
        "wrong_shape",
        "limits.yaml",
        1,
        "docs/profiles.md",
    ),
    "unknown extends": (
        {"place": PLACE.replace("national", "nowhere")},
        "unknown_extends",
        "place.yaml",
        1,
        "national",
    ),
    "removing what is not there": (
        {"acceptance": "refusals:\n  dragons: {removed: true, basis: {design: x}}\n"},
        "nothing_to_remove",
        "acceptance.yaml",
        2,
        "delete this entry",
    ),
    "removing without a reason": (
        {"acceptance": "refusals:\n  unlawful: {removed: true}\n"},
        "missing_basis",
        "acceptance.yaml",
        2,
        "add basis",
    ),
    "misspelt file": ({"limit": "sign: {}\n"}, "unknown_file", "limit.yaml", 1, "limits.yaml"),
    "no place.yaml": ({"place": None, "limits": ""}, "missing_file", "example", 1, "create place.yaml"),
    "a line file without a number": (
        {"lines__tourism": "limits: {}\n"},
        "line_file_name",
        "tourism.yaml",
        1,
        "12315.yaml",
    ),
    "unknown section of a line": (
        {"lines__12399": "limit: {}\n"},
        "unknown_key",
        "12399.yaml",
        1,
        "limits",
    ),
    "a line's impossible limit": (
        {"lines__12399": "limits:\n  sign: {rule: never, basis: {design: x}}\n"},
        "impossible_limit",
        "12399.yaml",
        2,
        "3 working days",
    ),
    "YAML syntax": (
        {"limits": "sign:\n  rule: [2 hours\n  basis: {design: x}\n"},
        "yaml",
        "limits.yaml",
        3,
        "quotation marks",
    ),
    "tab": ({"limits": "sign:\n\trule: 2 hours\n"}, "tab", "limits.yaml", 2, "spaces"),
    "alias": (
        {"limits": "sign: &a\n  rule: 2 hours\n  basis: {design: x}\nsign_urgent: *a\n"},
        "alias",
        "limits.yaml",
        1,
        "instead",
    ),
    "second YAML document": (
        {"limits": "# one\n---\nsign: {rule: 2 hours, basis: {design: x}}\n---\nsign: {}\n"},
        "second_document",
        "limits.yaml",
        4,
        "---",
    ),
    "nested too deeply": ({"limits": "sign: " + "[" * 50_000}, "too_deep", "limits.yaml", 1, "brackets"),
    "GB18030": (
        {"limits": "sign:\n  rule: 3 hours\n  basis: {design: 理由}\n".encode("gb18030")},
        "not_utf8",
        "limits.yaml",
        3,
        "UTF-8",
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_each_mistake_names_file_line_and_mend(place, case):
    files, code, file, line, mend = MISTAKES[case]
    with pytest.raises(ProfileInvalid) as raised:
        load(place(**files))
    found = [problem for problem in raised.value.problems if problem.code == code]
    assert found, [problem.sentence("en") for problem in raised.value.problems]
    places = [(Path(problem.file).name, problem.line) for problem in found]
    assert (file, line) in places, places
    problem = found[places.index((file, line))]
    assert mend in problem.mend("en")
    assert f"{file}:{line}" in problem.sentence("zh")
    assert problem.what("zh") and problem.mend("zh")
    meant = ("{document, clause, quote}", "{source}", "{design}", "{hotline}", "{city}")
    assert "{" not in functools.reduce(lambda text, braces: text.replace(braces, ""), meant, problem.sentence("zh"))


def test_one_mistake_gives_one_problem(place):
    """A mistake must not drown its author in consequences."""
    many = {}
    for number, case in enumerate(MISTAKES):
        problems = check(place(name=f"p{number}", **MISTAKES[case][0]))
        if len(problems) != 1:
            many[case] = [problem.sentence("en") for problem in problems]
    # A misspelt key is also a missing one.
    assert set(many) == {"unknown key"}, many


def test_all_mistakes_are_told_at_once(place):
    folder = place(
        limits="sign:\n  rule: soon\n  basis: {design: x}\nyellow_card:\n  rule: 1 working day\n",
        flow="reply:\n  mode: nobody\n  review: hotline\n  basis: {design: x}\n"
        "stages:\n  order: [accept]\n  basis: {design: x}\n",
        kinds="help:\n  label: {zh: 求助, en: help}\n  extension:\n    allowed: true\n    count: 1\n"
        "    total_cap: 2 working days\n    basis: {design: x}\n",
        lines__12399="limits:\n  sign_urgent: {rule: 5 fortnights, basis: {design: x}}\n",
    )
    codes = [problem.code for problem in check(folder)]
    assert codes.count("missing_basis") == 2
    assert codes.count("impossible_limit") == 2
    assert {"wrong_choice", "missing_stage", "extension_below_base"} <= set(codes)
    with pytest.raises(ProfileInvalid) as raised:
        load(folder)
    assert len(raised.value.problems) == len(codes)
    for language in ("zh", "en"):
        assert raised.value.sentence(language).count("\n") == len(codes)


def test_a_cycle_of_places_is_told(tmp_path):
    for name, parent in (("east", "west"), ("west", "east")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "place.yaml").write_text(PLACE.replace("national", parent))
    problems = check(tmp_path / "east")
    cycle = [problem for problem in problems if problem.code == "extends_cycle"]
    assert [problem.params["chain"] for problem in cycle] == ["east → west → east"]
    assert cycle[0].line == 1


def test_an_unknown_name_lists_the_known(tmp_path):
    with pytest.raises(ProfileInvalid, match="xishuangbanna"):
        load("atlantis")
    assert [problem.code for problem in check(tmp_path / "absent")] == ["unknown_place"]


def test_a_name_cannot_climb_out_of_the_package(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert [problem.code for problem in check("../places")] == ["unknown_place"]


def test_a_broken_place_file_is_one_problem(place):
    problems = check(place(place=PLACE + "zone: {value: [\n"))
    assert [problem.code for problem in problems] == ["yaml"]


def test_a_file_that_cannot_be_read_is_told(place):
    folder = place()
    (folder / "limits.yaml").mkdir()
    problems = check(folder)
    assert [(problem.code, Path(problem.file).name) for problem in problems] == [("unreadable_file", "limits.yaml")]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(content=st.one_of(st.binary(max_size=200), st.text(alphabet="sign:ruleba -{}[]&*!\n\t'\"#?|>%~是", max_size=80)))
def test_no_file_breaks_the_reader(place, content):
    """Whatever stands in a file, the answer is a list of problems, each with both its sentences."""
    for problem in check(place(limits=content)):
        assert problem.sentence("zh") and problem.sentence("en")
