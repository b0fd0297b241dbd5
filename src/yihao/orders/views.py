"""What orders look like over HTTP: each field described, texts only as everybody in scope may read them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

import asyncpg
import msgspec
from msgspec import Meta

from yihao.clock import aware
from yihao.errors import Invalid
from yihao.orders.lamps import soon
from yihao.orders.model import DUTY_KINDS, KINDS, STATES, WAITS, Duty, Order
from yihao.orders.packing import unpacked
from yihao.orders.places import Place
from yihao.orders.rows import order_of
from yihao.units.tree import Tree

HANDLING: Final = frozenset({"dispatched", "signed", "return_review"})
"""States in which the lead unit's own clock runs."""
Running = Literal["green", "yellow", "red"]
Colour = Literal["green", "yellow", "red", "paused", "done", "late"]


def says(description: str, *examples: Any) -> Meta:
    """The description of a field, with examples."""
    return Meta(description=description, examples=list(examples) or None)


class Out(msgspec.Struct, frozen=True, kw_only=True):
    """The common ground of all answers."""


class Brief(Out, frozen=True, kw_only=True):
    """An order as a list shows it: no personal data beyond its masked title."""

    number: Annotated[str, says("Number of the order. 工单编号。", "202601055328000000017")]
    version: Annotated[int, says("What If-Match must name to change it. 版本。", 3)]
    state: Annotated[str, says("State, e.g. received, dispatched, closed. 状态。", "dispatched")]
    state_label: Annotated[str, says("The state in Chinese. 状态名称。", "已派待签收")]
    kind: Annotated[str, says("Kind of matter. 诉求类型。", "help")]
    kind_label: Annotated[str, says("The kind in Chinese. 诉求类型名称。", "求助")]
    channel: Annotated[str, says("Door it came through. 来源渠道。", "phone")]
    title: Annotated[str, says("Title, identifying spans masked. 标题（已遮盖个人信息）。", "路灯不亮")]
    category: Annotated[str | None, says("Category code. 事项分类代码。", "light")]
    area_code: Annotated[str | None, says("Division code. 区划代码。", "532801")]
    line: Annotated[str | None, says("Hotline number dialled, when not 12345. 拨打的热线。", "96301")]
    urgency: Annotated[str, says("normal, expedited, urgent, critical. 紧急程度。", "normal")]
    secrecy: Annotated[str, says("public, internal, confidential. 密级标识。", "internal")]
    lead_unit: Annotated[int | None, says("Lead unit's id. 主办单位编号。", 3)]
    lane: Annotated[str | None, says("Lane that goes first: enterprise, or null. 优先通道。", "enterprise")] = None
    registered_at: Annotated[datetime, says("When it was registered. 登记时间。")]
    last_at: Annotated[datetime, says("When it was last acted on. 最近办理时间。")]
    due_at: Annotated[datetime | None, says("The lead unit's handling due. 主办单位办结时限。")]
    next_due_at: Annotated[
        datetime | None, says("The earliest clock that runs; not worked out after a verb. 最近一个在走的时限。")
    ] = None
    overdue: Annotated[bool, says("That clock, else the handling due, has passed. 是否逾期。")] = False
    colour: Annotated[
        Running | None, says("Of that clock: green, yellow, red; null: none runs, or after a verb. 灯色。", "yellow")
    ] = None
    category_name: Annotated[
        str | None, says("Name of the category; null after a verb. 事项分类名称。", "城市照明")
    ] = None
    area_name: Annotated[str | None, says("Name of the division; null after a verb. 区划名称。", "示例县")] = None
    lead_unit_name: Annotated[
        str | None, says("Name of the lead unit; null after a verb. 主办单位。", "示例市建设局")
    ] = None


class DutyView(Out, frozen=True, kw_only=True):
    """One obligation and its clock."""

    no: Annotated[int, says("Number within the order. 序号。", 2)]
    kind: Annotated[str, says("What is owed. 事项。", "sign")]
    label: Annotated[str, says("In Chinese. 事项名称。", "签收")]
    unit: Annotated[int | None, says("Unit that owes it; null: the hotline. 责任单位编号，空为热线。", 3)]
    opened_at: Annotated[datetime, says("Counted from. 起算时间。")]
    due_at: Annotated[datetime, says("Due. 到期时间。")]
    rule: Annotated[str, says("The limit. 时限规则。", "4 office hours")]
    clause: Annotated[str, says("The clause it stands in. 依据条款。")]
    fallback: Annotated[str | None, says("Why the due is not certain (calendar horizon). 期限存疑的原因。")]
    breached_at: Annotated[datetime | None, says("The due that was missed. 逾期时间。")]
    paused_at: Annotated[datetime | None, says("Since when it stands still. 挂起时间。")]
    met_at: Annotated[datetime | None, says("When it was met or fell away; null: open. 完成时间。")]
    outcome: Annotated[str | None, says("How it ended: met, returned, withdrawn, superseded ... 结果。")]
    colour: Annotated[
        Colour,
        says(
            "green; yellow: due soon; red: past due; paused; done: in time; late: done after the due. 灯色。", "yellow"
        ),
    ]


class OrderView(Brief, frozen=True, kw_only=True):
    """One order. Texts are the masked copies; the originals come by `reveal` alone."""

    content: Annotated[str, says("The matter, identifying spans masked. 诉求内容（已遮盖）。")] = ""
    address: Annotated[str | None, says("Where, masked to the street. 地址（已遮盖）。")] = None
    caller: Annotated[
        dict[str, Any] | None,
        says(
            "Who speaks, masked: kind, anonymous, name, phone ...; `protected` alone for a reporter; null where the "
            "role sees none. 诉求人（已遮盖）。",
            {"kind": "person", "anonymous": False, "name": "演*", "phone": "138****0000"},
        ),
    ] = None
    jurisdiction: Annotated[int, says("Jurisdiction that owns it. 所属辖区编号。", 1)]
    managing_unit: Annotated[int | None, says("Body that manages that hotline. 热线管理机构的单位编号。")] = None
    domain: Annotated[str | None, says("Domain. 所属领域。", "service")] = None
    assist_units: Annotated[tuple[int, ...], says("Assisting units. 协办单位编号。")] = ()
    first_unit: Annotated[int | None, says("Unit it first went to (首办责任). 首办单位编号。")] = None
    accused_unit: Annotated[int | None, says("Unit complained of. 被反映单位编号。")] = None
    origin_unit: Annotated[
        int | None, says("Unit or partner that registered it on seats of its own. 登记单位编号。")
    ] = None
    partner_unit: Annotated[int | None, says("Linked partner it was handed to. 移交的联动单位编号。")] = None
    acknowledged: Annotated[bool, says("The receiver took it on. 对方已确认接收。")] = False
    legal_process: Annotated[bool, says("Mediation or enforcement case. 行政调解、执法办案类。")] = False
    overall_due_at: Annotated[datetime | None, says("Due of the whole matter. 总时限。")] = None
    dispatched_at: Annotated[datetime | None, says("Last dispatched. 派单时间。")] = None
    signed_at: Annotated[datetime | None, says("Signed by the lead unit. 签收时间。")] = None
    replied_at: Annotated[datetime | None, says("Replied by the lead unit. 答复时间。")] = None
    closed_at: Annotated[datetime | None, says("Closed. 办结时间。")] = None
    archived_at: Annotated[datetime | None, says("Archived. 归档时间。")] = None
    waiting_for: Annotated[
        str | None, says("Act of the unit that waits for its reviewer, or of an agent for the shift lead. 待审核事项。")
    ] = None
    extension_pending: Annotated[bool, says("An extension waits for a decision. 是否有待批延期。")] = False
    extensions: Annotated[int, says("Extensions granted on this matter. 已延期次数。")] = 0
    dispatches: Annotated[int, says("Times dispatched. 派单次数。")] = 0
    returns: Annotated[int, says("Returns granted. 退单次数。")] = 0
    redos: Annotated[int, says("Redos. 重办次数。")] = 0
    urges: Annotated[int, says("Urges counted. 催办次数。")] = 0
    supervision_level: Annotated[int, says("Highest supervision so far, 0 none. 督办级别。")] = 0
    ratings: Annotated[tuple[int, ...], says("Service and handling, 1 to 5. 服务评价、办理评价。")] = ()
    solved: Annotated[bool | None, says("Solved in the citizen's eyes. 诉求人认为是否解决。")] = None
    refusal: Annotated[str | None, says("Refusal code. 不予受理情形。")] = None
    knowledge_item: Annotated[int | None, says("Knowledge cited by a direct answer. 引用的知识条目。")] = None
    merged_into: Annotated[str | None, says("Order it follows. 并入的工单。")] = None
    parent: Annotated[str | None, says("Number at the sender. 上级工单编号。")] = None
    handled_by: Annotated[
        str | None,
        says("Who had it: `hotline` itself, a `unit`, or `transfer` to another number. 由热线、承办单位还是转接办理。"),
    ] = None
    profile: Annotated[str, says("Profile it was made under. 适用的地方规则。", "demo")] = ""
    profile_digest: Annotated[
        str, says("Version of those rules: the digest of their content. 适用规则的版本（内容摘要）。")
    ] = ""
    stages: Annotated[dict[str, str], says("Stage to `done` or why it does not apply. 环节完成情况。")] = {}
    duties: Annotated[list[DutyView], says("Open clocks, the nearest first. 在走的时限。")] = []


class OrderMade(OrderView, frozen=True, kw_only=True):
    """A registered order."""

    query_code: Annotated[
        str | None,
        says(
            "For the citizen, shown this once; null when the submission was a repeat. 查询码，仅此一次。", "7KQ2M9XAPD"
        ),
    ] = None


class OrderPage(Out, frozen=True, kw_only=True):
    """Orders, newest first. A page may stay unfilled and still have a `next`: there is more to look through."""

    items: Annotated[list[Brief], says("The orders. 工单。")]
    next: Annotated[str | None, says("Send it as `after` for the next page; null: no more. 下一页的 after。")]


class Said(Out, frozen=True, kw_only=True):
    """One text of a step."""

    name: Annotated[str, says("Field it was written in. 字段。", "text")]
    label: Annotated[str, says("Name of the field in Chinese. 名称。", "答复内容")]
    label_en: Annotated[str, says("Name of the field in English. 英文名称。", "Answer")]
    text: Annotated[str, says("What was written, identifying spans masked. 文字（已遮盖）。")]
    outward: Annotated[bool, says("Addressed to the citizen; else between offices. 对外答复，否则为内部办理。")]


class EventView(Out, frozen=True, kw_only=True):
    """One step of the history."""

    seq: Annotated[int, says("Number of the step; the version after it. 序号。", 1)]
    verb: Annotated[str, says("What was done. 操作。", "register")]
    label: Annotated[str, says("In Chinese. 操作名称。", "登记")]
    at: Annotated[datetime, says("Business time. 业务时间。")]
    recorded_at: Annotated[datetime, says("When the database wrote it. 入库时间。")]
    account: Annotated[int, says("Who. 账号编号。", 101)]
    account_name: Annotated[str | None, says("Name of the account. 账号名称。", "演示话务员")]
    role: Annotated[str, says("Role it was done as. 岗位。", "agent")]
    unit: Annotated[int | None, says("Unit it was done for. 单位编号。")]
    from_state: Annotated[str | None, says("State before. 之前状态。")]
    to_state: Annotated[str, says("State after. 之后状态。", "received")]
    facts: Annotated[dict[str, Any], says("What was said or found; no personal data. 事实。")]
    texts: Annotated[dict[str, Any], says("What was written, identifying spans masked. 文字（已遮盖）。")]
    said: Annotated[list[Said], says("The texts one by one, named. 各段文字及名称。")]
    hash: Annotated[str, says("Head of the chain after this step (SM3, hexadecimal). 链值。")]


class EventList(Out, frozen=True, kw_only=True):
    """The history of one order, oldest first."""

    items: Annotated[list[EventView], says("The steps. 办理过程。")]


class DutyList(Out, frozen=True, kw_only=True):
    """All clocks of one order: open ones first, then those that ended."""

    items: Annotated[list[DutyView], says("The clocks. 时限。")]


class VerbView(Out, frozen=True, kw_only=True):
    """What this account may do now."""

    verb: Annotated[str, says("Name for `POST …/verbs/{verb}`. 操作代码。", "sign")]
    label: Annotated[str, says("In Chinese. 操作名称。", "签收")]
    label_en: Annotated[str, says("In English. 英文名称。", "Sign")]
    role: Annotated[str, says("Role it would be done as. 以何岗位。", "unit_receiver")]
    unit: Annotated[int | None, says("Unit it would be done for. 以何单位。")]
    due_at: Annotated[datetime | None, says("When it is due, if a clock runs for it. 应于何时前完成。")]
    clause: Annotated[str | None, says("The clause of its limit. 时限依据条款。")]
    danger: Annotated[bool, says("Ends the matter or is hard to take back: ask once more. 提交前须确认。")]
    body: Annotated[
        dict[str, Any],
        says(
            "JSON Schema (2020-12) of the body, with all a form needs; leave out what is empty. Each property: `title` "
            "and `x-title-en` its name, `x-hint` and `x-hint-en` what it means, `x-widget` what it is (line, text, "
            "number, yes_no, choice, choices, moment, day, map, files, unit, units, category, area, hotline, partner, "
            "order, knowledge, catalogue, group), `x-options` its choices as {value, label, label_en, hint?, hint_en?, "
            "when?}, `x-from` where its long list is served, `x-among` the only values of it that are taken. "
            "提交内容的格式，含表单所需的名称、说明、控件和选项。"
        ),
    ]


class VerbList(Out, frozen=True, kw_only=True):
    """What may be done with one order, by this account, now."""

    version: Annotated[int, says("Send it as If-Match. 版本。", 3)]
    zone: Annotated[str, says("Time zone of the order's place, for `moment` fields. 时区。", "Asia/Shanghai")]
    items: Annotated[list[VerbView], says("The verbs. 可执行的操作。")]


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """What codes of a tree are called; ``None`` for none."""

    category: str | None = None
    area: str | None = None
    unit: str | None = None


def names_of(tree: Tree, category: str | None, area_code: str | None, unit: int | None) -> Names:
    """The names of what an order refers to."""
    known = tree.categories.get(category) if category else None
    area, lead = tree.area(area_code) if area_code else None, tree.units.get(unit) if unit else None
    return Names(
        category=known.name if known else None, area=area.name if area else None, unit=lead.name if lead else None
    )


def brief_of(row: asyncpg.Record, place: Place, now: datetime) -> Brief:
    """A row of the list, its columns in the order of `listing.COLUMNS`, others behind them: taken apart by place, at
    half the cost."""
    number, version, state, kind, channel, title, category, area_code, line, urgency, secrecy, lead_unit, *rest = row
    registered_at, last_at, due, following, _, lane, *_ = rest
    names = names_of(place.tree, category, area_code, lead_unit)
    return Brief(
        number=number,
        version=version,
        state=state,
        state_label=STATES[state],
        kind=kind,
        kind_label=KINDS[kind],
        channel=channel,
        title=title,
        category=category,
        area_code=area_code,
        line=line,
        urgency=urgency,
        secrecy=secrecy,
        lead_unit=lead_unit,
        lane=lane,
        registered_at=registered_at,
        last_at=last_at,
        due_at=due,
        next_due_at=following,
        overdue=_past(state, due, following, now),
        colour=lamp(following, place, now, line) if following is not None else None,
        category_name=names.category,
        area_name=names.area,
        lead_unit_name=names.unit,
    )


def _past(state: str, due: datetime | None, following: datetime | None, now: datetime) -> bool:
    if following is not None:
        return following < now
    return state in HANDLING and due is not None and due < now


def brief_of_order(order: Order, now: datetime) -> Brief:
    """The order a verb has just left."""
    fields = {name: _plain(getattr(order, name)) for name in _SHARED_BRIEF}
    return Brief(
        **fields,
        state_label=STATES[order.state],
        kind_label=KINDS[order.kind],
        overdue=_past(order.state, order.due_at, None, now),
    )


def order_view(
    order: Order,
    shown: dict[str, Any],
    duties: list[DutyView],
    now: datetime,
    place: Place,
    *,
    caller: bool,
    code: str | None = None,
) -> OrderMade:
    """One order with the masked copy of what was registered.

    Args:
        order: its state.
        shown: ``order_private.redacted`` of its first event.
        duties: its open clocks.
        now: the present moment.
        place: the order's own.
        caller: whether the reader's role sees the caller at all.
        code: the citizen's query code, right after registering.
    """
    fields = {name: _plain(getattr(order, name)) for name in _SHARED}
    running = [duty.due_at for duty in duties if duty.paused_at is None and duty.kind not in WAITS]
    following = min(running, default=None)
    names = names_of(place.tree, order.category, order.area_code, order.lead_unit)
    return OrderMade(
        **fields,
        state_label=STATES[order.state],
        kind_label=KINDS[order.kind],
        next_due_at=following,
        overdue=_past(order.state, order.due_at, following, now),
        colour=lamp(following, place, now, order.line) if following is not None else None,
        category_name=names.category,
        area_name=names.area,
        lead_unit_name=names.unit,
        content=shown.get("content", ""),
        address=shown.get("address"),
        caller=shown.get("caller") if caller else None,
        jurisdiction=order.jurisdiction_id,
        managing_unit=place.jurisdiction.managing_unit_id,
        waiting_for=order.pending.verb if order.pending else None,
        extension_pending=order.extension_pending is not None,
        duties=sorted(duties, key=lambda duty: (duty.due_at, duty.no)),
        query_code=code,
    )


_SHARED_BRIEF: Final = tuple(n for n in Brief.__struct_fields__ if n in Order.__struct_fields__)
_SHARED: Final = tuple(
    name for name in OrderView.__struct_fields__ if name in Order.__struct_fields__ and name != "extension_pending"
)


def _plain(value: Any) -> Any:
    """One spelling of time, UTC, whether the order comes from the database or from a decision."""
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def read_order(row: asyncpg.Record) -> tuple[Order, dict[str, Any], tuple[Duty, ...]]:
    """Statement ``one``: the order, what may be shown of its texts, its open duties."""
    duties = _DUTIES.decode(row["duties"]) if row["duties"] else ()
    return order_of(row), unpacked(row["redacted"]), duties


_DUTIES: Final = msgspec.json.Decoder(tuple[Duty, ...])


def duty_view(duty: Duty, place: Place, now: datetime, line: str | None = None) -> DutyView:
    """A clock with its colour."""
    return DutyView(
        no=duty.no,
        kind=duty.kind,
        label=DUTY_KINDS[duty.kind],
        unit=duty.unit_id,
        opened_at=_plain(duty.opened_at),
        due_at=_plain(duty.due_at),
        rule=duty.rule,
        clause=duty.clause,
        fallback=duty.fallback,
        breached_at=_plain(duty.breached_at),
        paused_at=_plain(duty.paused_at),
        met_at=_plain(duty.met_at),
        outcome=duty.outcome,
        colour=colour(duty, place, now, line),
    )


def colour(duty: Duty, place: Place, now: datetime, line: str | None = None) -> Colour:
    """Red past the due, yellow within the place's ``yellow_card`` working days before it."""
    if duty.met_at is not None:
        return "late" if duty.breached_at else "done"
    if duty.paused_at is not None:
        return "paused"
    return lamp(duty.due_at, place, now, line)


def lamp(due: datetime, place: Place, now: datetime, line: str | None = None) -> Running:
    """The colour of a clock that runs."""
    if now > due:
        return "red"
    return "yellow" if due < soon(place, now, line) else "green"


def moment_of(moment: datetime | None, field: str) -> datetime | None:
    """A time a filter names.

    Raises:
        FarTime, NaiveTime.
    """
    if moment is None:
        return None
    if not 1950 <= aware(moment, field=field).year < 2200:  # years at the ends cannot be brought to another zone
        raise FarTime(field=field)
    return moment


class FarTime(Invalid):
    """A time no order can have."""

    code = "far_time"
    zh = "时间须在1950年至2199年之间。"
    en = "The time must lie within 1950 and 2199."
