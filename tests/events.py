"""A reader of server-sent events that speaks ASGI itself: httpx gathers a whole answer before it shows any of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec


class Event(msgspec.Struct, frozen=True):
    """One event; a comment has no name."""

    name: str
    id: str | None
    data: dict[str, Any]


def events_of(text: str) -> list[Event]:
    """What a text of complete events says (WHATWG HTML 9.2.6)."""
    found = []
    for block in text.split("\r\n\r\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\r\n") if ": " in line and not line.startswith(":"))
        if "data" in fields:
            found.append(Event(fields.get("event", "message"), fields.get("id"), json.loads(fields["data"])))
        elif block.startswith(":"):
            found.append(Event("", None, {}))
    return found


class Events:
    """An open stream. ``hold`` closes the wire: nothing more is taken until it is set again."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.hold = asyncio.Event()
        self.hold.set()
        self.gone = asyncio.Event()
        self.ended = asyncio.Event()
        self._news: asyncio.Queue[Event | None] = asyncio.Queue()
        self._text = ""

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            return
        await self.hold.wait()
        self._text += message.get("body", b"").decode()
        whole, part, self._text = self._text.rpartition("\r\n\r\n")
        for event in events_of(whole + part):
            self._news.put_nowait(event)
        if not message.get("more_body"):
            self.ended.set()
            self.gone.set()
            self._news.put_nowait(None)

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def next(self, seconds: float = 10) -> Event:
        """The next event that is no comment."""
        while (event := await asyncio.wait_for(self._news.get(), seconds)) is not None:
            if event.name:
                return event
        raise EOFError

    def come(self) -> list[Event]:
        """All that has come by now, comments left out."""
        found = []
        while not self._news.empty():
            if (event := self._news.get_nowait()) is not None and event.name:
                found.append(event)
        return found

    async def silent(self, seconds: float = 1.5) -> bool:
        """Whether nothing but comments comes for so long."""
        try:
            await self.next(seconds)
        except TimeoutError:
            return True
        return False


@asynccontextmanager
async def listening(app: Any, headers: dict[str, str], path: str = "/api/v1/stream") -> AsyncIterator[Events]:
    """An open stream of the application; it is cut off when the block ends."""
    events = Events()
    sent = {"host": "yihao.test", **headers}
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": path, "raw_path": path.encode(), "root_path": "", "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
        "client": ("192.0.2.7", 4711), "server": ("yihao.test", 80), "extensions": {},
    }  # fmt: skip
    task = asyncio.create_task(app(scope, events.receive, events.send))
    try:
        yield events
    finally:
        events.gone.set()
        events.hold.set()
        await asyncio.wait_for(task, 10)
