"""The national calendar against other roads to it, edits by a place, and the warning before it runs out."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import holidays as other_road
import msgspec
import pytest

from yihao.worktime import SHANGHAI, Calendar, CalendarYear, Day, base_calendar, horizon_alarm, with_years
from yihao.worktime.calendar import year_problems
from yihao.worktime.errors import NaiveTime, WrongCalendar

CALENDAR = base_calendar()
# Invented: no notice for 2027 is known here.
YEAR_2027 = CalendarYear(
    2027,
    holidays=(date(2027, 1, 1), date(2027, 10, 1), date(2027, 10, 4)),
    workdays=(date(2027, 10, 9),),
    source="演示",
)


def days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]


@pytest.mark.parametrize("year", range(2004, 2027))
def test_every_day_agrees_with_an_independent_list(year: int) -> None:
    """`holidays` is kept from the State Council's notices by other people than `chinesecalendar`.

    As packaged, the two differ on one day of 2004-2026: Saturday 31 December 2005, worked by 国办发明电〔2005〕35号 for
    2006 ("12月31日(星期六)上班"). `holidays` has it, `chinesecalendar` 1.11 lacks it, and the calendar here adds it.
    """
    china = other_road.country_holidays("CN", years=year)
    assert [day for day in days_of(year) if CALENDAR.is_working(day) != china.is_working_day(day)] == []


def test_the_notice_for_2026_by_hand() -> None:
    """国务院办公厅关于2026年部分节假日安排的通知, typed from its text."""
    spans = [((1, 1), 3), ((2, 15), 9), ((4, 4), 3), ((5, 1), 5), ((6, 19), 3), ((9, 25), 3), ((10, 1), 7)]
    off = {date(2026, *first) + timedelta(days=n) for first, length in spans for n in range(length)}
    worked = {date(2026, *day) for day in [(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)]}
    for day in days_of(2026):
        expected = day in worked or (day.weekday() < 5 and day not in off)
        assert CALENDAR.is_working(day) is expected, day


def test_kinds_of_day() -> None:
    assert CALENDAR.day(date(2021, 10, 9)) is Day.WORKING  # Saturday worked in exchange
    assert CALENDAR.day(date(2021, 10, 16)) is Day.WEEKEND
    assert CALENDAR.day(date(2021, 10, 5)) is Day.HOLIDAY
    assert CALENDAR.day(date(2021, 10, 2)) is Day.HOLIDAY  # a Saturday inside the holiday
    assert CALENDAR.day(date(2021, 10, 12)) is Day.WORKING
    assert CALENDAR.day(date(2005, 12, 31)) is Day.WORKING


def test_coverage() -> None:
    assert CALENDAR.horizon >= 2026
    assert CALENDAR.covers(date(2004, 1, 1))
    assert not CALENDAR.covers(date(2003, 12, 31))
    beyond = date(CALENDAR.horizon + 1, 1, 1)
    assert not CALENDAR.covers(beyond)
    assert CALENDAR.is_working(beyond) is (beyond.weekday() < 5)


def test_packaged_years_pass_the_check_of_an_edit() -> None:
    assert [problem for entry in CALENDAR.years.values() for problem in year_problems(entry)] == []
    assert all(entry.source and entry.version for entry in CALENDAR.years.values())


def test_an_edit_makes_a_new_calendar() -> None:
    before = CALENDAR.digest
    edited = with_years(CALENDAR, [YEAR_2027])
    assert CALENDAR.digest == before
    assert not CALENDAR.covers(date(2027, 10, 4))
    assert edited.horizon == 2027
    assert not edited.is_working(date(2027, 10, 4))
    assert edited.is_working(date(2027, 10, 9))
    assert edited.years[2026] == CALENDAR.years[2026]


def test_an_edit_replaces_the_whole_year() -> None:
    """A prefecture with days off of its own (泼水节) writes the whole year anew."""
    national = CALENDAR.years[2024]
    local = CalendarYear(
        2024, (*national.holidays, date(2024, 4, 15), date(2024, 4, 16)), national.workdays, "演示", "2"
    )
    edited = with_years(CALENDAR, [local])
    assert not edited.is_working(date(2024, 4, 15))
    assert edited.is_working(date(2024, 2, 18))
    assert with_years(edited, [national]) == CALENDAR


def test_the_digest_names_the_days_alone() -> None:
    edited = with_years(CALENDAR, [YEAR_2027])
    turned = CalendarYear(2027, YEAR_2027.holidays[::-1], YEAR_2027.workdays, source="another name", version="9")
    assert with_years(CALENDAR, [turned]).digest == edited.digest != CALENDAR.digest
    moved = CalendarYear(2027, YEAR_2027.holidays, (date(2027, 10, 10),))
    assert with_years(CALENDAR, [moved]).digest != edited.digest
    assert hash(edited) == hash(with_years(CALENDAR, [YEAR_2027]))


def test_a_stored_calendar_comes_back_and_a_changed_one_does_not() -> None:
    stored = msgspec.json.encode(CALENDAR)
    assert msgspec.json.decode(stored, type=Calendar) == CALENDAR
    changed = stored.replace(b'"2026-10-10"', b'"2026-10-11"')
    assert changed != stored
    with pytest.raises(WrongCalendar, match="摘要不符"):
        msgspec.json.decode(changed, type=Calendar)
    with pytest.raises(WrongCalendar, match="至少需要一个年份"):
        Calendar.of([])


def test_all_errors_of_an_edit_are_told_at_once() -> None:
    bad = CalendarYear(
        2027,
        holidays=(date(2027, 1, 1), date(2027, 1, 1), date(2028, 1, 3), date(2027, 10, 9)),
        workdays=(date(2027, 10, 9), date(2027, 10, 11), date(2026, 12, 27)),
    )
    with pytest.raises(WrongCalendar) as caught:
        with_years(CALENDAR, [bad, CalendarYear(2028, holidays=()), CalendarYear(1, holidays=())])
    told = caught.value.sentence("en")
    for part in (
        "7 error(s)",
        "2026-12-27 is not in 2027; put it into the list of 2026",
        "2028-01-03 is not in 2027",
        "2027-01-01 is listed twice",
        "2027-10-09 is both off and worked",
        "2027-10-11 is no weekend day",
        "2028 has no day off at all",
        "the year 1 is out of range",
    ):
        assert part in told
    assert "7处" in caught.value.sentence("zh")


def test_a_year_given_twice_or_emptied_is_refused() -> None:
    with pytest.raises(WrongCalendar, match="2027年出现了两次"):
        with_years(CALENDAR, [YEAR_2027, YEAR_2027])
    with pytest.raises(WrongCalendar, match="只剩"):
        with_years(CALENDAR, [CalendarYear(2027, holidays=tuple(days_of(2027)[:120]))])


def noon(month: int, day: int, year: int = 2026) -> datetime:
    return datetime(year, month, day, 12, tzinfo=SHANGHAI)


def test_the_alarm_rings_before_the_calendar_ends() -> None:
    to_2026 = Calendar.of([entry for year, entry in CALENDAR.years.items() if year <= 2026])
    assert horizon_alarm(to_2026, noon(7, 1)) is None
    assert horizon_alarm(to_2026, noon(10, 31)) is None
    assert "2027年" in (horizon_alarm(to_2026, noon(11, 1)) or "")
    assert "2027年" in (horizon_alarm(to_2026, noon(12, 31)) or "")
    # A profile with long pauses is warned earlier, as soon as an order opened today may end in 2027.
    assert horizon_alarm(to_2026, noon(10, 9), 60) is None  # its 60th working day is 31 December
    assert "2027年" in (horizon_alarm(to_2026, noon(10, 10), 60) or "")
    assert "2027年" in (horizon_alarm(to_2026, noon(3, 1, 2027)) or "")
    assert horizon_alarm(with_years(to_2026, [YEAR_2027]), noon(12, 31)) is None


def test_the_alarm_reads_the_day_of_the_place() -> None:
    to_2026 = Calendar.of([entry for year, entry in CALENDAR.years.items() if year <= 2026])
    utc = datetime.fromisoformat("2026-10-31T16:00+00:00")  # 1 November in Shanghai
    assert horizon_alarm(to_2026, utc) is not None
    assert horizon_alarm(to_2026, utc - timedelta(seconds=1)) is None
    with pytest.raises(NaiveTime):
        horizon_alarm(to_2026, utc.replace(tzinfo=None))
