"""Request bodies decoded in one pass, straight from bytes into the handler's struct, and strictly.

Litestar's own road converts twice and leniently (``"1"`` would pass as a number), so what the description promises
would not be what is held. Put on a router as ``dto=Strict``.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Any, ClassVar

import msgspec
from litestar._openapi.schema_generation import SchemaCreator
from litestar.dto import AbstractDTO, DTOConfig
from litestar.dto.data_structures import DTOFieldDefinition
from litestar.openapi.spec import Reference, Schema
from litestar.typing import FieldDefinition

from yihao.web.problems import BodyMalformed, NotJson, NulInText, of_body

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_JSON = re.compile(r"application/(?:json|[a-z0-9.-]+\+json)", re.IGNORECASE)


def _where(body: bytes, broken: Exception) -> str:
    """Where the body stops being JSON, in Chinese."""
    try:
        body.decode()  # the decoder itself counts from the start of the text it was in
    except UnicodeDecodeError as wrong:
        return f"：第{wrong.start + 1}个字节处编码有误"
    found = re.search(r"\(byte (\d+)\)", str(broken))
    return f"：第{int(found[1]) + 1}个字节处有误" if found else "：内容不完整"


class Strict(AbstractDTO[Any]):
    """Decodes ``data`` by its annotation."""

    config: ClassVar[DTOConfig] = DTOConfig()
    _decoders: ClassVar[dict[str, msgspec.json.Decoder[Any]]] = {}

    def decode_bytes(self, value: bytes) -> Any:
        """The body as the handler's type.

        Raises:
            NotJson: another content type. BodyMalformed: no JSON at all, or broken UTF-8. BadField: a field is wrong.
        """
        declared = self.asgi_connection.headers.get("content-type")
        if declared and not _JSON.match(declared):
            raise NotJson(what=declared.partition(";")[0][:60])
        if b"\\u0000" in value and _NUL.search(value):
            raise NulInText
        decoder = self._decoders[self.asgi_connection.route_handler.handler_id]
        try:
            return decoder.decode(value)
        except msgspec.ValidationError as wrong:
            raise of_body(str(wrong), decoder.type) from None
        except (msgspec.DecodeError, UnicodeDecodeError) as broken:
            raise BodyMalformed(where=_where(value, broken), why=str(broken)[:200]) from None

    def decode_builtins(self, value: dict[str, Any]) -> Any:
        """Forms are not decoded here."""
        raise NotJson(what="form")

    @classmethod
    def create_for_field_definition(
        cls, field_definition: FieldDefinition, handler_id: str, backend_cls: type[Any] | None = None
    ) -> None:
        """Compile the decoder once, when the handler is registered."""
        cls._decoders[handler_id] = msgspec.json.Decoder(field_definition.raw)

    @classmethod
    def create_openapi_schema(
        cls, field_definition: FieldDefinition, handler_id: str, schema_creator: SchemaCreator
    ) -> Reference | Schema:
        """The annotation's own schema."""
        return schema_creator.for_field_definition(field_definition)

    @classmethod
    def is_supported_model_type_field(cls, field_definition: FieldDefinition) -> bool:
        """Only bodies: answers are encoded as they are."""
        return field_definition.name == "data"

    @classmethod
    def generate_field_definitions(cls, model_type: type[Any]) -> Generator[DTOFieldDefinition, None, None]:
        """None: the struct itself is the transfer model."""
        yield from ()

    @classmethod
    def detect_nested_field(cls, field_definition: FieldDefinition) -> bool:
        """None."""
        return False
