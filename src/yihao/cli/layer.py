"""Putting a folder of rules onto a node of the tree, for ``yihao profile attach``."""

from __future__ import annotations

import asyncio
from pathlib import Path

from yihao.cli.house import House, opened, settings_with
from yihao.clock import system_clock
from yihao.errors import Invalid, NotFound
from yihao.people.model import INTERNAL
from yihao.profile import Difference, diff
from yihao.store.db import Database, Wall
from yihao.units.layers import profile_at, proposed
from yihao.units.load import load
from yihao.units.model import By, LayerDraft
from yihao.units.service import edit


class NoRules(Invalid):
    """The folder holds no file of rules."""

    code = "no_rules"
    zh = "{folder} 中没有规则文件（*.yaml、lines/*.yaml）；要撤销该辖区的规则请用 --withdraw。"
    en = "There are no files of rules in {folder} (*.yaml, lines/*.yaml); to withdraw a layer use --withdraw."


class NotText(Invalid):
    """A file of rules is not UTF-8."""

    code = "not_utf8"
    zh = "{file} 不是 UTF-8 编码，请另存为 UTF-8 后重试。"
    en = "{file} is not UTF-8; save it as UTF-8 and try again."


def files_of(folder: Path) -> dict[str, str]:
    """The texts of a folder of rules by their names.

    Raises:
        NoRules, NotText
    """
    found = {}
    for file in sorted([*folder.glob("*.yaml"), *folder.glob("lines/*.yaml")]):
        try:
            found[file.relative_to(folder).as_posix()] = file.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise NotText(file=file) from error
    if not found:
        raise NoRules(folder=folder)
    return found


def put(data: Path | None, area: str, draft: LayerDraft, *, keep: bool) -> tuple[str, list[Difference]]:
    """Lay the draft over the node of that area (only look where not ``keep``); the rules' new name, and what changes.

    Raises:
        NotFound: no node has that area code.
        BadLayer: with every mistake.
    """
    with opened(settings_with(data=data), create=False) as house:
        return asyncio.run(_put(house, area, draft, keep))


async def _put(house: House, area: str, draft: LayerDraft, keep: bool) -> tuple[str, list[Difference]]:
    by = By(account=INTERNAL["setup"], role="setup", at=system_clock())
    database = await Database.open(house.dsn, app=1, worker=1)
    try:
        async with database.write(Wall(account=by.account)) as connection:
            now = await load(connection)
            node = next((one for one in now.jurisdictions.values() if one.area_code == area), None)
            if node is None:
                raise NotFound(what=f"区划代码为 {area} 的辖区")
            then = proposed(now, node.id, draft)
            if keep:
                then = (opening := await edit(connection, by)).now
                await opening.put_layer(node.id, draft)
            before, after = profile_at(now, node.id), profile_at(then, node.id)
    finally:
        await database.close()
    return after.name, diff(before, after)
