"""``yihao import`` and ``yihao export``: the tree, the catalogue, knowledge and orders as spreadsheets."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import click

from yihao.cli import orders
from yihao.cli.house import DATA, House, opened, settings_with
from yihao.clock import system_clock
from yihao.companies import service as companies
from yihao.companies import transfer as joined
from yihao.errors import Invalid
from yihao.knowledge import transfer as knowledge
from yihao.lines import transfer as lines
from yihao.orders import transfer
from yihao.orders.places import Places
from yihao.partners import service as partners
from yihao.partners import transfer as linked
from yihao.people.model import INTERNAL
from yihao.store.audit import AuditRow, audit_in
from yihao.store.db import Database, Wall
from yihao.store.tables import BadTable, Column, Format, read_whole, write
from yihao.units.export import COLUMNS as TREE_COLUMNS
from yihao.units.export import export_rows
from yihao.units.load import load
from yihao.units.model import By
from yihao.units.service import officers
from yihao.units.transfer import import_rows
from yihao.worktime import SHANGHAI

ORDERS = "orders"
LINES = ("lines", "parent_lines")
COLUMNS: dict[str, tuple[Column, ...]] = {
    **TREE_COLUMNS,
    "knowledge": knowledge.COLUMNS,
    "partners": linked.COLUMNS,
    "lines": lines.COLUMNS,
    "parent_lines": lines.PARENT_COLUMNS,  # the list of a level above that is not in this installation
    "companies": joined.COLUMNS,
    ORDERS: transfer.COLUMNS,  # of an import; an export has its own
}
DAY = click.DateTime(["%Y-%m-%d"])
KIND = click.argument("kind", type=click.Choice(list(COLUMNS)))
T = TypeVar("T")


class WrongEnding(Invalid):
    """The file to write is named like no kind of table."""

    code = "wrong_ending"
    zh = "导出文件名须以 .csv 或 .xlsx 结尾。"
    en = "The file's name must end in .csv or .xlsx."


class CannotKeep(Invalid):
    """The exported file cannot be written where it is asked for."""

    code = "cannot_write"
    zh = "不能写入 {file}：{why}。未留下文件，请检查文件夹、权限和磁盘空间。"
    en = "Cannot write {file}: {why}. No file was left; check the folder, permissions and space."


@click.command("import")
@KIND
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@DATA
@click.pass_context
def import_file(ctx: click.Context, kind: str, file: Path, data: Path | None) -> None:
    """从 CSV 或 XLSX 导入；有一处错误则全部不导入，并逐行列出。"""
    try:
        rows, faults = read_whole(file, COLUMNS[kind])

        async def take(connection: asyncpg.Connection) -> dict[str, int]:
            by = By(account=INTERNAL["setup"], role="setup", at=system_clock())
            if kind == "knowledge":
                done = await knowledge.import_items(connection, await load(connection), rows, by)
                counts = {what: len(items) for what, items in done.items()}
            elif kind == "partners":
                counts = await linked.import_rows(connection, await load(connection), rows, by)
            elif kind in LINES:
                taker = lines.import_rows if kind == "lines" else lines.import_parent
                counts = await taker(connection, Places(), await load(connection), rows, by)
            elif kind == "companies":
                counts = await joined.import_rows(connection, await load(connection), rows, by)
            else:
                made = await import_rows(connection, kind, rows, by)
                counts = {"created": made.created, "changed": made.changed, "unchanged": made.unchanged}
            if faults:
                raise BadTable(faults)
            await audit_in(connection, _trace(f"{kind}.import", counts))
            return counts

        async def run(house: House) -> dict[str, int]:
            try:
                return await (orders.take_in(house, rows, faults) if kind == ORDERS else _in_one(house, take))
            except BadTable as refused:
                every = {*faults, *refused.cells}
                raise BadTable(sorted(every, key=lambda cell: (cell.row, cell.column))) from refused

        counts = _in_house(data, run)
    except BadTable as refused:
        for cell in refused.cells:
            click.echo(f"{file.name}:{cell.row}: {cell.column or '-'}: {cell.reason}", err=True)
        click.echo(f"未导入，共{len(refused.cells)}处错误 / nothing imported, {len(refused.cells)} faults", err=True)
        ctx.exit(1)
    click.echo(
        f"新增{counts['created']}、修改{counts['changed']}、未变{counts['unchanged']} / "
        f"{counts['created']} created, {counts['changed']} changed, {counts['unchanged']} unchanged"
    )


@click.command("export")
@KIND
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--from", "first", type=DAY, help="工单：登记日期起（含）。")
@click.option("--to", "last", type=DAY, help="工单：登记日期止（含）。")
@DATA
def export_file(kind: str, file: Path, first: datetime | None, last: datetime | None, data: Path | None) -> None:
    """导出为 CSV 或 XLSX（按文件名结尾），末行为水印。

    工单不含保密件和诉求人信息；数量多时用 --from、--to 分段。
    """
    if (first or last) and kind != ORDERS:
        raise click.UsageError("--from、--to 只用于工单 / --from and --to are for orders")
    form: Format
    match file.suffix.lower():
        case ".csv":
            form = "csv"
        case ".xlsx":
            form = "xlsx"
        case _:
            raise WrongEnding(field="file")
    now = system_clock()

    async def give(connection: asyncpg.Connection) -> list[list[str]]:
        tree = await load(connection)
        if kind == "knowledge":
            rows = knowledge.export_items(tree, await knowledge.every(connection))
        elif kind == "partners":
            rows = linked.export_rows(tree, await partners.partners(connection))
        elif kind in LINES:
            giver = lines.export_rows if kind == "lines" else lines.export_parent
            rows = await giver(connection, Places(), tree)
        elif kind == "companies":
            rows = joined.export_rows(tree, await companies.companies(connection))
        else:
            rows = export_rows(tree, await officers(connection), kind, now.astimezone(SHANGHAI).date())
        await audit_in(connection, _trace(f"{kind}.export", {"rows": len(rows)}))
        return rows

    async def run(house: House) -> tuple[int, bytes]:
        if kind == ORDERS:
            days = (one.date() if one else None for one in (first, last))
            return await orders.give_out(house, form, *days, taken_by=getpass.getuser())
        rows = await _in_one(house, give)
        taken_by, at = getpass.getuser(), now.astimezone(SHANGHAI)
        return len(rows), write(form, COLUMNS[kind], rows, taken_by=taken_by, at=at)

    count, content = _in_house(data, run)
    _keep(file, content)
    click.echo(f"已导出{count}行到 {file} / {count} rows written")


def _keep(file: Path, content: bytes) -> None:
    """Write the file whole or not at all, never readable by others of the machine, whatever the account's umask.

    Raises:
        CannotKeep.
    """
    part = file.with_name(f".{file.name}.part")
    try:
        try:
            part.touch(mode=0o600)
            part.write_bytes(content)
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise CannotKeep(field="file", file=file, why=error.strerror or error) from error


def _trace(action: str, detail: dict[str, int]) -> AuditRow:
    return AuditRow(account=INTERNAL["setup"], role="setup", action=action, at=system_clock(), detail={**detail})


async def _in_one(house: House, work: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
    """Do the work in one transaction."""
    database = await Database.open(house.dsn, app=1, worker=1)
    try:
        async with database.write(Wall(account=INTERNAL["setup"])) as connection:
            return await work(connection)
    finally:
        await database.close()


def _in_house(data: Path | None, work: Callable[[House], Coroutine[Any, Any, T]]) -> T:
    """Do the work in the installation."""
    with opened(settings_with(data=data)) as house:
        return asyncio.run(work(house))
