"""Unmasking: who may see what of a caller in the clear, for how long and why (spec E); every time is recorded first.

The rules of a role are ``people.model.ROLES[…].caller``; `allow` is the pure decision over them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal

import asyncpg
import msgspec
from msgspec import Meta

from yihao.errors import Forbidden, NotFound
from yihao.orders.model import Matter, Order
from yihao.orders.numbers import check_number
from yihao.orders.private import open_reporter, open_texts
from yihao.orders.reading import READS
from yihao.orders.service import Desk, load
from yihao.orders.statements import SQL
from yihao.orders.views import Out, says
from yihao.people import approvals
from yihao.people.errors import SecondPersonNeeded
from yihao.people.model import APPROVALS, ROLES
from yihao.people.scope import Act, Actor
from yihao.people.views import NO_NUL
from yihao.store.audit import audit_in

OWN_HOURS: Final = timedelta(hours=24)
"""A seat sees the caller of an order it registered itself for so long (spec E)."""
Field = Literal["title", "content", "address", "location", "name", "phone", "id_number", "enterprise_code", "texts"]
CALLER: Final = frozenset({"name", "phone", "id_number", "enterprise_code"})
SENSITIVE: Final = frozenset({"id_number", "location"})
"""个人信息保护法 第二十八条: identity number and precise position are opened for the handler alone."""


class RevealIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be seen in the clear, and why."""

    fields: Annotated[
        tuple[Field, ...],
        Meta(
            title="内容",
            description="What: title, content, address, location, name, phone, id_number, enterprise_code of the "
            "registration; texts: all texts of step `seq`. 要查看的内容。",
            min_length=1,
            max_length=9,
        ),
    ]
    reason: Annotated[
        str,
        Meta(
            title="事由",
            description="Why; kept in the audit for good. 查看事由，写入审计日志。",
            min_length=2,
            max_length=200,
            pattern=NO_NUL,
        ),
    ]
    seq: Annotated[
        int, Meta(title="步骤", description="Step of the history. 办理过程的序号。", ge=1, le=2_147_483_647)
    ] = 1


class Revealed(Out, frozen=True, kw_only=True):
    """The originals."""

    number: Annotated[str, says("Number of the order. 工单编号。", "202601055328000000017")]
    rule: Annotated[str, says("Rule of the role that allowed it. 依据的权限规则。", "reason")]
    values: Annotated[
        dict[str, Any],
        says("Field to value; null where nothing was given. 内容。", {"phone": "+8613800000000"}),
    ]


class NotRevealed(Forbidden):
    """No role of the actor opens this."""

    code = "not_revealed"
    zh = "您的岗位不能查看该内容的原文：{why}"
    en = "Your role may not see this in the clear: {why_en}"


def allow(actor: Actor, matter: Matter, registered_by: int, now: datetime, fields: frozenset[str]) -> str:
    """The rule under which the actor may see ``fields`` of an order in the clear.

    Args:
        registered_by: account of the first event.

    Raises:
        NotRevealed: with what stands in the way.
    """
    order = matter.order
    if order.protected:
        if not _ruled(actor, "reason_second"):
            raise NotRevealed(
                why="举报件对承办人员始终遮盖，须由管理机构经第二人批准查阅。", why_en="a report stays masked."
            )
        return "reason_second"
    if _ruled(actor, "own_24h") and registered_by == actor.account and now - order.registered_at <= OWN_HOURS:
        return "own_24h"
    if _handles(actor, matter):
        if order.secrecy == "confidential" or (order.anonymous and fields & CALLER):
            raise NotRevealed(why="保密件、匿名件对承办单位始终遮盖。", why_en="confidential or anonymous.")
        return "after_sign"
    if _ruled(actor, "reason"):
        if fields & SENSITIVE:
            raise NotRevealed(
                why="身份证号、精确位置属敏感个人信息，仅承办人员可以查看。", why_en="sensitive: for the handler alone."
            )
        return "reason"
    raise NotRevealed(
        why="须为本人24小时内登记的工单，或本单位已签收的工单。", why_en="neither registered by you today nor signed."
    )


def _ruled(actor: Actor, rule: str) -> bool:
    return any(rule in ROLES[role].caller for role in actor.roles if role in ROLES)


def _handles(actor: Actor, matter: Matter) -> bool:
    """Whether a unit at which the actor holds a handling role has signed its part, or taken on what was handed over. A
    service company sees what its job needs, until the order is closed (spec E)."""
    order = matter.order
    for role in actor.roles:
        if role not in ROLES or "after_sign" not in ROLES[role].caller:
            continue
        if role == "company" and order.closed_at is not None:
            continue
        for unit in actor.units_as(role):
            if unit == order.lead_unit and order.signed_at is not None and order.state != "dispatched":
                return True
            if unit == order.partner_unit and order.acknowledged:
                return True
            if unit in order.assist_units and matter.duty("assist_sign", unit) is None:
                return True
    return False


async def reveal(connection: asyncpg.Connection, desk: Desk, act: Act, number: str, wanted: RevealIn) -> Revealed:
    """The originals, recorded in the same transaction: kept together or not at all.

    Raises:
        NotFound: not in scope, no such step, or erased. NotRevealed, SecondPersonNeeded.
    """
    number = check_number(number)
    matter, _ = await load(connection, number)
    order, fields = matter.order, frozenset(wanted.fields)
    row = await connection.fetchrow(READS["sealed"], number, wanted.seq)
    if row is None or row["sealed"] is None:
        raise NotFound(what="该步骤的原文（可能没有文字，或已依法删除）", field="seq")
    rule = allow(act.actor, matter, row["registered_by"], act.now, fields)
    if rule == "reason_second":
        await _second(connection, act, number)
    texts, _ = open_texts(desk.ring, number, wanted.seq, row["sealed"])
    values = await _values(connection, desk, order, texts, wanted)
    role = act.actor.role_among(*(name for name in ROLES if rule in ROLES[name].caller)) or act.actor.any_role()
    await audit_in(
        connection,
        act.row(
            role,
            "caller.unmask",
            purpose=wanted.reason,
            numbers=(number,),
            fields=sorted(fields),
            seq=wanted.seq,
            rule=rule,
        ),
    )
    return Revealed(number=number, rule=rule, values=values)


async def _second(connection: asyncpg.Connection, act: Act, number: str) -> None:
    try:
        await approvals.use(connection, act, "reporter_identity", number)
    except SecondPersonNeeded:
        raise SecondPersonNeeded(what=APPROVALS["reporter_identity"], who="第二人", field="number") from None


async def _values(
    connection: asyncpg.Connection, desk: Desk, order: Order, texts: dict[str, Any], wanted: RevealIn
) -> dict[str, Any]:
    caller: dict[str, Any] = texts.get("caller", {})
    if order.protected and CALLER & frozenset(wanted.fields):
        blob = await connection.fetchval(SQL["reporter"], order.number)
        caller = open_reporter(desk.ring, order.number, blob) if blob else {}
    values: dict[str, Any] = {}
    for field in wanted.fields:
        if field == "texts":
            values[field] = {name: text for name, text in texts.items() if name not in ("caller", "code", "location")}
        elif field == "location":
            at = texts.get("location")
            values[field] = {"lon": at[0] / 1e7, "lat": at[1] / 1e7} if at else None
        else:
            values[field] = caller.get(field) if field in CALLER else texts.get(field)
    return values
