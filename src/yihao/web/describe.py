"""The description of the interface, OpenAPI 3.1, from the very types the handlers decode and encode.

Litestar describes paths and parameters; the schemas of structs are msgspec's own, since Litestar's leave out limits
inside unions and that unknown fields are refused.
"""

from __future__ import annotations

from threading import Lock
from typing import Any, Final

import msgspec
from litestar import Litestar, Router
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme, Tag
from litestar.openapi.spec.schema import Schema
from litestar.plugins import OpenAPISchemaPlugin
from litestar.typing import FieldDefinition

from yihao.people.guard import COOKIE
from yihao.people.problem import PROBLEM_JSON, SAID, Problem

REF: Final = "#/components/schemas/"


class StructSchemas(OpenAPISchemaPlugin):
    """Leaves a mark where a struct's schema belongs; `describe` puts msgspec's there."""

    def __init__(self) -> None:
        self.types: dict[str, Any] = {}

    def is_plugin_supported_field(self, field_definition: FieldDefinition) -> bool:
        """Whether it is a struct."""
        return isinstance(field_definition.annotation, type) and issubclass(field_definition.annotation, msgspec.Struct)

    def to_openapi_schema(self, field_definition: FieldDefinition, schema_creator: Any) -> Schema:
        """The mark: the struct's full name."""
        kind = field_definition.annotation
        self.types[_name(kind)] = kind
        return Schema(title=_name(kind))


def _name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


class NoPages(Router):
    """Takes no route: Litestar's own pages fetch scripts from other hosts. See ``health.openapi``."""

    def register(self, value: Any) -> list[Any]:
        """Leave it out."""
        return []


SCHEMAS: Final = StructSchemas()
DESCRIPTION: Final = OpenAPIConfig(
    title="一号 Yihao",
    version="1",
    description=(
        "12345 政务服务热线平台接口。工作人员接口在 /api/v1，市民接口在 /api/public/v1，互不通用。"
        "时间为带时区的 ISO 8601，错误为 RFC 9457 problem+json。\n\n"
        "Staff interface under /api/v1, citizens' under /api/public/v1. Times are ISO 8601 with offset; errors are RFC "
        "9457 problem+json with a stable `code`, in Chinese or, for `Accept-Language: en`, in English."
    ),
    components=Components(
        security_schemes={
            "token": SecurityScheme(
                type="http", scheme="bearer", description="The token of `POST /api/v1/tokens`. 访问令牌。"
            ),
            "session": SecurityScheme(
                type="apiKey",
                name=COOKIE,
                security_scheme_in="cookie",
                description="The browser's session; changes need `X-CSRF-Token` too. 浏览器会话。",
            ),
        }
    ),
    tags=[Tag(name="健康 Health", description="Whether the platform runs. 运行状态。")],
    use_handler_docstrings=True,
    openapi_router=NoPages("/schema", route_handlers=[]),
    render_plugins=[JsonRenderPlugin()],
)


class Description:
    """The description of one application, made when it is first asked for: making it is most of a process's start.

    A process that is never asked never makes it. Asked in threads, it keeps nobody waiting but those who ask as well.
    """

    def __init__(self, app: Litestar) -> None:
        self._app, self._lock = app, Lock()
        self._made: bytes | None = None

    def json(self) -> bytes:
        """The description as JSON, OpenAPI 3.1."""
        with self._lock:
            if self._made is None:
                self._made = describe(self._app)
            return self._made


def describe(app: Litestar) -> bytes:
    """The description as JSON. Takes the better part of a second; see `Description`."""
    document: dict[str, Any] = msgspec.to_builtins(app.openapi_schema.to_schema())
    kinds = {**SCHEMAS.types, _name(Problem): Problem}
    made, components = msgspec.json.schema_components(kinds.values(), ref_template=REF + "{name}")
    marks = dict(zip(kinds, made, strict=True))
    for path in document["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict) and "responses" in operation:
                _complete(operation)
    document = _marked(document, marks)
    document["components"]["schemas"] = components
    return msgspec.json.encode(document)


def _complete(operation: dict[str, Any]) -> None:
    """What holds for every operation: parameters are there or not, never null; faults of the application's own."""
    for parameter in operation.get("parameters", ()):
        parameter["schema"] = _not_null(parameter["schema"])
    responses = operation["responses"]
    for status, response in responses.items():
        if status.startswith("2"):
            response["description"] = operation["summary"]
            if status == "204":
                response.pop("content", None)
        for header in response.get("headers", {}).values():
            header.setdefault("schema", {"type": "string"})
    statuses = {500, 503}
    if operation.get("parameters"):
        statuses.add(400)
    if "application/json" in operation.get("requestBody", {}).get("content", {}):
        statuses |= {400, 413, 415, 422}
    if PROBLEM_JSON not in responses.get("400", {}).get("content", {}):
        responses.pop("400", None)  # Litestar's own shape of it, which `on_error` never lets out
    for status in sorted(statuses):
        content = {PROBLEM_JSON: {"schema": {"title": _name(Problem)}}}
        responses.setdefault(str(status), {"description": SAID[status], "content": content})


def _not_null(schema: dict[str, Any]) -> dict[str, Any]:
    ways = [way for way in schema.get("oneOf", ()) if way != {"type": "null"}]
    if len(ways) == 1:
        schema = {name: value for name, value in schema.items() if name != "oneOf"} | ways[0]
    if isinstance(schema.get("type"), list):
        kept = [one for one in schema["type"] if one != "null"]
        schema = schema | {"type": kept[0] if len(kept) == 1 else kept}
    if "enum" in schema:
        schema = schema | {"enum": [one for one in schema["enum"] if one is not None]}
    return schema


def _marked(part: Any, marks: dict[str, Any]) -> Any:
    if isinstance(part, list):
        return [_marked(one, marks) for one in part]
    if isinstance(part, dict):
        if (name := part.get("title")) in marks:
            said = {key: value for key, value in part.items() if key == "description"}
            return {**marks[name], **said}
        return {key: _marked(value, marks) for key, value in part.items()}
    return part
