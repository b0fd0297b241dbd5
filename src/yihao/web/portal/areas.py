"""Where it happened, chosen step by step down the tree of jurisdictions."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from yihao.units.model import Jurisdiction
from yihao.units.tree import Tree


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """One pick-list: the places below one place, and which is chosen."""

    label: str
    choices: tuple[Jurisdiction, ...]
    chosen: str = ""


LABELS = {"city": "市（州）", "county": "县（市、区）", "township": "乡镇（街道）", "province": "省"}


def below(now: Tree, node: Jurisdiction) -> tuple[Jurisdiction, ...]:
    """The places right below one, in the order of their codes."""
    found = [one for one in now.jurisdictions.values() if one.parent_id == node.id]
    return tuple(sorted(found, key=lambda one: one.area_code))


def start(now: Tree, desk: Jurisdiction) -> Jurisdiction:
    """Where choosing begins: at the top, or as far below it as there is but one way, until the desk itself."""
    node = now.root
    while node.id != desk.id and len(only := below(now, node)) == 1:
        node = only[0]
    return node


def chosen(now: Tree, codes: Sequence[str]) -> Jurisdiction | None:
    """The deepest place the lists lead to; what does not lie below the choice before it is passed over."""
    node = now.root
    for code in codes:
        if code == node.area_code:
            continue
        found = next((one for one in below(now, node) if one.area_code == code), None)
        if found is None:
            break
        node = found
    return None if node is now.root and node.area_code not in codes else node


def levels(now: Tree, node: Jurisdiction | None) -> list[Level]:
    """The lists that lead to a place, and the next one below it."""
    line = now.lineage(node.id) if node else [now.root]
    found = []
    for here, after in zip(line, [*line[1:], None], strict=True):
        if choices := below(now, here):
            label = LABELS.get(choices[0].level, "地区")
            found.append(Level(label=label, choices=choices, chosen=after.area_code if after else ""))
    return found


def spelled(now: Tree, node: Jurisdiction | None) -> str:
    """The way down to a place: ``示范省 示范市 示范县``."""
    return " ".join(one.name for one in now.lineage(node.id)) if node else ""
