"""A bounded set of connections that are used again.

asyncpg's own pool gives a connection back in a task of its own (``shield``). When the server dies in between, the
broken connection has returned itself already, and what is given back is somebody else's: measured under ``kill -9``,
two requests then shared a connection, or a place in the pool was lost for ever. Here giving back is one step that
nothing comes between.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import Any, Final

import asyncpg

MOST_USES: Final = 50_000
"""Transactions of one connection: what the server remembers for it (plans, catalogue) grows."""
IDLE_SECONDS: Final = 300.0
"""How long a connection nobody needs is kept."""


class Pool:
    """Connections to one database under one role.

    Args:
        dsn: of the server.
        size: most connections at a time; they are made when first needed.
        options: for ``asyncpg.connect``.
    """

    def __init__(self, dsn: str, size: int, **options: Any) -> None:
        self._dsn, self._options = dsn, options
        self._size = size
        self._room = asyncio.Semaphore(size)
        self._idle: deque[tuple[asyncpg.Connection, float]] = deque()
        self._uses: dict[asyncpg.Connection, int] = {}
        self._closed = False

    async def acquire(self) -> asyncpg.Connection:
        """A connection outside any transaction, the one used last; waits while all are in use.

        Raises:
            OSError, asyncpg.PostgresError: the server does not answer, or refuses.
            asyncpg.InterfaceError: the pool was closed.
        """
        await self._room.acquire()
        try:
            if self._closed:
                raise asyncpg.InterfaceError("the pool is closed")
            while self._idle:
                connection, _ = self._idle.pop()
                if not connection.is_closed():
                    break
                self._uses.pop(connection, None)
            else:
                connection = await asyncpg.connect(self._dsn, **self._options)
        except BaseException:
            self._room.release()
            raise
        self._uses[connection] = self._uses.get(connection, 0) + 1
        return connection

    def release(self, connection: asyncpg.Connection) -> None:
        """Give it back. One that broke, or was left in a transaction, is thrown away."""
        spent = connection.is_closed() or connection.is_in_transaction() or self._uses[connection] >= MOST_USES
        if spent or self._closed:
            self._drop(connection)
        else:
            self._idle.append((connection, time.monotonic()))
        while self._idle and time.monotonic() - self._idle[0][1] > IDLE_SECONDS:
            self._drop(self._idle.popleft()[0])
        self._room.release()

    def _drop(self, connection: asyncpg.Connection) -> None:
        self._uses.pop(connection, None)
        connection.terminate()

    async def close(self) -> None:
        """Close every connection, when those in use have been given back."""
        self._closed = True
        for _ in range(self._size):
            await self._room.acquire()
        while self._idle:
            connection, _ = self._idle.pop()
            await connection.close()
        self._uses.clear()
        for _ in range(self._size):  # whoever still asks is told, not left waiting
            self._room.release()
