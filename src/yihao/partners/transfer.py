"""The register of partners as tables of people's spreadsheets; the unit itself comes with the units."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from yihao.partners import service
from yihao.partners.model import Partner, PartnerDraft
from yihao.store.tables import Column, Row
from yihao.units.cells import day, draft_of, enter, unit_of, yes_or_no
from yihao.units.model import By
from yihao.units.tree import Tree

COLUMNS = (
    Column("unit", "单位", required=True),
    Column("kind", "联动类别", required=True),
    Column("number", "号码"),
    Column("scope", "移交事项范围", required=True),
    Column("agreement", "联动约定", required=True),
    Column("valid_from", "生效日期", required=True),
    Column("valid_to", "失效日期"),
    Column("contact", "联络岗位", required=True),
    Column("duty_phone", "值班电话", required=True),
    Column("active", "在用"),
)


async def import_rows(connection: asyncpg.Connection, tree: Tree, rows: Sequence[Row], by: By) -> dict[str, int]:
    """Take the rows in; counts and faults as `yihao.units.cells.enter` says."""

    async def put(cells: dict[str, str]) -> tuple[int, Partner]:
        unit, draft = _entry(tree, cells)
        return unit, await service.put(connection, tree, unit, draft, by)

    standing = {one.unit_id: one for one in await service.partners(connection)}
    return await enter(connection, COLUMNS, rows, standing, put)


def _entry(tree: Tree, cells: dict[str, str]) -> tuple[int, PartnerDraft]:
    unit = unit_of(tree, cells)
    draft: PartnerDraft = draft_of(
        PartnerDraft,
        kind=cells["kind"],
        number=cells.get("number"),
        scope=cells["scope"],
        agreement=cells["agreement"],
        valid_from=day(cells, "valid_from"),
        valid_to=day(cells, "valid_to") if "valid_to" in cells else None,
        contact=cells["contact"],
        duty_phone=cells["duty_phone"],
        active=yes_or_no(cells, "active", True),
    )
    return unit, draft


def export_rows(tree: Tree, register: Sequence[Partner]) -> list[list[str]]:
    """The register in the order of `COLUMNS`."""
    return [
        [
            f"{tree.place(one.unit_id).area_code}/{tree.unit(one.unit_id).name}",
            *(one.kind, one.number or "", one.scope, one.agreement, one.valid_from.isoformat()),
            *(one.valid_to.isoformat() if one.valid_to else "", one.contact, one.duty_phone),
            "是" if one.active else "否",
        ]
        for one in register
    ]
