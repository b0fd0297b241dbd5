"""The pool and the two kinds of transaction every room uses.

Each transaction carries a `Wall`: the values row-level security reads. They are set for the transaction alone
(``set_config(…, true)``), so a pooled connection never remembers the caller before, and unset means no rows.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

import asyncpg
import msgspec

from yihao.errors import Unavailable
from yihao.store.pool import Pool

APP_ROLE = "yihao_app"
"""The role requests run as: owns nothing, NOBYPASSRLS, append-only on events."""
WORKER_ROLE = "yihao_worker"
"""The role of clock jobs, followers and ``verify``: sees every branch, owns nothing either."""

BRANCH_PATH = re.compile(r"(/[0-9]+)*/?")

LOST = (
    ConnectionError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
)
"""What a server that stops or breaks off looks like in the middle of a transaction."""


class DatabaseLost(Unavailable):
    """The database does not answer, or broke off; the transaction is not known to have been kept."""

    code = "database_lost"
    zh = "数据库连接中断，本次操作未确认保存，请稍后用同一提交重试（不会重复登记）。"
    en = "The database connection broke; this change is not confirmed. Retry the same submission (it is not doubled)."


class DiskFull(Unavailable):
    """PostgreSQL has no room to write (SQLSTATE 53100)."""

    code = "disk_full"
    zh = "数据库磁盘空间已满，本次操作未保存，请通知系统管理员清理磁盘后重试。"
    en = "The database's disk is full; nothing was saved. Ask the administrator to free space, then retry."


class Wall(msgspec.Struct, frozen=True):
    """What row-level security lets a transaction see.

    ``account``: the account's id, 0 for nobody. ``branch``: the path of the jurisdiction whose branch the caller sees
    (``/1/4/``), empty for none. ``units``: units whose orders the caller sees. ``cleared``: may see confidential
    orders (保密件) of the branch.
    """

    account: int
    branch: str = ""
    units: tuple[int, ...] = ()
    cleared: bool = False

    def begin(self, mode: str) -> str:
        """One round trip that opens the transaction and raises the wall."""
        return f"BEGIN {mode};{self.raised()}"

    def raised(self) -> str:
        """The statement that raises the wall in the transaction under way. Every value is checked or a number."""
        if not BRANCH_PATH.fullmatch(self.branch):
            raise ValueError(f"not a jurisdiction path: {self.branch!r}")
        units = ",".join(str(int(u)) for u in self.units)
        return (
            f"SELECT set_config('yihao.account','{int(self.account)}',true),"
            f"set_config('yihao.branch','{self.branch}',true),"
            f"set_config('yihao.units','{{{units}}}',true),"
            f"set_config('yihao.cleared','{int(self.cleared)}',true),"
            "set_config('yihao.seen','',true)"
        )


@asynccontextmanager
async def standing_behind(connection: asyncpg.Connection, wall: Wall) -> AsyncIterator[None]:
    """Work behind another wall for the length of a block, then behind the caller's own again.

    For what a caller sets off without being allowed to see it: an administrator's calendar edit moves deadlines of
    orders that no administrator may read.
    """
    names = ("yihao.account", "yihao.branch", "yihao.units", "yihao.cleared", "yihao.seen")
    own = await connection.fetchrow(f"SELECT {', '.join(f'current_setting({name!r}, true)' for name in names)}")
    await connection.execute(wall.raised())
    yield
    # A block that raised ends its transaction, and the wall with it.
    for name, value in zip(names, own.values(), strict=True):
        await connection.execute("SELECT set_config($1, $2, true)", name, value or "")


async def _roll_back(connection: asyncpg.Connection) -> None:
    # Settings are transaction-local, so there is nothing else to reset on a connection that is used again.
    if connection.is_closed() or not connection.is_in_transaction():
        return
    try:
        await connection.execute("ROLLBACK")
    except Exception:  # broken, timed out: thrown away, the server ends its transaction
        connection.terminate()


class Database:
    """The application's door to PostgreSQL: ``read`` and ``write`` for callers, ``work`` for background jobs."""

    def __init__(self, app: Pool, worker: Pool) -> None:
        self._app = app
        self._worker = worker

    @classmethod
    async def open(cls, dsn: str, *, app: int = 10, worker: int = 3) -> Self:
        """Both pools (sizes are maxima; connections are made when first needed)."""
        return cls(cls._pool(dsn, APP_ROLE, app), cls._pool(dsn, WORKER_ROLE, worker))

    @staticmethod
    def _pool(dsn: str, role: str, size: int) -> Pool:
        settings = {"role": role, "timezone": "UTC", "application_name": role}
        if role == APP_ROLE:
            # A request's statements are few, short, and walk a key or an ordered index whatever their values: planning
            # them anew each time costs several times what running them does, and grows with every month there is.
            settings["plan_cache_mode"] = "force_generic_plan"
        return Pool(dsn, size, server_settings=settings, command_timeout=60)

    async def close(self) -> None:
        """Close both pools, waiting for what is under way."""
        await self._app.close()
        await self._worker.close()

    @asynccontextmanager
    async def read(self, wall: Wall) -> AsyncIterator[asyncpg.Connection]:
        """A read-only transaction behind ``wall``; one snapshot for all its statements."""
        async with self._transaction(self._app, wall.begin("ISOLATION LEVEL REPEATABLE READ READ ONLY")) as connection:
            yield connection

    @asynccontextmanager
    async def write(self, wall: Wall) -> AsyncIterator[asyncpg.Connection]:
        """A read-committed transaction behind ``wall``; commits when the block ends, rolls back when it raises."""
        async with self._transaction(self._app, wall.begin("ISOLATION LEVEL READ COMMITTED")) as connection:
            yield connection

    @asynccontextmanager
    async def single(self) -> AsyncIterator[asyncpg.Connection]:
        """For one statement that needs no wall: it is a transaction by itself, in one round trip instead of three."""
        async with self._transaction(self._app, None) as connection:
            yield connection

    @asynccontextmanager
    async def work(self) -> AsyncIterator[asyncpg.Connection]:
        """A transaction of the worker role (clock jobs, followers, verify): sees every branch."""
        async with self._transaction(self._worker, "BEGIN") as connection:
            yield connection

    @asynccontextmanager
    async def _transaction(self, pool: Pool, begin: str | None) -> AsyncIterator[asyncpg.Connection]:
        try:
            connection = await pool.acquire()
        except (OSError, asyncpg.InterfaceError, *LOST) as lost:  # no socket, a pool that closes
            raise DatabaseLost from lost
        try:
            if begin is not None:
                await connection.execute(begin)
            yield connection
            if begin is not None:
                await connection.execute("COMMIT")
        except asyncpg.DiskFullError as full:
            raise DiskFull from full
        except LOST as lost:
            raise DatabaseLost from lost
        except asyncpg.InternalClientError as error:
            # An idle connection was told that the server goes down, and the end of its stream is not read yet.
            connection.terminate()
            raise DatabaseLost from error
        except asyncpg.InterfaceError as error:
            # Either the connection has gone, or the caller misused it: that one is a mistake to be seen.
            if connection.is_closed():
                raise DatabaseLost from error
            raise
        finally:
            try:
                await _roll_back(connection)
            finally:
                pool.release(connection)
