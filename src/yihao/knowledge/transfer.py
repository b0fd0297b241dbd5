"""Knowledge as tables of people's spreadsheets.

What comes in by a file is a draft, like what an editor writes: two persons stand between it and an answer (编审分离).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import asyncpg

from yihao.errors import YihaoError
from yihao.knowledge import queries
from yihao.knowledge.model import STATUS_ZH, VISIBILITY_ZH, ItemDraft, KnowledgeItem
from yihao.knowledge.service import change_item, create_item
from yihao.store.tables import BadCell, BadTable, Column, Row
from yihao.units.cells import day, draft_of, node_id, savepoint, unit_id, word
from yihao.units.model import By
from yihao.units.tree import Tree

COLUMNS = (
    Column("area_code", "区划代码", required=True),
    Column("title", "标题", required=True),
    Column("body", "正文", required=True),
    Column("category", "分类编码"),
    Column("unit", "负责单位"),
    Column("visibility", "公开范围", required=True),
    Column("valid_from", "生效日期", required=True),
    Column("valid_to", "失效日期"),
    Column("source", "出处", required=True),
    Column("status", "状态"),
)
"""``status`` is written on export and passed over on import."""


async def import_items(
    connection: asyncpg.Connection, tree: Tree, rows: Sequence[Row], by: By
) -> dict[str, list[KnowledgeItem]]:
    """Take the rows in, inside the transaction under way: ``created``, ``changed`` and ``unchanged`` items.

    Raises:
        BadTable: with every bad row; the caller's transaction must then not be kept.
    """
    standing = {(item.jurisdiction_id, item.title): item for item in await every(connection)}
    titles = {column.name: column.title for column in COLUMNS}
    done: dict[str, list[KnowledgeItem]] = {"created": [], "changed": [], "unchanged": []}
    bad: list[BadCell] = []
    for row in rows:
        try:
            async with savepoint(connection):
                draft = _draft(tree, row.cells)
                old = standing.get((draft.jurisdiction_id, draft.title))
                if old is None:
                    item = await create_item(connection, tree, draft, by)
                    done["created"].append(item)
                elif _same(draft, old):
                    done["unchanged"].append(item := old)
                else:
                    item = await change_item(connection, tree, old.id, draft, by)
                    done["changed"].append(item)
                standing[draft.jurisdiction_id, draft.title] = item
        except YihaoError as fault:
            bad.append(BadCell(row.number, titles.get(fault.field or "", ""), fault.sentence("zh")))
    if bad:
        raise BadTable(bad)
    return done


async def every(connection: asyncpg.Connection) -> list[KnowledgeItem]:
    """Every item, whatever its status, by id."""
    return [KnowledgeItem(**row) for row in await connection.fetch(queries.EVERY)]


def export_items(tree: Tree, items: Sequence[KnowledgeItem]) -> list[list[str]]:
    """The items in the order of `COLUMNS`."""
    return [
        [
            *(tree.jurisdiction(item.jurisdiction_id).area_code, item.title, item.body, item.category or ""),
            f"{tree.place(item.unit_id).area_code}/{tree.unit(item.unit_id).name}" if item.unit_id else "",
            *(VISIBILITY_ZH[item.visibility], item.valid_from.isoformat()),
            *(item.valid_to.isoformat() if item.valid_to else "", item.source, STATUS_ZH[item.status]),
        ]
        for item in items
    ]


def _draft(tree: Tree, cells: dict[str, str]) -> ItemDraft:
    draft: ItemDraft = draft_of(
        ItemDraft,
        jurisdiction_id=node_id(tree, cells["area_code"], "area_code"),
        title=cells["title"],
        body=cells["body"],
        category=cells.get("category"),
        unit_id=unit_id(tree, cells.get("unit"), "unit"),
        visibility=word(cells, "visibility", VISIBILITY_ZH),
        valid_from=day(cells, "valid_from"),
        valid_to=day(cells, "valid_to") if "valid_to" in cells else None,
        source=cells["source"],
    )
    return draft


def _same(draft: ItemDraft, old: Any) -> bool:
    return all(getattr(draft, name) == getattr(old, name) for name in draft.__struct_fields__)
