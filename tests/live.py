"""The application in a process of its own, as granian runs it, over a furnished place with one account a role."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pyotp

from web import PASSWORD, Web
from yihao.clock import system_clock
from yihao.people.passwords import Passwords
from yihao.people.sessions import Sessions


class Live:
    """A running server. ``url`` is where; ``token`` signs a role in without the door's own limits."""

    def __init__(self, house: Any, url: str) -> None:
        self.house, self.url = house, url
        self.house.clock.advance_to(system_clock())
        self._people = Web.__new__(Web)
        self._people.house, self._people.accounts, self._people.secrets, self._people._next = house, {}, {}, 0
        self._people.passwords = Passwords(memory_kib=64, passes=1)
        self._sessions = Sessions(house.database, house.ring, house.clock, self._people.passwords)

    async def account(self, *roles: str, **more: Any) -> str:
        """A new account; its user name."""
        return await self._people.account(*roles, **more)

    async def token(self, *roles: str, **more: Any) -> str:
        """A token of a new account of those roles."""
        name = await self.account(*roles, **more)
        made = await self._sessions.sign_in(name, PASSWORD, self._people.code(name), address=secrets.token_hex(4))
        return made.token

    def code(self, name: str) -> str | None:
        """The one-time code of the moment by the server's clock, however far the house's own has gone on."""
        secret = self._people.secrets.get(name)
        return pyotp.TOTP(secret).at(system_clock()) if secret else None


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@asynccontextmanager
async def live_of(house: Any, folder: Path) -> AsyncIterator[Live]:
    """Run the server over ``house``, whose keys lie in ``folder``/keys."""
    port = free_port()
    server = _start(house, folder, port)
    live = Live(house, f"http://127.0.0.1:{port}")
    try:
        _until_ready(server, live.url, folder)
        yield live
    finally:
        server.terminate()
        server.wait(20)


def _start(house: Any, folder: Path, port: int) -> subprocess.Popen[bytes]:
    env = os.environ | {"YIHAO_DATABASE_URL": house.dsn, "YIHAO_DATA": str(folder), "YIHAO_PORT": str(port)}
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--no-ws", "--loop", "uvloop"]
    where = ["--host", "127.0.0.1", "--port", str(port), "yihao.web.app:create_app"]
    with (folder / "server.log").open("wb") as log:
        return subprocess.Popen([*command, *where], env=env, stdout=log, stderr=subprocess.STDOUT)


def _until_ready(server: subprocess.Popen[bytes], url: str, folder: Path) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and server.poll() is None:
        try:
            if httpx.get(f"{url}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError((folder / "server.log").read_text())
