"""What a company's figures lead to: the score, proposals, and what may be registered."""

from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import msgspec
import pytest

from yihao.companies import rules
from yihao.companies.errors import CaseNotNow, WrongCompany
from yihao.companies.model import Case, Company, CompanyDraft, Proposal, Record
from yihao.profile import load
from yihao.units.model import Unit

RULE = load("shanxi").merging.companies
TODAY = date(2021, 9, 28)
CODE = "91110000600037341L"


def company(**fields: Any) -> Company:
    base: dict[str, Any] = {
        "unit_id": 9, "credit_code": CODE, "services": ("家政",), "agreement": "示范协议",
        "valid_from": date(2021, 1, 1), "contact": "客服", "duty_phone": "0351-1234567",
        "status": "active", "since": date(2021, 1, 1), "until": None,
        "updated_at": datetime(2021, 1, 1, tzinfo=UTC), "updated_by": 1,
    }  # fmt: skip
    return Company(**base | fields)


def case(kind: str, status: str, last: date = TODAY) -> Case:
    return Case(
        id=1, unit_id=9, kind=kind, ground="score", reason="x", clause="y", first=last, last=last, ratings=10,
        satisfied=5, complaints=0, score=50.0, opened_at=datetime(2021, 9, 1, tzinfo=UTC), opened_by=2, status=status,
    )  # type: ignore[arg-type]  # fmt: skip  # tests name them as words


def seen(ratings: int, satisfied: int, complaints: int = 0) -> Record:
    return rules.record(TODAY, TODAY, ratings, satisfied, complaints, RULE)


def proposed(one: Company, ratings: int, satisfied: int, complaints: int = 0, *past: Case) -> Proposal | None:
    return rules.propose(one, seen(ratings, satisfied, complaints), RULE, past, TODAY)


def test_the_score_is_satisfied_ratings_in_a_hundred_less_what_complaints_weigh() -> None:
    assert rules.score(20, 18, 0, RULE) == 90
    assert rules.score(20, 18, 2, RULE) == 80
    assert rules.score(20, 2, 5, RULE) == 0
    assert rules.score(RULE.least - 1, 0, 9, RULE) is None
    heavy = msgspec.structs.replace(RULE, complaint=3)
    assert rules.score(20, 18, 2, heavy) == 60
    assert rules.score(30, 25, 0, RULE) == Fraction(250, 3) and seen(30, 25).score == 83.3


@pytest.mark.parametrize(
    ("satisfied", "complaints", "kind"),
    [
        (80, 0, None),
        (79, 0, "probation"),
        (80, 1, "probation"),
        (60, 0, "probation"),
        (59, 0, "removal"),
        (0, 0, "removal"),
    ],
)
def test_thresholds_are_met_exactly(satisfied: int, complaints: int, kind: str | None) -> None:
    found = proposed(company(), 100, satisfied, complaints)
    assert (found.kind if found else None) == kind


def test_a_rounded_score_decides_nothing() -> None:
    assert seen(3001, 2400).score == 80.0 and rules.score(3001, 2400, 0, RULE) < 80  # type: ignore[operator]
    assert proposed(company(), 3001, 2400) == Proposal(kind="probation", ground="score")


def test_the_same_figures_lead_elsewhere_under_other_thresholds() -> None:
    strict = msgspec.structs.replace(RULE, probation=95, removal=85)
    figures = rules.record(TODAY, TODAY, 100, 82, 0, strict)
    assert rules.propose(company(), figures, strict, (), TODAY) == Proposal(kind="removal", ground="score")
    assert proposed(company(), 100, 82) is None


def test_too_few_ratings_lead_to_nothing_but_an_ended_agreement_does() -> None:
    assert proposed(company(), RULE.least - 1, 0) is None
    ended = company(valid_to=date(2021, 9, 27))
    assert proposed(ended, 0, 0) == Proposal(kind="removal", ground="expired")
    assert proposed(company(valid_to=TODAY), 0, 0) is None


def test_a_probation_ends_in_restoration_or_removal_by_what_was_done_during_it() -> None:
    watched = company(status="probation", since=date(2021, 8, 1), until=date(2021, 9, 27))
    assert rules.period(watched, RULE, TODAY) == (date(2021, 8, 1), TODAY)
    assert rules.period(company(), RULE, TODAY) == (date(2021, 7, 1), TODAY)
    assert proposed(watched, 20, 16) == Proposal(kind="restoration", ground="watched")
    assert proposed(watched, 20, 15) == Proposal(kind="removal", ground="watched")
    assert proposed(watched, 20, 5) == Proposal(kind="removal", ground="score")
    running = company(status="probation", since=date(2021, 8, 1), until=TODAY)
    assert proposed(running, 20, 15) is None and proposed(running, 20, 16) is None
    assert proposed(running, 20, 5) == Proposal(kind="removal", ground="score")


def test_nothing_is_proposed_twice() -> None:
    assert proposed(company(), 20, 14, 0, case("probation", "open")) is None
    assert proposed(company(), 20, 14, 0, case("probation", "rejected")) is None
    assert proposed(company(), 20, 5, 0, case("probation", "rejected")) == Proposal(kind="removal", ground="score")
    long_ago = case("probation", "rejected", date(2021, 7, 30))  # a probation's length before today
    assert proposed(company(), 20, 14, 0, long_ago) == Proposal(kind="probation", ground="score")
    assert proposed(company(status="removed"), 20, 0) is None


def test_a_person_proposes_what_leads_somewhere() -> None:
    rules.check_case("restoration", company(status="removed"), ())
    for kind, status in (("probation", "probation"), ("removal", "removed"), ("restoration", "active")):
        with pytest.raises(CaseNotNow):
            rules.check_case(kind, company(status=status), ())  # type: ignore[arg-type]
    with pytest.raises(CaseNotNow, match="待决定"):
        rules.check_case("removal", company(), [case("probation", "open")])


def draft(**fields: Any) -> CompanyDraft:
    base = {
        "credit_code": CODE, "services": ["家政"], "agreement": "示范协议", "valid_from": "2021-01-01",
        "contact": "客服", "duty_phone": "0351-1234567",
    }  # fmt: skip
    return msgspec.convert(base | fields, CompanyDraft)


def unit(kind: str = "service_company") -> Unit:
    return Unit(
        id=9, jurisdiction_id=1, superior_id=None, name="示范公司", short_name=None, name_pinyin="", kind=kind,
        active=True, in_indicators=True, may_register=False, office_hours=None, answers_line=None,
    )  # type: ignore[arg-type]  # fmt: skip


def test_who_may_join_where() -> None:
    rules.check(draft(), unit(), load("shanxi"), ())
    for name in ("zhejiang", "xishuangbanna", "baiyin", "qingyuan"):
        with pytest.raises(WrongCompany, match="未将社会化服务企业纳入"):
            rules.check(draft(), unit(), load(name), ())
    for wrong, field in (
        ({"credit_code": "91110000600037341X"}, "credit_code"),
        ({"valid_to": "2020-12-31"}, "valid_to"),
    ):
        with pytest.raises(WrongCompany) as caught:
            rules.check(draft(**wrong), unit(), load("shanxi"), ())
        assert caught.value.field == field
    with pytest.raises(WrongCompany, match="不是社会化服务企业"):
        rules.check(draft(), unit("department"), load("shanxi"), ())
    with pytest.raises(WrongCompany, match="已由另一单位登记"):
        rules.check(draft(), unit(), load("shanxi"), [company(unit_id=8)])
