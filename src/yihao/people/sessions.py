"""Signing in, recognising who comes with a token, signing out.

A token is 256 random bits; the table holds its SHA-256 alone. A verified session is remembered in the process for
`REMEMBERED` seconds, since every request would otherwise pay a round trip for it: for so long another worker process
may still let a session in that was ended (signed out, deactivated, a role revoked) through this one.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from base64 import urlsafe_b64encode
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from yihao.clock import Clock
from yihao.errors import Unauthenticated, YihaoError
from yihao.people import queries, rules
from yihao.people.errors import (
    OneTimeCodeNeeded,
    PasswordChangeNeeded,
    SecondFactorNeeded,
    SignInFailed,
    SignInLocked,
)
from yihao.people.model import Session, SessionKind
from yihao.people.passwords import Passwords
from yihao.people.scope import Actor
from yihao.people.totp import open_totp
from yihao.seal.keys import KeyRing
from yihao.store.audit import AuditRow, audit_in
from yihao.store.db import Database, Wall

NOBODY = Wall(account=0)
REMEMBERED = 2.0
"""Seconds."""
REMEMBER_AT_MOST = 10_000
USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """A recognised session: the actor, and what it must do before it may act."""

    actor: Actor
    kind: SessionKind
    must_change: bool
    must_enrol: bool
    seen_at: datetime
    expires_at: datetime

    def ready(self) -> Actor:
        """The actor, when nothing stands in its way.

        Raises:
            PasswordChangeNeeded: the password was set by somebody else.
            SecondFactorNeeded: a privileged role without a second factor.
        """
        if self.must_change:
            raise PasswordChangeNeeded
        if self.must_enrol:
            raise SecondFactorNeeded
        return self.actor


def csrf_of(token: str) -> str:
    """The CSRF token of a browser session: bound to it, and of no use for finding the session token."""
    return urlsafe_b64encode(hashlib.sha256(b"yihao-csrf\x00" + token.encode()).digest()).decode().rstrip("=")


def token_hash(token: str) -> bytes:
    """What the table keeps. 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()


def failure_subject(kind: str, name: str) -> bytes:
    """The key failures are counted under: ``account`` and a user name, or ``address`` and an address."""
    return hashlib.sha256(f"{kind}\x00{name}".encode(errors="surrogatepass")).digest()


def spelled(username: str) -> str:
    """A user name as it is stored and compared."""
    return username.strip().lower()


class Sessions:
    """The door. One for each process; ``database``, ``ring`` and ``clock`` are the application's own."""

    def __init__(self, database: Database, ring: KeyRing, clock: Clock, passwords: Passwords) -> None:
        self._database = database
        self._ring = ring
        self._clock = clock
        self._passwords = passwords
        self._known: dict[bytes, tuple[float, Identity]] = {}

    async def sign_in(
        self,
        username: str,
        password: str,
        otp: str | None = None,
        *,
        address: str = "",
        kind: SessionKind = "token",
        request_id: str = "",
    ) -> Session:
        """A session for the right name, password and (where enrolled) one-time code.

        An unknown name is answered, timed, counted and locked like a known one. Guesses sent at once gain nothing:
        they are decided one by one, and after the fifth failure a right one is refused too.

        Raises:
            SignInFailed: wrong, whatever it was.
            OneTimeCodeNeeded: the password was right and a code is needed.
            SignInLocked: too many failures for this name or from this address.
            SignInBusy: too many sign-ins at once.
        """
        now, name = self._clock(), spelled(username)
        attempt = _Attempt(name=name, address=address, now=now, kind=kind, request_id=request_id)
        async with self._database.read(NOBODY) as connection:
            locked = await self._locked(connection, attempt)
            known = await connection.fetchrow(queries.CREDENTIAL, name if USERNAME.fullmatch(name) else "")
        if locked is not None:
            raise locked
        hashed: str | None = known["password_hash"] if known else None
        right = await self._passwords.verify(hashed, password)
        stale = hashed is not None and right and self._passwords.outdated(hashed)
        renewed = await self._passwords.hash(password) if stale else None
        async with self._database.write(NOBODY) as connection:
            outcome = await self._decide(connection, attempt, known, right, otp, renewed)
        if isinstance(outcome, YihaoError):  # raised only now: the failure itself had to be committed
            raise outcome
        return outcome

    async def recognise(self, token: str, *, using: bool = True) -> Identity:
        """Who holds this token, ready to act or not.

        Args:
            using: somebody uses the session; what a screen sends by itself keeps none awake.

        Raises:
            Unauthenticated: no such session, ended, or its account was deactivated.
        """
        key, now = token_hash(token), self._clock()
        remembered = self._known.get(key)
        stale = remembered is None or time.monotonic() - remembered[0] > REMEMBERED
        # Remembered from what a screen sent by itself: now it is used.
        if remembered is None or stale or (using and now - remembered[1].seen_at >= rules.SEEN_EVERY):
            self._known.pop(key, None)
            remembered = (time.monotonic(), await self._look_up(key, now, using=using))
            self._remember(key, remembered)
        identity = remembered[1]
        if _ended(identity, now):
            self._known.pop(key, None)
            raise Unauthenticated
        return identity

    async def authenticate(self, token: str) -> Actor:
        """The actor who holds this token.

        Raises:
            Unauthenticated: see `recognise`.
            PasswordChangeNeeded, SecondFactorNeeded: see `Identity.ready`.
        """
        return (await self.recognise(token)).ready()

    async def look(self, hashes: Sequence[bytes]) -> dict[bytes, Actor]:
        """Who may still act, of the holders of these tokens (`token_hash`); asking keeps no session awake.

        For connections that stay open: one that only listens is idle, and ends as such.
        """
        async with self._database.read(NOBODY) as connection:
            rows = await connection.fetch(queries.LOOK, list(hashes))
        now, found = self._clock(), {}
        for row in rows:
            identity = _identity(row)
            if not (_ended(identity, now) or identity.must_change or identity.must_enrol):
                found[bytes(row["token_hash"])] = identity.actor
        return found

    async def sign_out(self, token: str, *, request_id: str = "") -> None:
        """End the session; a token that is none is no error."""
        key = token_hash(token)
        self._known.pop(key, None)
        async with self._database.write(NOBODY) as connection:
            account = await connection.fetchval("DELETE FROM session WHERE token_hash = $1 RETURNING account_id", key)
            if account is not None:
                row = AuditRow(account=account, role="", action="session.end", at=self._clock(), request_id=request_id)
                await audit_in(connection, row)

    def forget(self, account: int) -> None:
        """Drop what is remembered of an account, after a change to it was committed."""
        for key in [key for key, (_, identity) in self._known.items() if identity.actor.account == account]:
            del self._known[key]

    async def _locked(self, connection: asyncpg.Connection, attempt: _Attempt) -> SignInLocked | None:
        until = await connection.fetchval(queries.LOCKED_UNTIL, attempt.subjects(), attempt.now)
        return SignInLocked(seconds=int((until - attempt.now).total_seconds()) + 1) if until else None

    async def _decide(
        self,
        connection: asyncpg.Connection,
        attempt: _Attempt,
        known: asyncpg.Record | None,
        right: bool,
        otp: str | None,
        renewed: str | None,
    ) -> Session | YihaoError:
        """Everything after the slow hash, one by one for each name. Errors are returned: what they count is kept."""
        # An advisory lock, since a name that has not failed yet has no row to hold.
        turn = int.from_bytes(failure_subject("account", attempt.name)[:8], signed=True)
        await connection.execute("SELECT pg_advisory_xact_lock($1)", turn)
        if locked := await self._locked(connection, attempt):
            return locked
        if known is None or not right:
            return await _failed(connection, attempt, known)
        fresh = await connection.fetchrow(queries.CREDENTIAL_LOCKED, known["id"])
        if not fresh["active"] or fresh["password_hash"] != known["password_hash"]:
            return await _failed(connection, attempt, known)
        if fresh["totp_confirmed"]:
            if otp is None:
                return OneTimeCodeNeeded(field="otp")
            secret = open_totp(self._ring, known["id"], fresh["totp_sealed"])
            step = rules.matching_step(secret, otp, attempt.now, fresh["totp_step"])
            if step is None:
                return await _failed(connection, attempt, known)
            await connection.execute("UPDATE credential SET totp_step = $2 WHERE account_id = $1", known["id"], step)
        if renewed is not None:
            await connection.execute(
                "UPDATE credential SET password_hash = $2 WHERE account_id = $1", known["id"], renewed
            )
        return await _begin(connection, attempt, known["id"], mfa=fresh["totp_confirmed"])

    async def _look_up(self, key: bytes, now: datetime, *, using: bool) -> Identity:
        async with self._database.read(NOBODY) as connection:
            row = await connection.fetchrow(queries.RECOGNISE, key)
        if row is None:
            raise Unauthenticated
        identity = _identity(row)
        if using and now - identity.seen_at >= rules.SEEN_EVERY and not _ended(identity, now):
            async with self._database.write(NOBODY) as connection:
                await connection.execute("UPDATE session SET seen_at = $2 WHERE token_hash = $1", key, now)
            identity = msgspec.structs.replace(identity, seen_at=now)
        return identity

    def _remember(self, key: bytes, entry: tuple[float, Identity]) -> None:
        if len(self._known) >= REMEMBER_AT_MOST:
            self._known.clear()  # the next request of each costs one look-up
        self._known[key] = entry


class _Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try at signing in."""

    name: str
    address: str
    now: datetime
    kind: SessionKind
    request_id: str

    def subjects(self) -> list[bytes]:
        return sorted([failure_subject("account", self.name), failure_subject("address", self.address)])

    def row(self, account: int, action: str, **detail: Any) -> AuditRow:
        return AuditRow(account=account, role="", action=action, at=self.now, detail=detail, request_id=self.request_id)


async def _failed(connection: asyncpg.Connection, attempt: _Attempt, known: asyncpg.Record | None) -> SignInFailed:
    limits = {
        failure_subject("account", attempt.name): rules.LOCK_AFTER,
        failure_subject("address", attempt.address): rules.ADDRESS_LOCK_AFTER,
    }
    locks = False
    for subject, limit in sorted(limits.items()):
        counted = (subject, attempt.now, attempt.now - rules.LOCK_FOR, limit, attempt.now + rules.LOCK_FOR)
        locks |= await connection.fetchval(queries.COUNT_FAILURE, *counted) is not None
    # Neither the name nor the address: people type passwords into the name field, and an address is personal data.
    await audit_in(connection, attempt.row(known["id"] if known else 0, "session.refused", locked=locks))
    return SignInFailed()


async def _begin(connection: asyncpg.Connection, attempt: _Attempt, account: int, *, mfa: bool) -> Session:
    token = secrets.token_urlsafe(32)
    expires_at = attempt.now + rules.LONGEST
    await connection.execute("DELETE FROM sign_in_failure WHERE subject = $1", failure_subject("account", attempt.name))
    await connection.execute(
        "INSERT INTO session (token_hash, account_id, kind, mfa, created_at, seen_at, expires_at) "
        "VALUES ($1, $2, $3, $4, $5, $5, $6)",
        *(token_hash(token), account, attempt.kind, mfa, attempt.now, expires_at),
    )
    await audit_in(connection, attempt.row(account, "session.begin", kind=attempt.kind, mfa=mfa))
    return Session(token=token, csrf=csrf_of(token), kind=attempt.kind, account=account, expires_at=expires_at)


def _ended(identity: Identity, now: datetime) -> bool:
    return rules.session_ended(
        now,
        kind=identity.kind,
        roles=identity.actor.roles,
        seen_at=identity.seen_at,
        expires_at=identity.expires_at,
    )


async def actor_of(connection: asyncpg.Connection, account: int) -> Actor | None:
    """An account as it stands now, for what is done on its behalf later on; ``None`` once it is deactivated."""
    row = await connection.fetchrow(queries.ACTOR, account)
    return None if row is None else _actor(row)


def _identity(row: asyncpg.Record) -> Identity:
    actor = _actor(row)
    return Identity(
        actor=actor,
        kind=row["kind"],
        must_change=row["must_change"],
        must_enrol=rules.privileged(actor.roles) and not row["mfa"],
        seen_at=row["seen_at"],
        expires_at=row["expires_at"],
    )


def _actor(row: asyncpg.Record) -> Actor:
    at_units: dict[str, list[int]] = defaultdict(list)
    for role, _, unit in (held.partition(":") for held in row["roles"]):
        at_units[role] += [int(unit)] if unit else []
    return Actor(
        account=row["account"],
        username=row["username"],
        name=row["name"],
        jurisdiction=row["jurisdiction_id"],
        path=row["path"],
        roles=frozenset(at_units),
        units=tuple(sorted({unit for units in at_units.values() for unit in units})),
        unit_roles=tuple((role, tuple(units)) for role, units in at_units.items() if units),
        cleared=row["cleared"],
        vendor=row["vendor"],
        mfa=row["mfa"],
    )
