"""The background process: every job of every room, assembled.

Any number of these may run: followers take turns by advisory lock, the outbox is claimed by SKIP LOCKED, the clock
leaves what another has moved; the rest is safe to repeat.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from yihao.clock import Clock
from yihao.companies import service as companies
from yihao.indicators import service as indicators
from yihao.lines import jobs as lines
from yihao.orders import attachments, exports, housekeeping, jobs, presence, rekey
from yihao.orders.checkpoints import Checkpoints
from yihao.orders.followers import children_follower, search_follower
from yihao.orders.notices import notice_sender
from yihao.orders.numbers import Numbers
from yihao.orders.places import Places
from yihao.orders.service import Desk
from yihao.people import jobs as people
from yihao.seal.keys import KeyRing
from yihao.store import feed, tasks, throttle
from yihao.store.db import Database
from yihao.store.feed import Follower
from yihao.store.jobs import Job, keep_running
from yihao.store.relay import Relay, Sender
from yihao.store.relay import sweep as sweep_sent

log = logging.getLogger(__name__)

SECOND: Final = 1.0
FOLLOW: Final = 0.5
MINUTE: Final = 60.0
HOUR: Final = 3600.0
DAY: Final = 24 * HOUR
THROTTLE_KEPT: Final = timedelta(days=2)


class Work:
    """The jobs of one process.

    Args:
        database, ring, clock: of the installation.
        data: folder of the files that testify outside the database; ``None`` keeps none.
        senders: of outbox families beyond ``notice``.
        followers: of other rooms, beyond those known here.
    """

    def __init__(
        self,
        database: Database,
        ring: KeyRing,
        clock: Clock,
        *,
        data: Path | None = None,
        senders: Mapping[str, Sender] | None = None,
        followers: Iterable[Follower] = (),
    ) -> None:
        self.database, self.ring, self.clock, self.data = database, ring, clock, data
        self.desk = Desk(ring, clock, Numbers(database), Places())
        self.points = Checkpoints(ring, data)
        self.relay = Relay({"notice": notice_sender(database), **(senders or {})})
        self.tasks = tasks.Tasks(ring, clock, {exports.KIND: exports.export_runner(database, self.desk)})
        self.followers: tuple[Follower, ...] = (
            search_follower(),
            children_follower(database, self.desk),
            indicators.follower(self.desk.places),
            *followers,
        )

    async def begin(self) -> None:
        """Once, before anything follows: cursors of this cluster, a place in the feed for everybody, partitions."""
        async with self.database.work() as connection:
            await feed.rebase(connection)
            await feed.enrol(connection, [self.points.follower.name, *(follower.name for follower in self.followers)])
        await housekeeping.make_months(self.database, self.clock())

    def jobs(self) -> list[Job]:
        """Everything that is done again and again."""
        database, clock = self.database, self.clock
        return [
            Job("clock", SECOND, lambda: jobs.run_clock(database, self.desk, clock())),
            Job("lines", MINUTE, lambda: lines.run_clock(database, self.desk.places, clock())),
            Job("outbox", SECOND, lambda: self.relay.drain(database)),
            Job("outbox.take_over", MINUTE, lambda: self.relay.take_over(database)),
            Job("tasks", SECOND, lambda: self.tasks.drain(database)),
            Job("checkpoint", SECOND, lambda: self.points.tick(database)),
            *(Job(f"follow.{one.name}", FOLLOW, _draining(one, database)) for one in self.followers),
            Job("audit.seal", people.SEAL_EVERY.total_seconds(), self.seal_audit),
            Job("audit.expire", people.EXPIRE_EVERY.total_seconds(), lambda: people.expire(database, clock())),
            Job("months", HOUR, lambda: housekeeping.make_months(database, clock())),
            Job("tidy", MINUTE, self.tidy),
            Job("attachments.sweep", HOUR, self.sweep_attachments),
            Job("rekey", HOUR, self.rekey),
            Job("companies.appraise", DAY, lambda: companies.appraise_all(database, self.desk.places, clock())),
            Job(indicators.REBUILD, DAY, lambda: indicators.rebuild(database, self.desk.places)),
        ]

    async def seal_audit(self) -> None:
        """Seal the audit, and note its head outside the database."""
        await people.seal(self.database, self.ring, self.clock())
        if self.data is not None:
            await housekeeping.note_audit(self.database, self.data)

    async def rekey(self) -> None:
        """Move rows under the current keys, after a rotation and only then."""
        self.ring.reload()  # made by `yihao keys rotate`, in a process of its own
        await rekey.reseal(self.database, self.ring)
        await rekey.reindex(self.database, self.ring)

    async def sweep_attachments(self) -> int:
        """Delete uploads that no order has named within a day; answers how many."""
        before, total = self.clock() - attachments.LOOSE_KEPT, 0
        while True:
            async with self.database.work() as connection:
                gone = await attachments.sweep(connection, before)
            total += gone
            if not gone:
                return total

    async def tidy(self) -> None:
        """Let go of what has served its time."""
        now = self.clock()
        async with self.database.work() as connection:
            await feed.trim(connection)
            await sweep_sent(connection)
            await housekeeping.forget_keys(connection)
            await presence.sweep(connection)
            await people.sweep(connection, now)
            await throttle.sweep(connection, now - THROTTLE_KEPT)
            await tasks.sweep(connection, now)

    async def catch_up(self) -> None:
        """Everything that can be done now, once: for replays, imports and tests, without a running process."""
        for follower in self.followers:
            await follower.drain(self.database)
        await self.relay.drain(self.database)
        for follower in self.followers:  # children that followed have made events of their own
            await follower.drain(self.database)
        await self.seal_audit()
        await self.points.make(self.database)


def _draining(follower: Follower, database: Database) -> Callable[[], Awaitable[int]]:
    return lambda: follower.drain(database)


async def run(database: Database, ring: KeyRing, clock: Clock, stop: asyncio.Event, **more: Any) -> None:
    """The background process until ``stop``: what is under way is finished. ``more``: see `Work`."""
    work = Work(database, ring, clock, **more)
    while not stop.is_set():
        try:
            await work.begin()
            break
        except Exception:
            log.exception("background work cannot begin yet")
            await asyncio.sleep(SECOND)
    await keep_running(database, work.jobs(), stop)
