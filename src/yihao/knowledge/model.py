"""What the hotline answers from. Each field says what it means, for readers and for OpenAPI."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec

from yihao.units.model import NO_NUL, CategoryCode, Id

Visibility = Literal["internal", "grassroots", "public"]
Status = Literal["draft", "checked", "published", "expired"]

VISIBILITY_ZH: dict[Visibility, str] = {"internal": "内部", "grassroots": "基层", "public": "公开"}
STATUS_ZH: dict[Status, str] = {"draft": "草稿", "checked": "已审核", "published": "已发布", "expired": "已失效"}
VISIBILITY_EN: dict[Visibility, str] = {"internal": "Internal", "grassroots": "Grass roots", "public": "Public"}
STATUS_EN: dict[Status, str] = {"draft": "Draft", "checked": "Checked", "published": "Published", "expired": "Expired"}

Title = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=NO_NUL)]
Body = Annotated[str, msgspec.Meta(min_length=1, max_length=20_000, pattern=NO_NUL)]


def _says(text: str) -> msgspec.Meta:
    return msgspec.Meta(description=text)


class ItemDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An item as it is proposed."""

    jurisdiction_id: Annotated[Id, _says("所属辖区编号；其下级均可引用")]
    title: Annotated[Title, _says("标题，同一辖区内不重复")]
    body: Annotated[Body, _says("答复口径")]
    category: Annotated[CategoryCode | None, _says("分类编码")] = None
    unit_id: Annotated[Id | None, _says("负责更新的单位编号")] = None
    visibility: Annotated[Visibility, _says("公开范围：internal 内部、grassroots 基层、public 公开（XS 四(二)）")]
    valid_from: Annotated[date, _says("可引用的首日")]
    valid_to: Annotated[date | None, _says("可引用的最后一日；空为长期")] = None
    source: Annotated[Title, _says("出处：文件或提供单位")]


class KnowledgeItem(msgspec.Struct, frozen=True, kw_only=True):
    """An item. Citable when published and within its days."""

    id: Annotated[int, _says("条目编号")]
    jurisdiction_id: Annotated[int, _says("所属辖区编号")]
    title: Annotated[str, _says("标题")]
    body: Annotated[str, _says("答复口径")]
    category: Annotated[str | None, _says("分类编码")]
    unit_id: Annotated[int | None, _says("负责更新的单位编号")]
    visibility: Annotated[Visibility, _says("公开范围：internal 内部、grassroots 基层、public 公开")]
    status: Annotated[Status, _says("状态：draft 草稿、checked 已审核、published 已发布、expired 已失效")]
    valid_from: Annotated[date, _says("可引用的首日")]
    valid_to: Annotated[date | None, _says("可引用的最后一日；空为长期")]
    version: Annotated[int, _says("文本版本；答复引用编号和版本")]
    source: Annotated[str, _says("出处")]
    drafted_by: Annotated[int, _says("起草账号编号")]
    drafted_by_name: Annotated[str | None, _says("起草人")] = None
    checked_by: Annotated[int | None, _says("审核账号编号")]
    checked_by_name: Annotated[str | None, _says("审核人")] = None
    updated_at: Annotated[datetime, _says("更新时间")]


class PastVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A text that was replaced: an answer given in spring is judged by the text of spring."""

    version: Annotated[int, _says("文本版本")]
    title: Annotated[str, _says("标题")]
    body: Annotated[str, _says("答复口径")]
    source: Annotated[str, _says("出处")]
    valid_from: Annotated[date, _says("可引用的首日")]
    valid_to: Annotated[date | None, _says("可引用的最后一日；空为长期")]
    status: Annotated[Status, _says("被替换时的状态")]
    replaced_at: Annotated[datetime, _says("被替换的时间")]
    replaced_by: Annotated[int, _says("修改账号编号")]
    replaced_by_name: Annotated[str | None, _says("修改人")]


class ItemQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which items to list; ``None`` is no condition. ``until``: published ones whose last day is that one or before."""

    status: Status | None = None
    until: date | None = None


class PublicItem(msgspec.Struct, frozen=True, kw_only=True):
    """An item as the public sees it: no accounts, no status."""

    id: Annotated[int, _says("条目编号")]
    title: Annotated[str, _says("标题")]
    body: Annotated[str, _says("答复口径")]
    category: Annotated[str | None, _says("分类编码")]
    source: Annotated[str, _says("出处")]
    version: Annotated[int, _says("文本版本")]
    updated_at: Annotated[datetime, _says("更新时间")]


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """Who searches: which visibilities are open to it, and its home (a path; empty: the whole tree)."""

    visibilities: tuple[Visibility, ...]
    path: str = ""


PUBLIC = Reader(visibilities=("public",))
