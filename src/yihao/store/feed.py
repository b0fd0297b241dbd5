"""Followers of the feed: whoever must take in every change (checkpoints, text search, roll-ups, live screens) once it
has committed, in order, losing none.

Sequence numbers are drawn before commit, so "id above the last one seen" would pass over a row whose transaction
commits late. A follower therefore reads by (xid, id) and only below ``pg_snapshot_xmin``: every transaction below it
has ended, so nothing can appear behind the cursor any more. An open transaction that writes holds followers up, and
nothing else does. Of one order, a later event may be read before an earlier one (a transaction that had its xid before
it waited for the order): handlers look at the order's present state or at (number, seq), never at the sequence.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import asyncpg
import msgspec

from yihao.store.db import Database

log = logging.getLogger(__name__)

IDLE_NOTE: Final = timedelta(seconds=5)
"""How old ``as_of`` grows before an idle follower writes it again: a write a poll would use up an xid each."""
KEEP: Final = timedelta(minutes=5)
"""How long rows stay that every follower has passed: a `Tail` has no cursor that would hold them."""


class FeedRow(msgspec.Struct, frozen=True):
    """One change: an event of an order. ``topic`` is ``order.<verb>``."""

    xid: int
    id: int
    topic: str
    number: str
    seq: int
    body: dict[str, Any]
    created_at: datetime


Handler = Callable[[asyncpg.Connection, Sequence[FeedRow]], Awaitable[None]]
"""Takes a batch in, on the connection of the transaction that also moves the cursor. It may see a row twice."""

_ROWS = """
SELECT xid::text::bigint AS xid, id, topic, number, seq, body, created_at FROM outbox
WHERE status = 'feed' AND (xid, id) > ($1::text::xid8, $2) AND xid < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY outbox.xid, id LIMIT $3
"""
_END = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
_BEFORE = """
SELECT xid::text::bigint AS xid, id, topic, number, seq, body, created_at FROM outbox
WHERE status = 'feed' AND xid < $1::text::xid8 ORDER BY outbox.xid DESC, id DESC LIMIT $2
"""
# Asked before the rows are: whatever committed before this moment lies below the horizon the rows are then read by.
# statement_timestamp() is older than the statement's snapshot; a row above the horizon committed after it was made.
_HORIZON = """
SELECT least(statement_timestamp(), (
  SELECT min(created_at) FROM outbox WHERE status = 'feed' AND xid >= pg_snapshot_xmin(pg_current_snapshot())))
"""


class Follower:
    """One named reader of the feed.

    However many processes hold a follower of that name, one takes a batch at a time; the cursor stands in the
    database, so any of them can go on where another stopped.

    Args:
        name: stable; its cursor stands under it.
        handler: takes a batch in.
        batch: most rows of one transaction.
    """

    def __init__(self, name: str, handler: Handler, *, batch: int = 500) -> None:
        self.name = name
        self.batch = batch
        self._handler = handler

    async def step(self, database: Database) -> int:
        """Take in one batch; answers its size. 0: nothing to read yet, or another instance is at it."""
        async with database.work() as connection:
            if not await self._turn(connection):
                return 0
            cursor = await self._cursor(connection)
            horizon = await connection.fetchval(_HORIZON)
            found = await connection.fetch(_ROWS, str(cursor["xid"]), cursor["id"], self.batch)
            rows = [_row(row) for row in found]
            if rows:
                await self._handler(connection, rows)
            await self._move(connection, cursor, rows, horizon if len(rows) < self.batch else None)
        return len(rows)

    async def drain(self, database: Database) -> int:
        """Take in batches until there is nothing left to read; answers how many rows."""
        total = 0
        while taken := await self.step(database):
            total += taken
        return total

    async def waiting(self, database: Database, most: int) -> int:
        """How many rows wait for this follower, counted up to ``most``."""
        async with database.work() as connection:
            cursor = await self._cursor(connection)
            count: int = await connection.fetchval(
                f"SELECT count(*) FROM ({_ROWS}) AS found",  # noqa: S608 - our own constant
                *(str(cursor["xid"]), cursor["id"], most),
            )
            return count

    async def _turn(self, connection: asyncpg.Connection) -> bool:
        """An advisory lock, not a row lock: an idle poll then needs no xid, which would hold up other followers."""
        held: bool = await connection.fetchval(
            "SELECT pg_try_advisory_xact_lock(hashtext('yihao.follower'), hashtext($1))", self.name
        )
        return held

    async def _cursor(self, connection: asyncpg.Connection) -> asyncpg.Record:
        sql = "SELECT xid::text::bigint AS xid, id, as_of FROM follower WHERE name = $1"
        row = await connection.fetchrow(sql, self.name)
        if row is None:
            await enrol(connection, [self.name])
            row = await connection.fetchrow(sql, self.name)
        return row

    async def _move(
        self, connection: asyncpg.Connection, cursor: asyncpg.Record, rows: Sequence[FeedRow], as_of: datetime | None
    ) -> None:
        """``as_of`` is ``None`` when rows remain: what is in by now is then not told by a moment."""
        stale = as_of is not None and (cursor["as_of"] is None or as_of - cursor["as_of"] >= IDLE_NOTE)
        if rows or stale:
            xid, last = (rows[-1].xid, rows[-1].id) if rows else (cursor["xid"], cursor["id"])
            await connection.execute(
                "UPDATE follower SET xid = $2::text::xid8, id = $3, as_of = greatest(as_of, $4::timestamptz) "
                "WHERE name = $1",
                *(self.name, str(xid), last, as_of),
            )


class Tail:
    """One process's own reader, for what need not outlive it (live screens): no cursor in the database.

    It begins at the end of the feed; whoever stops reading for longer than `KEEP` may miss rows, and must begin again.
    """

    def __init__(self, *, batch: int = 500) -> None:
        self.batch = batch
        self._at = (0, 0)

    async def begin(self, database: Database, back: int) -> list[FeedRow]:
        """Stand at the end; answers the rows before it, at most ``back``, oldest first."""
        async with database.work() as connection:
            end: int = await connection.fetchval(_END)
            # Every transaction below the horizon has ended: the rows below it are all there will ever be.
            found = await connection.fetch(_BEFORE, str(end), back)
        self._at = (end, 0)
        return [_row(row) for row in reversed(found)]

    async def step(self, database: Database) -> list[FeedRow]:
        """The next rows, at most a batch; none when there is nothing new."""
        async with database.work() as connection:
            rows = [_row(row) for row in await connection.fetch(_ROWS, str(self._at[0]), self._at[1], self.batch)]
        if rows:
            self._at = (rows[-1].xid, rows[-1].id)
        return rows


def _row(row: asyncpg.Record) -> FeedRow:
    return FeedRow(**{**dict(row), "body": msgspec.json.decode(row["body"])})


async def enrol(connection: asyncpg.Connection, names: Iterable[str], *, filled: bool = False) -> None:
    """Give followers a cursor at the beginning of what the feed still holds; from then on nothing is trimmed before
    they have passed it. ``filled``: what they keep was written past the feed just now, and is whole."""
    await connection.execute(
        "INSERT INTO follower (name, as_of) SELECT unnest($1::text[]), CASE WHEN $2 THEN clock_timestamp() END "
        "ON CONFLICT DO NOTHING",
        *([*names], filled),
    )


async def retire(connection: asyncpg.Connection, name: str) -> None:
    """Forget a follower: the feed waits for it no longer."""
    await connection.execute("DELETE FROM follower WHERE name = $1", name)


async def rebase(connection: asyncpg.Connection) -> bool:
    """Begin all followers anew when the database was restored into another cluster; answers whether it was.

    Call it once when the process starts, before the first follower reads, and after a restore.
    """
    moved: bool = await connection.fetchval("SELECT feed_rebase()")
    if moved:
        log.warning("the database stands in another cluster than before: all followers read the feed again")
    return moved


async def trim(connection: asyncpg.Connection, *, most: int = 10_000, keep: timedelta = KEEP) -> int:
    """Delete rows every follower has passed and that are older than ``keep``, at most ``most``; answers how many.

    None while there is no follower.
    """
    done = await connection.execute(
        "DELETE FROM outbox WHERE id IN (SELECT o.id FROM outbox o, "
        "  (SELECT xid, id FROM follower ORDER BY follower.xid, id LIMIT 1) AS least "
        "  WHERE o.status = 'feed' AND (o.xid, o.id) <= (least.xid, least.id) "
        "  AND o.created_at < clock_timestamp() - $2::interval ORDER BY o.xid, o.id LIMIT $1)",
        *(most, keep),
    )
    return int(done.split()[-1])


async def as_of(connection: asyncpg.Connection, name: str) -> datetime | None:
    """Everything committed before this moment (database clock) is in; ``None`` before the follower's first step."""
    moment: datetime | None = await connection.fetchval("SELECT as_of FROM follower WHERE name = $1", name)
    return moment
