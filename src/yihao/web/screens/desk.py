"""The list, one order with its verbs as forms, registering."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final
from urllib.parse import urlencode
from uuid import uuid4

import asyncpg
import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import PathParameter
from litestar.status_codes import HTTP_200_OK

from yihao.errors import Conflict, Forbidden, Invalid, YihaoError
from yihao.orders import attachments, bodies, door, reading, worklist
from yihao.orders.attachments import Attachment
from yihao.orders.door import Visit
from yihao.orders.forms import LABELS, body_schema, offered
from yihao.orders.listing import Filters
from yihao.orders.model import CHANNELS, DOMAINS, KINDS, LANES, STATES, URGENCIES
from yihao.orders.reveal import RevealIn
from yihao.orders.rules import UnknownVerb
from yihao.orders.service import KeyReused
from yihao.orders.views import DutyView, EventView, OrderView, VerbView
from yihao.people.scope import Actor
from yihao.web.problems import BadField, of_body
from yihao.web.screens import uploads
from yihao.web.screens.fields import Choice, Field, Form, fields_of, read_form
from yihao.web.screens.place import category_choices, place_of, sources, unit_choices, unit_names
from yihao.web.screens.render import page, to
from yihao.web.screens.user import AnyRequest, hotline_of, user_of

Number = Annotated[str, PathParameter(max_length=40, pattern=r"^[0-9A-Za-z]+$")]
Verb = Annotated[str, PathParameter(max_length=40, pattern=r"^[a-z_]+$")]
PAGE: Final = 20
GROUPS: Final = (
    ("诉求", ("channel", "kind", "domain", "urgency", "title", "content", "attachments", "category", "line")),
    ("地点与时间", ("area_code", "address", "occurred_at", "accused_unit")),
    (
        "诉求人",
        (
            "caller.kind",
            "caller.name",
            "caller.phone",
            "caller.id_number",
            "caller.enterprise_code",
            "caller.anonymous",
            "caller.confidential",
        ),
    ),
    ("其他", ("secrecy", "legal_process", "in_petition", "parent")),
)
APPEAL_LABELS: Final = {
    "channel": "来源渠道",
    "kind": "诉求类型",
    "domain": "所属领域",
    "urgency": "紧急程度",
    "title": "标题",
    "content": "诉求内容",
    "attachments": "附件",
    "category": "事项分类",
    "line": "拨打的热线号码",
    "area_code": "区划代码",
    "address": "详细地址",
    "occurred_at": "事发时间",
    "accused_unit": "被反映单位",
    "caller.kind": "诉求人类型",
    "caller.name": "姓名或名称",
    "caller.phone": "联系电话",
    "caller.id_number": "身份证号",
    "caller.enterprise_code": "统一社会信用代码",
    "caller.anonymous": "匿名",
    "caller.confidential": "要求保密",
    "secrecy": "密级标识",
    "legal_process": "行政调解、执法办案类",
    "in_petition": "已进入信访渠道",
    "parent": "上级工单编号",
}
REVEAL: Final = {
    "name": "姓名",
    "phone": "电话",
    "id_number": "身份证号",
    "enterprise_code": "信用代码",
    "title": "标题",
    "content": "诉求内容",
    "address": "地址",
    "location": "位置",
}


class RegisteredBefore(Conflict):
    """A form that was registered is sent once more with another content."""

    code = "registered_before"
    zh = "本页此前已登记成功，见工单列表；改动未登记。如确为另一件诉求，请再次点击“登记”；补充情况请在原工单中办理。"
    en = "This form was registered before; the change was not. Send it again if it is another matter."


class FormView(msgspec.Struct, frozen=True, kw_only=True):
    """A verb as a form. ``key``: its idempotency key, so that a second click does nothing."""

    verb: str
    label: str
    role: str
    unit: int | None
    due_at: Any
    clause: str | None
    key: str
    fields: list[Field]


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What one order's page is made of besides the order: what was just typed, refused, revealed."""

    verb: str = ""
    typed: Form | None = None
    refused: YihaoError | None = None
    revealed: Mapping[str, Any] | None = None
    notice: str = ""
    code: str = ""
    reason: str = ""


class DeskScreens(Controller):
    """Orders on the screen."""

    path = "/orders"
    include_in_schema = False

    @get(name="screen_orders")
    async def orders(
        self,
        request: AnyRequest,
        visit: NamedDependency[Visit],
    ) -> Response[str]:
        """The list."""
        asked = {name: value for name, value in request.query_params.items() if isinstance(value, str) and value}
        filters, error = _filters(asked)
        try:
            found = await door.list_page(visit, filters)
        except Invalid as refused:
            error, filters = refused.sentence(), Filters(limit=PAGE)
            found = await door.list_page(visit, filters)
        place = await place_of(visit)
        kept = {name: value for name, value in asked.items() if name != "after"}
        return page(
            "orders.html",
            hotline=hotline_of(place.profile),
            user=user_of(request, visit.actor),
            notice="",
            error=error,
            page=found,
            filters=filters,
            states=STATES,
            kinds=KINDS,
            urgencies=URGENCIES,
            lanes=LANES if place.profile.flow.enterprise.on else {},
            lane_names=LANES,
            units=unit_choices(place.tree, visit.actor.path),
            names=unit_names(place.tree),
            zone=place.zone,
            first="/orders?" + urlencode(kept) if filters.after else "",
            following="/orders?" + urlencode(kept | {"after": found.next}) if found.next else "",
        )

    @get("/work", name="screen_work")
    async def work(self, request: AnyRequest, visit: NamedDependency[Visit]) -> Response[str]:
        """What the account owes, the lane first."""
        found = await worklist.page(visit, after=request.query_params.get("after") or None, limit=PAGE)
        place = await place_of(visit)
        return page(
            "work.html",
            hotline=hotline_of(place.profile),
            user=user_of(request, visit.actor),
            notice="",
            error="",
            page=found,
            names=unit_names(place.tree),
            zone=place.zone,
        )

    @get("/new", name="screen_register")
    async def new(
        self,
        request: AnyRequest,
        visit: NamedDependency[Visit],
    ) -> Response[str]:
        """The form."""
        return await _register_form(request, visit, uuid4().hex)

    @post("/new", name="screen_registered", status_code=HTTP_200_OK, request_max_body_size=uploads.MOST_BYTES)
    async def register(
        self,
        request: AnyRequest,
        visit: NamedDependency[Visit],
    ) -> Response[Any]:
        """Register; a refusal shows the form again with everything typed."""
        form, files = await uploads.sent(request)
        key = form.get("_key", ("",))[0] or uuid4().hex
        try:
            await uploads.keep(visit, form, files, key)
            place = await place_of(visit)
            appeal = decoded(bodies.Appeal, read_form(body_schema(bodies.Appeal), form, place.zone))
            made = await door.register(visit, appeal, key)
        except KeyReused:
            # Gone back, changed and sent again: what was sent first stands, and this may be another matter.
            return await _register_form(request, visit, uuid4().hex, form, RegisteredBefore(field=None))
        except (Invalid, Conflict, Forbidden) as refused:
            return await _register_form(request, visit, key, form, refused)
        shown = Shown(notice=f"已登记，工单编号 {made.number}。", code=made.query_code or "")
        return await _order(request, visit, made.number, shown)

    @get("/{number:str}", name="screen_order")
    async def order(
        self,
        request: AnyRequest,
        number: Number,
        visit: NamedDependency[Visit],
    ) -> Response[str]:
        """One order."""
        done = LABELS.get(request.query_params.get("done", ""), "")
        return await _order(request, visit, number, Shown(notice=f"“{done}”已完成。" if done else ""))

    @post("/{number:str}/reveal", name="screen_reveal", status_code=HTTP_200_OK)
    async def reveal(
        self,
        request: AnyRequest,
        number: Number,
        visit: NamedDependency[Visit],
    ) -> Response[str]:
        """The originals, for this once."""
        form, _ = await uploads.sent(request)
        reason = form.get("reason", ("",))[0].strip()
        try:
            wanted = decoded(RevealIn, {"fields": list(form.get("fields", ())), "reason": reason})
            opened = await door.unmask(visit, number, wanted)
        except (Invalid, Conflict, Forbidden) as refused:
            shown = Shown(verb="_reveal", typed=form, refused=refused, reason=reason)
        else:
            shown = Shown(revealed=opened.values)
        return await _order(request, visit, number, shown)

    @post(
        "/{number:str}/verbs/{verb:str}",
        name="screen_verb",
        status_code=HTTP_200_OK,
        request_max_body_size=uploads.MOST_BYTES,
    )
    async def act(
        self,
        request: AnyRequest,
        number: Number,
        verb: Verb,
        visit: NamedDependency[Visit],
    ) -> Response[Any]:
        """Do a verb; a conflict or an error shows the order as it is now, with what was typed."""
        form, files = await uploads.sent(request)
        key = form.get("_key", ("",))[0]
        try:
            edge = offered().get(verb)
            if edge is None:
                raise UnknownVerb(what="操作")
            await uploads.keep(visit, form, files, key or uuid4().hex)
            place = await place_of(visit)
            body = decoded(edge.body, read_form(body_schema(edge.body), form, place.zone))
            version = form.get("_version", ("",))[0]
            await door.act_on(
                visit,
                number,
                verb,
                body,
                version=int(version) if version.isascii() and version.isdecimal() and len(version) < 10 else -1,
                key=key or None,
            )
        except (Invalid, Conflict, Forbidden) as refused:
            return await _order(request, visit, number, Shown(verb=verb, typed=form, refused=refused))
        async with visit.db.read(visit.actor.wall()) as connection:
            still = await connection.fetchval("SELECT true FROM work_order WHERE number = $1", number)
        # A unit that hands an order back loses sight of it by that very act.
        return to(f"/orders/{number}?done={verb}" if still else "/orders")


def decoded(kind: type[Any], value: dict[str, Any]) -> Any:
    """What was typed, by the API's own rules.

    Raises:
        BadField.
    """
    if any("\x00" in text for text in _texts(value)):
        raise BadField(field=None, label="文字", name="text", why="含有空字符，请删除", why_en="holds a NUL")
    try:
        return msgspec.json.decode(msgspec.json.encode(value), type=kind)
    except msgspec.ValidationError as wrong:
        raise of_body(str(wrong), kind) from None


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in _texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return [value] if isinstance(value, str) else []


def _filters(asked: Mapping[str, str]) -> tuple[Filters, str]:
    """The filters of the address; one that cannot be read is left out, and said."""
    plain: dict[str, Any] = {name: value for name, value in asked.items() if name in Filters.__struct_fields__}
    plain["overdue"] = plain.get("overdue") == "true"
    plain["limit"] = PAGE
    try:
        if any("\x00" in str(value) for value in plain.values()):
            raise msgspec.ValidationError("NUL")
        return msgspec.convert(plain, Filters, strict=False), ""
    except msgspec.ValidationError:
        return Filters(limit=PAGE), "查询条件有误，已全部清除。"


async def _register_form(
    request: AnyRequest,
    visit: Visit,
    key: str,
    typed: Form | None = None,
    refused: YihaoError | None = None,
) -> Response[str]:
    place = await place_of(visit)
    wrong = (refused.field, refused.sentence()) if refused else (None, "")
    schema = body_schema(bodies.Appeal)
    files = await uploads.kept(visit, typed)
    lists = {**sources(place.tree, visit.actor.path), uploads.FIELD: lambda: files}
    schema = {**schema, "properties": _with_lists(schema["properties"])}
    fields = {field.name: field for field in fields_of(schema, lists, labels=APPEAL_LABELS, typed=typed, wrong=wrong)}
    return page(
        "register.html",
        status=refused.status if refused else 200,
        hotline=hotline_of(place.profile),
        user=user_of(request, visit.actor),
        notice="",
        error=refused.sentence() if refused else "",
        key=key,
        groups=[(name, [fields[one] for one in group]) for name, group in GROUPS],
    )


def _with_lists(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **properties,
        "category": properties["category"] | {"x-from": "/api/v1/categories"},
        "accused_unit": properties["accused_unit"] | {"x-from": "/api/v1/units"},
    }


async def _order(request: AnyRequest, visit: Visit, number: str, shown: Shown) -> Response[str]:
    parts = await door.read(
        visit,
        "order.read",
        lambda connection: _parts(connection, visit, number),
        lambda found: (found.order.number, *(one.number for one in found.related)),
    )
    place, refused = parts.place, shown.refused
    files = await uploads.kept(visit, shown.typed)
    return page(
        "order.html",
        status=refused.status if refused else 200,
        hotline=hotline_of(place.profile),
        user=user_of(request, visit.actor),
        notice=shown.notice,
        error=refused.sentence() if refused else "",
        order=parts.order,
        code=shown.code,
        duties=parts.duties,
        events=parts.events,
        related=parts.related,
        attachments=parts.attachments,
        forms=[_verb_form(verb, parts, visit.actor, shown, files) for verb in parts.verbs],
        open_form=shown.verb,
        revealed=[(REVEAL.get(name, name), value or "（未填写）") for name, value in (shown.revealed or {}).items()],
        reveal_fields=REVEAL,
        reveal_typed=(shown.typed or {}).get("fields", ()),
        reveal_reason=shown.reason,
        names=unit_names(place.tree),
        categories={choice.value: choice.label for choice in category_choices(place.tree)},
        labels=LABELS,
        states=STATES,
        channels=CHANNELS,
        domains=DOMAINS,
        urgencies=URGENCIES,
        lane_names=LANES,
        zone=place.zone,
    )


class Parts(msgspec.Struct, frozen=True):
    """What the database says of one order, in one snapshot."""

    order: OrderView
    duties: list[DutyView]
    events: list[EventView]
    verbs: list[VerbView]
    related: list[Any]
    attachments: list[Attachment]
    place: Any


async def _parts(connection: asyncpg.Connection, visit: Visit, number: str) -> Parts:
    desk, actor, now = visit.desk, visit.actor, visit.act.now
    order = await reading.one(connection, desk, actor, number, now)
    duties = await reading.clocks(connection, desk, number, now)
    events = await reading.history(connection, number)
    verbs = await reading.verbs(connection, desk, actor, number)
    related = await reading.related(connection, desk, number, now) if actor.wall().branch else []
    files = await attachments.of_order(connection, desk.ring, order.number)
    place = await desk.places.at(connection, actor.path)
    return Parts(order, duties.items, events.items, verbs.items, related, files, place)


def _verb_form(verb: VerbView, parts: Parts, actor: Actor, shown: Shown, files: tuple[Choice, ...]) -> FormView:
    failed = shown.verb == verb.verb
    refused = shown.refused if failed else None
    return FormView(
        verb=verb.verb,
        label=verb.label,
        role=verb.role,
        unit=verb.unit,
        due_at=verb.due_at,
        clause=verb.clause,
        key=uuid4().hex,
        fields=fields_of(
            verb.body,
            {**sources(parts.place.tree, actor.path), uploads.FIELD: lambda: files if failed else ()},
            typed=shown.typed if failed else None,
            wrong=(refused.field, refused.sentence()) if refused else (None, ""),
        ),
    )
