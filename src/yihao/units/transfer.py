"""Import of the tree from tables of people's spreadsheets; `export` holds their columns.

An import is one transaction under one edit: a row that is there already is changed, a row as it stands is left alone,
so the same file twice does nothing the second time. Every bad row is listed; then nothing of the file is kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import asyncpg
import msgspec

from yihao.errors import YihaoError
from yihao.store.tables import BadCell, BadTable, Row
from yihao.units.cells import day, draft_of, node_id, savepoint, unit_id, word, words, yes_or_no
from yihao.units.export import COLUMNS
from yihao.units.model import (
    DUTY_ZH,
    LEVEL_ZH,
    ORDER_KIND_ZH,
    UNIT_KIND_ZH,
    By,
    CatalogueDraft,
    CatalogueRow,
    Category,
    JurisdictionDraft,
    Officer,
    OfficerDraft,
    UnitDraft,
)
from yihao.units.rules import in_force
from yihao.units.service import Edit, edit, officers
from yihao.units.tree import Tree


class Counts(msgspec.Struct, frozen=True):
    """What an import did."""

    created: int
    changed: int
    unchanged: int


async def import_rows(connection: asyncpg.Connection, kind: str, rows: Sequence[Row], by: By) -> Counts:
    """Take the rows of one kind in, inside the transaction under way.

    Raises:
        BadTable: with every bad row; the caller's transaction must then not be kept.
    """
    importer = _Importer(connection, await edit(connection, by), await officers(connection))
    takes: dict[str, Callable[[Row], Awaitable[str]]] = {
        "jurisdictions": importer.jurisdiction,
        "units": importer.unit,
        "officers": importer.officer,
        "categories": importer.category,
        "catalogue": importer.catalogue,
    }
    take, titles = takes[kind], {column.name: column.title for column in COLUMNS[kind]}
    done: dict[str, int] = {"created": 0, "changed": 0, "unchanged": 0}
    bad = _contradictions(kind, rows)
    wrong = {cell.row for cell in bad}
    for row in _parents_first(kind, rows):
        if row.number in wrong:
            continue  # told already; what hangs from it is looked at all the same
        try:
            async with savepoint(connection):
                done[await take(row)] += 1
        except YihaoError as fault:
            bad.append(BadCell(row.number, titles.get(fault.field or "", ""), fault.sentence("zh")))
    if bad:
        raise BadTable(sorted(bad, key=lambda cell: cell.row))
    return Counts(**done)


# Which cell names a row, and which one names the row it hangs from.
_NAMED_BY = {"jurisdictions": ("area_code", "parent"), "units": ("name", "superior"), "categories": ("code", "parent")}


# The cells by which a row is known: twice in one file is a slip of the pen, and nobody knows which was meant.
_KNOWN_BY = {
    "jurisdictions": ("area_code",),
    "units": ("area_code", "name"),
    "officers": ("unit", "name", "duty"),
    "categories": ("code",),
    "catalogue": ("category", "area_code", "kind", "valid_from"),
}


def _contradictions(kind: str, rows: Sequence[Row]) -> list[BadCell]:
    """What a file says against itself: rows that stand there twice, rows that hang in a circle."""
    titles = {column.name: column.title for column in COLUMNS[kind]}
    found: list[BadCell] = []
    first: dict[tuple[str, ...], int] = {}
    for row in rows:
        key = tuple(row.cells.get(cell, "") for cell in _KNOWN_BY[kind])
        before = first.setdefault(key, row.number)
        if before != row.number:
            named = "、".join(titles[cell] for cell in _KNOWN_BY[kind])
            found.append(
                BadCell(row.number, titles[_KNOWN_BY[kind][0]], f"{named}与第{before}行相同，请删去一行或改正")
            )
    if kind in _NAMED_BY:
        name, above = _NAMED_BY[kind]
        for circle in _circles(rows, name, above):
            listed = "、".join(f"第{row.number}行" for row in sorted(circle, key=lambda row: row.number))
            found += [
                BadCell(row.number, titles[above], f"{listed}互为上级，形成循环，请改正其中一行的{titles[above]}")
                for row in circle
            ]
    return found


def _circles(rows: Sequence[Row], name: str, above: str) -> list[list[Row]]:
    """Rows that hang from each other round and round, each circle once."""
    by_name: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_name[row.cells[name]].append(row)
    seen: set[int] = set()
    found = []
    for row in rows:
        chain: list[Row] = []
        step: Row | None = row
        while step is not None and step.number not in seen:
            seen.add(step.number)
            chain.append(step)
            step = _hangs_from(step, by_name, above)
        if step is not None and step in chain:
            found.append(chain[chain.index(step) :])
    return found


def _hangs_from(row: Row, by_name: dict[str, list[Row]], above: str) -> Row | None:
    """The row of the file this one hangs from: of several units of one name the one of the area named, else its own."""
    area, _, plain = row.cells.get(above, "").rpartition("/")
    known = by_name.get(plain, [])
    if len(known) > 1:
        known = [one for one in known if one.cells["area_code"] == (area or row.cells["area_code"])]
    return known[0] if len(known) == 1 else None


def _parents_first(kind: str, rows: Sequence[Row]) -> list[Row]:
    """The rows so that none comes before the one it hangs from; rows that hang in a circle keep their order."""
    if kind not in _NAMED_BY:
        return list(rows)
    name, above = _NAMED_BY[kind]
    by_name = {row.cells[name]: row for row in rows}
    sorted_rows: dict[int, Row] = {}
    for row in rows:
        chain: list[Row] = []
        step: Row | None = row
        while step is not None and step.number not in sorted_rows and step not in chain:
            chain.append(step)
            step = by_name.get(step.cells.get(above, "").rpartition("/")[2])
        sorted_rows |= {link.number: link for link in reversed(chain)}
    return list(sorted_rows.values())


class _Importer:
    """One row of each kind into the tree; each answers ``created``, ``changed`` or ``unchanged``."""

    def __init__(self, connection: asyncpg.Connection, opened: Edit, staff: Sequence[Officer]) -> None:
        self._connection = connection
        self._edit = opened
        self._staff = {(o.unit_id, o.name, o.duty): o for o in staff}

    @property
    def _now(self) -> Tree:
        return self._edit.now

    async def jurisdiction(self, row: Row) -> str:
        cells = row.cells
        parent = node_id(self._now, cells["parent"], "parent") if "parent" in cells else None
        draft = draft_of(
            JurisdictionDraft,
            parent_id=parent,
            area_code=cells["area_code"],
            name=cells["name"],
            level=word(cells, "level", LEVEL_ZH),
            profile=cells.get("profile"),
            managing_unit_id=unit_id(self._now, cells.get("managing_unit"), "managing_unit"),
        )
        old = next((j for j in self._now.jurisdictions.values() if j.area_code == draft.area_code), None)
        if old is None:
            await self._edit.create_jurisdiction(draft)
            return "created"
        if _same(draft, old):
            return "unchanged"
        await self._edit.change_jurisdiction(old.id, draft)
        return "changed"

    async def unit(self, row: Row) -> str:
        cells = row.cells
        kind = word(cells, "kind", UNIT_KIND_ZH)
        draft = draft_of(
            UnitDraft,
            jurisdiction_id=node_id(self._now, cells["area_code"], "area_code"),
            superior_id=unit_id(self._now, cells.get("superior"), "superior"),
            name=cells["name"],
            short_name=cells.get("short_name"),
            kind=kind,
            active=yes_or_no(cells, "active", True),
            in_indicators=yes_or_no(cells, "in_indicators", kind != "referral_partner"),
            may_register=yes_or_no(cells, "may_register", False),
            office_hours=cells.get("office_hours"),
            answers_line=cells.get("answers_line"),
        )
        key = (draft.jurisdiction_id, draft.name)
        old = next((u for u in self._now.units.values() if (u.jurisdiction_id, u.name) == key), None)
        if old is None:
            await self._edit.create_unit(draft)
            return "created"
        if _same(draft, old):
            return "unchanged"
        await self._edit.change_unit(old.id, draft)
        return "changed"

    async def officer(self, row: Row) -> str:
        cells = row.cells
        named = unit_id(self._now, cells["unit"], "unit")
        draft = draft_of(
            OfficerDraft,
            unit_id=named,
            name=cells["name"],
            duty=word(cells, "duty", DUTY_ZH),
            active=yes_or_no(cells, "active", True),
        )
        old = self._staff.get((draft.unit_id, draft.name, draft.duty))
        if old is None:
            new = await self._edit.create_officer(draft)
            self._staff[new.unit_id, new.name, new.duty] = new
            return "created"
        draft = msgspec.structs.replace(draft, account_id=old.account_id)
        if _same(draft, old):
            return "unchanged"
        await self._edit.change_officer(old.id, draft)
        return "changed"

    async def category(self, row: Row) -> str:
        cells = row.cells
        draft = draft_of(
            Category,
            code=cells["code"],
            parent=cells.get("parent"),
            name=cells["name"],
            keywords=words(cells.get("keywords", "")),
            active=yes_or_no(cells, "active", True),
        )
        old = self._now.categories.get(draft.code)
        if draft == old:
            return "unchanged"
        await self._edit.put_category(draft)
        return "created" if old is None else "changed"

    async def catalogue(self, row: Row) -> str:
        cells = row.cells
        draft = draft_of(
            CatalogueDraft,
            category=cells["category"],
            area_code=cells["area_code"],
            kind=word(cells, "kind", ORDER_KIND_ZH) if "kind" in cells else None,
            unit_id=unit_id(self._now, cells["unit"], "unit"),
            assist_unit_ids=tuple(
                unit_id(self._now, name, "assist_units") for name in words(cells.get("assist_units", ""))
            ),
            basis=cells["basis"],
            min_level=word(cells, "min_level", LEVEL_ZH) if "min_level" in cells else "township",
            valid_from=day(cells, "valid_from"),
            valid_to=day(cells, "valid_to") if "valid_to" in cells else None,
        )
        old = self._standing(draft)
        if old is None:
            await self._edit.create_catalogue(draft)
            return "created"
        if _same(draft, old):
            return "unchanged"
        await self._edit.revise_catalogue(old.id, draft)
        return "changed"

    def _standing(self, draft: CatalogueDraft) -> CatalogueRow | None:
        """The row of the same key in force when the draft begins, if any: its next version is what the file holds."""
        key = (draft.area_code, draft.kind)
        rows = self._now.catalogue.get(draft.category, ())
        return next((r for r in rows if (r.area_code, r.kind) == key and in_force(r, draft.valid_from)), None)


def _same(draft: msgspec.Struct, old: Any) -> bool:
    return all(getattr(draft, name) == getattr(old, name) for name in draft.__struct_fields__)
