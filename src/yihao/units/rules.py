"""Who handles a matter: area codes, levels and the catalogue's choice. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from yihao.units.model import LEVEL_ZH, LEVELS, ORDER_KIND_ZH, CatalogueRow, Level, OrderKind

_AREA_LENGTHS = (12, 9, 6, 4, 2)


def significant(area_code: str) -> str:
    """The digits of an area code that say something: 2 province, 4 city, 6 county, 9 township, 12 village.

    ``530000`` -> ``53``, ``532800`` -> ``5328``, ``532801000`` -> ``532801`` (GB/T 2260, GB/T 10114). One area lies in
    another exactly when its significant digits begin with the other's.
    """
    if len(area_code) > 6:
        shorter = area_code[:-3]
        return significant(shorter) if area_code.endswith("000") else area_code
    if area_code.endswith("0000"):
        return area_code[:2]
    return area_code[:4] if area_code.endswith("00") else area_code


def covers(area_code: str, place: str) -> bool:
    """Whether ``place`` is that area or lies in it."""
    return significant(place).startswith(significant(area_code))


def ancestry(area_code: str) -> list[str]:
    """The significant digits of the area and of all areas around it, nearest first."""
    digits = significant(area_code)
    return [digits[:length] for length in _AREA_LENGTHS if length <= len(digits)]


def below(level: Level, lowest: Level) -> bool:
    """Whether a level lies under the lowest allowed: no pushing down of matters (国办函〔2025〕66号 三(五))."""
    return LEVELS.index(level) > LEVELS.index(lowest)


def in_force(row: CatalogueRow, on: date) -> bool:
    """Whether the row holds on the day; both its days count."""
    return row.valid_from <= on and (row.valid_to is None or on <= row.valid_to)


def pick(rows: Iterable[CatalogueRow], category: str, area_code: str, kind: OrderKind, on: date) -> CatalogueRow | None:
    """The catalogue row that says who handles a matter (XS 三(三): 按照职能职责、管辖权限分办), or ``None``.

    The most specific area wins, then a row for this kind over a row for all, then the later one.
    """
    fitting = [
        row
        for row in rows
        if row.category == category
        and covers(row.area_code, area_code)
        and row.kind in (None, kind)
        and in_force(row, on)
    ]
    return max(
        fitting,
        key=lambda row: (len(significant(row.area_code)), row.kind is not None, row.valid_from, row.id),
        default=None,
    )


def reason(row: CatalogueRow | None, category: str, area_code: str, kind: OrderKind, on: date) -> str:
    """The Chinese sentence that says why `pick` answered so."""
    asked = f"分类{category}、区域{area_code}、{ORDER_KIND_ZH[kind]}、{on:%Y-%m-%d}"
    if row is None:
        return f"派单目录中没有适用于“{asked}”的条目，转为无主事项，由管理机构协商确定主办单位。"
    scope = "本区域" if significant(row.area_code) == significant(area_code) else f"上级区域{row.area_code}"
    kinds = "全部类型" if row.kind is None else ORDER_KIND_ZH[row.kind]
    return (
        f"派单目录第{row.id}行第{row.version}版：分类{row.category}，{scope}，{kinds}，自{row.valid_from:%Y-%m-%d}起施行；"
        f"最低{LEVEL_ZH[row.min_level]}办理；依据：{row.basis}"
    )
