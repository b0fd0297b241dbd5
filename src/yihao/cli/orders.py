"""Orders at the terminal: what ``yihao import orders``, ``yihao export orders`` and ``yihao order events`` do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime, time, timedelta

from yihao.cli.house import House
from yihao.clock import system_clock
from yihao.orders import service, transfer
from yihao.orders.door import Visit
from yihao.orders.evidence import Evidence, evidence_of
from yihao.orders.export import export
from yihao.orders.exports import KIND, audit_rows
from yihao.orders.listing import Filters
from yihao.orders.numbers import Numbers
from yihao.orders.places import Places
from yihao.orders.service import Desk
from yihao.people.scope import Act
from yihao.store.audit import Audit, audit_in
from yihao.store.db import Database, Wall
from yihao.store.tables import BadCell, Format, Row
from yihao.units.load import tree


@asynccontextmanager
async def _visit(house: House) -> AsyncIterator[Visit]:
    """Yihao's own account for files at the door of the installation."""
    database = await Database.open(house.dsn, app=2, worker=1)
    try:
        desk = Desk(house.ring, system_clock, Numbers(database), Places())
        async with database.read(Wall(account=0)) as connection:
            actor = transfer.files(await tree(connection))
        yield Visit(Act(actor=actor, now=system_clock()), database, desk, Audit(database))
    finally:
        await database.close()


async def take_in(house: House, rows: list[Row], faults: Sequence[BadCell] = ()) -> dict[str, int]:
    """Register the rows of a file, all or none; what is marked as a state secret is set aside.

    ``faults`` are those of rows that could not be read: with any, the others are only looked through.

    Raises:
        BadTable.
    """
    async with _visit(house) as visit:
        wall = visit.actor.wall()
        try:
            async with visit.db.write(wall) as connection:
                made = await transfer.import_orders(connection, visit.desk, rows, faults)
                counts = {"created": made.created, "changed": 0, "unchanged": made.unchanged}
                row = visit.act.row(
                    transfer.ROLE,
                    "orders.import",
                    numbers=made.numbers,
                    created=made.created,
                    unchanged=made.unchanged,
                )
                await audit_in(connection, row)
                return counts
        except transfer.StoppedTable as refused:
            for stop in refused.stopped:
                async with visit.db.write(wall) as connection:
                    await service.quarantine(connection, visit.desk, visit.actor, stop)
            raise


async def give_out(
    house: House, form: Format, first: date | None, last: date | None, *, taken_by: str
) -> tuple[int, bytes]:
    """The orders registered on these local days as a file: all but confidential ones, without any caller.

    Raises:
        ExportTooLarge.
    """
    async with _visit(house) as visit:
        async with visit.db.read(visit.actor.wall()) as connection:
            zone = (await visit.desk.places.at(connection, visit.actor.path)).zone
        filters = Filters(
            start=datetime.combine(first, time(), zone) if first else None,
            end=datetime.combine(last + timedelta(days=1), time(), zone) if last else None,
        )
        made = await export(visit.db, visit.desk, visit.actor, filters, form, visit.act.now, taken_by=taken_by)
        async with visit.db.write(visit.actor.wall()) as connection:
            await audit_in(connection, *audit_rows(visit.act, KIND, made, form=form))
        return made.rows, made.content


async def evidence(house: House, number: str) -> list[Evidence]:
    """Every event of one order as its hash covers it, recorded in the audit.

    Raises:
        BadNumber, NotFound, PackBroken.
    """
    async with _visit(house) as visit:
        async with visit.db.work() as connection:
            found = await evidence_of(connection, number)
        async with visit.db.write(visit.actor.wall()) as connection:
            await audit_in(connection, visit.act.row(transfer.ROLE, "order.evidence", numbers=(number,)))
        return found
