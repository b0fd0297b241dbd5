"""Orders from tables of people's spreadsheets: each row registered as by any other door, all of a file or nothing.

Rows are known by the number their sender gives them. One that came before is left alone; one that came before and says
something else now is a fault, since what is registered is changed by its verbs alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import asyncpg
import msgspec

from yihao.errors import YihaoError
from yihao.orders import bodies, service
from yihao.orders.decisions import intake
from yihao.orders.model import KINDS, SECRECIES, URGENCIES
from yihao.orders.places import Place
from yihao.orders.private import clean_caller
from yihao.orders.service import Desk, Quarantined
from yihao.orders.statements import SQL
from yihao.people.scope import Actor, internal_actor
from yihao.seal.box import blind_index
from yihao.seal.chain import canonical
from yihao.store.tables import BadCell, BadTable, Column, Row
from yihao.units.cells import WrongCell, node_id, savepoint, unit_id, word, yes_or_no
from yihao.units.load import tree
from yihao.units.model import Jurisdiction
from yihao.units.tree import Tree

MOST_ROWS: Final = 10_000
"""Of one file: all are registered in one transaction, which holds followers up while it lasts."""
ROLE: Final = "files"
CHANNEL: Final = "import"
COLUMNS: Final = (
    Column("key", "来源编号", required=True),
    Column("kind", "诉求类型", required=True),
    Column("title", "标题", required=True),
    Column("content", "诉求内容", required=True),
    Column("domain", "所属领域"),
    Column("category", "事项分类编码"),
    Column("area_code", "区划代码"),
    Column("address", "详细地址"),
    Column("occurred_at", "事发时间"),
    Column("line", "热线号码"),
    Column("urgency", "紧急程度"),
    Column("secrecy", "密级"),
    Column("caller_kind", "诉求人类型"),
    Column("caller_name", "诉求人"),
    Column("caller_phone", "联系电话"),
    Column("caller_id_number", "身份证号"),
    Column("caller_enterprise_code", "统一社会信用代码"),
    Column("caller_anonymous", "匿名"),
    Column("caller_confidential", "要求保密"),
    Column("accused_unit", "被反映单位"),
    Column("legal_process", "行政调解、执法办案类"),
    Column("in_petition", "已进入信访渠道"),
    Column("parent", "上级工单编号"),
    Column("jurisdiction", "登记辖区"),
)
_TITLES: Final = {column.name: column.title for column in COLUMNS}
_CALLERS: Final = {"person": "个人", "enterprise": "企业", "other": "其他"}
_PLAIN: Final = ("title", "content", "category", "area_code", "address", "line", "parent")


class Counts(msgspec.Struct, frozen=True):
    """What an import did, and the orders it made."""

    created: int
    unchanged: int
    numbers: tuple[str, ...]


class StoppedTable(BadTable):
    """Rows are marked as state secrets; `stopped` goes to `service.quarantine`, in a transaction of its own."""

    def __init__(self, cells: Sequence[BadCell], stopped: Sequence[Quarantined]) -> None:
        super().__init__(cells)
        self.stopped = tuple(stopped)


class _Ready(msgspec.Struct, frozen=True):
    """A row that is fit to be registered."""

    row: Row
    node: Jurisdiction
    appeal: bodies.Appeal


async def import_orders(
    connection: asyncpg.Connection, desk: Desk, rows: Sequence[Row], faults: Sequence[BadCell] = ()
) -> Counts:
    """Register the rows, inside the transaction under way, which must see order_import (account ``files``).

    Every row is checked before the first is registered, and with it even a number drawn.

    Args:
        faults: of rows that could not be read: with any, the others are only checked, so that one answer tells all.

    Raises:
        BadTable, StoppedTable: with every bad row; the caller's transaction must then not be kept.
    """
    if len(rows) > MOST_ROWS:
        raise BadTable([BadCell(rows[MOST_ROWS].number, "", f"超过{MOST_ROWS}行，请分成几个文件")])
    ready, bad = await _checked(connection, desk, rows)
    if bad or faults:
        raise BadTable(sorted([*faults, *bad], key=lambda cell: cell.row))
    done: dict[str, list[str]] = {"created": [], "unchanged": []}
    for one in ready:
        try:
            async with savepoint(connection):
                what, number = await _take(connection, desk, one)
        except YihaoError as fault:
            bad.append(_cell(one.row, fault))
        else:
            done[what].append(number)
    if bad:
        raise BadTable(bad)
    return Counts(len(done["created"]), len(done["unchanged"]), tuple(done["created"]))


def files(now: Tree) -> Actor:
    """Yihao's own account for files, at the root of the tree."""
    return internal_actor(ROLE, jurisdiction=now.root.id, path=now.root.path)


async def _checked(
    connection: asyncpg.Connection, desk: Desk, rows: Sequence[Row]
) -> tuple[list[_Ready], list[BadCell]]:
    """The rows that are fit as appeals, and what is wrong with the others.

    Raises:
        StoppedTable: a row is marked as a state secret; nothing more is tried then.
    """
    now = await tree(connection)
    ready: list[_Ready] = []
    bad: list[BadCell] = []
    stopped: list[Quarantined] = []
    keys: dict[str, Row] = {}
    for row in rows:
        try:
            where = row.cells.get("jurisdiction")
            node = now.jurisdictions[node_id(now, where, "jurisdiction")] if where else now.root
            place = await desk.places.at(connection, node.path)
            appeal = _appeal(row.cells, place)
            actor = internal_actor(ROLE, jurisdiction=node.id, path=node.path)
            intake.check(appeal, place.context(desk.clock(), actor, ROLE, line=appeal.line))
            _check_key(row, keys.setdefault(row.cells["key"], row))
            clean_caller(appeal.caller, None)
            await service.stop_secrets(connection, desk, files(now), *row.cells.values())
            ready.append(_Ready(row, node, appeal))
        except YihaoError as fault:
            bad.append(_cell(row, fault))
        except Quarantined as stop:
            bad.append(_cell(row, stop.error))
            stopped.append(stop)
    if stopped:
        raise StoppedTable(bad, stopped)
    return ready, bad


def _check_key(row: Row, first: Row) -> None:
    """A sender's number stands for one matter; the same row twice is only one.

    Raises:
        WrongCell.
    """
    if first.cells != row.cells:
        raise WrongCell(field="key", why=f"与第{first.number}行的来源编号相同，内容不同")


def _cell(row: Row, fault: YihaoError) -> BadCell:
    """Where the fault lies; a field the file has no column for is a fault of the row."""
    name = (fault.field or "").replace("caller.", "caller_").partition("[")[0]
    return BadCell(row.number, _TITLES.get(name, ""), fault.sentence("zh"))


async def _take(connection: asyncpg.Connection, desk: Desk, one: _Ready) -> tuple[str, str]:
    row, now = one.row, desk.clock()
    said = canonical(dict(sorted(row.cells.items()))).decode()
    keys = [blind_index(desk.ring, "import", row.cells["key"], key_id=key) for key in desk.ring.ids("index")]
    before = await connection.fetchrow(SQL["imported"], keys)
    if before is not None:
        digests = [blind_index(desk.ring, "import_row", said, key_id=key) for key in desk.ring.ids("index")]
        if bytes(before["digest"]) not in digests:
            why = f"此来源编号已登记为工单{before['number']}，内容与本次不同；导入不修改已登记的工单"
            raise WrongCell(field="key", why=why)
        return "unchanged", before["number"]
    actor = internal_actor(ROLE, jurisdiction=one.node.id, path=one.node.path)
    made = await service.register(connection, desk, actor, one.appeal)
    number = made.order.number
    key, digest = blind_index(desk.ring, "import", row.cells["key"]), blind_index(desk.ring, "import_row", said)
    await connection.execute(SQL["import"], key, digest, number, now)
    return "created", number


def _appeal(cells: dict[str, str], place: Place) -> bodies.Appeal:
    """A row as the appeal every other door makes.

    Raises:
        WrongCell.
    """
    fields: dict[str, Any] = {name: cells[name] for name in _PLAIN if name in cells}
    fields |= {"channel": CHANNEL, "kind": word(cells, "kind", dict(KINDS))}
    domains = {one.code: one.zh for one in place.profile.domains}
    for name, words in (("domain", domains), ("urgency", URGENCIES), ("secrecy", SECRECIES)):
        if name in cells:
            fields[name] = word(cells, name, dict(words))
    for name in ("legal_process", "in_petition"):
        fields[name] = yes_or_no(cells, name, False)
    if "occurred_at" in cells:
        fields["occurred_at"] = _moment(cells["occurred_at"], place.zone)
    if "accused_unit" in cells:
        fields["accused_unit"] = unit_id(place.tree, cells["accused_unit"], "accused_unit")
    fields["caller"] = _caller(cells)
    try:
        return msgspec.convert(fields, bodies.Appeal)
    except msgspec.ValidationError as error:
        path = str(error).rpartition("$.")[2].rstrip("`") if "$." in str(error) else None
        why = "内容的格式或长度不合要求，请按接口说明的同名字段填写"
        raise WrongCell(field=path, why=why) from error


def _caller(cells: dict[str, str]) -> dict[str, Any]:
    caller: dict[str, Any] = {
        name: cells[f"caller_{name}"]
        for name in ("name", "phone", "id_number", "enterprise_code")
        if f"caller_{name}" in cells
    }
    if "caller_kind" in cells:
        caller["kind"] = word(cells, "caller_kind", dict(_CALLERS))
    for name in ("anonymous", "confidential"):
        caller[name] = yes_or_no(cells, f"caller_{name}", False)
    return caller


def _moment(text: str, zone: ZoneInfo) -> str:
    """A time as a person writes it; without an offset it is the place's own."""
    plain = text.replace("/", "-").replace("年", "-").replace("月", "-").replace("日", " ").strip()
    try:
        found = datetime.fromisoformat(plain)
    except ValueError as error:
        raise WrongCell(field="occurred_at", why=f"“{text}”不是时间，请写成 2026-01-05 09:30") from error
    return (found if found.tzinfo else found.replace(tzinfo=zone)).isoformat()
