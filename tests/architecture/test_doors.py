"""Every route says who may use it and what it does; every setting is documented."""

from __future__ import annotations

import json
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar.handlers import HTTPRouteHandler

from yihao.orders.table import TABLE
from yihao.people.guard import PUBLIC, must_sign_in
from yihao.seal.keys import new_ring
from yihao.settings import PREFIX, Settings
from yihao.web.app import create_app

ROOT = Path(__file__).resolve().parents[2]
OPEN = {
    "/": "the front page",
    "/places": "another place's front page",
    "/guide": "what is taken, and how long it takes",
    "/enterprise": "the enterprises' entrance",
    "/large": "large type",
    "/static/portal.css": "the citizens' style sheet",
    "/static/portal.js": "the citizens' script",
    "/static/portal.svg": "what a tab shows",
    "/console": "the console's files; what they show they ask of the API",
    "/console/{path}": "likewise",
    "/healthz": "is the process alive",
    "/readyz": "can it work",
    "/metrics": "its figures, without content",
    "/api/openapi.json": "the description",
    "/api/v1/tokens": "signing in",
    "/api/v1/sessions": "signing in by browser",
    "/api/public/v1/appeals": "citizens submit",
    "/api/public/v1/appeals/{number}": "opened by query code",
    "/api/public/v1/appeals/{number}/supplement": "opened by query code",
    "/api/public/v1/appeals/{number}/urge": "opened by query code",
    "/api/public/v1/appeals/{number}/withdraw": "opened by query code and phone",
    "/api/public/v1/appeals/{number}/review": "opened by query code and phone",
    "/api/public/v1/appeals/{number}/rating": "opened by query code",
    "/api/public/v1/appeals/{number}/attachments": "opened by query code",
    "/api/public/v1/appeals/{number}/attachments/{attachment}": "opened by query code",
    "/api/public/v1/knowledge": "public knowledge",
}
OPEN |= {
    f"{base}{path}": why
    for base in ("", "/embed")
    for path, why in {
        "/appeal": "citizens file a matter",
        "/appeal/where": "where it happened",
        "/appeal/areas": "names of places",
        "/query": "opened by query code",
        "/query/file": "opened by query code",
        "/query/{step}": "opened by query code",
        "/knowledge": "public knowledge",
        "/knowledge/{item}": "public knowledge",
        "/knowledge/suggestions": "public knowledge",
    }.items()
}
"""All that answers without a sign-in, and why. A new route is closed until it stands here."""


@pytest.fixture(scope="module")
def app() -> Any:
    return create_app(Settings(database_url="postgresql://nowhere"), ring=new_ring()).app


@pytest.fixture(scope="module")
def description(app: Any) -> dict[str, Any]:
    return json.loads(app.state.description.json())


def handlers(app: Any) -> list[tuple[str, HTTPRouteHandler]]:
    found = []
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if "OPTIONS" not in handler.http_methods:
                found.append((route.path_format, handler))
    return found


def test_every_route_asks_who_comes_or_is_named_as_open(app: Any) -> None:
    unguarded = {
        path
        for path, handler in handlers(app)
        if must_sign_in not in handler.resolve_guards() or handler.opt.get(PUBLIC)
    }
    assert unguarded == set(OPEN)


def test_there_is_a_route_for_every_verb_people_do_and_none_for_the_clocks(description: dict[str, Any]) -> None:
    served = {path.rpartition("/")[2] for path in description["paths"] if "/verbs/" in path}
    assert served == {edge.verb for edge in TABLE if set(edge.roles) != {"clock"}}
    assert "breach" not in served


def operations(description: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method} {path}", operation)
        for path, item in description["paths"].items()
        for method, operation in item.items()
    ]


def test_every_operation_is_described(description: dict[str, Any]) -> None:
    found = operations(description)
    assert len(found) > 100
    assert [name for name, count in Counter(one["operationId"] for _, one in found).items() if count > 1] == []
    for name, operation in found:
        assert operation["summary"] and operation["description"] and operation["tags"], name
        assert any("\u4e00" <= sign <= "\u9fff" for sign in operation["summary"]), name
        for parameter in operation.get("parameters", ()):
            assert parameter["description"], f"{name} {parameter['name']}"
        for status, answer in operation["responses"].items():
            assert answer["description"], f"{name} {status}"
            if int(status) >= 400 and name != "get /readyz":
                assert list(answer["content"]) == ["application/problem+json"], f"{name} {status}"
        assert "500" in operation["responses"] and "503" in operation["responses"], name


def test_every_field_is_described(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    missing = [
        f"{name}.{field}"
        for name, schema in schemas.items()
        for field, part in schema.get("properties", {}).items()
        if not part.get("description")
    ]
    assert missing == [] and len(schemas) > 50


def test_bodies_refuse_unknown_fields(description: dict[str, Any]) -> None:
    for name, operation in operations(description):
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
        if body is not None:
            schema = description["components"]["schemas"][body["$ref"].rpartition("/")[2]]
            assert schema.get("additionalProperties") is False, name


def test_every_reference_leads_somewhere(description: dict[str, Any]) -> None:
    text = msgspec.json.encode(description).decode()
    known = set(description["components"]["schemas"])
    assert set(re.findall(r'"#/components/schemas/([^"]+)"', text)) <= known
    assert '"title":"yihao.' not in text  # a mark nobody replaced


def test_the_description_is_made_when_it_is_asked_for_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []

    def describe(app: Any) -> bytes:
        made.append(app)
        return b"{}"

    monkeypatch.setattr("yihao.web.describe.describe", describe)
    app = create_app(Settings(database_url="postgresql://nowhere"), ring=new_ring()).app
    assert made == []
    with ThreadPoolExecutor(4) as asking:
        answers = list(asking.map(lambda _: app.state.description.json(), range(8)))
    assert answers == [b"{}"] * 8 and made == [app]


def documented() -> set[str]:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    return set(re.findall(r"^\| `(YIHAO_[A-Z_]+)`", text, re.MULTILINE))


def test_every_setting_is_documented() -> None:
    assert {PREFIX + name.upper() for name in Settings.__struct_fields__} <= documented()


def test_what_the_code_reads_and_what_is_documented_are_the_same() -> None:
    read = {PREFIX + name.upper() for name in Settings.__struct_fields__}
    for file in (ROOT / "src").rglob("*.py"):
        read |= set(re.findall(r"""["'](YIHAO_[A-Z_]+)["']""", file.read_text(encoding="utf-8")))
    assert read == documented()
