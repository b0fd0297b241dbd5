"""What somebody owes, as one list: the lane's matters first (企业绿色通道), then by due; and how much of each there is.

Read from ``open_duty``, across all months (`owing`). A hotline role sees what the hotline of its branch owes, or what
the branch's units owe; a unit role what its own units owe.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final, Literal

import asyncpg
import msgspec
from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from yihao.errors import Invalid
from yihao.orders import door, owing, reading
from yihao.orders.door import Visit
from yihao.orders.kept import Kept
from yihao.orders.lamps import soon
from yihao.orders.model import DUTY_KINDS, KINDS, LANES, STATES, URGENCIES
from yihao.orders.owing import Mark, RunningColour, Wanted
from yihao.orders.params import (
    Area,
    Category,
    Channels,
    Duties,
    Kinds,
    Lane,
    Line,
    Marked,
    States,
    UnitId,
    Urgencies,
    several,
)
from yihao.orders.places import Place
from yihao.orders.service import Desk
from yihao.orders.views import Colour, Out, lamp, moment_of, names_of, says
from yihao.people.guard import IDLE
from yihao.people.problem import refusals
from yihao.people.views import NO_NUL

KEPT: Final = 3.0
"""Seconds counts are kept for: a thousand desks look at theirs all day long."""
READ: Final = refusals(400, 401, 403, 422, 503)
Of = Annotated[
    Literal["mine", "units", "all"],
    QueryParameter(description="mine: the own desk or units; units: units of the branch; all: both. 谁的事项。"),
]


class Owed(Out, frozen=True, kw_only=True):
    """One thing to do."""

    number: Annotated[str, says("Number of the order. 工单编号。", "202601055328000000017")]
    version: Annotated[int, says("What If-Match must name to change the order. 版本。", 3)]
    title: Annotated[str, says("Title, identifying spans masked. 标题（已遮盖个人信息）。", "路灯不亮")]
    state: Annotated[str, says("State of the order. 状态。", "dispatched")]
    state_label: Annotated[str, says("The state in Chinese. 状态名称。", "已派待签收")]
    kind: Annotated[str, says("Kind of matter. 诉求类型。", "help")]
    kind_label: Annotated[str, says("The kind in Chinese. 诉求类型名称。", "求助")]
    channel: Annotated[str, says("Door it came through. 来源渠道。", "phone")]
    urgency: Annotated[str, says("Urgency. 紧急程度。", "expedited")]
    urgency_label: Annotated[str, says("In Chinese. 紧急程度名称。", "加急")]
    secrecy: Annotated[str, says("public, internal, confidential. 密级标识。", "internal")]
    lane: Annotated[str | None, says("Lane that goes first, e.g. enterprise. 优先通道。", "enterprise")]
    lane_label: Annotated[str | None, says("In Chinese. 优先通道名称。", "企业绿色通道")]
    category: Annotated[str | None, says("Category code. 事项分类代码。", "light")]
    category_name: Annotated[str | None, says("Its name. 事项分类名称。", "城市照明")]
    area_code: Annotated[str | None, says("Division code. 区划代码。", "532801")]
    area_name: Annotated[str | None, says("Its name. 区划名称。", "示例县")]
    line: Annotated[str | None, says("Hotline number dialled, when not the hotline's own. 拨打的热线。", "96301")]
    lead_unit: Annotated[int | None, says("Lead unit's id. 主办单位编号。", 3)]
    lead_unit_name: Annotated[str | None, says("Its name. 主办单位名称。", "示例市建设局")]
    registered_at: Annotated[datetime, says("When the order was registered. 登记时间。")]
    duty: Annotated[str, says("What is owed. 事项。", "sign")]
    duty_label: Annotated[str, says("In Chinese. 事项名称。", "签收")]
    unit: Annotated[int | None, says("Unit that owes it; null: the hotline. 责任单位编号，空为热线。")]
    unit_name: Annotated[str | None, says("Its name. 责任单位名称。", "示例市建设局")]
    opened_at: Annotated[datetime, says("Since when it is owed. 起算时间。")]
    due_at: Annotated[datetime, says("Due. 到期时间。")]
    overdue: Annotated[bool, says("The due has passed. 是否逾期。")]
    colour: Annotated[
        Colour, says("green, yellow (due soon), red (past due), paused: by the order's own place. 灯色。", "yellow")
    ]
    back: Annotated[bool, says("A dispatch that came again: returned, given back, reopened. 退回重派。")]
    pending: Annotated[
        str | None, says("Act that waits for the unit's reviewer, or the shift lead. 待审核的操作。", "reply")
    ]
    marks: Annotated[list[str], says("urged, sent_back (the reply): while in hand. 催办、答复被退回。", ["urged"])]


class WorkPage(Out, frozen=True, kw_only=True):
    """A page of things to do, the most pressing first."""

    items: Annotated[list[Owed], says("What is owed. 待办事项。")]
    next: Annotated[str | None, says("Send it as `after` for the next page; null: no more. 下一页的 after。")]


class DutyCount(Out, frozen=True, kw_only=True):
    """How many duties of one kind are owed."""

    duty: Annotated[str, says("What is owed. 事项。", "sign")]
    duty_label: Annotated[str, says("In Chinese. 事项名称。", "签收")]
    green: Annotated[int, says("In time. 正常。", 12)]
    yellow: Annotated[int, says("Due soon, by the rules of the caller's own place. 临期，按本人所在地规则。", 3)]
    red: Annotated[int, says("Past due. 超期。", 1)]
    paused: Annotated[int, says("Standing still; in no list but that of colour=paused. 挂起。", 0)]


class WorkCounts(Out, frozen=True, kw_only=True):
    """How much there is to do."""

    items: Annotated[list[DutyCount], says("By what is owed, in the order of the flow. 各类事项。")]
    back: Annotated[int, says("Dispatches that came again (`back=true`). 退回重派的。", 2)]
    pending: Annotated[int, says("Acts that wait for the reviewer or the shift lead (`pending=true`). 待审核的。", 1)]
    urged: Annotated[int, says("Orders in hand the citizen urged (`mark=urged`). 催办的。", 1)]
    sent_back: Annotated[int, says("Orders whose reply was sent back (`mark=sent_back`). 答复被退回的。", 1)]
    at: Annotated[datetime, says("When it was counted; a few seconds ago at most. 统计时间。")]


class BadCursor(Invalid):
    """``after`` is no ``next`` of a page before."""

    code = "bad_cursor"
    zh = "翻页标记“after”有误，请从第一页重新查询。"
    en = "“after” is not the `next` of a page. Start from the first page."


async def page(visit: Visit, wanted: Wanted | None = None, *, after: str | None = None, limit: int = 50) -> WorkPage:
    """What is owed; one audit row names the orders.

    Raises:
        NoOrders, BadCursor.
    """
    mark, now, actor = mark_of(after) if after is not None else None, visit.act.now, visit.actor

    async def work(connection: asyncpg.Connection) -> WorkPage:
        home = await visit.desk.places.at(connection, actor.path)
        sql, values = owing.page(actor.wall(), wanted or Wanted(), mark, limit, now=now, soon=soon(home, now))
        rows = await connection.fetch(sql, *values)
        last = rows[-1] if len(rows) == limit else None
        following = str(Mark(last["rank"], last["due_at"], last["number"], last["no"])) if last else None
        places = await reading.places_of(connection, visit.desk, rows)
        items = [_owed(row, places[row["path"]], now) for row in rows]
        return WorkPage(items=items, next=following)

    return await door.read(visit, "order.worklist", work, lambda found: sorted({one.number for one in found.items}))


async def counted(visit: Visit, kept: Kept[WorkCounts], wanted: Wanted) -> WorkCounts:
    """How much is owed. It names no order, so it is not audited.

    Raises:
        NoOrders.
    """
    door.sees_orders(visit.actor)
    wall, path = visit.actor.wall(), visit.actor.path
    question = (visit.db, msgspec.structs.replace(wall, account=0), path, wanted)

    async def work() -> WorkCounts:
        async with visit.db.read(wall) as connection:
            return await counts(connection, visit.desk, visit, wanted)

    return await kept.get(question, work)


async def counts(connection: asyncpg.Connection, desk: Desk, visit: Visit, wanted: Wanted) -> WorkCounts:
    """The counts behind the wall of the transaction."""
    now, wall = visit.act.now, visit.actor.wall()
    home = await desk.places.at(connection, visit.actor.path)
    sql, values = owing.counts(wall, wanted, now=now, soon=soon(home, now))
    found = {row["duty"]: row for row in await connection.fetch(sql, *values)}
    items = [
        DutyCount(duty=kind, duty_label=label, **{name: found[kind][name] for name in _COLOURS})
        for kind, label in DUTY_KINDS.items()
        if kind in found
    ]
    back, of_back = owing.back_count(wall, wanted)
    pending, of_pending = owing.pending_count(wall, wanted)
    marked, of_marked = owing.mark_counts(wall, wanted)
    marks = {row["mark"]: row["n"] for row in await connection.fetch(marked, *of_marked)}
    return WorkCounts(
        items=items,
        urged=marks.get("urged", 0),
        sent_back=marks.get("sent_back", 0),
        back=await connection.fetchval(back, *of_back),
        pending=await connection.fetchval(pending, *of_pending),
        at=now,
    )


_COLOURS: Final = ("green", "yellow", "red", "paused")


def mark_of(text: str) -> Mark:
    """The place a `next` names. Raises BadCursor."""
    try:
        rank, due, number, no = text.split("_")
        moment = datetime.fromtimestamp(int(due) / 1_000_000, UTC)
        if rank not in ("0", "1") or not (number.isascii() and number.isalnum()) or not 0 <= int(no) < 2**31:
            raise BadCursor(field="after")
        return Mark(int(rank), moment, number, int(no))
    except (ValueError, OverflowError, OSError) as error:
        raise BadCursor(field="after") from error


def _owed(row: asyncpg.Record, place: Place, now: datetime) -> Owed:
    names = names_of(place.tree, row["category"], row["area_code"], row["lead_unit"])
    unit = place.tree.units.get(row["unit_id"])
    paused, due = row["paused_at"] is not None, row["due_at"]
    return Owed(
        **{name: row[name] for name in _SAME},
        state_label=STATES[row["state"]],
        kind_label=KINDS[row["kind"]],
        urgency_label=URGENCIES[row["urgency"]],
        lane_label=LANES[row["lane"]] if row["lane"] else None,
        category_name=names.category,
        area_name=names.area,
        lead_unit_name=names.unit,
        duty_label=DUTY_KINDS[row["duty"]],
        unit=row["unit_id"],
        unit_name=unit.name if unit else None,
        overdue=not paused and due < now,
        colour="paused" if paused else lamp(due, place, now, row["line"]),
        back=row["duty"] == "dispatch" and row["opened_at"] > row["registered_at"],
    )


_SAME: Final = (
    *("number", "version", "title", "state", "kind", "channel", "urgency", "secrecy", "lane", "category", "area_code"),
    *("line", "lead_unit", "registered_at", "duty", "opened_at", "due_at", "pending", "marks"),
)
COUNTS: Final[Kept[WorkCounts]] = Kept(KEPT)


class WorkController(Controller):
    """What the account has to do."""

    path = "/worklist"
    tags = ("工单 Orders",)

    @get(operation_id="listWork", summary="待办事项", responses=READ)
    async def work(
        self,
        visit: NamedDependency[Visit],
        of: Of = "mine",
        unit: UnitId = None,
        duties: Duties = None,
        states: States = None,
        kinds: Kinds = None,
        channels: Channels = None,
        urgencies: Urgencies = None,
        category: Category = None,
        area: Area = None,
        line: Line = None,
        lane: Lane = None,
        colour: Annotated[
            RunningColour | None,
            QueryParameter(
                description="Only this colour, yellow by the rules of the caller's own place. 灯色，临期按本人所在地。"
            ),
        ] = None,
        due_before: Annotated[
            datetime | None, QueryParameter(description="Due before; with offset. 到期时间早于。")
        ] = None,
        back: Annotated[
            bool, QueryParameter(description="Only dispatches that came again: returned, given back. 只列退回重派的。")
        ] = False,
        pending: Annotated[
            bool | None,
            QueryParameter(description="Only with (or without) an act that waits for the reviewer. 是否待审核。"),
        ] = None,
        mark: Marked = None,
        after: Annotated[
            str | None,
            QueryParameter(max_length=80, pattern=NO_NUL, description="`next` of the page before. 翻页。"),
        ] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200, description="Rows a page. 每页条数。")] = 50,
    ) -> WorkPage:
        """What the hotline of the caller's branch owes, or the caller's own units; the lane first, then by due.

        With ``of=units`` what all units of the branch owe; with ``unit`` what that one owes. Clocks that stand still
        are listed by ``colour=paused`` alone.
        """
        wanted = Wanted(
            of=of,
            unit=unit,
            duty=several(duties),
            state=several(states),
            kind=several(kinds),
            channel=several(channels),
            urgency=several(urgencies),
            category=category,
            area=area,
            line=line,
            lane=lane,
            colour=colour,
            due_before=moment_of(due_before, "due_before"),
            back=back,
            pending=pending,
            mark=mark,
        )
        return await page(visit, wanted, after=after, limit=limit)

    @get("/counts", operation_id="countWork", summary="待办事项数量", responses=READ, opt={IDLE: True})
    async def count(self, visit: NamedDependency[Visit], of: Of = "mine", unit: UnitId = None) -> WorkCounts:
        """How many duties of each kind and colour are owed: the figures on the tabs of a desk."""
        return await counted(visit, COUNTS, Wanted(of=of, unit=unit))
