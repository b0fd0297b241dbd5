"""How other hotlines join 12345: merging.yaml."""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

from yihao.profile.provision import Count, HotlineNumber, Label, Named, Percent, Positive, Provision, Switch


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
    """How many hotlines the document lists.

    Attributes:
        total: in all.
        modes: code of the mode to its number.
        undivided: lines counted together, without the mode of each.
        at_hand: the list itself is known. Off: only the counts are, and the register of lines stays incomplete until
            the list is imported.
    """

    total: Count
    modes: dict[str, Count]
    undivided: Count = 0
    at_hand: bool = True


class KeptSeatsRule(Switch, frozen=True, kw_only=True):
    """Attributes: on (a line that cannot be merged yet may keep its seats), temporary (only for the time being),
    register (who keeps seats, and a sub-centre, takes up the matters of its line itself)."""

    temporary: bool = False
    register: bool = False


class FounderRule(Named, frozen=True, kw_only=True):
    """Where a line of a founder goes: ``state`` (departments of the State Council), ``province``, ``city``, ``county``.

    Attributes:
        joins: the hotline it joins: of its founder's ``own_level``, or of the ``city`` (prefecture) above.
        modes: the modes (codes of ``merging.modes``) open to it.
    """

    joins: Literal["own_level", "city"]
    modes: tuple[str, ...]


class UnlistedRule(Provision, frozen=True, kw_only=True):
    """What a number does that the place does not list.

    Attributes:
        answer: ``hotline`` (12345 answers it like a whole-merged line), ``as_before`` (it is left alone and rings where
            it rang), ``not_opened`` (it is not served here; the caller is told to dial 12345).
    """

    answer: Literal["hotline", "as_before", "not_opened"]


class Partner(Named, frozen=True, kw_only=True):
    """A kind of service the hotline is linked with and that stays on its own. Attributes: numbers (those the document
    names)."""

    numbers: tuple[HotlineNumber, ...] = ()


class SharingRule(Provision, frozen=True, kw_only=True):
    """What the departments get of the hotline's data for their work.

    Attributes:
        pace: at once (``realtime``), without delay (``prompt``) or when asked (``on_demand``).
        content: intake (受理信息), orders (工单记录), revisits (回访评价).
    """

    pace: Literal["realtime", "prompt", "on_demand"]
    content: tuple[Literal["intake", "orders", "revisits"], ...]


class CompanyRule(Provision, frozen=True, kw_only=True):
    """How a commercial service that has joined is judged, where ``social_services`` is on.

    Attributes:
        days: the period its score is worked out over, up to today.
        least: ratings it takes to be judged.
        complaint: as so many dissatisfied ratings a complaint against it weighs.
        probation: percent; below it probation (观察期) is proposed.
        removal: percent; below it removal (退出) is proposed at once.
        probation_days: how long a probation lasts; then restoration or removal is proposed.
    """

    days: Positive
    least: Positive
    complaint: Count
    probation: Percent
    removal: Percent
    probation_days: Positive


class Merging(msgspec.Struct, frozen=True, kw_only=True):
    """merging.yaml: how other hotlines join.

    Attributes:
        modes: the ways known here.
        steps: dated steps.
        announced: the numbers of the document's own list.
        founders: where a line goes and how, by who founded it: ``state`` (departments of the State Council),
            ``province``, ``city``, ``county``.
        unlisted: what a number does that is not on the list.
        kept_seats: a line that cannot be merged yet may keep its seats, with transfer and under the same standard.
        restore_cancelled: a number cancelled or never answered here may be opened again.
        subcentre_duties: what a sub-centre owes.
        line_duties: what the department of a line owes before the line counts as merged.
        survey: what has to be known of each line before it is merged.
        freeze: no new, renamed or re-purposed line.
        slow: how a body that merges too slowly is brought to it.
        partners: kinds of service the hotline is linked with and that stay on their own.
        sharing: what the departments get of the hotline's data.
        social_services: commercial services may join, are rated and can be dropped.
        companies: how such a service is judged.
    """

    modes: tuple[Mode, ...]
    steps: tuple[MergeStep, ...]
    announced: AnnouncedLines | None = None
    founders: tuple[FounderRule, ...]
    unlisted: UnlistedRule
    kept_seats: KeptSeatsRule
    restore_cancelled: Switch
    subcentre_duties: tuple[Named, ...]
    line_duties: tuple[Named, ...]
    survey: tuple[Named, ...] = ()
    freeze: FreezeRule
    slow: Label | None = None
    partners: tuple[Partner, ...]
    sharing: SharingRule
    social_services: Switch
    companies: CompanyRule
