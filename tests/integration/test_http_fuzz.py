"""Every operation of the description, fed with what it allows and what it does not, as several roles.

No answer is our own fault, and each is one the description promises: status, content type and shape.
"""

from __future__ import annotations

import asyncio
import json
import warnings
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from conftest import House, _furnish
from databases import database
from live import Live, live_of
from web import LAMP
from yihao.seal.keys import new_ring
from yihao.settings import Settings
from yihao.store.db import Database
from yihao.web.app import create_app

EXAMPLES = 8
"""Of each kind and operation: more find little more, and the whole must end within minutes. Each is sent as every role
of the operation; making it costs three times what sending it does."""
DESCRIPTION: dict[str, Any] = json.loads(
    create_app(Settings(database_url="postgresql://nowhere"), ring=new_ring()).app.state.description.json()
)
SCHEMA = schemathesis.openapi.from_dict(DESCRIPTION)
OPEN_ENDED = {"streamChanges"}
"""Answers that never end: test_http_stream.py."""
OPERATIONS = {
    name: found.ok()
    for found in SCHEMA.get_all_operations()
    if (name := found.ok().definition.raw["operationId"]) not in OPEN_ENDED
}
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
ROLES: dict[str, tuple[tuple[str, ...], str | None]] = {
    "manager": (("manager",), None),
    "shift_lead": (("agent", "dispatcher", "shift_lead", "revisit_clerk", "supervisor"), None),
    "unit": (("unit_receiver", "unit_handler", "unit_reviewer"), "州建设局"),
    "admin": (("admin",), None),
    "security_admin": (("security_admin",), None),
    "auditor": (("auditor",), None),
    "knowledge": (("kb_editor", "kb_reviewer"), None),
}
ADMINISTRATION = {
    "listAccounts", "createAccount", "getAccount", "deactivateAccount", "reactivateAccount", "grantRole", "revokeRole",
    "setClearance", "resetPassword", "resetTotp", "listAudit", "listOutbox", "retryMessage",
}  # fmt: skip


class Fuzzed:
    """The live server with an order in several states and a token a role."""

    def __init__(self, live: Live, client: httpx.AsyncClient, owner: asyncpg.Connection) -> None:
        self.live, self.client, self.owner = live, client, owner
        self.orders: list[dict[str, Any]] = []
        self.tokens: dict[str, str] = {}

    def headers(self, role: str | None) -> dict[str, str]:
        """What signs that role in; nothing for nobody."""
        return {"authorization": f"Bearer {self.tokens[role]}"} if role else {}

    async def ready(self, roles: Sequence[str | None]) -> None:
        """Valid tokens, whatever the operation before has done to them, and no throttle left from it."""
        for role in filter(None, roles):
            if role not in self.tokens or not await self._lets_in(role):
                names, unit = ROLES[role]
                self.tokens[role] = await self.live.token(*names, unit=unit)
        await self.owner.execute("TRUNCATE throttle, sign_in_failure")

    async def _lets_in(self, role: str) -> bool:
        return (await self.client.get("/me", headers=self.headers(role))).status_code == 200


@pytest.fixture(scope="module")
async def fuzzed(
    server_dsn: str, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Fuzzed]:
    folder = tmp_path_factory.mktemp("fuzz")
    with database(server_dsn, "fuzz", migrated_template) as dsn:
        pool = await Database.open(dsn, app=4, worker=2)
        house = House(pool, dsn, folder)
        await _furnish(house)
        owner = await asyncpg.connect(dsn)
        async with live_of(house, folder) as live, httpx.AsyncClient(base_url=f"{live.url}/api/v1") as client:
            made = Fuzzed(live, client, owner)
            await made.ready(list(ROLES))
            made.orders = await _orders(made)
            yield made
        await owner.close()
        await pool.close()


async def _orders(fuzzed: Fuzzed) -> list[dict[str, Any]]:
    """One order received, one dispatched, one signed, one replied to."""
    made = []

    async def ask(role: str, path: str, body: dict[str, Any], version: int | None = None) -> dict[str, Any]:
        headers = fuzzed.headers(role) | ({"if-match": str(version)} if version else {})
        answer = await fuzzed.client.post(path, json=body, headers=headers)
        assert answer.status_code < 300, answer.text
        return answer.json()

    lead = fuzzed.live.house.units["州建设局"]
    steps: list[tuple[str, str, dict[str, Any]]] = [
        ("shift_lead", "prepare", {"category": "light", "area_code": "532801"}),
        ("shift_lead", "dispatch", {"lead": lead}),
        ("unit", "sign", {}),
        ("unit", "reply", {"text": "已修复。"}),
    ]
    for length in range(len(steps) + 1):
        order = await ask("shift_lead", "/orders", LAMP)
        for role, verb, body in steps[:length]:
            order |= await ask(role, f"/orders/{order['number']}/verbs/{verb}", body, order["version"])
        made.append(order)
    return made


@pytest.mark.parametrize("name", OPERATIONS)
async def test_operation(fuzzed: Fuzzed, name: str) -> None:
    if "/public/" in OPERATIONS[name].path or not OPERATIONS[name].path.startswith("/api/v1"):
        roles: list[str | None] = [None]
    elif name in ADMINISTRATION:
        roles = ["admin", "security_admin", "auditor"]
    elif "nowledge" in name:
        roles = ["knowledge", "unit"]
    elif "verbs" in OPERATIONS[name].path:
        roles = ["manager", "shift_lead", "unit"]
    else:
        roles = ["manager", "shift_lead", None]
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        await fuzzed.ready(roles)
        await asyncio.to_thread(_fuzz, fuzzed, name, mode, roles)


def _fuzz(fuzzed: Fuzzed, name: str, mode: GenerationMode, roles: Sequence[str | None]) -> None:
    operation = OPERATIONS[name]
    checks = [*CHECKS, negative_data_rejection] if mode is GenerationMode.NEGATIVE else CHECKS
    with _may_be_none(mode), warnings.catch_warnings(), httpx_client() as session:
        warnings.simplefilter("ignore")  # of the tools, about themselves

        @seed(20260105)
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(
            case=operation.as_strategy(generation_mode=mode), order=st.sampled_from(fuzzed.orders), real=st.booleans()
        )
        def run(case: Case, order: dict[str, Any], real: bool) -> None:
            if real and mode is GenerationMode.POSITIVE:
                _point_at(case, order)
            # What we send ourselves must not be what was generated to be wrong.
            sent = {key: value for key, value in (case.headers or {}).items() if key.lower() != "authorization"}
            case.headers = sent
            for role in roles:
                headers = fuzzed.headers(role)
                answer = case.call(base_url=fuzzed.live.url, session=session, headers=headers, timeout=20)
                case.validate_response(answer, checks=checks)

        run()


def _point_at(case: Case, order: dict[str, Any]) -> None:
    """A real order, so that the answer is not always that there is none."""
    if "number" in (case.path_parameters or {}):
        case.path_parameters["number"] = order["number"]
        case.headers = {**(case.headers or {}), "If-Match": f'"{order["version"]}"'}
    if "code" in (case.query or {}):
        case.query["code"] = order["query_code"]
    if isinstance(case.body, dict) and "code" in case.body and "/appeals/" in case.path:
        case.body["code"] = order["query_code"]


@contextmanager
def _may_be_none(mode: GenerationMode) -> Iterator[None]:
    """An operation without any input has nothing that could be wrong."""
    try:
        yield
    except Exception as error:
        if mode is GenerationMode.NEGATIVE and type(error).__name__ in ("Unsatisfiable", "SkipTest", "Skipped"):
            return
        raise


@contextmanager
def httpx_client() -> Iterator[Any]:
    """One connection kept open for all cases of an operation."""
    import requests

    with requests.Session() as session:
        yield session


def test_the_description_holds_every_route() -> None:
    """What is served and what is described are the same, but for the screens."""
    app = create_app(Settings(database_url="postgresql://nowhere"), ring=new_ring()).app
    served = {
        (route.path_format, method.lower())
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        if handler.resolve_include_in_schema()
        for method in handler.http_methods
    }
    described = {(path, method) for path, item in DESCRIPTION["paths"].items() for method in item}
    assert {one for one in served if one[1] != "options"} == described
    assert Path(__file__).name
