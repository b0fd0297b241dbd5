"""Counting tries by subject in a window of time, across processes.

Each count commits by itself, so that a refused request is counted although its own transaction rolls back.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import asyncpg

from yihao.store.db import Database, Wall

NOBODY: Final = Wall(account=0)
_COUNT: Final = """
INSERT INTO throttle AS t (subject, tries, since) SELECT s, 1, $2 FROM unnest($1::bytea[]) AS s
ON CONFLICT (subject) DO UPDATE SET
  tries = CASE WHEN t.since <= $3 THEN 1 ELSE t.tries + 1 END,
  since = CASE WHEN t.since <= $3 THEN $2 ELSE t.since END
RETURNING tries, since
"""


async def count(database: Database, subjects: Iterable[bytes], now: datetime, window: timedelta) -> tuple[int, int]:
    """Count one try for each subject; answers the most tries of any, and the seconds until that one's window ends."""
    async with database.write(NOBODY) as connection:
        # In one order, so that two requests never wait for each other's row crosswise.
        rows = await connection.fetch(_COUNT, sorted(subjects), now, now - window)
    return _worst(rows, now, window)


async def tries(database: Database, subjects: Iterable[bytes], now: datetime, window: timedelta) -> tuple[int, int]:
    """What `count` has counted in the window, without counting."""
    async with database.read(NOBODY) as connection:
        rows = await connection.fetch(
            "SELECT tries, since FROM throttle WHERE subject = ANY ($1::bytea[]) AND since > $2",
            sorted(subjects),
            now - window,
        )
    return _worst(rows, now, window)


async def sweep(connection: asyncpg.Connection, before: datetime) -> None:
    """Forget windows that began before a moment (worker role)."""
    await connection.execute("DELETE FROM throttle WHERE since < $1", before)


def _worst(rows: list[asyncpg.Record], now: datetime, window: timedelta) -> tuple[int, int]:
    most, since = max(((row["tries"], row["since"]) for row in rows), default=(0, now))
    return most, max(1, int((since + window - now).total_seconds()))
