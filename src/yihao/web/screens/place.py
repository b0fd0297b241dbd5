"""What the screens need of the place: its names, and the long lists of forms."""

from __future__ import annotations

from collections.abc import Container
from functools import partial

from yihao.errors import YihaoError
from yihao.orders.door import Visit
from yihao.orders.places import Place
from yihao.orders.service import Desk
from yihao.partners.rules import KINDS as PARTNERS
from yihao.profile.model import Profile
from yihao.store.db import Database, Wall
from yihao.units.layers import front_desk
from yihao.units.load import tree
from yihao.units.tree import Tree
from yihao.web.screens.fields import Choice, Sources
from yihao.web.screens.user import hotline_of


async def front_profile(db: Database, desk: Desk) -> Profile | None:
    """The rules of the hotline that speaks to the public here: what citizens write goes to its desk; ``None`` before
    there is one, or while the database is away."""
    try:
        async with db.read(Wall(account=0)) as connection:
            house = await tree(connection)
            return (await desk.places.at(connection, front_desk(house, None).path)).profile
    except YihaoError:
        return None


async def place_name(db: Database, desk: Desk) -> str:
    """The hotline's name."""
    return hotline_of(await front_profile(db, desk))


async def place_of(visit: Visit) -> Place:
    """The place the visitor is at home in."""
    async with visit.db.read(visit.actor.wall()) as connection:
        return await visit.desk.places.at(connection, visit.actor.path)


def sources(house: Tree, path: str) -> Sources:
    """The long lists of forms, of the branch under ``path`` and what stands above it."""
    return {
        "/api/v1/units": partial(unit_choices, house, path),
        "/api/v1/partners": partial(partner_choices, house, path),
        "/api/v1/categories": partial(category_choices, house),
    }


def partner_choices(house: Tree, path: str) -> tuple[Choice, ...]:
    """Units that may be linked partners; whether one is, the register decides."""
    return unit_choices(house, path, PARTNERS)


def unit_choices(house: Tree, path: str, kinds: Container[str] | None = None) -> tuple[Choice, ...]:
    """Units in use, the place's own first, each with the name of its jurisdiction where that is another."""
    found = []
    for unit in house.units.values():
        home = house.jurisdictions[unit.jurisdiction_id]
        if kinds is not None and unit.kind not in kinds:
            continue
        if unit.active and (home.path.startswith(path) or path.startswith(home.path)):
            label = unit.name if home.path == path else f"{unit.name}（{home.name}）"
            found.append((home.path != path, home.path, unit.name_pinyin, Choice(str(unit.id), label)))
    return tuple(choice for *_, choice in sorted(found, key=lambda one: one[:3]))


def category_choices(house: Tree) -> tuple[Choice, ...]:
    """Classes in use."""
    return tuple(
        Choice(one.code, f"{one.name}（{one.code}）")
        for one in sorted(house.categories.values(), key=lambda one: one.code)
        if one.active
    )


def unit_names(house: Tree) -> dict[int, str]:
    """Unit to name."""
    return {unit.id: unit.short_name or unit.name for unit in house.units.values()}
