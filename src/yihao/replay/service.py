"""The use case: a file's messages live through the years they came in, one event after the other, on one clock.

Everything goes through the rooms' services as the demonstration's own accounts; the database is a scratch one, nothing
is sent out, and at the end the evidence of all that happened is verified.
"""

from __future__ import annotations

import heapq
import itertools
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import asyncpg
import msgspec

from yihao.clock import SimulatedClock
from yihao.demo.load import home_of, load_demo
from yihao.indicators import rules as indicator_rules
from yihao.indicators import service as indicators
from yihao.indicators.model import INDICATORS
from yihao.knowledge import service as knowledge
from yihao.knowledge.model import Reader
from yihao.orders import jobs
from yihao.orders import service as orders
from yihao.orders.checkpoints import Checkpoints
from yihao.orders.model import Order
from yihao.orders.numbers import Numbers
from yihao.orders.places import Places
from yihao.orders.verify import verify
from yihao.people.passwords import Passwords
from yihao.people.scope import Actor
from yihao.people.sessions import Sessions
from yihao.replay.cast import Cast
from yihao.replay.model import Fault, Figure, Outcome, Report, Sheet, kind_zh
from yihao.replay.story import Stage, Story
from yihao.seal.keys import KeyRing
from yihao.store.db import Database
from yihao.units.load import tree as load_tree

Progress = Callable[[int, int], None]
"""Told how many messages of how many have been lived to the end of their story."""
ITEMS_A_PAGE: Final = 200
NEXT_DUE: Final = "SELECT min(due_at) FROM open_duty WHERE breached_at IS NULL AND paused_at IS NULL"
"""When the clock has something to do next."""
NEVER: Final = datetime(2000, 1, 1, tzinfo=UTC)


class Replayed(msgspec.Struct, frozen=True):
    """What came of a replay: the export, steps that were refused along the way (row, why), and what `verify` found
    wrong in the end (nothing, or the replay has failed)."""

    report: Report
    stopped: tuple[Fault, ...]
    broken: tuple[str, ...]


async def replay(dsn: str, profile: str, sheet: Sheet, folder: Path, ring: KeyRing, progress: Progress) -> Replayed:
    """Live through the sheet in the scratch database ``dsn``, whose schema is there and which is otherwise empty.

    Args:
        dsn: of the scratch database.
        profile: the place; its demonstration data is loaded.
        sheet: the messages.
        folder: where the demonstration's accounts are written, private and temporary.
        ring: keys of the scratch database, in memory only (`new_ring`).
        progress: told as stories end.

    Raises:
        UnknownDemo, ProfileInvalid.
    """
    moments = [message.at for message in sheet.messages if message.refused is None and message.at is not None]
    clock = SimulatedClock(min(moments, default=NEVER) - timedelta(days=1))
    async with AsyncExitStack() as stack:
        database = await Database.open(dsn, app=8, worker=4)
        stack.push_async_callback(database.close)
        # Nobody can reach these accounts: their passwords need not cost what real ones do.
        passwords = Passwords(memory_kib=64, passes=1)
        stack.callback(passwords.close)
        stage = await _set(database, profile, folder, ring, passwords, clock)
        stories = [Story(message, message.at or NEVER, stage) for message in sheet.messages]
        alive = [story for story in stories if story.refused is None]
        await _live(alive, stage, clock, progress)
        last = await _rest(stage, clock)
        report = await _report(stories, stage, min(moments, default=NEVER), last)
        stopped = tuple(Fault(s.message.row, "", s.stopped or s.refused or "") for s in _ended_early(stories))
        return Replayed(report, stopped, await _verified(database, ring))


async def _verified(database: Database, ring: KeyRing) -> tuple[str, ...]:
    """Seal what has happened with checkpoints, and look whether the database still says it."""
    await Checkpoints(ring, None).make(database)
    found = await verify(database, ring, data=None, deep=True)
    return tuple(fault.sentence("zh") for fault in found.faults)


async def _set(
    database: Database, profile: str, folder: Path, ring: KeyRing, passwords: Passwords, clock: SimulatedClock
) -> Stage:
    accounts = await load_demo(database, profile, folder / "accounts.json", ring=ring, passwords=passwords, clock=clock)
    places = Places()
    async with database.work() as connection:
        tree = await load_tree(connection)
        home = home_of(tree, profile)
        place = await places.at(connection, home.path)
        known = await _citable(connection, clock().date())
    counties = sorted(
        node.area_code
        for node in tree.jurisdictions.values()
        if node.level == "county" and node.path.startswith(home.path)
    )
    return Stage(
        database=database,
        desk=orders.Desk(ring, clock, Numbers(database), places),
        place=place,
        cast=Cast(accounts, Sessions(database, ring, clock, passwords), home),
        knowledge=known,
        areas=(home.area_code, *counties),
    )


async def _citable(connection: asyncpg.Connection, on: date) -> dict[str, int]:
    """The first item of each category that may be cited."""
    found: dict[str, int] = {}
    after = 0
    reader = Reader(visibilities=("internal", "grassroots", "public"))
    while items := await knowledge.in_force(connection, reader, on, after=after, limit=ITEMS_A_PAGE):
        after = items[-1].id
        for item in items:
            if item.category is not None:
                found.setdefault(item.category, item.id)
    return found


async def _live(stories: Sequence[Story], stage: Stage, clock: SimulatedClock, progress: Progress) -> None:
    """The loop of events: always the earliest next, the clock's duties between them."""
    turn = itertools.count()
    waiting: list[tuple[datetime, int, AsyncIterator[datetime]]] = []
    done = 0
    for story in stories:
        life = story.live()
        heapq.heappush(waiting, (await anext(life), next(turn), life))
    while waiting:
        at, _, life = heapq.heappop(waiting)
        if at > clock():
            await _duties_until(at, stage)
            clock.advance_to(at)
        try:
            following = await anext(life)
        except StopAsyncIteration:
            done += 1
            progress(done, len(stories))
        else:
            # A moment already past (an answer in the very second of the question) is now.
            heapq.heappush(waiting, (max(following, at), next(turn), life))


async def _duties_until(at: datetime, stage: Stage) -> None:
    due = await _next_due(stage.database)
    if due is not None and due < at:
        await jobs.run_due(stage.desk, stage.database, at)


async def _next_due(database: Database) -> datetime | None:
    async with database.work() as connection:
        moment: datetime | None = await connection.fetchval(NEXT_DUE)
        return moment


async def _rest(stage: Stage, clock: SimulatedClock) -> datetime:
    """After the last step: the clock archives, and records what was never done, until nothing is due any more."""
    while (due := await _next_due(stage.database)) is not None:
        until = max(due, clock()) + timedelta(days=1)
        if not await jobs.run_due(stage.desk, stage.database, until):
            break  # what is left failed and is noted with its next try; verify and the report show it
    return clock()


async def _report(stories: Sequence[Story], stage: Stage, first: datetime, last: datetime) -> Report:
    await indicators.follower(stage.desk.places).drain(stage.database)
    reader = await stage.cast.hotline("supervisor")
    zone = stage.place.zone
    figures = await _figures(stage.database, reader, first.astimezone(zone).date(), last.astimezone(zone).date())
    rows = []
    async with stage.database.read(reader.wall()) as connection:
        for story in stories:
            order = (await orders.load(connection, story.number))[0].order if story.number is not None else None
            rows.append(outcome(story, order, stage))
    return Report(figures, tuple(rows))


def _ended_early(stories: Iterable[Story]) -> Iterable[Story]:
    """Stories a service ended; faults of the file are told with the file."""
    return (story for story in stories if story.message.refused is None and (story.stopped or story.refused))


def outcome(story: Story, order: Order | None, stage: Stage) -> Outcome:
    """A row of the export."""
    kind = kind_zh(story.kind)
    if order is None:
        return Outcome(id=story.message.id, kind=kind, final_state="refused")

    def local(moment: datetime | None) -> datetime | None:
        return moment.astimezone(stage.place.zone) if moment is not None else None

    on_time = None
    if order.due_at is not None:
        on_time = order.replied_at is not None and order.replied_at <= order.due_at
    return Outcome(
        id=story.message.id,
        number=order.number,
        kind=kind,
        registered_at=local(order.registered_at),
        dispatched_at=local(order.dispatched_at),
        due_at=local(order.due_at),
        replied_at=local(order.replied_at),
        on_time=on_time,
        final_state=order.state,
    )


async def _figures(database: Database, reader: Actor, first: date, last: date) -> tuple[Figure, ...]:
    """Every indicator over the whole replay, asked for in parts where it is longer than one answer may be."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    while first <= last:
        until = min(last, first + timedelta(days=indicators.LONGEST_DAYS - 1))
        async with database.read(reader.wall()) as connection:
            answer = await indicators.figures(connection, reader, first, until)
        for figure in answer.figures:
            sums[figure.name][0] += figure.numerator
            sums[figure.name][1] += figure.denominator
        first = until + timedelta(days=1)
    made = [indicator_rules.figure("all", "", name, *sums[name]) for name in INDICATORS]
    return tuple(
        Figure(name=one.name, numerator=one.numerator, denominator=one.denominator, value=one.value) for one in made
    )
