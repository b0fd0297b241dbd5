"""The working calendar of a place: the State Council's, with the edits of the tree and of the nodes above it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, Protocol, runtime_checkable

import msgspec

from yihao.units.model import YearDraft, YearEdit
from yihao.units.tree import Tree
from yihao.worktime import Calendar, CalendarYear, base_calendar, with_years


def calendar_at(tree: Tree, jurisdiction_id: int) -> Calendar:
    """The calendar that holds in a jurisdiction. An edit replaces its whole year; the nearer node wins.

    Its ``digest`` names its content: an order keeps it. Raises UnknownPlace.
    """
    return _with(_edits(tree, jurisdiction_id))


def calendar_if(tree: Tree, jurisdiction_id: int, at: int | None, year: int, draft: YearDraft) -> Calendar:
    """The calendar that would hold there if ``at`` (``None``: the whole tree) had this year. For previews.

    Raises UnknownPlace, WrongCalendar.
    """
    proposed = YearEdit(
        jurisdiction_id=at,
        year=year,
        version=1 + max((e.version for e in tree.years if (e.jurisdiction_id, e.year) == (at, year)), default=0),
        holidays=draft.holidays,
        workdays=draft.workdays,
        source=draft.source,
        by_account=0,
        at=datetime.max,  # noqa: DTZ901 - never stored, never compared: the preview has no moment of its own
    )
    others = tuple(e for e in tree.years if (e.jurisdiction_id, e.year) != (at, year))
    return _with(_edits(msgspec.structs.replace(tree, years=(*others, proposed)), jurisdiction_id))


class ChangedDue(msgspec.Struct, frozen=True, kw_only=True):
    """A deadline another calendar would move."""

    number: Annotated[str, msgspec.Meta(description="工单编号")]
    duty: Annotated[str, msgspec.Meta(description="期限名称，如办理、签收")]
    unit_id: Annotated[int | None, msgspec.Meta(description="承办单位编号；空为热线本身")]
    before: Annotated[datetime, msgspec.Meta(description="现在的期限")]
    after: Annotated[datetime, msgspec.Meta(description="修改后的期限")]


@runtime_checkable
class Deadlines(Protocol):
    """What this room needs from the room that keeps deadlines, which stands above it: plugged in by the doors."""

    async def preview(self, connection: Any, branch: str, calendars: dict[int, Calendar]) -> Sequence[ChangedDue]:
        """The open deadlines under ``branch`` (a path) that these calendars, by jurisdiction, would move."""

    async def recompute(self, connection: Any, branch: str, calendars: dict[int, Calendar], by: Any) -> int:
        """Move them, in the transaction under way, each with its record; answers how many."""


def _edits(tree: Tree, jurisdiction_id: int) -> tuple[YearEdit, ...]:
    nearest: dict[int, YearEdit] = {}
    for place in (None, *(j.id for j in tree.lineage(jurisdiction_id))):
        nearest |= {edit.year: edit for edit in tree.years if edit.jurisdiction_id == place}
    return tuple(nearest[year] for year in sorted(nearest))


@lru_cache(maxsize=256)
def _with(edits: tuple[YearEdit, ...]) -> Calendar:
    if not edits:
        return base_calendar()
    return with_years(
        base_calendar(),
        [
            CalendarYear(
                year=edit.year,
                holidays=edit.holidays,
                workdays=edit.workdays,
                source=edit.source,
                version=f"{edit.jurisdiction_id or 'all'}.{edit.version}",
            )
            for edit in edits
        ],
    )
