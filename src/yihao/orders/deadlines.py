"""Another calendar under open duties: which dues it would move, and moving them with a record (spec D.3 2).

A due counted in working days keeps its number of working days from its start, extensions and pauses included; a due in
hours or by the dispatch rule is worked out again unless it was moved by hand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

import asyncpg
import msgspec

from yihao.orders import bodies, service
from yihao.orders.model import DUTY_KINDS, Duty
from yihao.orders.places import Place, place_of
from yihao.orders.statements import SQL
from yihao.people.model import INTERNAL
from yihao.people.scope import internal_actor
from yihao.store.db import Wall, standing_behind
from yihao.units.calendar import ChangedDue
from yihao.units.load import tree
from yihao.worktime import Calendar, Measure, OfficeHours, due, parse_rule


def moved(duty: Duty, place: Place, new: Calendar, line: str | None = None) -> datetime:
    """The due under another calendar of a duty of a matter from that hotline number."""
    rule, zone = parse_rule(duty.rule), place.zone
    if rule.measure is Measure.WORKING_DAYS:
        start, end = duty.opened_at.astimezone(zone), duty.due_at.astimezone(zone)
        days = place.calendar.count(start.date(), end.date())
        return datetime.combine(new.shift(start.date(), days), end.time(), zone)
    profile, hours = place.under(line)
    if duty.unit_id is not None and (own := place.tree.unit(duty.unit_id).office_hours):
        hours = OfficeHours.parse(own)
    by, end_of_day = time.fromisoformat(profile.place.dispatch_by.value), profile.place.day_end.value

    def counted(calendar: Calendar) -> datetime:
        return due(rule, duty.opened_at, calendar, hours, zone=zone, dispatch_by=by, day_end=end_of_day).at

    return counted(new) if counted(place.calendar) == duty.due_at else duty.due_at


class Deadlines:
    """The deadlines of orders, as the calendar editor sees them (`units.calendar.Deadlines`)."""

    def __init__(self, desk: service.Desk) -> None:
        self._desk = desk

    async def preview(
        self, connection: asyncpg.Connection, branch: str, calendars: dict[int, Calendar]
    ) -> Sequence[ChangedDue]:
        """The open dues under ``branch`` that these calendars, by jurisdiction, would move."""
        found = await self._changed(connection, branch, calendars)
        return [
            ChangedDue(number=number, duty=DUTY_KINDS[duty.kind], unit_id=duty.unit_id, before=duty.due_at, after=after)
            for number, changes in found.items()
            for duty, after in changes
        ]

    async def recompute(
        self, connection: asyncpg.Connection, branch: str, calendars: dict[int, Calendar], by: Any
    ) -> int:
        """Move them in the transaction under way, each order with an event of its own; how many dues moved."""
        found = await self._changed(connection, branch, calendars)
        clock = internal_actor("clock", jurisdiction=int(branch.strip("/").split("/")[-1]), path=branch)
        async with standing_behind(connection, clock.wall()):
            for number, changes in sorted(found.items()):
                path = (await service.load(connection, number))[0].order.path
                digest = calendars[int(path.strip("/").split("/")[-1])].digest
                body = bodies.Recalculate(dues={duty.no: after for duty, after in changes}, calendar_digest=digest)
                await service.act(connection, self._desk, clock, number, "recalculate", body, version=None)
        return sum(len(changes) for changes in found.values())

    async def _changed(
        self, connection: asyncpg.Connection, branch: str, calendars: dict[int, Calendar]
    ) -> dict[str, list[tuple[Duty, datetime]]]:
        now = await tree(connection)
        places: dict[str, Place] = {}
        found: dict[str, list[tuple[Duty, datetime]]] = defaultdict(list)
        async with standing_behind(connection, Wall(account=INTERNAL["clock"], branch=branch, cleared=True)):
            rows = await connection.fetch(SQL["open_duties"], branch)
        for row in rows:
            place = places.setdefault(row["path"], place_of(now, row["path"]))
            new = calendars.get(place.jurisdiction.id, place.calendar)
            if new.digest == place.calendar.digest:
                continue
            duty = msgspec.convert({k: v for k, v in row.items() if k not in ("number", "path", "line")}, Duty)
            if (after := moved(duty, place, new, row["line"])) != duty.due_at:
                found[row["number"]].append((duty, after))
        return found


async def under_way(connection: asyncpg.Connection, branch: str) -> int:
    """How many orders of the branch are under way, counted behind the clock's wall: no caller is shown any."""
    async with standing_behind(connection, Wall(account=INTERNAL["clock"], branch=branch, cleared=True)):
        count: int = await connection.fetchval(SQL["under_way"], branch)
    return count
