"""Followers lose nothing, whatever commits when."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import asyncpg
import pytest

from yihao.store import feed
from yihao.store.db import Database
from yihao.store.feed import FeedRow, Follower, Tail

PUT = "INSERT INTO outbox (topic, number, seq) VALUES ('order.test', $1, $2)"


class Seen:
    """A handler that remembers what it was given, and can be told to fail once."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, int]] = []
        self.fail = False

    async def __call__(self, connection: asyncpg.Connection, rows: Sequence[FeedRow]) -> None:
        if self.fail:
            self.fail = False
            raise RuntimeError("once")
        self.rows += [(row.number, row.seq) for row in rows]


@pytest.fixture
async def database(migrated_database: str) -> AsyncIterator[Database]:
    opened = await Database.open(migrated_database, app=4, worker=6)
    yield opened
    await opened.close()


@pytest.fixture
async def owner(migrated_database: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(migrated_database)
    yield connection
    await connection.close()


async def test_a_transaction_held_open_while_later_ones_commit_loses_nothing(
    database: Database, owner: asyncpg.Connection, migrated_database: str
) -> None:
    seen = Seen()
    follower = Follower("t", seen)
    slow = await asyncpg.connect(migrated_database)
    held = slow.transaction()
    await held.start()
    await slow.execute(PUT, "slow", 1)
    for seq in range(1, 4):
        await owner.execute(PUT, "fast", seq)
    # The later ones have committed; reading them now would put the cursor behind the one still open.
    assert await follower.drain(database) == 0
    async with database.work() as connection:
        reached = await feed.as_of(connection, "t")
        first = await connection.fetchval("SELECT min(created_at) FROM outbox WHERE number = 'fast'")
    assert reached is not None and reached <= first
    await held.commit()
    await owner.execute(PUT, "fast", 4)
    assert await follower.drain(database) == 5
    assert sorted(seen.rows) == [("fast", 1), ("fast", 2), ("fast", 3), ("fast", 4), ("slow", 1)]
    await slow.close()


async def test_concurrent_writers_of_random_length_are_read_exactly_once(
    database: Database, migrated_database: str
) -> None:
    chance = random.Random(7)
    seen, stop = Seen(), asyncio.Event()
    follower = Follower("t", seen, batch=7)
    written: list[tuple[str, int]] = []

    async def writer(name: str) -> None:
        connection = await asyncpg.connect(migrated_database)
        for seq in range(1, 41):
            transaction = connection.transaction()
            await transaction.start()
            await connection.execute(PUT, name, seq)
            await asyncio.sleep(chance.choice((0, 0, 0.002, 0.02)))
            if chance.random() < 0.2:
                await transaction.rollback()
            else:
                await transaction.commit()
                written.append((name, seq))
        await connection.close()

    async def reader() -> None:
        while not stop.is_set():
            if not await follower.step(database):
                await asyncio.sleep(0.001)

    readers = [asyncio.create_task(reader()) for _ in range(2)]  # the second stands by or takes turns
    await asyncio.gather(*(writer(f"w{n}") for n in range(6)))
    stop.set()
    await asyncio.gather(*readers)
    await follower.drain(database)
    assert Counter(seen.rows) == Counter(written)


async def test_a_failing_batch_moves_no_cursor_and_comes_again(database: Database, owner: asyncpg.Connection) -> None:
    seen = Seen()
    follower = Follower("t", seen)
    await owner.execute(PUT, "a", 1)
    seen.fail = True
    with pytest.raises(RuntimeError):
        await follower.step(database)
    assert await Follower("t", seen).step(database) == 1  # another process goes on
    assert seen.rows == [("a", 1)]


async def test_one_instance_of_a_name_reads_at_a_time(database: Database, owner: asyncpg.Connection) -> None:
    inside, leave = asyncio.Event(), asyncio.Event()

    async def slowly(connection: asyncpg.Connection, rows: Sequence[FeedRow]) -> None:
        inside.set()
        await leave.wait()

    await owner.execute(PUT, "a", 1)
    other = Seen()
    task = asyncio.create_task(Follower("t", slowly).step(database))
    await inside.wait()
    assert await Follower("t", other).step(database) == 0
    assert await Follower("u", other).step(database) == 1  # another name is not held up
    leave.set()
    assert await task == 1


async def test_trimming_waits_for_every_follower(database: Database, owner: asyncpg.Connection) -> None:
    fast, slow = Follower("fast", Seen()), Follower("slow", Seen(), batch=2)
    async with database.work() as connection:
        await feed.enrol(connection, ["fast", "slow"])
    for seq in range(1, 6):
        await owner.execute(PUT, "a", seq)
    await owner.execute("INSERT INTO outbox (topic, status) VALUES ('notice.x', 'pending')")
    await fast.drain(database)
    at_once = timedelta(0)
    async with database.work() as connection:
        assert await feed.trim(connection, keep=at_once) == 0
    await slow.step(database)
    async with database.work() as connection:
        assert await feed.trim(connection, keep=at_once) == 2
    async with database.work() as connection:
        await feed.retire(connection, "slow")
        assert await feed.trim(connection) == 0  # a tail may still have to read them
        assert await feed.trim(connection, keep=at_once) == 3
    assert await owner.fetchval("SELECT count(*) FROM outbox") == 1


async def test_a_tail_loses_nothing_that_commits_late(
    database: Database, owner: asyncpg.Connection, migrated_database: str
) -> None:
    await owner.execute(PUT, "before", 1)
    slow = await asyncpg.connect(migrated_database)
    held = slow.transaction()
    await held.start()
    await slow.execute(PUT, "slow", 1)
    tail = Tail(batch=2)
    assert [row.number for row in await tail.begin(database, 10)] == ["before"]
    for seq in range(1, 4):
        await owner.execute(PUT, "fast", seq)
    assert await tail.step(database) == []
    await held.commit()
    seen = []
    while rows := await tail.step(database):
        seen += [(row.number, row.seq) for row in rows]
    assert sorted(seen) == [("fast", 1), ("fast", 2), ("fast", 3), ("slow", 1)]
    again = Tail()
    assert [row.number for row in await again.begin(database, 2)] == ["fast", "fast"]
    assert await again.step(database) == []
    await slow.close()


async def test_in_another_cluster_followers_begin_again(database: Database, owner: asyncpg.Connection) -> None:
    seen = Seen()
    follower = Follower("t", seen)
    async with database.work() as connection:
        assert not await feed.rebase(connection)
    await owner.execute(PUT, "a", 1)
    assert await follower.drain(database) == 1
    # As a dump from a cluster that had used more xids leaves it: the cursor lies in this cluster's future.
    await owner.execute("UPDATE follower SET xid = '999999999', id = 5")
    await owner.execute("UPDATE outbox SET xid = '999999999'")
    await owner.execute(PUT, "a", 2)
    assert await follower.drain(database) == 0
    async with database.work() as connection:
        assert await feed.rebase(connection)
    assert await follower.drain(database) == 2
    assert seen.rows == [("a", 1), ("a", 1), ("a", 2)]


async def test_another_system_identifier_is_enough(database: Database, owner: asyncpg.Connection) -> None:
    async with database.work() as connection:
        await feed.rebase(connection)
    await owner.execute("""UPDATE installation SET value = '"1"' WHERE name = 'system_identifier'""")
    async with database.work() as connection:
        assert await feed.rebase(connection)
    async with database.work() as connection:
        assert not await feed.rebase(connection)
