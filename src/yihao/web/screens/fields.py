"""Forms from JSON Schemas: what to draw, and what was typed as the value the schema asks for.

One road for every verb: the schema of ``/verbs`` is drawn, sent back as a plain HTML form, read here and decoded by the
very decoder of the API, so screen and API cannot come to differ.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from yihao.orders.bodies import SAYS
from yihao.orders.model import CHANNELS, DOMAINS, KINDS, SECRECIES, URGENCIES

Kind = Literal["line", "text", "choice", "many", "number", "yes_no", "moment", "day", "map", "files"]
Form = Mapping[str, Sequence[str]]
"""A submitted form: each name with all its values."""
LONG_TEXT: Final = 1000
"""Texts that may be longer get more than one line."""
UPLOADED: Final = frozenset({"attachments"})
"""Ids of files sent beforehand: drawn as an input for files, of which `uploads` makes ids."""
_CHINESE: Final = re.compile(r"(?:^|\. )([\u4e00-\u9fff][^A-Za-z]*)$")
WORDS: Final[dict[str, Mapping[Any, str]]] = {
    "channel": CHANNELS,
    "kind": KINDS,
    "domain": DOMAINS,
    "urgency": URGENCIES,
    "secrecy": SECRECIES,
    "caller.kind": {"person": "个人", "enterprise": "企业", "other": "其他"},
}


class Choice(msgspec.Struct, frozen=True):
    """One choice of a field."""

    value: str
    label: str


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """A field to draw. ``value`` is what was typed or the default; ``rows`` for a map: code and label of each line."""

    name: str
    label: str
    kind: Kind
    required: bool
    hint: str = ""
    value: str = ""
    values: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    low: int | None = None
    high: int | None = None
    longest: int | None = None
    error: str = ""


Sources = Mapping[str, Callable[[], tuple[Choice, ...]]]
"""Long lists by the path in ``x-from``."""


def fields_of(
    schema: Mapping[str, Any],
    sources: Sources,
    *,
    labels: Mapping[str, str] | None = None,
    typed: Form | None = None,
    wrong: tuple[str | None, str] = (None, ""),
    prefix: str = "",
) -> list[Field]:
    """The fields of a schema, nested objects in line as ``caller.phone``.

    Args:
        schema: of an object, with nothing left to look up.
        sources: the long lists.
        labels: names of fields the schema gives no title.
        typed: what was sent before, to be shown again.
        wrong: the field at fault and why.
        prefix: of nested names.
    """
    found: list[Field] = []
    must = set(schema.get("required", ()))
    for name, part in schema.get("properties", {}).items():
        full = prefix + name
        inner = _plain(part)
        if inner.get("type") == "object" and inner.get("properties"):
            found += fields_of(inner, sources, labels=labels, typed=typed, wrong=wrong, prefix=f"{full}.")
            continue
        found.append(_field(full, {**part, **inner}, name in must, sources, labels or {}, typed, wrong))
    return found


def _plain(part: Mapping[str, Any]) -> dict[str, Any]:
    """The part that is not null."""
    for way in part.get("anyOf", ()):
        if way.get("type") != "null":
            return dict(way)
    return dict(part)


def _field(
    name: str,
    part: dict[str, Any],
    required: bool,
    sources: Sources,
    labels: Mapping[str, str],
    typed: Form | None,
    wrong: tuple[str | None, str],
) -> Field:
    kind, choices = _kind(name, part, sources)
    given = tuple(typed.get(name, ())) if typed is not None else _default(part)
    if kind == "map":
        given = tuple((typed or {}).get(f"{name}.{one.value}", ("",))[0] for one in choices)
    label = labels.get(name) or part.get("title") or name
    return Field(
        name=name,
        label=label,
        kind=kind,
        required=required and kind != "yes_no",
        hint=_hint(part.get("description", ""), label),
        value=given[0] if given else "",
        values=given,
        choices=choices,
        low=part.get("minimum"),
        high=part.get("maximum"),
        longest=part.get("maxLength"),
        error=wrong[1] if wrong[0] == name or (wrong[0] or "").startswith(f"{name}[") else "",
    )


def _kind(name: str, part: dict[str, Any], sources: Sources) -> tuple[Kind, tuple[Choice, ...]]:
    listed = tuple(Choice(str(one["value"]), one["label"]) for one in part.get("x-options", ()))
    if (path := part.get("x-from", "")) in sources:
        listed = sources[path]()
    if name in UPLOADED:
        return "files", sources.get(name, tuple)()
    shape = part.get("type")
    if shape == "array":
        return ("many", listed) if listed else ("line", ())
    if shape == "object":
        return "map", listed
    if shape == "boolean":
        return "yes_no", (Choice("true", "是"), Choice("false", "否"))
    if listed:
        return "choice", listed
    if "enum" in part:
        words = WORDS.get(name, WORDS.get(name.rpartition(".")[2], {}))
        order = [one for one in words if one in part["enum"]] or part["enum"]
        return "choice", tuple(Choice(one, words.get(one, one)) for one in order)
    if shape in ("integer", "number"):
        return "number", ()
    if part.get("format") == "date-time":
        return "moment", ()
    if part.get("format") == "date":
        return "day", ()
    long = part.get("pattern") in (None, SAYS) and part.get("maxLength", LONG_TEXT) >= LONG_TEXT
    return ("text", ()) if long else ("line", ())


def _default(part: dict[str, Any]) -> tuple[str, ...]:
    default = part.get("default")
    if default is None or isinstance(default, (list, tuple, dict)):
        return ()
    return (str(default).lower() if isinstance(default, bool) else str(default),)


def _hint(description: str, label: str) -> str:
    """The Chinese half of a description written in both languages, unless it only repeats the label."""
    found = _CHINESE.search(description)
    hint = found[1].strip() if found else ""
    return "" if hint.startswith(label) else hint


def read_form(schema: Mapping[str, Any], form: Form, zone: ZoneInfo, prefix: str = "") -> dict[str, Any]:
    """What was typed, as the JSON the schema describes; fields left empty are left out.

    What cannot be read as its type stays text, so that the decoder refuses it by name.

    Args:
        zone: of the place: forms know no offset.
    """
    made: dict[str, Any] = {}
    for name, part in schema.get("properties", {}).items():
        full, inner = prefix + name, _plain(part)
        if inner.get("type") == "object" and inner.get("properties"):
            if nested := read_form(inner, form, zone, f"{full}."):
                made[name] = nested
            continue
        if inner.get("type") == "object":
            start = f"{full}."
            rows = {key[len(start) :]: values[0].strip() for key, values in form.items() if key.startswith(start)}
            if kept := {key: value for key, value in rows.items() if value}:
                made[name] = kept
            continue
        values = [value.replace("\r\n", "\n").strip() for value in form.get(full, ())]
        if values := [value for value in values if value]:
            made[name] = _value(inner, values, zone)
    return made


def _value(part: dict[str, Any], values: list[str], zone: ZoneInfo) -> Any:
    shape, text = part.get("type"), values[0]
    if shape == "array":
        spread = [one.strip() for value in values for one in value.replace("，", ",").split(",") if one.strip()]
        return [_value(part.get("items", {}), [one], zone) for one in spread]
    if shape == "boolean":
        return {"true": True, "false": False}.get(text, text)
    if shape == "integer":
        return int(text) if text.isascii() and text.removeprefix("-").isdecimal() and len(text) < 19 else text
    if shape == "number":
        try:
            return float(text)
        except ValueError:
            return text
    if part.get("format") == "date-time":
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return text
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).isoformat()
    return text
