"""The register of service companies as tables of people's spreadsheets; the unit itself comes with the units."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from yihao.companies import service
from yihao.companies.model import STATUSES, Company, CompanyDraft
from yihao.errors import YihaoError
from yihao.store.tables import BadCell, BadTable, Column, Row
from yihao.units.cells import WrongCell, day, draft_of, savepoint, unit_id, words
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
    """Take the rows in, inside the transaction under way: how many ``created``, ``changed``, ``unchanged``.

    Raises:
        BadTable: with every bad row; the caller's transaction must then not be kept.
    """
    standing = {one.unit_id: one for one in await service.companies(connection)}
    titles = {column.name: column.title for column in COLUMNS}
    done = {"created": 0, "changed": 0, "unchanged": 0}
    bad: list[BadCell] = []
    for row in rows:
        try:
            async with savepoint(connection):
                unit, draft = _entry(tree, row.cells)
                old = standing.get(unit)
                new = standing[unit] = await service.put(connection, tree, unit, draft, by)
                done["created" if old is None else "unchanged" if new == old else "changed"] += 1
        except YihaoError as fault:
            bad.append(BadCell(row.number, titles.get(fault.field or "", ""), fault.sentence("zh")))
    if bad:
        raise BadTable(bad)
    return done


def _entry(tree: Tree, cells: dict[str, str]) -> tuple[int, CompanyDraft]:
    unit = unit_id(tree, cells["unit"], "unit")
    if unit is None:
        raise WrongCell(field="unit", why="请填写单位")
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
