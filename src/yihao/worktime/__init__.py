"""Working time: State Council working days with make-up days, office hours, deadlines. Pure: no clock, no database."""

from yihao.worktime.calendar import base_calendar, horizon_alarm, with_years
from yihao.worktime.model import SHANGHAI, Calendar, CalendarYear, Day, Due, Measure, OfficeHours, Rule
from yihao.worktime.rules import (
    add_working_days,
    due,
    is_office_day_span,
    is_office_time,
    office_minutes_between,
    parse_rule,
    warn_at,
    working_days_between,
)

__all__ = [
    "SHANGHAI",
    "Calendar",
    "CalendarYear",
    "Day",
    "Due",
    "Measure",
    "OfficeHours",
    "Rule",
    "add_working_days",
    "base_calendar",
    "due",
    "horizon_alarm",
    "is_office_day_span",
    "is_office_time",
    "office_minutes_between",
    "parse_rule",
    "warn_at",
    "with_years",
    "working_days_between",
]
