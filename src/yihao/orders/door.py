"""What every door does with orders (API, screens, citizens): one transaction a use case, one audit row a reading."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import asyncpg
import msgspec

from yihao.errors import Forbidden
from yihao.orders import bodies, reading, service
from yihao.orders.listing import Filters, ask
from yihao.orders.numbers import check_number
from yihao.orders.reveal import Revealed, RevealIn, reveal
from yihao.orders.service import Desk, KeyReused, Quarantined
from yihao.orders.views import Brief, OrderMade, OrderPage, OrderView, brief_of_order, duty_view, order_view
from yihao.people.model import ROLES
from yihao.people.scope import Act, Actor
from yihao.store.audit import Audit
from yihao.store.db import Database, standing_behind

T = TypeVar("T")


class Visit(msgspec.Struct, frozen=True):
    """One request at a door: who asks and when, and what the house hands over for it.

    One dependency for all, since Litestar opens a task group where a handler asks for several.
    """

    act: Act
    db: Database
    desk: Desk
    audit: Audit

    @property
    def actor(self) -> Actor:
        """Who asks."""
        return self.act.actor


class NoOrders(Forbidden):
    """None of the account's roles sees orders (administrators, knowledge desk)."""

    code = "no_orders"
    zh = "您的岗位不涉及工单，不能{what}，请由{who}办理。"
    en = "Your roles see no orders; ask a hotline or unit role."


async def register(visit: Visit, appeal: bodies.Appeal, key: str | None) -> OrderMade:
    """Register and shape the answer; a text marked as state secret is set aside and refused."""
    desk, actor, now = visit.desk, visit.actor, visit.act.now
    seen = reading.sees_caller(actor)

    async def work(connection: asyncpg.Connection) -> OrderMade:
        made = await service.register(connection, desk, actor, appeal, key=key)
        if made.code is None:
            async with standing_behind(connection, service.as_registered(actor)):
                found = await reading.one(connection, desk, actor, made.order.number, now)
                # The answer that was lost held the code, and the citizen waits for it.
                return msgspec.structs.replace(found, query_code=await service.told_code(connection, desk, made.order))
        place = await desk.places.at(connection, made.order.path)
        duties = [duty_view(duty, place, now, made.order.line) for duty in made.duties]
        return order_view(made.order, made.shown, duties, now, place, caller=seen, code=made.code)

    return await written(visit, work)


async def act_on(
    visit: Visit, number: str, verb: str, body: bodies.Body, *, version: int | None, key: str | None = None
) -> Brief:
    """Do a verb and answer what the order is then."""

    async def work(connection: asyncpg.Connection) -> Brief:
        order = await service.act(connection, visit.desk, visit.actor, number, verb, body, version=version, key=key)
        return brief_of_order(order, visit.act.now)

    return await written(visit, work)


async def written(visit: Visit, work: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
    """Run a use case in a transaction; a quarantined text is set aside in one of its own."""
    wall = visit.actor.wall()
    try:
        async with visit.db.write(wall) as connection:
            return await work(connection)
    except Quarantined as stopped:
        async with visit.db.write(wall) as connection:
            await service.quarantine(connection, visit.desk, visit.actor, stopped)
        raise stopped.error from None
    except asyncpg.UniqueViolationError as taken:
        if taken.constraint_name != "idempotency_pkey":
            raise
        raise KeyReused(field="Idempotency-Key") from None


async def read(
    visit: Visit, action: str, work: Callable[[asyncpg.Connection], Awaitable[T]], numbers: Callable[[T], Sequence[str]]
) -> T:
    """Read inside the caller's wall; the answer waits until the reading is recorded.

    Args:
        action: for the audit.
        work: the reading.
        numbers: the orders that were read, from what was found.

    Raises:
        NoOrders, AuditLost, and what ``work`` raises.
    """
    sees_orders(visit.actor)
    async with visit.db.read(visit.actor.wall()) as connection:
        found = await work(connection)
    await visit.audit.record(visit.act.row(visit.actor.any_role(), action, numbers=tuple(numbers(found))))
    return found


async def read_one(visit: Visit, number: str) -> OrderView:
    """One order."""

    async def work(connection: asyncpg.Connection) -> OrderView:
        return await reading.one(connection, visit.desk, visit.actor, number, visit.act.now)

    return await read(visit, "order.read", work, lambda found: (found.number,))


async def list_page(visit: Visit, filters: Filters) -> OrderPage:
    """A page; one audit row names its orders. What was searched for is not recorded: it may be a phone number."""
    asked = ask(filters, visit.actor.wall(), visit.act.now, visit.desk.ring)

    async def work(connection: asyncpg.Connection) -> OrderPage:
        return await reading.page(connection, visit.desk, asked, filters.limit, visit.act.now)

    action = "order.find_caller" if asked.by_phone else "order.list"
    return await read(visit, action, work, lambda found: [one.number for one in found.items])


async def list_related(visit: Visit, number: str) -> OrderPage:
    """Other orders of one caller."""

    async def work(connection: asyncpg.Connection) -> OrderPage:
        return OrderPage(items=await reading.related(connection, visit.desk, number, visit.act.now), next=None)

    return await read(
        visit, "order.related", work, lambda found: (check_number(number), *(one.number for one in found.items))
    )


async def list_merged(visit: Visit, number: str) -> OrderPage:
    """Orders that follow this one."""

    async def work(connection: asyncpg.Connection) -> OrderPage:
        return OrderPage(items=await reading.merged(connection, visit.desk, number, visit.act.now), next=None)

    return await read(
        visit, "order.merged", work, lambda found: (check_number(number), *(one.number for one in found.items))
    )


async def unmask(visit: Visit, number: str, wanted: RevealIn) -> Revealed:
    """The originals; recorded in the transaction that opens them."""
    sees_orders(visit.actor)
    async with visit.db.write(visit.actor.wall()) as connection:
        return await reveal(connection, visit.desk, visit.act, number, wanted)


def sees_orders(actor: Actor) -> None:
    """Refuse roles without any order rather than answer with nothing.

    Raises:
        NoOrders.
    """
    if not any(ROLES[role].kind != "none" for role in actor.roles if role in ROLES):
        raise NoOrders(what="查看工单", who="热线或承办单位人员")
