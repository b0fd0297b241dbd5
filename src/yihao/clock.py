"""Business time comes from an injected clock, never from the database or the operating system directly.

``replay`` and the tests run years in minutes on a `SimulatedClock`; the server uses `system_clock`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from yihao.errors import Invalid

Clock = Callable[[], datetime]
"""Answers the present moment, always with an offset."""


class NaiveTime(Invalid):
    """A moment came without an offset, so nobody can say when it is."""

    code = "naive_time"
    zh = "时间“{text}”缺少时区，请写成 2026-01-05T09:00:00+08:00 的形式。"
    en = "The time “{text}” has no offset. Write it like 2026-01-05T09:00:00+08:00."


def system_clock() -> datetime:
    """The machine's clock, in UTC."""
    return datetime.now(UTC)


def aware(moment: datetime, *, field: str | None = None) -> datetime:
    """The same moment, refused when it has no offset."""
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise NaiveTime(field=field, text=moment.isoformat())
    return moment


class SimulatedClock:
    """A clock that only moves when told to, and never back (simulations and tests)."""

    def __init__(self, start: datetime) -> None:
        self._now = aware(start)

    def __call__(self) -> datetime:
        return self._now

    def advance_to(self, moment: datetime) -> None:
        """Move to ``moment``; an earlier one leaves the clock where it is."""
        self._now = max(self._now, aware(moment))
