"""The evidence of one order in the clear, for whoever wants to work its chain out by hand (docs/verify.md)."""

from __future__ import annotations

from typing import Any

import asyncpg
import msgspec

from yihao.errors import NotFound
from yihao.orders.checkpoints import SQL
from yihao.orders.numbers import check_number
from yihao.orders.packing import unpack
from yihao.orders.rows import bare, linked
from yihao.seal.chain import GENESIS, canonical
from yihao.seal.provider import sm3


class Evidence(msgspec.Struct, frozen=True):
    """One event as its hash covers it.

    ``hash`` is ``SM3(previous || covered)``, ``previous`` being hexadecimal and ``covered`` the very text.

    ``covered`` names the SM3 of ``body``, the text that was said and computed. ``holds`` tells whether they agree.
    """

    previous: str
    covered: str
    body: str
    hash: str
    holds: bool


async def evidence_of(connection: asyncpg.Connection, number: str) -> list[Evidence]:
    """Every event of an order, oldest first (worker role).

    Raises:
        BadNumber, NotFound, PackBroken.
    """
    number = check_number(number)
    before = number[:-1]  # the statement reads a run of numbers: after this one, up to that
    rows = [row for row in await connection.fetch(SQL["history"], before, number) if row["number"] == number]
    if not rows:
        raise NotFound(what="工单", field="number")
    found, previous = [], GENESIS
    for row in rows:
        one = _evidence(row, previous)
        found.append(one)
        previous = bytes(row["hash"])
    return found


def _evidence(row: asyncpg.Record, previous: bytes) -> Evidence:
    body = unpack(row["body"])
    covered: dict[str, Any] = linked(bare(row), sm3(body).hex())
    text = canonical(covered)
    return Evidence(
        previous=previous.hex(),
        covered=text.decode(),
        body=body.decode(),
        hash=bytes(row["hash"]).hex(),
        holds=sm3(previous + text) == bytes(row["hash"]),
    )
