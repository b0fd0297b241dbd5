"""The values of working time: a year's days, a calendar, opening hours, a time limit, a deadline.

A working day is one on which public offices work under the State Council's yearly notice: Monday to Friday without the
days off, and with the weekend days worked in exchange (调休上班).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from enum import Enum
from functools import cached_property, lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec

from yihao.worktime.errors import OutOfRange, UnreadableHours, UnreadableRule, WrongCalendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
# China has had no summer time since 1992: before it, a wall clock day is not always 24 hours.
FIRST_YEAR = 1992
LAST_YEAR = 2199
# A search for a working day may leave those years by a little (the longest limit is 1000 working days), never by more.
_SEARCH = range(FIRST_YEAR - 10, LAST_YEAR + 11)

_SATURDAY = 5


class Day(Enum):
    """What a date is. A make-up day (调休上班) is WORKING although it falls on a weekend."""

    WORKING = "working"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"


@lru_cache(maxsize=512)
def _monday_to_friday(year: int) -> tuple[int, ...]:
    """Ordinals of the weekdays of a year: the fallback where no notice is known."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    return tuple(n for n in range(first.toordinal(), last.toordinal() + 1) if date.fromordinal(n).weekday() < _SATURDAY)


class CalendarYear(msgspec.Struct, frozen=True, dict=True):
    """The days of one year that differ from plain Monday to Friday.

    Attributes:
        year: the calendar year all dates lie in. A December day moved by the next year's notice belongs to December's.
        holidays: days off named by the notice; weekend days may be among them.
        workdays: weekend days worked in exchange (调休上班).
        source: the notice or data set, for instance ``国办发明电〔2020〕1号``.
        version: the edition of the source.
    """

    year: int
    holidays: tuple[date, ...]
    workdays: tuple[date, ...] = ()
    source: str = ""
    version: str = ""

    @cached_property
    def marks(self) -> dict[date, Day]:
        """The exceptions by date."""
        return dict.fromkeys(self.holidays, Day.HOLIDAY) | dict.fromkeys(self.workdays, Day.WORKING)

    @cached_property
    def working(self) -> tuple[int, ...]:
        """Ordinals (``date.toordinal``) of the year's working days, rising."""
        off = {day.toordinal() for day in self.holidays}
        extra = {day.toordinal() for day in self.workdays}
        return tuple(sorted((set(_monday_to_friday(self.year)) - off) | extra))


class Calendar(msgspec.Struct, frozen=True, dict=True):
    """Known years of working days, as one value. Make one with :meth:`of`; change one with ``with_years``.

    ``digest`` names the content: two calendars with the same digest give the same deadline for every input, whatever
    their sources are called. An order stores it, so that a later reader can tell which list its deadline came from.
    A digest that does not fit the days is refused (:class:`WrongCalendar`): a stored calendar was changed.
    """

    years: dict[int, CalendarYear]
    digest: str

    @classmethod
    def of(cls, years: Iterable[CalendarYear]) -> Calendar:
        """A calendar of these years; of two entries for one year the later wins."""
        by_year = {entry.year: entry for entry in years}
        return cls(dict(sorted(by_year.items())), _digest(by_year))

    def __post_init__(self) -> None:
        if not self.years:
            raise WrongCalendar([("至少需要一个年份", "at least one year is needed")])
        if any(key != entry.year for key, entry in self.years.items()) or self.digest != _digest(self.years):
            raise WrongCalendar(
                [
                    (
                        "内容与摘要不符，日历可能被改动，请重新导入",
                        "the days do not match the digest; the calendar may have been changed, import it again",
                    )
                ]
            )

    def __hash__(self) -> int:
        return hash(self.digest)

    @property
    def horizon(self) -> int:
        """The last known year."""
        return max(self.years)

    def covers(self, day: date) -> bool:
        """Whether the day's year is known."""
        return day.year in self.years

    def day(self, day: date) -> Day:
        """What the date is; in an unknown year Monday to Friday are working."""
        known = self.years.get(day.year)
        mark = known.marks.get(day) if known else None
        if mark is not None:
            return mark
        return Day.WORKING if day.weekday() < _SATURDAY else Day.WEEKEND

    def is_working(self, day: date) -> bool:
        """Whether offices work on the date; in an unknown year Monday to Friday."""
        return self.day(day) is Day.WORKING

    def shift(self, day: date, count: int) -> date:
        """The ``count``-th working day after ``day`` (before it when negative); ``day`` itself is not counted.

        Raises:
            OutOfRange: the search left the years that can be computed.
        """
        if count == 0:
            return day
        year, table = day.year, self._working(day.year)
        position = (
            bisect_right(table, day.toordinal()) - 1 if count > 0 else bisect_left(table, day.toordinal())
        ) + count
        while position >= len(table):
            position -= len(table)
            year += 1
            table = self._working(year)
        while position < 0:
            year -= 1
            table = self._working(year)
            position += len(table)
        return date.fromordinal(table[position])

    def on_or_after(self, day: date) -> date:
        """The date itself when it is a working day, else the next one."""
        return day if self.is_working(day) else self.shift(day, 1)

    def count(self, after: date, upto: date) -> int:
        """Working days later than ``after`` and not later than ``upto``; 0 when there are none."""
        if upto <= after:
            return 0
        whole = sum(len(self._working(year)) for year in range(after.year, upto.year))
        return (
            whole
            + bisect_right(self._working(upto.year), upto.toordinal())
            - bisect_right(self._working(after.year), after.toordinal())
        )

    def unknown_years(self, first: date, last: date) -> tuple[int, ...]:
        """The years touched by first..last (both included) that are not known."""
        return tuple(year for year in range(first.year, last.year + 1) if year not in self.years)

    def _working(self, year: int) -> tuple[int, ...]:
        if year not in _SEARCH:
            raise OutOfRange(what_zh="年份", what_en="The year", value=year, low=FIRST_YEAR, high=LAST_YEAR)
        known = self.years.get(year)
        return known.working if known else _monday_to_friday(year)


def _digest(years: dict[int, CalendarYear]) -> str:
    """SHA-256 over what decides a deadline: the days, not the names of their sources."""
    content = [(year, sorted(years[year].holidays), sorted(years[year].workdays)) for year in sorted(years)]
    return hashlib.sha256(msgspec.json.encode(content)).hexdigest()


_SPAN = re.compile(r"([0-9]{1,2}):([0-9]{2})-([0-9]{1,2}):([0-9]{2})")


class OfficeHours(msgspec.Struct, frozen=True, dict=True):
    """When an office is open on a working day: spans of local clock time, rising, not touching.

    A closing moment still counts as open: with business hours, the last day ends when business stops (《民法典》203).
    """

    spans: tuple[tuple[time, time], ...]

    @classmethod
    def parse(cls, text: str) -> OfficeHours:
        """Read ``09:00-12:00,14:00-18:00``.

        Raises:
            UnreadableHours: not that form, an hour that does not exist, or spans out of order.
        """
        spans = []
        for part in unicodedata.normalize("NFKC", text).split(","):
            found = _SPAN.fullmatch(part.strip())
            if found is None:
                raise _hours_error(text, f"“{part.strip()}”不是起止时间", f"“{part.strip()}” is not a span of times")
            h1, m1, h2, m2 = map(int, found.groups())
            if max(h1, h2) > 23 or max(m1, m2) > 59:
                raise _hours_error(text, "时刻须在 00:00 至 23:59 之间", "a time lies between 00:00 and 23:59")
            spans.append((time(h1, m1), time(h2, m2)))
        return cls(tuple(spans))

    def __post_init__(self) -> None:
        if not self.spans:
            raise _hours_error(str(self), "没有任何时段", "there is no span")
        edges = [edge for span in self.spans for edge in span]
        if any(edge.tzinfo is not None for edge in edges):
            raise _hours_error(str(self), "时刻不得带时区", "a clock time carries no zone")
        if any(left >= right for left, right in pairwise(edges)):
            raise _hours_error(str(self), "时段须先后排列且互不相接", "spans must rise and must not touch or overlap")

    def __str__(self) -> str:
        return ",".join(f"{start:%H:%M}-{end:%H:%M}" for start, end in self.spans)

    @property
    def first_open(self) -> time:
        """The first opening of the day."""
        return self.spans[0][0]

    @property
    def last_close(self) -> time:
        """The last closing of the day."""
        return self.spans[-1][1]

    @cached_property
    def offsets(self) -> tuple[tuple[timedelta, timedelta], ...]:
        """The spans as time since midnight."""
        return tuple((since_midnight(start), since_midnight(end)) for start, end in self.spans)

    @cached_property
    def length(self) -> timedelta:
        """Open time of one working day."""
        return sum((end - start for start, end in self.offsets), timedelta())


def since_midnight(clock: time) -> timedelta:
    """A clock time as the time since midnight."""
    return timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second, microseconds=clock.microsecond)


def _hours_error(read: str, why_zh: str, why_en: str) -> UnreadableHours:
    return UnreadableHours(read=read[:60], why_zh=why_zh, why_en=why_en)


class Measure(Enum):
    """What a time limit counts. Values are the forms written in a profile."""

    WORKING_DAYS = "working day"
    OFFICE_HOURS = "office hour"
    OFFICE_MINUTES = "office minute"
    HOURS = "hour"
    MINUTES = "minute"
    DISPATCH = "dispatch"


# The longest limits accepted: four years of working days, a year of natural time. Longer is a slip of the pen.
LONGEST = {
    Measure.WORKING_DAYS: 1000,
    Measure.OFFICE_HOURS: 2000,
    Measure.OFFICE_MINUTES: 120_000,
    Measure.HOURS: 8784,
    Measure.MINUTES: 527_040,
    Measure.DISPATCH: 1,
}
_CHINESE = {
    Measure.WORKING_DAYS: "工作日",
    Measure.OFFICE_HOURS: "工作小时",
    Measure.OFFICE_MINUTES: "工作分钟",
    Measure.HOURS: "小时",
    Measure.MINUTES: "分钟",
}
_MEASURE_OF = (
    {measure.value: measure for measure in LONGEST}
    | {f"{measure.value}s": measure for measure in _CHINESE}
    | {word: measure for measure, word in _CHINESE.items()}
    | {f"个{word}": measure for measure, word in _CHINESE.items()}
)
_RULE = re.compile(r"([0-9]{1,12}) ?([^\W\d][^0-9]*)")


class Rule(msgspec.Struct, frozen=True):
    """A time limit: how many of what. ``str(rule)`` is the form a profile writes, and parses back to the same rule.

    Attributes:
        measure: what is counted.
        amount: how many, 1 to ``LONGEST[measure]``; 1 for ``dispatch``.
    """

    measure: Measure
    amount: int = 1

    @classmethod
    def parse(cls, text: str) -> Rule:
        """Read a limit in English or Chinese; full-width digits, case and spacing do not matter.

        Raises:
            UnreadableRule: the text is none of the known forms, or its number is out of bounds.
        """
        plain = " ".join(unicodedata.normalize("NFKC", text).lower().split())
        if plain in ("dispatch", "当日派单"):
            return cls(Measure.DISPATCH)
        found = _RULE.fullmatch(plain)
        if found is None:
            raise UnreadableRule(text, why_zh="不是“整数＋单位”", why_en="it is not a whole number and a unit")
        word = str(found[2])
        measure = _MEASURE_OF.get(word)
        if measure is None or measure is Measure.DISPATCH:
            raise UnreadableRule(text, why_zh=f"没有“{word[:20]}”这种单位", why_en=f"there is no unit “{word[:20]}”")
        return cls(measure, int(found[1]))

    def __post_init__(self) -> None:
        longest = LONGEST[self.measure]
        if not 1 <= self.amount <= longest:
            raise UnreadableRule(
                str(self),
                why_zh=f"数量须在 1 至 {longest} 之间",
                why_en=f"the number must lie between 1 and {longest}",
            )

    def __str__(self) -> str:
        if self.measure is Measure.DISPATCH:
            return "dispatch"
        return f"{self.amount} {self.measure.value}{'' if self.amount == 1 else 's'}"

    @property
    def chinese(self) -> str:
        """The limit as a screen shows it; parses back to the same rule."""
        if self.measure is Measure.DISPATCH:
            return "当日派单"
        return f"{self.amount}{'个' if self.measure is Measure.WORKING_DAYS else ''}{_CHINESE[self.measure]}"


class Due(msgspec.Struct, frozen=True):
    """A deadline.

    Attributes:
        at: the last moment in time, in the zone asked for.
        fallback: whether a day of a year without a known list was counted, as Monday to Friday.
        reason: for ``fallback``, the Chinese sentence the order keeps; else empty.
    """

    at: datetime
    fallback: bool = False
    reason: str = ""
