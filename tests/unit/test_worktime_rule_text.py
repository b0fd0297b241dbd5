"""Reading and writing time limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yihao.worktime import Measure, Rule, parse_rule
from yihao.worktime.errors import FORMS, FORMS_ZH, UnreadableRule
from yihao.worktime.model import LONGEST

rules = st.sampled_from(list(Measure)).flatmap(
    lambda measure: st.integers(1, LONGEST[measure]).map(lambda amount: Rule(measure, amount))
)


@pytest.mark.parametrize(
    ("text", "measure", "amount"),
    [
        ("3 working days", Measure.WORKING_DAYS, 3),
        ("1 working day", Measure.WORKING_DAYS, 1),
        ("120 office minutes", Measure.OFFICE_MINUTES, 120),
        ("2 office hours", Measure.OFFICE_HOURS, 2),
        ("24 hours", Measure.HOURS, 24),
        ("30 minutes", Measure.MINUTES, 30),
        ("dispatch", Measure.DISPATCH, 1),
        ("  3  Working\tDays ", Measure.WORKING_DAYS, 3),
        ("3个工作日", Measure.WORKING_DAYS, 3),
        ("3 工作日", Measure.WORKING_DAYS, 3),
        ("３个工作日", Measure.WORKING_DAYS, 3),
        ("2工作小时", Measure.OFFICE_HOURS, 2),
        ("2个工作小时", Measure.OFFICE_HOURS, 2),
        ("30工作分钟", Measure.OFFICE_MINUTES, 30),
        ("24小时", Measure.HOURS, 24),
        ("24个小时", Measure.HOURS, 24),
        ("30分钟", Measure.MINUTES, 30),
        ("当日派单", Measure.DISPATCH, 1),
    ],
)
def test_forms(text: str, measure: Measure, amount: int) -> None:
    assert parse_rule(text) == Rule(measure, amount) == Rule.parse(text)


@given(rules)
def test_written_rules_read_back(rule: Rule) -> None:
    assert parse_rule(str(rule)) == rule
    assert parse_rule(rule.chinese) == rule


def test_canonical_words() -> None:
    assert [str(parse_rule(text)) for text in ("1个工作日", "3个工作日", "2工作小时", "当日派单")] == [
        "1 working day",
        "3 working days",
        "2 office hours",
        "dispatch",
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not a whole number and a unit"),
        ("three working days", "not a whole number and a unit"),
        ("-3 working days", "not a whole number and a unit"),
        ("2.5 hours", "not a whole number and a unit"),
        ("3", "not a whole number and a unit"),
        ("3 days", "no unit “days”"),
        ("3天", "no unit “天”"),
        ("3 working dayss", "no unit “working dayss”"),
        ("1 dispatch", "no unit “dispatch”"),
        ("3 working days 4", "not a whole number and a unit"),
        ("0 working days", "between 1 and 1000"),
        ("1001 working days", "between 1 and 1000"),
        ("527041 minutes", "between 1 and 527040"),
        ("9" * 4000 + " working days", "not a whole number and a unit"),
    ],
)
def test_bad_text_names_what_was_read_and_the_forms(text: str, why: str) -> None:
    with pytest.raises(UnreadableRule) as caught:
        parse_rule(text)
    zh, en = caught.value.sentence("zh"), caught.value.sentence("en")
    assert why in en
    assert FORMS in en
    assert FORMS_ZH in zh
    assert text[:40].strip() in en
    assert len(en) < 400


@given(st.text(max_size=60))
def test_any_text_is_a_rule_or_a_clear_refusal(text: str) -> None:
    try:
        rule = parse_rule(text)
    except UnreadableRule as error:
        assert FORMS in error.sentence("en")
    else:
        assert parse_rule(str(rule)) == rule
