"""The register of service companies as tables of people's spreadsheets; the unit itself comes with the units."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from yihao.companies import service
from yihao.companies.model import STATUSES, Company, CompanyDraft
from yihao.store.tables import Column, Row
from yihao.units.cells import day, draft_of, enter, unit_of, words
from yihao.units.model import By
from yihao.units.tree import Tree

COLUMNS = (
    Column("unit", "单位", required=True),
    Column("credit_code", "统一社会信用代码", required=True),
    Column("services", "服务项目", required=True),
    Column("agreement", "加入约定", required=True),
    Column("valid_from", "生效日期", required=True),
    Column("valid_to", "失效日期"),
    Column("contact", "联络岗位", required=True),
    Column("duty_phone", "联络电话", required=True),
    Column("status", "状态"),
)
"""``status`` is written on export and passed over on import: it changes by a decision alone."""


async def import_rows(connection: asyncpg.Connection, tree: Tree, rows: Sequence[Row], by: By) -> dict[str, int]:
    """Take the rows in; counts and faults as `yihao.units.cells.enter` says."""

    async def put(cells: dict[str, str]) -> tuple[int, Company]:
        unit, draft = _entry(tree, cells)
        return unit, await service.put(connection, tree, unit, draft, by)

    standing = {one.unit_id: one for one in await service.companies(connection)}
    return await enter(connection, COLUMNS, rows, standing, put)


def _entry(tree: Tree, cells: dict[str, str]) -> tuple[int, CompanyDraft]:
    unit = unit_of(tree, cells)
    draft: CompanyDraft = draft_of(
        CompanyDraft,
        credit_code=cells["credit_code"].upper(),
        services=words(cells["services"]),
        agreement=cells["agreement"],
        valid_from=day(cells, "valid_from"),
        valid_to=day(cells, "valid_to") if "valid_to" in cells else None,
        contact=cells["contact"],
        duty_phone=cells["duty_phone"],
    )
    return unit, draft


def export_rows(tree: Tree, register: Sequence[Company]) -> list[list[str]]:
    """The register in the order of `COLUMNS`."""
    return [
        [
            f"{tree.place(one.unit_id).area_code}/{tree.unit(one.unit_id).name}",
            *(one.credit_code, "、".join(one.services), one.agreement, one.valid_from.isoformat()),
            *(one.valid_to.isoformat() if one.valid_to else "", one.contact, one.duty_phone, STATUSES[one.status]),
        ]
        for one in register
    ]
