"""The requests that are measured, and the statements the product sends for them."""

from __future__ import annotations

import asyncio
import os
import random
import re
from collections import defaultdict
from typing import Any

import asyncpg
import msgspec
import psycopg

from bench.house import House
from bench.limits import Script, Statement, script
from bench.load import Request
from yihao.settings import Settings
from yihao.store.db import APP_ROLE
from yihao.web.app import create_app

NEWEST_DAYS = 30
SAMPLE = 2_000
"""Different orders that are read."""
SCRIPTS = 2
"""Different orders limit A reads: each client plans each of them anew."""
LIST = "/api/v1/orders?state=signed&kind=help&limit=20"
_CONNECT = asyncpg.connect
_FRESH = re.compile(r"limit-a-.*|[0-9]{20}[0-9X]")
"""Among the arguments of a registration: the key and the number."""
UNIT_LIST = "/api/v1/orders?state=signed&limit=20"


def appeal(dice: random.Random) -> dict[str, Any]:
    """An appeal as an agent types it: fifteen fields, a phone in the text, two sentences."""
    number = dice.randrange(100_000)
    return {
        "channel": "phone",
        "kind": dice.choice(("consult", "help", "help", "complaint")),
        "domain": "service",
        "title": "示例路路灯不亮影响夜间出行",
        "content": "示例路与演示街交叉口的三盏路灯已经三天不亮，晚上行人和非机动车通行不安全，"
        f"请尽快安排维修并告知结果，联系电话138000{number:05d}，谢谢。",
        "category": "0101",
        "area_code": "532801",
        "address": f"示例路{number % 300}号",
        "location": {"lon": 100.8, "lat": 22.0},
        "urgency": "normal",
        "secrecy": "internal",
        "legal_process": False,
        "caller": {"kind": "person", "name": "张演示", "phone": f"138000{number:05d}", "anonymous": False},
    }


def registrations(count: int = 200) -> list[list[Request]]:
    """Operations that register."""
    dice = random.Random(7)
    bodies = [msgspec.json.encode(appeal(dice)).decode() for _ in range(count)]
    return [[Request("POST", "/api/v1/orders", 201, body, keyed=True)] for body in bodies]


def readings(numbers: list[str]) -> list[list[Request]]:
    """Operations that open one order as the desk does: the order, its events, its duties."""
    return [
        [Request("GET", f"/api/v1/orders/{number}{part}", 200) for part in ("", "/events", "/duties")]
        for number in numbers
    ]


def newest(house: House, count: int = SAMPLE) -> list[str]:
    """Numbers of orders of the newest days that a unit has handled, picked at random but always the same."""
    with psycopg.connect(house.dsn) as connection:
        found = connection.execute(
            "SELECT o.number FROM work_order o WHERE o.registered_at > clock_timestamp() - make_interval(days => %s) "
            "AND o.version >= 4 AND o.number < '2099' ORDER BY md5(o.number) LIMIT %s",
            (NEWEST_DAYS, count),
        ).fetchall()
    return [row[0] for row in found]


class _Heard:
    """Statements by connection, in the order they were sent."""

    def __init__(self) -> None:
        self.by_connection: dict[int, list[Statement]] = defaultdict(list)
        self.settings: dict[str, str] = {}

    async def connect(self, *args: Any, **options: Any) -> asyncpg.Connection:
        """In the place of ``asyncpg.connect``; notes what the product asks of a session, too."""
        connection = await _CONNECT(*args, **options)
        settings = options.get("server_settings", {})
        if settings.get("role") == APP_ROLE:
            self.settings = settings
        key = id(connection)
        connection.add_query_logger(lambda q: self.by_connection[key].append(Statement(q.query, tuple(q.args or ()))))
        return connection

    def transaction(self, word: str) -> list[Statement]:
        """The one transaction that holds a statement with ``word``, from BEGIN to COMMIT."""
        for statements in self.by_connection.values():
            begun = 0
            for place, statement in enumerate(statements):
                if statement.sql.startswith("BEGIN"):
                    begun = place
                elif statement.sql == "COMMIT":
                    part = statements[begun : place + 1]
                    if any(word in one.sql for one in part):
                        return part
        raise LookupError(f"no transaction with {word!r} was sent")


class Recorded(msgspec.Struct, frozen=True):
    """Limit A of each request, as pgbench scripts, and the settings of the product's sessions."""

    register: list[Script]
    read: list[Script]
    listing: list[Script]
    settings: dict[str, str]


async def record(house: House, token: str, numbers: list[str]) -> Recorded:
    """Send each request twice to the application itself, in this process, and keep what the second one asked of the
    database: the transaction that does its work. Signing in is remembered by the product for two seconds and the
    audit is written in batches of many requests, so neither is part of the limit.
    """
    heard = _Heard()
    asyncpg.connect = heard.connect
    try:
        settings = Settings(database_url=house.dsn, data=house.data)
        async with _application(create_app(settings)) as app:

            async def ask(method: str, path: str, body: bytes = b"", key: str = "") -> None:
                for turn in range(2):
                    heard.by_connection.clear()
                    status = await app(method, path, token, body, f"{key}{turn}" if key else "")
                    if status >= 300:
                        raise RuntimeError(f"{method} {path}: {status}")
                    await asyncio.sleep(0.05)

            await ask(
                "POST",
                "/api/v1/orders",
                msgspec.json.encode(appeal(random.Random(1))),
                key=f"limit-a-{os.urandom(6).hex()}-",
            )
            sent = heard.transaction("INSERT INTO work_order")
            register = next(one for one in sent if "INSERT INTO work_order" in one.sql)
            reads = []
            for place, number in enumerate(numbers[:SCRIPTS]):
                parts: list[Statement] = []
                for path, word in (("", "order_private"), ("/events", "order_event"), ("/duties", "AS bodies")):
                    await ask("GET", f"/api/v1/orders/{number}{path}")
                    parts += heard.transaction(word)
                reads.append(script(parts, prefix=f"r{place}"))
            await ask("GET", LIST)
            lists = [script(heard.transaction("FROM work_order"))]
    finally:
        asyncpg.connect = _CONNECT
    fresh = [value for value in register.args if isinstance(value, str) and _FRESH.fullmatch(value)]
    return Recorded([script(sent, fresh=fresh)], reads, lists, heard.settings)


class _application:
    """An ASGI application driven directly: its lifespan, and one request at a time."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __aenter__(self) -> _application:
        self._in: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._out: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._life = asyncio.create_task(
            self._app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, self._in.get, self._out.put)
        )
        await self._in.put({"type": "lifespan.startup"})
        said = await self._out.get()
        if said["type"] != "lifespan.startup.complete":
            raise RuntimeError(said)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._in.put({"type": "lifespan.shutdown"})
        await self._life

    async def __call__(self, method: str, path: str, token: str, body: bytes, key: str) -> int:
        """The status of one request."""
        headers = [(b"host", b"127.0.0.1"), (b"authorization", f"Bearer {token}".encode())]
        if body:
            headers += [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        if key:
            headers.append((b"idempotency-key", key.encode()))
        plain, _, query = path.partition("?")
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": plain, "raw_path": plain.encode(), "query_string": query.encode(), "root_path": "",
            "headers": headers, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "state": {},
        }  # fmt: skip
        status = 0

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            nonlocal status
            status = message.get("status", status)

        await self._app(scope, receive, send)
        return status
