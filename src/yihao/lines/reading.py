"""Reading the register: entries, history, check-lists with what the platform holds, the list of a level above."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

import asyncpg
import msgspec

from yihao.lines import queries, rules
from yihao.lines.errors import UnknownLine
from yihao.lines.model import Line, Linked
from yihao.lines.register import Change, Duty, Entry, Held, Survey
from yihao.orders.places import Place
from yihao.profile.provision import Named
from yihao.units.tree import Tree

LATELY: Final = timedelta(days=90)
"""How far back the orders lie that show a duty."""


def today_in(place: Place, now: datetime) -> date:
    """The local day."""
    return now.astimezone(place.zone).date()


async def page(connection: asyncpg.Connection, path: str, *, after: str = "", limit: int = 200) -> list[Entry]:
    """What holds in a place, by number, above ``after``: its own register over those of the places above."""
    return [entry_of(row) for row in await connection.fetch(queries.PAGE, path, after, limit)]


async def count(connection: asyncpg.Connection, path: str) -> int:
    """How many lines hold in a place."""
    found: int = await connection.fetchval(queries.COUNT, path)
    return found


async def branch(connection: asyncpg.Connection, path: str) -> list[Entry]:
    """The registers of a place and of all below it."""
    return [entry_of(row) for row in await connection.fetch(queries.BRANCH, path)]


async def nearest(connection: asyncpg.Connection, path: str, number: str) -> Entry | None:
    """The entry that holds in a place: its own, else that of the nearest place above."""
    row = await connection.fetchrow(queries.NEAREST, path, number)
    return None if row is None else entry_of(row)


async def own(connection: asyncpg.Connection, path: str, number: str) -> Entry:
    """The entry that holds in a place. Raises UnknownLine."""
    found = await nearest(connection, path, number)
    if found is None:
        raise UnknownLine(number=number)
    return found


async def history(connection: asyncpg.Connection, entry: int, *, after: int = 0, limit: int = 100) -> list[Change]:
    """What happened to a line, the oldest first."""
    found = await connection.fetch(queries.HISTORY, entry, after, limit)
    return [Change(**{**row, "changes": msgspec.json.decode(row["changes"])}) for row in found]


async def dialled(connection: asyncpg.Connection, place: Place, number: str) -> Line | str:
    """What the dial decision is to look at: the register's entry, else the number alone."""
    entry = await nearest(connection, place.jurisdiction.path, number)
    return number if entry is None else entry.line(answered=number in answering(place.tree, place.jurisdiction.path))


async def partner(connection: asyncpg.Connection, path: str, number: str, on: date) -> Linked | None:
    """The linked partner registered with a number in a place, below it or above it."""
    row = await connection.fetchrow(queries.PARTNER, number, path, on)
    return None if row is None else Linked(name=row["name"], agreement=row["agreement"])


def answering(tree: Tree, path: str) -> dict[str, list[int]]:
    """Numbers answered by units of a place and below it, in use, with the units."""
    found: dict[str, list[int]] = {}
    for unit in tree.units.values():
        if unit.active and unit.answers_line and tree.jurisdictions[unit.jurisdiction_id].path.startswith(path):
            found.setdefault(unit.answers_line, []).append(unit.id)
    return found


async def duties(
    connection: asyncpg.Connection, place: Place, entries: Sequence[Entry], now: datetime
) -> dict[int, list[Duty]]:
    """The check-list of each line, by entry."""
    rows = await connection.fetch(queries.DUTIES, [entry.id for entry in entries])
    ticks = {(row["hotline_id"], row["code"]): row for row in rows}
    known = await held(connection, place, entries, now)
    return {
        entry.id: [
            _duty(duty, rules.evidence(duty.code, known[entry.id]), ticks.get((entry.id, duty.code)))
            for duty in rules.duties_of(place.profile, entry)
        ]
        for entry in entries
    }


async def held(
    connection: asyncpg.Connection, place: Place, entries: Sequence[Entry], now: datetime
) -> dict[int, Held]:
    """What the platform holds of each line's department, as far as the caller sees it."""
    tree = place.tree
    units = {entry.id: unit for entry in entries if (unit := _unit_of(place, entry)) is not None}
    wanted = sorted(set(units.values()))
    first = (now - LATELY).astimezone(place.zone).strftime("%Y%m%d")
    items = {row["unit_id"]: row for row in await connection.fetch(queries.ITEMS, wanted)}
    handled = {row["unit_id"]: row for row in await connection.fetch(queries.HANDLED, wanted, first)}
    numbers = [entry.number for entry in entries]
    received = {row["number"]: row for row in await connection.fetch(queries.RECEIVED, numbers, first)}
    found = {}
    for entry in entries:
        unit = units.get(entry.id)
        knows, led, came = items.get(unit), handled.get(unit), received.get(entry.number)
        found[entry.id] = Held(
            unit=unit is not None,
            in_indicators=unit is not None and tree.unit(unit).in_indicators,
            officers=tree.officers.get(unit, 0) if unit is not None else 0,
            items=knows["items"] if knows else 0,
            items_at=knows["items_at"] if knows else None,
            handled=led["handled"] if led else 0,
            handled_at=led["handled_at"] if led else None,
            received=came["received"] if came else 0,
            received_at=came["received_at"] if came else None,
            expert_seats=entry.expert_seats,
        )
    return found


def _unit_of(place: Place, entry: Entry) -> int | None:
    """The organisation of the tree: as registered, else the one that answers the number, else the one of that name."""
    if entry.unit_id is not None:
        return entry.unit_id if entry.unit_id in place.tree.units else None
    answers = answering(place.tree, entry.path).get(entry.number)
    if answers:
        return answers[0]
    name = entry.local_unit or entry.unit
    named = (
        unit.id
        for unit in place.tree.units.values()
        if unit.name == name and place.tree.jurisdictions[unit.jurisdiction_id].path == entry.path
    )
    return next(named, None)


def _duty(duty: Named, shown: rules.Shown, tick: Any) -> Duty:
    return Duty(
        code=duty.code,
        label=duty.zh,
        label_en=duty.en,
        clause=duty.basis.cite(),
        done=tick["done"] if tick else False,
        document=tick["document"] if tick else "",
        evidence=tick["evidence"] if tick else "",
        live=shown.text,
        shown=shown.enough,
        at=tick["at"] if tick else None,
        account_id=tick["account_id"] if tick else None,
    )


async def parent_list(connection: asyncpg.Connection, place: Place) -> tuple[list[rules.Other], str]:
    """The kept list and the document it is from; empty when none is kept."""
    rows = await connection.fetch(queries.PARENT, place.jurisdiction.id)
    lines = [rules.Other(row["number"], row["name"], row["mode"], row["unit"]) for row in rows]
    return lines, rows[0]["source"] if rows else ""


async def ticked(connection: asyncpg.Connection, entries: Sequence[Entry]) -> dict[tuple[int, str], bool]:
    """Whether a duty of a line is done; absent: never touched."""
    rows = await connection.fetch(queries.DUTIES, [entry.id for entry in entries])
    return {(row["hotline_id"], row["code"]): row["done"] for row in rows}


def entry_of(row: Mapping[str, Any]) -> Entry:
    """A row as the entry."""
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    values["survey"] = msgspec.json.decode(row["survey"], type=Survey)
    return Entry(**values)
