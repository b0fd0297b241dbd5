"""The whole application over a furnished place, with accounts of every role and the clock in the test's hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pyotp

from yihao.people import service
from yihao.people.model import ROLES
from yihao.people.passwords import Passwords
from yihao.people.scope import Act, internal_actor
from yihao.people.service import NewAccount
from yihao.settings import Settings
from yihao.web.app import create_app

PASSWORD = "绿水青山-2021-demo"
LAMP = {
    "channel": "phone",
    "kind": "help",
    "domain": "service",
    "title": "路灯不亮",
    "content": "演示路的路灯三天不亮，请联系演示甲，电话13800000000。",
    "caller": {"name": "演示甲", "phone": "13800000000"},
}


class Web:
    """A client for each role. ``house`` is the furnished place, ``http`` an anonymous client."""

    def __init__(self, house: Any, app: Any) -> None:
        self.house, self.app = house, app
        self.http = self.client()
        self.passwords = Passwords(memory_kib=64, passes=1)
        self._made: dict[tuple[str, ...], httpx.AsyncClient] = {}
        self.accounts: dict[str, int] = {}
        self.secrets: dict[str, str] = {}
        self._next = 0

    def client(self, **more: Any) -> httpx.AsyncClient:
        """A client that speaks to the application in this process."""
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False, client=("192.0.2.7", 4711))
        return httpx.AsyncClient(transport=transport, base_url="http://yihao.test", **more)

    async def account(self, *roles: str, unit: str | None = None, place: str = "州", cleared: bool = False) -> str:
        """A new account; its user name. Privileged ones get a second factor."""
        self._next += 1
        name = f"demo.{roles[0].replace('_', '-')}.{self._next}"
        jurisdiction, _ = self.house.places[place]
        root, root_path = self.house.places["州"]
        act = Act(actor=internal_actor("setup", jurisdiction=root, path=root_path), now=self.house.clock())
        async with self.house.database.write(act.actor.wall()) as connection:
            new = NewAccount(
                username=name, name="演示账号", jurisdiction=jurisdiction, password=PASSWORD, must_change=False
            )
            made = await service.create_account(connection, self.passwords, act, new)
            for role in roles:
                at = self.house.units[unit] if unit and ROLES[role].kind == "unit" else None
                await service.grant_role(connection, act, made, role, at)
            if cleared:
                await service.set_cleared(connection, act, made, True)
            if any(ROLES[role].privileged for role in roles):
                totp = await service.give_totp(connection, self.house.ring, act, made)
                self.secrets[name] = totp.secret
        self.accounts[name] = made
        return name

    def code(self, name: str) -> str | None:
        """The one-time code of the moment; each moment's can be used once, so time goes on a little."""
        if name not in self.secrets:
            return None
        self.house.clock.advance_to(self.house.clock() + timedelta(seconds=30))
        return pyotp.TOTP(self.secrets[name]).at(self.house.clock())

    async def sign_in(self, name: str) -> httpx.AsyncClient:
        """A client with a token of that account."""
        body = {"username": name, "password": PASSWORD, "otp": self.code(name)}
        answer = await self.http.post("/api/v1/tokens", json=body)
        assert answer.status_code == 201, answer.text
        return self.client(headers={"authorization": f"Bearer {answer.json()['token']}"})

    async def as_(self, *roles: str, **more: Any) -> httpx.AsyncClient:
        """A client of that role; the same one for the same question."""
        key = (*roles, *(f"{name}={value}" for name, value in more.items()))
        if key not in self._made:
            self._made[key] = await self.sign_in(await self.account(*roles, **more))
        return self._made[key]

    async def register(self, **fields: Any) -> dict[str, Any]:
        """A new order, by an agent."""
        answer = await (await self.as_("agent")).post("/api/v1/orders", json=LAMP | fields)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def do(self, client: httpx.AsyncClient, order: dict[str, Any], verb: str, /, **body: Any) -> dict[str, Any]:
        """A verb on the order as last seen."""
        answer = await client.post(
            f"/api/v1/orders/{order['number']}/verbs/{verb}",
            json=body,
            headers={"if-match": f'"{order["version"]}"'},
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def to_unit(self, **fields: Any) -> dict[str, Any]:
        """An order the construction bureau has signed."""
        order = await self.register(**fields)
        dispatcher = await self.as_("dispatcher")
        order = await self.do(dispatcher, order, "prepare", category="light", area_code="532801")
        order = await self.do(dispatcher, order, "dispatch", lead=self.house.units["州建设局"])
        return await self.do(await self.as_("unit_receiver", unit="州建设局"), order, "sign")


@asynccontextmanager
async def web_of(house: Any, **settings: Any) -> AsyncIterator[Web]:
    """The application over a furnished place."""
    app = create_app(
        Settings(database_url=house.dsn, **settings),
        clock=house.clock,
        ring=house.ring,
        passwords=Passwords(memory_kib=64, passes=1),
    )
    opened, over = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.app.lifespan():  # entered and left by one task, as its task group asks
            opened.set()
            await over.wait()

    life = asyncio.create_task(live())
    await asyncio.wait({life, asyncio.create_task(opened.wait())}, return_when=asyncio.FIRST_COMPLETED)
    web = Web(house, app)
    try:
        yield web
    finally:
        web.passwords.close()
        over.set()
        await life
