"""Who calls: the earlier orders of a phone number, before a matter is registered; relative to ``/api/v1``.

The number comes in a body, so that it stands in no log; it is looked for by its blind index and not recorded. Reporters
stand in no index, so none is ever found.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Final

import asyncpg
from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK
from msgspec import Meta

from yihao.orders import bodies, door
from yihao.orders.door import Visit
from yihao.orders.model import OPEN_STATES
from yihao.orders.packing import unpacked
from yihao.orders.reading import MOST_RELATED, READS, places_of, sees_caller
from yihao.orders.service import REGISTRARS
from yihao.orders.views import Brief, Out, brief_of, says
from yihao.people.problem import refusals
from yihao.people.scope import require
from yihao.seal.box import blind_index
from yihao.seal.phones import normalise_phone

MONTH: Final = timedelta(days=30)
YEAR: Final = timedelta(days=365)


class LookupIn(bodies.Body, frozen=True, kw_only=True):
    """The number that calls."""

    phone: Annotated[str, Meta(title="联系电话", description="Phone. 联系电话。", min_length=1, max_length=40)]


class LastRating(Out, frozen=True, kw_only=True):
    """What the caller last said of an order."""

    number: Annotated[str, says("Number of the order. 工单编号。", "202601055328000000017")]
    service: Annotated[int, says("Service, 1 to 5. 服务评价。", 5)]
    handling: Annotated[int, says("Handling, 1 to 5. 办理评价。", 4)]
    solved: Annotated[bool | None, says("Solved in the caller's eyes. 是否解决。")]


class CallerFound(Out, frozen=True, kw_only=True):
    """What is known of a number within the reader's scope."""

    caller: Annotated[
        dict[str, Any] | None,
        says(
            "Who spoke last time, masked; null where the role sees none or nothing is known. 诉求人（已遮盖）。",
            {"kind": "person", "anonymous": False, "name": "演*", "phone": "138****0000"},
        ),
    ]
    address: Annotated[str | None, says("Where the last matter lay, masked to the street. 上次地址（已遮盖）。")]
    area_code: Annotated[str | None, says("Division of the last matter. 上次区划代码。", "532801")]
    total: Annotated[int, says("Orders in scope. 工单总数。", 3)]
    open: Annotated[int, says("Of them still open: a repeat of one of these is merged, not handled twice. 在办。", 1)]
    month: Annotated[int, says("Registered in the last 30 days. 近30天。", 1)]
    year: Annotated[int, says("Registered in the last 365 days. 近365天。", 2)]
    rating: Annotated[LastRating | None, says("The last rating given. 最近一次评价。")]
    items: Annotated[list[Brief], says(f"The orders, open ones first, at most {MOST_RELATED}. 工单，在办的在前。")]


async def look_up(visit: Visit, phone: str) -> CallerFound:
    """The orders of a number; one audit row names them, never the number.

    Raises:
        Forbidden, BadPhone.
    """
    require(visit.actor, *(role for role in REGISTRARS if role not in ("portal", "files")), what="查询来电人")

    async def work(connection: asyncpg.Connection) -> CallerFound:
        place = await visit.desk.places.at(connection, visit.actor.path)
        plain = normalise_phone(phone, area_code=place.area_code, field="phone")
        ring, now = visit.desk.ring, visit.act.now
        indexes = [blind_index(ring, "phone", plain, key_id=key) for key in ring.ids("index")]
        rows = await connection.fetch(
            READS["of_caller"], indexes, sorted(OPEN_STATES), now - MONTH, now - YEAR, MOST_RELATED
        )
        return await _found(connection, visit, rows, now)

    return await door.read(visit, "order.find_caller", work, lambda found: [one.number for one in found.items])


async def _found(
    connection: asyncpg.Connection, visit: Visit, rows: list[asyncpg.Record], now: datetime
) -> CallerFound:
    places = await places_of(connection, visit.desk, rows)
    items = [brief_of(row, places[row["path"]], now) for row in rows]
    newest = max(rows, key=lambda row: row["number"], default=None)
    shown: dict[str, Any] = {}
    if newest is not None:
        kept = await connection.fetchrow(READS["shown"], [newest["number"]])
        shown = unpacked(kept["redacted"]) if kept else {}
    return CallerFound(
        caller=shown.get("caller") if sees_caller(visit.actor) else None,
        address=shown.get("address"),
        area_code=newest["area_code"] if newest else None,
        **{name: rows[0][name] if rows else 0 for name in ("total", "open", "month", "year")},
        rating=_rating(rows),
        items=items,
    )


def _rating(rows: list[asyncpg.Record]) -> LastRating | None:
    for row in sorted(rows, key=lambda row: row["number"], reverse=True):
        if ratings := (data := unpacked(row["data"])).get("ratings"):
            return LastRating(number=row["number"], service=ratings[0], handling=ratings[1], solved=data.get("solved"))
    return None


class CallerController(Controller):
    """Who calls."""

    path = "/callers"
    tags = ("工单 Orders",)

    @post(
        "/lookup",
        operation_id="lookUpCaller",
        summary="查询来电人的工单",
        responses=refusals(400, 401, 403, 413, 415, 422, 503),
        status_code=HTTP_200_OK,
    )
    async def lookup(self, data: JSONBody[LookupIn], visit: NamedDependency[Visit]) -> CallerFound:
        """Earlier orders of a phone number within the caller's scope, open ones first: history and hints of repeats.

        For who registers. The number is neither logged nor recorded; the orders found are.
        """
        return await look_up(visit, data.phone)
