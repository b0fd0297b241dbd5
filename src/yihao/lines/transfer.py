"""The register as tables of people's spreadsheets, and the list of a level above to compare it with.

An import is one transaction: a line that is there already is changed, one as it stands is left alone. Every bad row is
listed; then nothing of the file is kept. The freeze holds for files too: a row that goes past it names its document in
the column 批准依据.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import asyncpg

from yihao.errors import YihaoError
from yihao.lines import reading, rules, service
from yihao.lines.model import EXPERTS_ZH, LANDING_ZH, SEATS_ZH, STATUS_ZH, Status
from yihao.lines.register import SURVEY_ZH, Entry, LineDraft, Override, Survey
from yihao.lines.views import mode_label
from yihao.orders.places import Place, Places
from yihao.profile.codes import Level
from yihao.profile.provision import Named
from yihao.store.tables import BadCell, BadTable, Column, Row
from yihao.units.cells import WrongCell, day, draft_of, node_id, savepoint, unit_id, word, words
from yihao.units.model import By
from yihao.units.tree import Tree

LEVELS: Final[dict[Level, str]] = {
    "province": "省",
    "prefecture": "州",
    "city": "市",
    "county": "县",
    "township": "乡镇",
}
NEW: Final[dict[Status, str]] = {
    status: STATUS_ZH[status] for status in ("planned", "merged", "province_only", "not_opened", "conditional")
}
"""Statuses a line may come in with; afterwards only the clock and the managing body's steps change them."""
COLUMNS: Final = (
    Column("area_code", "区划代码", required=True),
    Column("number", "号码", required=True),
    Column("name", "热线名称", required=True),
    Column("purpose", "用途"),
    Column("mode", "归并方式", required=True),
    Column("unit", "责任单位", required=True),
    Column("local_unit", "本地单位"),
    Column("organisation", "承办单位"),
    Column("founder", "设立层级", required=True),
    Column("levels", "原接听层级"),
    Column("experts", "专家座席"),
    Column("expert_seats", "专家座席数"),
    Column("seats", "座席", required=True),
    Column("status", "状态"),
    Column("by", "完成期限"),
    Column("cut_over", "切换日期"),
    Column("landing", "归并去向"),
    Column("subcentre_levels", "自有分中心层级"),
    Column("subcentre_areas", "自有分中心区划"),
    Column("answered_here", "在本地接听"),
    *(Column(f"survey_{code}", f"调查：{zh}") for code, zh in SURVEY_ZH.items()),
    Column("prompt_before", "切换前提示语"),
    Column("prompt_after", "切换后提示语"),
    Column("remark", "备注"),
    Column("clause", "登记依据"),
    Column("override", "批准依据"),
)
"""``status`` counts for a new line alone; ``override`` is for what goes past a rule, and is not exported."""
PARENT_COLUMNS: Final = (
    Column("area_code", "区划代码", required=True),
    Column("number", "号码", required=True),
    Column("name", "热线名称", required=True),
    Column("mode", "归并方式", required=True),
    Column("unit", "责任单位", required=True),
    Column("source", "清单出处", required=True),
)


async def import_rows(
    connection: asyncpg.Connection, places: Places, tree: Tree, rows: Sequence[Row], by: By
) -> dict[str, int]:
    """Take the rows in, inside the transaction under way: how many ``created``, ``changed``, ``unchanged``.

    Raises:
        BadTable: with every bad row; the caller's transaction must then not be kept.
    """
    done = {"created": 0, "changed": 0, "unchanged": 0}
    seen: dict[tuple[str, str], int] = {}
    bad: list[BadCell] = []
    for row in rows:
        try:
            async with savepoint(connection):
                _once(seen, row)
                place = await places.at(connection, _path(tree, row))
                done[await _take(connection, place, row, by)] += 1
        except YihaoError as fault:
            bad.append(_bad(row, fault, COLUMNS))
    if bad:
        raise BadTable(bad)
    return done


async def import_parent(
    connection: asyncpg.Connection, places: Places, tree: Tree, rows: Sequence[Row], by: By
) -> dict[str, int]:
    """Keep the list of a level above, in place of the one kept before: how many lines were ``created``.

    Raises:
        BadTable: with every bad row; the caller's transaction must then not be kept.
    """
    lists: dict[str, list[rules.Other]] = {}
    sources: dict[str, str] = {}
    seen: dict[tuple[str, str], int] = {}
    bad: list[BadCell] = []
    for row in rows:
        try:
            _once(seen, row)
            path, cells = _path(tree, row), row.cells
            profile = (await places.at(connection, path)).profile
            number = number_of(cells["number"])
            if sources.setdefault(path, cells["source"]) != cells["source"]:
                raise WrongCell(field="source", why="同一辖区的清单只能有一个出处，请核对")
            mode = _coded(cells, "mode", profile.merging.modes)
            lists.setdefault(path, []).append(rules.Other(number, cells["name"], mode, cells["unit"]))
        except YihaoError as fault:
            bad.append(_bad(row, fault, PARENT_COLUMNS))
    if bad:
        raise BadTable(bad)
    total = 0
    for path, lines in lists.items():
        total += await service.keep_parent(connection, await places.at(connection, path), lines, sources[path], by)
    return {"created": total, "changed": 0, "unchanged": 0}


async def export_rows(connection: asyncpg.Connection, places: Places, tree: Tree) -> list[list[str]]:
    """Every register of the installation in the order of `COLUMNS`."""
    return [
        _texts(await places.at(connection, entry.path), tree, entry) for entry in await reading.branch(connection, "/")
    ]


async def export_parent(connection: asyncpg.Connection, places: Places, tree: Tree) -> list[list[str]]:
    """The kept lists of levels above in the order of `PARENT_COLUMNS`."""
    rows = []
    for node in tree.jurisdictions.values():
        place = await places.at(connection, node.path)
        lines, source = await reading.parent_list(connection, place)
        for one in lines:
            mode = mode_label(place.profile, one.mode)
            rows.append([node.area_code, one.number, one.name, mode, one.unit, source])
    return rows


async def _take(connection: asyncpg.Connection, place: Place, row: Row, by: By) -> str:
    cells = row.cells
    draft, override = _draft(place, cells), _override(cells)
    old = await reading.nearest(connection, place.jurisdiction.path, cells["number"])
    if old is not None and old.path == place.jurisdiction.path:
        new = await service.change(connection, place, old, draft, by, version=None, override=override)
        return "unchanged" if new.version == old.version else "changed"
    status: Status = word(cells, "status", NEW) if "status" in cells else "planned"
    if status == "merged" and not draft.clause:
        raise WrongCell(field="clause", why="已归并的热线须写明登记依据的文件")
    if status == "planned" and draft.by is None:
        raise WrongCell(field="by", why="计划归并的热线须填写完成期限")
    await service.create(connection, place, number_of(cells["number"]), draft, by, status=status, override=override)
    return "created"


def number_of(text: str) -> str:
    """A hotline number. Raises WrongCell."""
    if not (text.isascii() and text.isdigit() and 3 <= len(text) <= 11):
        raise WrongCell(field="number", why=f"“{text}”不是热线号码，请填写3至11位数字")
    return text


def _draft(place: Place, cells: dict[str, str]) -> LineDraft:
    merging = place.profile.merging
    survey = {code: cells[f"survey_{code}"] for code in SURVEY_ZH if f"survey_{code}" in cells}
    draft: LineDraft = draft_of(
        LineDraft,
        name=cells["name"],
        purpose=cells.get("purpose", ""),
        mode=_coded(cells, "mode", merging.modes),
        unit=cells["unit"],
        local_unit=cells.get("local_unit"),
        unit_id=unit_id(place.tree, cells.get("organisation"), "organisation"),
        founder=_coded(cells, "founder", merging.founders),
        levels=_levels(cells, "levels"),
        experts=word(cells, "experts", EXPERTS_ZH) if "experts" in cells else "no",
        expert_seats=_count(cells, "expert_seats"),
        seats=word(cells, "seats", SEATS_ZH),
        by=day(cells, "by") if "by" in cells else None,
        cut_over=day(cells, "cut_over") if "cut_over" in cells else None,
        landing=word(cells, "landing", LANDING_ZH) if "landing" in cells else None,
        subcentre_levels=_levels(cells, "subcentre_levels"),
        subcentre_areas=words(cells.get("subcentre_areas", "")),
        answered_here=_known(cells, "answered_here"),
        survey=Survey(**survey),
        prompt_before=cells.get("prompt_before"),
        prompt_after=cells.get("prompt_after"),
        remark=cells.get("remark", ""),
        clause=cells.get("clause", ""),
    )
    return draft


def _texts(place: Place, tree: Tree, entry: Entry) -> list[str]:
    founder = next((one.zh for one in place.profile.merging.founders if one.code == entry.founder), entry.founder)
    unit = entry.unit_id
    known = {None: "", True: "是", False: "否"}[entry.answered_here]
    return [
        *(tree.jurisdiction(entry.jurisdiction_id).area_code, entry.number, entry.name, entry.purpose),
        *(mode_label(place.profile, entry.mode), entry.unit, entry.local_unit or ""),
        f"{tree.place(unit).area_code}/{tree.unit(unit).name}" if unit in tree.units and unit is not None else "",
        *(founder, "、".join(LEVELS[level] for level in entry.levels), EXPERTS_ZH[entry.experts]),
        *(str(entry.expert_seats), SEATS_ZH[entry.seats], STATUS_ZH[entry.status]),
        *(one.isoformat() if one else "" for one in (entry.by, entry.cut_over)),
        LANDING_ZH[entry.landing] if entry.landing else "",
        "、".join(LEVELS[level] for level in entry.subcentre_levels),
        *("、".join(entry.subcentre_areas), known),
        *(getattr(entry.survey, code) for code in SURVEY_ZH),
        *(entry.prompt_before or "", entry.prompt_after or "", entry.remark, entry.clause, ""),
    ]


def _path(tree: Tree, row: Row) -> str:
    return tree.jurisdiction(node_id(tree, row.cells["area_code"], "area_code")).path


def _once(seen: dict[tuple[str, str], int], row: Row) -> None:
    key = row.cells["area_code"], row.cells["number"]
    if seen.setdefault(key, row.number) != row.number:
        raise WrongCell(field="number", why=f"号码{key[1]}与第{seen[key]}行重复，请删去一行")


def _override(cells: dict[str, str]) -> Override | None:
    if "override" not in cells:
        return None
    made: Override = draft_of(Override, basis=cells["override"], reason="按批准文件导入")
    return made


def _coded(cells: dict[str, str], field: str, known: Sequence[Named]) -> str:
    found: str = word(cells, field, {one.code: one.zh for one in known})
    return found


def _levels(cells: dict[str, str], field: str) -> tuple[Level, ...]:
    return tuple(word({field: one}, field, LEVELS) for one in words(cells.get(field, "")))


def _count(cells: dict[str, str], field: str) -> int:
    text = cells.get(field, "0")
    if not (text.isascii() and text.isdigit() and len(text) < 5):
        raise WrongCell(field=field, why=f"“{text}”应为整数")
    return int(text)


def _known(cells: dict[str, str], field: str) -> bool | None:
    answers: dict[Any, str] = {"yes": "是", "no": "否"}
    return None if field not in cells else word(cells, field, answers) == "yes"


_FIELD_OF: Final = {"unit_id": "organisation"}


def _bad(row: Row, fault: YihaoError, columns: Sequence[Column]) -> BadCell:
    titles = {column.name: column.title for column in columns}
    field = _FIELD_OF.get(fault.field or "", fault.field or "")
    return BadCell(row.number, titles.get(field, ""), fault.sentence("zh"))
