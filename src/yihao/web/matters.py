"""HTTP of the classes of matters and the dispatch catalogue, relative to ``/api/v1``."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec
from litestar import Controller, get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter
from litestar.status_codes import HTTP_200_OK

from yihao.people.scope import Act, Actor
from yihao.store.db import Database
from yihao.units.errors import WrongPlace
from yihao.units.load import tree
from yihao.units.model import (
    AreaCode,
    CatalogueDraft,
    CatalogueRow,
    Category,
    CategoryCode,
    OrderKind,
)
from yihao.units.rules import covers, in_force, reason
from yihao.units.service import Edit
from yihao.units.tree import Tree
from yihao.web.editing import READ, WRITE, editing, within
from yihao.web.places import After, Limit, page
from yihao.worktime import SHANGHAI

Code = Annotated[str, PathParameter(min_length=1, max_length=32, description="分类编码")]
RowId = Annotated[int, PathParameter(ge=1, le=2**31 - 1, description="目录行编号")]
On = Annotated[date | None, QueryParameter(description="哪一天有效；不填为今天")]


def _says(text: str) -> msgspec.Meta:
    return msgspec.Meta(description=text)


class CategoryList(msgspec.Struct, frozen=True, kw_only=True):
    """The classes of matters."""

    items: Annotated[list[Category], _says("诉求分类，按编码排序")]
    next: Annotated[str | None, _says("总是为空：一次列出全部")] = None


class CatalogueView(CatalogueRow, frozen=True, kw_only=True):
    """A row with the names of what it names."""

    category_name: Annotated[str, _says("分类名称")]
    area_name: Annotated[str | None, _says("适用辖区名称")]
    unit_name: Annotated[str, _says("主办单位名称")]
    assist_names: Annotated[list[str], _says("协办单位名称")]


class CataloguePage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the catalogue."""

    items: Annotated[list[CatalogueView], _says("派单目录行")]
    next: Annotated[int | None, _says("下一页的 after；没有下一页时为空")] = None


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What the catalogue says about one matter in one place."""

    row: Annotated[CatalogueRow | None, _says("适用的目录行；没有时为空，转为无主事项")]
    unit: Annotated[str | None, _says("主办单位名称")]
    reason: Annotated[str, _says("选择的理由")]
    obstacle: Annotated[str | None, _says("不能派给该单位的原因；可以派单时为空")]


class LastDay(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a row ends."""

    last_day: Annotated[date, _says("失效前最后一日")]


class CategoryController(Controller):
    """Classes of matters."""

    path = "/categories"
    tags = ("分类与派单目录 Matters",)

    @get(operation_id="listCategories", summary="诉求分类", responses=READ)
    async def list_all(self, actor: NamedDependency[Actor], db: NamedDependency[Database]) -> CategoryList:
        """Every class, by code."""
        async with db.read(actor.wall()) as connection:
            now = await tree(connection)
        return CategoryList(items=list(now.categories.values()))

    @put("/{code:str}", operation_id="putCategory", summary="新建或修改诉求分类", responses=WRITE)
    async def change(
        self, code: Code, data: JSONBody[Category], act: NamedDependency[Act], db: NamedDependency[Database]
    ) -> Category:
        """The class as sent. Classes hold for the whole tree, so its root writes them."""
        if data.code != code:
            raise WrongPlace(
                field="code",
                why="分类编码与地址中的不一致，请改正",
                why_en="the code differs from the one in the address",
            )
        async with editing(db, act, "维护诉求分类", None) as opened:
            return await opened.put_category(data)


class CatalogueController(Controller):
    """The dispatch catalogue (派单目录, 国办函〔2025〕66号 三(五))."""

    path = "/catalogue"
    tags = ("分类与派单目录 Matters",)

    @get(operation_id="listCatalogue", summary="派单目录", responses=READ)
    async def list_all(
        self,
        act: NamedDependency[Act],
        db: NamedDependency[Database],
        category: Annotated[CategoryCode | None, QueryParameter(description="只列该分类")] = None,
        area_code: Annotated[AreaCode | None, QueryParameter(description="只列适用于该区划的")] = None,
        unit: Annotated[int | None, QueryParameter(ge=1, le=2**31 - 1, description="只列由该单位主办或协办的")] = None,
        q: Annotated[str | None, QueryParameter(max_length=64, description="分类名称或依据中的文字")] = None,
        on: On = None,
        past: Annotated[bool, QueryParameter(description="也列出该日已失效和尚未生效的")] = False,
        after: After = None,
        limit: Limit = 200,
    ) -> CataloguePage:
        """Rows by class, area and kind."""
        day = on or act.now.astimezone(SHANGHAI).date()
        async with db.read(act.actor.wall()) as connection:
            now = await tree(connection)
        fitting = [
            row
            for code, rows in now.catalogue.items()
            if category in (None, code)
            for row in rows
            if (past or in_force(row, day))
            and (area_code is None or covers(row.area_code, area_code))
            and (unit is None or unit in (row.unit_id, *row.assist_unit_ids))
            and (not q or q in row.basis or q in now.category(code).name)
        ]
        items, following = page(fitting, after, limit)
        return CataloguePage(items=[_named(now, row) for row in items], next=following)

    @get("/choice", operation_id="chooseUnit", summary="按目录确定承办单位", responses=READ)
    async def choose(
        self,
        act: NamedDependency[Act],
        db: NamedDependency[Database],
        category: Annotated[CategoryCode, QueryParameter(description="分类编码")],
        area_code: Annotated[AreaCode, QueryParameter(description="事发地行政区划代码")],
        kind: Annotated[OrderKind, QueryParameter(description="诉求类型")],
        on: On = None,
    ) -> Choice:
        """Which unit handles such a matter, and why."""
        day = on or act.now.astimezone(SHANGHAI).date()
        async with db.read(act.actor.wall()) as connection:
            now = await tree(connection)
        row = now.pick(category, area_code, kind, day)
        obstacle = now.dispatchable(row.unit_id) if row else None
        return Choice(
            row=row,
            unit=now.unit(row.unit_id).name if row else None,
            reason=reason(row, category, area_code, kind, day),
            obstacle=obstacle.sentence("zh") if obstacle else None,
        )

    @post(operation_id="createCatalogueRow", summary="新增派单目录行", responses=WRITE)
    async def create(
        self, data: JSONBody[CatalogueDraft], act: NamedDependency[Act], db: NamedDependency[Database]
    ) -> CatalogueRow:
        """A new row."""
        async with editing(db, act, "维护派单目录") as opened:
            within(opened, act, _path(opened, data.area_code))
            return await opened.create_catalogue(data)

    @put("/{row:int}", operation_id="reviseCatalogueRow", summary="修订派单目录行", responses=WRITE)
    async def revise(
        self,
        row: RowId,
        data: JSONBody[CatalogueDraft],
        act: NamedDependency[Act],
        db: NamedDependency[Database],
    ) -> CatalogueRow:
        """The row's next version: the old one ends the day before; orders sent by it keep naming it."""
        async with editing(db, act, "维护派单目录") as opened:
            within(opened, act, _path(opened, opened.catalogue_row(row).area_code))
            return await opened.revise_catalogue(row, data)

    @post(
        "/{row:int}/end",
        operation_id="endCatalogueRow",
        summary="停用派单目录行",
        responses=WRITE,
        status_code=HTTP_200_OK,
    )
    async def end(
        self,
        row: RowId,
        data: JSONBody[LastDay],
        act: NamedDependency[Act],
        db: NamedDependency[Database],
    ) -> CatalogueRow:
        """The row holds until that day and no longer."""
        async with editing(db, act, "维护派单目录") as opened:
            within(opened, act, _path(opened, opened.catalogue_row(row).area_code))
            return await opened.end_catalogue(row, data.last_day)


def _named(now: Tree, row: CatalogueRow) -> CatalogueView:
    area = now.area(row.area_code)
    return CatalogueView(
        **msgspec.structs.asdict(row),
        category_name=now.category(row.category).name,
        area_name=area.name if area and area.area_code == row.area_code else None,
        unit_name=now.unit(row.unit_id).name,
        assist_names=[now.unit(unit).name for unit in row.assist_unit_ids],
    )


def _path(opened: Edit, area_code: str) -> str | None:
    """The path of the node with this code; for an unknown code the root's, so that the service refuses it in words."""
    return next((j.path for j in opened.now.jurisdictions.values() if j.area_code == area_code), None)
