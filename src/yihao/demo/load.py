"""Loading a demonstration place: its tree, units, officers, catalogue, knowledge, and an account for every role.

Everything is one transaction, and only an empty database is filled: run again, it keeps whatever was changed since.
"""

from __future__ import annotations

import csv
import io
import os
import secrets
from collections.abc import Callable
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

from yihao.errors import Misconfigured
from yihao.knowledge.service import take_step
from yihao.knowledge.transfer import COLUMNS as KNOWLEDGE_COLUMNS
from yihao.knowledge.transfer import import_items
from yihao.people import service as people
from yihao.people.model import INTERNAL, ROLES
from yihao.people.own import set_password
from yihao.people.passwords import Passwords
from yihao.people.scope import Act, internal_actor
from yihao.people.service import NewAccount
from yihao.seal.keys import KeyRing
from yihao.store.db import Database, Wall
from yihao.store.tables import read
from yihao.units.export import COLUMNS
from yihao.units.load import load, look_again
from yihao.units.model import By, OfficerDraft
from yihao.units.service import edit, officers
from yihao.units.transfer import import_rows
from yihao.units.tree import Tree

MARK = "（演示）"
EDITOR, REVIEWER = "editor01", "reviewer01"


class UnknownDemo(Misconfigured):
    """No demonstration data is packaged for the place."""

    code = "unknown_demo"


class DemoAccount(msgspec.Struct, frozen=True, kw_only=True):
    """What a person needs to sign in. ``unit`` is the unit's id, ``unit_name`` its name; both ``None`` for the hotline.

    ``totp_secret``: base32, for roles with a second factor.
    """

    username: str
    password: str
    totp_secret: str | None
    roles: list[str]
    unit: int | None
    unit_name: str | None
    name: str
    area_code: str


def places() -> list[str]:
    """The places demonstration data is packaged for."""
    return sorted(entry.name for entry in _folder().iterdir() if entry.is_dir() and not entry.name.startswith("_"))


async def load_demo(
    database: Database,
    place: str,
    accounts_file: Path,
    *,
    ring: KeyRing,
    passwords: Passwords,
    clock: Callable[[], datetime],
) -> list[DemoAccount]:
    """Fill an empty database with a demonstration place; its accounts, in the order of the file.

    A database that holds this demonstration already is left as it is; only where ``accounts_file`` is gone, its
    accounts get new passwords and a new file. A database with a tree of its own is not touched: the answer is empty.

    Raises:
        UnknownDemo: nothing is packaged for ``place``.
        OSError: ``accounts_file`` cannot be written; then nothing is kept in the database either.
    """
    if place not in places():
        raise UnknownDemo(where=place, why="没有这个地方的演示数据", mend=f"可用的有：{'、'.join(places())}")
    moment = clock()
    by = By(account=INTERNAL["setup"], role="setup", at=moment)
    async with database.write(Wall(account=INTERNAL["setup"])) as connection:
        now = await load(connection)
        if now.jurisdictions and not _is_demo(now, place):
            return []
        kept = _read_accounts(accounts_file)
        if now.jurisdictions and kept:
            return kept
        if not now.jurisdictions:
            await _plant(connection, place, by)
        made = await _accounts(connection, place, ring, passwords, moment)
        if not now.jurisdictions:
            await _knowledge(connection, place, by)
        # Before the commit: passwords nobody can read would be worse than a file nobody can use.
        _write_accounts(accounts_file, made)
    look_again()
    return made


def _folder() -> Any:
    return resources.files(__package__)


def _table(place: str, name: str) -> bytes:
    content: bytes = (_folder() / place / f"{name}.csv").read_bytes()
    return content


def _is_demo(now: Tree, place: str) -> bool:
    return now.root.name.endswith(MARK) and now.root.profile == place


async def _plant(connection: asyncpg.Connection, place: str, by: By) -> None:
    nodes = read(_table(place, "jurisdictions"), COLUMNS["jurisdictions"])
    # A node names its managing body, which is a unit of the node: first the nodes alone, then the units.
    for row in nodes:
        managing = row.cells.pop("managing_unit", None)
        await import_rows(connection, "jurisdictions", [row], by)
        if managing:
            row.cells["managing_unit"] = managing
    await import_rows(connection, "units", read(_table(place, "units"), COLUMNS["units"]), by)
    await import_rows(connection, "jurisdictions", nodes, by)
    for kind in ("officers", "categories", "catalogue"):
        await import_rows(connection, kind, read(_table(place, kind), COLUMNS[kind]), by)


async def _accounts(
    connection: asyncpg.Connection, place: str, ring: KeyRing, passwords: Passwords, moment: datetime
) -> list[DemoAccount]:
    now = await load(connection)
    act = Act(actor=internal_actor("setup", jurisdiction=now.root.id, path=now.root.path), now=moment)
    standing = {row["username"]: row["id"] for row in await connection.fetch("SELECT id, username FROM account")}
    opened = await edit(connection, By(account=act.actor.account, role="setup", at=moment))
    staff = [officer for officer in await officers(connection) if officer.account_id is None]
    made = []
    for line in csv.DictReader(io.StringIO(_table(place, "accounts").decode())):
        new = _demo_account(now, line)
        home = now.area(new.area_code)
        if home is None:
            raise UnknownDemo(where=f"accounts.csv {new.username}", why="区划代码不在辖区之内", mend="核对演示数据")
        account = standing.get(new.username)
        if account is None:
            draft = NewAccount(
                username=new.username, name=new.name, jurisdiction=home.id, password=new.password, must_change=False
            )
            account = await people.create_account(connection, passwords, act, draft)
            for role in new.roles:
                await people.grant_role(connection, act, account, role, _unit_of(role, new))
        else:
            hashed = await passwords.hash(new.password)
            await set_password(connection, account, hashed, moment, must_change=False)
        secret = None
        if any(ROLES[role].privileged for role in new.roles):
            secret = (await people.give_totp(connection, ring, act, account)).secret
        made.append(msgspec.structs.replace(new, totp_secret=secret))
        for officer in staff:
            if (officer.unit_id, officer.name) == (new.unit, new.name):
                values = msgspec.structs.asdict(officer) | {"account_id": account}
                values.pop("id")
                await opened.change_officer(officer.id, OfficerDraft(**values))
    return made


def _unit_of(role: str, account: DemoAccount) -> int | None:
    return account.unit if ROLES[role].kind == "unit" else None


def _demo_account(now: Tree, line: dict[str, str]) -> DemoAccount:
    unit = next((u for u in now.units.values() if u.name == line["单位"]), None)
    return DemoAccount(
        username=line["账号"],
        password=secrets.token_urlsafe(12),
        totp_secret=None,
        roles=line["岗位"].split(),
        unit=unit.id if unit else None,
        unit_name=unit.name if unit else None,
        name=line["姓名"],
        area_code=line["区划代码"],
    )


async def _knowledge(connection: asyncpg.Connection, place: str, by: By) -> None:
    """Drafted by the demonstration's editor, checked and published by its reviewer: two persons here too."""
    found = await connection.fetch("SELECT id, username FROM account WHERE username = ANY ($1)", [EDITOR, REVIEWER])
    accounts = {row["username"]: row["id"] for row in found}
    editor = msgspec.structs.replace(by, account=accounts[EDITOR], role="kb_editor")
    reviewer = msgspec.structs.replace(by, account=accounts[REVIEWER], role="kb_reviewer")
    rows = read(_table(place, "knowledge"), KNOWLEDGE_COLUMNS)
    done = await import_items(connection, await load(connection), rows, editor)
    for item in done["created"]:
        await take_step(connection, item.id, "check", reviewer)
        await take_step(connection, item.id, "publish", reviewer)


def _read_accounts(path: Path) -> list[DemoAccount]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[DemoAccount])
    except (OSError, msgspec.DecodeError):
        return []


def _write_accounts(path: Path, accounts: list[DemoAccount]) -> None:
    """Readable by its owner alone from the first byte on; the old file stays whole until the new one is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(accounts), indent=1))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
