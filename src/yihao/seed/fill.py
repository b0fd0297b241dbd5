"""Filling an empty database: two processes write months of orders by COPY, then checkpoints, counters and statistics.

Each month is one transaction of one worker, so a seed that was stopped has whole months or none.
"""

from __future__ import annotations

import asyncio
import bisect
import itertools
import multiprocessing
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import asyncpg
import msgspec
import psycopg
from psycopg import sql

from yihao.demo.load import home_of
from yihao.errors import Conflict
from yihao.indicators.service import FOLLOWER, REBUILD, Sums, add, count_in, no_sums
from yihao.orders import checkpoints
from yihao.orders.checkpoints import Head
from yihao.orders.followers import CHILDREN, SEARCH
from yihao.orders.numbers import make_number
from yihao.orders.places import Place, place_of
from yihao.people.scope import Actor, internal_actor
from yihao.seal.keys import KeyRing, open_keys
from yihao.seed.lives import Cast, Player
from yihao.seed.stencil import CALLERS, COLUMNS, MONTHLY, Party, Stencil, Written
from yihao.store import feed, jobs
from yihao.store.db import Database
from yihao.units.load import load

WORKERS: Final = 2
DAYS: Final = range(30, 731)
A_DAY: Final = 1_700
"""Orders a day of a prefecture; more orders than two years of that make the days fuller."""
STENCILS: Final = 110
"""Lives played a day; each is written under as many numbers as the day needs."""
SEARCHABLE: Final = 50_000
"""The newest orders whose words the text index knows: for millions it would outweigh everything else."""
BATCH: Final = 20_000
"""Orders of one COPY: each leaves the pages it took in advance and did not fill (up to half a megabyte a table)."""
CHECKPOINT: Final = 10_000
"""Orders one checkpoint holds."""
WEEKEND: Final = 0.6
HOURS: Final = (1, 1, 1, 1, 1, 2, 4, 8, 16, 20, 20, 17, 12, 12, 17, 19, 18, 15, 11, 10, 9, 7, 4, 2)
"""How the calls of a day spread over its hours."""
SHARED: Final = ("open_duty", "order_part", "caller_index", "reporter", "order_fact")
LATE_INDEX: Final = "order_fact_keys"


class NotEmpty(Conflict):
    """The database holds orders already."""

    code = "not_empty"
    zh = "数据库中已有工单，生成数据只能写入空库。请用 --data 指定另一个目录。"
    en = "The database holds orders; a seed needs an empty one. Choose another --data."


class Task(msgspec.Struct, frozen=True):
    """What a worker is asked for: days with their numbers of orders, and since when orders are searchable."""

    dsn: str
    keys: Path
    key_file: Path | None
    days: tuple[tuple[date, int], ...]
    end: datetime
    searchable: date
    seed: int
    profile: str | None


class Done(msgspec.Struct, frozen=True):
    """What a worker did: what checkpoints say of its orders, how many events these have, and their sums by day."""

    heads: list[Head]
    events: int
    sums: Sums


def spread(orders: int, end: date) -> list[tuple[date, int]]:
    """How many orders each of the newest days has; they add up."""
    span = min(max(orders // A_DAY, DAYS[0]), DAYS[-1])
    days = [end - timedelta(days=back) for back in range(span - 1, -1, -1)]
    weights = list(itertools.accumulate(WEEKEND if day.weekday() >= 5 else 1.0 for day in days))
    marks = [round(orders * weight / weights[-1]) for weight in weights]
    return [(day, now - before) for day, before, now in zip(days, [0, *marks], marks, strict=False)]


async def fill(
    dsn: str,
    ring: KeyRing,
    keys: Path,
    key_file: Path | None,
    *,
    orders: int,
    end: datetime,
    data: Path | None = None,
    seed: int = 1,
    profile: str | None = None,
    told: Callable[[int], None] = lambda made: None,
) -> int:
    """Write ``orders`` orders that end at ``end``; answers how many events they have.

    Args:
        dsn: URL of the tables' owner. The schema and the tree of units, accounts and catalogue are there.
        ring, keys, key_file: the keys, open and where they lie (each worker opens its own).
        orders: how many.
        end: the moment the newest ones have come to.
        data: folder for the checkpoints' copy outside the database.
        seed: the same number gives the same lives; numbers used once (salts, nonces, codes) are always new.
        profile: the place whose hotline takes them; ``None``: the one at the root of the tree.
        told: called with the number of orders written so far.

    Raises:
        NotEmpty
    """
    stage = await _stage(dsn, profile)
    days = spread(orders, end.astimezone(stage.place.zone).date())
    months = _months(days)
    searchable = _newest(days, SEARCHABLE)
    with psycopg.connect(dsn, autocommit=True) as owner:
        index = _prepare(owner, months)
        try:
            tasks = [Task(dsn, keys, key_file, tuple(part), end, searchable, seed, profile) for part in months.values()]
            events = await _run(dsn, ring, tasks, told)
        finally:
            owner.execute(index)
            _force(owner, True)
        _finish(owner, stage.place.area_code, days)
    if data is not None:
        database = await Database.open(dsn)
        await checkpoints.note(database, data / checkpoints.FILE)
        await database.close()
    return events


def _months(days: Sequence[tuple[date, int]]) -> dict[str, list[tuple[date, int]]]:
    months: dict[str, list[tuple[date, int]]] = defaultdict(list)
    for day, count in days:
        months[f"{day:%Y%m}"].append((day, count))
    return months


def _newest(days: Sequence[tuple[date, int]], most: int) -> date:
    """The day since when there are at most so many orders."""
    total = 0
    for day, count in reversed(days):
        total += count
        if total > most:
            return day + timedelta(days=1)
    return days[0][0]


def _prepare(owner: psycopg.Connection[Any], months: dict[str, Any]) -> sql.SQL:
    """Make months. An index that is filled faster at the end is dropped; answers the statement that makes it again."""
    if owner.execute("SELECT EXISTS (SELECT FROM work_order)").fetchone() != (False,):
        raise NotEmpty
    for month in months:
        owner.execute("SELECT ensure_order_month(%s)", (month,))
    _force(owner, False)
    owner.execute("SET maintenance_work_mem = '512MB'")
    [(index,)] = owner.execute("SELECT pg_get_indexdef(%s::regclass)", (LATE_INDEX,)).fetchall()
    owner.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(LATE_INDEX)))
    return sql.SQL(index)


def _force(owner: psycopg.Connection[Any], on: bool) -> None:
    """COPY goes past no forced row security: an owner who is no superuser lifts it from the empty tables meanwhile."""
    word = sql.SQL("FORCE" if on else "NO FORCE")
    if owner.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (False,):
        for table in SHARED:
            owner.execute(sql.SQL("ALTER TABLE {} {} ROW LEVEL SECURITY").format(sql.Identifier(table), word))


async def _run(dsn: str, ring: KeyRing, tasks: Sequence[Task], told: Callable[[int], None]) -> int:
    made = events = 0
    sums = no_sums()
    connection = await asyncpg.connect(dsn)
    try:
        with ProcessPoolExecutor(WORKERS, mp_context=multiprocessing.get_context("spawn")) as pool:
            # The newest first: they are the fullest of open work, and the wall clock ends with small ones.
            waiting = [pool.submit(write_month, task) for task in reversed(tasks)]
            for future in as_completed(waiting):
                done = future.result()
                for start in range(0, len(done.heads), CHECKPOINT):
                    heads = done.heads[start : start + CHECKPOINT]
                    await checkpoints.keep_heads(connection, ring, heads, sum(head.last for head in heads))
                for where, (numerator, denominator) in done.sums.items():
                    sums[where][0] += numerator
                    sums[where][1] += denominator
                made, events = made + len(done.heads), events + done.events
                told(made)
        await add(connection, sums)
        await _in_step(connection)
    finally:
        await connection.close()
    return events


async def _in_step(connection: asyncpg.Connection) -> None:
    """Everybody who follows the feed has taken all of this in, and the figures need no working out again today."""
    await feed.enrol(connection, [checkpoints.NAME, SEARCH, CHILDREN, FOLLOWER], filled=True)
    await jobs.note(connection, REBUILD)


def _finish(owner: psycopg.Connection[Any], area: str, days: Sequence[tuple[date, int]]) -> None:
    with owner.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO order_counter (area, day, next) VALUES (%s, %s, %s)", [(area, day, n + 1) for day, n in days]
        )
    for table in (*SHARED, "order_search", "checkpoint"):
        owner.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier(table)))
    owner.execute("ANALYZE")


# In a worker ----------------------------------------------------------------------------------------------------------


class Stage(msgspec.Struct, frozen=True):
    """Where lives are played, and by whom."""

    place: Place
    cast: Cast
    clock: Actor
    items: tuple[int, ...]


@lru_cache(maxsize=1)
def _stage_of(dsn: str, profile: str | None) -> Stage:
    return asyncio.run(_stage(dsn, profile))


async def _stage(dsn: str, profile: str | None) -> Stage:
    connection = await asyncpg.connect(dsn)
    try:
        tree = await load(connection)
        accounts = await connection.fetch(
            "SELECT a.id, a.username, a.name, a.jurisdiction_id, j.path, a.cleared, r.role, r.unit_id FROM account a "
            "JOIN jurisdiction j ON j.id = a.jurisdiction_id JOIN account_role r ON r.account_id = a.id "
            "WHERE a.active ORDER BY a.id, r.role"
        )
        items = await connection.fetch("SELECT id FROM knowledge_item WHERE status = 'published' ORDER BY id")
    finally:
        await connection.close()
    home = home_of(tree, profile) if profile else tree.root
    hotline: dict[str, list[Actor]] = defaultdict(list)
    officers: dict[tuple[str, int], Actor] = {}
    for _, group in itertools.groupby(accounts, key=lambda row: row["id"]):
        rows = list(group)
        actor = _actor(rows)
        for row in rows:
            if row["unit_id"] is not None:
                officers[row["role"], row["unit_id"]] = actor
            elif row["path"] == home.path:
                hotline[row["role"]].append(actor)
    clock = internal_actor("clock", jurisdiction=tree.root.id, path=tree.root.path)
    return Stage(place_of(tree, home.path), Cast(dict(hotline), officers), clock, tuple(row["id"] for row in items))


def _actor(rows: Sequence[asyncpg.Record]) -> Actor:
    at_units: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        at_units[row["role"]] += [row["unit_id"]] if row["unit_id"] is not None else []
    first = rows[0]
    return Actor(
        account=first["id"],
        username=first["username"],
        name=first["name"],
        jurisdiction=first["jurisdiction_id"],
        path=first["path"],
        roles=frozenset(at_units),
        units=tuple(sorted({unit for units in at_units.values() for unit in units})),
        unit_roles=tuple((role, tuple(units)) for role, units in at_units.items() if units),
        cleared=first["cleared"],
    )


def write_month(task: Task) -> Done:
    """Write the orders of some days of one month; called in a worker."""
    ring = open_keys(task.keys, key_file=task.key_file)
    stage = _stage_of(task.dsn, task.profile)
    month = f"{task.days[0][0]:%Y%m}"
    heads: list[Head] = []
    sums = no_sums()
    with psycopg.connect(task.dsn) as connection:
        for table in MONTHLY:
            # Emptied in this transaction, its pages may be written frozen: nothing vacuums them ever again.
            connection.execute(sql.SQL("TRUNCATE {}").format(sql.Identifier(f"{table}_{month}")))
        rows: dict[str, list[str]] = {table: [] for table in COLUMNS}
        for count, written in enumerate(_days(task, ring, stage, sums), 1):
            for table, lines in written.rows.items():
                rows[table].append(lines)
            heads.append(written.head)
            if count % BATCH == 0:
                _copy(connection, rows, month)
        _copy(connection, rows, month)
    return Done(heads, sum(head.last for head in heads), dict(sums))


def _days(task: Task, ring: KeyRing, stage: Stage, sums: Sums) -> Iterator[Written]:
    player = Player(stage.place, stage.cast, stage.clock, stage.items, task.end)
    parties: dict[int, Party] = {}
    for day, count in task.days:
        dice = random.Random(f"{task.seed}/{day}")  # noqa: S311 - which lives are played is no secret
        sequence = 0
        moments = _moments(day, min(count, STENCILS), task.end, stage, dice)
        for place, moment in enumerate(moments):
            stencil = Stencil(player.live(moment, dice), stage.place, searchable=day >= task.searchable)
            times = count * (place + 1) // len(moments) - count * place // len(moments)
            count_in(sums, stencil.contribution, times)
            for _ in range(times):
                sequence += 1
                who = dice.randrange(CALLERS)
                party = parties.get(who) or parties.setdefault(who, Party.of(ring, who))
                yield stencil.write(ring, make_number(day, stage.place.area_code, sequence), party)


_BY_HOUR: Final = tuple(itertools.accumulate(HOURS))


def _moments(day: date, count: int, end: datetime, stage: Stage, dice: random.Random) -> list[datetime]:
    """When the day's lives begin, in order; none after the end."""
    midnight = datetime.combine(day, time(), stage.place.zone)
    drawn = []
    for _ in range(count):
        hour = bisect.bisect_left(_BY_HOUR, dice.randint(1, _BY_HOUR[-1]))
        drawn.append(midnight + timedelta(hours=hour, microseconds=dice.randrange(3_600_000_000)))
    last = min(midnight + timedelta(days=1), end)
    return sorted(moment if moment < last else last - (last - midnight) * dice.random() for moment in drawn)


def _copy(connection: psycopg.Connection[Any], rows: dict[str, list[str]], month: str) -> None:
    for table, lines in rows.items():
        if lines:
            name = f"{table}_{month}" if table in MONTHLY else table
            frozen = " WITH (FREEZE)" if table in MONTHLY else ""
            command = sql.SQL("COPY {} ({}) FROM STDIN" + frozen).format(
                sql.Identifier(name), sql.SQL(", ").join(map(sql.Identifier, COLUMNS[table].split(", ")))
            )
            with connection.cursor().copy(command) as copy:
                copy.write("".join(lines))
            lines.clear()
