"""Dial decisions: what every listed number does in every packaged place, a hundred thousand times."""

from __future__ import annotations

import time
from datetime import date, timedelta
from itertools import cycle, islice

from bench.figures import Figure
from yihao import profile as places
from yihao.lines.dial import dial

DECISIONS = 100_000
MOST_SECONDS = 2.0


def decide() -> Figure:
    """One core, one process; the days run over the year of the merge, so that each line is met before and after."""
    profiles = [places.load(name) for name in places.names()]
    numbers = sorted({number for profile in profiles for number in profile.register})
    days = [date(2021, 3, 1) + timedelta(days=day) for day in range(0, 365, 7)]
    calls = [(profile, number) for profile in profiles for number in numbers]
    asked = list(islice(zip(cycle(calls), cycle(days), strict=False), DECISIONS))
    started = time.perf_counter()
    for (profile, number), day in asked:
        dial(profile, number, day)
    return Figure.single("dial.100k", time.perf_counter() - started, "s", most=MOST_SECONDS)
