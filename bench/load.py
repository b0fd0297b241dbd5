"""The load generator: a process of its own that sends prepared requests over kept-open connections.

``python -m bench.load`` reads a `Plan` from standard input and writes a `Result` to standard output. It does as little
as can be done for a request: bytes made before, the status and the length of the answer looked at, nothing decoded.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from bench.measure import percentile

ROOT = Path(__file__).resolve().parent.parent
WARM_UP = 1.0
"""Seconds at the start whose answers are not counted."""


class Request(msgspec.Struct, frozen=True):
    """One request; ``keyed`` gives each sending an Idempotency-Key of its own."""

    method: str
    path: str
    expect: int
    body: str = ""
    keyed: bool = False


class Plan(msgspec.Struct, frozen=True):
    """What to send. Each operation is a row of requests sent one after the other on one connection.

    ``rate``: operations a second over all clients, sent by the clock whatever the server does, and measured from the
    moment each was due; 0: each client sends its next when the answer is there.
    """

    host: str
    port: int
    token: str
    operations: list[list[Request]]
    clients: int
    seconds: float
    rate: float = 0.0


class Result(msgspec.Struct, frozen=True):
    """What came back: operations finished after warming up, their milliseconds, CPU seconds of this process."""

    count: int
    p50: float
    p99: float
    cpu: float
    wrong: int
    first_wrong: str


def run(plan: Plan) -> Result:
    """Send the plan from a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        input=msgspec.json.encode(plan),
        capture_output=True,
        check=False,
        cwd=ROOT,
    )
    if done.returncode:
        raise RuntimeError(f"the load generator failed: {done.stderr.decode()[-2000:]}")
    return msgspec.json.decode(done.stdout, type=Result)


class _Client(asyncio.Protocol):
    """One connection."""

    def __init__(self) -> None:
        self._waiting: asyncio.Future[bytes] | None = None
        self._buffer = b""
        self._end = -1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._end < 0:
            head = self._buffer.find(b"\r\n\r\n")
            if head < 0:
                return
            place = self._buffer.lower().find(b"content-length:", 0, head)
            length = int(self._buffer[place + 15 : self._buffer.index(b"\r", place)]) if place >= 0 else 0
            self._end = head + 4 + length
        if len(self._buffer) >= self._end and self._waiting is not None:
            answer, self._buffer, self._end = self._buffer, b"", -1
            self._waiting.set_result(answer)

    def connection_lost(self, error: Exception | None) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(ConnectionError("the server closed the connection"))

    async def send(self, request: bytes) -> bytes:
        """The whole answer."""
        self._waiting = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await self._waiting


def _spelled(plan: Plan) -> list[list[tuple[bytes, bytes, bool, bytes]]]:
    """Each request as bytes: before the key, after it, whether it takes one, and the status line's code."""
    rows = []
    for operation in plan.operations:
        row = []
        for request in operation:
            body = request.body.encode()
            head = f"{request.method} {request.path} HTTP/1.1\r\nHost: {plan.host}\r\n"
            head += f"Authorization: Bearer {plan.token}\r\n"
            if body:
                head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            key = "Idempotency-Key: " if request.keyed else ""
            row.append(
                ((head + key).encode(), b"\r\n" * (1 + request.keyed) + body, request.keyed, b" %d " % request.expect)
            )
        rows.append(row)
    return rows


class _Tally:
    """Counts what the clients see."""

    def __init__(self, plan: Plan) -> None:
        self.rows = _spelled(plan)
        self.begin = time.perf_counter() + WARM_UP
        self.end = self.begin + plan.seconds
        self.times: list[float] = []
        self.wrong, self.first_wrong = 0, ""
        self.run = os.urandom(6).hex().encode()
        self.keys = itertools.count()

    async def operation(self, client: _Client, row: Sequence[tuple[bytes, bytes, bool, bytes]], due: float) -> None:
        for head, tail, keyed, expected in row:
            request = head + (b"%s-%d" % (self.run, next(self.keys)) if keyed else b"") + tail
            answer = await client.send(request)
            if expected not in answer[8:14]:
                self.wrong += 1
                self.first_wrong = self.first_wrong or answer[:600].decode(errors="replace")
        now = time.perf_counter()
        if self.begin <= now < self.end:
            self.times.append((now - due) * 1000)


async def _go(plan: Plan) -> Result:
    loop = asyncio.get_running_loop()
    tally = _Tally(plan)
    clients = [(await loop.create_connection(_Client, plan.host, plan.port))[1] for _ in range(plan.clients)]
    spent = time.process_time()
    work = (_paced if plan.rate else _closed)(plan, tally)
    await asyncio.gather(*(_drive(client, tally, work) for client in clients))
    spent = time.process_time() - spent
    for client in clients:
        client.transport.close()
    times = sorted(tally.times)
    return Result(
        len(times), percentile(times, 0.50), percentile(times, 0.99), spent, tally.wrong, tally.first_wrong[:1000]
    )


def _closed(plan: Plan, tally: _Tally) -> Iterator[float]:
    """Due whenever a client is free."""
    while (now := time.perf_counter()) < tally.end:
        yield now


def _paced(plan: Plan, tally: _Tally) -> Iterator[float]:
    """Due by the clock, with the gaps of independent callers."""
    due = time.perf_counter()
    while due < tally.end:
        yield due
        due += random.expovariate(plan.rate)


async def _drive(client: _Client, tally: _Tally, work: Iterator[float]) -> None:
    for due in work:
        wait = due - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        await tally.operation(client, random.choice(tally.rows), due)


if __name__ == "__main__":
    sys.stdout.buffer.write(
        msgspec.json.encode(uvloop.run(_go(msgspec.json.decode(sys.stdin.buffer.read(), type=Plan))))
    )
