"""Who has an order open right now: a heartbeat that answers who else is there, and news of it on the live stream.

Nothing durable and nothing of the order itself: opening an order is recorded where it is opened, a heartbeat is not.
Beats are kept by the database's clock, since they are about screens and not about business.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

import asyncpg
import msgspec
from litestar import Controller, delete, put
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.response import ServerSentEventMessage
from litestar.status_codes import HTTP_200_OK
from msgspec import Meta

from yihao.errors import NotFound
from yihao.orders import bodies, door
from yihao.orders.door import Visit
from yihao.orders.numbers import check_number
from yihao.orders.routes import Number
from yihao.orders.views import Out, says
from yihao.people.guard import IDLE
from yihao.people.problem import refusals
from yihao.store.db import Database
from yihao.store.statements import load

SQL: Final = load("yihao.orders", "presence.sql")
LASTS: Final = timedelta(seconds=30)
"""How long a beat counts; screens send one every ten seconds or so."""
KEPT: Final = timedelta(hours=1)
Doing = Literal["viewing", "editing"]


class PresenceIn(bodies.Body, frozen=True, kw_only=True):
    """What the account does with the order."""

    doing: Annotated[
        Doing, Meta(title="正在", description="viewing, or editing: a form of it is being filled in. 查看或填写。")
    ]


class Person(Out, frozen=True, kw_only=True):
    """Somebody who has the order open."""

    account: Annotated[int, says("Id of the account. 账号编号。", 101)]
    name: Annotated[str, says("Its name. 姓名。", "演示话务员")]
    role: Annotated[str, says("Its role. 岗位。", "dispatcher")]
    doing: Annotated[Doing, says("viewing or editing. 正在查看或填写。", "editing")]
    since: Annotated[datetime, says("Since when it is there. 开始时间。")]


class Present(Out, frozen=True, kw_only=True):
    """Who else has the order open: the answer to a beat, and the data of event `presence`."""

    number: Annotated[str, says("Number of the order. 工单编号。", "202601055328000000017")]
    others: Annotated[list[Person], says("The others, who came first first. 其他人。")]


class PresenceController(Controller):
    """Who has an order open."""

    path = "/orders"
    tags = ("实时变更 Stream",)

    @put(
        "/{number:str}/presence",
        operation_id="beatPresence",
        summary="正在查看或填写工单",
        responses=refusals(400, 401, 403, 404, 413, 415, 422, 503),
        opt={IDLE: True},
        status_code=HTTP_200_OK,
    )
    async def beat(self, number: Number, data: JSONBody[PresenceIn], visit: NamedDependency[Visit]) -> Present:
        """Say every ten seconds that the order is open here; answers who else has it open. A beat counts for 30 s.

        It neither keeps a session awake nor is recorded. Whoever is on an order hears of the others as event
        `presence` of the stream, in whichever process they are.
        """
        door.sees_orders(visit.actor)
        number, me = check_number(number), visit.actor
        async with visit.db.write(me.wall()) as connection:
            there = await connection.fetchval(SQL["beat"], number, me.account, data.doing, me.any_role(), LASTS)
            if there is None:
                raise NotFound(what="工单", field="number")
            others = await connection.fetch(SQL["others"], number, me.account, LASTS)
        return Present(number=number, others=[_person(row) for row in others])

    @delete(
        "/{number:str}/presence",
        operation_id="leavePresence",
        summary="离开工单",
        responses=refusals(400, 401, 403, 422, 503),
        opt={IDLE: True},
    )
    async def leave(self, number: Number, visit: NamedDependency[Visit]) -> None:
        """The order is open here no more."""
        door.sees_orders(visit.actor)
        async with visit.db.write(visit.actor.wall()) as connection:
            await connection.execute(SQL["leave"], check_number(number), visit.actor.account)


Crowd = Mapping[str, list[Person]]
"""Who is on which order."""


class Watch:
    """What one process has told its listeners of who is on which order."""

    def __init__(self) -> None:
        self._told: dict[tuple[int, str], bytes] = {}

    async def look(self, database: Database, accounts: Iterable[int], tell: Callable[[int, bytes], None]) -> None:
        """Tell each of the accounts whose company has changed who is there now."""
        async with database.work() as connection:
            rows = await connection.fetch(SQL["watched"], sorted(set(accounts)), LASTS)
        now = messages(crowd_of(rows), frozenset(accounts))
        for key, message in now.items():
            # Who has been told nothing takes itself to be alone.
            if self._told.get(key, _message(key[1], [])) != message:
                tell(key[0], message)
        self._told = now

    def forget(self) -> None:
        """Nobody has been told anything."""
        self._told = {}


def crowd_of(rows: Iterable[asyncpg.Record]) -> Crowd:
    """Who is on which order."""
    found: dict[str, list[Person]] = defaultdict(list)
    for row in rows:
        found[row["number"]].append(_person(row))
    return found


def messages(crowd: Crowd, accounts: frozenset[int]) -> dict[tuple[int, str], bytes]:
    """For each of the accounts and each order it is on: the event that names the others."""
    return {
        (me.account, number): _message(number, [one for one in people if one is not me])
        for number, people in crowd.items()
        for me in people
        if me.account in accounts
    }


def _message(number: str, others: list[Person]) -> bytes:
    data = msgspec.json.encode(Present(number=number, others=others))
    return ServerSentEventMessage(data=data, event="presence").encode()


def _person(row: asyncpg.Record) -> Person:
    return Person(account=row["account"], name=row["name"], role=row["role"], doing=row["doing"], since=row["since"])


async def sweep(connection: asyncpg.Connection) -> None:
    """Let go of beats nobody renews."""
    await connection.execute(SQL["sweep"], KEPT)
