"""How other hotlines join 12345: merging.yaml."""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

from yihao.profile.provision import Count, Named, Provision, Switch


class Mode(Named, frozen=True, kw_only=True):
    """A way a hotline joins 12345. Attributes: keep_number, keep_seats (``may``: the place decides line by line)."""

    keep_number: bool
    keep_seats: Literal["yes", "no", "may"]


class MergeStep(Named, frozen=True, kw_only=True):
    """A dated step of the merge. Attributes: by (the last day)."""

    by: date


class FreezeRule(Provision, frozen=True, kw_only=True):
    """Attributes: since (from this day on), covers (what needs a manager's override with its basis)."""

    since: date
    covers: tuple[Literal["new", "rename", "repurpose"], ...]


class AnnouncedLines(Provision, frozen=True, kw_only=True):
    """How many hotlines the document lists. Attributes: total, modes (code of the mode to its number)."""

    total: Count
    modes: dict[str, Count]


class Merging(msgspec.Struct, frozen=True, kw_only=True):
    """merging.yaml: how other hotlines join.

    Attributes:
        modes: the ways known here.
        steps: dated steps.
        announced: the numbers of the document's own list; ``None`` where it has none.
        kept_seats: a line that cannot be merged yet may keep its seats, with transfer and under the same standard.
        restore_cancelled: a number cancelled or never answered here may be opened again.
        subcentre_duties: what a sub-centre owes.
        freeze: no new, renamed or re-purposed line.
    """

    modes: tuple[Mode, ...]
    steps: tuple[MergeStep, ...]
    announced: AnnouncedLines | None = None
    kept_seats: Switch
    restore_cancelled: Switch
    subcentre_duties: tuple[Named, ...]
    freeze: FreezeRule
