"""A small, plainly fictitious place to run orders in: a prefecture, two counties, a township and a few units."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest

from yihao.clock import SimulatedClock
from yihao.orders import bodies, service
from yihao.orders.model import Order
from yihao.orders.numbers import Numbers
from yihao.orders.places import Places
from yihao.people.model import INTERNAL
from yihao.people.scope import Actor
from yihao.seal.keys import open_keys
from yihao.store.db import Database, Wall
from yihao.units import service as units
from yihao.units.model import By, CatalogueDraft, Category, JurisdictionDraft, OfficerDraft, UnitDraft

NOON = datetime(2021, 9, 28, 2, 0, tzinfo=UTC)  # a Tuesday, 10:00 in the place


class House:
    """The use cases over a real database, with a clock the test moves."""

    def __init__(self, database: Database, dsn: str, folder: Path) -> None:
        self.database, self.dsn = database, dsn
        self.clock = SimulatedClock(NOON)
        self.ring = open_keys(folder / "keys")
        self.desk = service.Desk(self.ring, self.clock, Numbers(database), Places())
        self.units: dict[str, int] = {}
        self.places: dict[str, tuple[int, str]] = {}
        self._next = 100

    def actor(self, *roles: str, place: str = "州", unit: str | None = None, cleared: bool = False) -> Actor:
        """An account of that place with those roles (unit roles at ``unit``)."""
        self._next += 1
        jurisdiction, path = self.places[place]
        own = (self.units[unit],) if unit else ()
        return Actor(
            account=self._next,
            username=f"demo{self._next}",
            name="演示账号",
            jurisdiction=jurisdiction,
            path=path,
            roles=frozenset(roles),
            units=own,
            unit_roles=tuple((role, own) for role in roles) if unit else (),
            cleared=cleared,
        )

    def clockwork(self) -> Actor:
        """The clock itself."""
        jurisdiction, path = self.places["州"]
        return Actor(
            account=INTERNAL["clock"], username="clock", name="时钟", jurisdiction=jurisdiction, path=path,
            roles=frozenset({"clock"}), cleared=True,
        )  # fmt: skip

    async def register(self, actor: Actor, *, key: str | None = None, **fields: Any) -> Order:
        """A new order; fields replace those of a plain request for help."""
        base: dict[str, Any] = {
            "channel": "phone", "kind": "help", "domain": "service", "title": "路灯不亮",
            "content": "演示路的路灯三天不亮。",
            "caller": {"name": "演示甲", "phone": "13800000000"},
        }  # fmt: skip
        appeal = msgspec.convert(base | fields, bodies.Appeal)
        async with self.database.write(actor.wall()) as connection:
            return (await service.register(connection, self.desk, actor, appeal, key=key)).order

    async def act(self, actor: Actor, order: Order, verb: str, body: bodies.Body, **more: Any) -> Order:
        """Do a verb on the order as it was last seen."""
        more.setdefault("version", order.version)
        async with self.database.write(actor.wall()) as connection:
            return await service.act(connection, self.desk, actor, order.number, verb, body, **more)


async def _furnish(house: House) -> None:
    by = By(account=INTERNAL["setup"], role="setup", at=NOON)
    async with house.database.write(Wall(account=INTERNAL["setup"])) as connection:
        edit = await units.edit(connection, by)
        for name, parent, code, level in (
            ("州", None, "532800", "city"),
            ("甲县", "州", "532801", "county"),
            ("乙县", "州", "532822", "county"),
            ("丙乡", "甲县", "532801100", "township"),
        ):
            node = await edit.create_jurisdiction(
                JurisdictionDraft(
                    parent_id=house.places[parent][0] if parent else None,
                    area_code=code,
                    name=f"示范{name}",
                    level=level,
                    profile="xishuangbanna" if parent is None else None,
                )
            )
            house.places[name] = (node.id, node.path)
        for name, place, kind, above in (
            ("州办", "州", "managing_body", None),
            ("州建设局", "州", "department", "州办"),
            ("州市场局", "州", "department", "州办"),
            ("甲县建设局", "甲县", "department", "州建设局"),
            ("丙乡政府", "丙乡", "township", "甲县建设局"),
            ("无人局", "州", "department", None),
        ):
            unit = await edit.create_unit(
                UnitDraft(
                    jurisdiction_id=house.places[place][0],
                    name=f"示范{name}",
                    kind=kind,
                    superior_id=house.units[above] if above else None,
                )
            )
            house.units[name] = unit.id
            for duty in ("receiver", "handler", "reviewer") if name != "无人局" else ():
                await edit.create_officer(OfficerDraft(unit_id=unit.id, name=f"演示人员{unit.id}", duty=duty))
        await edit.put_category(Category(code="light", name="路灯", keywords=("路灯",)))
        await edit.create_catalogue(
            CatalogueDraft(
                category="light",
                area_code="532800",
                unit_id=house.units["州建设局"],
                basis="示范职责清单第1条",
                min_level="county",
                valid_from=date(2000, 1, 1),
            )
        )


@pytest.fixture
async def house(migrated_database: str, tmp_path: Path) -> AsyncIterator[House]:
    """A furnished place over an empty database."""
    database = await Database.open(migrated_database, app=4, worker=2)
    made = House(database, migrated_database, tmp_path)
    await _furnish(made)
    yield made
    await database.close()


@pytest.fixture
async def owner(migrated_database: str) -> AsyncIterator[asyncpg.Connection]:
    """A superuser's connection to the same database."""
    connection = await asyncpg.connect(migrated_database)
    yield connection
    await connection.close()
