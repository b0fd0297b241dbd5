"""A profile as a list of rules: its digest, its counts, and where two profiles differ."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec

from yihao.profile.model import Document, Profile
from yihao.profile.provision import Provision

SECTIONS = ("place", "acceptance", "kinds", "limits", "flow", "supervision", "indicators", "merging", "prompts")
_PLACE_OF_RULE = frozenset({"file", "line", "layer"})


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One rule that two profiles set differently.

    Attributes:
        path: the rule, ``limits.sign``.
        left, right: its value in each, as one line; ``None`` where the profile has no such rule.
        left_basis, right_basis: what each stands on.
    """

    path: str
    left: str | None
    left_basis: str
    right: str | None
    right_basis: str


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
    """What ``yihao profile check`` prints: hotlines the document lists, in all and by mode; rules by kind of basis."""
    found = provisions(profile)
    kinds = Counter(_basis_kind(rule) for rule in found.values())
    announced = profile.merging.announced
    lines = {f"lines_{mode}": number for mode, number in announced.modes.items()} if announced else {}
    return {
        "lines": announced.total if announced else 0,
        **lines,
        "lines_with_own_rules": len(profile.lines),
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
    """Where two profiles differ in value, clause beside clause; the same value on another basis is no difference."""
    ours, theirs = provisions(left), provisions(right)
    differences = []
    for path in dict.fromkeys([*ours, *theirs]):
        a, b = ours.get(path), theirs.get(path)
        shown = (_shown(a), _shown(b))
        if shown[0] != shown[1]:
            differences.append(
                Difference(
                    path=path,
                    left=shown[0],
                    left_basis=a.basis.cite() if a else "",
                    right=shown[1],
                    right_basis=b.basis.cite() if b else "",
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


def _shown(rule: Provision | None) -> str | None:
    """The value in one line: the bare value of a simple rule, else its fields by name."""
    if rule is None:
        return None
    content: dict[str, Any] = msgspec.to_builtins(rule)
    del content["basis"]
    content.pop("code", None)
    if len(content) == 1:
        return _plain(next(iter(content.values())))
    return "; ".join(f"{key}={_plain(value)}" for key, value in content.items() if value not in (None, [], ()))


def _plain(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "、".join(_plain(item) for item in value)
    if isinstance(value, dict):
        return str(value.get("zh") or ", ".join(f"{key} {item}" for key, item in value.items()))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _basis_kind(rule: Provision) -> str:
    if rule.basis.document is not None:
        return "document"
    return "source" if rule.basis.source is not None else "design"
