"""Marks of orders under way by which desks look for them: the citizen urged, or the reply was sent back.

Both stand in the history for good; the mark lasts while the order is in somebody's hands.
"""

from __future__ import annotations

from typing import Final

import asyncpg

from yihao.orders.model import OPEN_STATES, Order
from yihao.orders.statements import SQL

IN_HAND: Final = OPEN_STATES - {"replied"}
"""States in which a mark lasts: a reply answers to it."""


def gained(before: Order, after: Order) -> tuple[str, ...]:
    """The marks a step gives."""
    urged = after.urges > before.urges
    sent_back = after.reply_rejections > before.reply_rejections
    return ("urged",) * urged + ("sent_back",) * sent_back


async def note(connection: asyncpg.Connection, before: Order, after: Order) -> None:
    """Keep the marks of an order as a step left it; nearly no step touches them."""
    for mark in gained(before, after) if after.state in IN_HAND else ():
        await connection.execute(SQL["marked"], after.number, mark, after.last_at, after.path)
    over = before.state in IN_HAND and after.state not in IN_HAND
    if over and (before.urges or before.reply_rejections):
        await connection.execute(SQL["unmarked"], after.number)
