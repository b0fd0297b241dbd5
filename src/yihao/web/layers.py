"""HTTP of a node's own layer of rules: what it is, what a new one would change, and the change."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from litestar import Controller, get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter
from litestar.status_codes import HTTP_200_OK

from yihao.orders.deadlines import under_way
from yihao.people.scope import Act, Actor, require
from yihao.profile import Profile, diff
from yihao.store.db import Database
from yihao.units.layers import profile_at, proposed
from yihao.units.load import tree
from yihao.units.model import Jurisdiction, LayerDraft, NodeLayer
from yihao.units.service import layer_versions
from yihao.web.editing import READ, WRITE, WRITERS, editing, within

NodeId = Annotated[int, PathParameter(ge=1, le=2**31 - 1, description="辖区编号")]
MOST_SHOWN: Final = 200


def _says(text: str) -> msgspec.Meta:
    return msgspec.Meta(description=text)


class LayerView(msgspec.Struct, frozen=True, kw_only=True):
    """A node's own layer and how it came about."""

    rules: Annotated[str, _says("本辖区现行规则的名称：地方规则名称，加各级辖区自己的规则及其版本")]
    digest: Annotated[str, _says("现行规则的摘要；工单记有登记时的摘要")]
    current: Annotated[NodeLayer | None, _says("本辖区自己的规则；空为全部沿用上级")]
    versions: Annotated[list[NodeLayer], _says("历次版本，新的在前；文件为空的一版即撤销")]


class RuleChange(msgspec.Struct, frozen=True, kw_only=True):
    """One rule before and after."""

    rule: Annotated[str, _says("规则，如 limits.sign")]
    before: Annotated[str | None, _says("现行内容；空为无此规则")]
    before_basis: Annotated[str, _says("现行依据")]
    after: Annotated[str | None, _says("改后内容；空为无此规则")]
    after_basis: Annotated[str, _says("改后依据")]


class LayerPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What a layer would change before it applies."""

    changes: Annotated[list[RuleChange], _says("本辖区将改变的规则，前后各有依据")]
    places: Annotated[list[Jurisdiction], _says("受影响的辖区：本辖区及沿用其规则的下级，至多200个")]
    places_count: Annotated[int, _says("受影响的辖区数")]
    orders_under_way: Annotated[int, _says("这些辖区在办的工单数；已算出的期限不变，此后的环节适用新规则")]


class LayerController(Controller):
    """Rules of a node's own."""

    path = "/jurisdictions"
    tags = ("规则与日历 Rules",)

    @get("/{jurisdiction:int}/layer", operation_id="getLayer", summary="辖区自己的规则", responses=READ)
    async def one(
        self, jurisdiction: NodeId, actor: NamedDependency[Actor], db: NamedDependency[Database]
    ) -> LayerView:
        """A node's own layer, and every version it had."""
        async with db.read(actor.wall()) as connection:
            now = await tree(connection)
            profile = profile_at(now, jurisdiction)
            versions = await layer_versions(connection, jurisdiction)
        current = now.layers.get(jurisdiction)
        return LayerView(rules=profile.name, digest=profile.digest, current=current, versions=versions)

    @post(
        "/{jurisdiction:int}/layer/preview",
        operation_id="previewLayer",
        summary="预览辖区规则的改变",
        responses=WRITE,
        status_code=HTTP_200_OK,
    )
    async def preview(
        self,
        jurisdiction: NodeId,
        data: JSONBody[LayerDraft],
        act: NamedDependency[Act],
        db: NamedDependency[Database],
    ) -> LayerPreview:
        """The rules it would set otherwise, the places under it, and how many orders are under way there."""
        require(act.actor, *WRITERS, what="调整辖区规则")
        async with db.read(act.actor.wall()) as connection:
            now = await tree(connection)
            then = proposed(now, jurisdiction, data)
            top = now.jurisdiction(jurisdiction)
            count = await under_way(connection, top.path)
        touched = [
            node
            for node in now.jurisdictions.values()
            if node.path.startswith(top.path) and profile_at(now, node.id).digest != profile_at(then, node.id).digest
        ]
        return LayerPreview(
            changes=_changes(profile_at(now, jurisdiction), profile_at(then, jurisdiction)),
            places=touched[:MOST_SHOWN],
            places_count=len(touched),
            orders_under_way=count,
        )

    @put("/{jurisdiction:int}/layer", operation_id="putLayer", summary="录入或撤销辖区自己的规则", responses=WRITE)
    async def change(
        self,
        jurisdiction: NodeId,
        data: JSONBody[LayerDraft],
        act: NamedDependency[Act],
        db: NamedDependency[Database],
    ) -> NodeLayer:
        """The next version of the node's layer; without files it has none from now on."""
        async with editing(db, act, "调整辖区规则") as opened:
            within(opened, act, opened.now.jurisdiction(jurisdiction).path)
            return await opened.put_layer(jurisdiction, data)


def _changes(before: Profile, after: Profile) -> list[RuleChange]:
    return [
        RuleChange(
            rule=one.path,
            before=one.left,
            before_basis=one.left_basis,
            after=one.right,
            after_basis=one.right_basis,
        )
        for one in diff(before, after)
    ]
