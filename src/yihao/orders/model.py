"""What this room talks about: orders, their events, their duties.

An `Order` is the fold of its events. Each event carries the facts and the computed changes (`Change`), never a
command, so that replaying needs no rule, no calendar and no clock: the same events give the same order for ever.
Times are aware datetimes in UTC. Personal data is never here: see ``orders.private``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal

import msgspec

from yihao.profile.model import KindCode

KINDS: Final[dict[KindCode, str]] = {
    "consult": "咨询",
    "help": "求助",
    "complaint": "投诉",
    "report": "举报",
    "suggestion": "意见建议",
    "praise": "表扬",
    "other": "其他",
}
"""Kinds of matter (诉求类型), English word of the API to Chinese word of screens and files (XS 三(二))."""
CHANNELS: Final = {
    "phone": "电话",
    "web": "网站",
    "mobile": "移动端",
    "sms": "短信",
    "email": "邮件",
    "letter": "来信",
    "fax": "传真",
    "visit": "来访",
    "wechat": "微信",
    "message_board": "留言互动系统",
    "bot": "智能客服",
    "superior": "上级交办",
    "partner": "联动单位",
    "import": "批量导入",
}
DOMAINS: Final = {
    "economy": "经济调节",
    "market": "市场监管",
    "society": "社会管理",
    "service": "公共服务",
    "environment": "生态环境保护",
}
URGENCIES: Final = {"normal": "普通", "expedited": "加急", "urgent": "紧急", "critical": "特急"}
LANES: Final = {"enterprise": "企业绿色通道"}
"""Lanes of matters that go before others, where a place has one (SX 二(二)7)."""
SECRECIES: Final = {"public": "公开", "internal": "内部", "confidential": "保密"}
STATES: Final = {
    "received": "已受理待处置",
    "refused": "不予受理",
    "answered": "直接答复办结",
    "transferred": "已转紧急/联动热线",
    "pending_dispatch": "待派单",
    "dispatched": "已派待签收",
    "signed": "办理中",
    "return_review": "退单争议审核",
    "paused": "挂起",
    "replied": "已答复待审核",
    "closed": "办结",
    "revisiting": "回访中",
    "redo": "重办",
    "withdrawn": "撤诉",
    "merged": "并件",
    "final": "最终答复",
    "archived": "归档",
}
"""Spec D.1 without ``draft``, which lives on the desk. ``redo`` is passed through: no order rests in it."""
OPEN_STATES: Final = frozenset(
    {"received", "pending_dispatch", "dispatched", "signed", "return_review", "paused", "replied"}
)
"""Somebody still owes the citizen an answer."""

DutyKind = Literal[
    "overall",
    "refusal_confirm",
    "handover",
    "dispatch",
    "sign",
    "assist_sign",
    "handling",
    "assist",
    "first_contact",
    "return_review",
    "extension_decision",
    "review",
    "revisit",
    "redo_decision",
    "supervision",
    "final_decision",
    "appeal_decision",
    "pause_review",
    "pause_end",
    "rating_wait",
    "quiet",
]
DUTY_KINDS: Final[dict[DutyKind, str]] = {
    "overall": "总时限",
    "refusal_confirm": "不予受理确认",
    "handover": "转接确认",
    "dispatch": "派单",
    "sign": "签收",
    "assist_sign": "协办签收",
    "handling": "主办办理",
    "assist": "协办办理",
    "first_contact": "首次联系",
    "return_review": "退单审核",
    "extension_decision": "延期审批",
    "review": "答复审核",
    "revisit": "回访",
    "redo_decision": "重办认定",
    "supervision": "督办答复",
    "final_decision": "最终答复审定",
    "appeal_decision": "不予受理复核",
    "pause_review": "挂起复核",
    "pause_end": "挂起到期",
    "rating_wait": "等待评价",
    "quiet": "静默归档",
}
WAITS: Final = frozenset({"pause_end", "rating_wait", "quiet"})
"""Duties nobody can breach: when due, the clock itself does the next step."""


class Duty(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One obligation with a clock of its own.

    ``unit_id`` is who owes it, ``None`` the hotline. ``rule`` is the limit in worktime's language, ``clause`` where it
    stands. ``fallback`` says in a sentence why the due is not certain (calendar horizon). ``breached_at`` equals the
    due that was missed; ``met_at`` and ``outcome`` stand once the duty is closed.
    """

    no: int
    kind: DutyKind
    unit_id: int | None
    opened_at: datetime
    due_at: datetime
    rule: str
    clause: str
    fallback: str | None = None
    breached_at: datetime | None = None
    paused_at: datetime | None = None
    met_at: datetime | None = None
    outcome: str | None = None


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """An act that waits: a handler's for the unit's own reviewer (单位内审), an agent's for the shift lead."""

    verb: str
    seq: int
    facts: dict[str, Any]


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """The present state of a matter. Counters count over the whole life of the matter (同一事项), redo included.

    ``handling_from`` is where the unit's present clock starts (dispatch, or redo): caps and statutory limits count from
    there, also after a reply was sent back. ``first_released``: the first unit's return was granted, so that it answers
    for the matter no more, though it stays on record. ``paused_days`` are working days given back since then,
    ``paused_total`` those given back to the whole matter. ``protected``: the caller was put into the reporters' store,
    and stays there whatever the kind is corrected to. ``extension_requests`` were asked for, ``extensions`` granted.
    ``refused_by`` are the accounts that refused and confirmed it, ``appeals`` the appeals asked for against it.
    ``lane`` goes before others (`LANES`); ``enterprise`` only says who called.
    ``final_seq`` is the event that proposed a final answer, ``final_by`` the account. ``origin_unit`` registered it on
    seats of its own, ``partner_unit`` has it after a hand-over, ``declined_by`` are the partners that gave it back.
    """

    number: str
    version: int
    state: str
    path: str
    jurisdiction_id: int
    kind: KindCode
    channel: str
    domain: str | None = None
    category: str | None = None
    area_code: str | None = None
    line: str | None = None
    urgency: str = "normal"
    secrecy: str = "internal"
    title: str = ""
    registered_at: datetime
    last_at: datetime
    dispatched_at: datetime | None = None
    handling_from: datetime | None = None
    signed_at: datetime | None = None
    replied_at: datetime | None = None
    closed_at: datetime | None = None
    archived_at: datetime | None = None
    due_at: datetime | None = None
    overall_due_at: datetime | None = None
    lead_unit: int | None = None
    assist_units: tuple[int, ...] = ()
    first_unit: int | None = None
    first_released: bool = False
    upward: tuple[int, ...] = ()
    accused_unit: int | None = None
    origin_unit: int | None = None
    partner_unit: int | None = None
    declined_by: tuple[int, ...] = ()
    legal_process: bool = False
    anonymous: bool = False
    protected: bool = False
    enterprise: bool = False
    lane: str | None = None
    handled_by: str | None = None
    profile: str = ""
    profile_digest: str = ""
    calendar_digest: str = ""
    base_rule: str = ""
    statutory: str | None = None
    pending: Pending | None = None
    extension_pending: str | None = None
    extension_requests: int = 0
    extensions: int = 0
    paused_days: int = 0
    paused_total: int = 0
    dispatches: int = 0
    returns: int = 0
    late_return: bool = False
    returns_rejected: int = 0
    not_returnable: bool = False
    redos: int = 0
    reply_rejections: int = 0
    attempts: int = 0
    attempt_hours: tuple[int, ...] = ()
    urges: int = 0
    urged_on: str | None = None
    urged_today: int = 0
    supervision_level: int = 0
    query_code: str | None = None
    ratings: tuple[int, ...] = ()
    solved: bool | None = None
    bad_rating: bool = False
    reply_seq: int | None = None
    answer_seq: int | None = None
    knowledge_item: int | None = None
    refusal: str | None = None
    refused_by: tuple[int, ...] = ()
    acknowledged: bool = False
    appeals: int = 0
    final_seq: int | None = None
    final_by: int | None = None
    merged_into: str | None = None
    parent: str | None = None
    sealed_from: str | None = None
    erased_at: datetime | None = None
    stages: dict[str, str] = {}
    duties_made: int = 0


COLUMNS: Final = (
    "number",
    "version",
    "state",
    "path",
    "jurisdiction_id",
    "kind",
    "channel",
    "category",
    "area_code",
    "line",
    "urgency",
    "secrecy",
    "lead_unit",
    "title",
    "registered_at",
    "last_at",
    "due_at",
)
"""Fields of `Order` that are columns of ``work_order``; the rest is its ``data``."""


class Change(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an event changed, computed once and kept for ever.

    ``set``: fields of `Order`. ``open``: new duties. ``close``: by number, ``{met_at, outcome, breached_at}``.
    ``alter``: by number, changed fields of open duties. ``join`` and ``leave``: units that gain or lose sight.
    """

    set: dict[str, Any] = {}
    open: tuple[Duty, ...] = ()
    close: dict[int, dict[str, Any]] = {}
    alter: dict[int, dict[str, Any]] = {}
    join: tuple[int, ...] = ()
    leave: tuple[int, ...] = ()


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the history. ``facts`` is what was said or found, ``private`` the commitment to its personal part."""

    number: str
    seq: int
    verb: str
    at: datetime
    account: int
    role: str
    unit: int | None
    from_state: str | None
    to_state: str
    facts: dict[str, Any]
    change: Change
    private: str | None = None


class Matter(msgspec.Struct, frozen=True, kw_only=True):
    """An order with its open duties: what every rule looks at."""

    order: Order
    duties: tuple[Duty, ...]

    def duty(self, kind: DutyKind, unit: int | Literal["any"] | None = "any") -> Duty | None:
        """The open duty of that kind (of that unit), if there is one."""
        for duty in self.duties:
            if duty.kind == kind and unit in ("any", duty.unit_id):
                return duty
        return None

    def all(self, *kinds: DutyKind) -> tuple[Duty, ...]:
        """Every open duty of those kinds."""
        return tuple(d for d in self.duties if d.kind in kinds)
