"""Looking at and changing what stands packed in the database, as somebody who owns it would."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import asyncpg
import msgspec

from yihao.orders.packing import pack, unpacked

PLACES = {"data": "work_order", "body": "order_event", "redacted": "order_private"}
"""The table of each packed column."""


async def read(owner: asyncpg.Connection, column: str, number: str, seq: int | None = None) -> dict[str, Any]:
    """What an order's packed column holds."""
    where = "number = $1" if seq is None else f"number = $1 AND seq = {seq}"
    return unpacked(await owner.fetchval(f"SELECT {column} FROM {PLACES[column]} WHERE {where}", number))


async def change(
    owner: asyncpg.Connection,
    column: str,
    number: str,
    edit: Callable[[dict[str, Any]], object],
    seq: int | None = None,
) -> None:
    """Edit it in place; whatever ``edit`` answers is passed over."""
    value = await read(owner, column, number, seq)
    edit(value)
    where = "number = $1" if seq is None else f"number = $1 AND seq = {seq}"
    packed = pack(msgspec.json.encode(value, order="sorted"))
    done = await owner.execute(f"UPDATE {PLACES[column]} SET {column} = $2 WHERE {where}", number, packed)
    assert done == "UPDATE 1"
