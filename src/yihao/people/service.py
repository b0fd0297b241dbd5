"""Accounts: made by the administrator, given roles by the security administrator, and every step recorded.

Each function works inside a write transaction of the caller's and commits nothing. After the commit, call
``Sessions.forget(account)`` so that this process drops what it remembers at once.

Who may: 系统管理员 opens and closes accounts; 安全管理员 grants roles and clearance, resets passwords and second
factors; the installation itself (``setup``) may do both, for the first accounts and the demonstration.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import asyncpg
import msgspec

from yihao.people import queries, rules
from yihao.people.errors import (
    AccountNotFound,
    LastOne,
    OwnAccount,
    Unfit,
    UsernameTaken,
)
from yihao.people.may import permit
from yihao.people.model import ROLES, THREE, Account, AccountQuery, Holding, TotpSecret
from yihao.people.own import set_password
from yihao.people.passwords import Passwords
from yihao.people.scope import Act, Actor, internal_actor, require
from yihao.people.sessions import USERNAME, failure_subject, spelled
from yihao.people.totp import new_totp, seal_totp
from yihao.seal.keys import KeyRing
from yihao.store.audit import audit_in

EVERY: Final = AccountQuery()


class NewAccount(msgspec.Struct, frozen=True, kw_only=True):
    """What an account is made from. ``must_change``: the password is good for one sign-in and its own change."""

    username: str
    name: str
    jurisdiction: int
    password: str
    vendor: bool = False
    must_change: bool = True


async def create_account(connection: asyncpg.Connection, passwords: Passwords, act: Act, new: NewAccount) -> int:
    """Open an account without roles; answers its id.

    Raises:
        Forbidden: not the system administrator.
        Invalid: a name or jurisdiction that cannot be; `WeakPassword`.
        UsernameTaken: there is one by that name.
    """
    role = require(act.actor, "admin", "setup", what="开设账号")
    username = spelled(new.username)
    _check_names(username, new.name)
    rules.check_password(new.password, username)
    home = await connection.fetchval("SELECT path FROM jurisdiction WHERE id = $1", new.jurisdiction)
    if home is None or not home.startswith(act.actor.path):
        raise Unfit(
            field="jurisdiction",
            why="没有这个辖区，或不在您的管辖范围内。",
            why_en="there is no such jurisdiction within your branch.",
        )
    hashed = await passwords.hash(new.password)
    account: int | None = await connection.fetchval(
        "INSERT INTO account (username, name, jurisdiction_id, vendor, created_at) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT (username) DO NOTHING RETURNING id",
        *(username, new.name.strip(), new.jurisdiction, new.vendor, act.now),
    )
    if account is None:
        raise UsernameTaken(field="username")
    await connection.execute(
        "INSERT INTO credential (account_id, password_hash, password_changed_at, must_change) VALUES ($1, $2, $3, $4)",
        *(account, hashed, act.now, new.must_change),
    )
    await audit_in(connection, act.row(role, "account.create", account=account, vendor=new.vendor))
    return account


async def grant_role(
    connection: asyncpg.Connection, act: Act, account: int, role: str, unit: int | None = None
) -> None:
    """Give a role; one held already is no error.

    Raises:
        Forbidden, AccountNotFound, OwnAccount: see `_target`.
        UnknownRole, UnitNeeded, VendorNotAllowed, RolesExclude: see ``rules.check_grant``.
        Invalid: the unit is not in the account's own branch.
    """
    as_role = permit(act.actor, "grant")
    target = await _target(connection, act, account, what="授予岗位")
    rules.check_grant(role, unit, held=target["roles"], vendor=target["vendor"])
    if unit is not None:
        place = await connection.fetchval(
            "SELECT j.path FROM unit u JOIN jurisdiction j ON j.id = u.jurisdiction_id WHERE u.id = $1", unit
        )
        if place is None or not place.startswith(target["path"]):
            raise Unfit(
                field="unit",
                why="没有这个单位，或不在该账号所属辖区内。",
                why_en="there is no such unit within the account's jurisdiction.",
            )
    await connection.execute(
        "INSERT INTO account_role (account_id, role, unit_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        *(account, role, unit),
    )
    await audit_in(connection, act.row(as_role, "account.grant", account=account, role=role, unit=unit))


async def revoke_role(
    connection: asyncpg.Connection, act: Act, account: int, role: str, unit: int | None = None
) -> None:
    """Take a role back; one not held is no error.

    Raises:
        Forbidden, AccountNotFound, OwnAccount: see `_target`.
        LastOne: it is the last administrator of its kind.
    """
    as_role = permit(act.actor, "revoke")
    await _target(connection, act, account, what="收回岗位")
    await _keep_one(connection, account, {role})
    await connection.execute(
        "DELETE FROM account_role WHERE account_id = $1 AND role = $2 AND unit_id IS NOT DISTINCT FROM $3",
        *(account, role, unit),
    )
    await audit_in(connection, act.row(as_role, "account.revoke", account=account, role=role, unit=unit))


async def set_cleared(connection: asyncpg.Connection, act: Act, account: int, cleared: bool) -> None:
    """Let the account see confidential orders (保密件) of its branch, or no longer."""
    role = permit(act.actor, "clear")
    await _target(connection, act, account, what="设置涉密查阅权限")
    await connection.execute("UPDATE account SET cleared = $2 WHERE id = $1", account, cleared)
    await audit_in(connection, act.row(role, "account.clear", account=account, cleared=cleared))


async def deactivate(connection: asyncpg.Connection, act: Act, account: int) -> None:
    """Close an account: its sessions end, its history stays.

    Raises:
        LastOne: it is the last administrator of its kind.
    """
    role = permit(act.actor, "deactivate")
    target = await _target(connection, act, account, what="停用账号")
    await _keep_one(connection, account, THREE.intersection(target["roles"]))
    await connection.execute("UPDATE account SET active = false WHERE id = $1", account)
    await connection.execute("DELETE FROM session WHERE account_id = $1", account)
    await audit_in(connection, act.row(role, "account.deactivate", account=account))


async def reactivate(connection: asyncpg.Connection, act: Act, account: int) -> None:
    """Open a closed account again, with the roles it had."""
    role = permit(act.actor, "reactivate")
    await _target(connection, act, account, what="启用账号")
    await connection.execute("UPDATE account SET active = true WHERE id = $1", account)
    await audit_in(connection, act.row(role, "account.reactivate", account=account))


async def reset_password(
    connection: asyncpg.Connection, passwords: Passwords, act: Act, account: int, password: str
) -> None:
    """Set a password for somebody who lost it: it must be changed at the next sign-in; a lock-out ends with it."""
    role = permit(act.actor, "reset_password")
    target = await _target(connection, act, account, what="重置密码")
    rules.check_password(password, target["username"])
    await set_password(connection, account, await passwords.hash(password), act.now, must_change=True)
    await connection.execute("DELETE FROM session WHERE account_id = $1", account)
    await connection.execute(
        "DELETE FROM sign_in_failure WHERE subject = $1", failure_subject("account", target["username"])
    )
    await audit_in(connection, act.row(role, "account.reset_password", account=account))


async def reset_totp(connection: asyncpg.Connection, act: Act, account: int) -> None:
    """Take a lost second factor off; the account enrols a new one at its next sign-in. Its sessions end."""
    role = permit(act.actor, "reset_totp")
    await _target(connection, act, account, what="重置动态口令")
    await connection.execute(
        "UPDATE credential SET totp_sealed = NULL, totp_confirmed = false, totp_step = NULL WHERE account_id = $1",
        account,
    )
    await connection.execute("DELETE FROM session WHERE account_id = $1", account)
    await audit_in(connection, act.row(role, "account.reset_totp", account=account))


async def give_totp(connection: asyncpg.Connection, ring: KeyRing, act: Act, account: int) -> TotpSecret:
    """A second factor in force at once, for accounts the installation makes (first administrators, demonstration)."""
    role = require(act.actor, "setup", what="预置动态口令")
    target = await _target(connection, act, account, what="预置动态口令")
    made = new_totp(target["username"])
    await connection.execute(
        "UPDATE credential SET totp_sealed = $2, totp_confirmed = true, totp_step = NULL WHERE account_id = $1",
        *(account, seal_totp(ring, account, made.secret)),
    )
    await audit_in(connection, act.row(role, "account.confirm_totp", account=account))
    return made


async def create_first_admin(
    connection: asyncpg.Connection,
    passwords: Passwords,
    ring: KeyRing,
    new: NewAccount,
    *,
    now: datetime,
    role: str = "admin",
) -> tuple[int, TotpSecret]:
    """The first 系统管理员 of an installation; by ``role`` the first ``security_admin`` or ``auditor``: three persons.

    Answers the account and its second factor, both to be handed over in person.

    Raises:
        LastOne: there is an active one already; further ones are made by the administrators themselves.
    """
    if role not in THREE:
        raise ValueError(f"not one of the three administrators: {role}")
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext('yihao.three'))")
    if await connection.fetchval(queries.OTHER_HOLDER, role, 0):
        raise FirstExists(role=ROLES[role].zh, role_en=ROLES[role].en)
    home = await connection.fetchval("SELECT path FROM jurisdiction WHERE id = $1", new.jurisdiction)
    if home is None:
        raise Unfit(field="jurisdiction", why="没有这个辖区，请先导入辖区。", why_en="there is no such jurisdiction.")
    act = Act(actor=internal_actor("setup", jurisdiction=new.jurisdiction, path=home), now=now)
    account = await create_account(connection, passwords, act, new)
    await grant_role(connection, act, account, role)
    return account, await give_totp(connection, ring, act, account)


class FirstExists(LastOne):
    """The installation has an administrator of this kind."""

    code = "administrator_exists"
    zh = "已有有效的“{role}”，后续账号请由现有管理员在系统内开设。"
    en = "There is an active “{role_en}” already. Further accounts are made by the administrators themselves."


async def list_accounts(
    connection: asyncpg.Connection, actor: Actor, query: AccountQuery = EVERY, *, after: int = 0, limit: int = 50
) -> list[Account]:
    """Accounts of the caller's branch in order of id, above ``after``."""
    require(actor, "admin", "security_admin", "auditor", "setup", what="查看账号")
    asked = (query.role, query.unit, query.active, query.jurisdiction)
    rows = await connection.fetch(queries.ACCOUNTS, actor.path, after, None, query.q, limit, *asked)
    return [_account(row) for row in rows]


async def get_account(connection: asyncpg.Connection, actor: Actor, account: int) -> Account:
    """One account of the caller's branch.

    Raises:
        AccountNotFound: none there.
    """
    require(actor, "admin", "security_admin", "auditor", "setup", what="查看账号")
    row = await connection.fetchrow(queries.ACCOUNTS, actor.path, 0, account, None, 1, None, None, None, None)
    if row is None:
        raise AccountNotFound(what="账号")
    return _account(row)


def _account(row: asyncpg.Record) -> Account:
    roles = tuple(_holding(*held.split(":", 2)) for held in row["roles"])
    return Account(
        id=row["id"],
        username=row["username"],
        name=row["name"],
        jurisdiction=row["jurisdiction_id"],
        jurisdiction_name=row["place"],
        path=row["path"],
        vendor=row["vendor"],
        cleared=row["cleared"],
        active=row["active"],
        mfa=row["mfa"],
        roles=roles,
    )


def _holding(role: str, unit: str = "", name: str = "") -> Holding:
    return Holding(role=role, unit=int(unit) if unit else None, unit_name=name or None)


def _check_names(username: str, name: str) -> None:
    if not USERNAME.fullmatch(username):
        raise Unfit(
            field="username",
            why="用户名须为2至64位小写字母、数字、点、横线或下划线，并以字母或数字开头。",
            why_en="a user name has 2 to 64 of a-z, 0-9, dot, dash, underscore and begins with a letter or digit.",
        )
    if not 1 <= len(name.strip()) <= 64 or not name.isprintable():
        raise Unfit(field="name", why="姓名须为1至64个字符。", why_en="a name has 1 to 64 characters.")


async def _target(connection: asyncpg.Connection, act: Act, account: int, *, what: str) -> asyncpg.Record:
    """The account to be changed, its row held.

    Raises:
        OwnAccount: it is the caller's own.
        AccountNotFound: not within the caller's branch.
    """
    if account == act.actor.account:
        raise OwnAccount(what=what)
    row = await connection.fetchrow(queries.TARGET, account, act.actor.path)
    if row is None:
        raise AccountNotFound(what="账号")
    return row


async def _keep_one(connection: asyncpg.Connection, account: int, roles: set[str] | frozenset[str]) -> None:
    for role in sorted(THREE.intersection(roles)):
        # Two who take each other's role at one moment would otherwise both find the other still there.
        await connection.execute("SELECT pg_advisory_xact_lock(hashtext('yihao.three'))")
        if not await connection.fetchval(queries.OTHER_HOLDER, role, account):
            raise LastOne(role=ROLES[role].zh, role_en=ROLES[role].en)
