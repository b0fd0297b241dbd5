"""The reference for authors of a profile: every rule a file may hold, from the model's own types and docstrings."""

from __future__ import annotations

import re
from typing import Any, Final, get_args, get_origin

import msgspec

from yihao.profile.assemble import SECTIONS
from yihao.profile.codes import KindCode, Level, LimitKey, StageCode
from yihao.profile.provision import KindsRule, Label, Limit, Named, Number, Option, Switch, Text
from yihao.profile.scalars import choices, split, want

# Long lists the page prints once.
_NAMED: Final = {
    get_args(Level): "levels",
    get_args(KindCode): "kinds",
    get_args(LimitKey): "a key of `limits`",
    get_args(StageCode): "stages",
}
_MANY: Final = 1_000_000
# Types that say nothing of their own about a rule.
_GENERAL: Final = frozenset({KindsRule, Label, Limit, Named, Number, Option, Switch, Text})
# Sections whose keys have tables of their own on the page.
_LISTED: Final = frozenset({"limits", "prompts"})


def reference() -> str:
    """A Markdown table for each file: rule, meaning, values. What may be left out says so."""
    return "\n".join(_section(name, kind) for name, kind in SECTIONS.items() if name not in _LISTED)


def _section(name: str, kind: Any) -> str:
    lines = [f"### {name}.yaml", ""]
    if get_origin(kind) is dict:
        key, kind = get_args(kind)
        of = _quoted(choices(key)) or "the numbers listed, under the number in quotation marks"
        lines += [f"One entry for each of {of}; each holds:", ""]
    lines += ["| rule | meaning | values |", "|---|---|---|"]
    said = _entries(kind)
    for field in msgspec.structs.fields(kind):
        if field.name == getattr(kind, "KEY", None):
            continue
        entry = said.get(field.name, "")
        meaning = " ".join(part for part in (entry, _about(field.type, head=not entry)) if part)
        optional = "" if field.required else " May be left out."
        lines.append(f"| `{field.name}` | {meaning}{optional} | {_values(field.type)} |")
    return "\n".join([*lines, ""])


def _entries(kind: type) -> dict[str, str]:
    """The entries under ``Attributes:`` of a docstring; names that share one share its text."""
    text = (kind.__doc__ or "").partition("Attributes:\n")[2]
    found: dict[str, str] = {}
    names: list[str] = []
    for line in text.splitlines():
        head = re.match(r"        (\w+(?:, \w+)*): (.*)", line)
        if head:
            names = head[1].split(", ")
            found |= dict.fromkeys(names, head[2])
        elif line.strip():
            found |= {name: f"{found[name]} {line.strip()}" for name in names}
    return {name: _sentence(said) for name, said in found.items()}


def _about(kind: Any, *, head: bool) -> str:
    """What the docstring of a rule's type says of each of its values, and with ``head`` of the whole."""
    bare = _inner(kind)
    if not isinstance(bare, type) or bare in _GENERAL or not issubclass(bare, msgspec.Struct):
        return ""
    whole, _, inline = (bare.__doc__ or "").partition("Attributes:")
    block = _entries(bare)
    said = [f"`{name}`: {text[:1].lower()}{text[1:]}" for name, text in block.items()]
    if not block and inline:
        # ``level (code of its step), joint (…)``: the names stand before brackets.
        said = [re.sub(r"(?<![`\w(])(\w+)(?= \(|, \w+ \()", r"`\1`", _plain(inline)) + "."]
    return " ".join([*([_sentence(whole)] if head and whole.strip() else []), *said])


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("``", "`").replace("|", "\\|").rstrip(".")


def _sentence(text: str) -> str:
    plain = _plain(text)
    return f"{plain[:1].upper()}{plain[1:]}."


def _inner(kind: Any) -> Any:
    """The rule's type inside a list or a mapping."""
    bare, _ = split(kind)
    while get_origin(bare) in (tuple, dict):
        bare, _ = split(get_args(bare)[-1 if get_origin(bare) is dict else 0])
    return bare


def _values(kind: Any) -> str:
    """The values of a rule, each with what it takes."""
    bare, meta = split(kind)
    if get_origin(bare) is dict:
        key, value = get_args(bare)
        keys = choices(key)
        inner = _values(value)
        return f"for each of {_quoted(keys)}: {inner}" if keys else f"entries by code: {inner}"
    if get_origin(bare) is tuple:
        item, _ = split(get_args(bare)[0])
        if isinstance(item, type) and issubclass(item, msgspec.Struct):
            return f"entries by code: {_values(item)}"
        return f"a list of {_quoted(choices(item)) or want(get_args(bare)[0]).en}"
    if isinstance(bare, type) and issubclass(bare, msgspec.Struct):
        own = [field for field in msgspec.structs.fields(bare) if field.name not in ("basis", getattr(bare, "KEY", ""))]
        return ", ".join(_field(field) for field in own)
    if bare is int and meta is not None and meta.le == _MANY:
        return "a whole number"
    return _quoted(choices(bare)) or want(kind).en


def _field(field: msgspec.structs.FieldInfo) -> str:
    optional = "" if field.required else " (may be left out)"
    return f"`{field.name}` {_values(field.type)}{optional}"


def _quoted(values: tuple[str, ...]) -> str:
    if values in _NAMED:
        return _NAMED[values]
    return " / ".join(f"`{value}`" for value in values)
