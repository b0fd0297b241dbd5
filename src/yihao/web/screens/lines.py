"""The merge of hotlines on the screen: how far it has come, one line with its check-list, entering and changing."""

from __future__ import annotations

from typing import Annotated, Any, Final

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import PathParameter
from litestar.status_codes import HTTP_200_OK
from msgspec.structs import replace

from yihao.errors import Conflict, Forbidden, Invalid, NotFound, YihaoError
from yihao.lines import door
from yihao.lines.model import DOES_ZH, EXPERTS_ZH, LANDING_ZH, SEATS_ZH, STATUS_ZH
from yihao.lines.register import DRAFT_FIELDS, STEP_ZH, SURVEY_ZH, VERB_ZH, Change, LineDraft
from yihao.lines.rules import FROM
from yihao.lines.transfer import COLUMNS, LEVELS, NEW
from yihao.lines.views import ChangedLine, LineDetail, NewLine, StepIn, TickIn, facts
from yihao.orders.door import Visit
from yihao.orders.forms import body_schema
from yihao.orders.places import Place
from yihao.orders.routes import version_of
from yihao.profile.model import Profile
from yihao.web.screens import uploads
from yihao.web.screens.desk import decoded
from yihao.web.screens.fields import Field, Form, fields_of, read_form
from yihao.web.screens.place import place_of, sources
from yihao.web.screens.render import page, to
from yihao.web.screens.user import AnyRequest, hotline_of, user_of

Number = Annotated[str, PathParameter(max_length=11, pattern=r"^[0-9]{3,11}$")]
LABELS: Final = {
    **{column.name: column.title for column in COLUMNS},
    **{f"survey.{code}": f"调查：{zh}" for code, zh in SURVEY_ZH.items()},
    "unit_id": "承办单位",
    "override.basis": "批准依据",
    "override.reason": "批准理由",
}
WORDS: Final[dict[str, dict[Any, str]]] = {
    "status": {**STATUS_ZH},
    "seats": {**SEATS_ZH},
    "experts": {**EXPERTS_ZH},
    "landing": {**LANDING_ZH},
    "levels": {**LEVELS},
    "subcentre_levels": {**LEVELS},
}
"""Chinese words of closed lists, by field."""
REFUSED: Final = (Invalid, Conflict, Forbidden, NotFound)


class LineScreens(Controller):
    """The register of hotlines on the screen."""

    path = "/lines"
    include_in_schema = False

    @get(name="screen_lines")
    async def lines(self, request: AnyRequest, visit: NamedDependency[Visit]) -> Response[str]:
        """How far the merge has come, what is late first."""
        return await _lines(request, visit)

    @post(name="screen_line_created", status_code=HTTP_200_OK)
    async def create(self, request: AnyRequest, visit: NamedDependency[Visit]) -> Response[Any]:
        """Enter a line; a refusal shows the form again with everything typed."""
        form, _ = await uploads.sent(request)
        try:
            place = await place_of(visit)
            new = decoded(NewLine, read_form(_schema(NewLine, place.profile), form, place.zone))
            made = await door.create(visit, new)
        except REFUSED as refused:
            return await _lines(request, visit, typed=form, refused=refused)
        return to(f"/lines/{made.number}?done=1")

    @get("/{number:str}", name="screen_line")
    async def line(self, request: AnyRequest, visit: NamedDependency[Visit], number: Number) -> Response[str]:
        """One line with its check-list."""
        return await _line(request, visit, number)

    @post("/{number:str}", name="screen_line_changed", status_code=HTTP_200_OK)
    async def change(self, request: AnyRequest, visit: NamedDependency[Visit], number: Number) -> Response[Any]:
        """Change the entry."""
        form, _ = await uploads.sent(request)
        try:
            place = await place_of(visit)
            changed = decoded(ChangedLine, read_form(_schema(ChangedLine, place.profile), form, place.zone))
            await door.change(visit, number, changed, _version(form))
        except REFUSED as refused:
            return await _line(request, visit, number, typed=form, refused=refused)
        return to(f"/lines/{number}?done=1")

    @post("/{number:str}/steps", name="screen_line_step", status_code=HTTP_200_OK)
    async def step(self, request: AnyRequest, visit: NamedDependency[Visit], number: Number) -> Response[Any]:
        """Merged, cancelled, opened again."""
        form, _ = await uploads.sent(request)
        try:
            place = await place_of(visit)
            await door.take_step(
                visit, number, decoded(StepIn, read_form(body_schema(StepIn), form, place.zone)), _version(form)
            )
        except REFUSED as refused:
            return await _line(request, visit, number, refused=refused)
        return to(f"/lines/{number}?done=1")

    @post("/{number:str}/duties/{duty:str}", name="screen_line_duty", status_code=HTTP_200_OK)
    async def tick(
        self,
        request: AnyRequest,
        visit: NamedDependency[Visit],
        number: Number,
        duty: Annotated[str, PathParameter(max_length=40, pattern=r"^[A-Za-z0-9_]+$")],
    ) -> Response[Any]:
        """Tick a duty, or take the tick back."""
        form, _ = await uploads.sent(request)
        try:
            place = await place_of(visit)
            ticked = decoded(TickIn, read_form(body_schema(TickIn), form, place.zone))
            await door.tick(visit, number, duty, ticked, _version(form))
        except REFUSED as refused:
            return await _line(request, visit, number, refused=refused)
        return to(f"/lines/{number}?done=1")


async def _lines(
    request: AnyRequest, visit: Visit, *, typed: Form | None = None, refused: YihaoError | None = None
) -> Response[str]:
    place = await place_of(visit)
    keeps = visit.actor.has_any(door.KEEPERS)
    return page(
        "lines.html",
        status=refused.status if refused else 200,
        hotline=hotline_of(place.profile),
        user=user_of(request, visit.actor),
        notice="",
        error=refused.sentence() if refused else "",
        progress=await door.progress(visit, None),
        keeps=keeps,
        fields=_fields(NewLine, place, typed, refused) if keeps else [],
        open_form=refused is not None,
    )


async def _line(
    request: AnyRequest,
    visit: Visit,
    number: str,
    *,
    typed: Form | None = None,
    refused: YihaoError | None = None,
) -> Response[str]:
    place = await place_of(visit)
    found = await door.one(visit, number)
    history = await door.history(visit, number, 0, 200)
    keeps = visit.actor.has_any(door.KEEPERS) and found.path.startswith(visit.actor.path)
    return page(
        "line.html",
        status=refused.status if refused else 200,
        hotline=hotline_of(place.profile),
        user=user_of(request, visit.actor),
        notice="已保存。" if request.query_params.get("done") else "",
        error=refused.sentence() if refused else "",
        line=found,
        facts=[("设立层级", found.founder_label), ("归并去向", found.target), *facts(place, found)],
        survey=[(zh, getattr(found.survey, code)) for code, zh in SURVEY_ZH.items()],
        does=DOES_ZH[found.today.does],
        history=[(one, _said(one, found)) for one in reversed(history.items)],
        verbs=VERB_ZH,
        steps={step: zh for step, zh in STEP_ZH.items() if found.status in FROM[step]},
        keeps=keeps,
        fields=_fields(ChangedLine, place, typed or _typed(found), refused if typed else None) if keeps else [],
        open_form=typed is not None,
        zone=place.zone,
    )


def _said(one: Change, line: LineDetail) -> list[tuple[str, str, str]]:
    """What a change changed: field, before, after, in the screen's words."""
    names = {**LABELS, **{duty.code: duty.label for duty in line.duties}}
    return [
        (names.get(field, field), _word(field, before), _word(field, after))
        for field, (before, after) in one.changes.items()
    ]


def _word(field: str, value: Any) -> str:
    if value in (None, "", [], {}):
        return "—"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dict):
        return "、".join(f"{SURVEY_ZH.get(key, key)} {text}" for key, text in value.items())
    if isinstance(value, list):
        return "、".join(_word(field, item) for item in value)
    return str(WORDS.get(field, {}).get(value, value))


def _version(form: Form) -> int:
    return version_of(form.get("_version", ("",))[0])


def _typed(line: LineDetail) -> Form:
    """The entry as the form would have sent it."""
    typed: dict[str, tuple[str, ...]] = {}
    for name in DRAFT_FIELDS:
        value = getattr(line, name)
        if name == "survey":
            typed |= {f"survey.{code}": (getattr(value, code),) for code in SURVEY_ZH if getattr(value, code)}
        elif isinstance(value, tuple):
            typed[name] = tuple(map(str, value))
        elif value is not None:
            typed[name] = (str(value).lower() if isinstance(value, bool) else str(value),)
    return typed


def _schema(shape: type[LineDraft], profile: Profile) -> dict[str, Any]:
    """The shape with the place's own modes and founders, and Chinese words for every closed list."""
    schema = body_schema(shape)
    properties = dict(schema["properties"])
    choices: dict[str, dict[Any, str]] = {
        "mode": {one.code: one.zh for one in profile.merging.modes},
        "founder": {one.code: one.zh for one in profile.merging.founders},
        **{name: words for name, words in WORDS.items() if name != "status"},
        "status": {status: zh for status, zh in NEW.items() if status != "merged"},
    }
    for name, words in choices.items():
        if name in properties:
            options = [{"value": value, "label": zh} for value, zh in words.items()]
            properties[name] = properties[name] | {"x-options": options}
    properties["unit_id"] = properties["unit_id"] | {"x-from": "/api/v1/units"}
    properties.pop("jurisdiction_id", None)
    if "number" in properties:  # what names the line stands first
        properties = {"number": properties.pop("number"), **properties}
    return schema | {"properties": properties}


def _fields(shape: type[LineDraft], place: Place, typed: Form | None, refused: YihaoError | None) -> list[Field]:
    wrong = (refused.field, refused.sentence()) if refused else (None, "")
    lists = sources(place.tree, place.jurisdiction.path)
    found = fields_of(_schema(shape, place.profile), lists, labels=LABELS, typed=typed, wrong=wrong)
    # Both halves of an override are asked for together or not at all: the browser must not insist on them.
    # A field of the survey is its own label.
    return [
        replace(one, required=False)
        if one.name.startswith("override.")
        else replace(one, hint="")
        if one.name.startswith("survey.")
        else one
        for one in found
    ]
