"""Deadlines: from a rule and a start to the last moment, and the measures of working time.

Every function takes aware moments in any zone, counts days on the local calendar of ``zone`` and answers in ``zone``.
The readings chosen, with their sources, stand in ``docs/worktime.md``.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal, assert_never
from zoneinfo import ZoneInfo

from yihao.worktime.errors import EndBeforeStart, NaiveTime, OutOfRange
from yihao.worktime.model import (
    FIRST_YEAR,
    LAST_YEAR,
    LONGEST,
    SHANGHAI,
    Calendar,
    Due,
    Measure,
    OfficeHours,
    Rule,
    since_midnight,
)

DayEnd = Literal["23:59:59", "office_close"]

END_OF_DAY = time(23, 59, 59)
# XS 三(四): 非工作时间一般于工作日 10:00 前.
DISPATCH_BY = time(10, 0)

_ONE_MICROSECOND = timedelta(microseconds=1)
_ONE_DAY = timedelta(days=1)
_ONE_MINUTE = timedelta(minutes=1)


@lru_cache(maxsize=1024)
def parse_rule(text: str) -> Rule:
    """Read a time limit as a profile writes it.

    Forms: ``N working days``, ``N office hours``, ``N office minutes``, ``N hours``, ``N minutes``, ``dispatch``; in
    Chinese ``3个工作日``, ``2工作小时``, ``30工作分钟``, ``24小时``, ``30分钟``, ``当日派单``.

    Raises:
        UnreadableRule: it names what was read, what is wrong with it, and the forms.
    """
    return Rule.parse(text)


def due(
    rule: Rule,
    start: datetime,
    calendar: Calendar,
    hours: OfficeHours,
    *,
    zone: ZoneInfo = SHANGHAI,
    dispatch_by: time = DISPATCH_BY,
    day_end: DayEnd = "23:59:59",
) -> Due:
    """The deadline of ``rule`` counted from ``start``.

    Args:
        rule: the time limit.
        start: the moment the clock starts, aware.
        calendar: the place's working days.
        hours: the office's opening hours.
        zone: where the days and clock times are read.
        dispatch_by: for ``dispatch``, the hour for what came in outside the hours.
        day_end: where a deadline that is a day ends: at its last second, or when the office closes (《民法典》203).

    Raises:
        NaiveTime, OutOfRange: ``start`` has no offset or lies outside the years that can be computed.
    """
    local = _local(start, zone)
    today = local.date()
    match rule.measure:
        case Measure.WORKING_DAYS:
            # 《民法典》201: the day of the start is not counted.
            last = calendar.shift(today, rule.amount)
            return _due(datetime.combine(last, _day_end(day_end, hours), zone), calendar, today + _ONE_DAY)
        case Measure.OFFICE_HOURS:
            return _due(_after_office_time(local, timedelta(hours=rule.amount), calendar, hours), calendar, today)
        case Measure.OFFICE_MINUTES:
            return _due(_after_office_time(local, timedelta(minutes=rule.amount), calendar, hours), calendar, today)
        case Measure.HOURS:
            # 《民法典》203 by analogy: an end on a day off moves to the next working day, same clock time.
            end = _elapse(local, timedelta(hours=rule.amount), zone)
            last = calendar.on_or_after(end.date())
            return _due(end if last == end.date() else datetime.combine(last, end.time(), zone), calendar, end.date())
        case Measure.MINUTES:
            return Due(_elapse(local, timedelta(minutes=rule.amount), zone))
        case Measure.DISPATCH:
            return _due(_dispatch(local, calendar, hours, dispatch_by, day_end), calendar, today)
        case _:
            assert_never(rule.measure)


def add_working_days(due_at: datetime, days: int, calendar: Calendar, *, zone: ZoneInfo = SHANGHAI) -> Due:
    """A deadline moved on by working days at the same clock time: an extension, or the days of a pause given back.

    With 0 days the deadline stays as it is, also on a day off.

    Raises:
        NaiveTime, OutOfRange: no offset, a year that cannot be computed, or days outside 0 to 1000.
    """
    local = _local(due_at, zone)
    _within(days, 0)
    if days == 0:
        return Due(local)
    last = calendar.shift(local.date(), days)
    return _due(datetime.combine(last, local.time(), zone), calendar, local.date() + _ONE_DAY)


def warn_at(due_at: datetime, calendar: Calendar, *, days: int = 1, zone: ZoneInfo = SHANGHAI) -> datetime:
    """When an open order turns yellow: ``days`` working days before its deadline, at the same clock time.

    It may lie before the start of a short limit; such an order is yellow from its start.

    Raises:
        NaiveTime, OutOfRange: as :func:`add_working_days`; at least 1 day.
    """
    local = _local(due_at, zone)
    _within(days, 1)
    return datetime.combine(calendar.shift(local.date(), -days), local.time(), zone)


def working_days_between(start: datetime, end: datetime, calendar: Calendar, *, zone: ZoneInfo = SHANGHAI) -> int:
    """Whole working days of a stretch of time: the day it starts is not counted, the day it ends is (《民法典》201).

    A pause counted so and given back by :func:`add_working_days` leaves the deadline as many working days away as it
    was when the pause began, and pauses one after another add up.

    Raises:
        NaiveTime, OutOfRange, EndBeforeStart
    """
    first, last = _stretch(start, end, zone)
    return calendar.count(first.date(), last.date())


def office_minutes_between(
    start: datetime, end: datetime, calendar: Calendar, hours: OfficeHours, *, zone: ZoneInfo = SHANGHAI
) -> int:
    """Full minutes of office time between two moments, rounded down.

    Raises:
        NaiveTime, OutOfRange, EndBeforeStart
    """
    first, last = _stretch(start, end, zone)
    whole_days = calendar.count(first.date() - _ONE_DAY, last.date() - _ONE_DAY)
    passed = hours.length * whole_days + _open_so_far(last, calendar, hours) - _open_so_far(first, calendar, hours)
    return passed // _ONE_MINUTE


def is_office_time(moment: datetime, calendar: Calendar, hours: OfficeHours, *, zone: ZoneInfo = SHANGHAI) -> bool:
    """Whether an office is open at the moment: a working day, inside a span, its closing moment included."""
    local = _local(moment, zone)
    clock = local.time()
    return calendar.is_working(local.date()) and any(start <= clock <= end for start, end in hours.spans)


def is_office_day_span(moment: datetime, calendar: Calendar, hours: OfficeHours, *, zone: ZoneInfo = SHANGHAI) -> bool:
    """Whether the moment is in hours for dispatching: a working day, first opening to last closing, lunch included."""
    local = _local(moment, zone)
    return calendar.is_working(local.date()) and hours.first_open <= local.time() <= hours.last_close


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    if moment.utcoffset() is None:
        raise NaiveTime(value=moment.isoformat())
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise OutOfRange(what_zh="时间", what_en="The time", value=moment.isoformat(), low=FIRST_YEAR, high=LAST_YEAR)
    return moment.astimezone(zone)


def _stretch(start: datetime, end: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    first, last = _local(start, zone), _local(end, zone)
    if last < first:
        raise EndBeforeStart(start=first.isoformat(), end=last.isoformat())
    return first, last


def _within(days: int, low: int) -> None:
    high = LONGEST[Measure.WORKING_DAYS]
    if not low <= days <= high:
        raise OutOfRange(what_zh="工作日数", what_en="The number of working days", value=days, low=low, high=high)


def _elapse(local: datetime, length: timedelta, zone: ZoneInfo) -> datetime:
    """Natural time passes in UTC: adding to a wall clock is wrong where a zone has summer time."""
    return (local.astimezone(UTC) + length).astimezone(zone)


def _day_end(day_end: DayEnd, hours: OfficeHours) -> time:
    return END_OF_DAY if day_end == "23:59:59" else hours.last_close


def _due(at: datetime, calendar: Calendar, first: date) -> Due:
    """The deadline, marked when a day of an unknown year was read between ``first`` and it."""
    unknown = calendar.unknown_years(first, at.date())
    if not unknown:
        return Due(at)
    years = "、".join(str(year) for year in unknown)
    return Due(at, True, f"{years}年的放假和调休安排尚未录入，期限暂按周一至周五为工作日计算，录入后重新计算。")


def _dispatch(local: datetime, calendar: Calendar, hours: OfficeHours, by: time, day_end: DayEnd) -> datetime:
    """XS 三(四): in working time the same day, outside it by 10:00 of a working day. Lunch is working time here."""
    today, clock = local.date(), local.time()
    if calendar.is_working(today):
        # An office that opens after ``by``: what comes in between has the day, never a deadline already past.
        if clock < hours.first_open and clock <= by:
            return datetime.combine(today, by, local.tzinfo)
        if clock <= hours.last_close:
            return datetime.combine(today, _day_end(day_end, hours), local.tzinfo)
    return datetime.combine(calendar.shift(today, 1), by, local.tzinfo)


def _after_office_time(local: datetime, length: timedelta, calendar: Calendar, hours: OfficeHours) -> datetime:
    """The moment ``length`` of office time has passed; an end at a closing moment stays there."""
    day = local.date()
    # Count from the first opening of the start's day instead of from the start.
    total = length + _open_so_far(local, calendar, hours)
    # Whole days before the last; the last day keeps more than nothing, so that an end at closing stays at closing.
    whole = (total - _ONE_MICROSECOND) // hours.length
    rest = total - whole * hours.length
    last = calendar.shift(calendar.on_or_after(day), whole)
    for start, end in hours.offsets:
        if rest <= end - start:
            return datetime.combine(last, time(), local.tzinfo) + start + rest
        rest -= end - start
    raise AssertionError("rest is at most one day's office time")


def _open_so_far(local: datetime, calendar: Calendar, hours: OfficeHours) -> timedelta:
    """Office time of the moment's own day that has passed by then."""
    if not calendar.is_working(local.date()):
        return timedelta()
    clock = since_midnight(local.time())
    return sum((min(clock, end) - start for start, end in hours.offsets if clock > start), timedelta())
