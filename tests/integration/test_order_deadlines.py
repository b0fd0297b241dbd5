"""A calendar year edited under open orders: shown first, then moved with a record."""

from __future__ import annotations

from datetime import UTC, date, datetime

from conftest import NOON, House
from yihao.orders import bodies
from yihao.orders.deadlines import Deadlines
from yihao.orders.packing import unpacked
from yihao.people.model import INTERNAL
from yihao.store.db import Wall
from yihao.units import service as units
from yihao.units.calendar import calendar_at, calendar_if
from yihao.units.load import tree
from yihao.units.model import By, YearDraft


async def test_preview_then_recompute(house: House) -> None:
    order = await house.register(house.actor("agent"))
    order = await house.act(
        house.actor("agent"), order, "prepare", bodies.Prepare(category="light", area_code="532801")
    )
    order = await house.act(house.actor("dispatcher"), order, "dispatch", bodies.Dispatch(lead=house.units["州建设局"]))
    # Three working days from Tuesday 28 September 2021: 29, 30, then over the holiday to Friday 8 October.
    assert order.due_at == datetime(2021, 10, 8, 15, 59, 59, tzinfo=UTC)
    jurisdiction, path = house.places["州"]
    admin = Wall(account=INTERNAL["setup"])
    async with house.database.read(admin) as connection:
        now = await tree(connection)
    base = calendar_at(now, jurisdiction).years[2021]
    edited = YearDraft(holidays=(*base.holidays, date(2021, 10, 8)), workdays=base.workdays, source="示范州演示通知")
    new = calendar_if(now, jurisdiction, None, 2021, edited)
    deadlines = Deadlines(house.desk)
    async with house.database.read(admin) as connection:
        shown = await deadlines.preview(connection, path, {jurisdiction: new})
    moved = {change.duty: change for change in shown}
    assert set(moved) == {"主办办理", "总时限"}
    assert moved["主办办理"].after == datetime(2021, 10, 9, 15, 59, 59, tzinfo=UTC)  # a make-up Saturday
    by = By(account=INTERNAL["setup"], role="setup", at=NOON)
    async with house.database.write(admin) as connection:
        count = await deadlines.recompute(connection, path, {jurisdiction: new}, by)
        edit = await units.edit(connection, by)
        await edit.put_year(None, 2021, edited)
    assert count == 2
    async with house.database.read(house.actor("manager").wall()) as connection:
        row = await connection.fetchrow("SELECT due_at, data FROM work_order WHERE number = $1", order.number)
    assert row["due_at"] == moved["主办办理"].after and unpacked(row["data"])["calendar_digest"] == new.digest
