"""Profiles from their folders: layers found and files read. No other module of the room touches a file."""

from __future__ import annotations

from pathlib import Path

import msgspec

from yihao.profile.assemble import SECTIONS, Layer, assemble, take_head
from yihao.profile.model import Profile
from yihao.profile.overlay import Overlay, layer_of
from yihao.profile.problems import Problem, ProfileInvalid
from yihao.profile.scalars import CHECKS, UnfitError
from yihao.profile.tree import Node, parse

PLACES = Path(__file__).parent / "places"
TEMPLATE = Path(__file__).parent / "template"
"""A place to copy and rewrite, with comments; a good one as it stands."""
_FILES = [f"{section}.yaml" for section in SECTIONS]


def names() -> list[str]:
    """The packaged places; a layer that extends nothing, such as the national one, is a ground and no place."""
    found = []
    for folder in sorted(PLACES.iterdir()):
        file = folder / "place.yaml"
        tree = parse(file.read_bytes(), layer="", file="", problems=[]) if file.is_file() else None
        if tree is not None and "extends" in tree.entries:
            found.append(folder.name)
    return found


def load(name_or_folder: str | Path) -> Profile:
    """The profile of a packaged place, or of a folder of files written like one.

    Raises:
        ProfileInvalid: with every problem found, each with file, line, what is wrong and how to mend it.
    """
    profile, problems = _load(name_or_folder)
    if profile is None:
        raise ProfileInvalid(str(name_or_folder), tuple(problems))
    return profile


def check(name_or_folder: str | Path) -> list[Problem]:
    """Every problem of a profile, by file and line; none for a good one."""
    return _load(name_or_folder)[1]


def load_over(base: str, overlays: tuple[Overlay, ...]) -> tuple[Profile | None, list[Problem]]:
    """A profile with layers over it that stand in no folder, lowest first; ``None`` with the problems of a bad one.

    The profile's name tells them all: ``place+330127@2``.
    """
    return _load(base, overlays)


def _load(name_or_folder: str | Path, overlays: tuple[Overlay, ...] = ()) -> tuple[Profile | None, list[Problem]]:
    problems: list[Problem] = []
    folder = _find(name_or_folder, problems)
    profile = None
    if folder is not None:
        layers, whole = _layers(folder, problems)
        layers += [layer_of(overlay, problems) for overlay in overlays]
        name = "+".join([folder.name, *(overlay.name for overlay in overlays)])
        profile = assemble(layers, problems, whole=whole, name=name)
    # Each once: a line's rules are read over the same ground and find the ground's mistakes again.
    unique = {(p.file, p.line, p.path, p.code, msgspec.json.encode(p.params)): p for p in problems}
    return (None if unique else profile), [unique[key] for key in sorted(unique)]


def _find(name_or_folder: str | Path, problems: list[Problem]) -> Path | None:
    packaged = PLACES / name_or_folder if isinstance(name_or_folder, str) and _plain(name_or_folder) else None
    folder = packaged if packaged and packaged.is_dir() else Path(name_or_folder)
    if folder.is_dir():
        # The name of a place is the folder's own, also for ``.``.
        return folder if folder.name else folder.resolve()
    params: dict[str, str | int] = {"name": str(name_or_folder), "known": ", ".join(names())}
    problems.append(Problem(code="unknown_place", file=str(name_or_folder), params=params))
    return None


def _plain(name: str) -> bool:
    return name not in ("", ".", "..") and not set(name) & set("/\\\0")


def _label(path: Path) -> str:
    """A file as its author would open it: packaged ones below ``places/``."""
    return str(path.relative_to(PLACES.parent)) if path.is_relative_to(PLACES) else str(path)


def _layers(folder: Path, problems: list[Problem]) -> tuple[list[Layer], bool]:
    """The folder and all it extends, the lowest first, and whether none is missing."""
    layers: list[Layer] = []
    chain: list[Path] = []
    while True:
        chain.append(folder.resolve())
        layers.append(_layer(folder, problems))
        extends = layers[-1].head.get("extends")
        if extends is None:
            # A place.yaml that is absent or unreadable may well have extended something.
            place = layers[-1].sections.get("place")
            return layers[::-1], place is not None and place.shape == "mapping"
        name = extends.value if isinstance(extends.value, str) and not extends.empty else ""
        found = [parent for parent in (folder.parent / name, PLACES / name) if _plain(name) and parent.is_dir()]
        if not found:
            known = ", ".join(sorted(item.name for item in PLACES.iterdir() if item.is_dir()))
            problems.append(_at(extends, "unknown_extends", "extends", name=name, known=known))
            return layers[::-1], False
        folder = found[0]
        if folder.resolve() in chain:
            circle = [item.name for item in chain[chain.index(folder.resolve()) :]] + [folder.name]
            problems.append(_at(extends, "extends_cycle", "extends", chain=" → ".join(circle)))
            return layers[::-1], False


def _layer(folder: Path, problems: list[Problem]) -> Layer:
    sections: dict[str, Node] = {}
    broken: set[str] = set()
    for file in sorted(folder.iterdir()):
        if file.suffix in (".yaml", ".yml") and file.name not in _FILES:
            params: dict[str, str | int] = {"name": file.name, "known": ", ".join(_FILES)}
            problems.append(Problem(code="unknown_file", file=_label(file), params=params))
        elif file.suffix == ".yaml":
            tree = _file(file, folder.name, problems)
            if tree is None:
                broken.add(file.stem)
            else:
                sections[file.stem] = tree
    head = take_head(sections)
    if "place" not in sections and "place" not in broken:
        problems.append(Problem(code="missing_file", file=_label(folder), params={"name": "place.yaml"}))
    return Layer(folder.name, _label(folder), head, sections, _lines(folder, problems), frozenset(broken))


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
        entries = root.entries if root is not None else {}
        for key, node in entries.items():
            if key not in SECTIONS:
                known = ", ".join(SECTIONS)
                problems.append(_at(node, "unknown_key", key, key=key, known=known, guess_zh="", guess=""))
        lines[file.stem] = {key: node for key, node in entries.items() if key in SECTIONS}
    return lines


def _file(file: Path, layer: str, problems: list[Problem]) -> Node | None:
    try:
        content = file.read_bytes()
    except OSError as error:
        why = error.strerror or type(error).__name__
        problems.append(Problem(code="unreadable_file", file=_label(file), params={"why": why}))
        return None
    return parse(content, layer=layer, file=_label(file), problems=problems)


def _at(node: Node, code: str, path: str, **params: str | int) -> Problem:
    return Problem(code=code, file=node.file, line=node.line, path=path, params=params)
