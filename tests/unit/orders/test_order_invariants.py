"""Whatever is done to an order, in whatever sequence, some things stay true."""

from __future__ import annotations

import functools
import random
from collections import Counter
from datetime import timedelta

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from play import PEOPLE, UNITS, Play, actor, but, place

from walk import body_for
from yihao.errors import YihaoError
from yihao.orders import jobs, rules
from yihao.orders.draft import Family, Linkage
from yihao.orders.model import OPEN_STATES, STATES, WAITS, Duty, Event, Matter
from yihao.orders.rows import body_of
from yihao.profile.model import Profile

OFFICES = ("州建设局", "州市场局", "甲县建设局")
PARTNER = "州供电局"
EVERYONE = (
    actor("agent", "dispatcher", "shift_lead", "manager", "supervisor", "revisit_clerk", cleared=True),
    actor("manager", cleared=True),
    *(actor("unit_receiver", "unit_handler", "unit_reviewer", unit=name) for name in OFFICES),
    *(actor("unit_receiver", "unit_handler", unit=name) for name in OFFICES),
    actor("partner", unit=PARTNER),
    PEOPLE["portal"],
    PEOPLE["clock"],
)
PROFILES = {
    "as it is": {},
    "unit review": {"flow__unit_review__on": True},
    "confirmed refusals": {"acceptance__confirm_refusal__on": True},
    "signed by itself": {"flow__auto_sign__on": True},
    "returned before signing": {"flow__returns__from_states": ("dispatched", "signed")},
    "clusters merge": {"flow__merge__clusters": "merge"},
}
ENDS = frozenset({"transfer", "refuse", "answer", "withdraw", "merge", "finalise", "archive"})
UNHEARD = {"unit review": {"recalculate", "escalate"}, "signed by itself": {"sign"}}
"""Verbs a walk does not come to: what its profile has no use for, three redos in one life, another year's calendar."""
WAITING = frozenset({"archived", "merged"})
"""States in which nobody owes anything: all is done, or another order speaks for this one."""


@functools.cache
def profile(name: str) -> Profile:
    return but(place(), **PROFILES[name])


class Watched(Play):
    """A played order that is looked at after every step."""

    def __init__(self, wanted: Profile, rare: Counter[str] | None = None) -> None:
        super().__init__(wanted)
        self.family = Family(orders=3, answered=1)
        self.linkage = Linkage(UNITS[PARTNER], "power")
        self.rare = rare
        self.past_duties: dict[int, Duty] = {}
        self.sight: set[int] = set()

    def step(self, chance: random.Random) -> str | None:
        """Let time pass, then let somebody do something; the verb, ``None`` when nothing came of it."""
        self.now += timedelta(
            hours=chance.choice((0, 0, 1, 1, 6, 30, 400) if self.rare is None else (0, 0, 0, 1, 1, 12))
        )
        assert self.matter is not None
        who = chance.choice(EVERYONE)
        due = [(duty.no, duty.kind) for duty in self.matter.duties if duty.due_at < self.now and not duty.breached_at]
        line = self.order.line
        may = rules.available(
            self.matter, who, self.profile.for_line(line), lambda c: self.context(who, c.role, c.unit, line)
        )
        if not may:
            return None
        choice = chance.choice(may)
        if self.rare is not None:  # what was seldom done goes first, and an end waits
            seldom = self.rare
            choice = min(
                may, key=lambda c: chance.random() * (1 + seldom[c.edge.verb]) * (40 if c.edge.verb in ENDS else 1)
            )
        verb = choice.edge.verb
        others = ("202109285328000000018",)
        body = body_for(verb, self.matter, chance, [UNITS[name] for name in OFFICES], others, self.now, UNITS[PARTNER])
        if verb == "recalculate":
            return None
        if verb == "breach" and due:
            body = msgspec.structs.replace(body, duties=tuple(number for number, _ in due))
        before = self.matter
        try:
            decision = rules.decide(choice, before, body, self.context(who, choice.role, choice.unit, line))
        except YihaoError:
            assert self.matter is before
            return None
        self._take(verb, before.order.state, decision, choice.role, choice.unit)
        self.look(before)
        return verb

    def look(self, before: Matter) -> None:
        """The order as it is now, beside how it was."""
        assert self.matter is not None
        order, event, duties = self.order, self.events[-1], self.matter.duties
        self._times(before, event)
        self._one_lead(duties)
        self._debts(duties)
        self._sees(event)
        for number, duty in self.past_duties.items():
            assert self.closed[number] == duty, "a closed duty changed"
        self.past_duties = dict(self.closed)
        assert order.state in STATES and order.state != "redo"

    def _times(self, before: Matter, event: Event) -> None:
        order = self.order
        assert order.version == before.order.version + 1 == len(self.events)
        assert order.last_at == event.at >= before.order.last_at
        for name in ("number", "registered_at", "path", "jurisdiction_id", "profile", "profile_digest"):
            assert getattr(order, name) == getattr(before.order, name)
        for name in ("redos", "returns", "dispatches", "urges", "extensions", "duties_made"):
            assert getattr(order, name) >= getattr(before.order, name), f"{name} went back"
        assert event.from_state == before.order.state and event.to_state == order.state

    def _one_lead(self, duties: tuple[Duty, ...]) -> None:
        order = self.order
        handling = Counter(duty.unit_id for duty in duties if duty.kind == "handling")
        assert all(count == 1 for count in handling.values()), "a unit owes the same handling twice"
        assert len(set(order.assist_units)) == len(order.assist_units)
        assert order.lead_unit not in order.assist_units and order.lead_unit not in order.upward
        if order.state in ("dispatched", "signed", "paused", "return_review"):
            assert order.lead_unit in handling, "the lead has no clock"
            (own,) = (duty for duty in duties if duty.kind == "handling" and duty.unit_id == order.lead_unit)
            assert order.due_at == own.due_at
            assert set(handling) == {order.lead_unit, *order.upward}

    def _debts(self, duties: tuple[Duty, ...]) -> None:
        order = self.order
        numbers = [*self.closed, *(duty.no for duty in duties)]
        assert sorted(numbers) == list(range(1, order.duties_made + 1)), "duties are numbered without gap or double"
        if order.state == "archived":
            assert not duties and order.archived_at is not None
        if order.state not in WAITING:
            assert duties, f"nobody owes anything in {order.state}, and it would be forgotten"
        if order.state in OPEN_STATES:
            overall = [duty for duty in duties if duty.kind == "overall"]
            # A redo has its own limit; the matter's was met, or missed, when it was first closed.
            assert len(overall) == (1 if order.redos == 0 else len(overall)) <= 1
            assert all(duty.due_at == order.overall_due_at for duty in overall)
        for duty in duties:
            if duty.paused_at is not None:
                assert order.state == "paused" and duty.kind in ("handling", "overall", "assist")
            assert duty.met_at is None and duty.outcome is None
            assert duty.breached_at is None or duty.breached_at <= self.now
        for duty in self.closed.values():
            assert duty.met_at is not None and duty.outcome
            assert duty.kind not in WAITS or duty.breached_at is None, "nobody can miss a wait"

    def _sees(self, event: Event) -> None:
        self.sight = (self.sight | set(event.change.join)) - set(event.change.leave)
        order = self.order
        holding = {*order.assist_units, *order.upward} | ({order.lead_unit} if order.lead_unit else set())
        if order.state in OPEN_STATES:
            assert holding <= self.sight, "a unit that has to act cannot see the order"
        assert order.partner_unit is None or order.partner_unit in self.sight
        if order.state in ("received", "pending_dispatch", "dispatched") and not holding & {UNITS[PARTNER]}:
            assert UNITS[PARTNER] not in self.sight, "a partner that gave the matter back still sees it"


@pytest.mark.parametrize("name", PROFILES)
@given(chance=st.randoms(use_true_random=False), kind=st.sampled_from(("help", "complaint", "report", "consult")))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_no_sequence_of_acts_breaks_an_order(name: str, chance: random.Random, kind: str) -> None:
    play = Watched(profile(name)).register(kind=kind)
    for _ in range(25):
        play.step(chance)


@pytest.mark.parametrize("name", PROFILES)
def test_long_lives_touch_every_verb_and_fold_the_quick_way_too(name: str) -> None:
    chance, seen = random.Random(7), Counter[str]()
    for _ in range(150):
        kind = chance.choice(("help", "complaint", "report", "consult"))
        play = Watched(profile(name), seen).register(kind=kind)
        for _ in range(200):
            if (verb := play.step(chance)) is not None:
                seen[verb] += 1
        steps = [
            (event.at, event.seq, event.to_state, msgspec.json.decode(body_of(event))["change"])
            for event in play.events
        ]
        quick = rules.replay(steps)
        assert quick.order == play.order
        assert {d.no: d for d in quick.duties} == {d.no: d for d in play.matter.duties} | play.closed
    never = {edge.verb for edge in rules.edges(profile(name))} - set(seen)
    usual = {"recalculate", "escalate", "unit_approve", "unit_reject"}
    assert never <= (usual | UNHEARD.get(name, set()) if name != "unit review" else UNHEARD[name]), sorted(never)


def test_what_the_clock_does_moves_every_wait_on() -> None:
    """A life in which nobody does anything any more comes to rest by the clock alone, and stays there."""
    chance = random.Random(11)
    rested = Counter[str]()
    for _ in range(120):
        play = Watched(profile("as it is")).register()
        for _ in range(chance.randint(0, 30)):
            play.step(chance)
        for _ in range(60):
            assert play.matter is not None
            live = [d for d in play.matter.duties if d.breached_at is None and d.paused_at is None]
            if not live:
                break
            play.now = max(play.now, min(duty.due_at for duty in live) + jobs.TICK)
            due = [(duty.no, duty.kind) for duty in live if duty.due_at < play.now]
            before, moved = play.matter, False
            for verb, body in jobs.steps(due):
                try:
                    play.do(verb, "clock", **msgspec.to_builtins(body))
                except YihaoError:
                    assert verb == "archive" and play.state == "transferred", "only an open hand-over keeps waiting"
                    continue
                play.look(before)
                before, moved = play.matter, True
            if not moved:
                break
        else:
            raise AssertionError(f"no rest in {play.state}: {play.duties()}")
        rested[play.state] += 1
        if "appeal_decision" not in play.duties():  # a citizen's appeal waits for its answer, however long
            assert play.state not in ("closed", "answered", "refused", "withdrawn", "final", "paused"), play.duties()
    assert rested["archived"] > 10
