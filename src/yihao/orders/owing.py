"""The SQL of what is owed: pages by due and counts by colour, read from ``open_duty`` across all months.

As in `listing`, statements are joined from fixed words and ``$n`` places alone, by which filters are set and never by
their values (hence the ``noqa`` against S608, which cannot see that).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal

import msgspec

from yihao.orders.model import DUTY_KINDS, WAITS
from yihao.store.db import Wall
from yihao.units.rules import significant

NOT_WORK: Final = WAITS | {"overall"}
"""Clocks that ask nobody for an act of its own."""
WORK: Final = sorted(kind for kind in DUTY_KINDS if kind not in NOT_WORK)
"""All others, named one by one: two thirds of the open clocks only wait, and an index leaves them out by their kind."""
FIRST: Final = 3
"""The dispatch clock an order is registered with is among its first; only later ones are looked at for orders that came
back, so that not every order that waits is opened."""
BACK: Final = f"d.kind = 'dispatch' AND d.no > {FIRST} AND d.opened_at > o.registered_at"
"""A dispatch that came again."""
Of = Literal["mine", "units", "all"]
RunningColour = Literal["green", "yellow", "red", "paused"]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for; empty or ``None`` is no condition.

    ``of``: what the caller's own desk or units owe, what the units of the branch owe, or both. ``back``: dispatches
    that came again: a return was granted, a partner gave it back, it was reopened. ``pending``: an act waits for the
    reviewer. ``mark``: urged, or the reply was sent back.
    """

    of: Of = "mine"
    unit: int | None = None
    duty: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    urgency: tuple[str, ...] = ()
    category: str | None = None
    area: str | None = None
    line: str | None = None
    lane: str | None = None
    colour: RunningColour | None = None
    due_before: datetime | None = None
    back: bool = False
    pending: bool | None = None
    mark: str | None = None


class Mark(msgspec.Struct, frozen=True):
    """Where a page ended: lane first (0) or the rest (1), due, order, duty."""

    rank: int
    due: datetime
    number: str
    no: int

    def __str__(self) -> str:
        return f"{self.rank}_{int(self.due.timestamp() * 1_000_000)}_{self.number}_{self.no}"


class Values:
    """The values of a statement and their places in it."""

    def __init__(self) -> None:
        self.all: list[Any] = []

    def place(self, value: Any) -> str:
        """The place of one more value."""
        self.all.append(value)
        return f"${len(self.all)}"


def page(
    wall: Wall, wanted: Wanted, after: Mark | None, limit: int, *, now: datetime, soon: datetime
) -> tuple[str, list[Any]]:
    """The statement of a page: the lane first, then by due.

    Args:
        soon: what is due before it is yellow, by the reader's own place.
    """
    values = Values()
    where = _duties(wall, wanted, values, now, soon)
    orders = _orders(wanted, values)
    later = _later(after, values) if after is not None else ""
    joined = "JOIN work_order o ON o.number = d.number " if orders else ""
    ranks = [0] if wanted.lane is not None else [0, 1]
    parts = [
        "(SELECT d.number, d.no, d.kind, d.unit_id, d.opened_at, d.due_at, d.paused_at, "  # noqa: S608 - see top
        f"{rank} AS rank FROM open_duty d {joined}"
        f"WHERE {' AND '.join([*where, *orders])}{later if after is not None and rank == after.rank else ''} "
        f"AND {'NOT ' * rank}EXISTS (SELECT FROM order_lane l WHERE l.number = d.number) "
        f"ORDER BY d.due_at, d.number, d.no LIMIT {int(limit)})"
        for rank in ranks
        if after is None or rank >= min(after.rank, ranks[-1])
    ]
    return (
        "SELECT w.rank, w.number, w.no, w.kind AS duty, w.unit_id, w.opened_at, w.due_at, w.paused_at, "  # noqa: S608
        "o.path, o.version, o.title, o.state, o.kind, o.channel, o.urgency, o.secrecy, o.category, o.area_code, "
        "o.line, o.lead_unit, o.registered_at, (SELECT l.lane FROM order_lane l WHERE l.number = w.number) AS lane, "
        "(SELECT p.verb FROM order_pending p WHERE p.number = w.number) AS pending, "
        "ARRAY(SELECT m.mark FROM order_mark m WHERE m.number = w.number ORDER BY m.mark) AS marks "
        f"FROM ({' UNION ALL '.join(parts)}) w JOIN work_order o ON o.number = w.number "
        f"ORDER BY w.rank, w.due_at, w.number, w.no LIMIT {int(limit)}"
    ), values.all


def counts(wall: Wall, wanted: Wanted, *, now: datetime, soon: datetime) -> tuple[str, list[Any]]:
    """How many duties of each kind are owed, by colour; only ``of`` and ``unit`` of what is wanted are looked at."""
    values = Values()
    where = _whose(wall, wanted, values)
    at, then, kinds = values.place(now), values.place(soon), values.place(WORK)
    runs = "d.paused_at IS NULL"
    return (
        "SELECT d.kind AS duty, "  # noqa: S608 - see top
        f"count(*) FILTER (WHERE {runs} AND d.due_at >= {then})::int AS green, "
        f"count(*) FILTER (WHERE {runs} AND d.due_at >= {at} AND d.due_at < {then})::int AS yellow, "
        f"count(*) FILTER (WHERE {runs} AND d.due_at < {at})::int AS red, "
        "count(*) FILTER (WHERE d.paused_at IS NOT NULL)::int AS paused "
        f"FROM open_duty d WHERE {where} AND d.kind = ANY ({kinds}) GROUP BY d.kind"
    ), values.all


def pending_count(wall: Wall, wanted: Wanted) -> tuple[str, list[Any]]:
    """How many acts wait for the reviewer of those units, or for the shift lead."""
    values = Values()
    return f"SELECT count(*)::int FROM order_pending d WHERE {_whose(wall, wanted, values)}", values.all  # noqa: S608


def mark_counts(wall: Wall, wanted: Wanted) -> tuple[str, list[Any]]:
    """How many orders of each mark somebody has in hand: who is to dispatch them, or to handle them."""
    values = Values()
    return (
        "SELECT m.mark, count(DISTINCT d.number)::int AS n FROM order_mark m JOIN open_duty d ON d.number = m.number "  # noqa: S608
        f"WHERE d.kind IN ('dispatch', 'handling') AND {_whose(wall, wanted, values)} GROUP BY m.mark"
    ), values.all


def back_count(wall: Wall, wanted: Wanted) -> tuple[str, list[Any]]:
    """How many dispatches came again."""
    values = Values()
    return (
        "SELECT count(*)::int FROM open_duty d JOIN work_order o ON o.number = d.number "  # noqa: S608 - see top
        f"WHERE {BACK} AND {_whose(wall, wanted, values)}"
    ), values.all


def _whose(wall: Wall, wanted: Wanted, values: Values) -> str:
    """The caller's scope in words; row security says the same once more, and alone says it of a unit that is named."""
    if wanted.unit is not None:
        return f"d.unit_id = {values.place(wanted.unit)}"
    if wanted.of == "units":
        branch = f"starts_with(d.path, {values.place(wall.branch)})" if wall.branch else "false"
        return f"(d.unit_id IS NOT NULL AND {branch})"
    own = f"d.unit_id = ANY ({values.place(list(wall.units))})"
    if not wall.branch:
        return own
    branch = f"starts_with(d.path, {values.place(wall.branch)})"
    # What a desk above passed into the branch is seen here too; what its desk owes is that desk's.
    return f"(({'' if wanted.of == 'all' else 'd.unit_id IS NULL AND '}{branch}) OR {own})"


def _duties(wall: Wall, wanted: Wanted, values: Values, now: datetime, soon: datetime) -> list[str]:
    where = [_whose(wall, wanted, values)]
    if wanted.duty:
        where.append(f"d.kind = ANY ({values.place(list(wanted.duty))})")
    else:
        where.append(f"d.kind = ANY ({values.place(WORK)})")
    where.append("d.paused_at IS NOT NULL" if wanted.colour == "paused" else "d.paused_at IS NULL")
    if wanted.colour in ("green", "yellow"):
        where.append(f"d.due_at >= {values.place(soon if wanted.colour == 'green' else now)}")
    if wanted.colour in ("yellow", "red"):
        where.append(f"d.due_at < {values.place(soon if wanted.colour == 'yellow' else now)}")
    if wanted.due_before is not None:
        where.append(f"d.due_at < {values.place(wanted.due_before)}")
    if wanted.pending is not None:
        own = "p.number = d.number AND p.unit_id IS NOT DISTINCT FROM d.unit_id"
        where.append(f"{'' if wanted.pending else 'NOT '}EXISTS (SELECT FROM order_pending p WHERE {own})")
    if wanted.mark is not None:
        mark = values.place(wanted.mark)
        where.append(f"d.number IN (SELECT m.number FROM order_mark m WHERE m.mark = {mark})")  # noqa: S608 - see top
    return where


def _orders(wanted: Wanted, values: Values) -> list[str]:
    """Conditions on the order itself."""
    where = [
        f"o.{column} = ANY ({values.place(list(chosen))})"
        for column in ("state", "kind", "channel", "urgency")
        if (chosen := getattr(wanted, column))
    ]
    where += [
        f"o.{column} = {values.place(one)}"
        for column in ("category", "line")
        if (one := getattr(wanted, column)) is not None
    ]
    if wanted.area is not None:
        where.append(f"starts_with(o.area_code, {values.place(significant(wanted.area))})")
    if wanted.back:
        where.append(BACK)
    return where


def _later(after: Mark, values: Values) -> str:
    due, number, no = values.place(after.due), values.place(after.number), values.place(after.no)
    return f" AND (d.due_at, d.number, d.no) > ({due}, {number}, {no})"
