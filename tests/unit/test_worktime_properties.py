"""What must hold of every deadline, not only of the worked cases."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import get_args

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from yihao.worktime import (
    SHANGHAI,
    Calendar,
    CalendarYear,
    Measure,
    OfficeHours,
    Rule,
    add_working_days,
    base_calendar,
    due,
    is_office_time,
    office_minutes_between,
    warn_at,
    working_days_between,
)
from yihao.worktime.errors import OutOfRange
from yihao.worktime.model import LONGEST
from yihao.worktime.rules import DayEnd

CALENDAR = base_calendar()
# A calendar with a hole, so that unknown years lie before, inside and after the known ones.
HOLED = Calendar.of([entry for year, entry in CALENDAR.years.items() if year not in (2010, 2020)])

moments = st.datetimes(datetime(2002, 1, 1), datetime(2028, 12, 31), timezones=st.just(SHANGHAI))  # noqa: DTZ001 - hypothesis wants naive bounds
known_moments = st.datetimes(datetime(2004, 1, 1), datetime(2022, 1, 1), timezones=st.just(SHANGHAI))  # noqa: DTZ001 - as above
calendars = st.sampled_from([CALENDAR, HOLED])
days = st.integers(1, 60)


@st.composite
def office_hours(draw: st.DrawFn) -> OfficeHours:
    count = draw(st.integers(1, 3))
    edges = sorted(draw(st.sets(st.integers(0, 24 * 60 - 1), min_size=2 * count, max_size=2 * count)))
    clocks = [time(edge // 60, edge % 60) for edge in edges]
    return OfficeHours(tuple(zip(clocks[::2], clocks[1::2], strict=True)))


@st.composite
def rules(draw: st.DrawFn, *, longest: int = 400) -> Rule:
    measure = draw(st.sampled_from(list(Measure)))
    return Rule(measure, draw(st.integers(1, min(longest, LONGEST[measure]))))


def naive_walk(start: date, count: int, calendar: Calendar) -> date:
    """The slow way: one day after the other."""
    day = start
    while count:
        day += timedelta(days=1)
        count -= calendar.is_working(day)
    return day


@given(moments, days, calendars)
@example(datetime(2026, 12, 30, 9, tzinfo=SHANGHAI), 3, CALENDAR)
def test_working_days_equal_a_walk_day_by_day(start: datetime, count: int, calendar: Calendar) -> None:
    local = start.astimezone(SHANGHAI)
    last = naive_walk(local.date(), count, calendar)
    assert due(Rule(Measure.WORKING_DAYS, count), start, calendar, OfficeHours.parse("09:00-18:00")).at.date() == last
    assert calendar.count(local.date(), last) == count
    assert calendar.shift(last, -count) == calendar.shift(naive_walk(local.date(), 1, calendar), -1)


@given(moments, rules(), office_hours(), calendars)
def test_ends_after_the_start_and_only_natural_minutes_on_a_day_off(
    start: datetime, rule: Rule, hours: OfficeHours, calendar: Calendar
) -> None:
    result = due(rule, start, calendar, hours)
    assert result.at >= start
    if rule.measure is not Measure.MINUTES:
        assert calendar.is_working(result.at.date())
    if rule.measure in (Measure.OFFICE_HOURS, Measure.OFFICE_MINUTES):
        assert is_office_time(result.at, calendar, hours)


@given(moments, moments, rules(), office_hours(), calendars)
def test_a_later_start_never_has_an_earlier_deadline(
    one: datetime, other: datetime, rule: Rule, hours: OfficeHours, calendar: Calendar
) -> None:
    first, second = sorted((one, other))
    earlier, later = (due(rule, at, calendar, hours).at for at in (first, second))
    if rule.measure is Measure.HOURS:
        # Rolling keeps the clock time (rule 6), so ends on two days off may change places within their working day.
        assert earlier.date() <= later.date()
    else:
        assert earlier <= later


@given(moments, st.sampled_from(list(Measure)), st.integers(1, 300), st.integers(1, 300), office_hours(), calendars)
def test_a_longer_limit_never_ends_earlier(
    start: datetime, measure: Measure, one: int, other: int, hours: OfficeHours, calendar: Calendar
) -> None:
    assume(measure is not Measure.DISPATCH)
    short, long = (due(Rule(measure, n), start, calendar, hours).at for n in sorted((one, other)))
    assert short.date() <= long.date() if measure is Measure.HOURS else short <= long


@given(moments, st.integers(1, 3000), st.integers(1, 3000), office_hours())
def test_office_minutes_add_up(start: datetime, a: int, b: int, hours: OfficeHours) -> None:
    # A short office day times 6000 minutes would leave the computable years.
    assume(hours.length >= timedelta(hours=1))

    def after(moment: datetime, minutes: int) -> datetime:
        return due(Rule(Measure.OFFICE_MINUTES, minutes), moment, CALENDAR, hours).at

    assert after(after(start, a), b) == after(start, a + b)


@given(moments, st.integers(1, 3000), office_hours())
def test_office_minutes_between_measures_what_due_counted(start: datetime, minutes: int, hours: OfficeHours) -> None:
    assume(hours.length >= timedelta(hours=1))
    end = due(Rule(Measure.OFFICE_MINUTES, minutes), start, CALENDAR, hours).at
    assert office_minutes_between(start, end, CALENDAR, hours) == minutes


@given(moments, st.integers(0, 300), st.integers(0, 300), calendars)
def test_extensions_add_up(due_at: datetime, a: int, b: int, calendar: Calendar) -> None:
    once = add_working_days(due_at, a + b, calendar)
    first = add_working_days(due_at, a, calendar)
    second = add_working_days(first.at, b, calendar)
    assert second.at == once.at
    assert once.fallback == (first.fallback or second.fallback)


@given(known_moments, st.lists(st.timedeltas(timedelta(), timedelta(days=40)), min_size=3, max_size=3), days)
def test_a_pause_gives_back_its_working_days(start: datetime, gaps: list[timedelta], count: int) -> None:
    """As many working days remain after a pause as when it began, and pauses in a row count as one."""
    paused, halfway, resumed = start, start + gaps[0], start + gaps[0] + gaps[1]
    due_at = due(Rule(Measure.WORKING_DAYS, count), start, CALENDAR, OfficeHours.parse("09:00-18:00")).at
    lost = working_days_between(paused, resumed, CALENDAR)
    assert lost == working_days_between(paused, halfway, CALENDAR) + working_days_between(halfway, resumed, CALENDAR)
    moved = add_working_days(due_at, lost, CALENDAR).at
    assert moved >= resumed
    assert working_days_between(resumed, moved, CALENDAR) == count


@given(moments, calendars, st.integers(1, 20))
def test_the_warning_lies_that_many_working_days_before(due_at: datetime, calendar: Calendar, count: int) -> None:
    warning = warn_at(due_at, calendar, days=count)
    assert calendar.is_working(warning.date())
    whole = calendar.count(warning.date(), due_at.date())
    assert whole == (count if calendar.is_working(due_at.date()) else count - 1)
    assert warning.time() == due_at.time()


@given(moments, rules(), office_hours(), calendars)
@example(
    datetime(2026, 12, 31, 9, tzinfo=SHANGHAI), Rule(Measure.WORKING_DAYS), OfficeHours.parse("9:00-18:00"), CALENDAR
)
@example(
    datetime(2026, 12, 31, 9, tzinfo=SHANGHAI), Rule(Measure.MINUTES, 1440), OfficeHours.parse("9:00-18:00"), CALENDAR
)
def test_fallback_is_flagged_exactly_when_it_changed_what_was_read(
    start: datetime, rule: Rule, hours: OfficeHours, calendar: Calendar
) -> None:
    """A deadline is flagged iff a day whose kind mattered to it lies in an unknown year."""
    result = due(rule, start, calendar, hours)
    first = {
        Measure.WORKING_DAYS: start.date() + timedelta(days=1),
        Measure.HOURS: (start + timedelta(hours=rule.amount)).date(),
    }.get(rule.measure, start.date())
    read = [first + timedelta(days=n) for n in range((result.at.date() - first).days + 1)]
    unknown = sorted({day.year for day in read if not calendar.covers(day)})
    expected = bool(unknown) and rule.measure is not Measure.MINUTES
    assert result.fallback is expected
    assert bool(result.reason) is expected
    if expected:
        assert all(str(year) in result.reason for year in unknown)


@given(st.sampled_from(list(Measure)), st.sampled_from(get_args(DayEnd)), st.booleans())
def test_the_longest_limit_ends_at_both_edges_of_time(measure: Measure, day_end: DayEnd, late: bool) -> None:
    start = datetime(2199 if late else 1992, 12 if late else 1, 31 if late else 1, 23, 59, tzinfo=SHANGHAI)
    rule = Rule(measure, LONGEST[measure])
    result = due(rule, start, CALENDAR, OfficeHours.parse("09:00-12:00"), day_end=day_end)
    assert start < result.at < start + timedelta(days=365 * 6)
    assert warn_at(start, CALENDAR, days=1000) < start


def test_a_search_without_an_end_is_an_error() -> None:
    one_minute_a_day = OfficeHours.parse("09:00-09:01")
    with pytest.raises(OutOfRange, match="2199"):
        due(Rule(Measure.OFFICE_MINUTES, 120_000), datetime(2024, 1, 1, tzinfo=SHANGHAI), CALENDAR, one_minute_a_day)
    first, last = date(1970, 1, 1).toordinal(), date(2400, 1, 1).toordinal()
    by_year = groupby(map(date.fromordinal, range(first, last)), key=lambda day: day.year)
    never_open = Calendar.of([CalendarYear(year, tuple(every_day)) for year, every_day in by_year])
    for count in (1, -1):
        with pytest.raises(OutOfRange):
            never_open.shift(date(2024, 1, 1), count)
