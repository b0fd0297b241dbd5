"""The use cases: take changes in, read figures and the orders behind them, work everything out again.

The follower replaces what an order counted for; ``rebuild`` comes to the same sums from the orders alone, which is how
a fault in either would be seen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

import asyncpg
import msgspec

from yihao.errors import Forbidden, Invalid, NotFound
from yihao.indicators import counts, rules
from yihao.indicators.model import (
    CODES,
    GROUPS,
    INDICATORS,
    By,
    Contribution,
    Facts,
    Figure,
    Share,
    Step,
)
from yihao.indicators.rules import Terms
from yihao.orders.model import Duty, Order
from yihao.orders.packing import unpack
from yihao.orders.places import Place, Places
from yihao.orders.rows import clocks_of, order_of
from yihao.people.model import ROLES
from yihao.people.scope import Actor
from yihao.store.db import Database
from yihao.store.feed import FeedRow, Follower, as_of
from yihao.store.statements import load

SQL: Final = load("yihao.indicators")
FOLLOWER: Final = "indicators"
LONGEST_DAYS: Final = 1100
"""Three years: a longer period is asked for in parts."""
YEARS: Final = range(1990, 2201)
REBUILD_BATCH: Final = 500
REBUILD_SECONDS: Final = 3600.0
_LAST_NUMBER: Final = "9" * 22

REBUILD: Final = "indicators.rebuild"
"""The job that works everything out again."""
Sums = dict[tuple[str, date, str, str, str], list[int]]
"""Numerator and denominator by group, day, branch, member and indicator."""


def no_sums() -> Sums:
    """Sums of nothing yet."""
    return defaultdict(lambda: [0, 0])


class UnknownIndicator(NotFound):
    """No indicator of that name."""

    code = "unknown_indicator"
    zh = "没有指标“{name}”，可选：{known}。"
    en = "There is no indicator “{name}”. Known: {known}."


class WrongPeriod(Invalid):
    """The period is empty or too long."""

    code = "wrong_period"
    zh = "统计期间有误：起始日不得晚于截止日，不超过{days}天（可分段查询），年份在1990至2200之间。"
    en = "The period is wrong: it must not end before it begins, nor exceed {days} days, within the years 1990 to 2200."


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Figures, and the moment (database clock) before which every change is in; ``None``: nothing taken in yet."""

    as_of: datetime | None
    figures: tuple[Figure, ...]


class Rebuilt(msgspec.Struct, frozen=True):
    """What a rebuild found: orders looked at, orders whose counts were wrong, sums that were wrong."""

    orders: int
    changed: int
    sums: int


def follower(places: Places, *, batch: int = 500) -> Follower:
    """The follower that keeps the figures. ``places``: where the terms of each jurisdiction are looked up."""

    async def take_in(connection: asyncpg.Connection, rows: Sequence[FeedRow]) -> None:
        await refresh(connection, places, sorted({row.number for row in rows}))

    return Follower(FOLLOWER, take_in, batch=batch)


async def refresh(connection: asyncpg.Connection, places: Places, numbers: Sequence[str]) -> int:
    """Count these orders again and replace what they counted for; answers how many changed. Needs the worker role."""
    await connection.fetchval(SQL["turn"])
    found = [await _count(connection, places, row) for row in await connection.fetch(SQL["facts"], numbers)]
    kept = {row["number"]: _kept(row) for row in await connection.fetch(SQL["kept"], numbers)}
    changed = [new for new in found if kept.get(new.number) != new]
    if changed:
        await connection.execute(SQL["keep"], _text([_stored(new) for new in changed]))
        await _move(connection, changed, [kept[new.number] for new in changed if new.number in kept])
    return len(changed)


async def _count(connection: asyncpg.Connection, places: Places, row: asyncpg.Record) -> Contribution:
    order = order_of(row)
    place = await places.at(connection, order.path)
    bodies = [unpack(body) for body in row["bodies"] or ()]
    steps = map(step_of, row["verbs"] or (), row["times"] or (), row["targets"] or (), bodies)
    return contribution(place, order, clocks_of(bodies), tuple(steps))


def contribution(place: Place, order: Order, duties: tuple[Duty, ...], steps: tuple[Step, ...]) -> Contribution:
    """All that an order counts for in its place."""
    return rules.contribution(Facts(order=order, duties=duties, steps=steps), terms_of(place, order.line))


def terms_of(place: Place, line: str | None) -> Terms:
    """How a place measures what came by a line."""
    return Terms(
        zone=place.zone,
        profile=place.profile.for_line(line),
        counted=_counted(place.tree.units.values()),
        companies=frozenset(unit.id for unit in place.tree.units.values() if unit.kind == "service_company"),
    )


class _Set(msgspec.Struct, frozen=True):
    lead_unit: int | msgspec.UnsetType | None = msgspec.UNSET
    closed_at: datetime | None = None


class _Change(msgspec.Struct, frozen=True):
    set: _Set = _Set()


class _Body(msgspec.Struct, frozen=True):
    facts: dict[str, Any]
    change: _Change


_BODIES: Final = msgspec.json.Decoder(_Body)


def step_of(verb: str, at: datetime, to_state: str, body: bytes) -> Step:
    """What figures need of one event; ``body`` is unpacked."""
    read = _BODIES.decode(body)
    lead = read.change.set.lead_unit
    return Step(
        verb=verb,
        at=at,
        to_state=to_state,
        facts=read.facts,
        led=lead is not msgspec.UNSET,
        lead=None if lead is msgspec.UNSET else lead,
        closed_at=read.change.set.closed_at,
    )


def _counted(units: Iterable[Any]) -> frozenset[int]:
    return frozenset(unit.id for unit in units if unit.in_indicators)


def _kept(row: asyncpg.Record) -> Contribution:
    named = {name: row[name] for name in ("number", "path", "kind", "line", "area", "lane")}
    return Contribution(**named, counts=counts.read(row["counts"]))


def _stored(new: Contribution) -> dict[str, Any]:
    return msgspec.structs.asdict(new) | {"counts": counts.spelled(new.counts), "keys": counts.keys(new.counts)}


def _text(value: Any) -> str:
    return msgspec.json.encode(value).decode()


async def _move(connection: asyncpg.Connection, new: list[Contribution], old: list[Contribution]) -> None:
    sums = no_sums()
    for sign, contributions in ((1, new), (-1, old)):
        for one in contributions:
            count_in(sums, one, sign)
    await add(connection, sums)


def count_in(sums: Sums, one: Contribution, times: int) -> None:
    """Add what an order counts for to sums, ``times`` times (taken away with -1)."""
    for by, key, count in rules.groups(one):
        entry = sums[by, count.day, one.path, key, count.indicator]
        entry[0] += times * count.numerator
        entry[1] += times * count.denominator


async def add(connection: asyncpg.Connection, sums: Sums) -> None:
    """Add differences to the sums by day."""
    rows = [
        dict(zip(("by", "day", "path", "key", "indicator"), where, strict=True)) | {"numerator": n, "denominator": d}
        for where, (n, d) in sorted(sums.items())
        if n or d
    ]
    if rows:
        text = _text(rows)
        await connection.execute(SQL["move"], text)
        await connection.execute(SQL["sweep"], text)


async def rebuild(database: Database, places: Places) -> Rebuilt:
    """Work out every order's counts and every sum again (nightly). On sound figures nothing changes.

    In batches of its own transactions: one long transaction would hold up every follower of the feed.
    """
    orders = changed = 0
    last = ""
    while True:
        async with database.work() as connection:
            numbers = [row["number"] for row in await connection.fetch(SQL["next_numbers"], last, REBUILD_BATCH)]
            if not numbers:
                break
            changed += await refresh(connection, places, numbers)
        orders, last = orders + len(numbers), numbers[-1]
    async with database.work() as connection:
        await connection.fetchval(SQL["turn"])
        wrong: int = await connection.fetchval(SQL["resum"], list(CODES.values()), list(CODES), timeout=REBUILD_SECONDS)
    return Rebuilt(orders, changed, wrong)


async def figures(
    connection: asyncpg.Connection, actor: Actor, first: date, last: date, by: Sequence[By] = ("all",)
) -> Answer:
    """Every indicator from ``first`` to ``last`` (both included) for the groups asked for.

    For ``all`` each indicator is there, also without an order; groups name only members with something to count. The
    wall bounds it: a jurisdiction's own branch, or a unit's own figures.

    Raises:
        Forbidden: no role of the account sees orders.
        WrongPeriod
    """
    may_read(actor)
    check_period(first, last)
    wanted = [group for group in GROUPS if group in by]
    rows = await connection.fetch(SQL["figures"], first, last, wanted)
    found = {(row["by"], row["key"], row["indicator"]): (row["numerator"], row["denominator"]) for row in rows}
    keys: dict[By, list[str]] = {group: sorted({key for b, key, _ in found if b == group}) for group in wanted}
    if "all" in keys and actor.wall().branch:
        keys["all"] = [""]
    made = [
        rules.figure(group, key, name, *found.get((group, key, name), (0, 0)))
        for group in wanted
        for key in keys[group]
        for name, indicator in INDICATORS.items()
        if indicator.by_unit or group != "unit"
    ]
    return Answer(as_of=await as_of(connection, FOLLOWER), figures=tuple(made))


async def unit_sums(connection: asyncpg.Connection, unit: int, first: date, last: date) -> dict[str, tuple[int, int]]:
    """One unit's sums by indicator, both days included, as far as the connection's role and wall reach."""
    rows = await connection.fetch(SQL["unit_sums"], first, last, str(unit))
    return {row["indicator"]: (row["numerator"], row["denominator"]) for row in rows}


async def days(
    connection: asyncpg.Connection, actor: Actor, names: Sequence[str], first: date, last: date
) -> dict[str, list[Figure]]:
    """These indicators day by day, every day of the period: of the branch, or of the account's own units together.

    Raises:
        Forbidden, UnknownIndicator, WrongPeriod
    """
    may_read(actor)
    check_period(first, last)
    for name in names:
        _known(name, "names")
    by: By = "all" if actor.wall().branch else "unit"
    rows = await connection.fetch(SQL["days"], first, last, by, list(names))
    found = {(row["indicator"], row["day"]): (row["numerator"], row["denominator"]) for row in rows}
    whole = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return {
        name: [rules.figure("all", day.isoformat(), name, *found.get((name, day), (0, 0))) for day in whole]
        for name in names
    }


def _known(name: str, field: str) -> None:
    if name not in INDICATORS:
        raise UnknownIndicator(name=name[:40], known="、".join(INDICATORS), field=field)


async def orders_of(
    connection: asyncpg.Connection,
    actor: Actor,
    name: str,
    first: date,
    last: date,
    *,
    by: By = "all",
    key: str = "",
    before: str | None = None,
    limit: int = 50,
) -> tuple[Share, ...]:
    """The orders behind a figure, newest first: only those the caller may see, confidential ones with clearance.

    Raises:
        Forbidden, UnknownIndicator, WrongPeriod
    """
    may_read(actor)
    _known(name, "name")
    check_period(first, last)
    rows = await connection.fetch(SQL["orders"], CODES[name], first, last, by, key, before or _LAST_NUMBER, limit)
    return tuple(Share(*row) for row in rows)


def may_read(actor: Actor) -> str:
    """The role figures are read under: any that sees orders; the three administrators see none (spec E).

    Raises:
        Forbidden
    """
    role = actor.role_among(*(role.id for role in ROLES.values() if role.kind != "none"))
    if role is None:
        raise Forbidden(what="查看指标", who="热线或承办单位的业务岗位")
    return role


def check_period(first: date, last: date) -> None:
    """Refuse an empty or an endless period, and years no order can be of. Raises WrongPeriod."""
    if not (0 <= (last - first).days < LONGEST_DAYS and first.year in YEARS and last.year in YEARS):
        raise WrongPeriod(field="from", days=LONGEST_DAYS)
