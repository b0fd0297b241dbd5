"""Each packaged place against its document: every quote, every figure and date, the names quoted, the list of lines."""

import csv
import os
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from yihao.profile import Profile, Provision, load, names, provisions
from yihao.profile.flow import StageList
from yihao.profile.merging import FreezeRule, MergeStep
from yihao.profile.model import Domain, Indicator, SupervisionTool
from yihao.profile.read import squeeze

ROOT = Path(__file__).resolve().parents[2]
PLACES = {name: load(name) for name in names()}
QUOTED = {
    f"{name}: {path}": (profile, rule)
    for name, profile in PLACES.items()
    for path, rule in provisions(profile).items()
    if rule.basis.document
}


def shared(*parts: str) -> Path:
    """A file of the policy library, which the product never reads."""
    folder = Path(os.environ.get("YIHAO_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"the policy texts are not at {folder}; set YIHAO_SHARED to their folder")
    return folder.joinpath(*parts)


@cache
def document(name: str) -> str:
    """A document, squeezed: the text breaks lines inside sentences and sets digits apart with spaces."""
    return squeeze(shared("policy", f"{name}.txt").read_text())


def text_of(profile: Profile, code: str) -> str:
    return document(next(item.text for item in profile.documents if item.code == code))


@pytest.mark.parametrize("name", PLACES)
def test_the_place_stands_on_its_own_document(name):
    profile = PLACES[name]
    assert profile.layers == ("national", name)
    assert profile.document == next(item.number for item in profile.documents if item.code == profile.main_document)
    assert squeeze(profile.document) in text_of(profile, profile.main_document)
    for rule in (profile.place.hotline_name, profile.place.managing_body, profile.place.title, profile.flow.stages):
        assert rule.basis.document == profile.main_document


@pytest.mark.parametrize("path", QUOTED)
def test_the_quote_stands_in_the_document(path):
    profile, rule = QUOTED[path]
    quote = squeeze(rule.basis.quote)
    assert len(quote) >= 8
    assert quote in text_of(profile, rule.basis.document)


def figures(rule: Provision) -> list[str]:
    """The figures the document itself gives a rule; a rule with a reading may have figures of the reader's own."""
    fields = [getattr(rule, name, None) for name in ("rule", "each", "total_cap", "total")]
    if getattr(rule, "each", None):
        fields.append(rule.count)
    return re.findall(r"\d+", " ".join(str(field) for field in fields if field is not None))


# Figures no document writes: readings of 第一时间, 实时 or 马上就办, office hours told as minutes, sums of tables.
READ = {
    "baiyin: limits.dispatch_immediate",
    "qingyuan: merging.announced",
    "shanxi: limits.dispatch_enterprise",
    "shanxi: limits.sign_enterprise",
    "xishuangbanna: limits.dispatch_immediate",
    "xishuangbanna: limits.sign_urgent",
    "xishuangbanna: lines.96301.limits.dispatch",
    "zhejiang: limits.dispatch_immediate",
}


@pytest.mark.parametrize("path", [path for path in QUOTED if path not in READ and figures(QUOTED[path][1])])
def test_the_quote_names_the_rules_own_figure(path):
    quote = QUOTED[path][1].basis.quote
    for figure in figures(QUOTED[path][1]):
        assert re.search(rf"(?<!\d){figure}(?!\d)", quote), (figure, quote)


@pytest.mark.parametrize("path", sorted(READ & QUOTED.keys()))
def test_a_reading_says_so(path):
    assert QUOTED[path][1].basis.reading


STEPS = [path for path, (_, rule) in QUOTED.items() if isinstance(rule, MergeStep)]


@pytest.mark.parametrize("path", STEPS)
def test_a_step_ends_with_the_month_its_document_names(path):
    rule = QUOTED[path][1]
    day, quote = rule.by, squeeze(rule.basis.quote)
    # 9月底前; a stage (2021年7月至8月) ends with its last month
    named = re.search(rf"(?<!\d){day.month}月(底|\))", quote) or (day.month == 12 and "年底" in quote)
    assert named, (day, quote)


# The name of an entry is the document's own word, or has three characters of it in a row.
NAMES = [
    path
    for path, (_, rule) in QUOTED.items()
    if isinstance(rule, SupervisionTool | Indicator | Domain) or ".wrongs." in path or ".seats." in path
]


@pytest.mark.parametrize("path", NAMES)
def test_an_entry_is_called_what_its_document_calls_it(path):
    rule = QUOTED[path][1]
    runs = [rule.zh[at : at + 3] for at in range(max(1, len(rule.zh) - 2))]
    assert any(run in squeeze(rule.basis.quote) for run in runs)


@pytest.mark.parametrize("name", PLACES)
def test_the_stages_are_the_documents_in_its_order(name):
    stages = PLACES[name].flow.stages
    assert isinstance(stages, StageList)
    assert "、".join(stage.zh for stage in PLACES[name].stages) in squeeze(stages.basis.quote)


@pytest.mark.parametrize("path", [path for path, (_, rule) in QUOTED.items() if isinstance(rule, FreezeRule)])
def test_a_freeze_covers_what_its_document_forbids(path):
    rule = QUOTED[path][1]
    quote = squeeze(rule.basis.quote)
    words = {"new": "新设", "rename": "名称", "repurpose": "用途"}
    assert rule.covers == tuple(code for code, word in words.items() if word in quote)


@pytest.mark.parametrize("name", PLACES)
def test_the_list_of_lines_is_as_long_as_the_rule_says(name):
    announced = PLACES[name].merging.announced
    file = shared("domain", "lines", f"{name}.csv")
    if announced is None or not announced.at_hand:
        assert not file.exists()
        return
    with file.open(encoding="utf-8") as lines:
        counted = Counter(row["mode"] for row in csv.DictReader(lines))
    assert (counted.total(), dict(counted)) == (announced.total, announced.modes)


@pytest.mark.parametrize("name", PLACES)
def test_the_list_is_the_documents_own(name):
    """Number, name, mode, unit, seats, status, days and who keeps experts, as an independent transcription has them."""
    register, file = PLACES[name].register, shared("domain", "lines", f"{name}.csv")
    if not file.exists():
        assert register == {}
        return
    with file.open(encoding="utf-8") as lines:
        rows = {row["number"]: row for row in csv.DictReader(lines)}
    assert set(register) == set(rows)
    for number, row in rows.items():
        line = register[number]
        assert (line.name, line.mode, line.unit) == (row["name"], row["mode"], row["responsible_unit"])
        assert line.status == row["status"]
        assert line.experts == {"yes": "required", "may": "may", "no": "no"}[row["expert_seats"]]
        seats = {"yes": {"kept"}, "temporary": {"temporary"}, "no": {"merged", "cancelled"}}[row["keep_seats"]]
        assert line.seats in seats, number
        year, _, month = row["completion"].partition("-")
        assert (str(line.by.year), line.by.month) == (year, int(month or 12)) if year else line.by is None
        if "本地单位:" in row["remark"]:
            assert f"本地单位:{line.local_unit}" in row["remark"]


def test_what_another_passage_says_stands_in_the_document():
    against = {
        f"{name} {number}": (profile, line.against)
        for name, profile in PLACES.items()
        for number, line in profile.register.items()
        if line.against
    }
    assert set(against) == {"qingyuan 12360", "qingyuan 12349", "qingyuan 12385"}
    for profile, other in against.values():
        assert squeeze(other.basis.quote) in text_of(profile, other.basis.document) and other.basis.reading


@pytest.mark.parametrize("name", PLACES)
def test_no_line_of_the_place_is_an_emergency_number(name):
    assert not set(PLACES[name].lines) & set(PLACES[name].emergency_numbers)
