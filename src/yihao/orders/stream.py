"""HTTP of live changes, relative to ``/api/v1``: server-sent events."""

from __future__ import annotations

from typing import Annotated, Any, Final

from litestar import Controller, Request, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter
from litestar.response import Stream

from yihao.orders import door
from yihao.orders.door import Visit
from yihao.orders.live import Change, Live
from yihao.people.guard import IDLE
from yihao.people.problem import refusals

EVENT_STREAM: Final = "text/event-stream"
HEADERS: Final = {"cache-control": "no-store", "x-accel-buffering": "no"}
"""Neither kept nor held back by a proxy (the second is nginx's own)."""
LastId = Annotated[
    str | None,
    HeaderParameter(
        name="Last-Event-ID",
        description="Sent by browsers when they connect again: the last event's id. 上次收到的事件编号。",
        max_length=100,
    ),
]


class StreamController(Controller):
    """Changes as they happen."""

    path = "/stream"
    tags = ("实时变更 Stream",)

    @get(
        operation_id="streamChanges",
        summary="实时变更",
        responses={
            200: ResponseSpec(Change, description="Events. 事件流。", media_type=EVENT_STREAM, generate_examples=False),
            **refusals(400, 401, 403, 429, 503),
        },
        opt={IDLE: True},  # a browser opens it anew by itself, whenever it was cut
    )
    async def changes(
        self,
        request: Request[Any, Any, Any],
        visit: NamedDependency[Visit],
        live: NamedDependency[Live],
        last: LastId = None,
    ) -> Stream:
        """Changes of orders in the caller's scope, as server-sent events, until the session ends.

        Event `change`: one step of an order; its `data` is described below, its `id` is what `Last-Event-ID` repeats.
        Event `reload` (first of all, and whenever some changes cannot be told one by one): load what you show anew;
        changes from here on follow. Event `presence`: who else has an order open that this account has open, as a beat
        of `PUT /orders/{number}/presence` answers it. Event `beat`: nothing happened for a while, and the connection
        lives. An order that leaves the scope is not announced. Opening is recorded; listening does not count as using
        the session.
        """
        door.sees_orders(visit.actor)
        listener = live.admit(request.state.token, visit.actor)
        await live.ready()
        await visit.audit.record(visit.act.row(visit.actor.any_role(), "stream.open"))
        return Stream(live.follow(listener, last), media_type=EVENT_STREAM, headers=HEADERS)
