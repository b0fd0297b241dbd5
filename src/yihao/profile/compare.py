"""A profile as a list of rules: its digest, its counts, and where two profiles differ."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec

from yihao.profile.model import Document, Profile
from yihao.profile.provision import Provision

SECTIONS = (
    "place",
    "acceptance",
    "kinds",
    "limits",
    "flow",
    "supervision",
    "indicators",
    "merging",
    "register",
    "prompts",
)
_ORDER = {section: place for place, section in enumerate((*SECTIONS, "lines"))}
_PLACE_OF_RULE = frozenset({"file", "line", "layer"})


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One rule that two profiles set differently.

    Attributes:
        path: the rule, ``limits.sign``.
        left, right: its value in each, as one line (of a rule with several values those that differ); ``None`` where
            the profile has no such rule.
        left_basis, right_basis: what each stands on.
        left_quote, right_quote: the words of the clause; empty where it stands on no document.
    """

    path: str
    left: str | None
    left_basis: str
    left_quote: str
    right: str | None
    right_basis: str
    right_quote: str

    @property
    def section(self) -> str:
        """The part of the profile it belongs to: its file, or ``lines``."""
        return self.path.split(".")[0]


def provisions(profile: Profile) -> dict[str, Provision]:
    """Every rule by its path; of a line's profile only those that are its own."""
    found = {path: rule for section in SECTIONS for path, rule in _walk(getattr(profile, section), section)}
    for number, line in profile.lines.items():
        for path, rule in provisions(line).items():
            if path not in found or _content(rule) != _content(found[path]):
                found[f"lines.{number}.{path}"] = rule
    return found


def digest(sections: dict[str, Any], documents: tuple[Document, ...], lines: dict[str, Profile]) -> str:
    """SHA-256 over every value and its basis, in one order; files, lines and comments do not matter."""
    content: dict[str, object] = {
        path: _content(rule) for section in SECTIONS for path, rule in _walk(sections[section], section)
    }
    content["documents"] = documents
    content["lines"] = {number: line.digest for number, line in lines.items()}
    return hashlib.sha256(msgspec.json.encode(content, order="sorted")).hexdigest()


def counts(profile: Profile) -> dict[str, int]:
    """What ``yihao profile check`` prints: hotlines the document lists, in all, by mode and at hand; the units that
    answer for them; rules by basis."""
    found = provisions(profile)
    kinds = Counter(_basis_kind(rule) for rule in found.values())
    announced = profile.merging.announced
    lines = {f"lines_{mode}": number for mode, number in announced.modes.items()} if announced else {}
    if announced and announced.undivided:
        lines["lines_undivided"] = announced.undivided
    return {
        "lines": announced.total if announced else 0,
        **lines,
        "lines_at_hand": len(profile.register),
        "lines_with_own_rules": len(profile.lines),
        "units": len({unit for line in profile.register.values() for unit in (line.unit or "").split("、") if unit}),
        "rules": len(found),
        "rules_document": kinds["document"],
        "rules_source": kinds["source"],
        "rules_design": kinds["design"],
        "stages": len(profile.stages),
        "kinds": len(profile.kinds),
        "limits": len(profile.limits),
        "refusals": len(profile.refusals),
        "domains": len(profile.domains),
    }


def diff(left: Profile, right: Profile) -> list[Difference]:
    """Where two profiles differ in value, clause beside clause, section by section.

    The same value on another basis is no difference, and neither is another English name for it. Where only one place
    has a rule for a line, the other's own rule stands beside it.
    """
    ours, theirs = provisions(left), provisions(right)
    differences = []
    paths = dict.fromkeys([*ours, *theirs])
    for path in sorted(paths, key=lambda path: _ORDER[path.split(".")[0]]):
        general = path.split(".", 2)[2] if path.startswith("lines.") else path
        a, b = ours.get(path, ours.get(general)), theirs.get(path, theirs.get(general))
        values = _values(a), _values(b)
        if values[0] == values[1]:
            continue
        fields = _differing(*values)
        differences.append(
            Difference(
                path=path,
                left=_shown(values[0], fields),
                left_basis=a.basis.cite() if a is not None else "",
                left_quote=(a.basis.quote or "") if a is not None else "",
                right=_shown(values[1], fields),
                right_basis=b.basis.cite() if b is not None else "",
                right_quote=(b.basis.quote or "") if b is not None else "",
            )
        )
    return differences


def _walk(value: Any, path: str) -> Iterator[tuple[str, Provision]]:
    if isinstance(value, Provision):
        yield path, value
    elif isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            yield from _walk(getattr(value, field), f"{path}.{field}")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _walk(item, f"{path}.{key}")
    elif isinstance(value, tuple):
        for item in value:
            yield from _walk(item, f"{path}.{getattr(item, 'code', '')}")


def _content(rule: Provision) -> dict[str, Any]:
    content: dict[str, Any] = msgspec.to_builtins(rule)
    content["basis"] = {key: value for key, value in content["basis"].items() if key not in _PLACE_OF_RULE}
    return content


def _values(rule: Provision | None) -> dict[str, Any] | None:
    """What a rule says, without its basis, the code it stands under, and its English name."""
    if rule is None:
        return None
    content: dict[str, Any] = msgspec.to_builtins(rule)
    return {key: value for key, value in content.items() if key not in ("basis", "code", "en")}


def _differing(left: dict[str, Any] | None, right: dict[str, Any] | None) -> list[str]:
    """The fields to show: those that differ, all of them where one side has no such rule."""
    if left is None or right is None:
        return list(left or right or {})
    return [key for key in dict.fromkeys([*left, *right]) if left.get(key) != right.get(key)]


def _shown(values: dict[str, Any] | None, fields: list[str]) -> str | None:
    """The value in one line: the bare value of a simple rule, else the name of the entry and its fields."""
    if values is None:
        return None
    name = str(values["zh"]) if "zh" in values else ""
    rest = {key: values.get(key) for key in fields if key != "zh"}
    if not name and len(values) == 1:
        return _plain(next(iter(values.values())))
    said = "; ".join(f"{key}={_plain(value)}" for key, value in rest.items())
    return f"{name} ({said})" if name and said else name or said


def _plain(value: Any) -> str:
    if value is None or value in ([], ()):
        return "–"
    if isinstance(value, list | tuple):
        return "、".join(_plain(item) for item in value)
    if isinstance(value, dict):
        return str(value.get("zh") or ", ".join(f"{key} {item}" for key, item in value.items()))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _basis_kind(rule: Provision) -> str:
    if rule.basis.document is not None:
        return "document"
    return "source" if rule.basis.source is not None else "design"
