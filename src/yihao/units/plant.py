"""A whole tree at once into an installation that has none: checked whole, then written in a dozen statements.

An import goes row by row, so that people may send the same file again; a province of thousands of units is planted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Final

import asyncpg

from yihao.errors import Conflict, Invalid
from yihao.store.audit import AuditRow, audit_in
from yihao.units import queries
from yihao.units.load import forget, load
from yihao.units.model import By
from yihao.units.planting import Key, Planting, faults
from yihao.units.service import pinyin
from yihao.units.tree import Tree

SINCE: Final = date(2000, 1, 1)
"""Since when a planted row of the catalogue is in force: matters of the past find their unit too."""


class HasTree(Conflict):
    """The installation has a tree already."""

    code = "has_tree"
    zh = "已有辖区，不能再载入整棵树；请用 yihao import 补充或修改。"
    en = "There is a tree already; add to it with `yihao import`."


class BadPlanting(Invalid):
    """The tree to be planted contradicts itself."""

    code = "bad_planting"
    zh = "辖区资料有 {count} 处错误：\n{why}"
    en = "The tree has {count} fault(s):\n{why}"


async def plant(connection: asyncpg.Connection, planting: Planting, by: By) -> Tree:
    """Write the whole tree in the transaction under way; answers it as it stands. After the commit: `look_again`.

    Raises:
        HasTree, BadPlanting with every fault.
    """
    if wrong := faults(planting):
        raise BadPlanting(count=len(wrong), why="\n".join(wrong))
    forget(connection)
    await connection.execute(queries.RAISE_VERSION)
    if (await load(connection)).jurisdictions:
        raise HasTree
    nodes = await _nodes(connection, planting)
    units = await _units(connection, planting, nodes)
    managing = [(nodes[node.area_code], units[node.managing]) for node in planting.nodes if node.managing]
    await connection.execute(queries.NAME_MANAGING, *_columns(managing, 2))
    staff = [(units[one.unit], one.name, one.duty) for one in planting.officers]
    await connection.copy_records_to_table("officer", records=staff, columns=["unit_id", "name", "duty"])
    await _catalogue(connection, planting, units)
    counts = {
        "jurisdictions": len(nodes),
        "units": len(units),
        "officers": len(staff),
        "categories": len(planting.categories),
        "catalogue": len(planting.catalogue),
    }
    row = AuditRow(account=by.account, role=by.role, action="tree.plant", at=by.at, detail=counts)
    await audit_in(connection, row)
    return await load(connection)


async def _nodes(connection: asyncpg.Connection, planting: Planting) -> dict[str, int]:
    """The ids of the nodes by area code. A level at a time: the path of a node is made from its parent's."""
    made: dict[str, int] = {}
    depth: dict[str, int] = {}
    known = {node.area_code: node for node in planting.nodes}
    for node in planting.nodes:
        depth[node.area_code] = depth[node.parent] + 1 if node.parent is not None else 0
    for _, level in groupby(sorted(depth.items(), key=itemgetter(1)), key=itemgetter(1)):
        listed = [known[code] for code, _ in level]
        rows = [
            (made.get(node.parent or ""), node.area_code, node.name, node.level, node.profile, pinyin(node.name))
            for node in listed
        ]
        for row in await connection.fetch(queries.PLANT_JURISDICTIONS, *_columns(rows, 6)):
            made[row["area_code"]] = row["id"]
    return made


async def _units(connection: asyncpg.Connection, planting: Planting, nodes: dict[str, int]) -> dict[Key, int]:
    areas = {number: code for code, number in nodes.items()}
    rows = [
        (
            *(nodes[unit.area_code], unit.name, unit.short_name, unit.kind, unit.kind != "referral_partner"),
            *(unit.may_register, unit.answers_line, pinyin(unit.name)),
        )
        for unit in planting.units
    ]
    found = await connection.fetch(queries.PLANT_UNITS, *_columns(rows, 8))
    made = {(areas[row["jurisdiction_id"]], row["name"]): row["id"] for row in found}
    above = [(made[unit.key], made[unit.superior]) for unit in planting.units if unit.superior is not None]
    await connection.execute(queries.NAME_SUPERIORS, *_columns(above, 2))
    return made


async def _catalogue(connection: asyncpg.Connection, planting: Planting, units: dict[Key, int]) -> None:
    # A class stands after the one above it, whatever the order of the file.
    classes = sorted(planting.categories, key=lambda one: (one.parent is not None, one.code))
    for one in classes:
        await connection.execute(queries.PUT_CATEGORY, one.code, one.parent, one.name, list(one.keywords), one.active)
    rows = [
        (
            *(row.category, row.area_code, row.kind, units[row.unit], [units[key] for key in row.assists]),
            *(row.basis, row.min_level, SINCE),
        )
        for row in planting.catalogue
    ]
    columns = ["category", "area_code", "kind", "unit_id", "assist_unit_ids", "basis", "min_level", "valid_from"]
    await connection.copy_records_to_table("catalogue", records=rows, columns=columns)


def _columns(rows: Sequence[tuple[object, ...]], width: int) -> list[list[object]]:
    """Rows as arrays, one a column."""
    return [[row[place] for row in rows] for place in range(width)]
