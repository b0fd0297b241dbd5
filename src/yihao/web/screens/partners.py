"""The directory of linked partners: who, under what agreement, whom to call, and what waits for their word."""

from __future__ import annotations

from typing import Any, Final

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.status_codes import HTTP_200_OK

from yihao.errors import Conflict, Forbidden, Invalid, NotFound, YihaoError
from yihao.orders.door import Visit
from yihao.orders.forms import body_schema
from yihao.partners.model import PartnerDraft
from yihao.partners.routes import KEEPERS, PartnerView, directory, put_partner
from yihao.web.screens import uploads
from yihao.web.screens.desk import decoded
from yihao.web.screens.fields import Form, fields_of, read_form
from yihao.web.screens.place import partner_choices, place_of
from yihao.web.screens.render import page, to
from yihao.web.screens.user import AnyRequest, hotline_of, user_of

LABELS: Final = {"unit": "单位"}


class PartnerScreens(Controller):
    """Linked partners on the screen."""

    path = "/partners"
    include_in_schema = False

    @get(name="screen_partners")
    async def partners(self, request: AnyRequest, visit: NamedDependency[Visit]) -> Response[str]:
        """The directory; with ``unit`` the form shows that entry."""
        chosen = request.query_params.get("unit", "")
        return await _partners(request, visit, chosen=chosen)

    @post(name="screen_put_partner", status_code=HTTP_200_OK)
    async def put(self, request: AnyRequest, visit: NamedDependency[Visit]) -> Response[Any]:
        """Register or change; a refusal shows the form again with everything typed."""
        form, _ = await uploads.sent(request)
        try:
            place = await place_of(visit)
            draft = decoded(PartnerDraft, read_form(body_schema(PartnerDraft), form, place.zone))
            unit = form.get("unit", ("",))[0]
            await put_partner(visit, int(unit) if unit.isdecimal() and len(unit) < 10 else 0, draft)
        except (Invalid, Conflict, Forbidden, NotFound) as refused:
            return await _partners(request, visit, typed=form, refused=refused)
        return to("/partners?done=1")


async def _partners(
    request: AnyRequest,
    visit: Visit,
    *,
    chosen: str = "",
    typed: Form | None = None,
    refused: YihaoError | None = None,
) -> Response[str]:
    place = await place_of(visit)
    found = await directory(visit)
    keeps = visit.actor.has_any(KEEPERS)
    old = next((one for one in found if str(one.unit_id) == chosen), None)
    return page(
        "partners.html",
        status=refused.status if refused else 200,
        hotline=hotline_of(place.profile),
        user=user_of(request, visit.actor),
        notice="已登记。" if request.query_params.get("done") else "",
        error=refused.sentence() if refused else "",
        partners=found,
        keeps=keeps,
        fields=_fields(place, visit, typed or (_typed(old) if old else None), refused) if keeps else [],
        open_form=bool(old or refused),
        zone=place.zone,
    )


def _typed(one: PartnerView) -> Form:
    texts = {name: getattr(one, name) for name in PartnerDraft.__struct_fields__}
    plain = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in texts.items()}
    return {name: (plain[name],) for name, value in texts.items() if value is not None} | {"unit": (str(one.unit_id),)}


def _fields(place: Any, visit: Visit, typed: Form | None, refused: YihaoError | None) -> list[Any]:
    schema = body_schema(PartnerDraft)
    services = [{"value": one.code, "label": one.zh} for one in place.profile.merging.partners]
    properties = {
        "unit": {"type": "integer", "x-from": "/api/v1/partners"},
        **schema["properties"],
        "kind": schema["properties"]["kind"] | {"x-options": services},
    }
    schema = schema | {"properties": properties, "required": ["unit", *schema["required"]]}
    wrong = (refused.field, refused.sentence()) if refused else (None, "")
    lists = {"/api/v1/partners": lambda: partner_choices(place.tree, visit.actor.path)}
    return fields_of(schema, lists, labels=LABELS, typed=typed, wrong=wrong)
