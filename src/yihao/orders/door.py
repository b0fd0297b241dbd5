"""What every door does with orders (API, screens, citizens): one transaction a use case, one audit row a reading."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import asyncpg

from yihao.errors import Forbidden
from yihao.orders import bodies, reading, service
from yihao.orders.listing import Filters
from yihao.orders.numbers import check_number
from yihao.orders.reveal import Revealed, RevealIn, reveal
from yihao.orders.service import Desk, KeyReused, Quarantined
from yihao.orders.views import Brief, OrderMade, OrderPage, OrderView, brief_of_order, duty_view, order_view
from yihao.people.model import ROLES
from yihao.people.scope import Act, Actor
from yihao.store.audit import Audit
from yihao.store.db import Database

T = TypeVar("T")


class NoOrders(Forbidden):
    """None of the account's roles sees orders (administrators, knowledge desk)."""

    code = "no_orders"
    zh = "您的岗位不涉及工单，不能{what}，请由{who}办理。"
    en = "Your roles see no orders; ask a hotline or unit role."


async def register(db: Database, desk: Desk, actor: Actor, appeal: bodies.Appeal, key: str | None) -> OrderMade:
    """Register and shape the answer; a text marked as state secret is set aside and refused."""
    now = desk.clock()
    seen = reading.sees_caller(actor)

    async def work(connection: asyncpg.Connection) -> OrderMade:
        made = await service.register(connection, desk, actor, appeal, key=key)
        if made.code is None:
            return await reading.one(connection, desk, actor, made.order.number, now)
        place = await desk.places.at(connection, made.order.path)
        duties = [duty_view(duty, place, now, made.order.line) for duty in made.duties]
        return order_view(made.order, made.shown, duties, now, caller=seen, code=made.code)

    return await written(db, desk, actor, work)


async def act_on(
    db: Database,
    desk: Desk,
    actor: Actor,
    number: str,
    verb: str,
    body: bodies.Body,
    *,
    version: int | None,
    key: str | None = None,
) -> Brief:
    """Do a verb and answer what the order is then."""

    async def work(connection: asyncpg.Connection) -> Brief:
        order = await service.act(connection, desk, actor, number, verb, body, version=version, key=key)
        return brief_of_order(order, desk.clock())

    return await written(db, desk, actor, work)


async def written(db: Database, desk: Desk, actor: Actor, work: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
    """Run a use case in a transaction; a quarantined text is set aside in one of its own."""
    try:
        async with db.write(actor.wall()) as connection:
            return await work(connection)
    except Quarantined as stopped:
        async with db.write(actor.wall()) as connection:
            await service.quarantine(connection, desk, actor, stopped)
        raise stopped.error from None
    except asyncpg.UniqueViolationError as taken:
        if taken.constraint_name != "idempotency_pkey":
            raise
        raise KeyReused(field="Idempotency-Key") from None


async def read_one(db: Database, desk: Desk, audit: Audit, act: Act, number: str) -> OrderView:
    """One order; the answer waits until the reading is recorded."""
    sees_orders(act.actor)
    async with db.read(act.actor.wall()) as connection:
        found = await reading.one(connection, desk, act.actor, number, act.now)
    await audit.record(act.row(act.actor.any_role(), "order.read", numbers=(found.number,)))
    return found


async def list_page(db: Database, desk: Desk, audit: Audit, act: Act, filters: Filters) -> OrderPage:
    """A page; one audit row names its orders. What was searched for is not recorded: it may be a phone number."""
    sees_orders(act.actor)
    async with db.read(act.actor.wall()) as connection:
        found, by_phone = await reading.page(connection, desk, act.actor, filters, act.now)
    action = "order.find_caller" if by_phone else "order.list"
    await audit.record(act.row(act.actor.any_role(), action, numbers=tuple(one.number for one in found.items)))
    return found


async def list_related(db: Database, desk: Desk, audit: Audit, act: Act, number: str) -> OrderPage:
    """Other orders of one caller."""
    sees_orders(act.actor)
    async with db.read(act.actor.wall()) as connection:
        found = await reading.related(connection, desk, number, act.now)
    numbers = (check_number(number), *(one.number for one in found))
    await audit.record(act.row(act.actor.any_role(), "order.related", numbers=numbers))
    return OrderPage(items=found, next=None)


async def unmask(db: Database, desk: Desk, act: Act, number: str, wanted: RevealIn) -> Revealed:
    """The originals; recorded in the transaction that opens them."""
    sees_orders(act.actor)
    async with db.write(act.actor.wall()) as connection:
        return await reveal(connection, desk, act, number, wanted)


def sees_orders(actor: Actor) -> None:
    """Refuse roles without any order rather than answer with nothing.

    Raises:
        NoOrders.
    """
    if not any(ROLES[role].kind != "none" for role in actor.roles if role in ROLES):
        raise NoOrders(what="查看工单", who="热线或承办单位人员")
