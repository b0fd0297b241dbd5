"""HTTP of this room, relative to ``/api/v1``: figures, and the orders behind one."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final, Literal

import asyncpg
from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter

from yihao.errors import Invalid
from yihao.indicators import service
from yihao.indicators.board import BoardController
from yihao.indicators.model import GROUPS, By
from yihao.indicators.views import (
    COLUMNS,
    Figures,
    SharePage,
    Trend,
    figures_view,
    share_view,
    table_rows,
    trend_view,
)
from yihao.orders.numbers import check_number
from yihao.orders.service import Desk
from yihao.people.problem import refusals
from yihao.people.scope import Act
from yihao.store.audit import Audit
from yihao.store.db import Database
from yihao.store.feed import as_of
from yihao.store.tables import write
from yihao.units.load import tree

READ: Final = refusals(400, 401, 403, 404, 422, 503)
Day = date | None
_FROM: Final = QueryParameter(
    name="from", description="First day, included; default: the first of this month. 起始日。"
)
_TO: Final = QueryParameter(name="to", description="Last day, included; default: today. 截止日。")


class UnknownGroup(Invalid):
    """``by`` names something figures are not grouped by."""

    code = "unknown_group"
    zh = "不能按“{group}”分组，可选：unit 单位、line 热线、kind 诉求类型、area 区划、lane 优先通道。"
    en = "Figures are not grouped by “{group}”. Known: unit, line, kind, area, lane."


class IndicatorController(Controller):
    """Figures of the caller's own branch, or of the own unit."""

    path = "/indicators"
    tags = ("指标 Indicators",)

    @get(operation_id="getIndicators", summary="指标", responses=READ)
    async def figures(
        self,
        act: NamedDependency[Act],
        db: NamedDependency[Database],
        desk: NamedDependency[Desk],
        first: Annotated[Day, _FROM] = None,
        last: Annotated[Day, _TO] = None,
        by: Annotated[
            str,
            QueryParameter(
                max_length=60,
                description="Groups beside the whole, parted by commas: unit, line, kind, area, lane. 分组。",
            ),
        ] = "",
    ) -> Figures:
        """Every indicator with numerator and denominator, for the whole and each group asked for."""
        wanted = groups_of(by)
        async with db.read(act.actor.wall()) as connection:
            first, last = await period(connection, desk, act, first, last)
            answer = await service.figures(connection, act.actor, first, last, wanted)
            return figures_view(answer, first, last, await tree(connection))

    @get(
        "/table",
        operation_id="exportIndicators",
        summary="导出指标表",
        responses=READ,
        media_type="application/octet-stream",
    )
    async def table(
        self,
        act: NamedDependency[Act],
        db: NamedDependency[Database],
        desk: NamedDependency[Desk],
        audit: NamedDependency[Audit],
        first: Annotated[Day, _FROM] = None,
        last: Annotated[Day, _TO] = None,
        by: Annotated[
            str,
            QueryParameter(max_length=60, description="Groups, as for the figures; lane: the report by lane. 分组。"),
        ] = "",
        form: Annotated[Literal["csv", "xlsx"], QueryParameter(description="Kind of file. 文件格式。")] = "xlsx",
    ) -> Response[bytes]:
        """The figures as a spreadsheet: numerator and denominator beside each, what they count, and a watermark row."""
        wanted = groups_of(by)
        role = service.may_read(act.actor)
        async with db.read(act.actor.wall()) as connection:
            first, last = await period(connection, desk, act, first, last)
            answer = await service.figures(connection, act.actor, first, last, wanted)
            view = figures_view(answer, first, last, await tree(connection))
            zone = (await desk.places.at(connection, act.actor.path)).zone
        await audit.record(act.row(role, "indicator.export", by=by, first=str(first), last=str(last)))
        taken_by = f"{act.actor.username} {act.actor.name}"
        content = write(form, COLUMNS, table_rows(view), taken_by=taken_by, at=act.now.astimezone(zone))
        name = f"indicators-{first:%Y%m%d}-{last:%Y%m%d}.{form}"
        return Response(
            content,
            media_type="application/octet-stream",
            headers={"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"},
        )

    @get("/days", operation_id="getIndicatorDays", summary="逐日指标", responses=READ)
    async def days(
        self,
        act: NamedDependency[Act],
        db: NamedDependency[Database],
        desk: NamedDependency[Desk],
        names: Annotated[
            str,
            QueryParameter(
                min_length=1,
                max_length=200,
                description="Indicators, parted by commas: accepted,closed. 指标代码，逗号分隔。",
            ),
        ],
        first: Annotated[Day, _FROM] = None,
        last: Annotated[Day, _TO] = None,
    ) -> Trend:
        """A few indicators day by day: of the caller's branch, or of the own units together."""
        wanted = list(dict.fromkeys(part.strip() for part in names.split(",") if part.strip()))
        async with db.read(act.actor.wall()) as connection:
            first, last = await period(connection, desk, act, first, last)
            found = await service.days(connection, act.actor, wanted, first, last)
            return trend_view(found, await as_of(connection, service.FOLLOWER))

    @get("/{name:str}/orders", operation_id="listIndicatorOrders", summary="指标所含工单", responses=READ)
    async def orders(
        self,
        act: NamedDependency[Act],
        db: NamedDependency[Database],
        desk: NamedDependency[Desk],
        audit: NamedDependency[Audit],
        name: Annotated[
            str, PathParameter(max_length=64, pattern="^[a-z_]+$", description="Indicator, e.g. on_time. 指标代码。")
        ],
        first: Annotated[Day, _FROM] = None,
        last: Annotated[Day, _TO] = None,
        by: Annotated[
            Literal["all", "unit", "line", "kind", "area", "lane"],
            QueryParameter(description="Group of the figure. 分组。"),
        ] = "all",
        key: Annotated[
            str, QueryParameter(max_length=40, pattern=r"^[^\x00]*$", description="Member of the group. 成员。")
        ] = "",
        after: Annotated[
            str | None, QueryParameter(pattern="^[0-9X]{21}$", description="`next` of the page before.")
        ] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200, description="Rows a page.")] = 50,
    ) -> SharePage:
        """The orders behind one figure, newest first, as far as the caller may see them. Looking is recorded."""
        before = check_number(after, field="after") if after else None
        role = service.may_read(act.actor)
        async with db.read(act.actor.wall()) as connection:
            first, last = await period(connection, desk, act, first, last)
            found = await service.orders_of(
                connection, act.actor, name, first, last, by=by, key=key, before=before, limit=limit
            )
            now = await tree(connection)
        numbers = tuple(share.number for share in found)
        await audit.record(act.row(role, "indicator.orders", numbers=numbers, name=name, by=by))
        return SharePage(
            items=[share_view(share, now) for share in found], next=found[-1].number if len(found) == limit else None
        )


def groups_of(text: str) -> tuple[By, ...]:
    """The groups a query names, the whole always among them. Raises UnknownGroup."""
    named = {part.strip() for part in text.split(",") if part.strip()}
    if unknown := named - set(GROUPS):
        raise UnknownGroup(field="by", group=min(unknown)[:40])
    return tuple(group for group in GROUPS if group in named or group == "all")


async def period(connection: asyncpg.Connection, desk: Desk, act: Act, first: Day, last: Day) -> tuple[date, date]:
    """The days asked for; by default this month so far, on the calendar of the caller's place. Raises WrongPeriod."""
    zone = (await desk.places.at(connection, act.actor.path)).zone
    today = act.now.astimezone(zone).date()
    last = last or max(today, first or today)
    first = first or last.replace(day=1)
    service.check_period(first, last)
    return first, last


CONTROLLERS: Final = (IndicatorController, BoardController)
"""To be mounted under ``/api/v1`` behind ``people.guard.must_sign_in``."""
