"""An order goes all the way, over a real database."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from conftest import House
from yihao.orders import bodies, rules, service
from yihao.orders.model import Order


async def to_unit(house: House, **fields: object) -> Order:
    """A fresh order signed by the construction bureau."""
    order = await house.register(house.actor("agent"), **fields)
    order = await house.act(
        house.actor("agent"), order, "prepare", bodies.Prepare(category="light", area_code="532801")
    )
    lead = house.units["州建设局"]
    order = await house.act(house.actor("dispatcher"), order, "dispatch", bodies.Dispatch(lead=lead))
    return await house.act(house.actor("unit_receiver", unit="州建设局"), order, "sign", bodies.Empty())


async def test_registered_to_archived(house: House) -> None:
    order = await to_unit(house)
    assert order.state == "signed" and order.first_unit == house.units["州建设局"]
    handler = house.actor("unit_handler", unit="州建设局")
    order = await house.act(handler, order, "progress", bodies.Progress(text="已联系", contacted=True))
    order = await house.act(handler, order, "reply", bodies.Reply(text="已修复。"))
    assert order.state == "replied"
    house.clock.advance_to(house.clock() + timedelta(hours=2))
    replied_at = order.replied_at
    order = await house.act(house.actor("shift_lead"), order, "approve_reply", bodies.Because(reason="属实"))
    assert order.state == "closed" and order.closed_at == replied_at
    order = await house.act(house.actor("revisit_clerk"), order, "revisit", bodies.Revisit(reached=True))
    order = await house.act(
        house.actor("revisit_clerk"), order, "rate", bodies.Rate(service=5, handling=5, solved=True)
    )
    assert order.state == "archived"
    assert order.stages["supervise"] != "done" and order.stages["rate"] == "done"


async def test_same_key_gives_same_order_and_a_twin_waits(house: House) -> None:
    agent = house.actor("agent")
    first, second = await asyncio.gather(house.register(agent, key="k1"), house.register(agent, key="k1"))
    assert first.number == second.number
    with pytest.raises(service.KeyReused):
        await house.register(agent, key="k1", title="别的事")


async def test_stale_version_is_refused_and_a_repeated_verb_is_not(house: House) -> None:
    order = await house.register(house.actor("agent"))
    agent = house.actor("agent")
    body = bodies.Prepare(category="light", area_code="532801")
    after = await house.act(agent, order, "prepare", body, key="v1")
    again = await house.act(agent, order, "prepare", body, key="v1")
    assert after == again
    with pytest.raises(service.StaleVersion):
        await house.act(agent, order, "prepare", body, key="v2")


async def test_role_and_state_are_asked(house: House) -> None:
    order = await house.register(house.actor("agent"))
    with pytest.raises(rules.WrongRole):
        await house.act(house.actor("qa"), order, "prepare", bodies.Prepare(category="light", area_code="532801"))
    with pytest.raises(rules.WrongState):
        await house.act(house.actor("shift_lead"), order, "approve_reply", bodies.Because(reason="无"))
