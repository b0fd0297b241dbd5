"""Deadlines against worked cases: the shared list, the clauses' own numbers, and each boundary of a rule."""

from __future__ import annotations

import csv
import os
import re
from datetime import UTC, datetime, time, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from yihao.worktime import (
    SHANGHAI,
    OfficeHours,
    add_working_days,
    base_calendar,
    due,
    is_office_day_span,
    is_office_time,
    office_minutes_between,
    parse_rule,
    warn_at,
    working_days_between,
)
from yihao.worktime.errors import EndBeforeStart, NaiveTime, OutOfRange, UnreadableHours

CALENDAR = base_calendar()
HOURS = OfficeHours.parse("09:00-12:00,14:00-18:00")
SHARED = Path(os.environ.get("YIHAO_SHARED", Path(__file__).parents[3] / "shared"))
CASES = SHARED / "domain" / "deadline_cases.csv"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def rule_text(params: str) -> str:
    """A case's ``params`` column in the words of a profile."""
    forms = {r"due_wd\((\d+)\)": "{} working days", r"office_hours\((\d+)min\)": "{} office minutes"}
    forms |= {r"hours_roll\((\d+)\)": "{} hours", r"minutes\((\d+)\)": "{} minutes", "(dispatch)_due": "{}"}
    for pattern, form in forms.items():
        if found := re.fullmatch(pattern, params):
            return form.format(found[1])
    raise AssertionError(f"no rule for {params!r}")


def test_shared_cases() -> None:
    if not CASES.exists():
        pytest.skip(f"the worked cases are not beside this checkout ({CASES}); set YIHAO_SHARED")
    rows = list(csv.DictReader(CASES.read_text(encoding="utf-8-sig").splitlines()))
    assert len(rows) >= 14
    got = {
        row["id"]: due(parse_rule(rule_text(row["params"])), at(row["start"]), CALENDAR, HOURS).at.replace(tzinfo=None)
        for row in rows
    }
    assert got == {row["id"]: datetime.fromisoformat(row["expected"]) for row in rows}


@pytest.mark.parametrize(
    ("rule", "start", "expected"),
    [
        # The day of the start is not counted, whatever its hour, and a start on a day off counts from the next one.
        ("1 working day", "2021-09-28T00:00", "2021-09-29T23:59:59"),
        ("1 working day", "2021-09-28T23:59:59.999999", "2021-09-29T23:59:59"),
        ("1 working day", "2026-10-03T12:00", "2026-10-08T23:59:59"),
        # 02-15 to 23 are off; Saturdays 02-14 and 02-28 are worked in exchange.
        ("35 working days", "2026-01-05T09:00", "2026-02-28T23:59:59"),
        # Spring Festival 2020 was lengthened to 2 February by 国办发明电〔2020〕1号.
        ("1 working day", "2020-01-23T10:00", "2020-02-03T23:59:59"),
        # Office time: lunch, closing, opening, nights, make-up days.
        ("3 office hours", "2024-03-05T09:00", "2024-03-05T12:00"),
        ("181 office minutes", "2024-03-05T09:00", "2024-03-05T14:01"),
        ("60 office minutes", "2024-03-05T17:00", "2024-03-05T18:00"),
        ("60 office minutes", "2024-03-05T18:00", "2024-03-06T10:00"),
        ("60 office minutes", "2024-03-05T13:00", "2024-03-05T15:00"),
        ("60 office minutes", "2024-03-05T03:00", "2024-03-05T10:00"),
        ("60 office minutes", "2024-02-17T11:00", "2024-02-18T10:00"),
        ("7 office hours", "2024-03-05T09:00", "2024-03-05T18:00"),
        ("14 office hours", "2024-03-05T09:00", "2024-03-06T18:00"),
        ("2 office hours", "2024-03-08T16:30:15", "2024-03-11T09:30:15"),
        # Natural hours roll off a day off and keep the clock; natural minutes never roll.
        ("24 hours", "2024-03-08T17:00", "2024-03-11T17:00"),
        ("24 hours", "2024-03-07T17:00", "2024-03-08T17:00"),
        ("7 hours", "2024-03-08T17:00", "2024-03-11T00:00"),
        ("30 minutes", "2024-02-10T23:45", "2024-02-11T00:15"),
        # Dispatch: both edges of the day are in hours, lunch is in hours, anything else is 10:00.
        ("dispatch", "2024-03-05T09:00", "2024-03-05T23:59:59"),
        ("dispatch", "2024-03-05T08:59:59", "2024-03-05T10:00"),
        ("dispatch", "2024-03-05T12:30", "2024-03-05T23:59:59"),
        ("dispatch", "2024-03-05T18:00", "2024-03-05T23:59:59"),
        ("dispatch", "2024-03-05T18:00:01", "2024-03-06T10:00"),
        ("dispatch", "2024-03-08T20:00", "2024-03-11T10:00"),
        ("dispatch", "2024-10-01T10:00", "2024-10-08T10:00"),
    ],
)
def test_rule_boundaries(rule: str, start: str, expected: str) -> None:
    result = due(parse_rule(rule), at(start), CALENDAR, HOURS)
    assert (result.at, result.fallback, result.reason) == (at(expected), False, "")


def test_office_close_ends_a_day_at_closing() -> None:
    def close(rule: str) -> datetime:
        return due(parse_rule(rule), at("2024-03-05T10:00"), CALENDAR, HOURS, day_end="office_close").at

    assert close("1 working day") == at("2024-03-06T18:00")
    assert close("dispatch") == at("2024-03-05T18:00")
    assert close("24 hours") == at("2024-03-06T10:00")


def test_any_zone_in_one_zone_out() -> None:
    """The same moment written in another zone has the same deadline; the day is read where the office is."""
    start = datetime(2024, 3, 5, 17, 0, tzinfo=UTC)  # 01:00 on the 6th in Shanghai
    result = due(parse_rule("1 working day"), start, CALENDAR, HOURS)
    assert result.at.isoformat() == "2024-03-07T23:59:59+08:00"
    assert result.at.tzinfo is SHANGHAI
    elsewhere = start.astimezone(timezone(timedelta(hours=-7)))
    assert due(parse_rule("1 working day"), elsewhere, CALENDAR, HOURS) == result
    urumqi = ZoneInfo("Asia/Urumqi")
    assert (
        due(parse_rule("dispatch"), start, CALENDAR, HOURS, zone=urumqi).at.isoformat() == "2024-03-06T10:00:00+06:00"
    )


def test_natural_hours_pass_in_real_time_where_clocks_change() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    start = datetime(2024, 3, 30, 12, 0, tzinfo=berlin)  # the night has 23 hours
    end = due(parse_rule("1440 minutes"), start, CALENDAR, HOURS, zone=berlin).at
    assert end == start.astimezone(UTC) + timedelta(hours=24)
    assert end.hour == 13


@pytest.mark.parametrize("rule", ["1 working day", "2 office hours", "24 hours", "30 minutes", "dispatch"])
def test_naive_start_is_refused(rule: str) -> None:
    with pytest.raises(NaiveTime, match=r"2024-03-05T08:10:00"):
        due(parse_rule(rule), datetime(2024, 3, 5, 8, 10), CALENDAR, HOURS)  # noqa: DTZ001 - naive is the point


@pytest.mark.parametrize("start", [datetime(1991, 12, 31, tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_years_without_meaning_are_refused(start: datetime) -> None:
    with pytest.raises(OutOfRange, match="1992"):
        due(parse_rule("1 working day"), start, CALENDAR, HOURS)


def test_an_office_that_opens_after_the_dispatch_hour_never_gets_a_past_deadline() -> None:
    late = OfficeHours.parse("10:30-18:00")

    def dispatch(start: str) -> datetime:
        return due(parse_rule("dispatch"), at(start), CALENDAR, late).at

    assert dispatch("2024-03-05T09:30") == at("2024-03-05T10:00")
    assert dispatch("2024-03-05T10:10") == at("2024-03-05T23:59:59")
    eleven = due(parse_rule("dispatch"), at("2024-03-05T10:10"), CALENDAR, late, dispatch_by=time(11))
    assert eleven.at == at("2024-03-05T11:00")


def test_extension_keeps_the_clock_and_counts_from_the_current_due() -> None:
    """A complaint of 15 working days, extended twice by 10 (XS 三(五)), ends on the 35th working day."""
    start = at("2024-02-07T10:00")
    base = due(parse_rule("15 working days"), start, CALENDAR, HOURS).at
    first = add_working_days(base, 10, CALENDAR).at
    assert first == at("2024-03-19T23:59:59")
    second = add_working_days(first, 10, CALENDAR).at
    assert second == due(parse_rule("35 working days"), start, CALENDAR, HOURS).at
    assert add_working_days(at("2024-03-08T10:00"), 1, CALENDAR).at == at("2024-03-11T10:00")
    assert add_working_days(at("2024-03-09T10:00"), 0, CALENDAR).at == at("2024-03-09T10:00")


@pytest.mark.parametrize("days", [-1, 1001])
def test_extension_bounds(days: int) -> None:
    with pytest.raises(OutOfRange, match="1000"):
        add_working_days(at("2024-03-08T10:00"), days, CALENDAR)


def test_warning_is_one_working_day_before() -> None:
    assert warn_at(at("2024-02-18T23:59:59"), CALENDAR) == at("2024-02-09T23:59:59")
    assert warn_at(at("2024-03-11T10:00"), CALENDAR) == at("2024-03-08T10:00")
    assert warn_at(at("2024-03-10T10:00"), CALENDAR, days=2) == at("2024-03-07T10:00")
    with pytest.raises(OutOfRange):
        warn_at(at("2024-03-10T10:00"), CALENDAR, days=0)


def test_paused_working_days() -> None:
    assert working_days_between(at("2024-02-07T10:00"), at("2024-02-07T17:00"), CALENDAR) == 0
    assert working_days_between(at("2024-02-07T10:00"), at("2024-02-08T09:00"), CALENDAR) == 1
    # 02-09 works, 02-10 to 17 are off, 02-18 is worked in exchange, 02-19 works.
    assert working_days_between(at("2024-02-08T10:00"), at("2024-02-19T09:00"), CALENDAR) == 3
    assert working_days_between(at("2024-02-10T10:00"), at("2024-02-17T09:00"), CALENDAR) == 0
    assert working_days_between(at("2023-12-29T10:00"), at("2026-01-04T09:00"), CALENDAR) == 251 + 248 + 1
    with pytest.raises(EndBeforeStart, match="2024-02-06"):
        working_days_between(at("2024-02-07T10:00"), at("2024-02-06T10:00"), CALENDAR)


def test_office_minutes() -> None:
    def minutes(start: str, end: str) -> int:
        return office_minutes_between(at(start), at(end), CALENDAR, HOURS)

    assert minutes("2024-03-05T08:00", "2024-03-05T20:00") == 420
    assert minutes("2024-03-05T11:30", "2024-03-05T14:30") == 60
    assert minutes("2024-03-05T12:10", "2024-03-05T13:50") == 0
    assert minutes("2024-03-08T17:00", "2024-03-11T10:00") == 120
    assert minutes("2024-03-09T17:00", "2024-03-10T10:00") == 0
    assert minutes("2024-02-09T17:30", "2024-02-19T09:15") == 30 + 420 + 15
    assert minutes("2024-03-05T09:00:30", "2024-03-05T09:01:29") == 0


def test_office_time_and_the_span_of_the_office_day() -> None:
    table = {
        "2024-03-05T08:59:59": (False, False),
        "2024-03-05T09:00": (True, True),
        "2024-03-05T12:00": (True, True),
        "2024-03-05T12:30": (False, True),
        "2024-03-05T18:00": (True, True),
        "2024-03-05T18:00:01": (False, False),
        "2024-03-09T10:00": (False, False),
        "2024-02-18T10:00": (True, True),
        "2024-10-01T10:00": (False, False),
    }
    got = {
        text: (is_office_time(at(text), CALENDAR, HOURS), is_office_day_span(at(text), CALENDAR, HOURS))
        for text in table
    }
    assert got == table


def test_office_hours_round_trip() -> None:
    assert str(OfficeHours.parse(" 9:00－12:00， 14:00-18:00 ")) == "09:00-12:00,14:00-18:00"
    assert (HOURS.first_open, HOURS.last_close, HOURS.length) == (time(9), time(18), timedelta(hours=7))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not a span"),
        ("9-18", "“9-18” is not a span"),
        ("09:00-24:00", "00:00 and 23:59"),
        ("09:00-12:60", "00:00 and 23:59"),
        ("12:00-09:00", "must rise"),
        ("09:00-12:00,11:00-18:00", "overlap"),
        ("09:00-12:00,12:00-18:00", "touch"),
        ("22:00-06:00", "must rise"),
    ],
)
def test_bad_office_hours(text: str, why: str) -> None:
    with pytest.raises(UnreadableHours) as caught:
        OfficeHours.parse(text)
    assert why in caught.value.sentence("en")
    assert "09:00-12:00,14:00-18:00" in caught.value.sentence("zh")


def test_built_office_hours_are_checked_too() -> None:
    with pytest.raises(UnreadableHours, match="没有任何时段"):
        OfficeHours(())
    with pytest.raises(UnreadableHours, match="时区"):
        OfficeHours(((time(9, tzinfo=UTC), time(10, tzinfo=UTC)),))


def test_a_deadline_is_computed_fast() -> None:
    """Every order computes several; the bound is ten times what it takes, so that a busy machine passes."""
    rules = [parse_rule(text) for text in ("15 working days", "2 office hours", "24 hours", "30 minutes", "dispatch")]
    start = at("2024-02-07T16:30")
    best = float("inf")
    for _ in range(5):
        before = datetime.now(UTC)
        for _ in range(200):
            for rule in rules:
                due(rule, start, CALENDAR, HOURS)
        best = min(best, (datetime.now(UTC) - before).total_seconds() / 1000)
    assert best < 50e-6
