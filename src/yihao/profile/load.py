"""Profiles from their folders: layers found, files read, merged, checked. No other module of the room reads files."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from yihao.profile import checks, compare
from yihao.profile.codes import KindCode, LimitKey
from yihao.profile.flow import Flow, KindRule
from yihao.profile.model import Acceptance, Document, Indicators, Merging, Place, Profile, Supervision
from yihao.profile.problems import Problem, ProfileInvalid
from yihao.profile.provision import Limit
from yihao.profile.read import FAILED, Reader
from yihao.profile.scalars import CHECKS, UnfitError
from yihao.profile.tree import Node, merge, parse, removals

PLACES = Path(__file__).parent / "places"
SECTIONS: dict[str, Any] = {
    "place": Place,
    "acceptance": Acceptance,
    "kinds": dict[KindCode, KindRule],
    "limits": dict[LimitKey, Limit],
    "flow": Flow,
    "supervision": Supervision,
    "indicators": Indicators,
    "merging": Merging,
}
_FILES = ", ".join(f"{section}.yaml" for section in SECTIONS)
# What place.yaml says about the folder itself, beside the section ``place``.
_HEAD = ("extends", "document", "documents")


class _Layer(NamedTuple):
    name: str
    head: dict[str, Node]
    sections: dict[str, Node]
    lines: dict[str, dict[str, Node]]


def names() -> list[str]:
    """The packaged places; a layer that extends nothing, such as the national one, is a ground and no place."""
    found = []
    for folder in sorted(PLACES.iterdir()):
        file = folder / "place.yaml"
        if file.is_file() and "extends" in parse(file.read_bytes(), layer="", file="", problems=[]).entries:
            found.append(folder.name)
    return found


def load(name_or_folder: str | Path) -> Profile:
    """The profile of a packaged place, or of a folder of files written like one.

    Raises:
        ProfileInvalid: with every problem found, each with file, line, what is wrong and how to mend it.
    """
    problems: list[Problem] = []
    profile = _load(name_or_folder, problems)
    if profile is None or problems:
        raise ProfileInvalid(str(name_or_folder), tuple(_in_order(problems)))
    return profile


def check(name_or_folder: str | Path) -> list[Problem]:
    """Every problem of a profile, none for a good one."""
    problems: list[Problem] = []
    _load(name_or_folder, problems)
    return _in_order(problems)


def _load(name_or_folder: str | Path, problems: list[Problem]) -> Profile | None:
    folder = _find(name_or_folder, problems)
    layers = _layers(folder, problems) if folder else []
    if folder is None or not layers:
        return None
    merged = _merge([layer.sections for layer in layers], problems)
    documents = _documents(layers, problems)
    reader = Reader({item.code: item.number for item in documents}, problems)
    for layer in layers:
        _check_removals(reader, layer)
    sections = _read(reader, merged, SECTIONS, folder)
    checks.check(reader)
    main = _main_document(layers, reader)
    numbers = {number for layer in layers for number in layer.lines}
    overlays = {
        number: [layer.lines[number] for layer in layers if number in layer.lines] for number in sorted(numbers)
    }
    if len(sections) < len(SECTIONS):
        # The lines cannot be built on a broken ground; their own mistakes are still told.
        for overlay in overlays.values():
            _overlay(reader, merged, overlay, folder)
        return None
    common: dict[str, Any] = {
        "name": folder.name,
        "layers": tuple(layer.name for layer in layers),
        "documents": documents,
        "main_document": main,
    }
    lines = {}
    for number, overlay in overlays.items():
        own = sections | _overlay(reader, merged, overlay, folder)
        lines[number] = Profile(**common, **own, digest=compare.digest(own, documents, {}))
    return Profile(**common, **sections, lines=lines, digest=compare.digest(sections, documents, lines))


def _find(name_or_folder: str | Path, problems: list[Problem]) -> Path | None:
    packaged = PLACES / name_or_folder if isinstance(name_or_folder, str) and _plain(name_or_folder) else None
    folder = packaged if packaged and packaged.is_dir() else Path(name_or_folder)
    if folder.is_dir():
        return folder
    params: dict[str, str | int] = {"name": str(name_or_folder), "known": ", ".join(names())}
    problems.append(Problem(code="unknown_place", file=str(name_or_folder), params=params))
    return None


def _plain(name: str) -> bool:
    return name not in ("", ".", "..") and not set(name) & set("/\\")


def _label(path: Path) -> str:
    """A file as its author would open it: packaged ones below ``places/``."""
    return str(path.relative_to(PLACES.parent)) if path.is_relative_to(PLACES) else str(path)


def _layers(folder: Path, problems: list[Problem]) -> list[_Layer]:
    """The folder and all it extends, the lowest first."""
    layers: list[_Layer] = []
    chain: list[Path] = []
    while True:
        chain.append(folder.resolve())
        layers.append(_layer(folder, problems))
        extends = layers[-1].head.get("extends")
        if extends is None:
            break
        name = extends.value if isinstance(extends.value, str) and not extends.empty else ""
        beside = [parent for parent in (folder.parent / name, PLACES / name) if _plain(name) and parent.is_dir()]
        if not beside:
            known = ", ".join(sorted(item.name for item in PLACES.iterdir() if item.is_dir()))
            problems.append(_at(extends, "unknown_extends", "extends", name=name, known=known))
            break
        folder = beside[0]
        if folder.resolve() in chain:
            circle = [item.name for item in chain[chain.index(folder.resolve()) :]] + [folder.name]
            problems.append(_at(extends, "extends_cycle", "extends", chain=" → ".join(circle)))
            break
    return layers[::-1]


def _layer(folder: Path, problems: list[Problem]) -> _Layer:
    name = folder.name
    sections: dict[str, Node] = {}
    for file in sorted(folder.iterdir()):
        if file.suffix in (".yaml", ".yml") and file.name not in _FILES.split(", "):
            params: dict[str, str | int] = {"name": file.name, "known": _FILES}
            problems.append(Problem(code="unknown_file", file=_label(file), params=params))
        elif file.suffix == ".yaml":
            sections[file.stem] = _file(file, name, problems)
    head: dict[str, Node] = {}
    if "place" not in sections:
        problems.append(Problem(code="missing_file", file=_label(folder), params={"name": "place.yaml"}))
    else:
        entries = sections["place"].entries
        head = {key: entries[key] for key in _HEAD if key in entries}
        for key in head:
            del entries[key]
    return _Layer(name, head, sections, _lines(folder, problems))


def _lines(folder: Path, problems: list[Problem]) -> dict[str, dict[str, Node]]:
    """The rules of single hotline numbers: lines/<number>.yaml, whose top-level keys are sections."""
    lines: dict[str, dict[str, Node]] = {}
    for file in sorted((folder / "lines").glob("*.yaml")):
        try:
            CHECKS["number"][0](file.stem)
        except UnfitError:
            problems.append(Problem(code="line_file_name", file=_label(file), params={"name": file.stem}))
            continue
        root = _file(file, f"{folder.name}/lines/{file.stem}", problems)
        for key, node in root.entries.items():
            if key not in SECTIONS:
                known = ", ".join(SECTIONS)
                problems.append(_at(node, "unknown_key", key, key=key, known=known, guess_zh="", guess=""))
        lines[file.stem] = {key: node for key, node in root.entries.items() if key in SECTIONS}
    return lines


def _file(file: Path, layer: str, problems: list[Problem]) -> Node:
    try:
        content = file.read_bytes()
    except OSError as error:
        why = error.strerror or type(error).__name__
        problems.append(Problem(code="unreadable_file", file=_label(file), params={"why": why}))
        content = b""
    return parse(content, layer=layer, file=_label(file), problems=problems)


def _merge(layers: list[dict[str, Node]], problems: list[Problem]) -> dict[str, Node]:
    merged: dict[str, Node] = {}
    for sections in layers:
        for section, node in sections.items():
            merged[section] = merge(merged.get(section), node, problems, section)
    return merged


def _check_removals(reader: Reader, layer: _Layer) -> None:
    """A rule is taken away for a reason too."""
    for sections in (layer.sections, *layer.lines.values()):
        for section, root in sections.items():
            for path, node in removals(root, section):
                if node.is_rule:
                    reader.basis(node.entries["basis"], f"{path}.basis", node)
                else:
                    reader.note("missing_basis", node, path)


def _read(reader: Reader, merged: dict[str, Node], wanted: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The sections that could be read."""
    sections = {}
    for section, kind in wanted.items():
        if section not in merged:
            params: dict[str, str | int] = {"name": f"{section}.yaml"}
            reader.problems.append(Problem(code="missing_file", file=_label(folder), path=section, params=params))
            continue
        value = reader.read(merged[section], kind, section)
        if value is not FAILED:
            sections[section] = value
    return sections


def _overlay(reader: Reader, merged: dict[str, Node], overlay: list[dict[str, Node]], folder: Path) -> dict[str, Any]:
    """The sections a line changes, read again with its rules over the place's."""
    touched = {section: SECTIONS[section] for layer in overlay for section in layer}
    ground = {section: merged[section] for section in touched if section in merged}
    again = Reader(reader.documents, reader.problems)
    sections = _read(again, _merge([ground, *overlay], reader.problems), touched, folder)
    checks.check(again)
    return sections


def _documents(layers: list[_Layer], problems: list[Problem]) -> tuple[Document, ...]:
    merged: Node | None = None
    for layer in layers:
        if "documents" in layer.head:
            merged = merge(merged, layer.head["documents"], problems, "documents")
    if merged is None:
        return ()
    found: Any = Reader({}, problems).read(merged, tuple[Document, ...], "documents")
    return () if found is FAILED else tuple(found)


def _main_document(layers: list[_Layer], reader: Reader) -> str | None:
    """The key of the place's own document: the uppermost layer that names one."""
    for layer in reversed(layers):
        node = layer.head.get("document")
        if node is not None:
            if isinstance(node.value, str) and node.value in reader.documents:
                return node.value
            known = ", ".join(reader.documents) or "–"
            reader.note("unknown_document", node, "document", value=str(node.value), known=known)
            return None
    return None


def _at(node: Node, code: str, path: str, **params: str | int) -> Problem:
    return Problem(code=code, file=node.file, line=node.line, path=path, params=params)


def _in_order(problems: list[Problem]) -> list[Problem]:
    """By file and line, each once: a line's layer reads the ground again and finds the same."""
    seen = {(p.file, p.line, p.path, p.code, msgspec.json.encode(p.params)): p for p in problems}
    return [seen[key] for key in sorted(seen)]
