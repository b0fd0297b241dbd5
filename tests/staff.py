"""A small installation with accounts, for tests of people, scope and audit. All names are made up."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import asyncpg
import pyotp

from yihao.clock import SimulatedClock
from yihao.people import service
from yihao.people.model import Session
from yihao.people.passwords import Passwords
from yihao.people.scope import Act, Actor, internal_actor
from yihao.people.service import NewAccount
from yihao.people.sessions import Sessions
from yihao.seal.keys import KeyRing, new_ring
from yihao.store.audit import Audit
from yihao.store.db import Database

START = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
PASSWORD = "绿水青山-2026-demo"
ROOT, COUNTY, UNIT, COUNTY_UNIT = 1, 2, 1, 2


class Staff:
    """The parts of an installation, and short ways to make accounts and act as them."""

    def __init__(self, dsn: str, database: Database, ring: KeyRing) -> None:
        self.dsn = dsn
        self.db = database
        self.ring = ring
        self.clock = SimulatedClock(START)
        self.passwords = Passwords(memory_kib=64, passes=1)
        self.sessions = Sessions(database, ring, self.clock, self.passwords)
        self.audit = Audit(database)
        self.secrets: dict[int, str] = {}

    def later(self, **length: float) -> None:
        self.clock.advance_to(self.clock() + timedelta(**length))

    def setup(self) -> Act:
        return Act(actor=internal_actor("setup", jurisdiction=ROOT, path="/1/"), now=self.clock(), request_id="test")

    async def account(
        self,
        username: str,
        *roles: str | tuple[str, int],
        jurisdiction: int = ROOT,
        vendor: bool = False,
        totp: bool = False,
        must_change: bool = False,
    ) -> int:
        """Make an account with roles; a unit role is given as ``(role, unit)``."""
        new = NewAccount(
            username=username,
            name=f"演示{username}",
            jurisdiction=jurisdiction,
            password=PASSWORD,
            vendor=vendor,
            must_change=must_change,
        )
        async with self.db.write(self.setup().actor.wall()) as connection:
            made = await service.create_account(connection, self.passwords, self.setup(), new)
            for role in roles:
                name, unit = (role, None) if isinstance(role, str) else role
                await service.grant_role(connection, self.setup(), made, name, unit)
            if totp:
                secret = await service.give_totp(connection, self.ring, self.setup(), made)
                self.secrets[made] = secret.secret
        return made

    def code(self, account: int) -> str:
        return pyotp.TOTP(self.secrets[account]).at(self.clock())

    async def sign_in(self, username: str, otp: str | None = None, kind: str = "token") -> Session:
        return await self.sessions.sign_in(username, PASSWORD, otp, address="192.0.2.1", kind=kind)

    async def privileged(self, username: str, role: str, **more) -> Actor:
        """Make a privileged account and sign it in with its second factor."""
        made = await self.account(username, role, totp=True, **more)
        return await self.sessions.authenticate((await self.sign_in(username, self.code(made))).token)

    def act(self, actor: Actor) -> Act:
        return Act(actor=actor, now=self.clock(), request_id="test")

    async def write(self, actor: Actor, todo: Callable[[asyncpg.Connection], Awaitable]) -> object:
        async with self.db.write(actor.wall()) as connection:
            return await todo(connection)

    @asynccontextmanager
    async def superuser(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection that no wall and no grant holds back."""
        connection = await asyncpg.connect(self.dsn)
        try:
            yield connection
        finally:
            await connection.close()


async def plant(connection: asyncpg.Connection) -> None:
    """A prefecture with one county and a unit in each."""
    await connection.execute(
        "INSERT INTO jurisdiction (id, parent_id, area_code, name, level, name_pinyin) VALUES "
        "(1, NULL, '990100', '示例州', 'city', 'shilizhou'), (2, 1, '990101', '示例县', 'county', 'shilixian');"
        "INSERT INTO unit (id, jurisdiction_id, name, name_pinyin, kind) VALUES "
        "(1, 1, '示例州城管局', 'chengguan', 'department'), (2, 2, '示例县水务局', 'shuiwu', 'department')"
    )


@asynccontextmanager
async def staffed(dsn: str) -> AsyncIterator[Staff]:
    """An installation on a migrated, empty database."""
    connection = await asyncpg.connect(dsn)
    await plant(connection)
    await connection.close()
    database = await Database.open(dsn, app=6, worker=2)
    staff = Staff(dsn, database, new_ring())
    try:
        yield staff
    finally:
        await staff.audit.close()
        staff.passwords.close()
        await database.close()
