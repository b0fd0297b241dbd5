"""HTTP of orders, relative to ``/api/v1``: parse, authorise, call one function, shape the answer.

Each verb has a route of its own, made from the table, so that the description says what each body is.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Final

from litestar import Controller, Response, get, post
from litestar.datastructures import ResponseHeader
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.params import BodyKwarg, HeaderParameter, JSONBody, PathParameter, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED

from yihao.errors import Invalid, PreconditionRequired
from yihao.orders import bodies, door, reading
from yihao.orders.door import Visit
from yihao.orders.forms import offered
from yihao.orders.listing import Filters, Part
from yihao.orders.numbers import check_number
from yihao.orders.params import (
    Area,
    Category,
    Channels,
    Duties,
    KindName,
    Kinds,
    Lane,
    Line,
    StateName,
    States,
    UnitId,
    Urgencies,
    several,
)
from yihao.orders.reveal import Revealed, RevealIn
from yihao.orders.table import Edge
from yihao.orders.views import (
    Brief,
    DutyList,
    EventList,
    OrderMade,
    OrderPage,
    OrderView,
    VerbList,
    moment_of,
)
from yihao.people.problem import refusals
from yihao.people.views import NO_NUL

Number = Annotated[
    str,
    PathParameter(
        description="Order number, 21 characters. 工单编号。", min_length=1, max_length=40, pattern=r"^[0-9A-Za-z]+$"
    ),
]
Key = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        description="One for each submission, kept 7 days: the same again gives the same order. 幂等键。",
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
    ),
]
Version = Annotated[
    str | None,
    HeaderParameter(
        name="If-Match",
        description='The version the change is made against, as in ETag: `"3"`. 所依据的版本。',
        max_length=40,
    ),
]
ETAG: Final = ResponseHeader(name="ETag", description="Version of the order. 版本。", documentation_only=True)
READ: Final = refusals(400, 401, 403, 404, 422, 503)
WRITE: Final = refusals(400, 401, 403, 404, 409, 413, 415, 422, 428, 503)
_VERSION: Final = re.compile(r'(?:W/)?"(\d{1,9})"|(\d{1,9})')


class BadVersion(Invalid):
    """If-Match holds no version."""

    code = "bad_version"
    status = 422
    zh = 'If-Match 应为读取工单时得到的版本号，如 "3"。'
    en = 'If-Match must be the version the order was read with, such as "3".'


class OrderController(Controller):
    """Orders: registering, reading, unmasking."""

    path = "/orders"
    tags = ("工单 Orders",)

    @post(
        operation_id="registerOrder",
        summary="登记诉求",
        responses=refusals(400, 401, 403, 409, 413, 415, 422, 503),
        response_headers=[ETAG],
    )
    async def register(
        self,
        data: JSONBody[bodies.Appeal],
        visit: NamedDependency[Visit],
        key: Key = None,
    ) -> Response[OrderMade]:
        """Register a matter in the caller's jurisdiction. The query code is for the citizen and shown this once."""
        made = await door.register(visit, data, key)
        where = {"location": f"/api/v1/orders/{made.number}"}
        return Response(made, status_code=HTTP_201_CREATED, headers=_etag(made) | where)

    @get(operation_id="listOrders", summary="工单列表", responses=READ)
    async def list_orders(
        self,
        visit: NamedDependency[Visit],
        states: States = None,
        unit: UnitId = None,
        part: Annotated[
            Part | None, QueryParameter(description="As what `unit` takes part: lead or assist. 主办或协办。")
        ] = None,
        kinds: Kinds = None,
        duties: Duties = None,
        overdue: Annotated[
            bool, QueryParameter(description="Only those with a clock past its due. 只列逾期。")
        ] = False,
        pending: Annotated[
            bool, QueryParameter(description="Only where an act waits for a reviewer. 只列待审核的。")
        ] = False,
        q: Annotated[
            str | None,
            QueryParameter(
                max_length=200,
                pattern=NO_NUL,
                description="Words of the masked texts, an order number, or a complete phone number. 检索内容。",
            ),
        ] = None,
        area: Area = None,
        line: Line = None,
        category: Category = None,
        channels: Channels = None,
        urgencies: Urgencies = None,
        lane: Lane = None,
        start: Annotated[
            datetime | None,
            QueryParameter(name="from", description="Registered at or after; with offset. 登记时间起。"),
        ] = None,
        end: Annotated[
            datetime | None, QueryParameter(name="to", description="Registered before; with offset. 登记时间止。")
        ] = None,
        after: Annotated[
            str | None, QueryParameter(pattern=r"^[0-9]{20}[0-9X]$", description="`next` of the page before. 翻页。")
        ] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200, description="Orders a page. 每页条数。")] = 20,
    ) -> OrderPage:
        """Orders within the caller's scope, newest first."""
        filters = Filters(
            state=several(states),
            unit=unit,
            part=part,
            kind=several(kinds),
            duty=several(duties),
            overdue=overdue,
            pending=pending,
            q=q,
            area=area,
            line=line,
            category=category,
            channel=several(channels),
            urgency=several(urgencies),
            lane=lane,
            start=moment_of(start, "from"),
            end=moment_of(end, "to"),
            after=after,
            limit=limit,
        )
        return await door.list_page(visit, filters)

    @get("/{number:str}", operation_id="getOrder", summary="工单详情", responses=READ, response_headers=[ETAG])
    async def get_order(
        self,
        number: Number,
        visit: NamedDependency[Visit],
    ) -> Response[OrderView]:
        """One order with its open clocks. ETag names the version to change it against."""
        found = await door.read_one(visit, number)
        return Response(found, headers=_etag(found))

    @get("/{number:str}/events", operation_id="listOrderEvents", summary="办理过程", responses=READ)
    async def events(
        self,
        number: Number,
        visit: NamedDependency[Visit],
    ) -> EventList:
        """Every step of one order, oldest first, chained by hash."""
        return await door.read(
            visit,
            "order.history",
            lambda connection: reading.history(connection, number),
            lambda _: (check_number(number),),
        )

    @get("/{number:str}/duties", operation_id="listOrderDuties", summary="工单时限", responses=READ)
    async def duties(
        self,
        number: Number,
        visit: NamedDependency[Visit],
    ) -> DutyList:
        """Every clock of one order, with its colour."""
        return await door.read(
            visit,
            "order.duties",
            lambda connection: reading.clocks(connection, visit.desk, number, visit.act.now),
            lambda _: (check_number(number),),
        )

    @get("/{number:str}/verbs", operation_id="listOrderVerbs", summary="可执行的操作", responses=READ)
    async def verbs(
        self,
        number: Number,
        visit: NamedDependency[Visit],
    ) -> VerbList:
        """What this account may do with the order now. Says nothing of its content, so it is not audited."""
        door.sees_orders(visit.actor)
        async with visit.db.read(visit.actor.wall()) as connection:
            return await reading.verbs(connection, visit.desk, visit.actor, number)

    @get("/{number:str}/related", operation_id="listRelatedOrders", summary="同一诉求人的其他工单", responses=READ)
    async def related(
        self,
        number: Number,
        visit: NamedDependency[Visit],
    ) -> OrderPage:
        """Other orders of the same caller, newest first, at most 50: hints for merging. None for reports."""
        return await door.list_related(visit, number)

    @get("/{number:str}/merged", operation_id="listMergedOrders", summary="并入本单的工单", responses=READ)
    async def merged(
        self,
        number: Number,
        visit: NamedDependency[Visit],
    ) -> OrderPage:
        """Orders that were merged into this one or bound to it as repeats, newest first, at most 50."""
        return await door.list_merged(visit, number)

    @post(
        "/{number:str}/reveal",
        operation_id="revealOrder",
        summary="查看原文",
        responses=refusals(400, 401, 403, 404, 413, 415, 422, 503),
        status_code=HTTP_200_OK,
    )
    async def reveal(
        self,
        number: Number,
        data: JSONBody[RevealIn],
        visit: NamedDependency[Visit],
    ) -> Revealed:
        """The originals of masked fields, by the rules of the caller's roles; recorded with the reason."""
        return await door.unmask(visit, number, data)


def version_of(text: str | None) -> int:
    """The version an If-Match header names.

    Raises:
        PreconditionRequired: it is missing. BadVersion: it names none.
    """
    if text is None or not text.strip():
        raise PreconditionRequired(field="If-Match")
    found = _VERSION.fullmatch(text.strip())
    if found is None:
        raise BadVersion(field="If-Match")
    return int(found[1] or found[2])


def _etag(order: Brief) -> dict[str, str]:
    return {"etag": f'"{order.version}"'}


def verb_route(edge: Edge) -> HTTPRouteHandler:
    """The route of one verb."""
    verb = edge.verb
    empty = edge.body is bodies.Empty

    async def do(
        number: Any,
        visit: Any,
        data: Any,
        version: str | None = None,
        key: str | None = None,
    ) -> Response[Brief]:
        door.sees_orders(visit.actor)
        made = await door.act_on(visit, number, verb, data, version=version_of(version), key=key)
        return Response(made, status_code=HTTP_200_OK, headers=_etag(made))

    do.__annotations__ = {
        "number": Number,
        "visit": NamedDependency[Visit],
        "data": Annotated[edge.body, BodyKwarg(media_type=RequestEncodingType.JSON)],
        "version": Version,
        "key": Key,
        "return": Response[Brief],
    }
    if empty:
        do.__defaults__ = (bodies.Empty(), None, None)
    do.__doc__ = f"{edge.en}. {(edge.body.__doc__ or '').strip()}\n\nBy {', '.join(edge.roles)}. {edge.why}".strip()
    do.__name__ = f"do_{verb}"
    operation = "".join(part.capitalize() for part in verb.split("_"))
    return post(
        f"/{{number:str}}/verbs/{verb}",
        operation_id=f"do{operation}",
        summary=edge.zh,
        responses=WRITE,
        response_headers=[ETAG],
        status_code=HTTP_200_OK,
    )(do)


def verb_routes() -> list[HTTPRouteHandler]:
    """A route for every verb people do."""
    return [verb_route(edge) for edge in offered().values()]


__all__ = ["KindName", "OrderController", "StateName", "moment_of", "verb_routes"]
