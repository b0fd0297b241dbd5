"""Rows moved under the current keys after a rotation; both jobs go on where they stopped, and change no history.

Sealed values name the key they were sealed under, so what is left to do stands in the rows themselves. A blind index
names nothing: its new value is filled into a second column while the first still answers (lookups try every known
key), and takes the first one's place only when every row has it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import asyncpg

from yihao.orders.private import COLUMN, REPORTER, TABLE, caller_indexes, open_part, place
from yihao.seal.box import Store, open_bytes, open_json, seal_bytes, seal_json
from yihao.seal.keys import KeyRing
from yihao.store.db import Database
from yihao.store.jobs import progress, remember
from yihao.store.statements import load

SQL: Final = load("yihao.orders", "rekey.sql")
BATCH: Final = 200

Redo = Callable[[KeyRing, asyncpg.Record], bytes]


def _json(table: str, column: str, number: Callable[[asyncpg.Record], str], store: Store = "data") -> Redo:
    """Opens a sealed column and seals the same value anew."""

    def redo(ring: KeyRing, row: asyncpg.Record) -> bytes:
        where: dict[str, Any] = {"table": table, "column": column, "number": number(row), "store": store}
        return seal_json(ring, open_json(ring, row["sealed"], **where), **where)

    return redo


def _bytes(table: str, column: str, number: Callable[[asyncpg.Record], str]) -> Redo:
    """As `_json`, for what is no JSON or is packed: the same bytes sealed anew."""

    def redo(ring: KeyRing, row: asyncpg.Record) -> bytes:
        where = {"table": table, "column": column, "number": number(row)}
        return seal_bytes(ring, open_bytes(ring, row["sealed"], **where), **where)

    return redo


SEALED: Final[tuple[tuple[str, Store, Redo], ...]] = (
    ("private", "data", _bytes(TABLE, COLUMN, lambda row: place(row["number"], row["seq"]))),
    ("reporter", "reporter", _json(REPORTER, COLUMN, lambda row: str(row["number"]), "reporter")),
    ("quarantine", "data", _json("quarantine", "sealed", lambda row: "-")),
    ("attachment_name", "data", _json("attachment", "name", lambda row: str(row["id"]))),
    ("attachment_content", "data", _bytes("attachment", "content", lambda row: str(row["id"]))),
    ("totp", "data", _json("credential", "totp_sealed", lambda row: str(row["account_id"]))),
)
"""Sealed columns, those of `people` too: the two statements' name, the key they are under, how a value is sealed anew.

Exports (``task``, ``task_part``) are not among them: they are gone after a day.
"""


async def reseal(database: Database, ring: KeyRing) -> int:
    """Seal what stands under an older data or reporter key under the current one; answers how many values.

    Raises:
        SealBroken: a value does not open; nothing of its batch is changed.
    """
    total = 0
    for name, store, redo in SEALED:
        if len(ring.ids(store)) > 1:
            total += await _once(database, f"reseal.{name}", ring.current(store), _resealing(ring, name, store, redo))
    return total


def _resealing(ring: KeyRing, name: str, store: Store, redo: Redo) -> Callable[..., Awaitable[tuple[int, list[str]]]]:
    async def batch(connection: asyncpg.Connection, after: Sequence[str]) -> tuple[int, list[str]]:
        current = bytes.fromhex(ring.current(store))
        rows = await connection.fetch(SQL[f"{name}_old"], current, BATCH, list(after))
        for row in rows:
            # Only what was read: an erasure in between has the last word.
            await connection.execute(SQL[f"{name}_new"], row["key"], row["sealed"], redo(ring, row))
        return len(rows), list(rows[-1]["key"]) if rows else []

    return batch


async def reindex(database: Database, ring: KeyRing) -> int:
    """Bring the callers' blind index under the current index key; answers how many entries changed.

    Processes that registered under the old key meanwhile (restart them after a rotation) leave entries that are still
    found; the next rotation takes them along.
    """
    if len(ring.ids("index")) == 1:
        return 0

    async def batch(connection: asyncpg.Connection, after: Sequence[str]) -> tuple[int, list[str]]:
        rows = await connection.fetch(SQL["callers"], after[0] if after else "", BATCH)
        found = [
            (row["number"], kind, index)
            for row in rows
            for kind, index in caller_indexes(
                ring, open_part(ring, row["number"], 1, row["sealed"]).value.get("caller", {})
            )
        ]
        await connection.executemany(SQL["index_next"], found)
        return len(found), [rows[-1]["number"]] if rows else []

    changed = await _once(database, "reindex", ring.current("index"), batch)
    while True:
        async with database.work() as connection:
            if await connection.execute(SQL["index_swap"], 10_000) == "UPDATE 0":
                return changed


async def _once(database: Database, name: str, key: str, batch: Callable[..., Awaitable[tuple[int, list[str]]]]) -> int:
    """Run batches until one finds nothing, noting how far it came with each; nothing when done for this key."""
    total = 0
    while True:
        async with database.work() as connection:
            await connection.execute("SELECT pg_advisory_xact_lock(hashtext('yihao.rekey'), hashtext($1))", name)
            note = await progress(connection, name)
            if note.get("key") != key:
                note = {"key": key, "after": [], "done": False}
            if note["done"]:
                return total
            changed, after = await batch(connection, note["after"])
            total += changed
            await remember(connection, name, {"key": key, "after": after, "done": not after})
