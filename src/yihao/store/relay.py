"""Messages that must leave the house: sent after commit, at least once, by the sender of their topic's family.

A batch is claimed in one short transaction (its rows are not due again until a lease ends), sent outside any
transaction, and marked in another: no connection and no snapshot is held while a gateway is waited for. A process
killed in between leaves rows whose lease runs out; the message is then sent again, so senders are idempotent by id.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import asyncpg
import msgspec

from yihao.errors import YihaoError
from yihao.store.db import Database

log = logging.getLogger(__name__)

ATTEMPTS: Final = 8
"""Tries before a message counts as dead: with the pauses below about a day and a half."""
LEASE: Final = timedelta(minutes=2)
FIRST_PAUSE: Final = timedelta(seconds=5)
LONGEST_PAUSE: Final = timedelta(hours=12)
FRESH: Final = timedelta(days=1)
"""Messages without a sender that one takes over by itself when it appears; older ones only by `adopt`."""
KEEP_SENT: Final = timedelta(days=30)


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One message. ``id`` never changes: what a receiver knows it by. ``body`` holds no personal data."""

    id: int
    topic: str
    number: str | None
    seq: int | None
    body: dict[str, Any]
    attempts: int
    created_at: datetime


Sender = Callable[[Sequence[Message]], Awaitable[Mapping[int, str]]]
"""Sends a batch; answers why, by id, for those that did not go. Raising fails the whole batch."""


def one_by_one(send: Callable[[Message], Awaitable[None]]) -> Sender:
    """A sender of batches from one of single messages: each fails by itself."""

    async def all_of(messages: Sequence[Message]) -> Mapping[int, str]:
        failed = {}
        for message in messages:
            try:
                await send(message)
            except Exception as error:
                failed[message.id] = reason(error)
        return failed

    return all_of


def reason(error: Exception) -> str:
    """Why, without anything the message may have carried: a stable code or the error's class."""
    return error.code if isinstance(error, YihaoError) else type(error).__name__


def pause(attempts: int) -> timedelta:
    """How long after its n-th failure a message is tried again: 5 s, 20 s, 80 s ... at most 12 hours."""
    return FIRST_PAUSE * min(1 << 2 * (attempts - 1), LONGEST_PAUSE // FIRST_PAUSE)


_CLAIM = """
UPDATE outbox SET attempts = attempts + 1, next_at = clock_timestamp() + $2 WHERE id IN (
  SELECT id FROM outbox
  WHERE status = 'pending' AND (next_at IS NULL OR next_at <= clock_timestamp())
    AND split_part(topic, '.', 1) = $1
  ORDER BY next_at NULLS FIRST, id LIMIT $3 FOR UPDATE SKIP LOCKED)
RETURNING id, topic, number, seq, body, attempts, created_at
"""
# Only what this process claimed: a lease that ran out meanwhile has raised `attempts`, and the other's result counts.
_DONE = """
UPDATE outbox o SET status = 'sent', sent_at = clock_timestamp(), error = NULL
FROM unnest($1::bigint[], $2::int[]) AS m(id, attempts) WHERE o.id = m.id AND o.attempts = m.attempts
"""
_FAILED = """
UPDATE outbox o SET error = m.why, next_at = clock_timestamp() + m.pause,
  status = CASE WHEN o.attempts >= $5 THEN 'dead' ELSE 'pending' END
FROM unnest($1::bigint[], $2::int[], $3::text[], $4::interval[]) AS m(id, attempts, why, pause)
WHERE o.id = m.id AND o.attempts = m.attempts AND o.status = 'pending'
"""
_ADOPT = """
UPDATE outbox SET status = 'pending', next_at = NULL
WHERE status = 'no_sender' AND split_part(topic, '.', 1) = $1 AND created_at >= $2
"""


class Relay:
    """Sends what waits, by the senders of each family of topics (``sms`` for ``sms.reply``).

    Args:
        senders: by family.
        batch: messages claimed together.
        attempts: tries before a message is dead; it then waits for a person to retry it.
    """

    def __init__(self, senders: Mapping[str, Sender], *, batch: int = 100, attempts: int = ATTEMPTS) -> None:
        self._senders = dict(senders)
        self._batch = batch
        self._attempts = attempts

    @property
    def families(self) -> frozenset[str]:
        """What it sends."""
        return frozenset(self._senders)

    async def step(self, database: Database) -> int:
        """One batch of each family; answers how many messages were tried."""
        return sum([await self._one(database, family) for family in self._senders])

    async def drain(self, database: Database) -> int:
        """Until nothing is due."""
        total = 0
        while tried := await self.step(database):
            total += tried
        return total

    async def take_over(self, database: Database) -> int:
        """Turn fresh messages without a sender into waiting ones, for the families that have one; answers how many."""
        return sum([await adopt(database, family, FRESH) for family in self._senders])

    async def _one(self, database: Database, family: str) -> int:
        async with database.work() as connection:
            rows = await connection.fetch(_CLAIM, family, LEASE, self._batch)
        messages = sorted(
            (Message(**{**dict(row), "body": msgspec.json.decode(row["body"])}) for row in rows), key=lambda m: m.id
        )
        if not messages:
            return 0
        try:
            failed = await self._senders[family](messages)
        except Exception as error:
            log.exception("sender of %s failed a batch of %d", family, len(messages))
            failed = dict.fromkeys((message.id for message in messages), reason(error))
        async with database.work() as connection:
            await self._mark(connection, messages, failed)
        return len(messages)

    async def _mark(
        self, connection: asyncpg.Connection, messages: Sequence[Message], failed: Mapping[int, str]
    ) -> None:
        gone = [message for message in messages if message.id not in failed]
        left = [message for message in messages if message.id in failed]
        await connection.execute(_DONE, [m.id for m in gone], [m.attempts for m in gone])
        if left:
            await connection.execute(
                _FAILED,
                *([m.id for m in left], [m.attempts for m in left], [failed[m.id][:200] for m in left]),
                *([pause(m.attempts) for m in left], self._attempts),
            )


async def adopt(database: Database, family: str, age: timedelta) -> int:
    """Let messages of a family that had no sender be sent, those not older than ``age``; answers how many.

    How old they may be is the caller's to say: nobody wants the reminders of two years on the day a gateway arrives.
    """
    async with database.work() as connection:
        since = await connection.fetchval("SELECT clock_timestamp() - $1::interval", age)
        done = await connection.execute(_ADOPT, family, since)
    return int(done.split()[-1])


async def sweep(connection: asyncpg.Connection, *, most: int = 10_000) -> int:
    """Delete messages sent more than 30 days ago; answers how many."""
    done = await connection.execute(
        "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE status = 'sent' "
        "AND sent_at < clock_timestamp() - $1::interval LIMIT $2)",
        *(KEEP_SENT, most),
    )
    return int(done.split()[-1])
