"""What keeps the room in order: partitions ahead of time, keys that have served, the audit's head outside."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import asyncpg

from yihao.clock import aware
from yihao.orders.checkpoints import Logged, append, last_line, read_log
from yihao.store.audit_chain import AuditHead
from yihao.store.db import Database
from yihao.worktime import SHANGHAI

KEYS_KEPT: Final = timedelta(days=7)
"""How long a repeated submission is recognised."""
AHEAD: Final = 2
"""Months made beyond the present one."""
AUDIT_FILE: Final = "audit.log"


def months(now: datetime) -> list[str]:
    """The present month and those to come, ``YYYYMM``, of the local date that begins order numbers."""
    today = aware(now).astimezone(SHANGHAI)
    first = today.year * 12 + today.month - 1
    return [f"{month // 12:04d}{month % 12 + 1:02d}" for month in range(first, first + 1 + AHEAD)]


async def make_months(database: Database, now: datetime) -> None:
    """Partitions of orders and audit, so that nobody's first order of a month waits for tables to be made."""
    for month in months(now):
        async with database.work() as connection:  # one each: the locks of making them are held briefly
            await connection.execute("SELECT ensure_order_month($1)", month)
            await connection.execute("SELECT ensure_audit_partition(to_date($1, 'YYYYMM'))", month)


async def forget_keys(connection: asyncpg.Connection, *, most: int = 10_000) -> int:
    """Delete idempotency keys older than seven days (database clock); answers how many."""
    done = await connection.execute(
        "DELETE FROM idempotency WHERE (account_id, key) IN (SELECT account_id, key FROM idempotency "
        "WHERE created_at < clock_timestamp() - $1::interval LIMIT $2)",
        *(KEYS_KEPT, most),
    )
    return int(done.split()[-1])


async def note_audit(database: Database, data: Path) -> None:
    """Note the audit's newest batch in a file outside the database: the witness against a tail cut off."""
    async with database.work() as connection:
        head = await connection.fetchrow("SELECT id, hash, signature FROM audit_batch ORDER BY id DESC LIMIT 1")
    file = data / AUDIT_FILE
    last = await asyncio.to_thread(last_line, file)
    if head is not None and (last is None or head["id"] > last.id):
        line = Logged(head["id"], head["hash"].hex(), head["signature"].hex())
        await asyncio.to_thread(append, file, [line])


def audit_witness(data: Path) -> AuditHead | None:
    """The newest audit batch noted outside the database."""
    newest = max(read_log(data / AUDIT_FILE), key=lambda line: line.id, default=None)
    return AuditHead(newest.id, bytes.fromhex(newest.hash)) if newest else None
