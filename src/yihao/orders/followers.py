"""What this room does after each change has committed: the text index, and children that follow their parents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import asyncpg
import msgspec

from yihao.errors import NotFound
from yihao.orders import bodies
from yihao.orders.bigrams import vector_of
from yihao.orders.draft import NotNow
from yihao.orders.packing import unpack, unpacked
from yihao.orders.service import Desk, act
from yihao.people.scope import internal_actor
from yihao.store.db import Database
from yihao.store.feed import FeedRow, Follower
from yihao.store.statements import load
from yihao.units.load import tree

SQL: Final = load("yihao.orders", "followers.sql")
SEARCH: Final = "search"
CHILDREN: Final = "children"
WORDLESS: Final = frozenset({"order.sign", "order.breach", "order.recalculate", "order.unit_approve"})
"""Steps without a text: nothing for the index."""
ENDED: Final = frozenset({"closed", "answered", "refused", "transferred", "withdrawn", "final"})
"""States in which an order's callers have their answer."""


def search_follower() -> Follower:
    """Keeps ``order_search``: the bigrams of an order's shown texts, so that no search finds what is masked."""
    return Follower(SEARCH, _index, batch=200)


async def _index(connection: asyncpg.Connection, rows: Sequence[FeedRow]) -> None:
    numbers = sorted({row.number for row in rows if row.topic not in WORDLESS})
    texts: dict[str, list[str]] = {number: [] for number in numbers}
    for row in await connection.fetch(SQL["shown"], numbers):
        texts[row["number"]] += [value for value in unpacked(row["redacted"]).values() if isinstance(value, str)]
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
        waiting = await connection.fetch(SQL["bound"], sorted(parents), sorted(children))
        found = await connection.fetch(SQL["parents"], sorted({one["parent"] for one in waiting}))
        ends = {one["number"]: end for one in found if (end := _end(one)) is not None}
        for one in waiting:
            if one["parent"] in ends:
                await _follow(database, desk, one, ends[one["parent"]])

    return Follower(CHILDREN, told, batch=100)


class End(msgspec.Struct, frozen=True):
    """How a parent ended: the state its children are told, since when, and the event that holds its reply."""

    state: str
    at: datetime
    reply_in: int | None


class _Kept(msgspec.Struct, frozen=True):
    """What the end of an order is told from, of ``work_order.data``."""

    sealed_from: str | None = None
    closed_at: datetime | None = None
    final_seq: int | None = None
    reply_seq: int | None = None
    answer_seq: int | None = None


def _end(parent: asyncpg.Record) -> End | None:
    """The parent's end, ``None`` before it. One that itself follows another has ended once it was told."""
    kept = msgspec.json.decode(unpack(parent["data"]), type=_Kept)
    resting = kept.sealed_from if parent["state"] == "archived" else parent["state"]
    if resting == "merged" and kept.closed_at is None:
        return None
    state = "closed" if resting in ("revisiting", "merged") else resting
    if state not in ENDED:
        return None
    steps = list(zip(parent["verbs"], parent["sources"], parent["targets"], parent["times"], strict=True))
    moved = max(at for _, source, target, at in steps if source != target and target != "archived")
    reply_in = kept.reply_seq if kept.reply_seq is not None else kept.answer_seq
    if resting == "final":
        reply_in = kept.final_seq
    elif resting == "refused":
        said = (seq for seq, step in enumerate(steps, 1) if step[0] in ("refuse", "uphold_refusal"))
        reply_in = max(said, default=None)
    return End(state, kept.closed_at or moved, reply_in)


async def _follow(database: Database, desk: Desk, row: asyncpg.Record, end: End) -> None:
    body = bodies.Follow(
        parent=row["parent"],
        relation=row["relation"],
        state=end.state,
        at=end.at,
        reply_in=end.reply_in,
    )
    async with database.work() as connection:
        root = (await tree(connection)).root
    clock = internal_actor("clock", jurisdiction=root.id, path=root.path)
    try:
        async with database.write(clock.wall()) as connection:
            await act(connection, desk, clock, row["child"], "follow", body, version=row["version"])
    except (NotNow, NotFound):
        return  # told already, or gone
