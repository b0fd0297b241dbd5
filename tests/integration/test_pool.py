"""Connections are used again, broken ones are not, and nobody is handed another's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from yihao.store import pool as module
from yihao.store.db import Database, DatabaseLost, Wall
from yihao.store.pool import Pool

NOBODY = Wall(account=0)


@pytest.fixture
async def database(migrated_database: str) -> AsyncIterator[Database]:
    opened = await Database.open(migrated_database, app=2, worker=2)
    yield opened
    await opened.close()


async def pid(database: Database) -> int:
    async with database.write(NOBODY) as connection:
        found: int = await connection.fetchval("SELECT pg_backend_pid()")
    return found


async def test_a_connection_is_used_again_and_leaves_no_wall_behind(database: Database) -> None:
    async with database.write(Wall(account=7, branch="/1/", units=(3,), cleared=True)) as connection:
        first = await connection.fetchval("SELECT pg_backend_pid()")
    async with database.work() as connection:
        assert await connection.fetchval("SELECT current_user") == "yihao_worker"
    async with database.write(NOBODY) as connection:
        assert await connection.fetchval("SELECT pg_backend_pid()") == first
        assert await connection.fetchval("SELECT wall_branch()") is None


async def test_no_more_connections_than_places_and_all_are_served(database: Database) -> None:
    at_once, most = 0, 0

    async def one() -> int:
        nonlocal at_once, most
        async with database.write(NOBODY) as connection:
            at_once += 1
            most = max(most, at_once)
            found: int = await connection.fetchval("SELECT pg_backend_pid() FROM pg_sleep(0.01)")
            at_once -= 1
        return found

    pids = await asyncio.gather(*(one() for _ in range(30)))
    assert most == 2 and len(set(pids)) <= 2


async def test_broken_connections_are_lost_once_and_replaced(database: Database, migrated_database: str) -> None:
    owner = await asyncpg.connect(migrated_database)
    for _ in range(20):
        with pytest.raises(DatabaseLost):
            async with database.write(NOBODY) as connection:
                mine = await connection.fetchval("SELECT pg_backend_pid()")
                await owner.fetchval("SELECT pg_terminate_backend($1, 5000)", mine)
                await connection.fetchval("SELECT 1")
        assert await pid(database) != mine
    # All at once, idle: whoever comes next is served, at worst after one that finds it broken.
    await asyncio.gather(*(pid(database) for _ in range(4)))
    await owner.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    answers = await asyncio.gather(*(pid(database) for _ in range(8)), return_exceptions=True)
    assert sum(isinstance(answer, int) for answer in answers) >= 6
    assert all(isinstance(answer, int | DatabaseLost) for answer in answers)
    await owner.close()


async def test_a_cancelled_caller_leaves_a_usable_place(database: Database) -> None:
    async def slow() -> None:
        async with database.write(NOBODY) as connection:
            await connection.execute("SELECT pg_sleep(30)")

    tasks = [asyncio.create_task(slow()) for _ in range(2)]
    await asyncio.sleep(0.2)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    async with asyncio.timeout(10):
        assert len(await asyncio.gather(*(pid(database) for _ in range(6)))) == 6


async def test_a_failed_block_keeps_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError):
        async with database.write(NOBODY) as connection:
            await connection.execute("INSERT INTO idempotency VALUES (1, 'k', 'n', 1, '')")
            raise RuntimeError
    with pytest.raises(asyncpg.UniqueViolationError):
        async with database.write(NOBODY) as connection:
            for _ in range(2):
                await connection.execute("INSERT INTO idempotency VALUES (1, 'k', 'n', 1, '')")
    async with database.write(NOBODY) as connection:
        assert await connection.fetchval("SELECT count(*) FROM idempotency") == 0


async def test_old_and_worn_connections_go(migrated_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_USES", 3)
    pool = Pool(migrated_database, 2)
    seen = []
    for _ in range(4):
        connection = await pool.acquire()
        seen.append(connection.get_server_pid())
        pool.release(connection)
    assert len(set(seen[:3])) == 1 and seen[3] != seen[0]
    monkeypatch.setattr(module, "IDLE_SECONDS", -1.0)
    pool.release(await pool.acquire())
    assert not pool._idle
    await pool.close()
    with pytest.raises(asyncpg.InterfaceError):
        await pool.acquire()
