"""The clock's own acts: duties past their due are recorded, and what only waited for time to pass goes on.

Every act goes through `service.act` as the internal actor ``clock``: there is no shortcut into an order. Time comes as
an argument; one order that fails waits for a later try and never holds up the others.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import asyncpg
import msgspec

from yihao.clock import SimulatedClock, aware
from yihao.errors import Unavailable, YihaoError
from yihao.orders import bodies
from yihao.orders.model import WAITS, DutyKind
from yihao.orders.service import Desk, StaleVersion, act
from yihao.orders.statements import SQL
from yihao.people.scope import Actor, internal_actor
from yihao.store.db import Database
from yihao.units.load import tree

log = logging.getLogger(__name__)

TICK: Final = timedelta(seconds=1)
"""How long after a due the clock looks: what is done in the very second of the due is in time."""
FIRST_RETRY: Final = timedelta(minutes=1)
LONGEST_RETRY: Final = timedelta(days=1)
AT_ONCE: Final = 4
"""Orders moved at the same time."""

Step = tuple[str, bodies.Body]
T = TypeVar("T")


def steps(due: Iterable[tuple[int, DutyKind]]) -> tuple[Step, ...]:
    """What the clock does about duties past their due: one breach for all that were owed, then the end of a wait."""
    due = tuple(due)
    found: list[Step] = []
    if missed := tuple(number for number, kind in due if kind not in WAITS):
        found.append(("breach", bodies.Breach(duties=missed)))
    kinds = {kind for _, kind in due}
    if "pause_end" in kinds:
        found.append(("resume", bodies.Because(reason="挂起已到最长期限，自动恢复办理。")))
    elif kinds & {"rating_wait", "quiet"}:
        found.append(("archive", bodies.Archive()))
    return tuple(found)


async def run_clock(database: Database, desk: Desk, now: datetime, limit: int = 500) -> int:
    """Do what has fallen due before ``now``, for at most ``limit`` orders; answers how many were moved.

    Safe to run in several processes and to repeat: an order another has moved meanwhile is left for the next time. A
    clock that jumps back finds less to do, and records nothing twice.
    """
    async with database.work() as connection:
        rows = await connection.fetch(SQL["due_now"], aware(now), limit)
        clock = await _clock(connection) if rows else None
    if clock is None:
        return 0
    actor, then = clock, msgspec.structs.replace(desk, clock=lambda: now)

    async def move(row: asyncpg.Record) -> bool:
        async def one() -> int:
            async with database.write(actor.wall()) as connection:
                due = zip(row["nos"], row["kinds"], strict=True)
                return await _do(connection, then, actor, row["number"], row["version"], steps(due))

        return await _guarded(database, row["number"], row["failures"], now, one)

    return sum(await _together(rows, move))


async def run_due(desk: Desk, database: Database, until: datetime) -> int:
    """Live through the time up to ``until`` at once: every due that falls before it is dealt with at its own moment.

    Each order catches up by itself, in one transaction, as the clock would have moved it second by second; a simulated
    clock stands at ``until`` afterwards. Answers how many orders were moved.
    """
    total = 0
    while True:
        async with database.work() as connection:
            rows = await connection.fetch(SQL["due_now"], aware(until), 2_000)
            clock = await _clock(connection) if rows else None
        if clock is None:
            break
        actor = clock

        async def catch_up(row: asyncpg.Record, actor: Actor = actor) -> bool:
            async def one() -> int:
                async with database.write(actor.wall()) as connection:
                    return await _live(connection, desk, actor, row["number"], until)

            return await _guarded(database, row["number"], row["failures"], until, one)

        moved = sum(await _together(rows, catch_up))
        total += moved
        if moved == 0:  # others are at these orders; the failed ones are noted and no longer found
            break
    if isinstance(desk.clock, SimulatedClock):
        desk.clock.advance_to(until)
    return total


async def _clock(connection: asyncpg.Connection) -> Actor:
    root = (await tree(connection)).root
    return internal_actor("clock", jurisdiction=root.id, path=root.path)


async def _live(connection: asyncpg.Connection, desk: Desk, actor: Actor, number: str, until: datetime) -> int:
    done = 0
    while rows := await connection.fetch(SQL["due_of"], number, until):
        moment = min(rows[0]["due_at"] + TICK, until)
        then = msgspec.structs.replace(desk, clock=lambda moment=moment: moment)
        due = [(row["no"], row["kind"]) for row in rows if row["due_at"] < moment]
        done += await _do(connection, then, actor, number, rows[0]["version"], steps(due))
    return done


async def _do(
    connection: asyncpg.Connection, desk: Desk, actor: Actor, number: str, version: int, todo: Sequence[Step]
) -> int:
    for verb, body in todo:
        version = (await act(connection, desk, actor, number, verb, body, version=version)).version
    return len(todo)


async def _guarded(
    database: Database, number: str, failures: int | None, now: datetime, one: Callable[[], Awaitable[int]]
) -> bool:
    """Whether the order moved. A failure is noted with the time of the next try, twice as far away each time."""
    try:
        moved = await one()
    except StaleVersion:
        return False  # somebody was quicker; the next look sees what is left
    except Unavailable:
        raise  # the database, not the order
    except Exception as error:
        again = (failures or 0) + 1
        wait = min(FIRST_RETRY * 2 ** min(again - 1, 20), LONGEST_RETRY)
        code = error.code if isinstance(error, YihaoError) else type(error).__name__
        log.warning("the clock could not move order %s (%s), try %d", number, code, again)
        async with database.work() as connection:
            await connection.execute(SQL["clock_failed"], number, again, now + wait, code)
        return False
    if failures is not None:
        async with database.work() as connection:
            await connection.execute(SQL["clock_passed"], number)
    return moved > 0


async def _together(rows: Sequence[Any], move: Callable[[Any], Awaitable[T]]) -> list[T]:
    """A few at a time."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(row: Any) -> T:
        async with room:
            return await move(row)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(row)) for row in rows]
    return [task.result() for task in tasks]
