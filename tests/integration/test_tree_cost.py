"""What a whole province costs each request: next to nothing, since the tree is one value in memory.

The same province with one city and one county beside the province with all of its 11 cities, 90 counties and 1,364
townships; turn about, the quietest round of each counts.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from yihao.clock import SimulatedClock
from yihao.demo.plan import Plan, sites
from yihao.orders import bodies, reading, service
from yihao.orders.listing import Filters, ask
from yihao.orders.numbers import Numbers
from yihao.orders.places import Places
from yihao.people.model import INTERNAL
from yihao.people.scope import Actor
from yihao.seal.keys import new_ring
from yihao.store.db import Database, Wall
from yihao.units.load import load, look_again
from yihao.units.model import By, Jurisdiction
from yihao.units.plant import plant
from yihao.units.planting import Planting
from yihao.units.rules import covers

NOON = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
MOST = 1.10
NOISE = 1.15
"""What a busy machine may add to the quietest of the rounds."""
ROUNDS, EACH = 9, 25
BACKENDS = """
SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'
"""
APPEAL = {
    "channel": "phone", "kind": "help", "domain": "service", "title": "路灯不亮", "content": "演示路的路灯三天不亮。",
    "category": "0114", "caller": {"name": "演示甲", "phone": "13800000000"},
}  # fmt: skip


def within(whole: Planting, keep: set[str]) -> Planting:
    """The tree with these nodes alone."""
    units = [unit for unit in whole.units if unit.area_code in keep]
    known = {unit.key for unit in units}
    return msgspec.structs.replace(
        whole,
        nodes=[node for node in whole.nodes if node.area_code in keep],
        units=units,
        officers=[one for one in whole.officers if one.unit in known],
        catalogue=[row for row in whole.catalogue if row.area_code in keep],
    )


class Desk:
    """A province's desk over a database of its own."""

    def __init__(self, database: Database, root: Jurisdiction, county: Jurisdiction) -> None:
        self.database = database
        self.clock = SimulatedClock(NOON)
        self.ring = new_ring()
        self.desk = service.Desk(self.ring, self.clock, Numbers(database), Places())
        self.agent, self.county = actor(root), actor(county)
        self.appeal = msgspec.convert(APPEAL | {"area_code": county.area_code}, bodies.Appeal)

    async def spent(self) -> float:
        """Seconds of CPU this process and the database's backends have used; a server elsewhere: of the clock."""
        async with self.database.read(Wall(account=INTERNAL["setup"])) as connection:
            pids = await connection.fetch(BACKENDS)
        try:
            ran = sum(used(row["pid"]) for row in pids)
        except OSError:
            return time.perf_counter()
        return time.process_time() + ran / 1e9

    async def register(self) -> None:
        async with self.database.write(self.agent.wall()) as connection:
            await service.register(connection, self.desk, self.agent, self.appeal)

    async def list(self, who: Actor) -> None:
        asked = ask(Filters(state="received", limit=20), who.wall(), self.clock(), self.ring)
        async with self.database.read(who.wall()) as connection:
            await self.desk.places.at(connection, who.path)
            await reading.page(connection, self.desk, asked, 20, self.clock())


def used(pid: int) -> int:
    """Nanoseconds a process has run."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])


def actor(node: Jurisdiction) -> Actor:
    return Actor(
        account=200 + node.id, username="demo", name="演示", jurisdiction=node.id, path=node.path,
        roles=frozenset({"agent", "dispatcher"}),
    )  # fmt: skip


@pytest.fixture
async def provinces(fresh_database: Any, migrated_template: str, tmp_path: Path) -> AsyncIterator[dict[str, Desk]]:
    plan = Plan(sites()["zhejiang"])
    county = next(node.area_code for node in plan.nodes if node.level == "county")
    around = {node.area_code for node in plan.nodes if covers(node.area_code, county) or covers(county, node.area_code)}
    made = {}
    for name, planting in (("small", within(plan.planting, around)), ("whole", plan.planting)):
        database = await Database.open(fresh_database(name, template=migrated_template), app=2, worker=1)
        async with database.write(Wall(account=INTERNAL["setup"])) as connection:
            await plant(connection, planting, By(account=INTERNAL["setup"], role="setup", at=NOON))
        look_again()
        async with database.read(Wall(account=INTERNAL["setup"])) as connection:
            now = await load(connection)
        node = now.area(county)
        assert node is not None
        made[name] = Desk(database, now.root, node)
    yield made
    for one in made.values():
        await one.database.close()


@pytest.mark.timeout(300)
async def test_a_province_adds_little_to_register_and_list(provinces: dict[str, Desk]) -> None:
    best: dict[tuple[str, str], float] = {}
    for turn in range(ROUNDS):
        for name in ("small", "whole") if turn % 2 else ("whole", "small"):
            one = provinces[name]
            for what, act in (
                ("register", one.register),
                ("list", lambda one=one: one.list(one.agent)),
                ("list of a county", lambda one=one: one.list(one.county)),
            ):
                begun = await one.spent()
                for _ in range(EACH):
                    await act()
                took = (await one.spent() - begun) / EACH
                best[name, what] = min(took, best.get((name, what), took))
    ratios = {what: best["whole", what] / best["small", what] for _, what in best}
    print({what: round(ratio, 3) for what, ratio in ratios.items()}, {k: round(v * 1000, 2) for k, v in best.items()})
    assert max(ratios["register"], ratios["list"]) <= MOST * NOISE, ratios
