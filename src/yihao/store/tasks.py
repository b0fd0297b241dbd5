"""Work an account asks for and comes back for: put down here, done by the background process, kept for a day.

A task is claimed for a lease that its progress renews; a process that dies leaves it to the next. What was asked and
what came of it are sealed; row security shows both to the asker alone.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import asyncpg
import msgspec

from yihao.clock import Clock
from yihao.errors import Unavailable, YihaoError
from yihao.seal.box import open_bytes, open_json, seal_bytes, seal_json
from yihao.seal.keys import KeyRing
from yihao.store.audit import AuditRow, audit_in
from yihao.store.db import Database, Wall

log = logging.getLogger(__name__)

LEASE: Final = timedelta(minutes=2)
"""Between two words of progress."""
ATTEMPTS: Final = 5
KEEP: Final = timedelta(days=1)
"""How long a task and its file are kept after its end."""
PART: Final = 1024 * 1024
TABLE: Final = "task"
PARTS: Final = "task_part"


class GaveUp(YihaoError):
    """A task's process ended again and again before the task did."""

    code = "task_gave_up"
    zh = "任务多次中断，已放弃，请重新提交；若反复出现请联系系统管理员。"
    en = "The task was interrupted again and again and given up. Ask for it anew, or tell the administrator."


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """A task to be done. ``attempts`` names the claim: a later one takes the task away."""

    id: str
    kind: str
    account: int
    asked: dict[str, Any]
    request_id: str
    attempts: int


class NewTask(msgspec.Struct, frozen=True, kw_only=True):
    """A task just put down."""

    id: str
    kind: str
    at: datetime


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a task: a file, and the audit rows that are kept with it or not at all."""

    file_name: str
    media_type: str
    content: bytes
    audit: tuple[AuditRow, ...] = ()


Progress = Callable[[int, int], Awaitable[None]]
"""Told how much of how much is done; raises `Lost` when the task has been taken away."""
Runner = Callable[[Task, Progress], Awaitable[Made]]


class Lost(Exception):
    """Another process has the task by now."""


_PUT = "INSERT INTO task (id, kind, account_id, at, asked, request_id) VALUES ($1, $2, $3, $4, $5, $6)"
_CLAIM = """
UPDATE task SET state = 'running', attempts = attempts + 1, lease_until = clock_timestamp() + $2::interval
WHERE id = (SELECT id FROM task WHERE state IN ('waiting', 'running') AND kind = ANY ($1::text[])
              AND (lease_until IS NULL OR lease_until < clock_timestamp())
            ORDER BY created_at FOR UPDATE SKIP LOCKED LIMIT 1)
RETURNING id, kind, account_id, asked, request_id, attempts
"""
_GO_ON = """
UPDATE task SET done = $3, total = $4, lease_until = clock_timestamp() + $5::interval
WHERE id = $1 AND attempts = $2 AND state = 'running' RETURNING true
"""
_DONE = """
UPDATE task SET state = 'done', done = coalesce(total, done), ended_at = $3, expires_at = $4, file_name = $5,
       media_type = $6, size = $7, lease_until = NULL
WHERE id = $1 AND attempts = $2 AND state = 'running' RETURNING true
"""
_FAILED = """
UPDATE task SET state = 'failed', ended_at = $3, expires_at = $4, fault = $5::jsonb, lease_until = NULL
WHERE id = $1 AND attempts = $2 AND state = 'running'
"""


async def put(
    connection: asyncpg.Connection, ring: KeyRing, kind: str, account: int, now: datetime, asked: Any, request_id: str
) -> NewTask:
    """Put a task down.

    Args:
        asked: what its runner needs, as plain JSON without floats.
    """
    new = secrets.token_hex(16)
    sealed = seal_json(ring, asked, table=TABLE, column="asked", number=new)
    await connection.execute(_PUT, new, kind, account, now, sealed, request_id)
    return NewTask(id=new, kind=kind, at=now)


class Tasks:
    """Does what was asked, one task at a time.

    Args:
        ring, clock: of the installation.
        runners: by kind of task.
    """

    def __init__(self, ring: KeyRing, clock: Clock, runners: Mapping[str, Runner]) -> None:
        self._ring, self._clock = ring, clock
        self.runners = dict(runners)

    async def drain(self, database: Database) -> int:
        """Until nothing waits; answers how many tasks were ended."""
        total = 0
        while await self.step(database):
            total += 1
        return total

    async def step(self, database: Database) -> bool:
        """One task, from its claim to its end; whether there was one.

        Raises:
            Unavailable: a part was down; the task waits for its lease to run out.
        """
        async with database.work() as connection:
            row = await connection.fetchrow(_CLAIM, list(self.runners), LEASE)
        if row is None:
            return False
        task = self._task(row)
        try:
            if task.attempts > ATTEMPTS:
                raise GaveUp
            await self._keep(database, task, await self.runners[task.kind](task, _progress(database, task)))
        except Lost:
            log.warning("task %s was taken over", task.id)
        except Unavailable:
            raise
        except Exception as error:
            if not isinstance(error, YihaoError):
                log.exception("task %s failed", task.id)
            await self._fail(database, task, error if isinstance(error, YihaoError) else YihaoError())
        return True

    def _task(self, row: asyncpg.Record) -> Task:
        asked = open_json(self._ring, row["asked"], table=TABLE, column="asked", number=row["id"])
        return Task(
            id=row["id"],
            kind=row["kind"],
            account=row["account_id"],
            asked=asked,
            request_id=row["request_id"],
            attempts=row["attempts"],
        )

    async def _keep(self, database: Database, task: Task, made: Made) -> None:
        now, whole = self._clock(), memoryview(made.content)
        async with database.work() as connection:
            row = (task.id, task.attempts, now, now + KEEP, made.file_name, made.media_type, len(whole))
            if await connection.fetchval(_DONE, *row) is None:
                raise Lost
            for no, start in enumerate(range(0, len(whole), PART)):
                where = {"table": PARTS, "column": "content", "number": _place(task.id, no)}
                part = seal_bytes(self._ring, bytes(whole[start : start + PART]), **where)
                await connection.execute(
                    "INSERT INTO task_part (task_id, no, content) VALUES ($1, $2, $3)", task.id, no, part
                )
            await audit_in(connection, *made.audit)

    async def _fail(self, database: Database, task: Task, error: YihaoError) -> None:
        now = self._clock()
        fault = {"code": error.code, "zh": error.sentence("zh"), "en": error.sentence("en")}
        async with database.work() as connection:
            await connection.execute(
                _FAILED, task.id, task.attempts, now, now + KEEP, msgspec.json.encode(fault).decode()
            )


def _progress(database: Database, task: Task) -> Progress:
    async def tell(done: int, total: int) -> None:
        async with database.work() as connection:
            if await connection.fetchval(_GO_ON, task.id, task.attempts, done, total, LEASE) is None:
                raise Lost

    return tell


def _place(task: str, no: int) -> str:
    return f"{task}/{no}"


async def content(database: Database, ring: KeyRing, wall: Wall, task: str, size: int) -> AsyncIterator[bytes]:
    """The file of a task, part by part, behind the asker's wall."""
    sent, no = 0, 0
    while sent < size:
        async with database.read(wall) as connection:
            blob = await connection.fetchval("SELECT content FROM task_part WHERE task_id = $1 AND no = $2", task, no)
        part = open_bytes(ring, blob, table=PARTS, column="content", number=_place(task, no))
        yield part
        sent, no = sent + len(part), no + 1


async def sweep(connection: asyncpg.Connection, now: datetime) -> int:
    """Forget tasks past their time, with their files; answers how many."""
    done = await connection.execute("DELETE FROM task WHERE expires_at <= $1", now)
    return int(done.split()[-1])
