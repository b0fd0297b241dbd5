"""Writes to the tree: each checked, audited and numbered by the version. Nothing here commits, and nothing asks for a
role: the routes do (they stand in ``web``, above ``people``)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, TypeVar

import asyncpg
import msgspec

from yihao.profile.load import load as read_profile
from yihao.profile.load import names
from yihao.profile.problems import ProfileInvalid
from yihao.store.audit import AuditRow, audit_in
from yihao.units import checks, queries
from yihao.units.errors import Taken, UnknownPlace, WrongPlace
from yihao.units.layers import BadLayer, problems_below
from yihao.units.load import as_layer, as_struct, forget, load, look_again, tree
from yihao.units.model import (
    By,
    CatalogueDraft,
    CatalogueRow,
    Category,
    Jurisdiction,
    JurisdictionDraft,
    LayerDraft,
    NodeLayer,
    Officer,
    OfficerDraft,
    Unit,
    UnitDraft,
    YearDraft,
    YearEdit,
)
from yihao.units.tree import Tree
from yihao.worktime import CalendarYear, OfficeHours, base_calendar, with_years

__all__ = ["Edit", "edit", "load", "look_again", "officers", "pinyin", "tree", "year_versions"]

T = TypeVar("T", bound=msgspec.Struct)


def pinyin(name: str) -> str:
    """A sort key: the name's syllables with tone numbers, so that 勐海 stands before 勐腊 under any collation."""
    from pypinyin import Style, lazy_pinyin  # its dictionaries take a third of a second and 30 MB: for writers alone

    return " ".join(lazy_pinyin(name, style=Style.TONE3, neutral_tone_with_five=True)).lower()


def _check_rules(profile: str | None) -> None:
    """The rules a node names can be read: every order of its branch would be refused otherwise.

    Raises:
        WrongPlace.
    """
    try:
        if profile is not None:
            read_profile(profile)
    except ProfileInvalid as wrong:
        known = names()
        raise WrongPlace(
            field="profile",
            why=f"没有可用的地方规则“{profile}”，内置的有：{'、'.join(known)}；自编的请先用 yihao profile check 检查",
            why_en=f"no usable rules “{profile}”; packaged are {', '.join(known)}; run yihao profile check on your own",
        ) from wrong


async def officers(connection: asyncpg.Connection) -> list[Officer]:
    """Every officer, by unit. The tree itself only counts them."""
    return [as_struct(row, Officer) for row in await connection.fetch(queries.OFFICERS)]


async def year_versions(connection: asyncpg.Connection, jurisdiction_id: int | None, year: int) -> list[YearEdit]:
    """Every version of one place's edits of a year (``None``: of the whole tree), newest first."""
    found = await connection.fetch(queries.YEAR_VERSIONS, jurisdiction_id, year)
    return [as_struct(row, YearEdit) for row in found]


async def layer_versions(connection: asyncpg.Connection, jurisdiction_id: int) -> list[NodeLayer]:
    """Every version of a node's own layer of rules, newest first."""
    return [as_layer(row) for row in await connection.fetch(queries.LAYER_VERSIONS, jurisdiction_id)]


async def edit(connection: asyncpg.Connection, by: By) -> Edit:
    """Open an edit in the transaction under way; other edits wait until it ends. After the commit: `look_again`."""
    forget(connection)
    # The row lock comes before the look: whoever waited here reads what the one before has committed.
    await connection.execute(queries.RAISE_VERSION)
    now = await load(connection)
    # The checks look at a copy that follows each write, so that a file of thousands of rows is not loaded as often.
    return Edit(connection, by, now)


class Edit:
    """Writes of one transaction, done ``by`` somebody. ``now`` is the tree with them applied. Made by `edit`."""

    def __init__(self, connection: asyncpg.Connection, by: By, now: Tree) -> None:
        self.connection = connection
        self.by = by
        self._jurisdictions = dict(now.jurisdictions)
        self._units = dict(now.units)
        self._categories = dict(now.categories)
        self._layers = dict(now.layers)
        self._catalogue = {code: list(rows) for code, rows in now.catalogue.items()}
        self.now = msgspec.structs.replace(
            now,
            jurisdictions=self._jurisdictions,
            units=self._units,
            categories=self._categories,
            catalogue=self._catalogue,
            layers=self._layers,
        )

    async def create_jurisdiction(self, draft: JurisdictionDraft) -> Jurisdiction:
        """A new node under its parent. Raises UnknownPlace, Taken, WrongPlace."""
        checks.check_jurisdiction(self.now, draft)
        _check_rules(draft.profile)
        checks.check_managing_unit(self.now, None, draft.managing_unit_id)
        row = await self.connection.fetchrow(
            queries.ADD_JURISDICTION,
            *(draft.parent_id, draft.area_code, draft.name, draft.level, draft.profile, draft.managing_unit_id),
            pinyin(draft.name),
        )
        new = self._jurisdictions[row["id"]] = as_struct(row, Jurisdiction)
        return await self._audited(new, "jurisdiction.create")

    async def change_jurisdiction(self, jurisdiction_id: int, draft: JurisdictionDraft) -> Jurisdiction:
        """Another name, profile or managing body. Raises UnknownPlace, WrongPlace, BadLayer."""
        old = self.now.jurisdiction(jurisdiction_id)
        checks.check_jurisdiction_change(old, draft)
        if draft.profile != old.profile:
            _check_rules(draft.profile)
        checks.check_managing_unit(self.now, jurisdiction_id, draft.managing_unit_id)
        row = await self.connection.fetchrow(
            queries.CHANGE_JURISDICTION,
            *(jurisdiction_id, draft.name, draft.profile, draft.managing_unit_id, pinyin(draft.name)),
        )
        new = self._jurisdictions[jurisdiction_id] = as_struct(row, Jurisdiction)
        if new.profile != old.profile and (problems := problems_below(self.now, jurisdiction_id)):
            raise BadLayer(problems)
        return await self._audited(new, "jurisdiction.change", old)

    async def create_unit(self, draft: UnitDraft) -> Unit:
        """A new organisation. Raises UnknownPlace, Taken, WrongPlace, UnreadableHours."""
        checks.check_unit(self.now, draft, None)
        row = await self._unique("同一辖区的单位", draft.name, queries.ADD_UNIT, *_unit_columns(draft))
        new = self._units[row["id"]] = as_struct(row, Unit)
        return await self._audited(new, "unit.create")

    async def change_unit(self, unit_id: int, draft: UnitDraft) -> Unit:
        """The unit as drafted. Raises UnknownPlace, Taken, WrongPlace, UnreadableHours."""
        old = self.now.unit(unit_id)
        checks.check_unit(self.now, draft, unit_id)
        row = await self._unique("同一辖区的单位", draft.name, queries.CHANGE_UNIT, unit_id, *_unit_columns(draft))
        new = self._units[unit_id] = as_struct(row, Unit)
        return await self._audited(new, "unit.change", old)

    async def create_officer(self, draft: OfficerDraft) -> Officer:
        """A named person of a unit (SX 二(三)15). Raises UnknownPlace, Taken."""
        self.now.unit(draft.unit_id, field="unit_id")
        columns = msgspec.structs.astuple(draft)
        row = await self._unique("该单位同岗位的人员", draft.name, queries.ADD_OFFICER, *columns)
        return await self._audited(as_struct(row, Officer), "officer.create")

    async def officer(self, officer_id: int) -> Officer:
        """The officer as it stands. Raises UnknownPlace."""
        row = await self.connection.fetchrow(queries.OFFICER, officer_id)
        if row is None:
            raise UnknownPlace(what="人员", key=officer_id)
        return as_struct(row, Officer)

    async def change_officer(self, officer_id: int, draft: OfficerDraft) -> Officer:
        """The officer as drafted; ``active=False`` when the person leaves. Raises UnknownPlace, Taken."""
        self.now.unit(draft.unit_id, field="unit_id")
        old = await self.officer(officer_id)
        columns = msgspec.structs.astuple(draft)
        row = await self._unique("该单位同岗位的人员", draft.name, queries.CHANGE_OFFICER, officer_id, *columns)
        return await self._audited(as_struct(row, Officer), "officer.change", old)

    async def put_category(self, draft: Category) -> Category:
        """The class as drafted, new or not. Raises UnknownPlace (parent), WrongPlace (a circle)."""
        checks.check_category(self.now, draft)
        old = self._categories.get(draft.code)
        row = await self.connection.fetchrow(queries.PUT_CATEGORY, *msgspec.structs.astuple(draft))
        new = self._categories[draft.code] = as_struct(row, Category)
        return await self._audited(new, "category.put", old)

    async def create_catalogue(self, draft: CatalogueDraft) -> CatalogueRow:
        """A new row of the catalogue. Raises UnknownPlace, WrongPlace."""
        checks.check_catalogue(self.now, draft)
        return await self._audited(await self._add_catalogue(draft), "catalogue.create")

    async def revise_catalogue(self, row_id: int, draft: CatalogueDraft) -> CatalogueRow:
        """The row's next version: the old one ends the day before the new begins, or never was if that is earlier.

        Category, area and kind stay. Raises UnknownPlace, WrongPlace.
        """
        old = self.catalogue_row(row_id)
        if (draft.category, draft.area_code, draft.kind) != (old.category, old.area_code, old.kind):
            raise WrongPlace(
                field="category",
                why="修订目录行时不能改变分类、区域和类型；请停用原行并新增一行",
                why_en="a revision keeps category, area and kind; end the row and add another",
            )
        last_day = max(draft.valid_from, old.valid_from) - timedelta(days=1)
        if old.valid_to is None or old.valid_to > last_day:
            await self._end_catalogue(old, last_day)
        checks.check_catalogue(self.now, draft)
        return await self._audited(await self._add_catalogue(draft), "catalogue.revise", old)

    async def end_catalogue(self, row_id: int, last_day: date) -> CatalogueRow:
        """The row holds until ``last_day``, that day included: earlier than now planned, never later.

        Raises UnknownPlace, WrongPlace.
        """
        old = self.catalogue_row(row_id)
        if last_day < old.valid_from - timedelta(days=1) or (old.valid_to is not None and last_day > old.valid_to):
            raise WrongPlace(
                field="valid_to",
                why="停用日期须在生效首日前一日至原失效日之间；要延长请新增一版",
                why_en="the last day must lie within the row's time in force; to prolong it add a version",
            )
        return await self._audited(await self._end_catalogue(old, last_day), "catalogue.end", old)

    async def put_year(self, jurisdiction_id: int | None, year: int, draft: YearDraft) -> YearEdit:
        """The next version of a place's calendar year (``None``: of the whole tree).

        Raises UnknownPlace, WrongCalendar with every problem at once.
        """
        if jurisdiction_id is not None:
            self.now.jurisdiction(jurisdiction_id)
        with_years(base_calendar(), [CalendarYear(year, draft.holidays, draft.workdays, draft.source)])
        row = await self.connection.fetchrow(
            queries.APPEND_YEAR,
            *(jurisdiction_id, year, sorted(draft.holidays), sorted(draft.workdays), draft.source),
            *(self.by.account, self.by.at),
        )
        return await self._audited(as_struct(row, YearEdit), "calendar.put")

    async def put_layer(self, jurisdiction_id: int, draft: LayerDraft) -> NodeLayer:
        """The next version of a node's own layer of rules; with no files it has none from now on.

        Raises UnknownPlace, BadLayer with every mistake of it and of the layers below it.
        """
        self.now.jurisdiction(jurisdiction_id)
        files = msgspec.json.encode(draft.files, order="sorted").decode()
        new = as_layer(
            await self.connection.fetchrow(
                queries.APPEND_LAYER, jurisdiction_id, files, draft.reason, self.by.account, self.by.at
            )
        )
        old = self._layers.pop(jurisdiction_id, None)
        if new.files:
            self._layers[jurisdiction_id] = new
        if problems := problems_below(self.now, jurisdiction_id):
            raise BadLayer(problems)
        return await self._audited(new, "jurisdiction.layer", old)

    def catalogue_row(self, row_id: int) -> CatalogueRow:
        """The row, in force or not. Raises UnknownPlace."""
        for rows in self._catalogue.values():
            for row in rows:
                if row.id == row_id:
                    return row
        raise UnknownPlace(what="派单目录行", key=row_id)

    async def _add_catalogue(self, draft: CatalogueDraft) -> CatalogueRow:
        columns = msgspec.structs.astuple(draft)
        new = as_struct(await self.connection.fetchrow(queries.ADD_CATALOGUE, *columns), CatalogueRow)
        self._catalogue.setdefault(new.category, []).append(new)
        return new

    async def _end_catalogue(self, old: CatalogueRow, last_day: date) -> CatalogueRow:
        new = as_struct(await self.connection.fetchrow(queries.END_CATALOGUE, old.id, last_day), CatalogueRow)
        rows = self._catalogue[old.category]
        rows[rows.index(old)] = new
        return new

    async def _unique(self, what: str, name: str, sql: str, *values: Any) -> Any:
        try:
            return await self.connection.fetchrow(sql, *values)
        except asyncpg.UniqueViolationError as twice:
            if twice.constraint_name.endswith("_pkey"):
                raise  # not the name: the table's numbering is out of step, and no clerk can mend that
            raise Taken(field="name", what=what, key=name) from twice

    async def _audited(self, new: T, action: str, old: msgspec.Struct | None = None) -> T:
        detail: dict[str, Any] = {"new": msgspec.to_builtins(new)}
        if old is not None:
            detail["old"] = msgspec.to_builtins(old)
        by = self.by
        row = AuditRow(
            account=by.account, role=by.role, action=action, at=by.at, detail=detail, request_id=by.request_id
        )
        await audit_in(self.connection, row)
        return new


def _unit_columns(draft: UnitDraft) -> tuple[Any, ...]:
    # Opening hours are kept in one spelling: full-width signs and spaces are typing, not meaning.
    hours = None if draft.office_hours is None else str(OfficeHours.parse(draft.office_hours))
    return (*msgspec.structs.astuple(msgspec.structs.replace(draft, office_hours=hours)), pinyin(draft.name))
