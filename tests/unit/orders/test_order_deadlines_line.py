"""A calendar edit moves the dues of a hotline number by that number's own hours (一号一策)."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest
from play import PEOPLE, SHANGHAI, Play, at, but, local, place, tree

from yihao.orders.deadlines import moved
from yihao.orders.places import Place
from yihao.worktime import Calendar, OfficeHours, base_calendar, with_years

LINE = "96301"
OWN = but(place(), lines__96301__place__office_hours__value="08:00-20:00")
"""The place is open 9-12 and 14-18, the number through from 8 to 20."""


def without(day: date) -> Calendar:
    """The calendar with one more day off."""
    known = base_calendar().years[day.year]
    edited = msgspec.structs.replace(known, holidays=(*known.holidays, day), source="示范州演示通知")
    return with_years(base_calendar(), [edited])


@pytest.mark.parametrize(
    ("line", "rule", "start", "due", "after"),
    [
        (None, "4 office hours", "2021-09-28T17:00", "2021-09-29 12:00:00", "2021-09-30 12:00:00"),
        (LINE, "4 office hours", "2021-09-28T17:00", "2021-09-29 09:00:00", "2021-09-30 09:00:00"),
        (None, "dispatch", "2021-09-28T18:30", "2021-09-29 10:00:00", "2021-09-30 10:00:00"),  # after closing
        (LINE, "dispatch", "2021-09-28T18:30", "2021-09-28 23:59:59", "2021-09-28 23:59:59"),  # still open
        (LINE, "3 working days", "2021-09-28T10:00", "2021-10-08 23:59:59", "2021-10-09 23:59:59"),
    ],
)
def test_dues_move_by_the_lines_own_hours(line: str | None, rule: str, start: str, due: str, after: str) -> None:
    play = Play(OWN, start).register(line=line)
    end = play.context(PEOPLE["agent"], "agent", line=line).due(rule, play.now).at
    assert local(end) == due
    duty = msgspec.structs.replace(play.duty("dispatch"), rule=rule, opened_at=at(start), due_at=end)
    here = tree()
    spot = Place(
        jurisdiction=here.jurisdiction(1), profile=OWN, calendar=base_calendar(),
        hours=OfficeHours.parse(OWN.office_hours), zone=SHANGHAI, tree=here,
    )  # fmt: skip
    assert local(moved(duty, spot, without(date(2021, 9, 29)), line)) == after
