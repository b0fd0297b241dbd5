"""HTTP of knowledge: `StaffKnowledge` relative to ``/api/v1``, `PublicKnowledge` relative to ``/api/public/v1``."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Final, Literal

import asyncpg
import msgspec
from litestar import Controller, get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter
from litestar.status_codes import HTTP_200_OK

from yihao.clock import Clock
from yihao.errors import YihaoError
from yihao.knowledge import service
from yihao.knowledge.model import (
    PUBLIC,
    ItemDraft,
    ItemQuery,
    KnowledgeItem,
    PastVersion,
    PublicItem,
    Reader,
    Status,
)
from yihao.knowledge.rules import open_to
from yihao.people.model import ROLES
from yihao.people.problem import refusals
from yihao.people.scope import Act, Actor, require
from yihao.store.db import Database, Wall
from yihao.units.errors import WrongPlace
from yihao.units.load import tree
from yihao.units.model import NO_NUL, By
from yihao.worktime import SHANGHAI

INT4 = 2**31 - 1
EDITORS: Final = ("kb_editor", "kb_reviewer")
"""知识库维护 edits, its reviewer checks and publishes (spec E: draft, check, publish; two persons)."""

AnyStep = Literal["change", "check", "publish", "expire"]
ALL_STEPS: Final[tuple[AnyStep, ...]] = ("change", "check", "publish", "expire")
MAY: Final[dict[AnyStep, tuple[str, ...]]] = {
    "change": EDITORS,
    "check": ("kb_reviewer",),
    "publish": ("kb_reviewer",),
    "expire": ("kb_reviewer",),
}
WHAT: Final[dict[AnyStep, str]] = {
    "change": "维护知识库",
    "check": "审核知识",
    "publish": "发布知识",
    "expire": "停用知识",
}
"""Who may take which step, and what it is called when refused."""

ItemId = Annotated[int, PathParameter(ge=1, le=INT4, description="知识条目编号")]
Question = Annotated[
    str | None, QueryParameter(max_length=200, pattern=NO_NUL, description="要查询的文字；不填则按编号列出")
]
After = Annotated[int, QueryParameter(ge=0, le=INT4, description="上一页的 next")]
Limit = Annotated[int, QueryParameter(ge=1, le=100, description="每页条数")]


class ItemPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of items as the staff sees them."""

    items: Annotated[list[KnowledgeItem], msgspec.Meta(description="条目；查询时按相关程度排列")]
    next: Annotated[int | None, msgspec.Meta(description="下一页的 after；没有下一页或为查询结果时为空")] = None


class PublicPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of items as the public sees them."""

    items: Annotated[list[PublicItem], msgspec.Meta(description="条目；查询时按相关程度排列")]
    next: Annotated[int | None, msgspec.Meta(description="下一页的 after；没有下一页或为查询结果时为空")] = None


class StepIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A step in an item's life."""

    step: Annotated[
        Literal["check", "publish", "expire"],
        msgspec.Meta(description="check 审核（须由起草人以外的人）、publish 发布、expire 停用"),
    ]


class BesideIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a matter says, as far as it has been typed."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=NO_NUL, description="诉求内容的开头")]
    limit: Annotated[int, msgspec.Meta(ge=1, le=50, description="最多几条")] = 8


class StepView(msgspec.Struct, frozen=True, kw_only=True):
    """A step, and whether it may be taken."""

    step: Annotated[
        AnyStep,
        msgspec.Meta(description="change 修改、check 审核、publish 发布、expire 停用"),
    ]
    allowed: Annotated[bool, msgspec.Meta(description="现在可以执行")]
    why: Annotated[str | None, msgspec.Meta(description="不能执行的原因；可以执行时为空")]
    why_en: Annotated[str | None, msgspec.Meta(description="同上，英文")]


class VersionList(msgspec.Struct, frozen=True, kw_only=True):
    """The texts an item had before."""

    items: Annotated[list[PastVersion], msgspec.Meta(description="历次文本，新的在前")]


class StaffKnowledge(Controller):
    """Knowledge for the staff, by what the role may see."""

    path = "/knowledge"
    tags = ("知识库 Knowledge",)

    @get(operation_id="searchKnowledge", summary="查询知识库", responses=refusals(400, 401, 403, 422, 503))
    async def search(
        self,
        act: NamedDependency[Act],
        db: NamedDependency[Database],
        q: Question = None,
        status: Annotated[
            Status | None,
            QueryParameter(description="按编号列出时只列该状态：draft、checked、published、expired"),
        ] = None,
        expiring: Annotated[
            int | None, QueryParameter(ge=0, le=3660, description="只列多少天内到期或已到期的已发布条目")
        ] = None,
        after: After = 0,
        limit: Limit = 20,
    ) -> ItemPage:
        """Citable items that answer a question, best first; without ``q`` all items the role may see, by id.

        The knowledge desk searches among the items of one status by giving it beside ``q``.
        """
        reader, keeps = reader_of(act.actor), bool(set(EDITORS) & act.actor.roles)
        today = act.now.astimezone(SHANGHAI).date()
        async with db.read(act.actor.wall()) as connection:
            if q is not None and keeps and status is not None:
                return ItemPage(items=await service.search_desk(connection, q, reader, status, limit=limit))
            if q is not None:
                return ItemPage(items=await service.search(connection, q, reader, today, limit=limit))
            until = today + timedelta(days=expiring) if expiring is not None else None
            query = ItemQuery(status=status if keeps else "published", until=until)
            found = await service.page(connection, reader, query, after=after, limit=limit)
        return ItemPage(items=found, next=found[-1].id if len(found) == limit else None)

    @post(
        "/beside",
        operation_id="findKnowledgeBeside",
        summary="按诉求内容查找知识",
        responses=refusals(400, 401, 403, 413, 415, 422, 503),
        status_code=HTTP_200_OK,
    )
    async def beside(
        self, data: JSONBody[BesideIn], act: NamedDependency[Act], db: NamedDependency[Database]
    ) -> ItemPage:
        """Citable items that may answer a matter, best first. Its words come in the body: a name or a number in them
        stands in no log of addresses."""
        today = act.now.astimezone(SHANGHAI).date()
        async with db.read(act.actor.wall()) as connection:
            found = await service.search(connection, data.text, reader_of(act.actor), today, limit=data.limit)
        return ItemPage(items=found)

    @get("/{item:int}", operation_id="getKnowledge", summary="知识条目", responses=refusals(401, 403, 404, 503))
    async def one(self, item: ItemId, actor: NamedDependency[Actor], db: NamedDependency[Database]) -> KnowledgeItem:
        """One item."""
        async with db.read(actor.wall()) as connection:
            return await service.one(connection, item, reader_of(actor))

    @get(
        "/{item:int}/versions",
        operation_id="listKnowledgeVersions",
        summary="知识条目的历次文本",
        responses=refusals(401, 403, 404, 503),
    )
    async def versions(self, item: ItemId, actor: NamedDependency[Actor], db: NamedDependency[Database]) -> VersionList:
        """The texts an item had before, newest first."""
        require(actor, *EDITORS, what="查看知识条目的历次文本")
        async with db.read(actor.wall()) as connection:
            await service.one(connection, item, reader_of(actor))
            return VersionList(items=await service.past(connection, item))

    @get(
        "/{item:int}/steps",
        operation_id="listKnowledgeSteps",
        summary="知识条目可执行的操作",
        responses=refusals(401, 403, 404, 503),
    )
    async def steps(self, item: ItemId, actor: NamedDependency[Actor], db: NamedDependency[Database]) -> list[StepView]:
        """Every step of an item's life: whether the caller may take it now, and otherwise why not."""
        async with db.read(actor.wall()) as connection:
            found = await service.one(connection, item, reader_of(actor))
            path = (await tree(connection)).jurisdiction(found.jurisdiction_id).path
        return [_step_view(step, _hindrance(actor, found, path, step)) for step in ALL_STEPS]

    @post(operation_id="createKnowledge", summary="起草知识条目", responses=refusals(400, 401, 403, 404, 409, 422, 503))
    async def create(
        self, data: JSONBody[ItemDraft], act: NamedDependency[Act], db: NamedDependency[Database]
    ) -> KnowledgeItem:
        """A new draft."""
        role = require(act.actor, *EDITORS, what="维护知识库")
        async with db.write(act.actor.wall()) as connection:
            now = await tree(connection)
            _own_branch(act.actor, now.jurisdiction(data.jurisdiction_id).path)
            return await service.create_item(connection, now, data, _by(act, role))

    @put(
        "/{item:int}",
        operation_id="changeKnowledge",
        summary="修改知识条目",
        responses=refusals(400, 401, 403, 404, 409, 422, 503),
    )
    async def change(
        self, item: ItemId, data: JSONBody[ItemDraft], act: NamedDependency[Act], db: NamedDependency[Database]
    ) -> KnowledgeItem:
        """The next version of the text; it is a draft again until checked and published."""
        role = require(act.actor, *EDITORS, what="维护知识库")
        async with db.write(act.actor.wall()) as connection:
            now = await tree(connection)
            old = await service.one(connection, item, reader_of(act.actor))
            for jurisdiction in (old.jurisdiction_id, data.jurisdiction_id):
                _own_branch(act.actor, now.jurisdiction(jurisdiction).path)
            return await service.change_item(connection, now, item, data, _by(act, role))

    @post(
        "/{item:int}/steps",
        operation_id="stepKnowledge",
        summary="审核、发布或停用知识条目",
        responses=refusals(400, 401, 403, 404, 409, 422, 503),
        status_code=HTTP_200_OK,
    )
    async def step(
        self, item: ItemId, data: JSONBody[StepIn], act: NamedDependency[Act], db: NamedDependency[Database]
    ) -> KnowledgeItem:
        """Check, publish or expire."""
        role = require(act.actor, *MAY[data.step], what=WHAT[data.step])
        async with db.write(act.actor.wall()) as connection:
            old = await service.one(connection, item, reader_of(act.actor))
            _own_branch(act.actor, (await tree(connection)).jurisdiction(old.jurisdiction_id).path)
            return await service.take_step(connection, item, data.step, _by(act, role))


class PublicKnowledge(Controller):
    """Public knowledge (XS 四(二): 向社会开放，提供自助查询服务)."""

    path = "/knowledge"
    tags = ("公开知识 Public knowledge",)

    @get(operation_id="searchPublicKnowledge", summary="查询公开知识", responses=refusals(400, 422, 503))
    async def search(
        self,
        db: NamedDependency[Database],
        clock: NamedDependency[Clock],
        q: Question = None,
        after: After = 0,
        limit: Limit = 20,
    ) -> PublicPage:
        """Public items in force that answer a question, best first; without ``q`` all of them, by id."""
        today = clock().astimezone(SHANGHAI).date()
        async with db.read(Wall(account=0)) as connection:
            if q is not None:
                return PublicPage(items=_public(await service.search(connection, q, PUBLIC, today, limit=limit)))
            found = await service.in_force(connection, PUBLIC, today, after=after, limit=limit)
        return PublicPage(items=_public(found), next=found[-1].id if len(found) == limit else None)


def reader_of(actor: Actor) -> Reader:
    """What an account may read: by its roles, of its own branch and of the nodes above."""
    kinds = {ROLES[role].kind for role in actor.roles if role in ROLES}
    return Reader(visibilities=open_to(kinds, bool(set(EDITORS) & actor.roles)), path=actor.path)


async def cite(connection: asyncpg.Connection, actor: Actor, item: int, on: date) -> KnowledgeItem:
    """The item an account's direct answer rests on; what `orders` asks for. Raises UnknownItem, NotCitable."""
    return await service.cite(connection, item, reader_of(actor), on)


def _hindrance(actor: Actor, item: KnowledgeItem, path: str, step: AnyStep) -> YihaoError | None:
    try:
        require(actor, *MAY[step], what=WHAT[step])
        _own_branch(actor, path)
    except YihaoError as refusal:
        return refusal
    return None if step == "change" else service.hinders(item, step, actor.account)


def _step_view(step: AnyStep, refusal: YihaoError | None) -> StepView:
    return StepView(
        step=step,
        allowed=refusal is None,
        why=refusal.sentence("zh") if refusal else None,
        why_en=refusal.sentence("en") if refusal else None,
    )


def _own_branch(actor: Actor, path: str) -> None:
    if not path.startswith(actor.path):
        raise WrongPlace(
            field="jurisdiction_id",
            why="只能维护本辖区及下级的知识条目，请由上级知识库维护员修改",
            why_en="you may write for your own branch only; ask the editor of the level above",
        )


def _by(act: Act, role: str) -> By:
    return By(account=act.actor.account, role=role, at=act.now, request_id=act.request_id)


def _public(items: list[KnowledgeItem]) -> list[PublicItem]:
    names = PublicItem.__struct_fields__
    return [PublicItem(**{name: getattr(item, name) for name in names}) for item in items]
