"""The hotlines a place's document lists, number by number: register.yaml."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from yihao.profile.codes import Level
from yihao.profile.provision import AreaCode, Provision

Seats = Literal["merged", "kept", "temporary", "cancelled"]
ListedStatus = Literal["planned", "merged", "province_only", "not_opened", "conditional"]
Landing = Literal["own", "city", "province", "province_and_own", "provincial_subcentre", "other_city"]


class Against(Provision, frozen=True, kw_only=True):
    """Another passage that says otherwise; its reading tells which holds. Attributes: says (what it says)."""

    says: str


class ListedLine(Provision, frozen=True, kw_only=True):
    """One hotline of the list.

    Attributes:
        number: what is dialled.
        name: the line's name.
        mode: how it joins, a code of ``merging.modes``.
        unit: the department responsible, as the list names it.
        local_unit: the place's own department, where the list names both.
        founder: who founded it, a code of ``merging.founders``.
        levels: levels at which it was answered.
        experts: whether its department sets expert seats.
        seats: they join the hotline (``merged``), stay with the department, for good (``kept``) or for the time being
            (``temporary``), or end here (``cancelled``).
        status: ``planned``, ``merged``, left to the province (``province_only``), not served here (``not_opened``), or
            merged only if it is answered here (``conditional``).
        by: the last day for the merge; of a merged line the day it was done, or the last of that year.
        landing: the hotline it goes to: this place's (``own``), the city's, the province's, both
            (``province_and_own``), a sub-centre of the province, another city's. Left out: by its founder.
        subcentre_levels, subcentre_areas: places that keep a sub-centre of their own, by level and by area code.
        against: what another passage says of it.
    """

    KEY: ClassVar[str] = "number"

    number: str
    name: str
    mode: str
    unit: str
    local_unit: str | None = None
    founder: str
    levels: tuple[Level, ...] = ()
    experts: Literal["required", "may", "no"] = "no"
    seats: Seats
    status: ListedStatus = "planned"
    by: date | None = None
    landing: Landing | None = None
    subcentre_levels: tuple[Level, ...] = ()
    subcentre_areas: tuple[AreaCode, ...] = ()
    against: Against | None = None
