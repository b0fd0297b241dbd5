"""Loading a demonstration place: its tree, units, officers, catalogue, linked partners, knowledge, accounts.

Everything is one transaction, and only an empty database is filled: run again, it keeps whatever was changed since.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path

import asyncpg
import msgspec

from yihao.companies.service import put as put_company
from yihao.demo.plan import MARK, Plan, Seat, sites
from yihao.errors import Misconfigured
from yihao.knowledge.service import take_step
from yihao.knowledge.transfer import import_items
from yihao.partners.service import put as put_partner
from yihao.people import service as people
from yihao.people.model import INTERNAL, ROLES
from yihao.people.own import set_password
from yihao.people.passwords import Passwords
from yihao.people.scope import Act, internal_actor
from yihao.people.service import NewAccount
from yihao.profile.load import load as profile
from yihao.seal.keys import KeyRing
from yihao.store.db import Database, Wall
from yihao.store.tables import Row
from yihao.units.load import load, look_again
from yihao.units.model import By, Jurisdiction, LayerDraft
from yihao.units.plant import plant
from yihao.units.service import edit
from yihao.units.tree import Tree

CLEARED = frozenset({"manager", "dispatcher"})
"""Who sees confidential orders: a matter whose caller asks for secrecy would lie there unseen otherwise."""
EDITOR, REVIEWER = "editor01", "reviewer01"
SEAT_OFFICERS = """
UPDATE officer o SET account_id = s.account
FROM unnest($1::int[], $2::text[], $3::int[]) AS s(unit, name, account) WHERE o.unit_id = s.unit AND o.name = s.name
"""
"""The named officers get the accounts of their names."""


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
    """The places demonstration data is packaged for, in the order of their table."""
    return list(sites())


def home_of(now: Tree, place: str) -> Jurisdiction:
    """The node a place's own hotline stands at: the highest one under its profile. The root may lie above it.

    Raises:
        UnknownDemo: no node of the tree is under that profile.
    """
    under = [node for node in now.jurisdictions.values() if node.profile == place]
    if not under:
        raise UnknownDemo(where=place, why="辖区之中没有使用这一地方规则的", mend="核对辖区的地方规则名称")
    return min(under, key=lambda node: node.path.count("/"))


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
    site = sites().get(place)
    if site is None:
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
        plan = Plan(site)
        if not now.jurisdictions:
            await plant(connection, plan.planting, by)
            await _layers(connection, plan, by)
        made = await _accounts(connection, plan.seats(), ring, passwords, moment)
        if not now.jurisdictions:
            await _agreements(connection, plan, by)
            await _knowledge(connection, plan.knowledge(), by)
        # Before the commit: passwords nobody can read would be worse than a file nobody can use.
        _write_accounts(accounts_file, made)
    look_again()
    return made


def _is_demo(now: Tree, place: str) -> bool:
    return now.root.name.endswith(MARK) and any(node.profile == place for node in now.jurisdictions.values())


async def _layers(connection: asyncpg.Connection, plan: Plan, by: By) -> None:
    opened = await edit(connection, by)
    for area, files in plan.layers():
        node = opened.now.area(area)
        if node is not None:
            await opened.put_layer(node.id, LayerDraft(files=files, reason="演示"))


async def _accounts(
    connection: asyncpg.Connection, seats: Sequence[Seat], ring: KeyRing, passwords: Passwords, moment: datetime
) -> list[DemoAccount]:
    now = await load(connection)
    act = Act(actor=internal_actor("setup", jurisdiction=now.root.id, path=now.root.path), now=moment)
    standing = {row["username"]: row["id"] for row in await connection.fetch("SELECT id, username FROM account")}
    units = {(now.place(unit.id).area_code, unit.name): unit.id for unit in now.units.values()}
    made, sitting = [], []
    for seat in seats:
        unit = units[seat.unit] if seat.unit else None
        new = DemoAccount(
            username=seat.username,
            password=secrets.token_urlsafe(12),
            totp_secret=None,
            roles=list(seat.roles),
            unit=unit,
            unit_name=seat.unit[1] if seat.unit else None,
            name=seat.name,
            area_code=seat.area_code,
        )
        account = await _account(connection, now, new, standing.get(new.username), passwords, act)
        secret = None
        if any(ROLES[role].privileged for role in new.roles):
            secret = (await people.give_totp(connection, ring, act, account)).secret
        made.append(msgspec.structs.replace(new, totp_secret=secret))
        if unit is not None:
            sitting.append((unit, seat.name, account))
    await connection.execute(SEAT_OFFICERS, *zip(*sitting, strict=True))
    return made


async def _account(
    connection: asyncpg.Connection, now: Tree, new: DemoAccount, known: int | None, passwords: Passwords, act: Act
) -> int:
    """The account's id: opened with its roles, or, where it is known, given its new password."""
    if known is not None:
        hashed = await passwords.hash(new.password)
        await set_password(connection, known, hashed, act.now, must_change=False)
        return known
    home = now.area(new.area_code)
    if home is None:
        raise UnknownDemo(where=new.username, why="区划代码不在辖区之内", mend="核对演示数据")
    draft = NewAccount(
        username=new.username, name=new.name, jurisdiction=home.id, password=new.password, must_change=False
    )
    account = await people.create_account(connection, passwords, act, draft)
    for role in new.roles:
        await people.grant_role(connection, act, account, role, new.unit if ROLES[role].kind == "unit" else None)
    if CLEARED & set(new.roles):
        await people.set_cleared(connection, act, account, True)
    return account


async def _agreements(connection: asyncpg.Connection, plan: Plan, by: By) -> None:
    """With linked partners of the kinds the place names, and with service companies where it lets them join."""
    now = await load(connection)
    rules = profile(plan.site.name).merging
    units = {(now.place(unit.id).area_code, unit.name): unit.id for unit in now.units.values()}
    for key, agreed in plan.partners({service.code for service in rules.partners}):
        await put_partner(connection, now, units[key], agreed, by)
    for key, joined in plan.companies() if rules.social_services.on else ():
        await put_company(connection, now, units[key], joined, by)


async def _knowledge(connection: asyncpg.Connection, items: Iterable[dict[str, str]], by: By) -> None:
    """Drafted by the demonstration's editor, checked and published by its reviewer: two persons here too."""
    found = await connection.fetch("SELECT id, username FROM account WHERE username = ANY ($1)", [EDITOR, REVIEWER])
    accounts = {row["username"]: row["id"] for row in found}
    editor = msgspec.structs.replace(by, account=accounts[EDITOR], role="kb_editor")
    reviewer = msgspec.structs.replace(by, account=accounts[REVIEWER], role="kb_reviewer")
    rows = [Row(number, cells) for number, cells in enumerate(items, 2)]
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
