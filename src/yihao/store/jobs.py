"""Background jobs: run again and again, noted in table ``job``, so that a silent failure is seen (``/readyz``)."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any, Final

import asyncpg
import msgspec

from yihao.errors import Unavailable
from yihao.store.db import Database
from yihao.store.relay import reason

log = logging.getLogger(__name__)

NOTE_EVERY: Final = 30.0
"""Seconds after which a job that goes well is noted again; a change from well to ill, or back, is noted at once."""
LONGEST_PAUSE: Final = 60.0
"""Seconds a failing job waits at most."""
SELDOM: Final = 12 * 3600.0
"""Jobs that run no oftener than this are heavy: a new process waits for the rest of their time."""


class Job(msgspec.Struct, frozen=True):
    """Something done every ``every`` seconds. ``run`` is safe to repeat, and to run in several processes at once."""

    name: str
    every: float
    run: Callable[[], Awaitable[Any]]


async def keep_running(database: Database, jobs: Iterable[Job], stop: asyncio.Event) -> None:
    """Run each job at its own pace until ``stop``; one that fails never stops another. Returns when all have ended."""
    async with asyncio.TaskGroup() as group:
        for job in jobs:
            group.create_task(_keep(database, job, stop), name=job.name)


async def _keep(database: Database, job: Job, stop: asyncio.Event) -> None:
    failures, noted = 0, -NOTE_EVERY
    if job.every >= SELDOM:
        await _wait(stop, await _left(database, job))
    while not stop.is_set():
        error: str | None = None
        try:
            await job.run()
        except Exception as failed:
            error = reason(failed)
            _say(failed, "job %s failed %d times in a row", job.name, failures + 1)
        turned = (error is None) != (failures == 0)
        failures = 0 if error is None else failures + 1
        if turned or failures or time.monotonic() - noted >= NOTE_EVERY:
            noted = time.monotonic()
            await _note(database, job.name, failures, error)
        pause = job.every if not failures else max(job.every, min(LONGEST_PAUSE, 2.0**failures))
        await _wait(stop, pause)


def _say(failed: Exception, what: str, *about: object) -> None:
    """A database that is away is known and passes: a line; anything else is looked for where it came from."""
    known = isinstance(failed, Unavailable)
    log.log(logging.WARNING if known else logging.ERROR, what + ": %s", *about, failed, exc_info=not known)


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


async def _left(database: Database, job: Job) -> float:
    """Seconds until a seldom job is due again: a restart does not repeat what went well an hour ago."""
    try:
        async with database.work() as connection:
            age = await connection.fetchval(
                "SELECT extract(epoch FROM clock_timestamp() - ok_at)::float8 FROM job "
                "WHERE name = $1 AND failures = 0",
                job.name,
            )
    except Exception as failed:
        _say(failed, "when job %s last ran could not be read", job.name)
        return 0.0
    return 0.0 if age is None else max(0.0, job.every - age)


_NOTE = """
INSERT INTO job AS j (name, ran_at, ok_at, failures, error)
VALUES ($1, clock_timestamp(), CASE WHEN $2 = 0 THEN clock_timestamp() END, $2, $3)
ON CONFLICT (name) DO UPDATE SET ran_at = excluded.ran_at, ok_at = coalesce(excluded.ok_at, j.ok_at),
  failures = excluded.failures, error = excluded.error
"""


async def note(connection: asyncpg.Connection, name: str, failures: int = 0, error: str | None = None) -> None:
    """Note that a job ran just now: well, or so many times in a row not."""
    await connection.execute(_NOTE, name, failures, error)


async def _note(database: Database, name: str, failures: int, error: str | None) -> None:
    try:
        async with database.work() as connection:
            await note(connection, name, failures, error)
    except Exception as failed:
        _say(failed, "job %s could not be noted", name)  # the database itself: /readyz says so by itself


async def progress(connection: asyncpg.Connection, name: str) -> dict[str, Any]:
    """What a resumable job has noted of how far it is."""
    found = await connection.fetchval("SELECT note FROM job WHERE name = $1", name)
    note: dict[str, Any] = msgspec.json.decode(found) if found else {}
    return note


async def remember(connection: asyncpg.Connection, name: str, note: dict[str, Any]) -> None:
    """Note how far a resumable job is, in the transaction of its work."""
    await connection.execute(
        "INSERT INTO job (name, ran_at, note) VALUES ($1, clock_timestamp(), $2::jsonb) "
        "ON CONFLICT (name) DO UPDATE SET ran_at = excluded.ran_at, note = excluded.note",
        *(name, msgspec.json.encode(note).decode()),
    )
