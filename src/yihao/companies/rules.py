"""Pure decisions on service companies: the score, what it leads to, and what may be registered.

The thresholds are the place's (``merging.companies``), each with its basis; a manager decides, never the rule itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from fractions import Fraction
from typing import Final

from yihao.companies.errors import CaseNotNow, WrongCompany
from yihao.companies.model import STATUSES, Case, CaseKind, Company, CompanyDraft, Proposal, Record, Status
from yihao.profile.merging import CompanyRule
from yihao.profile.model import Profile
from yihao.seal.phones import valid_credit_code
from yihao.units.model import Unit

FROM: Final[dict[CaseKind, tuple[Status, ...]]] = {
    "probation": ("active",),
    "removal": ("active", "probation"),
    "restoration": ("probation", "removed"),
}
"""From which status each case leads away."""
LEADS_TO: Final[dict[CaseKind, Status]] = {"probation": "probation", "removal": "removed", "restoration": "active"}


def period(company: Company, rule: CompanyRule, today: date) -> tuple[date, date]:
    """The days a company is judged by: the last ``rule.days``, but none before its present status began, so that a
    probation is not lost by what led to it."""
    return max(today - timedelta(days=rule.days - 1), min(company.since, today)), today


def score(ratings: int, satisfied: int, complaints: int, rule: CompanyRule) -> Fraction | None:
    """Satisfied ratings in a hundred; a complaint takes as many of them away as the place says. Never below 0.

    ``None`` with fewer ratings than it takes to judge.
    """
    if ratings < rule.least:
        return None
    return max(Fraction(100 * (satisfied - rule.complaint * complaints), ratings), Fraction(0))


def record(first: date, last: date, ratings: int, satisfied: int, complaints: int, rule: CompanyRule) -> Record:
    """The period's figures with their score, shown to one decimal."""
    found = score(ratings, satisfied, complaints, rule)
    shown = None if found is None else float(round(found, 1))
    return Record(first=first, last=last, ratings=ratings, satisfied=satisfied, complaints=complaints, score=shown)


def propose(company: Company, seen: Record, rule: CompanyRule, past: Iterable[Case], today: date) -> Proposal | None:
    """What the rule proposes today, if anything.

    Nothing while a proposal is open, nor again what was turned down less than a probation ago. Exact figures decide,
    not the rounded score.
    """
    cases = list(past)
    if company.status == "removed" or any(case.status == "open" for case in cases):
        return None
    wanted = _wanted(company, score(seen.ratings, seen.satisfied, seen.complaints, rule), rule, today)
    if wanted is None:
        return None
    again = today - timedelta(days=rule.probation_days)
    for case in cases:
        if case.kind == wanted.kind and case.status == "rejected" and case.last > again:
            return None
    return wanted


def _wanted(company: Company, found: Fraction | None, rule: CompanyRule, today: date) -> Proposal | None:
    if company.valid_to is not None and company.valid_to < today:
        return Proposal(kind="removal", ground="expired")
    if found is None:
        return None
    if found < rule.removal:
        return Proposal(kind="removal", ground="score")
    if company.status == "active":
        return Proposal(kind="probation", ground="score") if found < rule.probation else None
    if company.until is not None and today > company.until:
        return Proposal(kind="restoration" if found >= rule.probation else "removal", ground="watched")
    return None


def check_case(kind: CaseKind, company: Company, cases: Iterable[Case]) -> None:
    """Refuse a proposal that leads nowhere. Raises CaseNotNow."""
    if company.status not in FROM[kind]:
        raise CaseNotNow(
            why=f"该企业现为“{STATUSES[company.status]}”，不能提出此项", why_en=f"the company is {company.status}"
        )
    if any(case.status == "open" for case in cases):
        raise CaseNotNow(why="该企业另有待决定的提请，请先决定", why_en="another proposal waits for its decision")


def open_kinds(company: Company, cases: Iterable[Case]) -> list[CaseKind]:
    """What may be proposed of the company now, by who may propose."""
    if any(case.status == "open" for case in cases):
        return []
    return [kind for kind, statuses in FROM.items() if company.status in statuses]


def until(kind: CaseKind, rule: CompanyRule, today: date) -> date | None:
    """The last day of the probation a case begins."""
    return today + timedelta(days=rule.probation_days) if kind == "probation" else None


def check(draft: CompanyDraft, unit: Unit, profile: Profile, others: Iterable[Company]) -> None:
    """Refuse an entry that cannot hold.

    Raises:
        WrongCompany: with the clause where the place's rules stand in the way.
    """
    joined = profile.merging.social_services
    if not joined.on:
        raise WrongCompany(
            field="unit",
            clause=joined.basis.cite(),
            why="本地文件未将社会化服务企业纳入热线，不能登记",
            why_en="this place has not let service companies join",
        )
    if unit.kind != "service_company":
        raise WrongCompany(
            field="unit", why="该单位不是社会化服务企业，请核对单位类型", why_en="the unit is no service company"
        )
    if not valid_credit_code(draft.credit_code):
        raise WrongCompany(
            field="credit_code",
            why="统一社会信用代码有误，请核对18位字符",
            why_en="the unified social credit code fails its check character",
        )
    if any(other.credit_code == draft.credit_code and other.unit_id != unit.id for other in others):
        raise WrongCompany(
            field="credit_code",
            why="该信用代码已由另一单位登记；退出的企业不得改名重新加入",
            why_en="another unit has that code; a removed company does not return under another name",
        )
    if draft.valid_to is not None and draft.valid_to < draft.valid_from:
        raise WrongCompany(field="valid_to", why="末日早于生效首日，请改正", why_en="valid_to lies before valid_from")
