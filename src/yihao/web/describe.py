"""The description of the interface, OpenAPI 3.1, from the very types the handlers decode and encode.

Litestar describes paths and parameters; the schemas of structs are msgspec's own, since Litestar's leave out limits
inside unions and that unknown fields are refused.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import Litestar
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme, Tag
from litestar.openapi.spec.schema import Schema
from litestar.plugins import OpenAPISchemaPlugin
from litestar.typing import FieldDefinition

from yihao.people.guard import COOKIE

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
        name = f"{kind.__module__}.{kind.__qualname__}"
        self.types[name] = kind
        return Schema(title=name)


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
    path="/schema",
    render_plugins=[],
)


def describe(app: Litestar) -> bytes:
    """The description as JSON, made once."""
    document: dict[str, Any] = msgspec.to_builtins(app.openapi_schema.to_schema())
    schemas: dict[str, Any] = document["components"]["schemas"]
    kinds = {name: SCHEMAS.types[part["title"]] for name, part in schemas.items() if part.get("title") in SCHEMAS.types}
    made, components = msgspec.json.schema_components(kinds.values(), ref_template=REF + "{name}")
    renamed = {REF + name: part["$ref"] for name, part in zip(kinds, made, strict=True)}
    kept = {name: part for name, part in schemas.items() if name not in kinds}
    document["components"]["schemas"] = kept | components
    return msgspec.json.encode(_renamed(document, renamed))


def _renamed(part: Any, names: dict[str, str]) -> Any:
    if isinstance(part, list):
        return [_renamed(one, names) for one in part]
    if isinstance(part, dict):
        return {
            key: names.get(value, value) if key == "$ref" and isinstance(value, str) else _renamed(value, names)
            for key, value in part.items()
        }
    return part
