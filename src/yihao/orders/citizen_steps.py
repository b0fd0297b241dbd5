"""What a citizen does with a matter of the own, whatever the door: the API and the pages both come here.

A matter is opened by its number and query code. A wrong code is answered like an unknown number, in the same time, and
counted for the order and for the address (flow.query_code.tries_per_hour).
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

import asyncpg
import msgspec
from litestar import Request

from yihao.errors import Forbidden, Invalid, NotFound, TooMany, YihaoError
from yihao.orders import bodies, door, reading, service
from yihao.orders.citizen_views import AppealMade, CitizenAppeal, RatingIn, ReviewIn, UrgeIn, WithdrawIn
from yihao.orders.door import Visit
from yihao.orders.model import Order
from yihao.orders.progress import Progress, progress
from yihao.orders.rows import order_of
from yihao.orders.service import Desk
from yihao.orders.statements import SQL
from yihao.people.scope import Actor, internal_actor
from yihao.seal.box import blind_index
from yihao.seal.phones import BadPhone, normalise_phone
from yihao.store import throttle
from yihao.store.db import Database, Wall
from yihao.units.layers import front_desk, is_rank, profile_at
from yihao.units.load import tree
from yihao.units.model import Jurisdiction
from yihao.units.tree import Tree

AnyRequest = Request[Any, Any, Any]
HOUR: Final = timedelta(hours=1)
APPEALS_PER_HOUR: Final = 30
"""Submissions from one address: a family, an office or a village behind one."""


class CodeMissing(Invalid):
    """A step came without a query code."""

    code = "bad_field"
    zh = "请填写查询码（code），登记时已告知。"
    en = "Give the query code (code) told at registration."


class NoSuchAppeal(NotFound):
    """No order by that number and code; which of the two is wrong is not told."""

    code = "no_such_appeal"
    zh = "未找到该诉求，请核对工单编号和查询码。"
    en = "No appeal by that number and query code. Check both."


class PhoneDiffers(Forbidden):
    """The phone is not the one given at registration."""

    code = "phone_differs"
    zh = "电话与登记时不一致，未{what}。请核对，或拨打热线由话务员核实办理。"
    en = "The phone is not the one given at registration; nothing was done. Check it, or call the hotline."


async def submitted(
    request: AnyRequest, citizen: Visit, data: CitizenAppeal, key: str, attachments: tuple[str, ...] = ()
) -> AppealMade:
    """A citizen's matter, registered at the nearest desk; what the API and the pages both do.

    Args:
        request: counted for its address.
        citizen: the citizens' own account, and what the house hands over.
        data: the matter.
        key: of the submission; sent again, it answers the same number and code.
        attachments: uploads kept beforehand (`citizen_files.kept`).

    Raises:
        TooMany, BadBody, BadPhone, StateSecret, KeyReused, NotYours.
    """
    desk = citizen.desk
    subject = counted(desk, request, "appeals")
    most, seconds = await throttle.count(citizen.db, [subject], citizen.act.now, HOUR)
    if most > APPEALS_PER_HOUR:
        raise TooMany(seconds=seconds)
    caller = bodies.Caller(**msgspec.structs.asdict(data.caller))
    appeal = bodies.Appeal(**{**msgspec.structs.asdict(data), "caller": caller, "attachments": attachments})

    async def work(connection: asyncpg.Connection) -> AppealMade:
        node = desk_around(await tree(connection), data.area_code)
        there = internal_actor("portal", jurisdiction=node.id, path=node.path)
        made = await service.register(connection, desk, there, appeal, key=f"appeal/{key}")
        code = made.code or await service.told_code(connection, desk, made.order)
        if code is None:
            raise NoSuchAppeal(what="诉求")
        due = made.order.overall_due_at
        return AppealMade(number=made.order.number, query_code=code, expected_by=due.astimezone(UTC) if due else None)

    return await door.written(citizen, work)


async def looked_at(request: AnyRequest, citizen: Visit, number: str, code: str) -> Progress:
    """How a matter stands, once its code is right. Raises as `opened`."""
    return await _progress(citizen, await opened(request, citizen, number, code))


async def urged(
    request: AnyRequest, citizen: Visit, number: str, code: str | None, data: UrgeIn, key: str | None
) -> Progress:
    """Pressed for. Raises as `done`."""
    return await done(request, citizen, number, code, "urge", bodies.Because(reason=data.reason), key)


async def withdrawn(
    request: AnyRequest, citizen: Visit, number: str, code: str | None, data: WithdrawIn, key: str | None
) -> Progress:
    """Taken back by who knows code and phone. Raises as `done`."""
    body = bodies.Withdraw(reason=data.reason, verified_by="query_code")
    check = Check("撤回", _same_phone(citizen.desk, data.phone))
    return await done(request, citizen, number, code, "withdraw", body, key, check)


async def reviewed(
    request: AnyRequest, citizen: Visit, number: str, code: str | None, data: ReviewIn, key: str | None
) -> Progress:
    """A refusal appealed against by who knows code and phone. Raises as `done`."""
    check = Check("申请复核", _same_phone(citizen.desk, data.phone))
    body = bodies.Because(reason=data.reason)
    return await done(request, citizen, number, code, "appeal_refusal", body, key, check)


async def rated(
    request: AnyRequest, citizen: Visit, number: str, code: str | None, data: RatingIn, key: str | None
) -> Progress:
    """Rated. Raises as `done`."""
    body = bodies.Rate(service=data.service, handling=data.handling, solved=data.solved, text=data.text)
    return await done(request, citizen, number, code, "rate", body, key)


async def portal(db: Database) -> Actor:
    """Yihao's own account for citizens, at the root of the tree."""
    async with db.read(Wall(account=0)) as connection:
        root = (await tree(connection)).root
    return internal_actor("portal", jurisdiction=root.id, path=root.path)


def desk_around(now: Tree, area_code: str | None) -> Jurisdiction:
    """The node whose desk a citizen's matter comes to: the nearest around its area that has a desk and takes what comes
    in itself, as it would a call (place.tiers, place.answering); without an area the uppermost that takes matters."""
    top = front_desk(now, area_code)
    around = now.area(area_code) if area_code else None
    for node in reversed(now.lineage(around.id) if around else ()):
        place = profile_at(now, node.id).place
        if not node.path.startswith(top.path):
            break
        if is_rank(node.level, place.tiers.desks) and is_rank(node.level, place.answering.levels):
            return node
    return top


def counted(desk: Desk, request: Request[Any, Any, Any], what: str) -> bytes:
    """What an address's tries at something are counted under."""
    client = request.client.host if request.client else ""
    return blind_index(desk.ring, "throttle", f"{what}/address/{client}")


Holds = Callable[[asyncpg.Connection, Order], Awaitable[bool]]


class Check(NamedTuple):
    """What a step asks besides the code: ``what`` it is for, in Chinese, and whether it holds."""

    what: str
    holds: Holds


def _same_phone(desk: Desk, phone: str) -> Holds:
    """Whether it is the phone of the registration; where none was given, none is right."""

    async def holds(connection: asyncpg.Connection, order: Order) -> bool:
        given = (await reading.caller_of(connection, desk, order)).get("phone") or ""
        return given != "" and hmac.compare_digest(given.encode(), _spelled(phone).encode())

    return holds


async def opened(
    request: Request[Any, Any, Any], citizen: Visit, number: str, code: str, check: Check | None = None
) -> str:
    """The number, once its code (and what ``check`` asks besides) is right.

    Raises:
        NoSuchAppeal, PhoneDiffers; TooMany after too many wrong tries.
    """
    desk, db, now, portal = citizen.desk, citizen.db, citizen.act.now, citizen.actor
    number = number.strip().upper()
    subjects = [counted(desk, request, "code"), blind_index(desk.ring, "throttle", f"code/order/{number}")]
    wrong: YihaoError | None = None
    async with db.read(portal.wall()) as connection:
        row = await connection.fetchrow(SQL["matter"], number)
        # An unknown number costs the same: the code is compared with one nobody has.
        order = order_of(row) if row else _nobody(desk, portal, number, now)
        place = await desk.places.at(connection, order.path)
        limit = place.profile.for_line(order.line).flow.query_code.tries_per_hour
        if not service.code_matches(desk, order, code) or row is None:
            wrong = NoSuchAppeal(what="诉求")
        elif check is not None and not await check.holds(connection, order):
            wrong = PhoneDiffers(what=check.what, who="热线", field="phone")
    most, seconds = await throttle.tries(db, subjects, now, HOUR)
    if most >= limit:
        raise TooMany(seconds=seconds)
    if wrong is not None:
        await throttle.count(db, subjects, now, HOUR)
        raise wrong
    return number


def _nobody(desk: Desk, portal: Actor, number: str, now: datetime) -> Order:
    return Order(
        number=number,
        version=1,
        state="received",
        path=portal.path,
        jurisdiction_id=portal.jurisdiction,
        kind="other",
        channel="web",
        registered_at=now,
        last_at=now,
        query_code=f"{desk.ring.current('index')}:{'0' * 64}",
    )


async def done(
    request: AnyRequest,
    citizen: Visit,
    number: str,
    code: str | None,
    verb: str,
    body: bodies.Body,
    key: str | None,
    check: Check | None = None,
) -> Progress:
    """A citizen's step, and how the matter stands then.

    Raises:
        CodeMissing; as `opened`, and as `service.act`.
    """
    if code is None:
        raise CodeMissing(field="code")
    number = await opened(request, citizen, number, code, check)
    # No version: what a citizen adds does not depend on what the staff has done meanwhile.
    scoped = f"{number}/{key}" if key else None
    await door.act_on(citizen, number, verb, body, version=None, key=scoped)
    return await _progress(citizen, number)


async def _progress(citizen: Visit, number: str) -> Progress:
    return await door.read(
        citizen,
        "appeal.read",
        lambda connection: progress(connection, citizen.desk, citizen.actor, number),
        lambda _: (number,),
    )


def _spelled(phone: str) -> str:
    try:
        return normalise_phone(phone)
    except BadPhone:
        return ""
