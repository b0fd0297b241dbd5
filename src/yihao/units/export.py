"""The tree as tables of people's spreadsheets: the columns of its five kinds of row, and export."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from yihao.store.tables import Column
from yihao.units.model import DUTY_ZH, LEVEL_ZH, ORDER_KIND_ZH, UNIT_KIND_ZH, CatalogueRow, Officer
from yihao.units.rules import in_force
from yihao.units.tree import Tree

COLUMNS: dict[str, tuple[Column, ...]] = {
    "jurisdictions": (
        Column("area_code", "区划代码", required=True),
        Column("parent", "上级区划代码"),
        Column("name", "名称", required=True),
        Column("level", "层级", required=True),
        Column("profile", "地方规则"),
        Column("managing_unit", "管理机构"),
    ),
    "units": (
        Column("area_code", "区划代码", required=True),
        Column("name", "名称", required=True),
        Column("short_name", "简称"),
        Column("kind", "类型", required=True),
        Column("superior", "上级主管部门"),
        Column("active", "在用"),
        Column("in_indicators", "计入考核"),
        Column("may_register", "可自行登记"),
        Column("office_hours", "办公时间"),
        Column("answers_line", "接听号码"),
    ),
    "officers": (
        Column("unit", "单位", required=True),
        Column("name", "姓名", required=True),
        Column("duty", "岗位", required=True),
        Column("active", "在岗"),
    ),
    "categories": (
        Column("code", "分类编码", required=True),
        Column("parent", "上级编码"),
        Column("name", "名称", required=True),
        Column("keywords", "提示词"),
        Column("active", "在用"),
    ),
    "catalogue": (
        Column("category", "分类编码", required=True),
        Column("area_code", "区划代码", required=True),
        Column("kind", "诉求类型"),
        Column("unit", "主办单位", required=True),
        Column("assist_units", "协办单位"),
        Column("basis", "依据", required=True),
        Column("min_level", "最低层级"),
        Column("valid_from", "生效日期", required=True),
        Column("valid_to", "失效日期"),
    ),
}
"""The columns of each kind. Lists within a cell are parted by 、 or | or spaces; a unit is named by its name, or by
``area code/name`` where several places have one of that name."""


def export_rows(now: Tree, staff: Sequence[Officer], kind: str, on: date) -> list[list[str]]:
    """The rows of one kind in the order of `COLUMNS`; of the catalogue those in force on or after ``on``."""
    return {
        "jurisdictions": lambda: [_jurisdiction_texts(now, j.id) for j in _by_path(now)],
        "units": lambda: [_unit_texts(now, unit.id) for unit in now.units.values()],
        "officers": lambda: [[_unit_name(now, o.unit_id), o.name, DUTY_ZH[o.duty], _yes(o.active)] for o in staff],
        "categories": lambda: [
            [c.code, c.parent or "", c.name, "、".join(c.keywords), _yes(c.active)] for c in now.categories.values()
        ],
        "catalogue": lambda: [
            _catalogue_texts(now, row)
            for rows in now.catalogue.values()
            for row in rows
            if row.valid_from > on or in_force(row, on)
        ],
    }[kind]()


def _yes(value: bool) -> str:
    return "是" if value else "否"


def _by_path(now: Tree) -> list[Any]:
    """Parents before their children, so that the file can be read in again."""
    return sorted(now.jurisdictions.values(), key=lambda j: (j.path.count("/"), j.area_code))


def _unit_name(now: Tree, unit_id: int | None) -> str:
    if unit_id is None:
        return ""
    unit = now.unit(unit_id)
    if sum(other.name == unit.name for other in now.units.values()) == 1:
        return unit.name
    return f"{now.place(unit_id).area_code}/{unit.name}"


def _jurisdiction_texts(now: Tree, jurisdiction_id: int) -> list[str]:
    node = now.jurisdiction(jurisdiction_id)
    parent = now.jurisdictions[node.parent_id].area_code if node.parent_id else ""
    managing = _unit_name(now, node.managing_unit_id)
    return [node.area_code, parent, node.name, LEVEL_ZH[node.level], node.profile or "", managing]


def _unit_texts(now: Tree, unit_id: int) -> list[str]:
    unit = now.unit(unit_id)
    return [
        *(now.place(unit_id).area_code, unit.name, unit.short_name or "", UNIT_KIND_ZH[unit.kind]),
        *(_unit_name(now, unit.superior_id), _yes(unit.active), _yes(unit.in_indicators), _yes(unit.may_register)),
        *(unit.office_hours or "", unit.answers_line or ""),
    ]


def _catalogue_texts(now: Tree, row: CatalogueRow) -> list[str]:
    return [
        *(row.category, row.area_code, ORDER_KIND_ZH[row.kind] if row.kind else "", _unit_name(now, row.unit_id)),
        *("、".join(_unit_name(now, unit_id) for unit_id in row.assist_unit_ids), row.basis, LEVEL_ZH[row.min_level]),
        *(row.valid_from.isoformat(), row.valid_to.isoformat() if row.valid_to else ""),
    ]
