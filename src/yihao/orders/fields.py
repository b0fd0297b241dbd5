"""Bodies as forms: each field of a JSON Schema with all a screen needs to draw it, so that no screen knows a verb.

What is added stands in keywords of our own (``x-...``), which JSON Schema lets readers pass over (2020-12, 6.5):

- ``title`` is the field's name in Chinese, ``x-title-en`` in English; ``x-hint`` and ``x-hint-en`` explain it.
- ``x-widget`` says what it is: `Widget`.
- ``x-options`` are its choices: ``value``, ``label``, ``label_en``; some with a ``hint`` and its ``hint_en``, some with
  ``when``: the choice is open only while those fields hold those values.
- ``x-from`` is where its long list is served; ``x-among`` are the only values of it that will be taken.
- a part that may be null stands as what it is otherwise: what is left empty is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any, Final, Literal

import msgspec

from yihao.orders import bodies
from yihao.orders.attachments import LARGEST, TYPES
from yihao.orders.bodies import SAYS
from yihao.orders.model import CHANNELS, KINDS, SECRECIES, URGENCIES
from yihao.orders.words import (
    CALLER_KINDS,
    CALLER_KINDS_EN,
    CHANNELS_EN,
    CHOICES,
    CHOICES_EN,
    KINDS_EN,
    REVEALED,
    REVEALED_EN,
    SECRECIES_EN,
    TITLES_EN,
    URGENCIES_EN,
)
from yihao.profile.model import Profile

Widget = Literal[
    "line",
    "text",
    "number",
    "yes_no",
    "choice",
    "choices",
    "moment",
    "day",
    "map",
    "files",
    "unit",
    "units",
    "category",
    "area",
    "hotline",
    "partner",
    "order",
    "knowledge",
    "catalogue",
    "group",
]
"""What a field is. ``line`` and ``text`` are typed, on one line or several; ``moment`` is a date with time, in the
place's ``zone``; ``map`` has a line of text for each of its options; ``files`` takes the ids of uploads; ``catalogue``
is a text that names a row of the catalogue or another rule; ``group`` holds fields of its own. The rest are picked."""
LONG_TEXT: Final = 1000
"""Texts that may be longer get more than one line."""
UNITS: Final = frozenset({"lead", "unit", "assists", "units", "accused_unit", "suggested_unit"})
"""Fields that hold a unit's id."""
PICKED: Final[Mapping[str, tuple[Widget, str]]] = {
    **dict.fromkeys(UNITS, ("unit", "/api/v1/units")),
    "partner": ("partner", "/api/v1/partners"),
    "category": ("category", "/api/v1/categories"),
    "area_code": ("area", "/api/v1/jurisdictions"),
    "line": ("hotline", "/api/v1/lines"),
    "knowledge_item": ("knowledge", "/api/v1/knowledge"),
    "into": ("order", "/api/v1/orders"),
    "attachments": ("files", "/api/v1/attachments"),
}
"""Fields whose values are found elsewhere: what they are, and where."""
Option = dict[str, Any]
_ENGLISH: Final = re.compile(r"^(.*?[.?!)])(?:\s+[\u4e00-\u9fff]|$)", re.DOTALL)
_CHINESE: Final = re.compile(r"(?:^|\. )([\u4e00-\u9fff][^A-Za-z]*)$")


def _named(entries: Any) -> list[Option]:
    return [{"value": one.code, "label": one.zh, "label_en": one.en} for one in entries]


def _words(zh: Mapping[Any, str], en: Mapping[Any, str]) -> list[Option]:
    return [{"value": code, "label": name, "label_en": en[code]} for code, name in zh.items()]


def _channels(profile: Profile) -> list[Option]:
    """The doors the place offers."""
    on = {one.code for one in profile.acceptance.channels if one.on}
    return [one for one in _words(CHANNELS, CHANNELS_EN) if one["value"] in on]


def _refusals(profile: Profile) -> list[Option]:
    return [
        {"value": one.code, "label": one.zh, "label_en": one.en, "hint": one.route, "hint_en": one.route}
        for one in profile.refusals
    ]


def _extensions(profile: Profile) -> list[Option]:
    return _named({one.code: one for kind in profile.kinds.values() for one in kind.extension.grounds}.values())


def _levels(profile: Profile) -> list[Option]:
    return [one | {"value": int(one["value"])} for one in _named(profile.supervision.levels)]


def _tools(profile: Profile) -> list[Option]:
    return [
        option | {"when": {"level": int(tool.level)}}
        for tool, option in zip(profile.supervision.tools, _named(profile.supervision.tools), strict=True)
    ]


def _ratings(profile: Profile) -> list[Option]:
    return [{"value": one.score, "label": one.zh, "label_en": one.en} for one in profile.indicators.satisfaction]


def _fixed(name: str) -> Callable[[Profile], list[Option]]:
    return lambda _: _words(CHOICES[name], CHOICES_EN[name])


_OPTIONS: Final[dict[tuple[type[msgspec.Struct], str], Callable[[Profile], list[Option]]]] = {
    (bodies.Refuse, "code"): _refusals,
    (bodies.Return, "ground"): lambda profile: _named(profile.returns.grounds),
    (bodies.Pause, "ground"): lambda profile: _named(profile.flow.pause.reasons),
    (bodies.RequestExtension, "code"): _extensions,
    (bodies.Supervise, "level"): _levels,
    (bodies.Supervise, "tool"): _tools,
    (bodies.Supervise, "wrong"): lambda profile: _named(profile.supervision.wrongs),
    (bodies.Rate, "service"): _ratings,
    (bodies.Rate, "handling"): _ratings,
    (bodies.Archive, "not_applicable"): lambda profile: _named(profile.stages),
}
_SHARED: Final[Mapping[str, Callable[[Profile], list[Option]]]] = {
    "channel": _channels,
    "kind": lambda _: _words(KINDS, KINDS_EN),
    "domain": lambda profile: _named(profile.domains),
    "urgency": lambda _: _words(URGENCIES, URGENCIES_EN),
    "secrecy": lambda _: _words(SECRECIES, SECRECIES_EN),
    "caller.kind": lambda _: _words(CALLER_KINDS, CALLER_KINDS_EN),
    "fields": lambda _: _words(REVEALED, REVEALED_EN),
    **{name: _fixed(name) for name in CHOICES},
}
"""Choices of fields that mean the same in every body."""


def described(body: type[msgspec.Struct], schema: Mapping[str, Any], profile: Profile) -> dict[str, Any]:
    """The schema of a body as a form of a place.

    Args:
        body: whose schema it is.
        schema: with nothing left to look up elsewhere.
        profile: of the place.
    """
    return _group(body, schema, profile, "")


def _group(body: type[msgspec.Struct], schema: Mapping[str, Any], profile: Profile, prefix: str) -> dict[str, Any]:
    fields = {
        name: _field(body, f"{prefix}{name}", part, profile) for name, part in schema.get("properties", {}).items()
    }
    return {**deepcopy({**schema, "properties": {}}), "properties": fields}


def _field(body: type[msgspec.Struct], name: str, part: Mapping[str, Any], profile: Profile) -> dict[str, Any]:
    made = _not_null(part)
    title = made.setdefault("title", name)
    made["x-title-en"] = TITLES_EN.get(title, name)
    made |= _hints(made.get("description", ""), title)
    if made.get("type") == "object" and made.get("properties"):
        return _group(body, made, profile, f"{name}.") | {"x-widget": "group"}
    if (options := _options(body, name, made, profile)) is not None:
        made["x-options"] = options
    return made | _widget(body, name, made)


def _not_null(part: Mapping[str, Any]) -> dict[str, Any]:
    """The part as it is where it is not null; the default that says nothing falls away with it."""
    made = {key: deepcopy(value) for key, value in part.items() if key != "anyOf"}
    for way in part.get("anyOf", ()):
        if way.get("type") != "null":
            made |= deepcopy(dict(way)) | {key: made[key] for key in ("title", "description") if key in made}
    if made.get("default", "") is None:
        del made["default"]
    return made


def _hints(description: str, title: str) -> dict[str, str]:
    """The two halves of a description written in both languages; the Chinese one unless it repeats the title."""
    found = {}
    if (chinese := _CHINESE.search(description)) and not chinese[1].startswith(title):
        found["x-hint"] = chinese[1].strip()
    if english := _ENGLISH.search(description):
        found["x-hint-en"] = english[1].strip()
    return found


def _options(body: type[msgspec.Struct], name: str, part: Mapping[str, Any], profile: Profile) -> list[Option] | None:
    if (own := _OPTIONS.get((body, name))) is not None:
        return own(profile)
    allowed = part.get("enum", part.get("items", {}).get("enum"))
    if allowed is None:
        return None
    listed = _SHARED.get(name, _SHARED.get(name.rpartition(".")[2]))
    return [one for one in listed(profile) if one["value"] in allowed] if listed else _plain(allowed)


def _plain(allowed: list[Any]) -> list[Option]:
    return [{"value": one, "label": str(one), "label_en": str(one)} for one in allowed]


def _widget(body: type[msgspec.Struct], name: str, part: Mapping[str, Any]) -> dict[str, Any]:
    if body is bodies.Dispatch and name == "basis":
        return {"x-widget": "catalogue", "x-from": "/api/v1/catalogue/choice"}
    many = part.get("type") == "array"
    if (picked := PICKED.get(name)) is not None and "x-options" not in part:
        widget, where = picked
        if widget == "files":
            return {"x-widget": widget, "x-from": where, "x-accept": sorted(TYPES.values()), "x-most-bytes": LARGEST}
        return {"x-widget": "units" if widget == "unit" and many else widget, "x-from": where}
    return {"x-widget": _simple(part, many)}


def _simple(part: Mapping[str, Any], many: bool) -> Widget:
    """The widget of what is typed or chosen, from its shape."""
    if part.get("type") == "object":
        return "map"
    if "x-options" in part:
        return "choices" if many else "choice"
    shapes: dict[Any, Widget] = {"boolean": "yes_no", "integer": "number", "number": "number"}
    formats: dict[Any, Widget] = {"date-time": "moment", "date": "day"}
    plain = shapes.get(part.get("type")) or formats.get(part.get("format"))
    if plain is not None or many:
        return plain or "line"
    long = part.get("pattern") in (None, SAYS) and part.get("maxLength", LONG_TEXT) >= LONG_TEXT
    return "text" if long else "line"
