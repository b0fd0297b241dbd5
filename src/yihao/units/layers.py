"""The rules a node is under: the nearest profile named above it, and over that the layers of the nodes on the way down.

A layer never speaks for another place: level and area code are the node's own, and it answers its own calls only where
the rules above let it. Pure: the texts stand in the tree.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

import msgspec

from yihao.errors import Invalid, Misconfigured
from yihao.profile.codes import Level as Rank
from yihao.profile.load import load, load_over
from yihao.profile.model import Profile
from yihao.profile.overlay import Overlay, line_of
from yihao.profile.problems import Problem, ProfileInvalid
from yihao.units.model import Jurisdiction, LayerDraft, Level, NodeLayer
from yihao.units.tree import Tree

GROUND: Final = "national"
"""What a layer lies over where no node above names a profile."""
PLACE_FILE: Final = "place.yaml"


class NoProfile(Misconfigured):
    """Neither the jurisdiction nor any above it names a profile or has a layer."""

    code = "no_profile"


class BadLayer(Invalid):
    """A node's layer, or one below that it would break, has mistakes: all of them, with file and line."""

    code = "bad_layer"
    zh = "规则有 {count} 处错误：\n{listing_zh}"
    en = "The rules have {count} mistake(s):\n{listing_en}"

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            field="files",
            count=len(problems),
            listing_zh="\n".join(one.sentence("zh") for one in problems),
            listing_en="\n".join(one.sentence("en") for one in problems),
        )


def profile_at(now: Tree, jurisdiction_id: int) -> Profile:
    """The profile a node is under.

    Raises:
        NoProfile, UnknownPlace, ProfileInvalid.
    """
    base, overlays = _ground(now, jurisdiction_id)
    return _assembled(base, overlays) if overlays else _named(base)


def problems_below(now: Tree, jurisdiction_id: int) -> list[Problem]:
    """Every problem of the layers of a node and of all nodes below it, each once."""
    top = now.jurisdiction(jurisdiction_id)
    found: dict[tuple[str, int, str, str], Problem] = {}
    for node in now.jurisdictions.values():
        if node.id in now.layers and node.path.startswith(top.path):
            for one in _problems(now, node):
                found[one.file, one.line, one.path, one.code] = one
    return [found[key] for key in sorted(found)]


def proposed(now: Tree, jurisdiction_id: int, draft: LayerDraft) -> Tree:
    """The tree with a node's layer as drafted.

    Raises:
        BadLayer: with every mistake of it and of the layers below it.
    """
    now.jurisdiction(jurisdiction_id)
    old = now.layers.get(jurisdiction_id)
    layers = {id_: layer for id_, layer in now.layers.items() if id_ != jurisdiction_id}
    if draft.files:
        layers[jurisdiction_id] = NodeLayer(
            jurisdiction_id=jurisdiction_id,
            version=old.version + 1 if old else 1,
            files=dict(sorted(draft.files.items())),
            reason=draft.reason,
            by_account=0,
            at=datetime.min.replace(tzinfo=UTC),
        )
    then = msgspec.structs.replace(now, layers=layers)
    if problems := problems_below(then, jurisdiction_id):
        raise BadLayer(problems)
    return then


def _problems(now: Tree, node: Jurisdiction) -> list[Problem]:
    base, overlays = _ground(now, node.id)
    profile, problems = load_over(base, overlays)
    if profile is None:
        return problems
    return _own_place(profile, overlays[-1], node) + _answering(now, profile, overlays[-1], node)


def _own_place(profile: Profile, own: Overlay, node: Jurisdiction) -> list[Problem]:
    place, found = profile.place, []
    if place.level.basis.layer == own.name and not is_rank(node.level, (place.level.value,)):
        found.append(_problem(own, "level", "layer_level", value=place.level.value, level=node.level))
    if place.area_code.basis.layer == own.name and place.area_code.value != node.area_code[:6]:
        found.append(_problem(own, "area_code", "layer_area", value=place.area_code.value, area=node.area_code[:6]))
    return found


def _answering(now: Tree, profile: Profile, own: Overlay, node: Jurisdiction) -> list[Problem]:
    """体量大或位置较为偏远的县可自行接听 (ZJ 二(二)3): only where the rules above say so."""
    rule = profile.place.answering
    if rule.basis.layer != own.name or node.parent_id is None or not is_rank(node.level, rule.levels):
        return []
    above = profile_at(now, node.parent_id).place.answering
    if is_rank(node.level, (*above.levels, *above.may)):
        return []
    return [_problem(own, "answering", "layer_answers", level=node.level, may=", ".join(above.may) or "–")]


def front_desk(now: Tree, area_code: str | None) -> Jurisdiction:
    """Whose hotline takes what a citizen writes: the one at the top of the tree, unless it only coordinates those below
    (BY 二(三)4: 省级平台协调调度, 本市热线接听): then the one below it that the area lies in, else the first."""
    desk, place = now.root, now.area(area_code) if area_code else None
    while True:
        below = [
            node
            for node in now.jurisdictions.values()
            if node.parent_id == desk.id and is_rank(desk.level, profile_at(now, node.id).flow.superior.coordinate_only)
        ]
        if not below:
            return desk
        desk = next((node for node in below if place and place.path.startswith(node.path)), below[0])


def is_rank(level: Level, ranks: tuple[Rank, ...]) -> bool:
    """Whether a node's level is among the ranks a rule names: a prefecture (州, 地区) is a city of the tree."""
    return level in ranks or (level == "city" and "prefecture" in ranks)


def overlay_of(now: Tree, layer: NodeLayer) -> Overlay:
    """A node's layer as the profile's reader takes it."""
    return Overlay(f"{now.jurisdiction(layer.jurisdiction_id).area_code}@{layer.version}", tuple(layer.files.items()))


def _ground(now: Tree, jurisdiction_id: int) -> tuple[str, tuple[Overlay, ...]]:
    base = ""
    overlays: list[Overlay] = []
    for node in now.lineage(jurisdiction_id):
        if node.profile:
            base, overlays = node.profile, []
        if node.id in now.layers:
            overlays.append(overlay_of(now, now.layers[node.id]))
    if not base and not overlays:
        raise NoProfile(
            where=now.jurisdiction(jurisdiction_id).name,
            why="没有指定地方规则",
            mend="在辖区管理中为它或其上级指定地方规则名称",
        )
    return base or GROUND, tuple(overlays)


def _problem(own: Overlay, key: str, code: str, **params: str | int) -> Problem:
    line = line_of(own, PLACE_FILE, key)
    return Problem(code=code, file=f"{own.name}/{PLACE_FILE}", line=line, path=f"place.{key}", params=params)


@lru_cache(maxsize=64)
def _named(name: str) -> Profile:
    return load(name)


@lru_cache(maxsize=256)
def _assembled(base: str, overlays: tuple[Overlay, ...]) -> Profile:
    profile, problems = load_over(base, overlays)
    if profile is None:
        raise ProfileInvalid("+".join([base, *(overlay.name for overlay in overlays)]), tuple(problems))
    return profile
