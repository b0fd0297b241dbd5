"""Profiles as a whole: layers, merge, digest, differences, speed."""

import itertools
import os
import re
import shutil
import time
from pathlib import Path

import pytest

from yihao.errors import NotFound
from yihao.profile import (
    LIMITS,
    TEMPLATE,
    Limit,
    Profile,
    check,
    counts,
    diff,
    limit,
    load,
    names,
    provisions,
    redo_limit,
)
from yihao.profile.assemble import SECTIONS
from yihao.profile.codes import PROMPTS
from yihao.profile.describe import reference
from yihao.profile.load import PLACES
from yihao.profile.provision import working_days

ROOT = Path(__file__).resolve().parents[2]

COUNTY = """\
extends: xishuangbanna
title: {value: 示例县, basis: {design: 演示}}
managing_body: {value: 示例县政府办公室, basis: {design: 演示}}
"""


@pytest.fixture(scope="module")
def prefecture() -> Profile:
    return load("xishuangbanna")


@pytest.fixture
def county(tmp_path):
    def write(**files):
        for name, content in ({"place": COUNTY} | files).items():
            file = tmp_path / "county" / f"{name.replace('__', '/')}.yaml"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)
        return load(tmp_path / "county")

    return write


def test_every_packaged_place_is_good():
    assert names()
    for name in names():
        assert check(name) == []


def test_the_national_ground_alone_is_no_place():
    assert "national" not in names()
    assert {problem.params["key"] for problem in check("national")} >= {"title", "hotline_name", "managing_body"}


def test_a_layer_replaces_a_rule_whole_and_keeps_the_rest(county, prefecture):
    place = county(limits="sign:\n  rule: 4 office hours\n  basis: {design: 县里人少}\n")
    assert place.layers == ("national", "xishuangbanna", "county")
    sign = place.limits["sign"]
    assert (sign.rule, sign.basis.design, sign.basis.document, sign.basis.quote) == (
        "4 office hours",
        "县里人少",
        None,
        None,
    )
    assert sign.basis.layer == "county"
    assert (Path(sign.basis.file).name, sign.basis.line) == ("limits.yaml", 1)
    assert place.limits["return_window"] == prefecture.limits["return_window"]
    assert place.limits["return_window"].basis.layer == "xishuangbanna"
    assert place.limits["first_contact"].basis.layer == "national"
    assert place.document == prefecture.document


def test_a_basis_knows_the_line_of_its_rule(prefecture):
    for path, rule in provisions(prefecture).items():
        lines = (PLACES.parent / rule.basis.file).read_text().splitlines()
        key = [part for part in path.split(".") if part][-1]
        assert re.match(rf'\s*"?{key}"?:', lines[rule.basis.line - 1]), (path, rule.basis.file, rule.basis.line)


def test_entries_are_added_and_removed_by_code(county, prefecture):
    place = county(
        acceptance="refusals:\n  unlawful: {removed: true, basis: {design: 演示}}\n"
        "  noise: {zh: 噪声, en: noise, route: 请, outcome: lawful_route, basis: {design: 演示}}\n"
    )
    codes = [refusal.code for refusal in prefecture.refusals]
    assert [refusal.code for refusal in place.refusals] == [c for c in codes if c != "unlawful"] + ["noise"]


def test_a_list_is_replaced_whole(county):
    order = "accept, dispatch, coordinate, handle, supervise, reply, close, rate, revisit, appraise"
    place = county(flow=f"stages:\n  order: [{order}]\n  basis: {{design: 演示}}\n")
    assert [stage.code for stage in place.stages] == order.split(", ")
    assert [stage.zh for stage in place.stages][2] == "协调"


def test_a_line_may_have_rules_of_its_own(county, prefecture):
    place = county(lines__12399="limits:\n  sign: {rule: 30 minutes, basis: {design: 演示}}\n")
    assert place.for_line("12399").limits["sign"].rule == "30 minutes"
    assert place.for_line("12399").limits["dispatch"] == place.limits["dispatch"]
    assert place.for_line("12399").digest != place.digest
    assert place.for_line("12345") is place and place.for_line(None) is place
    # The prefecture's lines hold in the county too.
    assert place.for_line("96301").limits["dispatch"].rule == prefecture.for_line("96301").limits["dispatch"].rule
    assert place.limits["sign"] == prefecture.limits["sign"]
    assert "lines.12399.limits.sign" in provisions(place)
    assert "lines.12399.limits.dispatch" not in provisions(place)


def test_a_sibling_folder_can_be_extended(tmp_path):
    shutil.copytree(PLACES / "xishuangbanna", tmp_path / "homeland")
    (tmp_path / "village").mkdir()
    (tmp_path / "village" / "place.yaml").write_text(COUNTY.replace("xishuangbanna", "homeland"))
    assert load(tmp_path / "village").layers == ("national", "homeland", "village")


def test_the_digest_is_of_the_content_alone(tmp_path, prefecture):
    assert load("xishuangbanna").digest == prefecture.digest
    assert re.fullmatch("[0-9a-f]{64}", prefecture.digest)
    folder = tmp_path / "xishuangbanna"
    shutil.copytree(PLACES / "xishuangbanna", folder)
    limits = folder / "limits.yaml"
    limits.write_text("# a comment more\n\n" + limits.read_text())
    moved = load(folder)
    assert moved.digest == prefecture.digest
    assert moved.limits["sign"].basis.line == prefecture.limits["sign"].basis.line + 2
    limits.write_text(limits.read_text().replace("2 office hours", "3 office hours"))
    assert load(folder).digest != prefecture.digest
    limits.write_text(limits.read_text().replace("3 office hours", "2 office hours").replace("三(四)", "三(五)"))
    assert load(folder).digest != prefecture.digest


def test_a_line_changes_the_digest(county):
    before = county().digest
    assert county(lines__12399="limits:\n  sign: {rule: 30 minutes, basis: {design: 演示}}\n").digest != before


def test_diff_sets_clause_beside_clause(county, prefecture):
    place = county(
        limits="sign:\n  rule: 4 office hours\n  basis: {source: 示例县规定 二}\n"
        "review:\n  rule: 1 working day\n  basis: {source: 示例县规定 三}\n",
        acceptance="refusals:\n  unlawful: {removed: true, basis: {design: 演示}}\n",
    )
    differences = {item.path: item for item in diff(prefecture, place)}
    sign = differences["limits.sign"]
    assert (sign.left, sign.left_basis) == ("2 office hours", f"{prefecture.document} 三(四)")
    assert (sign.right, sign.right_basis) == ("4 office hours", "示例县规定 二")
    assert differences["acceptance.refusals.unlawful"].right is None
    assert set(differences) == {"limits.sign", "acceptance.refusals.unlawful", "place.title", "place.managing_body"}
    assert diff(prefecture, prefecture) == []


def test_diff_quotes_the_words_of_each_clause(county, prefecture):
    place = county(acceptance="domain_required: {on: false, basis: {design: 演示}}\n")
    (one,) = [item for item in diff(prefecture, place) if item.section == "acceptance"]
    assert (one.left, one.left_basis) == ("true", f"{prefecture.document} 三(二)")
    assert one.left_quote == "生态环境保护等领域的咨询、求助、投诉、举报和意见建议"
    # A switch that is off is a rule as well, with a basis to show.
    assert (one.right, one.right_basis, one.right_quote) == ("false", "平台约定：演示", "")


def test_diff_shows_of_a_rule_what_differs(county, prefecture):
    place = county(
        flow="redo: {max: 3, divide_base_by: 2, minimum: 1 working day, basis: {design: 演示}}\n",
        acceptance="channels:\n  fax: {zh: 传真, en: facsimile, on: true, basis: {design: 演示}}\n"
        "  sms: {zh: 短信, en: SMS, on: false, basis: {design: 演示}}\n",
    )
    found = {item.path: (item.left, item.right) for item in diff(prefecture, place)}
    assert found["flow.redo"] == ("max=2", "max=3")
    assert found["acceptance.channels.sms"] == ("短信 (on=true)", "短信 (on=false)")
    assert "acceptance.channels.fax" not in found


def test_diff_sets_a_lines_rule_beside_the_others_own(county, prefecture):
    place = county(lines__12399="limits:\n  sign: {rule: 30 minutes, basis: {design: 演示}}\n")
    found = {item.path: (item.left, item.right) for item in diff(prefecture, place)}
    assert found["lines.12399.limits.sign"] == ("2 office hours", "30 minutes")


def test_diff_of_any_two_places_goes_section_by_section():
    sections = [item.section for item in diff(load(names()[0]), load(names()[1]))]
    assert sorted(set(sections), key=sections.index) == [key for key, _ in itertools.groupby(sections)]


def test_counts_add_up(prefecture):
    found = counts(prefecture)
    assert found["rules"] == found["rules_document"] + found["rules_source"] + found["rules_design"]
    assert found["rules"] == len(provisions(prefecture))
    assert found["lines"] == sum(found[f"lines_{mode}"] for mode in ("whole", "dual", "subcentre"))


def test_lines_counted_together_are_counted_apart():
    found = counts(load("shanxi"))
    assert found["lines"] == found["lines_linkage"] + found["lines_undivided"] == 29
    assert found["lines_at_hand"] == 0


def test_a_limit_that_does_not_exist_is_told(prefecture):
    assert isinstance(limit(prefecture, "sign"), Limit)
    with pytest.raises(NotFound, match="patience"):
        limit(prefecture, "patience")  # type: ignore[arg-type]


def test_a_redo_takes_half_rounded_up_and_at_least_the_minimum(prefecture):
    halves = {kind: redo_limit(prefecture, kind).rule for kind in prefecture.kinds}
    assert halves["consult"] == "1 working day"
    assert halves["help"] == "2 working days"
    assert halves["complaint"] == "8 working days"
    for kind, rule in halves.items():
        half = prefecture.kinds[kind].base.days / 2
        assert max(half, 1) <= working_days(rule) < half + 1


def test_all_places_load_within_a_second():
    load("xishuangbanna")
    start = time.perf_counter()
    for name in names():
        load(name)
    assert time.perf_counter() - start < 1


@pytest.fixture
def template(tmp_path):
    return Path(shutil.copytree(TEMPLATE, tmp_path / "mycity"))


def test_the_template_is_a_good_place_and_says_nothing_of_its_own(template):
    place = load(template)
    assert (place.layers, place.lines) == (("national", "mycity"), {})
    own = {path for path, rule in provisions(place).items() if rule.basis.layer == "mycity"}
    assert own == {f"place.{key}" for key in ("title", "hotline_name", "level", "area_code", "managing_body")}
    assert {file.stem for file in template.glob("*.yaml")} == set(SECTIONS)


def test_every_example_in_the_template_can_be_used_as_it_stands(template):
    examples = 0
    for file in template.glob("*.yaml"):
        text, found = re.subn("(?m)^#~ ", "", file.read_text())
        file.write_text(text)
        assert found, file
        examples += found
    (template / "lines" / "12399.yaml.example").rename(template / "lines" / "12399.yaml")
    assert check(template) == []
    place = load(template)
    assert place.reply_mode == "platform" and place.for_line("12399").limits["dispatch"].rule == "30 minutes"
    assert examples > 60


def test_the_example_of_the_page_is_a_good_place(tmp_path):
    page = (ROOT / "docs" / "profiles.md").read_text()
    (tmp_path / "myplace").mkdir()
    (tmp_path / "myplace" / "place.yaml").write_text(page.split("```yaml\n")[1].split("```")[0])
    assert load(tmp_path / "myplace").hotline_name == "示例市12345政务服务便民热线"


def test_the_page_lists_every_limit_as_the_code_does():
    page = (ROOT / "docs" / "profiles.md").read_text()
    for key, meaning in LIMITS.items():
        assert f"| `{key}` | {meaning} |" in page


def test_the_page_lists_every_prompt_as_the_code_does():
    page = (ROOT / "docs" / "profiles.md").read_text()
    for key, meaning in PROMPTS.items():
        assert f"| `{key}` | {meaning} |" in page


def test_the_page_has_the_reference_of_every_rule():
    """After a change of the model: ``YIHAO_WRITE_SNAPSHOTS=1 .venv/bin/pytest tests/unit/test_profile.py``."""
    file = ROOT / "docs" / "profiles.md"
    pattern = re.compile(r"(<!-- rules -->\n\n)(.*?)(\n<!-- end of rules -->)", re.DOTALL)
    if os.environ.get("YIHAO_WRITE_SNAPSHOTS") == "1":
        text = file.read_text(encoding="utf-8")
        file.write_text(pattern.sub(lambda m: m[1] + reference() + m[3], text), encoding="utf-8")
    found = pattern.search(file.read_text(encoding="utf-8"))
    assert found is not None
    assert found[2] == reference()


def test_the_reference_explains_every_rule():
    rows = [line for line in reference().splitlines() if line.startswith("| `")]
    assert len(rows) > 70
    for row in rows:
        name, meaning, values = row.strip("| ").split(" | ")
        assert len(meaning) > 3 and values, name
