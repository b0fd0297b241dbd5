"""Signed sums over all new events, so that even a history rewritten as a whole is found.

The chain of one order has no secret: whoever owns the database can rewrite an event and every hash after it. A
checkpoint therefore keeps, for each order with new events, the SM3 over their hashes and recording times; it is linked
to the checkpoint before it, signed with a key outside the database, and noted in a file outside it. What happens to an
event before a checkpoint has taken it in (a minute, or 1,000 events) is not found: see ``docs/verify.md``.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import struct
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import asyncpg
import msgspec

from yihao.errors import YihaoError
from yihao.seal.chain import GENESIS, link, sign_checkpoint, verify_checkpoint
from yihao.seal.keys import KeyRing
from yihao.seal.provider import sm3
from yihao.store.db import Database
from yihao.store.feed import FeedRow, Follower
from yihao.store.statements import load

SQL: Final = load("yihao.orders", "truth.sql")
NAME: Final = "checkpoint"
"""The follower's name."""
EVERY: Final = 60.0
"""Seconds between checkpoints, at most."""
FULL: Final = 1_000
"""Events that wait for no minute to end."""
FILE: Final = "checkpoints.log"
MISSING: Final = bytes(32)
"""Stands for an event that was gone before a checkpoint could take it in."""
_RECORD: Final = struct.Struct(">21sii32s")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = datetime.resolution


class LogDiffers(YihaoError):
    """The checkpoint file beside the database names another checkpoint than the database holds."""

    code = "checkpoint_log_differs"
    zh = "存证检查点 {id} 与数据库外的留存文件不一致：数据库可能被篡改或回退。请保留现场，并立即运行 yihao verify。"
    en = "Checkpoint {id} differs from its copy outside the database: tampered with, or set back. Run yihao verify."


class Head(msgspec.Struct, frozen=True):
    """Events ``first`` to ``last`` of one order, and the digest over them."""

    number: str
    first: int
    last: int
    digest: bytes


class Logged(msgspec.Struct, frozen=True):
    """A line of the file outside the database."""

    id: int
    hash: str
    signature: str


def digest_of(events: Iterable[tuple[bytes, datetime]]) -> bytes:
    """SM3 over (hash, recording time) of neighbouring events, oldest first."""
    parts = (hashed + ((at - _EPOCH) // _MICROSECOND).to_bytes(8, "big", signed=True) for hashed, at in events)
    return sm3(b"".join(parts))


def pack(heads: Iterable[Head]) -> bytes:
    """The heads of one checkpoint as they are stored and signed."""
    return b"".join(_RECORD.pack(head.number.encode(), head.first, head.last, head.digest) for head in heads)


def unpack(packed: bytes) -> Iterator[Head]:
    """The heads of one checkpoint. A length that fits no record is cut off: the checkpoint's hash tells."""
    whole = len(packed) - len(packed) % _RECORD.size
    for number, first, last, digest in _RECORD.iter_unpack(packed[:whole]):
        yield Head(number.decode("ascii", "replace"), first, last, digest)


def heads_of(rows: Sequence[asyncpg.Record]) -> list[Head]:
    """Runs of neighbouring events (``number, seq, hash, recorded_at``, sorted) as heads."""
    found: list[Head] = []
    # Neighbours share seq - position; an event that is gone (no hash) stands alone.
    keyed = enumerate(rows)
    for (number, _, gone), run in itertools.groupby(
        keyed, key=lambda pair: (pair[1]["number"], pair[1]["seq"] - pair[0], pair[1]["hash"] is None)
    ):
        events = [row for _, row in run]
        digest = MISSING if gone else digest_of((row["hash"], row["recorded_at"]) for row in events)
        found.append(Head(number, events[0]["seq"], events[-1]["seq"], digest))
    return found


def hash_of(previous: bytes, number: int, at: datetime, orders: int, events: int, heads: bytes) -> bytes:
    """The hash that links a checkpoint to the one before it."""
    said = {"checkpoint": number, "at": at, "orders": orders, "events": events, "heads": sm3(heads).hex()}
    return link(previous, said)


def signed(number: int, hashed: bytes) -> dict[str, Any]:
    """What the signature stands under."""
    return {"order_checkpoint": number, "hash": hashed.hex()}


async def keep(connection: asyncpg.Connection, ring: KeyRing, rows: Sequence[asyncpg.Record]) -> int:
    """Insert the next checkpoint, over ``rows`` (``number, seq, hash, recorded_at``, sorted); answers its id."""
    return await keep_heads(connection, ring, heads_of(rows), len(rows))


async def keep_heads(connection: asyncpg.Connection, ring: KeyRing, heads: Sequence[Head], events: int) -> int:
    """Insert the next checkpoint over heads worked out before; answers its id."""
    last = await connection.fetchrow(SQL["last_checkpoint"])
    number, previous = (last["id"] + 1, bytes(last["hash"])) if last else (1, GENESIS)
    at: datetime = await connection.fetchval("SELECT clock_timestamp()")
    packed, orders = pack(heads), len({head.number for head in heads})
    hashed = hash_of(previous, number, at, orders, events, packed)
    signature = sign_checkpoint(ring, signed(number, hashed))
    await connection.execute(SQL["keep_checkpoint"], number, at, orders, events, packed, previous, hashed, signature)
    return number


class Checkpoints:
    """Makes checkpoints from the feed and notes them outside the database.

    Args:
        ring: holds the signing key.
        data: folder of the file outside the database; ``None`` keeps no file (scratch databases).
    """

    def __init__(self, ring: KeyRing, data: Path | None) -> None:
        self.follower = Follower(NAME, self._take, batch=FULL)
        self._ring = ring
        self._file = data / FILE if data else None
        self._last = -EVERY

    async def tick(self, database: Database) -> int:
        """Call it every second or so: makes checkpoints when the minute is over or enough events wait."""
        due = time.monotonic() - self._last >= EVERY
        if not due and await self.follower.waiting(database, FULL) < FULL:
            return 0
        self._last = time.monotonic()
        return await self.make(database)

    async def make(self, database: Database) -> int:
        """Take in everything that can be now; answers how many events."""
        taken = await self.follower.drain(database)
        if self._file is not None:
            await note(database, self._file)
        return taken

    async def _take(self, connection: asyncpg.Connection, rows: Sequence[FeedRow]) -> None:
        told = sorted({(row.number, row.seq) for row in rows if row.topic.startswith("order.")})
        if told:
            found = await connection.fetch(SQL["events_told"], [n for n, _ in told], [seq for _, seq in told])
            await keep(connection, self._ring, found)


async def note(database: Database, file: Path) -> None:
    """Append to the file what the database has beyond it, on disk before it returns.

    Raises:
        LogDiffers: the file's last checkpoint is not the database's of that number.
    """
    last = await asyncio.to_thread(last_line, file)
    async with database.work() as connection:
        rows = await connection.fetch(SQL["checkpoints_from"], last.id if last else 1)
    if last is not None:
        if not rows or rows[0]["hash"].hex() != last.hash:
            raise LogDiffers(id=last.id)
        rows = rows[1:]
    if rows:
        lines = [Logged(row["id"], row["hash"].hex(), row["signature"].hex()) for row in rows]
        await asyncio.to_thread(append, file, lines)


def read_log(file: Path) -> Iterator[Logged]:
    """The checkpoints noted outside the database, oldest first; a line torn by a crash is left out."""
    if not file.exists():
        return
    with file.open("rb") as lines:
        for line in lines:
            try:
                yield msgspec.json.decode(line, type=Logged)
            except msgspec.DecodeError:
                continue


def last_line(file: Path) -> Logged | None:
    """The newest checkpoint noted."""
    return next(iter(deque(read_log(file), maxlen=1)), None)


def append(file: Path, lines: Iterable[Logged]) -> None:
    """Add lines to a file outside the database; they are on disk when it returns."""
    text = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
    handle = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        size = os.fstat(handle).st_size
        if size and os.pread(handle, 1, size - 1) != b"\n":
            text = b"\n" + text  # a crash tore the line before; it stays, and says nothing
        os.write(handle, text)
        os.fsync(handle)
    finally:
        os.close(handle)


def vouched(ring: KeyRing, number: int, hashed: bytes, signature: bytes) -> bool:
    """Whether the signature of checkpoint ``number`` holds."""
    return verify_checkpoint(ring, signed(number, hashed), signature)
