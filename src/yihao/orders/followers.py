"""What this room does after each change has committed: the text index, and children that follow their parents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import asyncpg
import msgspec

from yihao.errors import NotFound
from yihao.orders import bodies
from yihao.orders.bigrams import vector_of
from yihao.orders.draft import NotNow
from yihao.orders.service import Desk, act
from yihao.people.scope import internal_actor
from yihao.store.db import Database
from yihao.store.feed import FeedRow, Follower
from yihao.store.statements import load
from yihao.units.load import tree

SQL: Final = load("yihao.orders", "followers.sql")
WORDLESS: Final = frozenset({"order.sign", "order.breach", "order.recalculate", "order.unit_approve"})
"""Steps without a text: nothing for the index."""
ENDED: Final = frozenset({"closed", "answered", "refused", "transferred", "withdrawn", "final"})
"""States in which an order's callers have their answer."""


def search_follower() -> Follower:
    """Keeps ``order_search``: the bigrams of an order's shown texts, so that no search finds what is masked."""
    return Follower("search", _index, batch=200)


async def _index(connection: asyncpg.Connection, rows: Sequence[FeedRow]) -> None:
    numbers = sorted({row.number for row in rows if row.topic not in WORDLESS})
    texts: dict[str, list[str]] = {number: [] for number in numbers}
    for row in await connection.fetch(SQL["shown"], numbers):
        shown: dict[str, Any] = msgspec.json.decode(row["redacted"])
        texts[row["number"]] += [value for value in shown.values() if isinstance(value, str)]
    found = {number: vector_of(said) for number, said in texts.items() if said}
    await connection.execute(SQL["index"], list(found), list(found.values()))
    if gone := [number for number in numbers if number not in found]:  # lawfully erased
        await connection.execute(SQL["unindex"], gone)


def children_follower(database: Database, desk: Desk) -> Follower:
    """Tells children when their parent has ended (D.2 26), each by an event of its own."""

    async def told(connection: asyncpg.Connection, rows: Sequence[FeedRow]) -> None:
        parents = {row.number for row in rows if row.body.get("to") in ENDED or row.topic == "order.follow"}
        children = {row.number for row in rows if row.topic == "order.merge"}  # into an order that has ended already
        if not parents and not children:
            return
        for row in await connection.fetch(SQL["bound"], sorted(parents), sorted(children)):
            await _follow(database, desk, row)

    return Follower("children", told, batch=100)


async def _follow(database: Database, desk: Desk, row: asyncpg.Record) -> None:
    state = "closed" if row["state"] in ("revisiting", "merged") else row["state"]
    if state not in ENDED:
        return
    body = bodies.Follow(
        parent=row["parent"],
        relation=row["relation"],
        state=state,
        at=row["ended_at"],
        reply_in=row["reply_in"],
    )
    async with database.work() as connection:
        root = (await tree(connection)).root
    clock = internal_actor("clock", jurisdiction=root.id, path=root.path)
    try:
        async with database.write(clock.wall()) as connection:
            await act(connection, desk, clock, row["child"], "follow", body, version=row["version"])
    except (NotNow, NotFound):
        return  # told already, or gone
