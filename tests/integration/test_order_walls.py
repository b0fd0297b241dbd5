"""The wall of row security around orders: a query without its WHERE shows nothing foreign."""

from __future__ import annotations

import asyncio

import asyncpg
import msgspec
import pytest

from conftest import House
from yihao.errors import NotFound
from yihao.orders import bodies, rules
from yihao.orders.model import Order
from yihao.people.model import INTERNAL
from yihao.people.scope import Actor
from yihao.store.db import Database, Wall
from yihao.units import service as units
from yihao.units.model import By, UnitDraft

TABLES = ("work_order", "order_event", "order_private", "open_duty", "order_part", "caller_index")
"""Tables that speak of orders, each with the order's number."""


async def sent(house: House, unit: str, **fields: object) -> Order:
    """An order that one unit leads and has signed."""
    order = await house.register(house.actor("agent"), **fields)
    prepare = bodies.Prepare(category="light", area_code="532801")
    order = await house.act(house.actor("agent"), order, "prepare", prepare)
    order = await house.act(house.actor("dispatcher"), order, "dispatch", bodies.Dispatch(lead=house.units[unit]))
    return await house.act(house.actor("unit_receiver", unit=unit), order, "sign", bodies.Empty())


async def seen(database: Database, wall: Wall, table: str = "work_order") -> set[str]:
    """Every number a query without any condition finds."""
    async with database.read(wall) as connection:
        return {row["number"] for row in await connection.fetch(f"SELECT number FROM {table}")}


async def test_a_unit_sees_its_own_orders_alone(house: House) -> None:
    ours = await sent(house, "州建设局")
    theirs = await sent(house, "州市场局", kind="report", caller={"name": "演示乙", "phone": "13900000001"})
    waiting = await house.register(house.actor("agent"))
    for unit, own in (("州建设局", ours), ("州市场局", theirs)):
        wall = house.actor("unit_handler", unit=unit).wall()
        for table in TABLES:
            # A report's caller stands in no common index.
            expected = set() if table == "caller_index" and own is theirs else {own.number}
            assert await seen(house.database, wall, table) == expected, table
        assert await seen(house.database, wall, "reporter") == set()  # not even of its own order
    everything = await seen(house.database, house.actor("dispatcher").wall())
    assert everything == {ours.number, theirs.number, waiting.number}


async def test_a_level_sees_its_branch_alone(house: House) -> None:
    top = await house.register(house.actor("agent"))
    first = await house.register(house.actor("agent", place="甲县"))
    second = await house.register(house.actor("agent", place="乙县"))
    assert await seen(house.database, house.actor("supervisor", place="甲县").wall()) == {first.number}
    assert await seen(house.database, house.actor("supervisor", place="丙乡").wall()) == set()
    assert await seen(house.database, house.actor("supervisor").wall()) == {top.number, first.number, second.number}


async def test_without_a_wall_there_are_no_rows(house: House, owner: asyncpg.Connection) -> None:
    await sent(house, "州建设局", kind="report")
    for table in (*TABLES, "reporter", "order_link"):
        assert await seen(house.database, Wall(account=0), table if table != "order_link" else "work_order") == set()
    await owner.execute("SET ROLE yihao_app")
    for table in (*TABLES, "reporter", "order_link"):
        assert await owner.fetchval(f"SELECT count(*) FROM {table}") == 0, table
    await owner.execute("RESET ROLE")
    assert await owner.fetchval("SELECT count(*) FROM work_order") == 1


async def test_two_units_two_hundred_requests_two_connections(house: House) -> None:
    numbers = {unit: (await sent(house, unit)).number for unit in ("州建设局", "州市场局")}
    walls = {unit: house.actor("unit_handler", unit=unit).wall() for unit in numbers}
    narrow = await Database.open(house.dsn, app=2, worker=1)
    try:

        async def one(unit: str) -> tuple[str, set[str]]:
            return unit, await seen(narrow, walls[unit])

        answers = await asyncio.gather(*(one(unit) for _ in range(100) for unit in numbers))
    finally:
        await narrow.close()
    assert len(answers) == 200
    assert all(found == {numbers[unit]} for unit, found in answers)


async def test_a_confidential_order_needs_clearance(house: House) -> None:
    agent = house.actor("agent")
    order = await house.register(agent, caller={"name": "演示丙", "confidential": True}, key="c1")
    assert order.secrecy == "confidential"
    wanted = bodies.Prepare(category="light", area_code="532801")
    for person in (house.actor("dispatcher"), house.actor("manager"), agent):
        for table in TABLES:
            # Who sees the branch sees that somebody takes part in something; nothing of the order itself.
            if table != "order_part":
                assert await seen(house.database, person.wall(), table) == set(), table
        with pytest.raises(NotFound):
            await house.act(person, order, "prepare", wanted)
    cleared = house.actor("agent", "dispatcher", cleared=True)
    assert await seen(house.database, cleared.wall()) == {order.number}
    order = await house.act(cleared, order, "prepare", wanted)
    unit = house.actor("unit_receiver", unit="州建设局")
    order = await house.act(cleared, order, "dispatch", bodies.Dispatch(lead=house.units["州建设局"]))
    assert await seen(house.database, unit.wall()) == {order.number}  # who handles it sees it
    # A retry after a lost answer finds what it made, and shows no more than it made.
    again = await house.register(agent, caller={"name": "演示丙", "confidential": True}, key="c1")
    assert again.number == order.number


async def test_a_unit_that_hands_an_order_back_sees_it_no_more(house: House) -> None:
    order = await sent(house, "州建设局")
    unit = house.actor("unit_receiver", unit="州建设局")
    body = bodies.Return(legal_basis="职责清单", explanation="不属本单位", suggested_unit=house.units["州市场局"])
    order = await house.act(unit, order, "return", body)
    assert await seen(house.database, unit.wall()) == {order.number}
    order = await house.act(house.actor("dispatcher"), order, "approve_return", bodies.Because(reason="同意"))
    assert await seen(house.database, unit.wall()) == set()
    with pytest.raises(NotFound):
        await house.act(unit, order, "sign", bodies.Empty())


async def test_adjudicated_to_the_same_unit_it_keeps_its_sight(house: House) -> None:
    order = await sent(house, "州建设局")
    unit = house.actor("unit_receiver", unit="州建设局")
    body = bodies.Return(legal_basis="职责清单", explanation="不属本单位", suggested_unit=house.units["州市场局"])
    order = await house.act(unit, order, "return", body)
    verdict = bodies.Adjudicate(lead=house.units["州建设局"], reason="属本单位职责")
    order = await house.act(house.actor("manager"), order, "adjudicate", verdict)
    assert (await house.act(unit, order, "sign", bodies.Empty())).state == "signed"


async def test_an_assisting_unit_sees_the_order_until_it_is_let_off(house: House) -> None:
    order = await sent(house, "州建设局")
    helper = house.actor("unit_receiver", "unit_handler", unit="州市场局")
    asked = bodies.Assist(unit=house.units["州市场局"], reason="请配合")
    order = await house.act(house.actor("unit_handler", unit="州建设局"), order, "assist", asked)
    assert await seen(house.database, helper.wall()) == {order.number}
    await house.act(house.actor("manager"), order, "waive_assist", asked)
    assert await seen(house.database, helper.wall()) == set()


async def test_nobody_acts_on_what_he_does_not_see(house: House) -> None:
    order = await sent(house, "州建设局")
    stranger = house.actor("unit_handler", "unit_receiver", unit="州市场局")
    with pytest.raises(NotFound):
        await house.act(stranger, order, "reply", bodies.Reply(text="已办"))
    with pytest.raises(NotFound):
        await house.act(house.actor("dispatcher", place="乙县"), order, "urge", bodies.Because(reason="催"))
    async with house.database.write(stranger.wall()) as connection:
        assert await connection.execute("UPDATE work_order SET title = 'x'") == "UPDATE 0"
        assert await connection.execute("DELETE FROM open_duty") == "DELETE 0"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE order_event SET verb = 'x'",
        "DELETE FROM order_event",
        "TRUNCATE order_event",
        "DELETE FROM work_order",
        "DELETE FROM order_private",
        "UPDATE reporter SET sealed = ''",
        "SELECT * FROM quarantine",
        "DELETE FROM outbox",
        "UPDATE idempotency SET seq = 9",
        "ALTER TABLE work_order DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE work_order NO FORCE ROW LEVEL SECURITY",
    ],
)
async def test_what_a_request_may_never_do(house: House, statement: str) -> None:
    await sent(house, "州建设局", kind="report")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with house.database.write(house.actor("manager", cleared=True).wall()) as connection:
            await connection.execute(statement)


async def test_the_roles_own_nothing_and_pass_no_wall(owner: asyncpg.Connection) -> None:
    rows = await owner.fetch(
        "SELECT rolname, rolsuper, rolbypassrls, rolcanlogin FROM pg_roles "
        "WHERE rolname IN ('yihao_app', 'yihao_worker')"
    )
    assert {row["rolname"] for row in rows} == {"yihao_app", "yihao_worker"}
    assert not any(row["rolsuper"] or row["rolbypassrls"] or row["rolcanlogin"] for row in rows)
    loose = await owner.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') "
        "AND relname = ANY ($1) AND NOT (relrowsecurity AND relforcerowsecurity)",
        [*TABLES, "reporter", "order_link", "quarantine"],
    )
    assert loose == []


async def test_only_units_allowed_to_take_calls_register(house: House) -> None:
    with pytest.raises(rules.WrongRole):
        await house.register(house.actor("subcentre_agent", unit="州建设局"))
    async with house.database.write(Wall(account=0)) as connection:
        by = By(account=INTERNAL["setup"], role="setup", at=house.clock())
        edit = await units.edit(connection, by)
        unit = await edit.create_unit(
            UnitDraft(jurisdiction_id=house.places["州"][0], name="示范税务分中心", kind="subcentre", may_register=True)
        )
    house.units["税务分中心"] = unit.id
    seat = house.actor("subcentre_agent", unit="税务分中心")
    order = await house.register(seat, kind="consult")
    assert await seen(house.database, seat.wall()) == {order.number}  # its own intake
    order = await house.act(seat, order, "answer", bodies.Answer(text="请携带证件办理。", expert="分中心座席"))
    assert order.state == "answered"
    assert await seen(house.database, house.actor("agent").wall()) == {order.number}


async def test_an_actor_without_orders_sees_none(house: House) -> None:
    await sent(house, "州建设局")
    nobody: Actor = msgspec.structs.replace(house.actor("auditor"), roles=frozenset({"auditor"}))
    assert await seen(house.database, nobody.wall()) == set()
