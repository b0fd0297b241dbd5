"""A whole tree before it has ids, and everything that is wrong with it. Pure; `plant` writes it down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

import msgspec

from yihao.units.model import LEVELS, Category, Duty, Level, OrderKind, UnitKind
from yihao.units.rules import covers, significant

T = TypeVar("T", bound=Hashable)

Key = tuple[str, str]
"""A unit before it has an id: the area code of its node, and its name."""


class PlantedNode(msgspec.Struct, frozen=True, kw_only=True):
    """A jurisdiction; ``parent`` is an area code, ``managing`` a unit of this very node."""

    area_code: str
    parent: str | None
    name: str
    level: Level
    managing: Key | None
    profile: str | None = None


class PlantedUnit(msgspec.Struct, frozen=True, kw_only=True):
    """A unit; its `Key` is node and name."""

    area_code: str
    name: str
    short_name: str
    kind: UnitKind
    superior: Key | None = None
    may_register: bool = False
    answers_line: str | None = None

    @property
    def key(self) -> Key:
        """What the rest of the planting calls it."""
        return (self.area_code, self.name)


class PlantedOfficer(msgspec.Struct, frozen=True, kw_only=True):
    """A named person of a unit."""

    unit: Key
    name: str
    duty: Duty


class PlantedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the catalogue, in force from ``since`` on."""

    category: str
    area_code: str
    kind: OrderKind | None
    unit: Key
    assists: tuple[Key, ...]
    basis: str
    min_level: Level


class Planting(msgspec.Struct, frozen=True, kw_only=True):
    """A whole tree, parents before their children."""

    nodes: Sequence[PlantedNode]
    units: Sequence[PlantedUnit]
    officers: Sequence[PlantedOfficer]
    categories: Sequence[Category]
    catalogue: Sequence[PlantedRow]


def faults(planting: Planting) -> list[str]:
    """Everything that is wrong with it, in Chinese; nothing for a good one. Pure."""
    nodes = {node.area_code: node for node in planting.nodes}
    units = {unit.key: unit for unit in planting.units}
    found = [f"区划代码 {code} 重复" for code in _twice(node.area_code for node in planting.nodes)]
    found += [f"单位 {_said(key)} 重复" for key in _twice(unit.key for unit in planting.units)]
    found += [f"分类 {code} 重复" for code in _twice(one.code for one in planting.categories)]
    found += _node_faults(planting.nodes, nodes, units)
    for unit in planting.units:
        if unit.area_code not in nodes:
            found.append(f"单位 {_said(unit.key)}：没有这个辖区")
        if unit.superior is not None and unit.superior not in units:
            found.append(f"单位 {_said(unit.key)}：没有上级主管部门 {_said(unit.superior)}")
    found += [f"单位 {_said(key)}：上级主管部门又是它自己的下级" for key in _circles(units)]
    found += [f"人员 {one.name}：没有单位 {_said(one.unit)}" for one in planting.officers if one.unit not in units]
    return found + _catalogue_faults(planting, nodes, units)


def _node_faults(
    listed: Sequence[PlantedNode], nodes: dict[str, PlantedNode], units: dict[Key, PlantedUnit]
) -> list[str]:
    found = []
    roots = [node.area_code for node in listed if node.parent is None]
    if len(roots) != 1:
        found.append(f"须有且只有一个根辖区，现有 {len(roots)} 个：{'、'.join(roots)}")
    seen: set[str] = set()
    for node in listed:
        above = nodes.get(node.parent or "")
        if node.parent is not None and above is None:
            found.append(f"辖区 {node.area_code}：没有上级辖区 {node.parent}")
        elif above is not None and node.parent not in seen:
            found.append(f"辖区 {node.area_code}：上级辖区 {node.parent} 排在它之后，或与它互为上级")
        elif above is not None and not _under(node, above):
            found.append(f"辖区 {node.area_code}：层级和区划代码须在上级 {above.area_code} 之下")
        if node.managing is not None and (node.managing not in units or node.managing[0] != node.area_code):
            found.append(f"辖区 {node.area_code}：热线管理机构 {_said(node.managing)} 不是本辖区的单位")
        seen.add(node.area_code)
    return found


def _under(node: PlantedNode, above: PlantedNode) -> bool:
    deeper = LEVELS.index(node.level) > LEVELS.index(above.level)
    return (
        deeper
        and covers(above.area_code, node.area_code)
        and significant(above.area_code) != significant(node.area_code)
    )


def _circles(units: dict[Key, PlantedUnit]) -> list[Key]:
    """Units whose superiors lead back to them."""
    good: set[Key] = set()
    found = []
    for key in units:
        chain: list[Key] = []
        step: Key | None = key
        while step in units and step not in good and step not in chain:
            chain.append(step)
            step = units[step].superior
        if step in chain:
            found.append(key)
        else:
            good.update(chain)
    return found


def _catalogue_faults(planting: Planting, nodes: dict[str, PlantedNode], units: dict[Key, PlantedUnit]) -> list[str]:
    found = []
    classes = {one.code for one in planting.categories}
    found += [
        f"分类 {one.code}：没有上级分类 {one.parent}"
        for one in planting.categories
        if one.parent and one.parent not in classes
    ]
    for row in planting.catalogue:
        where = f"目录 {row.category}/{row.area_code}"
        if row.category not in classes:
            found.append(f"{where}：没有这个分类")
        if row.area_code not in nodes:
            found.append(f"{where}：没有这个辖区")
        missing = [key for key in (row.unit, *row.assists) if key not in units]
        found += [f"{where}：没有单位 {_said(key)}" for key in missing]
        if len({row.unit, *row.assists}) <= len(row.assists):
            found.append(f"{where}：主办、协办单位重复")
        lead = units.get(row.unit)
        if lead and lead.area_code in nodes and LEVELS.index(nodes[lead.area_code].level) > LEVELS.index(row.min_level):
            found.append(f"{where}：{lead.name}低于最低办理层级")
    keys = ((row.category, row.area_code, row.kind or "") for row in planting.catalogue)
    return found + [f"目录 {'/'.join(key)} 重复" for key in _twice(keys)]


def _twice(values: Iterable[T]) -> list[T]:
    return [value for value, times in Counter(values).items() if times > 1]


def _said(key: Key) -> str:
    return "/".join(key)
