"""The audit of reads and writes: who did, read, unmasked or exported what, when and why.

No audit, no answer: `Audit.record` returns once the row is on disk, and raises `AuditLost` when it is not. Rows of
requests that arrive together share one INSERT and one fsync. A row that belongs to a write goes into that write's own
transaction with `audit_in`. Chaining comes later and elsewhere (``store.audit_chain``), so no request waits for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from yihao.clock import aware
from yihao.errors import Unavailable
from yihao.seal.chain import canonical
from yihao.store.db import Database

LONGEST_WAIT = 0.050
"""Seconds a row may wait for company before its batch is sent."""


class AuditLost(Unavailable):
    """The audit row could not be written, so the request must not be answered (GB/T 22239-2019: audit is no option)."""

    code = "audit_lost"
    zh = "审计日志写入失败，按规定不能返回结果，请稍后重试；若反复出现请通知系统管理员。"
    en = "The audit row could not be written, so nothing may be shown. Try again later, or tell the administrator."


class AuditRow(msgspec.Struct, frozen=True, kw_only=True):
    """One act.

    ``account``: who, 0 for nobody signed in. ``role``: the role it was done as. ``action``: ``order.read``,
    ``caller.unmask``, ``account.create`` ... ``purpose``: the reason given, or empty. ``numbers``: the orders it
    touched; a list writes one row naming them all. ``detail``: facts, no personal data of citizens and no floats.
    ``at``: business time.
    """

    account: int
    role: str
    action: str
    at: datetime
    purpose: str = ""
    numbers: tuple[str, ...] = ()
    detail: dict[str, Any] = msgspec.field(default_factory=dict)
    request_id: str = ""

    def encoded(self) -> bytes:
        """The row as ``audit_write`` takes it.

        Raises:
            NotCanonical: a text with a NUL, a float ... found here, so that it fails this request and not its batch.
            NaiveTime: ``at`` has no offset.
        """
        aware(self.at, field="at")
        return canonical({name: getattr(self, name) for name in self.__struct_fields__})


async def audit_in(connection: asyncpg.Connection, *rows: AuditRow) -> None:
    """Write rows inside a transaction that is under way: kept or rolled back with it."""
    await _write(connection, [row.encoded() for row in rows])


async def _write(connection: asyncpg.Connection, encoded: Iterable[bytes]) -> None:
    await connection.execute("SELECT audit_write($1::jsonb)", (b"[" + b",".join(encoded) + b"]").decode())


class Audit:
    """Gathers the audit rows of requests that arrive together.

    Give it a `Database` of its own (two connections are plenty): a request that holds a pooled connection while it
    waits here would otherwise wait for the very pool it blocks.

    Args:
        database: where ``audit_write`` is.
        linger: seconds the first row of a batch waits for others while a lane is free; at most `LONGEST_WAIT`.
        lanes: batches under way at once. While all are, rows gather, until one is through or `LONGEST_WAIT` is over.
        most: rows at which a batch goes at once.
        patience: seconds after which an unanswered batch counts as lost.
    """

    def __init__(
        self, database: Database, *, linger: float = 0.002, lanes: int = 2, most: int = 200, patience: float = 5.0
    ) -> None:
        if not 0 <= linger <= LONGEST_WAIT:
            raise ValueError(f"linger is {linger} s; it must lie within 0 and {LONGEST_WAIT} s")
        self._database = database
        self._linger = linger
        self._lanes = lanes
        self._most = most
        self._patience = patience
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._sending: set[asyncio.Task[None]] = set()

    async def record(self, row: AuditRow) -> None:
        """Returns once the row is durable.

        Raises:
            AuditLost: it is not; the caller must not answer.
            NotCanonical: the row cannot be written at all.
        """
        loop = asyncio.get_running_loop()
        kept: asyncio.Future[None] = loop.create_future()
        self._waiting.append((row.encoded(), kept))
        if len(self._waiting) >= self._most:
            self._send()
        elif self._timer is None:
            free = len(self._sending) < self._lanes
            self._timer = loop.call_later(self._linger if free else LONGEST_WAIT, self._send)
        await kept

    async def close(self) -> None:
        """Send what waits and see it through."""
        self._send()
        while self._sending:
            await asyncio.wait(self._sending)

    def _send(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting:
            batch, self._waiting = self._waiting, []
            task = asyncio.get_running_loop().create_task(self._keep(batch))
            self._sending.add(task)
            task.add_done_callback(self._sent)

    def _sent(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        if self._waiting:
            self._send()

    async def _keep(self, batch: list[tuple[bytes, asyncio.Future[None]]]) -> None:
        try:
            async with asyncio.timeout(self._patience), self._database.single() as connection:
                await _write(connection, [encoded for encoded, _ in batch])
        except Exception as lost:  # whatever it was: each waiting request must learn that its row is not there
            for _, kept in batch:
                if not kept.done():
                    error = AuditLost()
                    error.__cause__ = lost
                    kept.set_exception(error)
        else:
            for _, kept in batch:
                if not kept.done():  # a request that was given up meanwhile
                    kept.set_result(None)


class AuditQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What to look for; ``None`` is no condition. ``start`` (included) and ``end`` (excluded) are of recorded time."""

    start: datetime | None = None
    end: datetime | None = None
    account: int | None = None
    actions: tuple[str, ...] = ()
    number: str | None = None


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A row as read back. ``account_name`` is the account's present name, ``recorded_at`` the database's clock."""

    id: int
    recorded_at: datetime
    at: datetime
    account: int
    username: str | None
    account_name: str | None
    role: str
    action: str
    purpose: str
    numbers: list[str]
    detail: dict[str, Any]
    request_id: str


_PAGE = """
SELECT a.id, a.recorded_at, a.at, a.account_id AS account, w.username, w.name AS account_name, a.role, a.action,
       a.purpose, a.numbers, a.detail, a.request_id
FROM audit a LEFT JOIN account w ON w.id = a.account_id
"""


async def audit_page(
    connection: asyncpg.Connection, query: AuditQuery, *, after: int | None = None, limit: int = 50
) -> list[AuditEntry]:
    """Rows newest first, below id ``after``. Behind the wall only an auditor sees any, and of its own branch alone."""
    conditions = {
        "a.recorded_at >= ": query.start,
        "a.recorded_at < ": query.end,
        "a.account_id = ": query.account,
        "a.action = ANY ": list(query.actions) or None,
        "a.numbers @> ": None if query.number is None else [query.number],
        "a.id < ": after,
    }
    given = [(left, value) for left, value in conditions.items() if value is not None]
    where = " AND ".join(f"{left}(${place})" for place, (left, _) in enumerate(given, 1))
    sql = f"{_PAGE} {'WHERE ' + where if where else ''} ORDER BY a.id DESC LIMIT ${len(given) + 1}"
    found = await connection.fetch(sql, *(value for _, value in given), limit)
    return [AuditEntry(**{**dict(row), "detail": msgspec.json.decode(row["detail"])}) for row in found]
