"""What the print view of an order shows, relative to ``/api/v1``: paper leaves the house, so each print is recorded."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

import asyncpg
from litestar import Controller, get
from litestar.di import NamedDependency

from yihao.orders import attachments, door, reading
from yihao.orders.attachments import Attachment
from yihao.orders.door import Visit
from yihao.orders.numbers import check_number
from yihao.orders.routes import READ, Number
from yihao.orders.views import EventView, OrderView, Out, says
from yihao.people.model import ROLES
from yihao.store.tables import WATERMARK

ONLY: Final = "打印，仅限工作使用，请勿外传"
REPLIES: Final = frozenset({"answer", "reply"})


class Printed(Out, frozen=True, kw_only=True):
    """One order as it is printed: masked as this reader sees it, with who prints it and when."""

    hotline_name: Annotated[str, says("Name of the hotline, for the head. 热线名称。", "12345政务服务便民热线")]
    title: Annotated[str, says("Name of the place. 辖区名称。", "示例州")]
    watermark: Annotated[
        str,
        says(
            "Stands on every sheet: who, as what, when. 水印。",
            "水印：demo.agent 演示话务员（话务员）",
        ),
    ]
    printed_at: Annotated[datetime, says("When. 打印时间。")]
    order: Annotated[OrderView, says("The order. 工单。")]
    events: Annotated[list[EventView], says("Its history, oldest first. 办理过程。")]
    replies: Annotated[list[EventView], says("Of them the answers and replies. 答复。")]
    attachments: Annotated[list[Attachment], says("What its steps brought along; names only. 附件清单。")]
    units: Annotated[dict[str, str], says("Units named in it, id to name. 单位名称。", {"3": "示例市建设局"})]


async def printed(visit: Visit, number: str) -> Printed:
    """One order for paper; the print is recorded before it is answered.

    Raises:
        NoOrders, BadNumber, NotFound, AuditLost.
    """
    number, now, actor = check_number(number), visit.act.now, visit.actor

    async def work(connection: asyncpg.Connection) -> Printed:
        order = await reading.one(connection, visit.desk, actor, number, now)
        events = (await reading.history(connection, number)).items
        home = await visit.desk.places.at(connection, actor.path)
        named = {order.lead_unit, order.first_unit, order.accused_unit, order.partner_unit, *order.assist_units}
        named |= {event.unit for event in events} | {duty.unit for duty in order.duties}
        units = {str(one): home.tree.units[one].name for one in named if one is not None and one in home.tree.units}
        role = actor.any_role()
        when = now.astimezone(home.zone)
        return Printed(
            hotline_name=home.profile.hotline_name,
            title=home.profile.title,
            watermark=f"{WATERMARK}{actor.username} {actor.name}（{ROLES[role].zh}） {when:%Y-%m-%d %H:%M} {ONLY}",
            printed_at=now,
            order=order,
            events=events,
            replies=[event for event in events if event.verb in REPLIES],
            attachments=await attachments.of_order(connection, visit.desk.ring, number),
            units=units,
        )

    return await door.read(visit, "order.print", work, lambda _: (number,))


class PrintController(Controller):
    """Print views."""

    path = "/orders"
    tags = ("工单 Orders",)

    @get("/{number:str}/print", operation_id="printOrder", summary="打印工单", responses=READ)
    async def sheet(self, number: Number, visit: NamedDependency[Visit]) -> Printed:
        """All that a printed order shows, masked as ever, with its watermark. Asking for it is recorded as a print."""
        return await printed(visit, number)
