"""How counts stand in ``order_fact``: rows of five integers, a fifth of what they take spelled out. Pure.

``counts`` is ``{{code, unit, day, numerator, denominator}, ...}`` with the indicator's code and the days since
2000-01-01; ``keys`` names code and day of each once (``code * 100000 + day``): the road from a figure to its orders.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final

from yihao.indicators.model import CODES, Count

EPOCH: Final = date(2000, 1, 1)
DAYS: Final = 100_000
"""Room for days in a key: until the year 2273."""
NAMES: Final = {code: name for name, code in CODES.items()}


def spelled(counts: Iterable[Count]) -> str:
    """Counts as PostgreSQL writes the array."""
    return _array(
        _array((CODES[one.indicator], one.unit, (one.day - EPOCH).days, one.numerator, one.denominator))
        for one in counts
    )


def keys(counts: Iterable[Count]) -> str:
    """Their keys as PostgreSQL writes the array."""
    return _array(sorted({CODES[one.indicator] * DAYS + (one.day - EPOCH).days for one in counts}))


def read(rows: Sequence[Sequence[int]]) -> tuple[Count, ...]:
    """Stored counts, in their fixed order; an indicator that is no more is left out."""
    return tuple(
        sorted(
            Count(NAMES[code], unit, EPOCH + timedelta(days=day), numerator, denominator)
            for code, unit, day, numerator, denominator in rows
            if code in NAMES
        )
    )


def _array(parts: Iterable[object]) -> str:
    return "{" + ",".join(map(str, parts)) + "}"
