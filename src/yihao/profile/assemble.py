"""From the layers of a place to its profile: merge, read, check. Pure: the files are already trees."""

from __future__ import annotations

from typing import Any, NamedTuple

from yihao.profile import checks, compare
from yihao.profile.codes import KindCode, LimitKey, PromptKey
from yihao.profile.flow import Flow, KindRule
from yihao.profile.listed import ListedLine
from yihao.profile.model import Acceptance, Document, Indicators, Merging, Place, Profile, Supervision
from yihao.profile.problems import Problem
from yihao.profile.prompts import Prompt
from yihao.profile.provision import Limit
from yihao.profile.read import FAILED, Reader
from yihao.profile.tree import Node, merge, removals

SECTIONS: dict[str, Any] = {
    "place": Place,
    "acceptance": Acceptance,
    "kinds": dict[KindCode, KindRule],
    "limits": dict[LimitKey, Limit],
    "flow": Flow,
    "supervision": Supervision,
    "indicators": Indicators,
    "merging": Merging,
    "register": dict[str, ListedLine],
    "prompts": dict[PromptKey, Prompt],
}
HEAD = ("extends", "document", "documents")
"""What place.yaml says about the layer itself, beside the section ``place``."""
# Said only when the whole ground was read: what a layer lacks may stand in the one that could not be.
_NEEDS_GROUND = frozenset({"missing_file", "missing_key", "nothing_to_remove", "unknown_document"})


class Layer(NamedTuple):
    """One folder as trees.

    ``head`` holds what place.yaml says about the folder itself, ``lines`` the sections of lines/<number>.yaml by
    number, ``broken`` the sections whose text could not be parsed: nothing is concluded from them.
    """

    name: str
    label: str
    head: dict[str, Node]
    sections: dict[str, Node]
    lines: dict[str, dict[str, Node]]
    broken: frozenset[str]


def take_head(sections: dict[str, Node]) -> dict[str, Node]:
    """What place.yaml says about the layer itself, taken out of the section ``place``."""
    entries = sections["place"].entries if "place" in sections else {}
    return {key: entries.pop(key) for key in HEAD if key in entries}


def assemble(layers: list[Layer], problems: list[Problem], *, whole: bool, name: str) -> Profile | None:
    """The profile ``name`` of layers given lowest first; ``None`` and the reasons in ``problems`` when it cannot stand.

    ``whole`` is false when a layer is missing (an ``extends`` that leads nowhere): what follows from that alone is
    not told.
    """
    found: list[Problem] = []
    profile = _Assembly(layers, found, name).profile()
    problems += found if whole else [problem for problem in found if problem.code not in _NEEDS_GROUND]
    return profile


class _Assembly:
    """The steps of one assembly, which share the merged trees and the list of problems."""

    def __init__(self, layers: list[Layer], problems: list[Problem], name: str) -> None:
        self.name = name
        self.layers = layers
        self.problems = problems
        self.top = layers[-1]
        self.broken = frozenset[str]().union(*(layer.broken for layer in layers))
        self.merged = self.merge([layer.sections for layer in layers])
        self.documents = self.read_documents()
        self.numbers = {item.code: item.number for item in self.documents}

    def profile(self) -> Profile | None:
        reader = Reader(self.numbers, self.problems)
        for layer in self.layers:
            _check_removals(reader, layer)
        sections = self.read(reader, self.merged, [name for name in SECTIONS if name not in self.broken])
        # The lines are read on a broken ground too: their own mistakes are told in the same breath.
        overlays = {number: self.overlay(number) for layer in self.layers for number in layer.lines}
        self.check_lines(reader)
        common: dict[str, Any] = {
            "name": self.name,
            "layers": tuple(layer.name for layer in self.layers),
            "documents": self.documents,
            "main_document": self.main_document(reader),
        }
        if self.problems or len(sections) < len(SECTIONS):
            return None
        lines = {}
        for number, changed in sorted(overlays.items()):
            own = sections | changed
            lines[number] = Profile(**common, **own, digest=compare.digest(own, self.documents, {}))
        return Profile(**common, **sections, lines=lines, digest=compare.digest(sections, self.documents, lines))

    def merge(self, layers: list[dict[str, Node]]) -> dict[str, Node]:
        merged: dict[str, Node] = {}
        for sections in layers:
            for name, node in sections.items():
                merged[name] = merge(merged.get(name), node, self.problems, name)
        return merged

    def read(self, reader: Reader, merged: dict[str, Node], names: list[str]) -> dict[str, Any]:
        """The sections that could be read, checked against each other."""
        sections = {}
        for name in names:
            if name not in merged:
                params: dict[str, str | int] = {"name": f"{name}.yaml"}
                self.problems.append(Problem(code="missing_file", file=self.top.label, path=name, params=params))
                continue
            value = reader.read(merged[name], SECTIONS[name], name)
            if value is not FAILED:
                sections[name] = value
        checks.check(reader)
        return sections

    def overlay(self, number: str) -> dict[str, Any]:
        """The sections a line changes, read again with its rules over the place's."""
        overlays = [layer.lines[number] for layer in self.layers if number in layer.lines]
        touched = list(dict.fromkeys(name for overlay in overlays for name in overlay))
        ground = {name: self.merged[name] for name in touched if name in self.merged}
        return self.read(Reader(self.numbers, self.problems), self.merge([ground, *overlays]), touched)

    def check_lines(self, reader: Reader) -> None:
        """An emergency number is no line of 12345's (国办发〔2020〕53号): a file of rules for one is a mistake."""
        emergency: tuple[str, ...] = reader.parts.get("acceptance.emergency.numbers", checks.EMERGENCY)
        for layer in self.layers:
            for number in layer.lines:
                if number in emergency:
                    file = f"{layer.label}/lines/{number}.yaml"
                    self.problems.append(Problem(code="emergency_line", file=file, params={"number": number}))

    def read_documents(self) -> tuple[Document, ...]:
        merged: Node | None = None
        for layer in self.layers:
            if "documents" in layer.head:
                merged = merge(merged, layer.head["documents"], self.problems, "documents")
        if merged is None:
            return ()
        found: Any = Reader({}, self.problems).read(merged, tuple[Document, ...], "documents")
        return () if found is FAILED else found

    def main_document(self, reader: Reader) -> str | None:
        """The key of the place's own document: the uppermost layer that names one."""
        named = next((layer.head["document"] for layer in reversed(self.layers) if "document" in layer.head), None)
        if named is None:
            return None
        if isinstance(named.value, str) and named.value in self.numbers:
            return named.value
        known = ", ".join(self.numbers) or "–"
        reader.note("unknown_document", named, "document", value=str(named.value), known=known)
        return None


def _check_removals(reader: Reader, layer: Layer) -> None:
    """A rule is taken away for a reason too."""
    for sections in (layer.sections, *layer.lines.values()):
        for section, root in sections.items():
            for path, node in removals(root, section):
                if node.is_rule:
                    reader.basis(node.entries["basis"], f"{path}.basis", node)
                else:
                    reader.note("missing_basis", node, path)
