"""YAML text as a tree that knows file and line, and the merge of one layer over another.

The merge has one law: a mapping that carries a ``basis`` is a rule and is replaced whole; mappings above rules are
merged key by key; everything else is replaced. ``removed: true`` with a basis takes a rule of the layer below away.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import msgspec
import yaml

from yihao.profile.problems import Problem

# libyaml is several times faster; a machine without it gets the same trees from the Python parser.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# Deeper than any rule goes.
DEEPEST = 12

Shape = Literal["mapping", "list", "scalar"]


class Node(msgspec.Struct):
    """A piece of a file. ``value`` is a dict of nodes, a list of nodes, or the text of a scalar as written."""

    value: dict[str, Node] | list[Node] | str
    layer: str
    file: str
    line: int
    empty: bool = False

    @property
    def shape(self) -> Shape:
        """What it is."""
        if isinstance(self.value, dict):
            return "mapping"
        return "list" if isinstance(self.value, list) else "scalar"

    @property
    def entries(self) -> dict[str, Node]:
        """The entries of a mapping; none for anything else."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def is_rule(self) -> bool:
        """Whether it is one rule, replaced whole by a layer above."""
        return "basis" in self.entries


def parse(content: bytes, *, layer: str, file: str, problems: list[Problem]) -> Node | None:
    """The tree of one file (empty for an empty one); ``None`` when its text is wrong, which ``problems`` tells."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problems.append(_not_utf8(content, error, file))
        return None
    tabs = [number for number, line in enumerate(text.split("\n"), 1) if "\t" in line]
    if tabs:
        problems.extend(Problem(code="tab", file=file, line=number) for number in tabs)
        return None
    builder = _Builder(layer, file, problems)
    try:
        tree = builder.document(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        why = " ".join(str(getattr(error, "problem", None) or error).split())
        problems.append(Problem(code="yaml", file=file, line=mark.line + 1 if mark else 1, params={"why": why}))
        return None
    return None if builder.refused else tree


class _Builder:
    """Builds the tree from PyYAML's events; aliases, a second document and deep nesting are refused.

    Events and not nodes: PyYAML's composer recurses without bound in C and takes the process down on a hostile file.
    """

    def __init__(self, layer: str, file: str, problems: list[Problem]) -> None:
        self.layer = layer
        self.file = file
        self.problems = problems
        self.refused = False
        self.events: Iterator[Any] = iter(())

    def document(self, text: str) -> Node:
        self.events = iter(yaml.parse(text, Loader=_LOADER))
        tree = Node({}, self.layer, self.file, 1)
        documents = 0
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self.refuse("second_document", event)
                    break
                tree = self.node(next(self.events), 0)
                if tree.empty:
                    tree = Node({}, self.layer, self.file, 1)
            if self.refused:
                break
        return tree

    def refuse(self, code: str, event: Any) -> None:
        self.refused = True
        self.problems.append(Problem(code=code, file=self.file, line=event.start_mark.line + 1))

    def node(self, event: Any, depth: int, line: int | None = None) -> Node:
        node = Node("", self.layer, self.file, line or event.start_mark.line + 1, empty=True)
        if depth > DEEPEST:
            self.refuse("too_deep", event)
        elif isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            self.refuse("alias", event)
        if self.refused:
            return node
        node.empty = False
        if isinstance(event, yaml.MappingStartEvent):
            node.value = self.mapping(depth)
        elif isinstance(event, yaml.SequenceStartEvent):
            node.value = self.sequence(depth)
        else:
            node.value = event.value
            # A plain scalar is not quoted: only that can be YAML's null.
            node.empty = event.implicit[0] and event.value in ("", "~", "null")
        return node

    def sequence(self, depth: int) -> list[Node]:
        items: list[Node] = []
        while not self.refused and not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self.node(event, depth + 1))
        return items

    def mapping(self, depth: int) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        while not self.refused and not isinstance(event := next(self.events), yaml.MappingEndEvent):
            line = event.start_mark.line + 1
            key = self.node(event, depth + 1)
            child = self.node(next(self.events), depth + 1, line)
            name = key.value if isinstance(key.value, str) else "?"
            if name in entries:
                params: dict[str, str | int] = {"key": name, "first": entries[name].line}
                self.problems.append(Problem(code="duplicate_key", file=self.file, line=line, params=params))
            else:
                entries[name] = child
        return entries


def merge(below: Node | None, above: Node, problems: list[Problem], path: str = "") -> Node:
    """``above`` over ``below``: rules whole, mappings key by key, in the order of the lower layer."""
    if below is None:
        below = Node({}, above.layer, above.file, above.line)
    if above.shape != "mapping" or below.shape != "mapping" or above.is_rule or below.is_rule:
        return above
    merged = dict(below.entries)
    for key, child in above.entries.items():
        here = f"{path}.{key}" if path else key
        if _removes(child):
            if merged.pop(key, None) is None:
                problems.append(
                    Problem(code="nothing_to_remove", file=child.file, line=child.line, path=here, params={"key": key})
                )
        else:
            merged[key] = merge(merged.get(key), child, problems, here)
    return Node(merged, above.layer, above.file, above.line)


def removals(root: Node, path: str = "") -> list[tuple[str, Node]]:
    """Every ``removed: true`` of one layer with its path, so that its basis can be checked."""
    found: list[tuple[str, Node]] = []
    for key, child in root.entries.items():
        here = f"{path}.{key}" if path else key
        found += [(here, child)] if _removes(child) else removals(child, here)
    return found


def _removes(node: Node) -> bool:
    mark = node.entries.get("removed")
    return mark is not None and mark.value == "true"


def _not_utf8(content: bytes, error: UnicodeDecodeError, file: str) -> Problem:
    hint_zh = hint = ""
    try:
        content.decode("gb18030")
    except UnicodeDecodeError:
        pass
    else:
        hint_zh, hint = "（像是 GB18030）", " (it looks like GB18030)"
    params: dict[str, str | int] = {"byte": error.start + 1, "hint_zh": hint_zh, "hint": hint}
    return Problem(code="not_utf8", file=file, line=content.count(b"\n", 0, error.start) + 1, params=params)
