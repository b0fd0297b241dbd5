"""Orders as a table for people: the list with its filters and scope, each row as its reader may see it, masked.

One way for the file somebody asks for over HTTP and for the one written at the terminal. A protected caller (举报人)
is left out altogether; where the reader's roles see no caller, so is every other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import asyncpg
import msgspec

from yihao.errors import Invalid
from yihao.orders.listing import Filters, ask
from yihao.orders.model import CHANNELS, SECRECIES, URGENCIES
from yihao.orders.packing import unpacked
from yihao.orders.places import Place
from yihao.orders.reading import READS, briefs, sees_caller
from yihao.orders.service import Desk
from yihao.orders.views import Brief
from yihao.people.scope import Actor
from yihao.store.db import Database
from yihao.store.tables import Column, Format, Writer

MOST_ROWS: Final = 50_000
MOST_SIGNS: Final = 20_000_000
"""Characters of a table: 60 MB of Chinese."""
PAGE: Final = 500
EVERY: Final = 2**31 - 1
"""Hits of a search: all of them."""
COLUMNS: Final = (
    Column("number", "工单编号"),
    Column("state", "状态"),
    Column("kind", "诉求类型"),
    Column("channel", "来源渠道"),
    Column("urgency", "紧急程度"),
    Column("secrecy", "密级"),
    Column("title", "标题"),
    Column("content", "诉求内容"),
    Column("category", "事项分类"),
    Column("area_code", "区划代码"),
    Column("address", "详细地址"),
    Column("line", "热线号码"),
    Column("caller_name", "诉求人"),
    Column("caller_phone", "联系电话"),
    Column("lead_unit", "主办单位"),
    Column("registered_at", "登记时间"),
    Column("due_at", "办结时限"),
    Column("last_at", "最近办理时间"),
    Column("overdue", "是否逾期"),
)


class ExportTooLarge(Invalid):
    """More orders than one file may hold."""

    code = "export_too_large"
    zh = "符合条件的工单过多（一个文件至多{rows}条、约{signs}万字），请缩小范围，如按登记时间分段导出。"
    en = "Too many orders for one file (at most {rows}, about {signs}0,000 characters). Narrow it down, by time say."


Told = Callable[[int, int], Awaitable[None]]
"""How many rows of how many."""


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """A file, and the orders in it page by page."""

    content: bytes
    pages: tuple[tuple[str, ...], ...]

    @property
    def rows(self) -> int:
        """How many orders."""
        return sum(len(page) for page in self.pages)


async def export(
    database: Database,
    desk: Desk,
    actor: Actor,
    filters: Filters,
    form: Format,
    now: datetime,
    *,
    taken_by: str,
    told: Told | None = None,
) -> Exported:
    """The orders the actor sees, newest first, as a file; read in one snapshot behind the actor's wall.

    Args:
        taken_by: for the watermark.
        told: told after each page.

    Raises:
        ExportTooLarge, NothingToSearch.
    """  # fmt: skip
    table, pages, signs = Writer(form, COLUMNS), [], 0
    try:
        async with database.read(actor.wall()) as connection:
            place = await desk.places.at(connection, actor.path)
            total = await _count(connection, desk, actor, filters, now)
            while True:
                page = await _page(connection, desk, actor, filters, now)
                rows = await _rows(connection, page, place, caller=sees_caller(actor))
                signs += sum(len(text) for row in rows for text in row)
                if signs > MOST_SIGNS:
                    raise _too_large()
                await asyncio.to_thread(table.add, rows)
                pages.append(tuple(one.number for one in page))
                if told is not None:
                    await told(sum(map(len, pages)), total)
                if len(page) < PAGE:
                    break
                filters = msgspec.structs.replace(filters, after=page[-1].number)
    except BaseException:
        table.drop()
        raise
    local = now.astimezone(place.zone)
    content = await asyncio.to_thread(lambda: table.close(taken_by=taken_by, at=local))
    return Exported(content=content, pages=tuple(page for page in pages if page))


def _too_large() -> ExportTooLarge:
    return ExportTooLarge(rows=MOST_ROWS, signs=MOST_SIGNS // 10_000)


async def _count(connection: asyncpg.Connection, desk: Desk, actor: Actor, filters: Filters, now: datetime) -> int:
    """How many there are, counted no further than they may be."""
    whole = msgspec.structs.replace(filters, limit=MOST_ROWS + 1)
    asked = ask(whole, actor.wall(), now, desk.ring, hits=EVERY)
    sql = f"SELECT count(*) FROM ({asked.sql}) AS found"  # noqa: S608 - a statement of the list, without values
    total: int = await connection.fetchval(sql, *asked.whole())
    if total > MOST_ROWS:
        raise _too_large()
    return total


async def _page(
    connection: asyncpg.Connection, desk: Desk, actor: Actor, filters: Filters, now: datetime
) -> list[Brief]:
    asked = ask(msgspec.structs.replace(filters, limit=PAGE), actor.wall(), now, desk.ring, hits=EVERY)
    return await briefs(connection, desk, await connection.fetch(asked.sql, *asked.whole()), now)


async def _rows(connection: asyncpg.Connection, page: list[Brief], place: Place, *, caller: bool) -> list[list[str]]:
    found = await connection.fetch(READS["shown"], [one.number for one in page])
    shown = {row["number"]: unpacked(row["redacted"]) for row in found}
    return [_row(one, shown.get(one.number, {}), place, caller=caller) for one in page]


def _row(order: Brief, shown: dict[str, Any], place: Place, *, caller: bool) -> list[str]:
    """The texts in the order of `COLUMNS`."""
    who: dict[str, Any] = (shown.get("caller") or {}) if caller else {}
    category = place.tree.categories.get(order.category or "")
    unit = place.tree.units.get(order.lead_unit or 0)
    return [
        *(order.number, order.state_label, order.kind_label, CHANNELS[order.channel]),
        *(URGENCIES[order.urgency], SECRECIES[order.secrecy], order.title, shown.get("content", "")),
        *(category.name if category else order.category or "", order.area_code or "", shown.get("address") or ""),
        *(order.line or "", who.get("name") or "", who.get("phone") or "", unit.name if unit else ""),
        *(_moment(moment, place.zone) for moment in (order.registered_at, order.due_at, order.last_at)),
        "是" if order.overdue else "否",
    ]


def _moment(moment: datetime | None, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S") if moment else ""
