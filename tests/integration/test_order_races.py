"""Two at once: each step happens once, the other is told, nobody waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

import asyncpg
import pytest

from conftest import House
from yihao.errors import YihaoError
from yihao.orders import bodies, service
from yihao.orders.draft import BadBody
from yihao.orders.model import Order
from yihao.orders.numbers import Numbers, check_number
from yihao.orders.places import Places
from yihao.orders.rules import WrongState
from yihao.store.db import Database


async def both(tries: Sequence[Coroutine[Any, Any, Order]]) -> tuple[list[Order], list[YihaoError]]:
    """Who came through, and what the others were told; anything but an answer for a person is a failure."""
    ends = await asyncio.gather(*tries, return_exceptions=True)
    for end in ends:
        if isinstance(end, BaseException) and not isinstance(end, YihaoError):
            raise end
    done = [end for end in ends if isinstance(end, Order)]
    return done, [end for end in ends if isinstance(end, YihaoError)]


async def pending(house: House) -> Order:
    order = await house.register(house.actor("agent"))
    body = bodies.Prepare(category="light", area_code="532801")
    return await house.act(house.actor("agent"), order, "prepare", body)


async def test_two_dispatchers_one_order(house: House, owner: asyncpg.Connection) -> None:
    order = await pending(house)
    tries = [
        house.act(house.actor("dispatcher"), order, "dispatch", bodies.Dispatch(lead=house.units[unit]))
        for unit in ("州建设局", "州市场局")
    ]
    done, told = await both(tries)
    assert len(done) == 1 and [type(one) for one in told] == [service.StaleVersion]
    assert told[0].status == 409 and told[0].params["version"] == done[0].version
    lead = done[0].lead_unit
    assert await owner.fetchval("SELECT array_agg(unit_id) FROM order_part WHERE number = $1", order.number) == [lead]
    kinds = "SELECT count(*) FROM open_duty WHERE number = $1 AND kind = 'handling'"
    assert await owner.fetchval(kinds, order.number) == 1


async def test_twenty_at_once_and_one_comes_through(house: House, owner: asyncpg.Connection) -> None:
    order = await pending(house)
    body = bodies.Because(reason="催办")
    done, told = await both([house.act(house.actor("agent"), order, "urge", body) for _ in range(20)])
    assert len(done) == 1 and {type(one) for one in told} == {service.StaleVersion}
    events = "SELECT count(*) FROM order_event WHERE number = $1 AND verb = 'urge'"
    assert await owner.fetchval(events, order.number) == 1


async def test_merges_crosswise(house: House, owner: asyncpg.Connection) -> None:
    for _ in range(5):
        first, second = await pending(house), await pending(house)
        agent = house.actor("agent")

        def merge(child: Order, into: Order, agent: Any = agent) -> Coroutine[Any, Any, Order]:
            return house.act(agent, child, "merge", bodies.Merge(into=into.number, relation="repeat"))

        done, told = await both([merge(first, second), merge(second, first)])
        assert len(done) == 1 and [type(one) for one in told] == [BadBody]
        links = await owner.fetch("SELECT child, parent FROM order_link WHERE kind = 'merged'")
        pairs = {(row["child"], row["parent"]) for row in links}
        assert not {(parent, child) for child, parent in pairs} & pairs


async def test_merges_in_a_ring(house: House, owner: asyncpg.Connection) -> None:
    orders = [await pending(house) for _ in range(4)]
    agent = house.actor("agent")
    tries = [
        house.act(agent, child, "merge", bodies.Merge(into=into.number, relation="repeat"))
        for child, into in zip(orders, [*orders[1:], orders[0]], strict=True)
    ]
    done, told = await both(tries)
    assert 1 <= len(done) <= 3 and len(done) + len(told) == 4
    parents = dict(await owner.fetch("SELECT child, parent FROM order_link WHERE kind = 'merged'"))
    for start in parents:
        met, here = {start}, parents.get(start)
        while here is not None:
            assert here not in met, "a ring"
            met.add(here)
            here = parents.get(here)


async def test_a_verb_sent_twice_happens_once(house: House, owner: asyncpg.Connection) -> None:
    order = await pending(house)
    dispatcher = house.actor("dispatcher")
    body = bodies.Dispatch(lead=house.units["州建设局"])
    done, told = await both([house.act(dispatcher, order, "dispatch", body, key="k1") for _ in range(2)])
    assert told == [] and done[0] == done[1] and done[0].version == order.version + 1
    # Still the same answer when the order has gone on meanwhile and the caller's version is long past.
    await house.act(house.actor("unit_receiver", unit="州建设局"), done[0], "sign", bodies.Empty())
    again = await house.act(dispatcher, order, "dispatch", body, key="k1")
    assert again.number == order.number
    count = "SELECT count(*) FROM order_event WHERE number = $1 AND verb = 'dispatch'"
    assert await owner.fetchval(count, order.number) == 1


async def test_a_key_is_for_one_act(house: House, owner: asyncpg.Connection) -> None:
    first, second = await pending(house), await pending(house)
    agent = house.actor("agent")
    urge = bodies.Because(reason="催办")
    after = await house.act(agent, first, "urge", urge, key="k1")
    for order, verb, body in (
        (second, "urge", urge),  # another order
        (after, "urge", bodies.Because(reason="再催")),  # another body
        (after, "withdraw", bodies.Withdraw(reason="催办", verified_by="call_back")),  # another verb
    ):
        with pytest.raises(service.KeyReused):
            await house.act(agent, order, verb, body, key="k1")
    with pytest.raises(service.KeyReused):
        await house.register(agent, key="k1")
    other = house.actor("agent")
    assert (await house.act(other, second, "urge", urge, key="k1")).urges == 1  # keys belong to their account
    assert await owner.fetchval("SELECT version FROM work_order WHERE number = $1", first.number) == after.version


async def test_one_key_on_two_orders_at_the_same_moment(house: House, owner: asyncpg.Connection) -> None:
    first, second = await pending(house), await pending(house)
    agent, urge = house.actor("agent"), bodies.Because(reason="催办")
    done, told = await both([house.act(agent, order, "urge", urge, key="k2") for order in (first, second)])
    assert len(done) == 1 and [type(one) for one in told] == [service.KeyReused]
    assert await owner.fetchval("SELECT count(*) FROM order_event WHERE verb = 'urge'") == 1


async def test_a_hundred_registrations_on_two_connections(house: House) -> None:
    narrow = await Database.open(house.dsn, app=2, worker=1)
    desk = service.Desk(house.ring, house.clock, Numbers(narrow, block=3), Places())
    agent = house.actor("agent")
    appeal = bodies.Appeal(channel="phone", kind="help", domain="service", title="路灯", content="不亮。")

    async def one() -> str:
        async with narrow.write(agent.wall()) as connection:
            return (await service.register(connection, desk, agent, appeal)).order.number

    try:
        async with asyncio.timeout(60):
            numbers = await asyncio.gather(*(one() for _ in range(100)))
    finally:
        await narrow.close()
    assert len(set(numbers)) == 100 and all(check_number(number) for number in numbers)


async def test_two_processes_never_give_one_number_twice(house: House) -> None:
    makers = [Numbers(house.database, block=4) for _ in range(3)]
    day = house.clock().date()
    numbers = await asyncio.gather(*(makers[n % 3].take("532800", day) for n in range(60)))
    assert len(set(numbers)) == 60


async def test_a_clock_that_jumps_back_never_takes_an_order_back(house: House, owner: asyncpg.Connection) -> None:
    from datetime import timedelta

    order = await pending(house)
    later = house.clock()
    past = service.Desk(house.ring, lambda: later - timedelta(hours=5), house.desk.numbers, house.desk.places)
    agent = house.actor("agent")
    async with house.database.write(agent.wall()) as connection:
        body = bodies.Because(reason="催办")
        order = await service.act(connection, past, agent, order.number, "urge", body, version=order.version)
    times = [
        r["at"] for r in await owner.fetch("SELECT at FROM order_event WHERE number = $1 ORDER BY seq", order.number)
    ]
    assert times == sorted(times) and order.last_at == later


async def test_what_is_merged_is_no_target_and_no_child_again(house: House) -> None:
    first, second, third = [await pending(house) for _ in range(3)]
    agent = house.actor("agent")
    first = await house.act(agent, first, "merge", bodies.Merge(into=second.number, relation="repeat"))
    with pytest.raises(BadBody):
        await house.act(agent, third, "merge", bodies.Merge(into=first.number, relation="repeat"))
    with pytest.raises(WrongState):
        await house.act(agent, first, "merge", bodies.Merge(into=third.number, relation="repeat"))
    # Refused, the wrong number and the own number too; nothing was written.
    for into, error in ((third.number, BadBody), ("202109285328009999991", YihaoError)):
        with pytest.raises(error):
            await house.act(agent, third, "merge", bodies.Merge(into=into, relation="repeat"))
