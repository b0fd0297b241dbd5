"""Orders played without a database: a small made-up tree, the real profile, a clock the test sets.

`Play` walks the table exactly as the service does: choose, decide, fold; closed duties are put aside as the database
does, so that a decision sees only what it would see there.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from typing import Any
from zlib import crc32
from zoneinfo import ZoneInfo

import msgspec

from yihao.orders import bodies, rules
from yihao.orders.decisions import intake
from yihao.orders.draft import ALONE, Context, Decision, Family, Linkage
from yihao.orders.model import Duty, Event, Matter, Order
from yihao.orders.numbers import make_number
from yihao.people.scope import Actor
from yihao.profile.load import load
from yihao.profile.model import Profile
from yihao.units.model import CatalogueRow, Category, Jurisdiction, Officer, Unit
from yihao.units.tree import Tree
from yihao.worktime import OfficeHours, base_calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
TUESDAY = "2021-09-28T10:00"
"""Working days after it: 09-29, 09-30, then 10-08, 10-09 (a Saturday made up for), 10-11 … (10-01 to 10-07 are off)."""
BRANCH = "/1/"

_PLACES = (
    (1, None, "/1/", "532800", "示范州", "city", 1),
    (2, 1, "/1/2/", "532801", "示范甲县", "county", 10),
    (3, 1, "/1/3/", "532822", "示范乙县", "county", None),
    (4, 2, "/1/2/4/", "532801100", "示范丙乡", "township", None),
)
_UNITS = (
    # id, name, place, superior, kind
    (1, "州办", 1, None, "managing_body"),
    (2, "州建设局", 1, 1, "department"),
    (3, "州市场局", 1, 1, "department"),
    (4, "甲县建设局", 2, 2, "department"),
    (5, "丙乡政府", 4, 4, "township"),
    (6, "无人局", 1, 1, "department"),
    (7, "停用局", 1, 1, "department"),
    (8, "州法院", 1, None, "referral_partner"),
    (9, "家政公司", 1, 3, "service_company"),
    (10, "甲县办", 2, 1, "managing_body"),
    (11, "甲县城管局", 2, None, "department"),
    (12, "税务分中心", 1, None, "subcentre"),
    (13, "州供电局", 1, None, "soe"),
    (14, "甲县市政所", 2, 4, "department"),
)
UNITS = {name: number for number, name, *_ in _UNITS}
_WITHOUT_OFFICER = {"无人局"}


def at(text: str) -> datetime:
    """A local moment: ``2021-09-28T10:00``."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def tree() -> Tree:
    """The made-up place; the class ``light`` belongs to the construction bureau and stays at county level or above."""
    return Tree.of(
        jurisdictions=[
            Jurisdiction(
                id=number, parent_id=parent, path=path, area_code=code, name=name, level=level,
                profile="xishuangbanna" if parent is None else None, managing_unit_id=unit, name_pinyin="",
            )
            for number, parent, path, code, name, level, unit in _PLACES
        ],
        units=[
            Unit(
                id=number, jurisdiction_id=place, superior_id=superior, name=name, short_name=None, name_pinyin="",
                kind=kind, active=name != "停用局", in_indicators=kind != "referral_partner",
                may_register=kind == "subcentre", office_hours=None, answers_line=None,
            )
            for number, name, place, superior, kind in _UNITS
        ],
        officers=[
            Officer(id=number, unit_id=number, account_id=None, name="演示人员", duty="handler", active=True)
            for number, name, *_ in _UNITS
            if name not in _WITHOUT_OFFICER
        ],
        categories=[Category(code="light", name="路灯"), Category(code="old", name="旧分类", active=False)],
        catalogue=[
            CatalogueRow(
                id=1, category="light", area_code="532800", kind=None, unit_id=UNITS["州建设局"], assist_unit_ids=(),
                basis="示范职责清单第1条", min_level="county", valid_from=date(2000, 1, 1), valid_to=None,
                version=1,
            )
        ],
    )  # fmt: skip


@cache
def place() -> Profile:
    """The real profile."""
    return load("xishuangbanna")


def but(profile: Profile, **changes: Any) -> Profile:
    """The profile with values replaced: ``but(p, flow__unit_review__on=True)``; list and dict members by key."""
    for path, value in changes.items():
        profile = _put(profile, path.split("__"), value)
    # Other rules have another digest, by which forms are kept.
    return msgspec.structs.replace(profile, digest=f"{profile.digest}/{crc32(repr(changes).encode()):08x}")


def _put(thing: Any, steps: list[str], value: Any) -> Any:
    step, rest = steps[0], steps[1:]
    if isinstance(thing, dict):
        return {**thing, step: _put(thing[step], rest, value) if rest else value}
    if isinstance(thing, tuple):
        return tuple(
            (_put(one, rest, value) if rest else value) if getattr(one, "code", None) == step else one for one in thing
        )
    return msgspec.structs.replace(thing, **{step: _put(getattr(thing, step), rest, value) if rest else value})


def actor(*roles: str, unit: str | None = None, **more: Any) -> Actor:
    """An account with these roles, at ``unit`` for unit roles; one person for each choice of them."""
    own = (UNITS[unit],) if unit else ()
    return Actor(
        account=more.pop("account", 100 + crc32(repr((roles, unit)).encode())),
        username="demo",
        name="演示账号",
        jurisdiction=1,
        path=BRANCH,
        roles=frozenset(roles),
        units=own,
        unit_roles=tuple((role, own) for role in roles) if unit else (),
        **more,
    )


PEOPLE = {
    "agent": actor("agent"),
    "lead": actor("shift_lead"),
    "dispatcher": actor("dispatcher"),
    "manager": actor("manager"),
    "supervisor": actor("supervisor"),
    "revisit": actor("revisit_clerk"),
    "portal": actor("portal"),
    "clock": actor("clock"),
}
"""Who does it when a test says a plain name; ``州建设局`` alone is an officer of that unit with all its unit roles but
the reviewer's, ``州建设局/unit_reviewer`` one with that role."""


def person(who: str | Actor) -> Actor:
    """The account a test names."""
    if isinstance(who, Actor):
        return who
    if who in PEOPLE:
        return PEOPLE[who]
    unit, _, role = who.partition("/")
    return actor(*([role] if role else ["unit_receiver", "unit_handler"]), unit=unit)


class Play:
    """One order and its clock."""

    def __init__(self, profile: Profile | None = None, now: str = TUESDAY, sequence: int = 150) -> None:
        self.profile = profile or place()
        self.tree = tree()
        self.now = at(now)
        self.number = make_number(self.now.date(), "532800", sequence)
        self.matter: Matter | None = None
        self.closed: dict[int, Duty] = {}
        self.events: list[Event] = []
        self.decision: Decision | None = None
        self.family = ALONE
        self.linkage: Linkage | None = None

    def context(self, who: Actor, role: str, unit: int | None = None, line: str | None = None) -> Context:
        """What a decision sees now."""
        profile = self.profile.for_line(line)
        hours = OfficeHours.parse(profile.office_hours)
        return Context(
            self.now, profile, base_calendar(), hours, SHANGHAI, self.tree, who, role, unit, self.family, self.linkage
        )

    def register(self, who: str | Actor = "agent", **fields: Any) -> Play:
        """A new matter; fields replace those of a plain request for help."""
        base: dict[str, Any] = {
            "channel": "phone", "kind": "help", "domain": "service", "title": "路灯不亮",
            "content": "演示路的路灯三天不亮。", "caller": {"name": "演示甲", "phone": "13800000000"},
        }  # fmt: skip
        appeal = msgspec.convert(base | fields, bodies.Appeal)
        one = person(who)
        role = next(iter(one.roles))
        context = self.context(one, role, next(iter(one.units), None), line=appeal.line)
        draft = intake.register(self.number, BRANCH, 1, appeal, appeal.title, context)
        decision = draft.done("received", channel=appeal.channel)
        start = msgspec.structs.asdict(draft.order) | decision.change.set
        change = msgspec.structs.replace(decision.change, set=start)
        decision = msgspec.structs.replace(decision, change=change)
        self._take("register", None, decision, role, next(iter(one.units), None))
        return self

    def do(self, verb: str, who: str | Actor = "manager", **fields: Any) -> Play:
        """Do a verb now."""
        assert self.matter is not None
        order = self.matter.order
        profile = self.profile.for_line(order.line)
        choice = rules.choose(verb, self.matter, person(who), profile)
        body = msgspec.convert(_DEFAULTS.get(verb, {}) | fields, choice.edge.body, strict=False)
        decision = rules.decide(
            choice, self.matter, body, self.context(person(who), choice.role, choice.unit, order.line)
        )
        self._take(verb, order.state, decision, choice.role, choice.unit)
        return self

    def _take(self, verb: str, before: str | None, decision: Decision, role: str, unit: int | None) -> None:
        event = Event(
            number=self.number, seq=len(self.events) + 1, verb=verb, at=self.now, account=100, role=role, unit=unit,
            from_state=before, to_state=decision.to, facts=decision.facts, change=decision.change,
        )  # fmt: skip
        whole = rules.fold(self.matter, event)
        self.closed |= {duty.no: duty for duty in whole.duties if duty.met_at is not None}
        self.matter = Matter(order=whole.order, duties=tuple(d for d in whole.duties if d.met_at is None))
        self.events.append(event)
        self.decision = decision

    def when(self, text: str) -> Play:
        """Let it become that local moment."""
        assert at(text) >= self.now, "the clock never goes back"
        self.now = at(text)
        return self

    def verbs(self, who: str | Actor) -> set[str]:
        """What the account may do now."""
        assert self.matter is not None
        one, line = person(who), self.order.line
        found = rules.available(
            self.matter, one, self.profile.for_line(line), lambda c: self.context(one, c.role, c.unit, line)
        )
        return {choice.edge.verb for choice in found}

    @property
    def order(self) -> Order:
        """The order as it is."""
        assert self.matter is not None
        return self.matter.order

    @property
    def state(self) -> str:
        """Its state."""
        return self.order.state

    @property
    def facts(self) -> dict[str, Any]:
        """What the last event says."""
        return self.events[-1].facts

    @property
    def effects(self) -> list[str]:
        """Topics of the last step's messages."""
        assert self.decision is not None
        return [effect.topic for effect in self.decision.effects]

    def duties(self) -> dict[str, str]:
        """Open duties and their dues: ``{"handling 州建设局": "2021-10-08 23:59:59"}``."""
        assert self.matter is not None
        names = {number: name for name, number in UNITS.items()}
        return {
            f"{duty.kind} {names[duty.unit_id]}" if duty.unit_id else duty.kind: local(duty.due_at)
            for duty in self.matter.duties
        }

    def due(self, kind: str, unit: str | None = None) -> str:
        """The due of one open duty, local."""
        return self.duties()[f"{kind} {unit}" if unit else kind]

    def duty(self, kind: str, unit: str | None = None) -> Duty:
        """One open duty."""
        assert self.matter is not None
        found = self.matter.duty(kind, UNITS[unit] if unit else None)  # type: ignore[arg-type]  # tests name kinds
        assert found is not None, f"no open {kind}: {self.duties()}"
        return found

    def past(self, kind: str, unit: str | None = None) -> Duty:
        """The last closed duty of a kind."""
        wanted = UNITS[unit] if unit else None
        return [d for d in self.closed.values() if d.kind == kind and d.unit_id == wanted][-1]


def local(moment: datetime) -> str:
    """``2021-10-08 23:59:59`` on the place's clock."""
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


_DEFAULTS: dict[str, dict[str, Any]] = {
    "prepare": {"category": "light", "area_code": "532801"},
    "dispatch": {"lead": UNITS["州建设局"]},
    "adjudicate": {"lead": UNITS["州建设局"], "reason": "职责清单"},
    "answer": {"text": "请到窗口办理。", "knowledge_item": 1},
    "refuse": {"code": "litigation", "explanation": "请向法院起诉。"},
    "transfer": {"to": "110", "reason": "警情"},
    "return": {"legal_basis": "职责清单", "explanation": "不属本单位", "suggested_unit": UNITS["州市场局"]},
    "progress": {"text": "已联系", "contacted": True},
    "request_extension": {"ground": "案情复杂"},
    "decide_extension": {"approve": True, "reason": "同意"},
    "set_limit": {"days": 30, "basis": "示范条例第9条"},
    "reply": {"text": "已修复。"},
    "assist_done": {"text": "已配合。"},
    "answer_supervision": {"text": "正在办。"},
    "supplement": {"text": "补充地点。"},
    "supervise": {"level": 2, "demand": "限期办理"},
    "coordinate": {"minutes": "议定由建设局主办。"},
    "revisit": {"reached": True},
    "rate": {"service": 5, "handling": 5, "solved": True},
    "withdraw": {"reason": "已自行解决", "verified_by": "query_code"},
    "propose_final": {"finding": "无新事实", "evidence": "材料一份", "head_signed": "局长"},
    "finalise": {"reason": "同意"},
    "uphold_refusal": {"explanation": "复核后仍不属受理范围，请向法院起诉。"},
    "reopen": {"ground": "new_fact", "reason": "有新情况"},
    "feed_back": {"result": "done", "text": "已到现场处置。"},
    "sign": {}, "unit_approve": {}, "acknowledge": {}, "archive": {}, "sub_dispatch": {},
} | {
    verb: {"reason": "理由"}
    for verb in (
        "confirm_refusal", "approve_return", "reject_return", "assist", "waive_assist", "pause", "resume",
        "take_back", "decline_handover", "recall",
        "unit_reject", "approve_reply", "reject_reply", "redo", "decline_redo", "urge", "escalate",
        "unseal", "appeal_refusal",
    )
}  # fmt: skip


def dispatched(profile: Profile | None = None, now: str = TUESDAY, lead: str = "州建设局", **fields: Any) -> Play:
    """A matter sent to a unit the moment it came in."""
    assists = [UNITS[name] for name in fields.pop("assists", ())]
    play = Play(profile, now).register(**fields).do("prepare", "agent")
    return play.do("dispatch", "dispatcher", lead=UNITS[lead], assists=assists)


def signed(profile: Profile | None = None, now: str = TUESDAY, lead: str = "州建设局", **fields: Any) -> Play:
    """The same, signed at once."""
    play = dispatched(profile, now, lead, **fields)
    return play if play.state == "signed" else play.do("sign", lead)


def closed(profile: Profile | None = None, now: str = TUESDAY, **fields: Any) -> Play:
    """The same, answered and released at once."""
    play = signed(profile, now, **fields).do("reply", "州建设局")
    return play if play.state == "closed" else play.do("approve_reply", "lead")


def rated_badly(play: Play, **score: int) -> Play:
    """Revisited, and not satisfied."""
    return play.do("revisit", "revisit").do("rate", "portal", **(score or {"handling": 2}))


def repeated(play: Play, orders: int = 3, answered: int = 1) -> Play:
    """So many orders on its fact are bound to it as repeats, itself among them."""
    play.family = Family(orders, answered)
    return play


def final(play: Play) -> Play:
    """Proposed by its unit and decided."""
    return repeated(play).do("propose_final", "州建设局").do("finalise")
