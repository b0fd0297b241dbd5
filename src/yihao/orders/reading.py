"""Reading orders: one statement a question, inside the caller's wall."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import asyncpg

from yihao.errors import NotFound
from yihao.orders.draft import ALONE, Context
from yihao.orders.forms import LABELS, verbs_of
from yihao.orders.listing import Asked, earlier
from yihao.orders.model import Order
from yihao.orders.numbers import LENGTH, check_number
from yihao.orders.packing import unpack, unpacked
from yihao.orders.places import Place
from yihao.orders.private import open_reporter, open_texts
from yihao.orders.rows import clocks_of, facts_of
from yihao.orders.rules import Choice, weighs_family
from yihao.orders.said import said_of
from yihao.orders.service import Desk, family_of, load
from yihao.orders.statements import SQL
from yihao.orders.views import (
    Brief,
    DutyList,
    EventList,
    EventView,
    OrderMade,
    OrderPage,
    VerbList,
    brief_of,
    duty_view,
    order_view,
    read_order,
)
from yihao.people.rules import caller_rules
from yihao.people.scope import Actor
from yihao.seal.box import blind_index
from yihao.store.statements import load as load_statements

READS: Final = load_statements("yihao.orders", "reads.sql")
MOST_RELATED: Final = 50
LOOKED_FOR: Final = 0.5
"""Seconds a page looks back for before it is answered unfilled, with where to go on."""


def sees_caller(actor: Actor) -> bool:
    """Whether the actor's roles see a caller at all, masked at least."""
    return caller_rules(actor.roles) != {"none"}


async def one(connection: asyncpg.Connection, desk: Desk, actor: Actor, number: str, now: datetime) -> OrderMade:
    """One order with its open clocks.

    Raises:
        BadNumber, NotFound.
    """
    row = await connection.fetchrow(READS["one"], check_number(number))
    if row is None:
        raise NotFound(what="工单", field="number")
    order, shown, duties = read_order(row)
    place = await desk.places.at(connection, order.path)
    views = [duty_view(duty, place, now, order.line) for duty in duties]
    return order_view(order, shown, views, now, place, caller=sees_caller(actor))


async def page(connection: asyncpg.Connection, desk: Desk, asked: Asked, limit: int, now: datetime) -> OrderPage:
    """A page of the list, newest first."""
    rows = await connection.fetch(asked.sql, *asked.values)
    further = None
    if asked.since is not None and len(rows) < limit:
        if asked.indexed:
            rows = await connection.fetch(asked.sql, *asked.whole())
        else:
            rows, further = await _further(connection, asked, limit, rows)
    items = await briefs(connection, desk, rows, now)
    return OrderPage(items=items, next=items[-1].number if len(items) == limit else further)


async def _further(
    connection: asyncpg.Connection, asked: Asked, limit: int, rows: list[asyncpg.Record]
) -> tuple[list[asyncpg.Record], str | None]:
    """Look back stretch by stretch until the page is full, nothing is older, or it has taken long enough: no index
    leads to these orders, and nobody waits for all the years to be looked at. Answers where to go on, if anywhere."""
    oldest = await connection.fetchval(READS["oldest"])
    since, begun = str(asked.values[asked.since or 0]), time.monotonic()
    while len(rows) < limit and oldest is not None and since > oldest:
        if time.monotonic() - begun > LOOKED_FOR:
            return rows, since.ljust(LENGTH, "0")
        before, since = since, earlier(since)
        rows = [*rows, *await connection.fetch(asked.sql, *asked.between(before, since))][:limit]
    return rows, None


async def briefs(
    connection: asyncpg.Connection, desk: Desk, rows: Sequence[asyncpg.Record], now: datetime
) -> list[Brief]:
    """Rows of a list, each by the rules of its own place."""
    places = await places_of(connection, desk, rows)
    return [brief_of(row, places[row["path"]], now) for row in rows]


async def places_of(connection: asyncpg.Connection, desk: Desk, rows: Sequence[asyncpg.Record]) -> dict[str, Place]:
    """The places of rows, by path."""
    return {path: await desk.places.at(connection, path) for path in {row["path"] for row in rows}}


async def history(connection: asyncpg.Connection, number: str) -> EventList:
    """Every step of one order, oldest first.

    Raises:
        BadNumber, NotFound.
    """
    rows = await connection.fetch(READS["history"], check_number(number))
    if not rows:
        raise NotFound(what="工单", field="number")
    return EventList(items=[_event(row) for row in rows])


def _event(row: asyncpg.Record) -> EventView:
    facts, texts = facts_of(row), unpacked(row["redacted"])
    return EventView(
        seq=row["seq"],
        verb=row["verb"],
        label=LABELS.get(row["verb"], row["verb"]),
        at=row["at"],
        recorded_at=row["recorded_at"],
        account=row["account_id"],
        account_name=row["account_name"],
        role=row["role"],
        unit=row["unit_id"],
        from_state=row["from_state"],
        to_state=row["to_state"],
        facts=facts,
        texts=texts,
        said=said_of(row["verb"], facts, texts),
        hash=bytes(row["hash"]).hex(),
    )


async def clocks(connection: asyncpg.Connection, desk: Desk, number: str, now: datetime) -> DutyList:
    """Every clock of one order, running ones first, by when they are due.

    Raises:
        BadNumber, NotFound.
    """
    row = await connection.fetchrow(READS["clocks"], check_number(number))
    if row is None:
        raise NotFound(what="工单", field="number")
    place = await desk.places.at(connection, row["path"])
    duties = clocks_of(map(unpack, row["bodies"]))
    running = sorted((duty for duty in duties if duty.met_at is None), key=lambda duty: (duty.due_at, duty.no))
    duties = (*running, *(duty for duty in duties if duty.met_at is not None))
    return DutyList(items=[duty_view(duty, place, now, row["line"]) for duty in duties])


async def verbs(connection: asyncpg.Connection, desk: Desk, actor: Actor, number: str) -> VerbList:
    """What the actor may do now.

    Raises:
        BadNumber, NotFound.
    """
    matter, _ = await load(connection, check_number(number))
    order = matter.order
    place = await desk.places.at(connection, order.path)
    now, family = max(desk.clock(), order.last_at), ALONE
    if weighs_family(matter, actor, place.profile.for_line(order.line)):
        family = await family_of(connection, place, number)

    def context(way: Choice) -> Context:
        return place.context(now, actor, way.role, unit=way.unit, line=order.line, family=family)

    return verbs_of(matter, actor, place, context)


async def related(connection: asyncpg.Connection, desk: Desk, number: str, now: datetime) -> list[Brief]:
    """Other orders of the same caller, newest first: a repeat or a cluster shows here. None for a reporter's.

    Raises:
        BadNumber, NotFound.
    """
    number = check_number(number)
    row = await connection.fetchrow(READS["sealed"], number, 1)
    if row is None:
        raise NotFound(what="工单", field="number")
    if row["sealed"] is None:
        return []
    caller: dict[str, Any] = open_texts(desk.ring, number, 1, row["sealed"])[0].get("caller", {})
    indexes = [
        blind_index(desk.ring, kind, caller[kind], key_id=key)
        for kind in ("phone", "id_number", "enterprise_code")
        if caller.get(kind)
        for key in desk.ring.ids("index")
    ]
    rows = await connection.fetch(READS["same_caller"], indexes, number, MOST_RELATED) if indexes else []
    return await briefs(connection, desk, rows, now)


async def merged(connection: asyncpg.Connection, desk: Desk, number: str, now: datetime) -> list[Brief]:
    """Orders that were merged into one or bound to it, newest first: what is decided on it is decided for them.

    Raises:
        BadNumber, NotFound.
    """
    number = check_number(number)
    if await connection.fetchrow(READS["clocks"], number) is None:
        raise NotFound(what="工单", field="number")
    return await briefs(connection, desk, await connection.fetch(READS["followers_of"], number, MOST_RELATED), now)


async def caller_of(connection: asyncpg.Connection, desk: Desk, order: Order) -> dict[str, Any]:
    """The caller in the clear, for comparing with what a citizen says. Never for showing: see `orders.reveal`."""
    row = await connection.fetchrow(SQL["private"], order.number, 1)
    if row is None or row["sealed"] is None:
        return {}
    found: dict[str, Any] | None = open_texts(desk.ring, order.number, 1, row["sealed"])[0].get("caller")
    if found is None:
        blob = await connection.fetchval(SQL["reporter"], order.number)
        found = open_reporter(desk.ring, order.number, blob) if blob else {}
    return found
