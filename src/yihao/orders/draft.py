"""What a decision sees and what it makes: `Context`, `Decision`, and the `Draft` that builds one from the other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any, Final, Self
from zoneinfo import ZoneInfo

import msgspec

from yihao.errors import Conflict, Forbidden, Invalid
from yihao.orders.model import WAITS, Change, Duty, DutyKind, Matter, Order, Pending
from yihao.people.scope import Actor
from yihao.profile.model import LimitKey, Profile
from yihao.profile.provision import Limit
from yihao.seal.redact import redact
from yihao.units.tree import Tree
from yihao.worktime import Calendar, Due, OfficeHours, due, parse_rule


class Family(msgspec.Struct, frozen=True):
    """The orders bound to each other as repeats of one fact, this one among them: how many, how many were answered."""

    orders: int = 1
    answered: int = 0


ALONE: Final = Family()


class Linkage(msgspec.Struct, frozen=True):
    """A partner the hotline is linked with (联动单位): its unit, and its kind of service, a code of
    ``merging.partners``."""

    unit: int
    kind: str


class Context(msgspec.Struct, frozen=True):
    """Everything a decision may look at besides the matter itself.

    ``role`` and ``unit`` are under which the actor acts; ``now`` is business time, never before the order's last event.
    ``family`` is told to the rows that weigh it (`table.Edge.family`), to others it is this order alone. ``linkage`` is
    the partner a hand-over names, or who hands a matter in, while its agreement is in force; ``joined`` those of the
    named service companies whose agreement is, ``None`` where nothing keeps their register.
    """

    now: datetime
    profile: Profile
    calendar: Calendar
    hours: OfficeHours
    zone: ZoneInfo
    tree: Tree
    actor: Actor
    role: str
    unit: int | None = None
    family: Family = ALONE
    linkage: Linkage | None = None
    joined: frozenset[int] | None = None

    def due(self, rule: str, start: datetime, unit: int | None = None) -> Due:
        """When a limit that starts at ``start`` ends, in the office hours of ``unit``."""
        hours = self.hours
        if unit is not None and (own := self.tree.unit(unit).office_hours):
            hours = OfficeHours.parse(own)
        return due(
            parse_rule(rule),
            start,
            self.calendar,
            hours,
            zone=self.zone,
            dispatch_by=time.fromisoformat(self.profile.place.dispatch_by.value),
            day_end=self.profile.place.day_end.value,
        )

    @property
    def hour(self) -> int:
        """The local hour of the day."""
        return self.now.astimezone(self.zone).hour

    @property
    def today(self) -> date:
        """The local date."""
        return self.now.astimezone(self.zone).date()


class Effect(msgspec.Struct, frozen=True):
    """A message that must leave the house after commit. ``body`` holds no personal data."""

    topic: str
    body: dict[str, Any] = {}


class Link(msgspec.Struct, frozen=True):
    """A tie to another order."""

    parent: str
    kind: str


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What a verb does, all of it: the service only writes it down.

    ``texts`` is the personal part (sealed, committed to); everything else may be read by whoever sees the event.
    """

    to: str
    facts: dict[str, Any]
    change: Change
    effects: tuple[Effect, ...] = ()
    texts: dict[str, Any] = {}
    link: Link | None = None


class NotNow(Conflict):
    """The verb is known and the role is right, but the matter does not allow it at this moment."""

    code = "not_now"
    zh = "{zh}"
    en = "{en}"


class NotHere(Forbidden):
    """The role is right, but not at this level of the tree."""

    code = "not_here"
    zh = "{zh}"
    en = "{en}"


class BadBody(Invalid):
    """A field of the verb's body cannot be accepted."""

    code = "bad_body"
    zh = "{zh}"
    en = "{en}"


class ManagerOnly(Forbidden):
    """The act is the managing body's alone in this matter, though others may do it in most."""

    code = "manager_only"
    zh = "{zh}，须由管理机构决定。"
    en = "{en}: only the managing body may decide it."


class OtherPerson(Forbidden):
    """What one person began another decides."""

    code = "other_person"
    zh = "{zh}，请由另一名有权人员办理。"
    en = "{en}: another person has to."


def plain(text: str) -> str:
    """A short text that stands in the event itself (a basis, a title): personal numbers in it are masked."""
    return redact(text).text


class Draft:
    """Collects a decision step by step; `done` freezes it.

    Stages record the loop of the profile (受理 … 评价): ``done`` when passed, else the reason it does not apply.
    """

    def __init__(self, matter: Matter, context: Context) -> None:
        self.matter = matter
        self.order: Order = matter.order
        self.context = context
        self._set: dict[str, Any] = {}
        self._open: list[Duty] = []
        self._close: dict[int, dict[str, Any]] = {}
        self._alter: dict[int, dict[str, Any]] = {}
        self._join: list[int] = []
        self._leave: list[int] = []
        self._effects: list[Effect] = []
        self._stages: dict[str, str] = {}

    def set(self, **fields: Any) -> Self:
        """Change fields of the order."""
        self._set.update(fields)
        return self

    def limit(self, key: LimitKey) -> Limit:
        """The place's limit of that name."""
        return self.context.profile.limits[key]

    def open(
        self,
        kind: DutyKind,
        limit: Limit,
        *,
        unit: int | None = None,
        start: datetime | None = None,
        at: datetime | None = None,
    ) -> Duty:
        """A new duty under ``limit``, counted from ``start`` (default now), or due at a moment already known."""
        begun = start or self.context.now
        end = Due(at, False, "") if at else self.context.due(limit.rule, begun, unit)
        number = self.order.duties_made + len(self._open) + 1
        duty = Duty(
            no=number,
            kind=kind,
            unit_id=unit,
            opened_at=begun,
            due_at=end.at,
            rule=limit.rule,
            clause=limit.basis.cite(),
            fallback=end.reason if end.fallback else None,
        )
        self._open.append(duty)
        return duty

    def close(
        self, *kinds: DutyKind, outcome: str = "met", unit: int | None = None, met_at: datetime | None = None
    ) -> Self:
        """Close open duties of those kinds (of ``unit`` alone when given); one met late is breached at its due."""
        for duty in self.matter.duties:
            if duty.kind in kinds and (unit is None or duty.unit_id == unit):
                self.close_one(duty, outcome, met_at)
        return self

    def close_one(self, duty: Duty, outcome: str = "met", met_at: datetime | None = None) -> None:
        """Close one duty."""
        met = met_at or self.context.now
        # What counts is when it was done, not when that was looked at; a clock that stood still missed nothing more.
        late = duty.due_at if (duty.paused_at or met) > duty.due_at and duty.kind not in WAITS else None
        # Said also where the clock had noted a breach that was none: the fold would keep what is not said.
        told = {"breached_at": late} if late or duty.breached_at else {}
        self._close[duty.no] = {"met_at": met, "outcome": outcome} | told

    def close_all(self, outcome: str, *, but: tuple[DutyKind, ...] = ()) -> Self:
        """Nothing is owed any more."""
        for duty in self.matter.duties:
            if duty.kind not in but and duty.no not in self._close:
                self.close_one(duty, outcome)
        return self

    def alter(self, duty: Duty, **fields: Any) -> Self:
        """Change fields of an open duty."""
        self._alter.setdefault(duty.no, {}).update(fields)
        return self

    def due_of(self, duty: Duty) -> datetime:
        """An open duty's due as this step leaves it."""
        due: datetime = self._alter.get(duty.no, {}).get("due_at", duty.due_at)
        return due

    def join(self, *units: int) -> Self:
        """These units see the order from now on."""
        self._join.extend(units)
        return self

    def leave(self, *units: int) -> Self:
        """These units see it no more."""
        self._leave.extend(units)
        return self

    def effect(self, topic: str, **body: Any) -> Self:
        """A message to send after commit."""
        self._effects.append(Effect(topic, body))
        return self

    def stage(self, code: str, mark: str = "done") -> Self:
        """Note a stage of the loop as done, or why it does not apply; a done stage stays done. What the place does not
        count among its stages leaves no mark."""
        if code in self.context.profile.flow.stages.order and self.order.stages.get(code) != "done":
            self._stages[code] = mark
        return self

    @property
    def marked(self) -> dict[str, str]:
        """Stages noted in this very step."""
        return self._stages

    def pend(self, verb: str, facts: dict[str, Any]) -> Self:
        """Leave ``verb`` for the unit's reviewer (or the shift lead) to confirm; its texts stand in this event."""
        return self.set(pending=Pending(verb=verb, seq=self.order.version + 1, facts=facts))

    def done(
        self,
        to: str | None = None,
        /,
        *,
        texts: Mapping[str, Any] | None = None,
        link: Link | None = None,
        **facts: Any,
    ) -> Decision:
        """The decision, moving to state ``to`` (default: stay)."""
        if self._stages:
            self._set["stages"] = {**self._set.get("stages", self.order.stages), **self._stages}
        if self._open:
            self._set["duties_made"] = self.order.duties_made + len(self._open)
        # A duty closed in this step takes its other changes along: one row is written once.
        for number in self._close.keys() & self._alter.keys():
            self._close[number] = {**self._alter.pop(number), **self._close[number]}
        # A unit that hands over and takes up again in one step (adjudicated back to it) keeps its sight.
        leave = tuple(unit for unit in dict.fromkeys(self._leave) if unit not in self._join)
        change = Change(
            set=self._set,
            open=tuple(self._open),
            close=self._close,
            alter=self._alter,
            join=tuple(dict.fromkeys(self._join)),
            leave=leave,
        )
        kept = {key: value for key, value in (texts or {}).items() if value is not None}
        return Decision(
            to=to or self.order.state,
            facts=facts,
            change=change,
            effects=tuple(self._effects),
            texts=kept,
            link=link,
        )
