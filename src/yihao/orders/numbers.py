"""Order numbers: ``YYYYMMDD`` + area (6) + sequence (6) + check character, 21 in all.

The date first makes the number sort by day and range-partition by month; the check character (ISO 7064 MOD 11-2, the
one of resident id numbers) finds every single wrong digit and every swap of neighbours read over the phone.
"""

from __future__ import annotations

import asyncio
import re
from datetime import date
from operator import mul
from typing import Any, Final

from stdnum.iso7064 import mod_11_2

from yihao.errors import Invalid, Unavailable
from yihao.orders.statements import SQL
from yihao.store.db import Database

LENGTH: Final = 21
LARGEST: Final = 999_999
_POWERS: Final = tuple(2 ** (20 - place) for place in range(20))
_ZEROS: Final = ord("0") * sum(_POWERS)
_CHECKS: Final = "10X98765432"
"""The check character for each remainder of the weighted sum by 11."""
_SHAPE = re.compile(r"[0-9]{20}[0-9X]")


class BadNumber(Invalid):
    """An order number was mistyped."""

    code = "bad_number"
    zh = "工单编号有误，应为21位并与校验位相符，请核对。"
    en = "The order number is wrong: 21 characters whose last is a check character."


class DayFull(Unavailable):
    """An area has used all 999,999 numbers of a day."""

    code = "day_full"
    zh = "本日工单编号已用完，请联系系统管理员。"
    en = "All order numbers of the day are used."


def make_number(day: date, area: str, sequence: int) -> str:
    """The order number of a day's ``sequence``-th order of an area."""
    body = f"{day.year:04d}{day.month:02d}{day.day:02d}{area[:6]}{sequence:06d}"
    # ISO 7064 as one sum of digits by powers of 2: every registration passes here, and the package goes digit by digit.
    return body + _CHECKS[(sum(map(mul, body.encode(), _POWERS)) - _ZEROS) % 11]


def check_number(text: str, *, field: str = "number") -> str:
    """The number as it is, refused when it cannot be one."""
    text = text.strip().upper()
    if not _SHAPE.fullmatch(text) or not mod_11_2.is_valid(text):
        raise BadNumber(field=field)
    return text


class Numbers:
    """Gives out numbers of this process, a block at a time, so that no registration waits for another.

    What a stopped process did not use is lost: numbers have gaps, and are never given twice.
    """

    def __init__(self, database: Database, *, block: int = 20) -> None:
        self._database = database
        self._block = block
        self._free: dict[tuple[str, date], tuple[int, int]] = {}
        self._months: set[str] = set()
        self._lock = asyncio.Lock()

    async def take(self, area: str, day: date) -> str:
        """The next number of ``area`` on ``day`` (local date)."""
        key = (area[:6], day)
        async with self._lock:
            following, end = self._free.get(key, (1, 0))
            if following > end:
                following, end = await self._reserve(*key)
            self._free[key] = (following + 1, end)
        return make_number(day, area, following)

    async def _reserve(self, area: str, day: date) -> tuple[int, int]:
        month = f"{day:%Y%m}"
        # Of the workers' pool: who asks holds a connection of the callers' pool already, and must not wait there again.
        async with self._database.work() as connection:
            if month not in self._months:
                await connection.execute("SELECT ensure_order_month($1)", month)
            first: Any = await connection.fetchval(SQL["block"], area, day, self._block)
        if first + self._block > LARGEST:
            raise DayFull
        self._months.add(month)
        self._free = {key: run for key, run in self._free.items() if key[1] >= day or key[0] != area}
        return first, first + self._block - 1
