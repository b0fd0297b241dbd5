"""From when on a running clock is yellow, by the rules of a place. Pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from yihao.orders.places import Place


def soon(place: Place, now: datetime, line: str | None = None) -> datetime:
    """Clocks due before this moment are yellow: within the place's ``yellow_card`` working days.

    Args:
        place: the order's own, or the reader's for a whole list.
        now: the present moment.
        line: hotline number with rules of its own.
    """
    days = place.profile.for_line(line).limits["yellow_card"].days
    last = place.calendar.shift(now.astimezone(place.zone).date(), days)
    return datetime.combine(last + timedelta(days=1), time.min, place.zone)
