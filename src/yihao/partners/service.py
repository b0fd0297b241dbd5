"""Use cases of the register. Nothing here commits, and nothing asks for a role: the routes do."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import asyncpg
import msgspec

from yihao.orders.draft import Linkage
from yihao.orders.places import place_of
from yihao.partners import rules
from yihao.partners.errors import UnknownPartner
from yihao.partners.model import Partner, PartnerDraft
from yihao.store.audit import AuditRow, audit_in
from yihao.store.statements import load
from yihao.units.model import By
from yihao.units.tree import Tree

SQL: Final = load("yihao.partners")
_FIELDS: Final = PartnerDraft.__struct_fields__


async def partners(connection: asyncpg.Connection) -> list[Partner]:
    """The whole register, by unit."""
    return [Partner(**row) for row in await connection.fetch(SQL["all"])]


async def partner(connection: asyncpg.Connection, unit: int) -> Partner:
    """One entry. Raises UnknownPartner."""
    row = await connection.fetchrow(SQL["one"], unit)
    if row is None:
        raise UnknownPartner
    return Partner(**row)


async def linkage(connection: asyncpg.Connection, unit: int, on: date) -> Linkage | None:
    """The partner a unit is that day: what a hand-over rests on (`orders.service.Partnership`)."""
    row = await connection.fetchrow(SQL["one"], unit)
    if row is None or not rules.in_force(found := Partner(**row), on):
        return None
    return Linkage(unit, found.kind)


async def put(connection: asyncpg.Connection, tree: Tree, unit: int, draft: PartnerDraft, by: By) -> Partner:
    """The entry of a unit as drafted, new or not; the audit keeps what it was. Raises UnknownPlace, WrongPartner."""
    one, node = tree.unit(unit), tree.place(unit)
    standing = await partners(connection)
    neighbours = [other for other in standing if tree.place(other.unit_id).id == node.id]
    rules.check(draft, one, place_of(tree, node.path).profile, neighbours)
    old = next((other for other in standing if other.unit_id == unit), None)
    if old is not None and same(draft, old):
        return old
    values = [getattr(draft, name) for name in _FIELDS]
    new = Partner(**await connection.fetchrow(SQL["put"], unit, *values, by.at, by.account))
    detail: dict[str, Any] = {"new": msgspec.to_builtins(new)}
    if old is not None:
        detail["old"] = msgspec.to_builtins(old)
    await audit_in(
        connection,
        AuditRow(
            account=by.account, role=by.role, action="partner.put", at=by.at, detail=detail, request_id=by.request_id
        ),
    )
    return new


def same(draft: PartnerDraft, old: Partner) -> bool:
    """Whether nothing would change."""
    return all(getattr(draft, name) == getattr(old, name) for name in _FIELDS)
