"""Background work: sweep what has ended, seal the audit, let old audit months go; as the worker role."""

from __future__ import annotations

from datetime import datetime, timedelta

import asyncpg

from yihao.people.rules import LOCK_FOR
from yihao.seal.keys import KeyRing
from yihao.store.audit_chain import DEFAULT_DAYS, AuditHead, expire_audit, seal_audit
from yihao.store.db import Database

SEAL_EVERY = timedelta(seconds=60)
"""How often to call `seal`: the window in which a tampered audit row is not found."""
EXPIRE_EVERY = timedelta(days=1)


async def sweep(connection: asyncpg.Connection, now: datetime) -> int:
    """Delete sessions past their absolute end and failures that count no longer; answers how many sessions went."""
    await connection.execute(
        "DELETE FROM sign_in_failure WHERE since < $1 AND (locked_until IS NULL OR locked_until < $2)",
        *(now - LOCK_FOR, now),
    )
    gone = await connection.fetch("DELETE FROM session WHERE expires_at <= $1 RETURNING 1", now)
    return len(gone)


async def seal(database: Database, ring: KeyRing, now: datetime) -> AuditHead | None:
    """Seal all audit rows no batch holds yet; answers the newest head, to be copied outside the database."""
    head: AuditHead | None = None
    while True:
        async with database.work() as connection:
            newer = await seal_audit(connection, ring, now)
        if newer is None:
            return head
        head = newer


async def expire(database: Database, now: datetime, *, days: int = DEFAULT_DAYS) -> int:
    """Drop audit months older than ``days``; answers how many went."""
    async with database.work() as connection:
        return len(await expire_audit(connection, now, days=days))
