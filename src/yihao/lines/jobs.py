"""What the register does by itself: the lists of documents are entered once, and lines change over on their day."""

from __future__ import annotations

import logging
from datetime import datetime

import asyncpg

from yihao.errors import YihaoError
from yihao.lines import queries, service
from yihao.orders.places import Place, Places
from yihao.people.model import INTERNAL
from yihao.store.db import Database
from yihao.units.load import tree
from yihao.units.model import By

log = logging.getLogger(__name__)


async def run_clock(database: Database, places: Places, now: datetime) -> int:
    """Enter what is not entered yet, then change over what has its day; answers how many lines moved.

    Safe to run in several processes and to repeat.
    """
    by = By(account=INTERNAL["clock"], role="clock", at=now)
    async with database.work() as connection:
        return await enter_lists(connection, places, by) + await service.run_clock(
            connection, await _registers(connection, places), by
        )


async def enter_lists(connection: asyncpg.Connection, places: Places, by: By) -> int:
    """The list of each place that has rules of its own and no register yet; answers how many lines.

    Of a place with a layer over the rules above it only what the layer adds or changes: the rest holds from above.
    """
    now = await tree(connection)
    entered = {row["path"] for row in await connection.fetch(queries.PLACES)}
    total = 0
    for node in now.jurisdictions.values():
        if node.path in entered or not (node.profile or node.id in now.layers):
            continue
        try:
            place = await places.at(connection, node.path)
            above = None if node.profile or node.parent_id is None else now.jurisdiction(node.parent_id).path
            known = (await places.at(connection, above)).profile.register if above else {}
        except YihaoError as fault:  # the rules of one place hold up no other
            log.warning("the list of %s cannot be entered: %s", node.area_code, fault.code)
            continue
        listed = {number: one for number, one in place.profile.register.items() if known.get(number) != one}
        if listed:
            # One process at a time: whoever waited here finds the register entered.
            await connection.execute("SELECT pg_advisory_xact_lock(hashtext('yihao.lines'))")
            total += await service.plant(connection, place, listed, by)
    return total


async def _registers(connection: asyncpg.Connection, places: Places) -> dict[str, Place]:
    found: dict[str, Place] = {}
    for row in await connection.fetch(queries.PLACES):
        try:
            found[row["path"]] = await places.at(connection, row["path"])
        except YihaoError as fault:
            log.warning("the lines of %s wait: %s", row["path"], fault.code)
    return found
