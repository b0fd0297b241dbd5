"""A layer that stands in no folder: the files of a node of the tree, kept where the tree is kept. Pure."""

from __future__ import annotations

from typing import NamedTuple

from yihao.profile.assemble import SECTIONS, Layer, take_head
from yihao.profile.problems import Problem
from yihao.profile.scalars import CHECKS, UnfitError
from yihao.profile.tree import Node, parse

FILES = tuple(f"{section}.yaml" for section in SECTIONS)
"""What a layer may consist of, beside ``lines/<number>.yaml``."""


class Overlay(NamedTuple):
    """A layer as texts: ``name`` is what problems and bases call it, ``files`` name and content, in order."""

    name: str
    files: tuple[tuple[str, str], ...]


def layer_of(overlay: Overlay, problems: list[Problem]) -> Layer:
    """The layer as trees. It needs no place.yaml, and extends nothing: it lies over what holds above its node."""
    sections: dict[str, Node] = {}
    lines: dict[str, dict[str, Node]] = {}
    broken: set[str] = set()
    for name, content in overlay.files:
        file = f"{overlay.name}/{name}"
        if name not in FILES and not _is_line(name):
            params: dict[str, str | int] = {"name": name, "known": ", ".join(FILES)}
            problems.append(Problem(code="unknown_file", file=file, params=params))
            continue
        tree = parse(content.encode(), layer=overlay.name, file=file, problems=problems)
        if name not in FILES:
            lines[name.removeprefix("lines/").removesuffix(".yaml")] = _sections(tree, problems)
        elif tree is None:
            broken.add(name.removesuffix(".yaml"))
        else:
            sections[name.removesuffix(".yaml")] = tree
    head = take_head(sections)
    if (extends := head.pop("extends", None)) is not None:
        problems.append(Problem(code="layer_extends", file=extends.file, line=extends.line, path="extends"))
    return Layer(overlay.name, overlay.name, head, sections, lines, frozenset(broken))


def line_of(overlay: Overlay, file: str, key: str) -> int:
    """The line a key of one of its files begins in; 1 where there is none."""
    content = dict(overlay.files).get(file, "")
    tree = parse(content.encode(), layer=overlay.name, file=file, problems=[])
    node = tree.entries.get(key) if tree is not None else None
    return node.line if node is not None else 1


def _is_line(name: str) -> bool:
    if not (name.startswith("lines/") and name.endswith(".yaml")):
        return False
    try:
        CHECKS["number"][0](name[len("lines/") : -len(".yaml")])
    except UnfitError:
        return False
    return True


def _sections(tree: Node | None, problems: list[Problem]) -> dict[str, Node]:
    """The sections of a line's file."""
    found = {}
    for key, node in (tree.entries if tree is not None else {}).items():
        if key in SECTIONS:
            found[key] = node
        else:
            params: dict[str, str | int] = {"key": key, "known": ", ".join(SECTIONS), "guess_zh": "", "guess": ""}
            problems.append(Problem(code="unknown_key", file=node.file, line=node.line, path=key, params=params))
    return found
