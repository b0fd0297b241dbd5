"""The rules a jurisdiction is under right now: its profile, calendar and office hours, with the tree around it.

Profiles and calendars are immutable and kept per process; the tree is looked at again every second (`units.load`).
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import asyncpg
import msgspec

from yihao.orders.draft import ALONE, Context, Family, Linkage
from yihao.people.scope import Actor
from yihao.profile.model import Profile
from yihao.units.calendar import calendar_at
from yihao.units.layers import profile_at
from yihao.units.load import tree
from yihao.units.model import Jurisdiction
from yihao.units.tree import Tree
from yihao.worktime import Calendar, OfficeHours


class Place(msgspec.Struct, frozen=True):
    """One jurisdiction with the rules it is under."""

    jurisdiction: Jurisdiction
    profile: Profile
    calendar: Calendar
    hours: OfficeHours
    zone: ZoneInfo
    tree: Tree

    @property
    def area_code(self) -> str:
        """Its division code, part of its order numbers."""
        return self.jurisdiction.area_code[:6]

    def under(self, line: str | None) -> tuple[Profile, OfficeHours]:
        """The profile and the office hours a matter from that hotline number is under."""
        profile = self.profile.for_line(line)
        return profile, self.hours if profile is self.profile else OfficeHours.parse(profile.office_hours)

    def context(
        self,
        now: datetime,
        actor: Actor,
        role: str,
        *,
        unit: int | None = None,
        line: str | None = None,
        family: Family = ALONE,
        linkage: Linkage | None = None,
    ) -> Context:
        """What a decision in this place sees; a hotline number with rules of its own brings them along (一号一策)."""
        profile, hours = self.under(line)
        return Context(now, profile, self.calendar, hours, self.zone, self.tree, actor, role, unit, family, linkage)


class Places:
    """Looks places up by path; remembers them for as long as the tree stays the same."""

    def __init__(self) -> None:
        self._kept: dict[str, Place] = {}
        self._key: tuple[str, int] | None = None

    async def at(self, connection: asyncpg.Connection, path: str) -> Place:
        """The place at ``path``.

        Raises:
            NoProfile, UnknownPlace.
        """
        now = await tree(connection)
        if now.key != self._key:
            self._kept, self._key = {}, now.key
        place = self._kept.get(path)
        if place is None:
            place = self._kept[path] = place_of(now, path)
        return place


def place_of(now: Tree, path: str) -> Place:
    """The place at ``path`` of a tree."""
    jurisdiction = now.jurisdiction(int(path.strip("/").split("/")[-1]))
    profile = profile_at(now, jurisdiction.id)
    return Place(
        jurisdiction=jurisdiction,
        profile=profile,
        calendar=calendar_at(now, jurisdiction.id),
        hours=OfficeHours.parse(profile.office_hours),
        zone=ZoneInfo(profile.zone),
        tree=now,
    )
