"""The own account: password and second factor. Each function works inside the caller's write transaction."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from typing import Final

import asyncpg

from yihao.people import rules
from yihao.people.errors import SignInFailed, TotpNotPending, Unfit, WeakPassword
from yihao.people.model import TotpSecret
from yihao.people.passwords import Passwords
from yihao.people.scope import Act
from yihao.people.sessions import token_hash
from yihao.people.totp import new_totp, open_totp, seal_totp
from yihao.people.views import DraftKey, DraftSecret
from yihao.seal.box import secret_of
from yihao.seal.keys import KeyRing
from yihao.store.audit import audit_in

DRAFT_KEYS_KEPT: Final = 2
"""Keys before the current one that older drafts are still opened with."""


def draft_key(ring: KeyRing, account: int) -> DraftKey:
    """What seals the drafts this account keeps in a browser: one secret for each index key, the newest first."""
    current = ring.current("index")
    older = [key_id for key_id in reversed(ring.ids("index")) if key_id != current]

    def key(key_id: str) -> str:
        return b64encode(secret_of(ring, "draft", str(account), key_id=key_id)).decode()

    kept = [DraftSecret(id=key_id, key=key(key_id)) for key_id in older[:DRAFT_KEYS_KEPT]]
    return DraftKey(id=current, key=key(current), older=kept)


async def change_password(
    connection: asyncpg.Connection, passwords: Passwords, act: Act, *, old: str, new: str, token: str
) -> None:
    """The own password; every other session of the account ends.

    Raises:
        SignInFailed: the old one is wrong.
        WeakPassword: the policy refuses the new one, or it is the old one.
    """
    account = act.actor.account
    hashed = await connection.fetchval("SELECT password_hash FROM credential WHERE account_id = $1 FOR UPDATE", account)
    if not await passwords.verify(hashed, old):
        raise SignInFailed(field="old")
    rules.check_password(new, act.actor.username)
    if old == new:
        raise WeakPassword(field="password", why="新密码不得与原密码相同。", why_en="it is the old one.")
    await set_password(connection, account, await passwords.hash(new), act.now, must_change=False)
    await connection.execute(
        "DELETE FROM session WHERE account_id = $1 AND token_hash <> $2", account, token_hash(token)
    )
    await audit_in(connection, act.row("", "account.change_password", account=account))


async def enrol_totp(connection: asyncpg.Connection, ring: KeyRing, act: Act) -> TotpSecret:
    """A new second factor for the own account, in force once `confirm_totp` has seen a code of it.

    Raises:
        TotpNotPending: one is in force; the security administrator resets a lost one.
    """
    account = act.actor.account
    made = new_totp(act.actor.username)
    changed = await connection.fetchval(
        "UPDATE credential SET totp_sealed = $2 WHERE account_id = $1 AND NOT totp_confirmed RETURNING account_id",
        *(account, seal_totp(ring, account, made.secret)),
    )
    if changed is None:
        raise TotpNotPending(why="已绑定；如需更换，请联系安全管理员重置。", why_en="one is in force; ask for a reset.")
    await audit_in(connection, act.row("", "account.enrol_totp", account=account))
    return made


async def confirm_totp(connection: asyncpg.Connection, ring: KeyRing, act: Act, otp: str) -> None:
    """Put the new second factor in force. All sessions end: the next sign-in uses it.

    Raises:
        TotpNotPending: nothing to confirm.
        Invalid: the code is not right.
    """
    account = act.actor.account
    row = await connection.fetchrow(
        "SELECT totp_sealed, totp_confirmed FROM credential WHERE account_id = $1 FOR UPDATE", account
    )
    if row is None or row["totp_confirmed"] or row["totp_sealed"] is None:
        raise TotpNotPending(why="没有待确认的绑定，请先申请绑定。", why_en="nothing to confirm; enrol first.")
    step = rules.matching_step(open_totp(ring, account, row["totp_sealed"]), otp, act.now, None)
    if step is None:
        raise Unfit(
            field="otp", why="动态口令不正确，请核对手机时间后重新输入。", why_en="the code is wrong; check the clock."
        )
    await connection.execute(
        "UPDATE credential SET totp_confirmed = true, totp_step = $2 WHERE account_id = $1", account, step
    )
    await connection.execute("DELETE FROM session WHERE account_id = $1", account)
    await audit_in(connection, act.row("", "account.confirm_totp", account=account))


async def set_password(
    connection: asyncpg.Connection, account: int, hashed: str, now: datetime, *, must_change: bool
) -> None:
    """Store a new hash; ``must_change`` when somebody else chose the password."""
    await connection.execute(
        "UPDATE credential SET password_hash = $2, password_changed_at = $3, must_change = $4 WHERE account_id = $1",
        *(account, hashed, now, must_change),
    )
