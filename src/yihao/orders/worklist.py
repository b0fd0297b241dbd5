"""What somebody owes, as one list: the lane's matters first (企业绿色通道), then by due.

Read from ``open_duty``, across all months. A hotline role sees what the hotline of its branch owes, a unit role what
its own units owe. As in `listing`, the statement is joined from fixed words and ``$n`` places alone.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final

import asyncpg
import msgspec
from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from yihao.errors import Invalid
from yihao.orders import door
from yihao.orders.door import Visit
from yihao.orders.model import DUTY_KINDS, LANES, STATES, URGENCIES, WAITS
from yihao.orders.views import Out, says
from yihao.people.problem import refusals
from yihao.people.views import NO_NUL
from yihao.store.db import Wall

NOT_WORK: Final = WAITS | {"overall"}
"""Clocks that ask nobody for an act of its own."""


class Owed(Out, frozen=True, kw_only=True):
    """One thing to do."""

    number: Annotated[str, says("Number of the order. 工单编号。", "202601055328000000017")]
    title: Annotated[str, says("Title, identifying spans masked. 标题（已遮盖个人信息）。", "路灯不亮")]
    state: Annotated[str, says("State of the order. 状态。", "dispatched")]
    state_label: Annotated[str, says("The state in Chinese. 状态名称。", "已派待签收")]
    urgency: Annotated[str, says("Urgency. 紧急程度。", "expedited")]
    urgency_label: Annotated[str, says("In Chinese. 紧急程度名称。", "加急")]
    lane: Annotated[str | None, says("Lane that goes first, e.g. enterprise. 优先通道。", "enterprise")]
    lane_label: Annotated[str | None, says("In Chinese. 优先通道名称。", "企业绿色通道")]
    duty: Annotated[str, says("What is owed. 事项。", "sign")]
    duty_label: Annotated[str, says("In Chinese. 事项名称。", "签收")]
    unit: Annotated[int | None, says("Unit that owes it; null: the hotline. 责任单位编号，空为热线。")]
    due_at: Annotated[datetime, says("Due. 到期时间。")]
    overdue: Annotated[bool, says("The due has passed. 是否逾期。")]


class WorkPage(Out, frozen=True, kw_only=True):
    """A page of things to do, the most pressing first."""

    items: Annotated[list[Owed], says("What is owed. 待办事项。")]
    next: Annotated[str | None, says("Send it as `after` for the next page; null: no more. 下一页的 after。")]


class BadCursor(Invalid):
    """``after`` is no ``next`` of a page before."""

    code = "bad_cursor"
    zh = "翻页标记“after”有误，请从第一页重新查询。"
    en = "“after” is not the `next` of a page. Start from the first page."


async def page(visit: Visit, *, after: str | None = None, limit: int = 50) -> WorkPage:
    """What the account owes; one audit row names the orders.

    Raises:
        NoOrders, BadCursor.
    """
    sql, values = statement(visit.actor.wall(), mark_of(after) if after is not None else None, limit)

    async def work(connection: asyncpg.Connection) -> WorkPage:
        rows = await connection.fetch(sql, *values)
        last = rows[-1] if len(rows) == limit else None
        following = str(Mark(last["rank"], last["due_at"], last["number"], last["no"])) if last else None
        return WorkPage(items=[_owed(row, visit.act.now) for row in rows], next=following)

    return await door.read(visit, "order.worklist", work, lambda found: sorted({one.number for one in found.items}))


class Mark(msgspec.Struct, frozen=True):
    """Where a page ended: lane first (0) or the rest (1), due, order, duty."""

    rank: int
    due: datetime
    number: str
    no: int

    def __str__(self) -> str:
        return f"{self.rank}_{int(self.due.timestamp() * 1_000_000)}_{self.number}_{self.no}"


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


def statement(wall: Wall, after: Mark | None, limit: int) -> tuple[str, list[Any]]:
    """The statement for what this wall owes, after that place."""
    values: list[Any] = [sorted(NOT_WORK), list(wall.units)]
    if after is not None:
        values += [after.due, after.number, after.no]
    mine = "d.unit_id = ANY ($2)"
    if wall.branch:
        # What a desk above passed into the branch is seen here too; what its desk owes is that desk's.
        values.append(wall.branch)
        mine = f"((d.unit_id IS NULL AND starts_with(d.path, ${len(values)})) OR {mine})"
    parts = []
    for rank, lane in enumerate(("EXISTS", "NOT EXISTS")):
        if after is not None and rank < after.rank:
            continue
        later = "AND (d.due_at, d.number, d.no) > ($3, $4, $5)" if after is not None and rank == after.rank else ""
        parts.append(
            f"(SELECT {rank} AS rank, d.number, d.no, d.kind, d.unit_id, d.due_at FROM open_duty d "  # noqa: S608
            f"WHERE {mine} AND d.kind <> ALL ($1) AND d.paused_at IS NULL {later} "
            f"AND {lane} (SELECT FROM order_lane l WHERE l.number = d.number) "
            f"ORDER BY d.due_at, d.number, d.no LIMIT {int(limit)})"
        )
    sql = (
        "SELECT w.rank, w.number, w.no, w.kind, w.unit_id, w.due_at, o.title, o.state, o.urgency, "  # noqa: S608
        "(SELECT l.lane FROM order_lane l WHERE l.number = w.number) AS lane "
        f"FROM ({' UNION ALL '.join(parts)}) w JOIN work_order o ON o.number = w.number "
        f"ORDER BY w.rank, w.due_at, w.number, w.no LIMIT {int(limit)}"
    )
    return sql, values


def _owed(row: asyncpg.Record, now: datetime) -> Owed:
    return Owed(
        number=row["number"],
        title=row["title"],
        state=row["state"],
        state_label=STATES[row["state"]],
        urgency=row["urgency"],
        urgency_label=URGENCIES[row["urgency"]],
        lane=row["lane"],
        lane_label=LANES[row["lane"]] if row["lane"] else None,
        duty=row["kind"],
        duty_label=DUTY_KINDS[row["kind"]],
        unit=row["unit_id"],
        due_at=row["due_at"],
        overdue=row["due_at"] < now,
    )


class WorkController(Controller):
    """What the account has to do."""

    path = "/worklist"
    tags = ("工单 Orders",)

    @get(operation_id="listWork", summary="待办事项", responses=refusals(400, 401, 403, 422, 503))
    async def work(
        self,
        visit: NamedDependency[Visit],
        after: Annotated[
            str | None,
            QueryParameter(max_length=80, pattern=NO_NUL, description="`next` of the page before. 翻页。"),
        ] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200, description="Rows a page. 每页条数。")] = 50,
    ) -> WorkPage:
        """What the hotline of the caller's branch owes, or the caller's own units; the lane first, then by due."""
        return await page(visit, after=after, limit=limit)
