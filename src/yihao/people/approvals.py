"""The second person (第二人): one asks with a reason, another approves, the first uses it, once.

Spec E: the identity of a reporter (举报人) is opened by two persons. The approver sees the reason and the order number,
never the data. Each function works inside the caller's write transaction and leaves its audit row.
"""

from __future__ import annotations

import asyncpg

from yihao.errors import NotFound
from yihao.people import queries, rules
from yihao.people.errors import ApprovalGone, SamePerson, SecondPersonNeeded, Unfit
from yihao.people.model import APPROVALS, APPROVERS, ASKERS, Approval
from yihao.people.scope import Act, require
from yihao.store.audit import audit_in


async def ask(connection: asyncpg.Connection, act: Act, kind: str, number: str, reason: str) -> Approval:
    """Ask for a second person; whether the order is in the asker's own scope is checked when it is used.

    Raises:
        Forbidden: the role may not ask.
        Invalid: no such kind, or no reason.
    """
    role = require(act.actor, *ASKERS, what=APPROVALS.get(kind, "申请第二人批准"))
    if kind not in APPROVALS:
        known = ", ".join(APPROVALS)
        raise Unfit(field="kind", why=f"没有这种申请，可选：{known}。", why_en=f"no such kind; there are: {known}.")
    if not 1 <= len(reason.strip()) <= 500:
        raise Unfit(field="reason", why="请填写1至500字的事由。", why_en="give a reason of 1 to 500 characters.")
    made: int = await connection.fetchval(
        "INSERT INTO second_person (kind, number, path, asked_by, reason, asked_at, expires_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
        *(kind, number, act.actor.path, act.actor.account, reason.strip(), act.now, act.now + rules.APPROVAL_WAITS),
    )
    await audit_in(
        connection, act.row(role, "approval.ask", purpose=reason.strip(), numbers=(number,), approval=made, kind=kind)
    )
    return await _get(connection, made)


async def approve(connection: asyncpg.Connection, act: Act, approval: int) -> Approval:
    """Approve somebody else's request: it may then be used once within two hours.

    Raises:
        Forbidden: the role may not approve.
        NotFound: no request of the approver's own branch by that id.
        SamePerson: the asker's own.
        ApprovalGone: approved or expired already.
    """
    role = require(act.actor, *APPROVERS, what="批准第二人申请")
    row = await connection.fetchrow(
        "SELECT asked_by, approved_at, expires_at, number, kind FROM second_person "
        "WHERE id = $1 AND starts_with(path, $2) FOR UPDATE",
        *(approval, act.actor.path),
    )
    if row is None:
        raise NotFound(what="申请")
    if row["asked_by"] == act.actor.account:
        raise SamePerson
    if row["approved_at"] is not None or row["expires_at"] <= act.now:
        raise ApprovalGone
    await connection.execute(
        "UPDATE second_person SET approved_by = $2, approved_at = $3, expires_at = $4 WHERE id = $1",
        *(approval, act.actor.account, act.now, act.now + rules.APPROVAL_LASTS),
    )
    await audit_in(
        connection, act.row(role, "approval.approve", numbers=(row["number"],), approval=approval, kind=row["kind"])
    )
    return await _get(connection, approval)


async def use(connection: asyncpg.Connection, act: Act, kind: str, number: str) -> Approval:
    """Use up the caller's approval for this order; call it in the transaction that opens the data.

    Raises:
        SecondPersonNeeded: there is none that is approved, unused and not expired.
    """
    used = await connection.fetchval(
        "UPDATE second_person SET used_at = $4 WHERE id = ("
        "  SELECT id FROM second_person WHERE asked_by = $1 AND kind = $2 AND number = $3"
        "  AND approved_at IS NOT NULL AND used_at IS NULL AND expires_at > $4 ORDER BY id LIMIT 1 FOR UPDATE"
        ") AND used_at IS NULL RETURNING id",
        *(act.actor.account, kind, number, act.now),
    )
    if used is None:
        raise SecondPersonNeeded(what=APPROVALS.get(kind, kind), who="第二人")
    approval = await _get(connection, used)
    row = act.row(
        act.actor.role_among(*ASKERS) or "",
        "approval.use",
        purpose=approval.reason,
        numbers=(number,),
        approval=used,
        kind=kind,
        approved_by=approval.approved_by,
    )
    await audit_in(connection, row)
    return approval


async def waiting(connection: asyncpg.Connection, act: Act, *, after: int = 0, limit: int = 50) -> list[Approval]:
    """Requests of the caller's branch that still wait for a second person, oldest first."""
    require(act.actor, *APPROVERS, what="查看第二人申请")
    rows = await connection.fetch(
        f"{queries.APPROVAL} WHERE p.approved_at IS NULL AND p.expires_at > $1 AND starts_with(p.path, $2) "
        "AND p.id > $3 ORDER BY p.id LIMIT $4",
        *(act.now, act.actor.path, after, limit),
    )
    return [Approval(**dict(row)) for row in rows]


async def asked(connection: asyncpg.Connection, act: Act, *, before: int, limit: int = 50) -> list[Approval]:
    """The caller's own requests, newest first, whatever has become of them."""
    require(act.actor, *ASKERS, what="查看本人的第二人申请")
    rows = await connection.fetch(
        f"{queries.APPROVAL} WHERE p.asked_by = $1 AND p.id < $2 ORDER BY p.id DESC LIMIT $3",
        *(act.actor.account, before, limit),
    )
    return [Approval(**dict(row)) for row in rows]


async def _get(connection: asyncpg.Connection, approval: int) -> Approval:
    return Approval(**dict(await connection.fetchrow(f"{queries.APPROVAL} WHERE p.id = $1", approval)))
