"""Use cases of knowledge. Nothing here commits, and nothing asks for a role: the routes do."""

from __future__ import annotations

from datetime import date
from typing import Any, Final, Literal

import asyncpg
import msgspec

from yihao.errors import YihaoError
from yihao.knowledge import queries
from yihao.knowledge.errors import (
    NotCitable,
    NothingToSearch,
    SamePerson,
    TitleTaken,
    UnknownItem,
    WrongItem,
    WrongStep,
)
from yihao.knowledge.model import STATUS_ZH, ItemDraft, ItemQuery, KnowledgeItem, PastVersion, Reader, Status
from yihao.knowledge.rules import citable, question, vector
from yihao.store.audit import AuditRow, audit_in
from yihao.units.model import By
from yihao.units.tree import Tree

Step = Literal["check", "publish", "expire"]
EVERY: Final = ItemQuery()
# From where each step may be taken, and where it leads. A text that expired comes back by being changed and checked.
_STEPS: dict[Step, tuple[tuple[Status, ...], Status, str]] = {
    "check": (("draft",), "checked", "审核"),
    "publish": (("checked",), "published", "发布"),
    "expire": (("draft", "checked", "published"), "expired", "停用"),
}


async def search(
    connection: asyncpg.Connection, text: str, reader: Reader, on: date, *, limit: int = 10
) -> list[KnowledgeItem]:
    """Citable items that answer the question, best first: those with every term, then those with any.

    Raises:
        NothingToSearch: no character to search by.
    """
    return await _search(connection, queries.SEARCH, text, reader, on, limit)


async def search_desk(
    connection: asyncpg.Connection, text: str, reader: Reader, status: Status, *, limit: int = 10
) -> list[KnowledgeItem]:
    """Items of one status, citable or not, best first: what those who keep them look for.

    Raises:
        NothingToSearch: no character to search by.
    """
    return await _search(connection, queries.SEARCH_DESK, text, reader, status, limit)


async def _search(
    connection: asyncpg.Connection, sql: str, text: str, reader: Reader, by: date | Status, limit: int
) -> list[KnowledgeItem]:
    asked = question(text)
    if asked is None:
        raise NothingToSearch(field="q")
    found: list[KnowledgeItem] = []
    for terms in dict.fromkeys(asked):
        if len(found) < limit:
            rest, ids = limit - len(found), [item.id for item in found]
            found += _items(await connection.fetch(sql, list(reader.visibilities), reader.path, terms, by, rest, ids))
    return found


async def one(connection: asyncpg.Connection, item: int, reader: Reader) -> KnowledgeItem:
    """The item, citable or not. Raises UnknownItem also for one this reader may not see."""
    row = await connection.fetchrow(queries.ONE, list(reader.visibilities), reader.path, item)
    if row is None:
        raise UnknownItem(item=item)
    return KnowledgeItem(**row)


async def page(
    connection: asyncpg.Connection, reader: Reader, query: ItemQuery = EVERY, *, after: int = 0, limit: int = 50
) -> list[KnowledgeItem]:
    """Items above id ``after``, in the order of their ids."""
    found = await connection.fetch(
        queries.LIST, list(reader.visibilities), reader.path, query.status, after, limit, query.until
    )
    return _items(found)


async def past(connection: asyncpg.Connection, item: int) -> list[PastVersion]:
    """The texts an item had before, newest first."""
    return [PastVersion(**row) for row in await connection.fetch(queries.PAST, item)]


async def in_force(
    connection: asyncpg.Connection, reader: Reader, on: date, *, after: int = 0, limit: int = 50
) -> list[KnowledgeItem]:
    """Citable items above id ``after``, in the order of their ids."""
    found = await connection.fetch(queries.IN_FORCE, list(reader.visibilities), reader.path, on, after, limit)
    return _items(found)


async def cite(connection: asyncpg.Connection, item: int, reader: Reader, on: date) -> KnowledgeItem:
    """The item an answer rests on; the order keeps its id and version. Raises UnknownItem, NotCitable."""
    found = await one(connection, item, reader)
    if not citable(found, on):
        raise NotCitable(field="knowledge_item", item=item)
    return found


async def create_item(connection: asyncpg.Connection, tree: Tree, draft: ItemDraft, by: By) -> KnowledgeItem:
    """A new draft. Raises UnknownPlace, WrongItem, TitleTaken."""
    _check(tree, draft)
    row = await _titled(connection, draft, queries.ADD, *_columns(draft, by))
    return await _audited(connection, KnowledgeItem(**row), "knowledge.create", by)


async def change_item(connection: asyncpg.Connection, tree: Tree, item: int, draft: ItemDraft, by: By) -> KnowledgeItem:
    """The next version of the text, a draft again; the old one is kept. Raises UnknownItem and as `create_item`."""
    await _locked(connection, item)
    _check(tree, draft)
    await connection.execute(queries.KEEP_PAST, item, by.at, by.account)
    row = await _titled(connection, draft, queries.CHANGE, item, *_columns(draft, by))
    return await _audited(connection, KnowledgeItem(**row), "knowledge.change", by)


async def take_step(connection: asyncpg.Connection, item: int, step: Step, by: By) -> KnowledgeItem:
    """Check (by another person than the drafter), publish, or expire. Raises UnknownItem, WrongStep, SamePerson."""
    old = await _locked(connection, item)
    if (obstacle := hinders(old, step, by.account)) is not None:
        raise obstacle
    to = _STEPS[step][1]
    checked_by = by.account if step == "check" else old.checked_by
    row = await connection.fetchrow(queries.STEP, item, to, checked_by, by.at)
    return await _audited(connection, KnowledgeItem(**row), f"knowledge.{step}", by)


def hinders(item: KnowledgeItem, step: Step, account: int) -> YihaoError | None:
    """Why this account may not take the step just now; ``None`` when it may. Roles are the door's to ask for."""
    allowed, _, label = _STEPS[step]
    if item.status not in allowed:
        return WrongStep(status=STATUS_ZH[item.status], step=label)
    if step == "check" and item.drafted_by == account:
        return SamePerson()
    return None


async def _locked(connection: asyncpg.Connection, item: int) -> KnowledgeItem:
    row = await connection.fetchrow(queries.LOCK, item)
    if row is None:
        raise UnknownItem(item=item)
    return KnowledgeItem(**row)


def _check(tree: Tree, draft: ItemDraft) -> None:
    tree.jurisdiction(draft.jurisdiction_id)
    if draft.category is not None:
        tree.category(draft.category)
    if draft.unit_id is not None:
        tree.unit(draft.unit_id)
    if draft.valid_to is not None and draft.valid_to < draft.valid_from:
        raise WrongItem(
            field="valid_to", why="失效日期早于生效日期，请改正", why_en="valid_to lies before valid_from; mend it"
        )


def _columns(draft: ItemDraft, by: By) -> tuple[Any, ...]:
    return (*msgspec.structs.astuple(draft), by.account, by.at, vector(draft.title, draft.body))


async def _titled(connection: asyncpg.Connection, draft: ItemDraft, sql: str, *values: Any) -> Any:
    try:
        return await connection.fetchrow(sql, *values)
    except asyncpg.UniqueViolationError as twice:
        raise TitleTaken(field="title", title=draft.title) from twice


def _items(rows: list[Any]) -> list[KnowledgeItem]:
    return [KnowledgeItem(**row) for row in rows]


async def _audited(connection: asyncpg.Connection, new: KnowledgeItem, action: str, by: By) -> KnowledgeItem:
    # The texts themselves stay in the item and its past: the audit names item, version and status.
    detail = {"item": new.id, "version": new.version, "status": new.status, "title": new.title}
    row = AuditRow(account=by.account, role=by.role, action=action, at=by.at, detail=detail, request_id=by.request_id)
    await audit_in(connection, row)
    return new
