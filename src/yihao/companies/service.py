"""Use cases of service companies. Nothing here commits, and nothing asks for a role: the routes do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

import asyncpg
import msgspec

from yihao.companies import rules
from yihao.companies.errors import CaseNotNow, SameHand, UnknownCase, UnknownCompany
from yihao.companies.model import CASE_KINDS, GROUNDS, Case, CaseDraft, Company, CompanyDraft, DecisionIn, Record
from yihao.indicators.service import unit_sums
from yihao.orders.places import Place, Places, place_of
from yihao.people.model import INTERNAL
from yihao.store.audit import AuditRow, audit_in
from yihao.store.db import Database
from yihao.store.statements import load
from yihao.units.load import tree
from yihao.units.model import By, UnitDraft
from yihao.units.service import Edit
from yihao.units.tree import Tree

SQL: Final = load("yihao.companies")
_FIELDS: Final = CompanyDraft.__struct_fields__


async def companies(connection: asyncpg.Connection) -> list[Company]:
    """Every company, by unit."""
    return [_company(row) for row in await connection.fetch(SQL["all"])]


async def company(connection: asyncpg.Connection, unit: int, *, lock: bool = False) -> Company:
    """One company. Raises UnknownCompany."""
    row = await connection.fetchrow(SQL["lock" if lock else "one"], unit)
    if row is None:
        raise UnknownCompany
    return _company(row)


async def in_force(connection: asyncpg.Connection, units: Sequence[int], on: date) -> frozenset[int]:
    """Those of the units that joined and may be given work that day (`orders.service.Joined`)."""
    rows = await connection.fetch(SQL["in_force"], list(units), on)
    return frozenset(row["unit_id"] for row in rows)


def _company(row: asyncpg.Record) -> Company:
    return Company(**{**dict(row), "services": tuple(row["services"])})


async def cases(connection: asyncpg.Connection, unit: int) -> list[Case]:
    """The cases of a company, newest first."""
    return [Case(**row) for row in await connection.fetch(SQL["cases"], unit)]


async def put(connection: asyncpg.Connection, now: Tree, unit: int, draft: CompanyDraft, by: By) -> Company:
    """What is agreed with the company as drafted, new or not; its status stays. Raises UnknownPlace, WrongCompany."""
    place = place_of(now, now.place(unit).path)
    standing = await companies(connection)
    rules.check(draft, now.unit(unit), place.profile, standing)
    old = next((one for one in standing if one.unit_id == unit), None)
    if old is not None and same(draft, old):
        return old
    values = [getattr(draft, name) for name in _FIELDS]
    row = await connection.fetchrow(SQL["put"], unit, *values, _today(place, by.at), by.at, by.account)
    new = _company(row)
    detail: dict[str, Any] = {"new": msgspec.to_builtins(new)}
    if old is not None:
        detail["old"] = msgspec.to_builtins(old)
    await _audited(connection, by, "company.put", detail)
    return new


def same(draft: CompanyDraft, old: Company) -> bool:
    """Whether nothing would change."""
    return all(getattr(draft, name) == getattr(old, name) for name in _FIELDS)


async def record(connection: asyncpg.Connection, place: Place, one: Company, now: datetime) -> Record:
    """How the company did, up to today, as far as the connection's role and wall reach."""
    rule = place.profile.merging.companies
    first, last = rules.period(one, rule, _today(place, now))
    sums = await unit_sums(connection, one.unit_id, first, last)
    satisfied, ratings = sums.get("satisfaction", (0, 0))
    complaints, _ = sums.get("complained_of", (0, 0))
    return rules.record(first, last, ratings, satisfied, complaints, rule)


async def appraise(connection: asyncpg.Connection, places: Places, now: datetime, branch: str = "/") -> list[Case]:
    """Look at every company of a branch and open the cases the places' rules propose. Needs the worker role, which sees
    all of a company's orders."""
    whole = await tree(connection)
    made = []
    for one in await companies(connection):
        path = whole.place(one.unit_id).path
        place = await places.at(connection, path)
        if not path.startswith(branch) or not place.profile.merging.social_services.on:
            continue
        seen = await record(connection, place, one, now)
        rule, past = place.profile.merging.companies, await cases(connection, one.unit_id)
        wanted = rules.propose(one, seen, rule, past, _today(place, now))
        if wanted is None:
            continue
        reason = f"{GROUNDS[wanted.ground]}，按规则提请{CASE_KINDS[wanted.kind]}"
        row = await connection.fetchrow(
            SQL["open"], one.unit_id, wanted.kind, wanted.ground, reason, rule.basis.cite(), *_figures(seen), now,
            INTERNAL["clock"],
        )  # fmt: skip
        if row is not None:
            made.append(Case(**row))
    return made


async def appraise_all(database: Database, places: Places, now: datetime) -> int:
    """The nightly look; answers how many cases it opened."""
    async with database.work() as connection:
        return len(await appraise(connection, places, now))


def _figures(seen: Record) -> tuple[Any, ...]:
    return (seen.first, seen.last, seen.ratings, seen.satisfied, seen.complaints, seen.score)


async def open_case(
    connection: asyncpg.Connection, place: Place, unit: int, draft: CaseDraft, seen: Record, by: By
) -> Case:
    """A proposal made by a person. Raises UnknownCompany, CaseNotNow."""
    one = await company(connection, unit, lock=True)
    rules.check_case(draft.kind, one, await cases(connection, unit))
    clause = place.profile.merging.companies.basis.cite()
    row = await connection.fetchrow(
        SQL["open"], unit, draft.kind, "person", draft.reason, clause, *_figures(seen), by.at, by.account
    )
    if row is None:
        raise CaseNotNow(why="该企业另有待决定的提请，请先决定", why_en="another proposal waits for its decision")
    new = Case(**row)
    await _audited(connection, by, "company.case", {"case": new.id, "unit": unit, "kind": new.kind})
    return new


async def case(connection: asyncpg.Connection, number: int) -> Case:
    """One case. Raises UnknownCase."""
    row = await connection.fetchrow(SQL["case"], number)
    if row is None:
        raise UnknownCase
    return Case(**row)


async def decide(opened: Edit, number: int, said: DecisionIn, by: By) -> Case:
    """The decision on an open case by another person; an approved one moves the company, and with removal and
    restoration the unit's use: nothing is dispatched to a unit out of use.

    Raises:
        UnknownCase, CaseNotNow, SameHand.
    """
    connection = opened.connection
    found = await case(connection, number)
    one = await company(connection, found.unit_id, lock=True)
    if found.opened_by == by.account:
        raise SameHand
    status = "approved" if said.approve else "rejected"
    row = await connection.fetchrow(SQL["decide"], number, status, by.at, by.account, said.reason)
    if row is None:
        raise CaseNotNow(why="本项已有决定，请刷新后查看", why_en="it was decided already")
    if said.approve:
        await _move(opened, one, found, by)
    await _audited(connection, by, "company.decide", {"case": number, "unit": one.unit_id, "status": status})
    return Case(**row)


async def _move(opened: Edit, one: Company, found: Case, by: By) -> None:
    # The place of the edit's own tree: what is remembered of places must not be looked up under a version not kept yet.
    place = place_of(opened.now, opened.now.place(one.unit_id).path)
    today = _today(place, by.at)
    last = rules.until(found.kind, place.profile.merging.companies, today)
    status = rules.LEADS_TO[found.kind]
    await opened.connection.execute(SQL["move"], one.unit_id, status, today, last, by.at, by.account)
    unit = opened.now.unit(one.unit_id)
    if unit.active != (status != "removed"):
        fields = {name: getattr(unit, name) for name in UnitDraft.__struct_fields__}
        await opened.change_unit(one.unit_id, UnitDraft(**fields | {"active": status != "removed"}))


def _today(place: Place, now: datetime) -> date:
    return now.astimezone(place.zone).date()


async def _audited(connection: asyncpg.Connection, by: By, action: str, detail: dict[str, Any]) -> None:
    row = AuditRow(account=by.account, role=by.role, action=action, at=by.at, detail=detail, request_id=by.request_id)
    await audit_in(connection, row)
