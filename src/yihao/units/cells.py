"""Cells of imported tables as values: what a person writes, read kindly, refused by column."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import date
from typing import Any, TypeVar

import asyncpg
import msgspec

from yihao.errors import YihaoError
from yihao.store.tables import BadCell, BadTable, Column, Row
from yihao.units.tree import Tree

Entry = TypeVar("Entry")


class WrongCell(YihaoError):
    """A cell that is not what its column asks for."""

    code = "bad_cell"
    status = 422
    zh = "{why}"
    en = "{why}"


def draft_of(shape: type[Any], **values: Any) -> Any:
    """The draft, with the limits of its fields checked as they are for a request body."""
    try:
        return msgspec.convert(msgspec.to_builtins(shape(**values)), shape)
    except msgspec.ValidationError as error:
        field = str(error).rpartition("$.")[2].rstrip("`").partition("[")[0] if "$." in str(error) else None
        raise WrongCell(field=field, why="内容的格式或长度不合要求，请参照导出文件的样式填写") from error


def node_id(now: Tree, area_code: str, field: str) -> int:
    """The node of an area code. Raises WrongCell, as all here."""
    for jurisdiction in now.jurisdictions.values():
        if jurisdiction.area_code == area_code:
            return jurisdiction.id
    raise WrongCell(field=field, why=f"没有区划代码为“{area_code}”的辖区，请先导入辖区")


def unit_id(now: Tree, name: str | None, field: str) -> int | None:
    """The unit of that name, written ``area code/name`` where several have it; ``None`` for an empty cell."""
    if name is None:
        return None
    area, _, plain = name.rpartition("/")
    found = [
        unit
        for unit in now.units.values()
        if unit.name == plain and area in ("", now.jurisdictions[unit.jurisdiction_id].area_code)
    ]
    if not found:
        raise WrongCell(field=field, why=f"没有名为“{name}”的单位，请先导入单位")
    if len(found) > 1:
        raise WrongCell(field=field, why=f"有{len(found)}个单位名为“{plain}”，请写成“区划代码/{plain}”")
    return found[0].id


def word(cells: dict[str, str], field: str, chinese: dict[Any, str]) -> Any:
    """One of a closed set of words, in English or Chinese."""
    text = cells[field]
    for value, zh in chinese.items():
        if text in (value, zh):
            return value
    raise WrongCell(field=field, why=f"“{text}”不在可选值之内：{'、'.join(chinese.values())}")


def yes_or_no(cells: dict[str, str], field: str, default: bool) -> bool:
    """是 or 否; an empty cell is the default."""
    text = cells.get(field, "").casefold()
    if text in ("", "是", "true", "1"):
        return default if text == "" else True
    if text in ("否", "false", "0"):
        return False
    raise WrongCell(field=field, why=f"“{text}”应为“是”或“否”")


def day(cells: dict[str, str], field: str) -> date:
    """A date: 2026-01-05, 2026/1/5 or 2026年1月5日."""
    text = cells[field].replace("/", "-").replace("年", "-").replace("月", "-").removesuffix("日")
    try:
        year, month, day = map(int, text.split("-"))
        return date(year, month, day)
    except ValueError as error:
        raise WrongCell(field=field, why=f"“{cells[field]}”不是日期，请写成 2026-01-05") from error


def words(text: str) -> tuple[str, ...]:
    """A list within a cell, parted by 、 or | or spaces."""
    return tuple(text.replace("、", " ").replace("|", " ").split())


@asynccontextmanager
async def savepoint(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """A row the database itself refuses must not end the search for other bad rows."""
    await connection.execute("SAVEPOINT row")
    try:
        yield
    except BaseException:
        await connection.execute("ROLLBACK TO row")
        raise
    await connection.execute("RELEASE row")


def unit_of(now: Tree, cells: dict[str, str]) -> int:
    """The unit a row is about, in column ``unit``."""
    unit = unit_id(now, cells["unit"], "unit")
    if unit is None:
        raise WrongCell(field="unit", why="请填写单位")
    return unit


async def enter(
    connection: asyncpg.Connection,
    columns: Sequence[Column],
    rows: Sequence[Row],
    standing: dict[int, Entry],
    put: Callable[[dict[str, str]], Awaitable[tuple[int, Entry]]],
) -> dict[str, int]:
    """Put each row into a register of one entry a unit, inside the transaction under way.

    Args:
        columns: whose titles the faults name.
        standing: the register as it was, by unit; brought up to date on the way.
        put: enters the cells of one row; answers the unit and its entry.

    Returns:
        How many rows were ``created``, ``changed``, ``unchanged``.

    Raises:
        BadTable: with every bad row; the caller's transaction must then not be kept.
    """
    titles = {column.name: column.title for column in columns}
    done = {"created": 0, "changed": 0, "unchanged": 0}
    bad: list[BadCell] = []
    for row in rows:
        try:
            async with savepoint(connection):
                unit, new = await put(row.cells)
                old = standing.get(unit)
                standing[unit] = new
                done["created" if old is None else "unchanged" if new == old else "changed"] += 1
        except YihaoError as fault:
            bad.append(BadCell(row.number, titles.get(fault.field or "", ""), fault.sentence("zh")))
    if bad:
        raise BadTable(bad)
    return done
