"""What the packaged ground layer says of time: the terms where no place is named."""

from __future__ import annotations

from yihao.profile.load import PLACES
from yihao.profile.tree import parse


def ground_values() -> dict[str, str]:
    """``zone``, ``office_hours``, ``dispatch_by`` and ``day_end`` of the layer that extends nothing."""
    for file in sorted(PLACES.glob("*/place.yaml")):
        tree = parse(file.read_bytes(), layer="", file=str(file), problems=[])
        if tree is not None and "extends" not in tree.entries:
            named = {
                name: node.entries["value"].value for name, node in tree.entries.items() if "value" in node.entries
            }
            return {name: str(value) for name, value in named.items()}
    raise FileNotFoundError(PLACES)
