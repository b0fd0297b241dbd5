"""HTTP for citizens, relative to ``/api/public/v1``: submit, look, add, press, take back, appeal, rate.

Nobody signs in here: a matter is opened by its number and query code. A wrong code is answered like an unknown number,
in the same time, and counted for the order and for the address (flow.query_code.tries_per_hour).
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, NamedTuple

import asyncpg
import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import HeaderParameter, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED

from yihao.errors import Forbidden, Invalid, NotFound, TooMany, YihaoError
from yihao.orders import bodies, door, reading, service
from yihao.orders.citizen_views import (
    AppealMade,
    CitizenAppeal,
    RatingIn,
    ReviewIn,
    SupplementIn,
    UrgeIn,
    WithdrawIn,
)
from yihao.orders.door import Visit
from yihao.orders.model import Order
from yihao.orders.progress import Progress, progress
from yihao.orders.routes import Number
from yihao.orders.rows import order_of
from yihao.orders.service import Desk
from yihao.orders.statements import SQL
from yihao.people.guard import PUBLIC
from yihao.people.problem import refusals
from yihao.people.scope import Actor, internal_actor
from yihao.people.views import NO_NUL
from yihao.seal.box import blind_index
from yihao.seal.phones import BadPhone, normalise_phone
from yihao.store import throttle
from yihao.store.db import Database, Wall
from yihao.units.layers import front_desk, is_rank, profile_at
from yihao.units.load import tree
from yihao.units.model import Jurisdiction
from yihao.units.tree import Tree

HOUR: Final = timedelta(hours=1)
APPEALS_PER_HOUR: Final = 30
"""Submissions from one address: a family, an office or a village behind one."""
READ: Final = refusals(400, 404, 422, 429, 503)
WRITE: Final = refusals(400, 403, 404, 409, 413, 415, 422, 429, 503)
SubmissionKey = Annotated[
    str,
    HeaderParameter(
        name="Idempotency-Key",
        description="A random value of the submission, e.g. a UUID; sent again, it gives the same number and code.",
        min_length=16,
        max_length=100,
        pattern=r"^[\x21-\x7e]+$",
    ),
]
StepKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        description="A random value of the step; sent again, nothing is done twice. 幂等键。",
        min_length=1,
        max_length=100,
        pattern=r"^[\x21-\x7e]+$",
    ),
]


StepCode = Annotated[
    str | None,
    QueryParameter(
        description="The query code, where the body does not hold it. 查询码，也可写在正文中。",
        min_length=1,
        max_length=40,
        pattern=NO_NUL,
    ),
]


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


class CitizenController(Controller):
    """A citizen's own matters."""

    path = "/appeals"
    tags = ("市民诉求 Appeals",)
    opt: dict[str, Any] = {PUBLIC: True}  # noqa: RUF012 - Litestar reads it from the class

    @post(operation_id="submitAppeal", summary="提交诉求", responses=refusals(400, 409, 413, 415, 422, 429, 503))
    async def submit(
        self,
        request: Request[Any, Any, Any],
        data: JSONBody[CitizenAppeal],
        citizen: NamedDependency[Visit],
        key: SubmissionKey,
    ) -> Response[AppealMade]:
        """Submit a matter. The answer's number and code open it later; the code is told nowhere else."""
        desk = citizen.desk
        subject = counted(desk, request, "appeals")
        most, seconds = await throttle.count(citizen.db, [subject], citizen.act.now, HOUR)
        if most > APPEALS_PER_HOUR:
            raise TooMany(seconds=seconds)
        caller = bodies.Caller(**msgspec.structs.asdict(data.caller))
        appeal = bodies.Appeal(**{**msgspec.structs.asdict(data), "caller": caller})

        async def work(connection: asyncpg.Connection) -> AppealMade:
            node = desk_around(await tree(connection), data.area_code)
            there = internal_actor("portal", jurisdiction=node.id, path=node.path)
            made = await service.register(connection, desk, there, appeal, key=f"appeal/{key}")
            code = made.code or await service.told_code(connection, desk, made.order)
            if code is None:
                raise NoSuchAppeal(what="诉求")
            due = made.order.overall_due_at
            return AppealMade(
                number=made.order.number, query_code=code, expected_by=due.astimezone(UTC) if due else None
            )

        return Response(await door.written(citizen, work), status_code=HTTP_201_CREATED)

    @get("/{number:str}", operation_id="getAppeal", summary="查询进度", responses=READ)
    async def look(
        self,
        request: Request[Any, Any, Any],
        number: Number,
        citizen: NamedDependency[Visit],
        code: Annotated[
            str, QueryParameter(description="The query code. 查询码。", min_length=1, max_length=40, pattern=NO_NUL)
        ],
    ) -> Progress:
        """How the matter stands, and the reply once it is released."""
        return await _progress(citizen, await opened(request, citizen, number, code))

    @post(
        "/{number:str}/supplement",
        operation_id="supplementAppeal",
        summary="补充情况",
        responses=WRITE,
        status_code=HTTP_200_OK,
    )
    async def supplement(
        self,
        request: Request[Any, Any, Any],
        number: Number,
        data: JSONBody[SupplementIn],
        citizen: NamedDependency[Visit],
        key: StepKey = None,
        code: StepCode = None,
    ) -> Progress:
        """Add facts while the matter is open."""
        body = bodies.Supplement(text=data.text)
        return await _done(request, citizen, number, data.code or code, "supplement", body, key)

    @post("/{number:str}/urge", operation_id="urgeAppeal", summary="催办", responses=WRITE, status_code=HTTP_200_OK)
    async def urge(
        self,
        request: Request[Any, Any, Any],
        number: Number,
        data: JSONBody[UrgeIn],
        citizen: NamedDependency[Visit],
        key: StepKey = None,
        code: StepCode = None,
    ) -> Progress:
        """Press for it; so many times a day are counted."""
        body = bodies.Because(reason=data.reason)
        return await _done(request, citizen, number, data.code or code, "urge", body, key)

    @post(
        "/{number:str}/withdraw",
        operation_id="withdrawAppeal",
        summary="撤回诉求",
        responses=WRITE,
        status_code=HTTP_200_OK,
    )
    async def withdraw(
        self,
        request: Request[Any, Any, Any],
        number: Number,
        data: JSONBody[WithdrawIn],
        citizen: NamedDependency[Visit],
        key: StepKey = None,
        code: StepCode = None,
    ) -> Progress:
        """Take it back: the query code and the phone given show who asks."""
        body = bodies.Withdraw(reason=data.reason, verified_by="query_code")
        check = Check("撤回", _same_phone(citizen.desk, data.phone))
        return await _done(request, citizen, number, data.code or code, "withdraw", body, key, check)

    @post(
        "/{number:str}/review",
        operation_id="reviewAppeal",
        summary="申请复核（不予受理）",
        responses=WRITE,
        status_code=HTTP_200_OK,
    )
    async def review(
        self,
        request: Request[Any, Any, Any],
        number: Number,
        data: JSONBody[ReviewIn],
        citizen: NamedDependency[Visit],
        key: StepKey = None,
        code: StepCode = None,
    ) -> Progress:
        """Appeal against a refusal, as often as the place allows; another person than who refused decides."""
        body = bodies.Because(reason=data.reason)
        check = Check("申请复核", _same_phone(citizen.desk, data.phone))
        return await _done(request, citizen, number, data.code or code, "appeal_refusal", body, key, check)

    @post("/{number:str}/rating", operation_id="rateAppeal", summary="评价", responses=WRITE, status_code=HTTP_200_OK)
    async def rating(
        self,
        request: Request[Any, Any, Any],
        number: Number,
        data: JSONBody[RatingIn],
        citizen: NamedDependency[Visit],
        key: StepKey = None,
        code: StepCode = None,
    ) -> Progress:
        """Rate the service and the handling, once for each closing."""
        body = bodies.Rate(service=data.service, handling=data.handling, solved=data.solved, text=data.text)
        return await _done(request, citizen, number, data.code or code, "rate", body, key)


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


async def _done(
    request: Request[Any, Any, Any],
    citizen: Visit,
    number: str,
    code: str | None,
    verb: str,
    body: bodies.Body,
    key: str | None,
    check: Check | None = None,
) -> Progress:
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
