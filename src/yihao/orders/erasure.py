"""Lawful erasure of what one order holds of persons (个人信息保护法 第四十七条), with its history left whole.

The managing body handles the data, so a manager does it; what is erased cannot be brought back, so a second person
consents (``people.approvals``, kind ``erasure``). The security administrator cannot do it alone: that role sees no
order (三员分立), but may be the second person. Copies in backups go when the backups do: see ``docs/verify.md``.
"""

from __future__ import annotations

import asyncpg

from yihao.orders import bodies, service
from yihao.orders.model import Order
from yihao.people.scope import Actor


async def erase(
    connection: asyncpg.Connection, desk: service.Desk, actor: Actor, number: str, basis: str, *, version: int
) -> Order:
    """Erase every text, sealed part, attachment, reporter and index entry of an archived order.

    The history keeps an ``erase`` event with ``basis`` (clause and document, no personal data), and `verify` stays
    green: events hold commitments only. Inside the caller's transaction.

    Raises:
        SecondPersonNeeded: nobody has approved it, or the approval has run out.
        WrongRole, WrongState, NotNow, NotFound, StaleVersion.
    """
    return await service.act(connection, desk, actor, number, "erase", bodies.Erase(basis=basis), version=version)
