"""HTTP of the register of linked partners, relative to ``/api/v1``. Handing over is a verb of orders."""

from __future__ import annotations

from typing import Annotated, Any, Final

import asyncpg
import msgspec
from litestar import Controller, get, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter

from yihao.orders.door import Visit
from yihao.orders.places import Place
from yihao.partners import service
from yihao.partners.errors import WrongPartner
from yihao.partners.model import Partner, PartnerDraft
from yihao.partners.rules import in_force
from yihao.people.model import ROLES
from yihao.people.problem import refusals
from yihao.people.scope import Act, Actor, require
from yihao.units.load import tree
from yihao.units.model import By
from yihao.units.tree import Tree

INT4: Final = 2**31 - 1
KEEPERS: Final = ("manager", "admin")
"""管理机构 agrees with the partners, 系统管理员 keeps the configuration (spec E)."""
UnitId = Annotated[int, PathParameter(ge=1, le=INT4, description="Unit's id. 单位编号。")]


def _says(text: str) -> msgspec.Meta:
    return msgspec.Meta(description=text)


class PartnerView(Partner, frozen=True, kw_only=True):
    """A linked partner in the directory."""

    name: Annotated[str, _says("单位名称")]
    kind_label: Annotated[str, _says("联动类别名称")]
    path: Annotated[str, _says("所属辖区的路径，如 /1/4/")]
    in_force: Annotated[bool, _says("今日可以移交：在用且在约定期限内")]
    waiting: Annotated[int, _says("待其确认接收的移交件数（本账号可见范围内）")] = 0
    late: Annotated[int, _says("其中已过确认时限的件数")] = 0


class PartnerList(msgspec.Struct, frozen=True, kw_only=True):
    """The directory."""

    items: Annotated[list[PartnerView], _says("联动单位，按辖区、类别排列")]


class PartnerController(Controller):
    """The directory of linked partners."""

    path = "/partners"
    tags = ("联动单位 Partners",)

    @get(operation_id="listPartners", summary="联动单位名录", responses=refusals(401, 403, 503))
    async def list_all(self, visit: NamedDependency[Visit]) -> PartnerList:
        """Hotline roles and administrators see the directory; a unit's people its own entry."""
        return PartnerList(items=await directory(visit))

    @put(
        "/{unit:int}",
        operation_id="putPartner",
        summary="登记联动单位",
        responses=refusals(400, 401, 403, 404, 409, 422, 503),
    )
    async def change(self, unit: UnitId, data: JSONBody[PartnerDraft], visit: NamedDependency[Visit]) -> PartnerView:
        """The unit's entry as sent; ``active: false`` ends hand-overs to it. Within the caller's own branch."""
        return await put_partner(visit, unit, data)


async def directory(visit: Visit) -> list[PartnerView]:
    """The register as far as the account may see it, with what waits for each partner's word."""
    actor = visit.actor
    whole = any(ROLES[role].kind == "hotline" for role in actor.roles) or actor.has_any(KEEPERS)
    async with visit.db.read(actor.wall()) as connection:
        now = await tree(connection)
        found = await service.partners(connection)
        waiting = {
            row["unit_id"]: (row["waiting"], row["late"])
            for row in await connection.fetch(service.SQL["waiting"], visit.act.now)
        }
        shown = [one for one in found if whole or one.unit_id in actor.units]
        places = {one.unit_id: await _place(connection, visit, now, one.unit_id) for one in shown}
    views = [_view(one, now, places[one.unit_id], visit.act, waiting.get(one.unit_id, (0, 0))) for one in shown]
    return sorted(views, key=lambda one: (one.path, one.kind, one.number or "", one.unit_id))


async def put_partner(visit: Visit, unit: int, draft: PartnerDraft) -> PartnerView:
    """The entry as sent. Raises Forbidden, UnknownPlace, WrongPartner."""
    role = require(visit.actor, *KEEPERS, what="登记联动单位")
    by = By(account=visit.actor.account, role=role, at=visit.act.now, request_id=visit.act.request_id)
    async with visit.db.write(visit.actor.wall()) as connection:
        now = await tree(connection)
        _own_branch(visit.actor, now, unit)
        new = await service.put(connection, now, unit, draft, by)
        return _view(new, now, await _place(connection, visit, now, unit), visit.act, (0, 0))


async def _place(connection: asyncpg.Connection, visit: Visit, now: Tree, unit: int) -> Place:
    return await visit.desk.places.at(connection, now.place(unit).path)


def _own_branch(actor: Actor, now: Tree, unit: int) -> None:
    if not now.place(unit).path.startswith(actor.path):
        raise WrongPartner(
            field="unit",
            why="只能登记本辖区及下级的联动单位，请由上级管理机构办理",
            why_en="you may write for your own branch only",
        )


def _view(one: Partner, now: Tree, place: Place, act: Act, waiting: tuple[int, int]) -> PartnerView:
    labels = {service.code: service.zh for service in place.profile.merging.partners}
    fields: dict[str, Any] = msgspec.structs.asdict(one)
    return PartnerView(
        **fields,
        name=now.unit(one.unit_id).name,
        kind_label=labels.get(one.kind, one.kind),
        path=place.jurisdiction.path,
        in_force=in_force(one, act.now.astimezone(place.zone).date()),
        waiting=waiting[0],
        late=waiting[1],
    )
