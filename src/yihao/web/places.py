"""HTTP of jurisdictions, units and officers, relative to ``/api/v1``: this room stands below ``people``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final, Protocol, TypeVar

import msgspec
from litestar import Controller, get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter

from yihao.people.scope import Act, Actor
from yihao.store.db import Database
from yihao.units.load import tree
from yihao.units.model import (
    AreaCode,
    Jurisdiction,
    JurisdictionDraft,
    Level,
    Officer,
    OfficerDraft,
    Unit,
    UnitDraft,
    UnitKind,
)
from yihao.units.service import officers
from yihao.units.tree import Tree
from yihao.web.editing import READ, WRITE, editing, within

INT4: Final = 2**31 - 1
JurisdictionId = Annotated[int, PathParameter(ge=1, le=INT4, description="辖区编号")]
UnitId = Annotated[int, PathParameter(ge=1, le=INT4, description="单位编号")]
OfficerId = Annotated[int, PathParameter(ge=1, le=INT4, description="人员编号")]
InJurisdiction = Annotated[
    int | None, QueryParameter(ge=1, le=INT4, description="只列该辖区及其下级；不填为整个辖区树")
]
After = Annotated[int | None, QueryParameter(ge=1, le=INT4, description="上一页的 next")]
Limit = Annotated[int, QueryParameter(ge=1, le=1000, description="每页条数")]


def _says(text: str) -> msgspec.Meta:
    return msgspec.Meta(description=text)


class _Numbered(Protocol):
    @property
    def id(self) -> int: ...


T = TypeVar("T", bound=_Numbered)


class UnitView(Unit, frozen=True, kw_only=True):
    """A unit in a list."""

    path: Annotated[str, _says("所属辖区的路径，如 /1/4/")]
    area_code: Annotated[str, _says("所属辖区的行政区划代码")]
    jurisdiction_name: Annotated[str, _says("所属辖区名称")]
    superior_name: Annotated[str | None, _says("上级主管部门名称")]
    officers: Annotated[int, _says("在岗办理人员数")]
    dispatchable: Annotated[bool, _says("可以派单：在用且有在岗办理人员（SX 二(三)15）")]


class UnitDetail(UnitView, frozen=True, kw_only=True):
    """A unit with its people."""

    staff: Annotated[list[Officer], _says("签收、经办、审核人员")]


class UnitPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of units, by pinyin."""

    items: Annotated[list[UnitView], _says("单位，按拼音排序")]
    next: Annotated[int | None, _says("下一页的 after；没有下一页时为空")] = None


class JurisdictionPage(msgspec.Struct, frozen=True, kw_only=True):
    """The tree, parents before children."""

    items: Annotated[list[Jurisdiction], _says("辖区，上级在前")]
    next: Annotated[int | None, _says("下一页的 after；没有下一页时为空")] = None


class JurisdictionController(Controller):
    """The tree of jurisdictions."""

    path = "/jurisdictions"
    tags = ("辖区与单位 Places",)

    @get(operation_id="listJurisdictions", summary="辖区列表", responses=READ)
    async def list_all(
        self,
        actor: NamedDependency[Actor],
        db: NamedDependency[Database],
        level: Annotated[
            Level | None, QueryParameter(description="只列该层级：province、city、county、township")
        ] = None,
        area_code: Annotated[AreaCode | None, QueryParameter(description="离该区划代码最近的一个辖区")] = None,
        parent: Annotated[int | None, QueryParameter(ge=0, le=INT4, description="只列其直接下级；0 为最上一级")] = None,
        q: Annotated[str | None, QueryParameter(max_length=64, description="名称中的文字，或区划代码的开头")] = None,
        after: After = None,
        limit: Limit = 1000,
    ) -> JurisdictionPage:
        """Every node, parents before children; by area code the nearest one."""
        async with db.read(actor.wall()) as connection:
            now = await tree(connection)
        if area_code is not None:
            nearest = now.area(area_code)
            return JurisdictionPage(items=[nearest] if nearest else [])
        nodes = sorted(now.jurisdictions.values(), key=lambda j: (j.path.count("/"), j.name_pinyin, j.id))
        fitting = [
            j
            for j in nodes
            if level in (None, j.level)
            and parent in (None, j.parent_id or 0)
            and (not q or q in j.name or j.area_code.startswith(q))
        ]
        items, following = page(fitting, after, limit)
        return JurisdictionPage(items=items, next=following)

    @post(operation_id="createJurisdiction", summary="新建辖区", responses=WRITE)
    async def create(
        self, data: JSONBody[JurisdictionDraft], act: NamedDependency[Act], db: NamedDependency[Database]
    ) -> Jurisdiction:
        """A new node under its parent."""
        async with editing(db, act, "维护辖区") as opened:
            within(opened, act, opened.now.jurisdiction(data.parent_id).path if data.parent_id else None)
            return await opened.create_jurisdiction(data)

    @put("/{jurisdiction:int}", operation_id="changeJurisdiction", summary="修改辖区", responses=WRITE)
    async def change(
        self,
        jurisdiction: JurisdictionId,
        data: JSONBody[JurisdictionDraft],
        act: NamedDependency[Act],
        db: NamedDependency[Database],
    ) -> Jurisdiction:
        """Another name, profile or managing body; parent, code and level stay."""
        async with editing(db, act, "维护辖区") as opened:
            within(opened, act, opened.now.jurisdiction(jurisdiction).path)
            return await opened.change_jurisdiction(jurisdiction, data)


class UnitController(Controller):
    """Organisations that handle orders."""

    path = "/units"
    tags = ("辖区与单位 Places",)

    @get(operation_id="listUnits", summary="单位列表", responses=READ)
    async def list_all(
        self,
        actor: NamedDependency[Actor],
        db: NamedDependency[Database],
        jurisdiction: InJurisdiction = None,
        kind: Annotated[UnitKind | None, QueryParameter(description="只列该类型")] = None,
        active: Annotated[bool | None, QueryParameter(description="只列在用（true）或停用（false）的")] = None,
        q: Annotated[str | None, QueryParameter(max_length=64, description="名称或简称中的文字")] = None,
        after: After = None,
        limit: Limit = 200,
    ) -> UnitPage:
        """Units by pinyin."""
        async with db.read(actor.wall()) as connection:
            now = await tree(connection)
        branch = now.jurisdiction(jurisdiction).path if jurisdiction else "/"
        fitting = [
            unit
            for unit in now.units.values()
            if now.jurisdictions[unit.jurisdiction_id].path.startswith(branch)
            and kind in (None, unit.kind)
            and active in (None, unit.active)
            and (not q or q in unit.name or q in (unit.short_name or ""))
        ]
        items, following = page(fitting, after, limit)
        return UnitPage(items=[UnitView(**_columns(now, unit)) for unit in items], next=following)

    @get("/{unit:int}", operation_id="getUnit", summary="单位及其人员", responses=READ)
    async def one(self, unit: UnitId, actor: NamedDependency[Actor], db: NamedDependency[Database]) -> UnitDetail:
        """A unit with its officers."""
        async with db.read(actor.wall()) as connection:
            now = await tree(connection)
            found = now.unit(unit)
            staff = [officer for officer in await officers(connection) if officer.unit_id == unit]
        return UnitDetail(**_columns(now, found), staff=staff)

    @post(operation_id="createUnit", summary="新建单位", responses=WRITE)
    async def create(self, data: JSONBody[UnitDraft], act: NamedDependency[Act], db: NamedDependency[Database]) -> Unit:
        """A new unit."""
        async with editing(db, act, "维护单位") as opened:
            within(opened, act, opened.now.jurisdiction(data.jurisdiction_id).path)
            return await opened.create_unit(data)

    @put("/{unit:int}", operation_id="changeUnit", summary="修改单位", responses=WRITE)
    async def change(
        self, unit: UnitId, data: JSONBody[UnitDraft], act: NamedDependency[Act], db: NamedDependency[Database]
    ) -> Unit:
        """The unit as sent; ``active: false`` puts it out of use."""
        async with editing(db, act, "维护单位") as opened:
            within(opened, act, opened.now.place(unit).path)
            within(opened, act, opened.now.jurisdiction(data.jurisdiction_id).path)
            return await opened.change_unit(unit, data)


class OfficerController(Controller):
    """Named persons of units."""

    path = "/officers"
    tags = ("辖区与单位 Places",)

    @post(operation_id="createOfficer", summary="登记办理人员", responses=WRITE)
    async def create(
        self, data: JSONBody[OfficerDraft], act: NamedDependency[Act], db: NamedDependency[Database]
    ) -> Officer:
        """A named person of a unit; without one nothing is dispatched there (SX 二(三)15)."""
        async with editing(db, act, "登记办理人员") as opened:
            within(opened, act, opened.now.place(data.unit_id).path)
            return await opened.create_officer(data)

    @put("/{officer:int}", operation_id="changeOfficer", summary="修改办理人员", responses=WRITE)
    async def change(
        self,
        officer: OfficerId,
        data: JSONBody[OfficerDraft],
        act: NamedDependency[Act],
        db: NamedDependency[Database],
    ) -> Officer:
        """The officer as sent; ``active: false`` when the person leaves."""
        async with editing(db, act, "登记办理人员") as opened:
            within(opened, act, opened.now.place((await opened.officer(officer)).unit_id).path)
            within(opened, act, opened.now.place(data.unit_id).path)
            return await opened.change_officer(officer, data)


def page(rows: Sequence[T], after: int | None, limit: int) -> tuple[list[T], int | None]:
    """The rows that follow the one whose id is ``after``, and the id to go on from."""
    start = 0
    if after is not None:
        start = next((place for place, row in enumerate(rows, 1) if row.id == after), len(rows))
    end = start + limit
    return list(rows[start:end]), rows[end - 1].id if end < len(rows) else None


def _columns(now: Tree, unit: Unit) -> dict[str, Any]:
    place = now.place(unit.id)
    return {
        **msgspec.structs.asdict(unit),
        "path": place.path,
        "area_code": place.area_code,
        "jurisdiction_name": place.name,
        "superior_name": now.units[unit.superior_id].name if unit.superior_id else None,
        "officers": now.officers.get(unit.id, 0),
        "dispatchable": now.dispatchable(unit.id) is None,
    }
