"""Writing to the tree over HTTP: who may, within which branch, and one transaction around it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from yihao.errors import Forbidden
from yihao.people.problem import refusals
from yihao.people.scope import Act, require
from yihao.store.db import Database
from yihao.units.load import look_again
from yihao.units.model import By
from yihao.units.service import Edit, edit

READ: Final = refusals(400, 401, 403, 404, 422, 503)
WRITE: Final = refusals(400, 401, 403, 404, 409, 422, 503)
WRITERS: Final = ("manager", "admin")
"""管理机构 keeps rules and catalogue, 系统管理员 the configuration (spec E)."""


class OutsideBranch(Forbidden):
    """A row of another branch, or of a level above, would be written: each level keeps its own (XS 三(三))."""

    code = "outside_branch"
    zh = "只能维护本辖区及下级的内容，请由{who}办理。"
    en = "You may write for your own branch only; ask {who}."


@asynccontextmanager
async def editing(db: Database, act: Act, what: str, *paths: str | None) -> AsyncIterator[Edit]:
    """An edit of the tree by this account, kept when the block ends.

    Args:
        db: the application's database.
        act: the request.
        what: the act in Chinese, for a refusal.
        paths: of the jurisdictions it touches, as far as known before the edit; ``None``: the whole tree.

    Raises:
        Forbidden, OutsideBranch.
    """
    role = require(act.actor, *WRITERS, what=what)
    async with db.write(act.actor.wall()) as connection:
        opened = await edit(connection, By(account=act.actor.account, role=role, at=act.now, request_id=act.request_id))
        for path in paths:
            within(opened, act, path)
        yield opened
    look_again()


def within(opened: Edit, act: Act, path: str | None) -> None:
    """Lets pass what lies in the account's own branch; ``None`` is the whole tree, the root's to change.

    Raises:
        OutsideBranch.
    """
    root = opened.now.root.path if opened.now.jurisdictions else act.actor.path
    if not (path or root).startswith(act.actor.path):
        raise OutsideBranch(what="", who="上级管理机构")
