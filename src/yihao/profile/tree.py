"""YAML text as a tree that knows file and line, and the merge of one layer over another.

The merge has one law: a mapping that carries a ``basis`` is a rule and is replaced whole; mappings above rules are
merged key by key; everything else is replaced. ``removed: true`` with a basis takes a rule of the layer below away.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
import yaml

from yihao.profile.problems import Problem

# libyaml is several times faster; a machine without it gets the same trees from the Python parser.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

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


def parse(content: bytes, *, layer: str, file: str, problems: list[Problem]) -> Node:
    """The tree of one file; what is wrong with its text goes to ``problems`` and gives an empty mapping."""
    nothing = Node({}, layer, file, 1)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problems.append(_not_utf8(content, error, file))
        return nothing
    tabs = [number for number, line in enumerate(text.split("\n"), 1) if "\t" in line]
    if tabs:
        problems.extend(Problem(code="tab", file=file, line=number) for number in tabs)
        return nothing
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        why = " ".join(str(getattr(error, "problem", None) or error).split())
        problems.append(Problem(code="yaml", file=file, line=mark.line + 1 if mark else 1, params={"why": why}))
        return nothing
    if root is None:
        return nothing
    return _Builder(layer, file, problems).node(root, root.start_mark.line + 1)


class _Builder:
    """Turns PyYAML's nodes into ours, refusing aliases (a tree that contains itself) and repeated keys."""

    def __init__(self, layer: str, file: str, problems: list[Problem]) -> None:
        self.layer = layer
        self.file = file
        self.problems = problems
        self.seen: set[int] = set()

    def node(self, raw: Any, line: int) -> Node:
        value: dict[str, Node] | list[Node] | str
        if id(raw) in self.seen:
            self.problems.append(Problem(code="alias", file=self.file, line=line))
            return Node("", self.layer, self.file, line, empty=True)
        self.seen.add(id(raw))
        if isinstance(raw, yaml.MappingNode):
            value = self.mapping(raw)
        elif isinstance(raw, yaml.SequenceNode):
            value = [self.node(item, item.start_mark.line + 1) for item in raw.value]
        else:
            value = raw.value
        return Node(value, self.layer, self.file, line, empty=raw.tag == "tag:yaml.org,2002:null")

    def mapping(self, raw: Any) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        for key, child in raw.value:
            line = key.start_mark.line + 1
            name = key.value if isinstance(key, yaml.ScalarNode) else "?"
            if name in entries:
                params: dict[str, str | int] = {"key": name, "first": entries[name].line}
                self.problems.append(Problem(code="duplicate_key", file=self.file, line=line, params=params))
                continue
            entries[name] = self.node(child, line)
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
