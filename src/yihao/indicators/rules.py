"""What an order counts for. Pure: the same order gives the same counts, so that they can be replaced, never added.

Days are local days of the place. Nothing here looks at a clock: a duty is missed when it says so (``breached_at``,
written by the clock's own step), hence a figure changes only with an event.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec

from yihao.indicators.model import INDICATORS, UNIT_OF_ALL, By, Contribution, Count, Facts, Figure, Step
from yihao.orders.model import Duty, DutyKind, Order
from yihao.profile.model import Profile

DUTIES: dict[str, tuple[DutyKind, ...]] = {
    "dispatched_on_time": ("dispatch",),
    "signed_on_time": ("sign", "assist_sign"),
    "responded": ("first_contact",),
    "overall_on_time": ("overall",),
}
"""Indicators that count duties one by one."""
DISPATCHES = ("dispatch", "adjudicate", "escalate", "sub_dispatch")


class Terms(msgspec.Struct, frozen=True):
    """What a place says about measuring. ``counted``: units with figures of their own (referral partners have none);
    ``companies``: those that are service companies, whose complaints count (SX 二(二)8)."""

    zone: ZoneInfo
    profile: Profile
    counted: frozenset[int]
    companies: frozenset[int] = frozenset()

    def day(self, moment: datetime) -> date:
        """The local day."""
        return moment.astimezone(self.zone).date()


class _Tally:
    """Collects counts; drops what the profile excludes and units without figures."""

    def __init__(self, facts: Facts, terms: Terms) -> None:
        self._terms = terms
        self._flags = flags(facts, terms)
        self._sums: dict[tuple[str, int, date], list[int]] = defaultdict(lambda: [0, 0])

    def add(self, name: str, at: datetime, numerator: int, denominator: int = 0, unit: int | None = None) -> None:
        """Count for the matter, and for ``unit`` where the indicator is one of units."""
        self._put(name, UNIT_OF_ALL, at, numerator, denominator)
        self.add_unit(name, at, numerator, denominator, unit)

    def add_unit(self, name: str, at: datetime, numerator: int, denominator: int, unit: int | None) -> None:
        """Count for one unit alone."""
        if unit is not None and unit in self._terms.counted and INDICATORS[name].by_unit:
            self._put(name, unit, at, numerator, denominator)

    def _put(self, name: str, unit: int, at: datetime, numerator: int, denominator: int) -> None:
        excluded = self._terms.profile.indicators.exclusions.get(name)
        if excluded is not None and self._flags.intersection(excluded.flags):
            return
        entry = self._sums[name, unit, self._terms.day(at)]
        entry[0] += numerator
        entry[1] += denominator

    def satisfied(self, score: int) -> int:
        """1 when a rating counts as satisfied here."""
        levels = self._terms.profile.indicators.satisfaction
        return int(any(level.score == score and level.satisfied for level in levels))

    def counts(self) -> tuple[Count, ...]:
        """Everything counted, in a fixed order."""
        return tuple(sorted(Count(*key, *sums) for key, sums in self._sums.items() if any(sums)))


def contribution(facts: Facts, terms: Terms) -> Contribution:
    """All that an order counts for."""
    tally = _Tally(facts, terms)
    order = facts.order
    _intake(facts, tally, terms.companies)
    for name, kinds in DUTIES.items():
        for duty in facts.duties:
            if duty.kind in kinds and (found := _judged(duty)) is not None:
                at, met = found
                tally.add(name, at, met, 1, duty.unit_id)
    _handling(facts, tally)
    _dispatches(facts, tally)
    _after_reply(facts, tally)
    return Contribution(
        number=order.number,
        path=order.path,
        kind=order.kind,
        line=order.line or "",
        area=(order.area_code or "")[:6],
        lane=order.lane or "",
        counts=tally.counts(),
    )


def flags(facts: Facts, terms: Terms) -> frozenset[str]:
    """Which of a profile's grounds for exclusion hold for the order."""
    order = facts.order
    resting = order.sealed_from if order.state == "archived" else order.state
    found = {
        "legal_process": order.legal_process,
        "final": resting == "final",
        "withdrawn": resting == "withdrawn",
        "unrated": not any(step.verb == "rate" for step in facts.steps),
        "paused": order.state == "paused",
        "referral": order.lead_unit is not None and order.lead_unit not in terms.counted,
    }
    return frozenset(flag for flag, holds in found.items() if holds)


def _judged(duty: Duty) -> tuple[datetime, int] | None:
    """When a duty counts and whether it was kept; ``None`` while it runs, or when it fell away in time."""
    if duty.breached_at is not None:
        return (duty.breached_at, 0) if duty.outcome != "superseded" else None
    return (duty.met_at, 1) if duty.outcome == "met" and duty.met_at is not None else None


def _intake(facts: Facts, tally: _Tally, companies: frozenset[int]) -> None:
    order, at = facts.order, facts.order.registered_at
    if order.refusal is not None:
        tally.add("refused", at, 1)
        return
    tally.add("accepted", at, 1)
    tally.add("direct_answer", at, int(order.answer_seq is not None), 1)
    if any(step.verb == "transfer" for step in facts.steps):
        tally.add("transferred", at, 1)
    # Complaints alone, never reports: that somebody reported a unit is not told to it by its own figures.
    resting = order.sealed_from if order.state == "archived" else order.state
    against = order.kind == "complaint" and order.accused_unit in companies
    if against and resting not in ("withdrawn", "merged"):
        tally.add("complained_of", at, 1, 0, order.accused_unit)


def _handling(facts: Facts, tally: _Tally) -> None:
    """Once an order, however often a reply was sent back or the matter redone: one missed due spoils it."""
    units: dict[int, list[Duty]] = defaultdict(list)
    for duty in facts.duties:
        if duty.kind == "handling" and duty.unit_id is not None:
            units[duty.unit_id].append(duty)
    verdicts = {unit: found for unit, duties in units.items() if (found := _kept(duties)) is not None}
    for unit, (at, kept) in verdicts.items():
        tally.add_unit("on_time", at, kept, 1, unit)
    every = _kept([duty for duties in units.values() for duty in duties])
    if every is not None:
        tally.add("on_time", every[0], every[1], 1)


def _kept(duties: list[Duty]) -> tuple[datetime, int] | None:
    missed = [duty.breached_at for duty in duties if duty.breached_at is not None]
    if missed:
        return min(missed), 0
    met = [duty.met_at for duty in duties if duty.outcome == "met" and duty.met_at is not None]
    if not met or any(duty.met_at is None for duty in duties):
        return None
    return max(met), 1


def _dispatches(facts: Facts, tally: _Tally) -> None:
    """Who had it, who handed it back, who was pressed."""
    at_work: tuple[int, datetime] | None = None
    handed_back = False
    lead: int | None = None
    first: datetime | None = None
    for step in facts.steps:
        lead = step.lead if step.led else lead
        if step.verb in DISPATCHES:
            _one_dispatch(at_work, handed_back, tally)
            sent_to = int(step.facts.get("lead", step.facts.get("unit", 0)))
            at_work, handed_back, first = (sent_to, step.at), False, first or step.at
            tally.add("dispatched", step.at, 1, 0, sent_to)
        elif step.to_state == "return_review" and step.verb in ("return", "unit_approve"):
            handed_back = True
        elif step.verb == "reject_return":
            tally.add("improper_returns", step.at, 1, 0, step.facts.get("unit"))
        elif step.verb == "supervise":
            tally.add("supervised", step.at, 1, 0, lead)
        elif step.verb == "urge":
            tally.add("urged", step.at, 1, 0, lead)
    _one_dispatch(at_work, handed_back, tally)
    if first is not None:
        tally.add("extended", first, int(facts.order.extensions > 0), 1, facts.order.lead_unit)


def _one_dispatch(at_work: tuple[int, datetime] | None, handed_back: bool, tally: _Tally) -> None:
    if at_work is not None:
        unit, at = at_work
        tally.add("returned", at, int(handed_back), 1, unit)


def _after_reply(facts: Facts, tally: _Tally) -> None:
    order, steps = facts.order, facts.steps
    rating = next((step for step in reversed(steps) if step.verb == "rate"), None)
    closings = [
        (step.verb, step.closed_at)
        for step in steps
        if step.closed_at is not None and step.verb in ("approve_reply", "answer")
    ]
    if closings:
        verb, at = closings[-1]
        unit = order.lead_unit if verb == "approve_reply" else None
        tally.add("closed", at, 1, 0, unit)
        tally.add("rated", at, int(rating is not None), 1, unit)
        if verb == "approve_reply" and any(duty.kind == "revisit" for duty in facts.duties):
            tally.add("revisited", at, int(order.stages.get("revisit") == "done"), 1, unit)
    released = [at for verb, at in closings if verb == "approve_reply"]
    if released:
        redone = any(step.verb == "redo" for step in steps)
        tally.add("redone", released[0], int(redone), 1, order.lead_unit)
    if rating is not None:
        _rated(rating, order, tally)


def _rated(rating: Step, order: Order, tally: _Tally) -> None:
    """The last word counts: after a redo nobody rated, the bad rating that led to it still does."""
    said = rating.facts
    tally.add("satisfaction", rating.at, tally.satisfied(said["handling"]), 1, order.lead_unit)
    tally.add("service_satisfaction", rating.at, tally.satisfied(said["service"]), 1)
    tally.add("solved", rating.at, int(said["solved"]), 1, order.lead_unit)


def groups(contribution: Contribution) -> Iterator[tuple[By, str, Count]]:
    """The roll-up rows an order's counts go into."""
    for count in contribution.counts:
        if count.unit != UNIT_OF_ALL:
            yield "unit", str(count.unit), count
            continue
        yield "all", "", count
        yield "line", contribution.line, count
        yield "kind", contribution.kind, count
        yield "area", contribution.area, count
        if contribution.lane:
            yield "lane", contribution.lane, count


def figure(by: By, key: str, name: str, numerator: int, denominator: int) -> Figure:
    """The sums as a figure."""
    if INDICATORS[name].measure == "count":
        denominator = 1
    value = numerator / denominator if denominator else None
    return Figure(by=by, key=key, name=name, numerator=numerator, denominator=denominator, value=value)
