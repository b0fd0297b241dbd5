"""Service companies on the screen: the register, how each does, what is proposed and what was decided."""

from __future__ import annotations

from typing import Annotated, Any, Final

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import PathParameter
from litestar.status_codes import HTTP_200_OK

from yihao.companies import routes, service
from yihao.companies.model import CASE_KINDS, CASE_STATUSES, STATUSES, Case, CaseDraft, CompanyDraft, DecisionIn
from yihao.errors import Conflict, Forbidden, Invalid, NotFound, YihaoError
from yihao.orders.door import Visit
from yihao.orders.forms import body_schema
from yihao.orders.places import Place
from yihao.people.views import INT4
from yihao.web.screens import uploads
from yihao.web.screens.desk import decoded
from yihao.web.screens.fields import Field, Form, fields_of, read_form
from yihao.web.screens.place import place_of, unit_choices
from yihao.web.screens.render import page, to
from yihao.web.screens.user import AnyRequest, hotline_of, user_of

REFUSED: Final = (Invalid, Conflict, Forbidden, NotFound)
Number = Annotated[int, PathParameter(ge=1, le=INT4)]


class CompanyScreens(Controller):
    """Service companies."""

    path = "/companies"
    include_in_schema = False

    @get(name="screen_companies")
    async def companies(self, request: AnyRequest, visit: NamedDependency[Visit]) -> Response[str]:
        """The register."""
        return await _companies(request, visit)

    @post(name="screen_put_company", status_code=HTTP_200_OK)
    async def put(self, request: AnyRequest, visit: NamedDependency[Visit]) -> Response[Any]:
        """Register or change; a refusal shows the form again with everything typed."""
        form, _ = await uploads.sent(request)
        try:
            place = await place_of(visit)
            draft = decoded(CompanyDraft, read_form(body_schema(CompanyDraft), form, place.zone))
            unit = form.get("unit", ("",))[0]
            number = int(unit) if unit.isascii() and unit.isdecimal() and len(unit) < 10 else 0
            await routes.put_company(visit, number, draft)
        except REFUSED as refused:
            return await _companies(request, visit, typed=form, refused=refused)
        return to("/companies?done=1")

    @post("/{unit:int}/cases", name="screen_company_case", status_code=HTTP_200_OK)
    async def propose(self, request: AnyRequest, unit: Number, visit: NamedDependency[Visit]) -> Response[Any]:
        """Propose probation, removal or restoration."""
        form, _ = await uploads.sent(request)
        try:
            place = await place_of(visit)
            draft = decoded(CaseDraft, read_form(body_schema(CaseDraft), form, place.zone))
            await routes.open_case(visit, unit, draft)
        except REFUSED as refused:
            return await _companies(request, visit, refused=refused)
        return to("/companies?done=1")

    @post("/cases/{case:int}", name="screen_company_decision", status_code=HTTP_200_OK)
    async def decide(self, request: AnyRequest, case: Number, visit: NamedDependency[Visit]) -> Response[Any]:
        """Decide a proposal."""
        form, _ = await uploads.sent(request)
        try:
            place = await place_of(visit)
            said = decoded(DecisionIn, read_form(body_schema(DecisionIn), form, place.zone))
            await routes.decide(visit, case, said)
        except REFUSED as refused:
            return await _companies(request, visit, refused=refused)
        return to("/companies?done=1")


async def _companies(
    request: AnyRequest, visit: Visit, *, typed: Form | None = None, refused: YihaoError | None = None
) -> Response[str]:
    place = await place_of(visit)
    found = await routes.register(visit)
    past: dict[int, list[Case]] = {}
    async with visit.db.read(visit.actor.wall()) as connection:
        for one in found:
            past[one.unit_id] = await service.cases(connection, one.unit_id)
    actor = visit.actor
    keeps = actor.has_any(routes.KEEPERS)
    return page(
        "companies.html",
        status=refused.status if refused else 200,
        hotline=hotline_of(place.profile),
        user=user_of(request, actor),
        notice="已保存。" if request.query_params.get("done") else "",
        error=refused.sentence() if refused else "",
        companies=found,
        past=past,
        joined=place.profile.merging.social_services.on,
        rule=place.profile.merging.companies,
        keeps=keeps,
        proposes=actor.has_any(routes.PROPOSERS),
        decides=actor.has_any(routes.DECIDERS),
        account=actor.account,
        fields=_fields(place, visit, typed, refused) if keeps else [],
        open_form=typed is not None,
        statuses=STATUSES,
        kinds=CASE_KINDS,
        case_statuses=CASE_STATUSES,
        zone=place.zone,
    )


def _fields(place: Place, visit: Visit, typed: Form | None, refused: YihaoError | None) -> list[Field]:
    schema = body_schema(CompanyDraft)
    properties = {"unit": {"type": "integer", "x-from": "/api/v1/units"}, **schema["properties"]}
    schema = schema | {"properties": properties, "required": ["unit", *schema["required"]]}
    wrong = (refused.field, refused.sentence()) if refused else (None, "")
    lists = {"/api/v1/units": lambda: unit_choices(place.tree, visit.actor.path, {"service_company"})}
    return fields_of(schema, lists, labels={"unit": "单位"}, typed=typed, wrong=wrong)
