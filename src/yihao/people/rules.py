"""Pure decisions: which roles go together, what a password must be, when sign-in locks, which one-time code counts."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import pyotp

from yihao.people.errors import RolesExclude, UnitNeeded, UnknownRole, VendorNotAllowed, WeakPassword
from yihao.people.model import ROLES, THREE, Approval, ApprovalState, CallerRule, SessionKind

LOCK_AFTER: Final = 5
"""Failures for one account name (GB/T 22239-2019 8.1.4.1 b: limit of failed sign-ins)."""
ADDRESS_LOCK_AFTER: Final = 50
"""Failures from one address: a hall of agents stands behind one."""
LOCK_FOR: Final = timedelta(minutes=15)
IDLE: Final = timedelta(minutes=15)
LONGEST: Final = timedelta(hours=12)
SEEN_EVERY: Final = timedelta(minutes=1)
"""How coarsely a session's last use is kept; it may so end up to a minute early."""
APPROVAL_WAITS: Final = timedelta(hours=24)
APPROVAL_LASTS: Final = timedelta(hours=2)
TOTP_PERIOD: Final = 30
TOTP_DRIFT: Final = 1
"""Steps of 30 s before and after that are taken (RFC 6238 5.2)."""
PASSWORD_LENGTH: Final = range(12, 129)
COMMON: Final = frozenset(
    {
        "password1234",
        "password12345",
        "password123456",
        "passw0rd1234",
        "123456789012",
        "1234567890123",
        "012345678901",
        "qwertyuiop12",
        "qwertyuiop123",
        "qwerty123456",
        "1qaz2wsx3edc",
        "1qaz2wsx3edc4rfv",
        "admin1234567",
        "admin12345678",
        "administrator",
        "administrator1",
        "iloveyou1234",
        "woaini1314520",
        "letmein12345",
        "welcome12345",
        "abcd12345678",
        "abcdefghijkl",
        "abc123456789",
        "a12345678910",
        "changeme1234",
        "p@ssw0rd1234",
        "hotline12345",
        "12345hotline",
        "zhengfu12345",
        "rexian12345",
        "yihao1234567",
        "yihao12345678",
    }
)
"""Long enough and yet the first to be guessed, in this field above all."""


def check_password(password: str, username: str) -> None:
    """The policy, after NIST SP 800-63B 3.1.1: length and known-bad lists rather than character classes.

    Raises:
        WeakPassword: shorter than 12 or longer than 128 characters, holds the user name, common, or too monotonous.
    """
    folded = password.casefold()
    if len(password) not in PASSWORD_LENGTH:
        raise WeakPassword(field="password", why="长度须为12至128个字符。", why_en="it must have 12 to 128 characters.")
    if username.casefold() in folded:
        raise WeakPassword(field="password", why="不得包含用户名。", why_en="it must not hold the user name.")
    if folded in COMMON:
        raise WeakPassword(field="password", why="属于常见密码，请更换。", why_en="it is a common one.")
    if len(set(folded)) < 5:
        raise WeakPassword(field="password", why="重复字符过多。", why_en="it repeats too few characters.")


def check_grant(role: str, unit: int | None, *, held: Iterable[str], vendor: bool) -> None:
    """Whether the role may join those held.

    Raises:
        UnknownRole: no such role, or an internal one.
        UnitNeeded: a unit role without a unit, or another with one.
        VendorNotAllowed: outsourced staff and a handling role.
        RolesExclude: 三员分立.
    """
    wanted = ROLES.get(role)
    if wanted is None or wanted.internal:
        raise UnknownRole(field="role", role=role)
    if wanted.kind == "unit" and unit is None:
        raise UnitNeeded(
            field="unit", role=wanted.zh, role_en=wanted.en, why="须指定所属单位。", why_en="needs its unit."
        )
    if wanted.kind != "unit" and unit is not None:
        raise UnitNeeded(
            field="unit",
            role=wanted.zh,
            role_en=wanted.en,
            why="不属于承办单位，请勿填写单位。",
            why_en="takes no unit.",
        )
    if vendor and not wanted.vendor_allowed:
        raise VendorNotAllowed(field="role", new=wanted.zh, new_en=wanted.en)
    for other in held:
        if other != role and (role in THREE or other in THREE):
            raise RolesExclude(
                field="role", new=wanted.zh, held=ROLES[other].zh, new_en=wanted.en, held_en=ROLES[other].en
            )


def privileged(roles: Iterable[str]) -> bool:
    """Whether any of the roles must sign in with a second factor. A role this version does not know counts as one."""
    return any(role not in ROLES or ROLES[role].privileged for role in roles)


def approval_state(approval: Approval, now: datetime) -> ApprovalState:
    """What has become of a request for a second person."""
    if approval.used_at is not None:
        return "used"
    if approval.expires_at <= now:
        return "expired"
    return "waiting" if approval.approved_at is None else "approved"


def caller_rules(roles: Iterable[str]) -> frozenset[CallerRule]:
    """All ways in which the holder of these roles may meet a caller's data."""
    return frozenset(rule for role in roles if role in ROLES for rule in ROLES[role].caller)


def session_ended(
    now: datetime, *, kind: SessionKind, roles: Iterable[str], seen_at: datetime, expires_at: datetime
) -> bool:
    """Over at its absolute end, and after 15 idle minutes when it is a browser's or a privileged person's."""
    idles = kind == "browser" or privileged(roles)
    return now >= expires_at or (idles and now - seen_at >= IDLE)


def matching_step(secret: str, code: str, now: datetime, last_used: int | None) -> int | None:
    """The time step a one-time code belongs to, or ``None`` when it is wrong or its step was used already.

    Every candidate is compared, so that time tells nothing of which one matched.
    """
    if not (len(code) == 6 and code.isascii() and code.isdecimal()):
        return None
    totp = pyotp.TOTP(secret, interval=TOTP_PERIOD)
    current = int(now.timestamp()) // TOTP_PERIOD
    found = None
    for step in range(current - TOTP_DRIFT, current + TOTP_DRIFT + 1):
        if hmac.compare_digest(totp.generate_otp(step), code) and (last_used is None or step > last_used):
            found = step
    return found
