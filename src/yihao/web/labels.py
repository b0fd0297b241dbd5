"""What a field of a body is called in Chinese, from its own description: an error names it as the form does."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

import msgspec

_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")
_LAST: Final = re.compile(r"(?:^|\. )([\u4e00-\u9fff][^A-Za-z]*)。?$")
_LONGEST: Final = 16
"""A description longer than this explains; it names nothing."""


def label_of(shape: Any, path: str) -> str | None:
    """The Chinese name of the field at ``path`` (``caller.phone``, ``fields[0]``), or ``None`` where it has none."""
    part, found = _schema(shape), None
    for name in re.sub(r"\[[^\]]*\]", "", path).split("."):
        part = _resolved(part, shape).get("properties", {}).get(name)
        if part is None:
            return None
        found = _named(part)
    return found


@cache
def _schema(shape: Any) -> dict[str, Any]:
    return msgspec.json.schema(shape)


def _resolved(part: dict[str, Any], shape: Any) -> dict[str, Any]:
    """The object behind references and behind a part that may be null."""
    for way in part.get("anyOf", ()):
        if way.get("type") != "null":
            return _resolved(way, shape)
    if "$ref" in part:
        known: dict[str, Any] = _schema(shape)["$defs"][part["$ref"].rpartition("/")[2]]
        return known
    return part


def _named(part: dict[str, Any]) -> str | None:
    title: str = part.get("title", "")
    if _CHINESE.search(title):
        return title
    said = _LAST.search(part.get("description", ""))
    name = re.split("[，；：。（]", said[1])[0] if said else ""
    return name if 0 < len(name) <= _LONGEST else None
