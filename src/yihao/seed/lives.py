"""One matter's life, played in memory by the rules of `orders`: no database, no random clock, nothing invented.

A plan says who does what after how long; the rules decide what that does, and the clock's own steps (breaches, the end
of a wait) come in between, each at its due. A life is cut off at the moment the seed is made, so the newest are open.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from yihao.errors import YihaoError
from yihao.orders import bodies, rules
from yihao.orders.decisions import intake
from yihao.orders.draft import Decision
from yihao.orders.jobs import TICK, steps
from yihao.orders.model import Change, Event, Matter
from yihao.orders.places import Place
from yihao.orders.rows import whole_change
from yihao.people.scope import Actor
from yihao.profile.model import KindCode
from yihao.profile.provision import working_days
from yihao.worktime import due, parse_rule

KINDS: Final[tuple[tuple[KindCode, int], ...]] = (
    ("consult", 70),
    ("help", 15),
    ("complaint", 8),
    ("report", 1),
    ("suggestion", 3),
    ("praise", 2),
    ("other", 1),
)
"""Of a hundred matters."""
AT_ONCE: Final[dict[KindCode, float]] = {"consult": 0.96}
"""The share the hotline answers itself while the caller is on the line; of all other kinds `ELSE_AT_ONCE`."""
ELSE_AT_ONCE: Final = 0.4
OFFICERS: Final = ("unit_receiver", "unit_handler", "unit_reviewer")
OFFICE_DAY: Final = 420
"""Office minutes of a working day."""
LATE: Final = 0.04
SIGNED: Final = (30, 90)
SIGNED_LATE: Final = (130, 200)
RATED_AT_ONCE: Final = 0.2
NATURAL: Final = 30
"""Steps that take fewer minutes happen by the clock on the wall, longer ones in office hours."""
WORDS: Final[dict[KindCode, str]] = {
    "consult": "咨询{what}方面如何办理、需要哪些材料。",
    "help": "反映{where}的{what}问题，已持续多日，希望尽快处理。",
    "complaint": "投诉{where}的{what}问题，要求核实并依法处理。",
    "report": "举报{where}违反{what}有关规定，请依法查处。",
    "suggestion": "建议在{where}改进{what}方面的服务，方便群众办事。",
    "praise": "感谢{where}工作人员在{what}方面的热情服务。",
    "other": "其他有关{what}的事项。",
}
CHANNELS: Final = ("phone",) * 14 + ("web", "mobile", "mobile", "wechat", "wechat", "visit")

Plan = Iterator[tuple[int, str, Actor, bodies.Body]]
"""Office minutes after the step before, the verb, who does it, and with what."""


class Cast(msgspec.Struct, frozen=True):
    """Who acts: accounts by hotline role, and by role and unit."""

    hotline: dict[str, list[Actor]]
    officers: dict[tuple[str, int], Actor]

    def one(self, role: str, dice: random.Random) -> Actor:
        """Somebody of the hotline who holds the role."""
        return dice.choice(self.hotline[role])

    def staffed(self, unit: int) -> bool:
        """Whether the unit can receive, handle and pass on an order."""
        return all((role, unit) in self.officers for role in OFFICERS)


class Step(msgspec.Struct, frozen=True):
    """One event with the personal part that belongs to it."""

    event: Event
    texts: dict[str, Any]


class Life(msgspec.Struct, frozen=True):
    """A matter as far as it came. ``protected``: the caller is a reporter (举报人)."""

    appeal: bodies.Appeal
    title: str
    protected: bool
    steps: tuple[Step, ...]
    matter: Matter


class Player:
    """Plays lives in one place.

    Args:
        place: the rules, calendar and tree.
        cast: who acts.
        clock: the actor ``clock``.
        items: ids of knowledge items that may be cited.
        end: the moment nothing goes beyond.
    """

    def __init__(self, place: Place, cast: Cast, clock: Actor, items: Sequence[int], end: datetime) -> None:
        self._place, self._cast, self._clock, self._items, self._end = place, cast, clock, items, end
        self._topics = _topics(place, cast, end)

    def live(self, at: datetime, dice: random.Random) -> Life:
        """A life that begins at ``at``, under a marked number.

        Where the rules of the place refuse a step, the plan ends and only the clock goes on.
        """
        kind = _weighted(KINDS, dice)
        topic = dice.choice(self._topics)
        registrar = self._cast.one("agent", dice)
        text = WORDS[kind].format(what=topic.what, where=topic.where)
        appeal = bodies.Appeal(
            channel=dice.choice(CHANNELS),
            kind=kind,
            domain=dice.choice(("economy", "market", "society", "service", "service", "environment")),
            title=text[:26],
            content=text + f"{topic.where}{dice.randint(1, 40)}组，{at.astimezone(self._place.zone):%m月%d日}。",
            category=topic.category,
            area_code=topic.area,
            urgency=dice.choice(("normal",) * 17 + ("expedited", "expedited", "urgent")),
            address=f"{topic.where}演示路{dice.randint(1, 300)}号",
            caller=MARKED_CALLER,
        )
        game = _Game(self._place, self._clock, self._end, marked_number(dice))
        game.begin(registrar, appeal, at)
        plan = self._plan(kind, topic, registrar, dice)
        try:
            for minutes, verb, actor, body in plan:
                if not game.play(minutes, verb, actor, body):
                    break
        except YihaoError:
            pass  # the rules of this place do not know this road: the life goes on without it
        game.wait(self._end)
        protected = kind in self._place.profile.acceptance.protected.kinds
        return Life(appeal, appeal.title, protected, tuple(game.steps), game.matter)

    def _plan(self, kind: KindCode, topic: Topic, registrar: Actor, dice: random.Random) -> Plan:
        if dice.random() < AT_ONCE.get(kind, ELSE_AT_ONCE) and self._items:
            return self._answered(kind, registrar, dice)
        road = dice.random()
        if road < 0.04:
            reason = bodies.Transfer(to="110", way="three_way", reason="紧急警情", acknowledged=True)
            return iter([(3, "transfer", registrar, reason)])
        if road < 0.08:
            took_back = bodies.Withdraw(reason="诉求人称已自行解决", verified_by="call_back")
            return iter([(90, "withdraw", registrar, took_back)])
        return self._handled(kind, topic, registrar, dice, returned=road < 0.12)

    def _answered(self, kind: KindCode, registrar: Actor, dice: random.Random) -> Plan:
        yield (
            dice.randint(2, 8),
            "answer",
            registrar,
            bodies.Answer(
                text="已按知识库内容解释办理条件、所需材料和办理地点，诉求人表示清楚。",
                knowledge_item=dice.choice(self._items),
                reason=None if kind == "consult" else "经解释政策，诉求人同意不再派单。",
            ),
        )
        if dice.random() < RATED_AT_ONCE:
            verdict = bodies.Rate(service=5, handling=dice.choice((4, 5)), solved=True)
            yield dice.randint(1, 20), "rate", self._cast.one("revisit_clerk", dice), verdict

    def _handled(self, kind: KindCode, topic: Topic, registrar: Actor, dice: random.Random, *, returned: bool) -> Plan:
        lead, cast = topic.unit, self._cast
        receiver, handler, reviewer = (cast.officers[role, lead] for role in OFFICERS)
        dispatcher, minutes = cast.one("dispatcher", dice), dice.randint
        yield minutes(1, 4), "prepare", registrar, bodies.Prepare(category=topic.category, area_code=topic.area)
        yield minutes(1, 12), "dispatch", dispatcher, bodies.Dispatch(lead=lead, basis="派单目录")
        yield minutes(*SIGNED_LATE if dice.random() < LATE else SIGNED), "sign", receiver, bodies.Empty()
        if returned:
            ask = bodies.Return(legal_basis="职责清单", explanation="经核实不属本单位职责。")
            yield minutes(30, 100), "return", reviewer, ask
            no = bodies.Because(reason="职责清单明确由你单位承办，请继续办理。")
            yield minutes(30, 200), "reject_return", dispatcher, no
        call = bodies.Progress(text="已联系诉求人，核实情况并安排现场查看。", contacted=True)
        yield minutes(30, 300), "progress", handler, call
        days = working_days(self._place.profile.kinds[kind].base.rule)
        share = dice.uniform(1.0, 1.3) if dice.random() < LATE else dice.uniform(0.1, 0.85)
        reply = bodies.Reply(text="经核实，诉求人反映情况属实，已处理完毕并向其说明。", legal_basis="有关管理规定")
        yield int(days * share * OFFICE_DAY), "reply", reviewer, reply
        release = bodies.Because(reason="答复完整，同意办结。")
        yield minutes(30, 300), "approve_reply", cast.one("shift_lead", dice), release
        yield minutes(240, 700), "revisit", cast.one("revisit_clerk", dice), bodies.Revisit(reached=True)
        clerk, said = cast.one("revisit_clerk", dice), dice.random()
        if said < 0.62:
            good = bodies.Rate(service=5, handling=dice.choice((5, 5, 5, 4, 4, 3)), solved=True)
            yield minutes(30, 900), "rate", clerk, good
        elif said < 0.66:
            yield minutes(30, 900), "rate", clerk, bodies.Rate(service=4, handling=1, solved=False)
            no = bodies.Because(reason="诉求已依规办理，结果已向诉求人解释。")
            yield minutes(60, 900), "decline_redo", cast.one("shift_lead", dice), no


MARK: Final = "\ue000"
MARK_PHONE: Final = "\ue001"
MARK_NAME: Final = "\ue002"
MARK_CODE: Final = "\ue003"
MARK_INDEX: Final = "\ue004"
MARK_PRIVATE: Final = "\ue005"
"""Stand for what differs from one order to the next: characters for private use, which no text of ours holds."""


def marked_number(dice: random.Random) -> str:
    """Stands for an order number. Its sequence is one, as rules draw samples by it."""
    return f"{MARK * 14}{dice.randrange(100):06d}{MARK}"


MARKED_CALLER: Final = bodies.Caller(name=MARK_NAME, phone=MARK_PHONE)


class Topic(msgspec.Struct, frozen=True):
    """A class of matters in an area, with the unit the catalogue names."""

    category: str
    what: str
    area: str
    where: str
    unit: int


def _topics(place: Place, cast: Cast, end: datetime) -> list[Topic]:
    tree, found = place.tree, []
    for category in tree.categories.values():
        for area in tree.jurisdictions.values():
            if not area.path.startswith(place.jurisdiction.path):
                continue
            row = tree.pick(category.code, area.area_code, "help", end.astimezone(place.zone).date())
            if row is not None and cast.staffed(row.unit_id) and tree.dispatchable(row.unit_id) is None:
                where = area.name.partition("（")[0]
                found.append(Topic(category.code, category.name, area.area_code, where, row.unit_id))
    return found


def _weighted(shares: Sequence[tuple[KindCode, int]], dice: random.Random) -> KindCode:
    return dice.choices([kind for kind, _ in shares], [share for _, share in shares])[0]


class _Game:
    """One life under way."""

    def __init__(self, place: Place, clock: Actor, end: datetime, number: str) -> None:
        self._place, self._clock, self._end, self._number = place, clock, end, number
        self.steps: list[Step] = []
        self.matter: Matter

    def begin(self, actor: Actor, appeal: bodies.Appeal, at: datetime) -> None:
        context = self._place.context(at, actor, "agent", line=appeal.line)
        draft = intake.register(self._number, actor.path, actor.jurisdiction, appeal, appeal.title, context)
        draft.set(query_code=MARK_INDEX)
        decision = draft.done("received", channel=appeal.channel, attachments=[])
        event = self._event(1, "register", at, actor, "agent", None, None, decision, private=MARK_PRIVATE)
        order = msgspec.structs.asdict(draft.order) | event.change.set
        self.matter = rules.fold(None, msgspec.structs.replace(event, change=_set(event.change, order)))
        whole = msgspec.structs.replace(event, change=whole_change(self.matter.order, event.change))
        self.steps.append(Step(whole, {}))

    def play(self, minutes: int, verb: str, actor: Actor, body: bodies.Body) -> bool:
        """The clock lives through the minutes, then the actor acts; False when the end comes before that."""
        order = self.matter.order
        rule = parse_rule(f"{minutes} office minutes")
        at = due(rule, order.last_at, self._place.calendar, self._place.hours, zone=self._place.zone).at
        if minutes < NATURAL:
            at = order.last_at + timedelta(minutes=minutes)
        self.wait(min(at, self._end))
        if at > self._end:
            return False
        self._do(verb, actor, body, max(at, self.matter.order.last_at))
        return True

    def wait(self, until: datetime) -> None:
        """What the clock does by itself up to ``until`` (orders.jobs)."""
        while True:
            waiting = [d for d in self._open() if d.breached_at is None and d.paused_at is None and d.due_at < until]
            if not waiting:
                return
            moment = min(min(d.due_at for d in waiting) + TICK, until)
            missed = [(d.no, d.kind) for d in waiting if d.due_at < moment]
            for verb, body in steps(missed):
                self._do(verb, self._clock, body, max(moment, self.matter.order.last_at))

    def _open(self) -> list[Any]:
        return [duty for duty in self.matter.duties if duty.met_at is None]

    def _do(self, verb: str, actor: Actor, body: bodies.Body, at: datetime) -> None:
        matter = msgspec.structs.replace(self.matter, duties=tuple(self._open()))
        order, profile = matter.order, self._place.profile.for_line(matter.order.line)
        choice = rules.choose(verb, matter, actor, profile)
        context = self._place.context(at, actor, choice.role, unit=choice.unit, line=order.line)
        decision = rules.decide(choice, matter, body, context)
        seq = order.version + 1
        private = MARK_PRIVATE if decision.texts else None
        event = self._event(seq, verb, at, actor, choice.role, choice.unit, order.state, decision, private=private)
        self.matter = rules.fold(self.matter, event)
        self.steps.append(Step(event, decision.texts))

    def _event(
        self,
        seq: int,
        verb: str,
        at: datetime,
        actor: Actor,
        role: str,
        unit: int | None,
        before: str | None,
        decision: Decision,
        *,
        private: str | None,
    ) -> Event:
        return Event(
            number=self._number, seq=seq, verb=verb, at=at, account=actor.account, role=role, unit=unit,
            from_state=before, to_state=decision.to, facts=decision.facts, change=decision.change, private=private,
        )  # fmt: skip


def _set(change: Change, fields: dict[str, Any]) -> Change:
    return msgspec.structs.replace(change, set=fields)
