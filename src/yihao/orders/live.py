"""Live changes: one reader of the feed in each process hands every change on to those who listen and may know of it.

What a listener may know is asked of the database, behind the listener's own wall and after the change has committed:
an order that has left a scope, or has become confidential, is told to nobody outside. Listeners behind the same wall
are asked for once. Sessions are looked at before each batch, so nothing is told to one that has ended.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Final
from weakref import WeakSet

import msgspec
from litestar.response import ServerSentEventMessage

from yihao.errors import TooMany, Unavailable
from yihao.orders.presence import Watch
from yihao.orders.views import Out, says
from yihao.people.scope import Actor
from yihao.people.sessions import Sessions, token_hash
from yihao.store.db import Database, Wall
from yihao.store.feed import KEEP, FeedRow, Tail
from yihao.store.statements import load

log = logging.getLogger(__name__)

SQL: Final = load("yihao.orders", "live.sql")
POLL: Final = 0.5
"""Seconds between looks at the feed."""
COMPANY: Final = 1.0
"""Seconds between looks at who is on which order."""
LOOK: Final = 5.0
"""Seconds between looks at the sessions while nothing happens."""
HEARTBEAT: Final = 15.0
"""Seconds of silence after which a beat is sent: proxies cut silent connections, and a page knows by it that it lives.
A comment would not do: browsers hide those from the page."""
RETRY: Final = 3_000
"""Milliseconds a browser waits before it connects again."""
QUEUE: Final = 256
"""Changes that wait for one listener; a slower one is told to load anew."""
REMEMBERED: Final = 5_000
"""Changes of the past a listener that was cut off can catch up with."""
MOST: Final = 2_000
MOST_EACH: Final = 8
"""Streams of a process, and of one account in it (each open page is one)."""

Position = tuple[int, int]


class Change(Out, frozen=True, kw_only=True):
    """One step of an order, as event `change`; event `reload` carries none."""

    number: Annotated[str, says("Number of the order. 工单编号。", "202601055328000000017")]
    version: Annotated[int, says("Version after the step. 变更后的版本。", 3)]
    state: Annotated[str, says("State after the step. 变更后的状态。", "dispatched")]
    verb: Annotated[str, says("What was done. 操作。", "dispatch")]
    at: Annotated[datetime, says("Business time of the step. 业务时间。")]


class TooManyStreams(TooMany):
    """The account holds as many streams open as it may."""

    code = "too_many_streams"
    zh = "该账号打开的实时页面过多，请关闭其他页面后重试。"
    en = "This account has too many live pages open. Close some of them."


class _Known(msgspec.Struct, frozen=True):
    """A change with what says whom it may concern: ``places`` are the paths of the order and of who takes part in it.

    Its row in the feed is ``position``.
    """

    position: Position
    number: str
    places: tuple[str, ...]
    units: frozenset[int]
    message: bytes

    def may_concern(self, wall: Wall) -> bool:
        """A first sieve, so that a wall is asked only of orders that can lie behind it; the wall itself decides."""
        near = bool(wall.branch) and any(place.startswith(wall.branch) for place in self.places)
        return near or not self.units.isdisjoint(wall.units)


class Listener:
    """One open stream."""

    def __init__(self, token: str, actor: Actor) -> None:
        self.token, self.account, self.wall = token_hash(token), actor.account, actor.wall()
        self._waiting: deque[bytes] = deque()
        self._news = asyncio.Event()
        self.ended = False

    def tell(self, message: bytes) -> None:
        """Put a message behind those that wait; too many of them give way to one that says to load anew."""
        if len(self._waiting) >= QUEUE:
            self._waiting.clear()
            message = _reload(None)
        self._waiting.append(message)
        self._news.set()

    def end(self) -> None:
        """Let the stream end."""
        self.ended = True
        self._news.set()

    async def take(self) -> bytes:
        """What waits; a beat when nothing came for a while, nothing at the end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(HEARTBEAT):
                await self._news.wait()
        self._news.clear()
        if self.ended:
            return b""
        found = b"".join(self._waiting) or _BEAT
        self._waiting.clear()
        return found


class Live:
    """The changes of one process's listeners. It reads the feed while there are any, and not otherwise."""

    def __init__(self, database: Database, sessions: Sessions) -> None:
        self._database, self._sessions = database, sessions
        # Weakly: a stream that is dropped before its first byte never runs its own end.
        self._listeners: WeakSet[Listener] = WeakSet()
        self._past: deque[_Known] = deque(maxlen=REMEMBERED)
        self._reading: asyncio.Task[None] | None = None
        self._begun: asyncio.Future[None] | None = None
        self._company = Watch()

    def __len__(self) -> int:
        return len(self._listeners)

    def admit(self, token: str, actor: Actor) -> Listener:
        """A listener, for `follow`.

        Raises:
            TooManyStreams, Unavailable.
        """
        if sum(one.account == actor.account for one in self._listeners) >= MOST_EACH:
            raise TooManyStreams(seconds=60)
        if len(self._listeners) >= MOST:
            raise Unavailable(part="实时变更")
        listener = Listener(token, actor)
        self._listeners.add(listener)
        return listener

    async def follow(self, listener: Listener, last: str | None) -> AsyncIterator[bytes]:
        """The stream's bytes, from the change named ``last`` on, until the session ends or nobody reads."""
        try:
            yield await self._first(listener, last)
            while message := await listener.take():
                yield message
        finally:
            self._listeners.discard(listener)

    async def ready(self) -> None:
        """Returns once the reader stands at the end of the feed.

        Raises:
            DatabaseLost.
        """
        if self._reading is None or self._reading.done():
            self._begun = asyncio.get_running_loop().create_future()
            self._reading = asyncio.create_task(self._read(self._begun), name="live")
        if self._begun is not None:
            await asyncio.shield(self._begun)

    def end(self) -> None:
        """End every stream: open ones would hold up a server that is to stop."""
        for listener in list(self._listeners):
            listener.end()

    async def close(self) -> None:
        """End every stream, and the reading."""
        self.end()
        if self._reading is not None:
            self._reading.cancel()
            with suppress(asyncio.CancelledError):
                await self._reading

    async def _first(self, listener: Listener, last: str | None) -> bytes:
        """What was missed since ``last``, else the word to load everything."""
        await self.ready()
        position, missed = _position(last), None
        rows = iter(list(self._past))
        # Rows leave the past in their order: where the last one read still stands, all after it do.
        if position is not None and any(known.position == position for known in rows):
            missed = list(rows)
        if missed is None:
            return _reload(self._past[-1].position if self._past else None)
        seen = await self._seen(listener.wall, missed)
        return b"".join([_NOTHING, *(known.message for known in missed if known.number in seen)])

    async def _read(self, begun: asyncio.Future[None]) -> None:
        """Read while anybody listens; after an interruption everybody is told to load anew."""
        while not begun.done() or self._listeners:
            try:
                tail = Tail()
                self._past.clear()
                self._past.extend(await self._known(await tail.begin(self._database, REMEMBERED)))
                if not begun.done():
                    begun.set_result(None)
                await self._go_on(tail)
            except Exception as error:
                if not begun.done():
                    begun.set_exception(error)
                    return
                log.exception("live changes were interrupted")
                await asyncio.sleep(LOOK)
            for listener in list(self._listeners):
                listener.tell(_reload(None))

    async def _go_on(self, tail: Tail) -> None:
        """Hand on what comes; returns when nobody listens, or when rows may have gone unseen."""
        looked = stepped = time.monotonic()
        met = 0.0
        self._company.forget()
        while self._listeners and time.monotonic() - stepped < KEEP.total_seconds() / 2:
            stepped = time.monotonic()
            rows = await tail.step(self._database)
            if rows or stepped - looked >= LOOK:
                await self._look()
                looked = stepped
            if rows:
                await self._hand_on(rows)
            if stepped - met >= COMPANY:
                await self._company.look(self._database, [one.account for one in self._listeners], self._tell)
                met = stepped
            if not rows:
                await asyncio.sleep(POLL)

    def _tell(self, account: int, message: bytes) -> None:
        for listener in list(self._listeners):
            if listener.account == account:
                listener.tell(message)

    async def _look(self) -> None:
        """End the streams of sessions that have ended; let the others follow their account's present scope."""
        listeners = list(self._listeners)
        actors = await self._sessions.look([one.token for one in listeners])
        for listener in listeners:
            actor = actors.get(listener.token)
            if actor is None:
                listener.end()
            else:
                listener.wall = actor.wall()

    async def _hand_on(self, rows: Sequence[FeedRow]) -> None:
        changes = await self._known(rows)
        self._past.extend(changes)
        behind: dict[Wall, list[Listener]] = {}
        # Who joins from here on finds these in the past.
        for listener in list(self._listeners):
            behind.setdefault(msgspec.structs.replace(listener.wall, account=0), []).append(listener)
        for wall, listeners in behind.items():
            seen = await self._seen(wall, changes)
            for known in changes:
                if known.number in seen:
                    for listener in listeners:
                        listener.tell(known.message)

    async def _known(self, rows: Sequence[FeedRow]) -> list[_Known]:
        async with self._database.work() as connection:
            found = await connection.fetch(SQL["steps"], [row.number for row in rows], [row.seq for row in rows])
        steps = {(step["number"], step["seq"]): step for step in found}
        changes = []
        for row in rows:
            if (step := steps.get((row.number, row.seq))) is not None:
                change = Change(
                    number=row.number, version=row.seq, state=step["to_state"], verb=step["verb"], at=step["at"]
                )
                position = (row.xid, row.id)
                message = _message(change, position)
                places = (step["path"], *step["places"])
                changes.append(_Known(position, row.number, places, frozenset(step["units"]), message))
        return changes

    async def _seen(self, wall: Wall, changes: Iterable[_Known]) -> set[str]:
        """The orders the wall shows now."""
        numbers = sorted({known.number for known in changes if known.may_concern(wall)})
        if not numbers:
            return set()
        async with self._database.read(wall) as connection:
            return {row["number"] for row in await connection.fetch(SQL["seen"], numbers)}


_NOTHING: Final = b":\r\n\r\n"
"""A comment: the answer begins, though there is nothing to tell."""
_BEAT: Final = ServerSentEventMessage(data="{}", event="beat").encode()


def _message(change: Change, position: Position) -> bytes:
    return ServerSentEventMessage(
        data=msgspec.json.encode(change), event="change", id=f"{position[0]}-{position[1]}"
    ).encode()


def _reload(position: Position | None) -> bytes:
    """Load everything anew: what was before is not told one by one."""
    where = f"{position[0]}-{position[1]}" if position else None
    return ServerSentEventMessage(data="{}", event="reload", id=where, retry=RETRY).encode()


def _position(last: str | None) -> Position | None:
    xid, dash, id_ = (last or "").partition("-")
    digits = all(part.isascii() and part.isdecimal() and len(part) < 20 for part in (xid, id_))
    return (int(xid), int(id_)) if dash and digits else None
