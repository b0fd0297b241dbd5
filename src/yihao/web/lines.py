"""HTTP of the hotline numbers a place knows, relative to ``/api/v1``: what its rules and its units say of them."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from litestar import Controller, get
from litestar.di import NamedDependency

from yihao.orders.door import Visit
from yihao.orders.places import Place
from yihao.profile.model import Profile
from yihao.web.editing import READ

Role = Literal["main", "emergency", "own_rules", "own_seats"]


def _says(text: str) -> msgspec.Meta:
    return msgspec.Meta(description=text)


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A hotline number."""

    number: Annotated[str, _says("热线号码")]
    role: Annotated[
        Role,
        _says(
            "main 本热线；emergency 紧急号码，不归并，事项立即转接；"
            "own_rules 已归并且有专门规则；own_seats 由单位自行接听"
        ),
    ]
    own_rules: Annotated[bool, _says("有专门规则（一号一策），见 GET /profile?line=")]
    units: Annotated[list[int], _says("自行接听该号码的单位编号")]


class LineList(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of a place."""

    items: Annotated[list[Line], _says("热线号码，按号码排序")]


class LineController(Controller):
    """Hotline numbers."""

    path = "/lines"
    tags = ("规则与日历 Rules",)

    @get(operation_id="listLines", summary="热线号码", responses=READ)
    async def lines(self, visit: NamedDependency[Visit]) -> LineList:
        """The numbers the caller's place knows: its own, emergency ones, those with rules or seats of their own."""
        async with visit.db.read(visit.actor.wall()) as connection:
            place = await visit.desk.places.at(connection, visit.actor.path)
        return LineList(items=lines_of(place))


MAIN = "12345"
"""国办发〔2020〕53号: one number for all government-service hotlines."""


def lines_of(place: Place) -> list[Line]:
    """The numbers of a place, by number."""
    answered: dict[str, list[int]] = {}
    for unit in place.tree.units.values():
        home = place.tree.jurisdictions[unit.jurisdiction_id].path
        if unit.active and unit.answers_line and home.startswith(place.jurisdiction.path):
            answered.setdefault(unit.answers_line, []).append(unit.id)
    profile = place.profile
    numbers = {MAIN, *profile.emergency_numbers, *profile.lines, *answered}
    return [
        Line(
            number=number,
            role=_role(number, profile, number in answered),
            own_rules=number in profile.lines,
            units=sorted(answered.get(number, ())),
        )
        for number in sorted(numbers)
    ]


def _role(number: str, profile: Profile, answered: bool) -> Role:
    if number == MAIN:
        return "main"
    if number in profile.emergency_numbers:
        return "emergency"
    return "own_seats" if answered else "own_rules"
