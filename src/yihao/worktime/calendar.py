"""The national calendar, a place's edits of it, and the warning before it runs out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from yihao.worktime.errors import NaiveTime, WrongCalendar
from yihao.worktime.model import FIRST_YEAR, LAST_YEAR, SHANGHAI, Calendar, CalendarYear

# 15 working days and two extensions of 10: a complaint's longest way (XS 三(五)).
LONGEST_WORKING_DAYS = 35
# A list that leaves fewer working days is a slip (a month pasted twice): the notices of 2004-2026 leave 248 to 252.
FEWEST_WORKING_DAYS = 200
# The next year's notice comes out in October to December; from this month its absence is worth a warning.
NOTICE_MONTH = 11

# Days the packaged data lacks. 国办发明电〔2005〕35号 一: 12月31日(星期六)上班 (it stands in the notice for 2006).
_MISSING_WORKDAYS = {2005: (date(2005, 12, 31),)}
_CORRECTION = "国办发明电〔2005〕35号"


@lru_cache(maxsize=1)
def base_calendar() -> Calendar:
    """The State Council's calendar for all years the package ``chinesecalendar`` holds (2004-2026 in 1.11).

    Built once in a process; each year's table of working days is built when first asked for.
    """
    # Read when first needed: a command that computes no deadline should not pay for the data.
    import chinese_calendar

    holidays: dict[int, list[date]] = defaultdict(list)
    workdays: dict[int, list[date]] = defaultdict(list)
    for day in chinese_calendar.holidays:
        holidays[day.year].append(day)
    for day in chinese_calendar.workdays:
        workdays[day.year].append(day)
    entries = []
    for year in sorted(holidays):
        missing = [day for day in _MISSING_WORKDAYS.get(year, ()) if day not in workdays[year]]
        entries.append(
            CalendarYear(
                year=year,
                holidays=tuple(sorted(holidays[year])),
                workdays=tuple(sorted([*workdays[year], *missing])),
                source="chinesecalendar" + (f" + {_CORRECTION}" if missing else ""),
                version=str(chinese_calendar.__version__),
            )
        )
    return Calendar.of(entries)


def with_years(calendar: Calendar, edits: Sequence[CalendarYear]) -> Calendar:
    """A new calendar in which each edited year replaces the whole of that year.

    Args:
        calendar: the calendar to start from; it is not changed.
        edits: complete years: every day off and every make-up day of the year, in any order.

    Raises:
        WrongCalendar: with every problem of every edit at once.
    """
    problems: list[tuple[str, str]] = []
    seen: set[int] = set()
    for edit in edits:
        if edit.year in seen:
            problems.append((f"{edit.year}年出现了两次，请合并", f"{edit.year} is given twice; merge them"))
        seen.add(edit.year)
        problems.extend(year_problems(edit))
    if problems:
        raise WrongCalendar(problems)
    return Calendar.of([*calendar.years.values(), *(_sorted(edit) for edit in edits)])


def _sorted(entry: CalendarYear) -> CalendarYear:
    return CalendarYear(
        year=entry.year,
        holidays=tuple(sorted(entry.holidays)),
        workdays=tuple(sorted(entry.workdays)),
        source=entry.source,
        version=entry.version,
    )


def year_problems(entry: CalendarYear) -> list[tuple[str, str]]:
    """Everything wrong with one year's list, as (zh, en) sentences; an empty list when it is sound."""
    year = entry.year
    if not FIRST_YEAR <= year <= LAST_YEAR:
        zh = f"年份{year}超出范围，应在{FIRST_YEAR}至{LAST_YEAR}之间"
        return [(zh, f"the year {year} is out of range, {FIRST_YEAR} to {LAST_YEAR}")]
    problems = _foreign_days(entry)
    for day in _repeated(entry.holidays) + _repeated(entry.workdays):
        problems.append((f"{day}重复列出，请删去一个", f"{day} is listed twice; remove one"))
    for day in sorted(set(entry.holidays) & set(entry.workdays)):
        problems.append((f"{day}既是放假日又是调休上班日，请只保留一个", f"{day} is both off and worked; keep one"))
    for day in sorted(set(entry.workdays)):
        if day.weekday() < 5:
            zh = f"{day}不是周六、周日，不能列为调休上班日，请核对日期"
            problems.append((zh, f"{day} is no weekend day and cannot be a make-up day; check the date"))
    if not entry.holidays:
        zh = f"{year}年没有任何放假日，请填入国务院办公厅通知中的全部日期"
        problems.append((zh, f"{year} has no day off at all; enter every date of the State Council's notice"))
    if not problems and len(entry.working) < FEWEST_WORKING_DAYS:
        left = len(entry.working)
        zh = f"{year}年只剩{left}个工作日，不足{FEWEST_WORKING_DAYS}个，请核对放假日"
        problems.append(
            (zh, f"{year} keeps only {left} working days, fewer than {FEWEST_WORKING_DAYS}; check the days off")
        )
    return problems


def _foreign_days(entry: CalendarYear) -> list[tuple[str, str]]:
    """Days of another year. The notice for a year may move days of the December before, as 2018-12-29 for 2019."""
    year = entry.year
    days = sorted(day for day in {*entry.holidays, *entry.workdays} if day.year != year)
    return [
        (
            f"{day}不在{year}年内，请写入{day.year}年的安排",
            f"{day} is not in {year}; put it into the list of {day.year}",
        )
        for day in days
    ]


def _repeated(days: tuple[date, ...]) -> list[date]:
    return sorted({day for day in days if days.count(day) > 1})


def horizon_alarm(
    calendar: Calendar,
    now: datetime,
    longest_working_days: int = LONGEST_WORKING_DAYS,
    *,
    zone: ZoneInfo = SHANGHAI,
) -> str | None:
    """The Chinese warning for the administrator when the calendar runs out, or ``None``.

    Args:
        calendar: the place's calendar.
        now: the present moment, aware.
        longest_working_days: the longest way of an order under the place's profile: base limit with all extensions,
            plus the longest pause in working days where the profile allows one. Default: 35 (XS 三(五)).
        zone: the place's zone.

    It warns when something opened today may end in a year that is not known, and from 1 November while the next year
    is missing (business-time rule 2).

    Raises:
        NaiveTime: ``now`` has no offset.
    """
    if now.utcoffset() is None:
        raise NaiveTime(value=now.isoformat())
    today = now.astimezone(zone).date()
    unknown = calendar.unknown_years(today, calendar.shift(today, longest_working_days))
    if not unknown and today.month >= NOTICE_MONTH and today.year + 1 not in calendar.years:
        unknown = (today.year + 1,)
    if not unknown:
        return None
    years = "、".join(str(year) for year in unknown)
    return (
        f"工作日历缺少{years}年的放假和调休安排，落在该年的期限暂按周一至周五计算。"
        "请在国务院办公厅通知公布后录入，录入后系统重新计算未办结工单的期限。"
    )
