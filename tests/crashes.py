"""The database killed at random moments while orders are registered; then everything acknowledged must be there, once.

``crash(folder, rounds=20)`` is what the benchmark calls; the tests do two rounds. Run as a program, this module is the
registering process (``python crashes.py FOLDER``): it works through the product's own use cases with all background
jobs beside it, repeats what was not acknowledged under the same key, as any client would, and writes a line for each
order it was told of.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from yihao.clock import system_clock
from yihao.errors import Unavailable
from yihao.orders import bodies, service
from yihao.orders.checkpoints import Checkpoints
from yihao.orders.faults import Report, report_text
from yihao.orders.numbers import Numbers
from yihao.orders.places import Places
from yihao.orders.verify import verify
from yihao.people.model import INTERNAL
from yihao.people.scope import Actor
from yihao.seal.keys import open_keys
from yihao.store.db import Database, Wall
from yihao.store.migrate import migrate
from yihao.store.server import Server
from yihao.units import service as units
from yihao.units.model import By, Category, JurisdictionDraft
from yihao.work import run

AT_ONCE = 6
ACKNOWLEDGED = "acknowledged.txt"


class Crashed(msgspec.Struct, kw_only=True):
    """What came of it. ``lost`` and ``doubled`` name keys; ``unverified`` is the report when verify found something."""

    rounds: int
    acknowledged: int
    orders: int
    lost: list[str]
    doubled: list[str]
    unverified: str
    seconds_down: list[float]

    @property
    def ok(self) -> bool:
        return not (self.lost or self.doubled or self.unverified)


def crash(folder: Path, *, rounds: int, seed: int = 12345, shortest: float = 0.3, longest: float = 1.5) -> Crashed:
    """Kill the server of ``folder`` so many times, each after a random while of work."""
    chance = random.Random(seed)
    down: list[float] = []
    with Server.open(folder, env={}) as server:
        migrate(server.dsn)
        asyncio.run(_furnish(server.dsn))
        child = subprocess.Popen([sys.executable, __file__, str(folder)])
        try:
            for _ in range(rounds):
                _until_growing(folder, child)
                time.sleep(chance.uniform(shortest, longest))
                begun = time.monotonic()
                _kill(server)
                while not server.ensure():  # a killed process takes a moment to be gone
                    time.sleep(0.01)
                down.append(round(time.monotonic() - begun, 2))
            _until_growing(folder, child)
        finally:
            child.send_signal(signal.SIGTERM)
            code = child.wait(60)
        assert code == 0, f"the registering process ended with {code}"
        return asyncio.run(_look(server.dsn, folder, rounds, down))


def _kill(server: Server) -> None:
    """SIGKILL to every process of this very cluster: nothing of it gets to write another byte."""
    embedded = server._embedded
    assert embedded is not None
    for pid in sorted(embedded.home.processes()):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _until_growing(folder: Path, child: subprocess.Popen[bytes], patience: float = 60.0) -> None:
    """Wait until orders are acknowledged (again)."""
    file, end = folder / ACKNOWLEDGED, time.monotonic() + patience
    size = file.stat().st_size if file.exists() else 0
    while time.monotonic() < end:
        if file.exists() and file.stat().st_size > size:
            return
        assert child.poll() is None, f"the registering process ended with {child.returncode}"
        time.sleep(0.02)
    raise AssertionError(f"no order was acknowledged for {patience} s")


async def _furnish(dsn: str) -> None:
    database = await Database.open(dsn)
    by = By(account=INTERNAL["setup"], role="setup", at=datetime.now(UTC))
    async with database.write(Wall(account=INTERNAL["setup"])) as connection:
        edit = await units.edit(connection, by)
        await edit.create_jurisdiction(
            JurisdictionDraft(parent_id=None, area_code="532800", name="示范州", level="city", profile="xishuangbanna")
        )
        await edit.put_category(Category(code="light", name="路灯", keywords=("路灯",)))
    await database.close()


async def _look(dsn: str, folder: Path, rounds: int, down: list[float]) -> Crashed:
    told: dict[str, str] = {}
    doubled: list[str] = []
    for line in (folder / ACKNOWLEDGED).read_text(encoding="ascii").splitlines():
        key, number = line.split()
        if told.setdefault(key, number) != number:
            doubled.append(key)
    database = await Database.open(dsn)
    async with database.work() as connection:
        rows = await connection.fetch("SELECT number, version FROM work_order")
        kept = await connection.fetch("SELECT key, number FROM idempotency WHERE key LIKE 'register %'")
        events = await connection.fetchval("SELECT count(*) FROM order_event WHERE verb = 'register'")
    there = {row["number"] for row in rows}
    lost = [key for key, number in told.items() if number not in there]
    # An order nobody asked for twice: each has its key, each key its order, each order its first event.
    by_key = {row["key"].removeprefix("register "): row["number"] for row in kept}
    doubled += [number for number in there if number not in by_key.values()]
    lost += [key for key, number in told.items() if by_key.get(key) != number]
    if events != len(there):
        doubled.append(f"{events} first events of {len(there)} orders")
    ring = open_keys(folder / "keys")
    await Checkpoints(ring, folder).make(database)
    report: Report = await verify(database, ring, data=folder, deep=True)
    await database.close()
    return Crashed(
        rounds=rounds,
        acknowledged=len(told),
        orders=len(there),
        lost=lost,
        doubled=doubled,
        unverified="" if report.ok else report_text(report, "en"),
        seconds_down=down,
    )


async def _register(folder: Path) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with Server.open(folder, env={}) as server, (folder / ACKNOWLEDGED).open("a", buffering=1) as told:
        database = await Database.open(server.dsn, app=AT_ONCE, worker=4)
        ring = open_keys(folder / "keys")
        desk = service.Desk(ring, system_clock, Numbers(database), Places())
        actor = Actor(
            account=101, username="demo", name="演示账号", jurisdiction=1, path="/1/", roles=frozenset({"agent"})
        )
        async with asyncio.TaskGroup() as group:
            group.create_task(run(database, ring, system_clock, stop, data=folder))
            for lane in range(AT_ONCE):
                group.create_task(_lane(database, desk, actor, f"{os.getpid()}-{lane}", told, stop))
        await database.close()


async def _lane(database: Database, desk: service.Desk, actor: Actor, lane: str, told, stop: asyncio.Event) -> None:
    """One client: registers, is told, moves the order a step; what was not answered is asked again."""
    appeal = msgspec.convert(
        {
            "channel": "phone", "kind": "help", "domain": "service", "title": "路灯不亮",
            "content": "演示路的路灯三天不亮。", "caller": {"name": "演示甲", "phone": "13800000000"},
        },
        bodies.Appeal,
    )  # fmt: skip
    turn = 0
    while not stop.is_set():
        turn += 1
        key = f"{lane}-{turn}"
        order = await _until_answered(
            stop, lambda c, key=key: service.register(c, desk, actor, appeal, key=f"register {key}"), database, actor
        )
        if order is None:
            return
        told.write(f"{key} {order.order.number}\n")
        if turn % 3 == 0:
            number, body = order.order.number, bodies.Prepare(category="light", area_code="532801")
            await _until_answered(
                stop,
                lambda c, number=number, body=body, key=key: service.act(
                    c, desk, actor, number, "prepare", body, version=1, key=f"prepare {key}"
                ),
                database,
                actor,
            )


async def _until_answered(stop: asyncio.Event, ask, database: Database, actor: Actor):
    """The answer, however often the database breaks off; ``None`` when told to stop in between."""
    while not stop.is_set():
        try:
            async with asyncio.timeout(20), database.write(actor.wall()) as connection:
                answer = await ask(connection)
            return answer
        except (Unavailable, TimeoutError):
            await asyncio.sleep(0.05)
    return None


if __name__ == "__main__":
    asyncio.run(_register(Path(sys.argv[1])))
