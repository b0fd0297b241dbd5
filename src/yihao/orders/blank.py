"""Forms that belong to no order yet, or to any, relative to ``/api/v1``: registering, what a desk does with a matter
while it registers it, and unmasking."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec
from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import PathParameter

from yihao.orders import bodies, door
from yihao.orders.door import Visit
from yihao.orders.forms import form_schema
from yihao.orders.reveal import RevealIn
from yihao.orders.views import Out, says
from yihao.people.problem import refusals

Name = Literal["register", "answer", "prepare", "refuse", "transfer", "reveal"]
FORMS: Final[dict[Name, type[msgspec.Struct]]] = {
    "register": bodies.Appeal,
    "answer": bodies.Answer,
    "prepare": bodies.Prepare,
    "refuse": bodies.Refuse,
    "transfer": bodies.Transfer,
    "reveal": RevealIn,
}


class BlankForm(Out, frozen=True, kw_only=True):
    """A form with the choices of the caller's place."""

    zone: Annotated[str, says("Time zone of the place, for `moment` fields. 时区。", "Asia/Shanghai")]
    body: Annotated[
        dict[str, Any],
        says("JSON Schema of the body, described as those of an order's verbs are. 提交内容的格式，同工单操作的表单。"),
    ]


class FormController(Controller):
    """Forms to fill in."""

    path = "/forms"
    tags = ("工单 Orders",)

    @get("/{form:str}", operation_id="getForm", summary="空白表单", responses=refusals(400, 401, 403, 503))
    async def blank(
        self,
        form: Annotated[
            Name,
            PathParameter(
                description="register (POST /orders), a verb of the intake desk, or reveal. 登记、当场处置、查看原文。"
            ),
        ],
        visit: NamedDependency[Visit],
    ) -> BlankForm:
        """A form with the choices of the caller's own place; `x-kinds`: the kinds of matter a field is asked for."""
        door.sees_orders(visit.actor)
        async with visit.db.read(visit.actor.wall()) as connection:
            place = await visit.desk.places.at(connection, visit.actor.path)
        return BlankForm(zone=place.profile.zone, body=form_schema(FORMS[form], place.profile))
