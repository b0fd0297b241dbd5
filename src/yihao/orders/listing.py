"""The list of orders as one statement: filters, scope and keyset, newest first.

The caller's scope is part of the statement; row security stands behind it. Lists of unit roles are driven from
``order_part`` (their own orders), overdue ones from ``open_duty``, callers' from the blind index, words from the text
index: whichever is narrowest. The statement's text depends on which filters are set, never on their values, so each
shape is prepared once a connection.

The statement is joined from fixed words and ``$n`` places alone: no value ever stands in its text (hence the ``noqa``
against S608, which cannot see that).
"""

from __future__ import annotations

import unicodedata
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal

import msgspec

from yihao.errors import Invalid
from yihao.orders.bigrams import query_of
from yihao.orders.model import WAITS
from yihao.orders.numbers import LENGTH, check_number
from yihao.seal.box import blind_index
from yihao.seal.keys import KeyRing
from yihao.seal.phones import BadPhone, normalise_phone
from yihao.store.db import Wall
from yihao.units.rules import significant

MOST_HITS: Final = 1000
"""Orders one page looks at among those a search for words finds; older ones come with the next pages."""
ORDERS: Final = "work_order o"
FIRST: Final = ""
LAST: Final = "9" * LENGTH
"""Below and above every number."""
COLUMNS: Final = (
    "o.number, o.version, o.state, o.kind, o.channel, o.title, o.category, o.area_code, o.line, o.urgency, o.secrecy, "
    "o.lead_unit, o.registered_at, o.last_at, o.due_at, o.next_due_at, o.path, "
    "(SELECT l.lane FROM order_lane l WHERE l.number = o.number) AS lane"
)
STRETCH: Final = timedelta(days=90)
"""How much further back it is looked at a time, where no index leads to the orders."""
NEWEST: Final = timedelta(days=45)
"""How far back a page is looked for first: months that are left out cost nothing, and nearly every page is full."""


Part = Literal["lead", "assist"]
ROOT: Final = 2
"""Slashes in the path of the tree's root, whose desk sees every order without asking who takes part."""


class NothingToSearch(Invalid):
    """The query holds neither words nor a number."""

    code = "nothing_to_search"
    zh = "检索内容“q”中没有可检索的文字、工单编号或完整电话号码，请重新输入。"
    en = "“q” holds no words, order number or complete phone number to search for."


Words = str | tuple[str, ...] | None
"""One word, or any of several; ``None`` and none at all are no condition."""


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """What the caller wants; ``None`` is no condition. ``start`` (included) and ``end`` (excluded) of registration.

    ``part``: as what ``unit`` takes part. ``duty``: such a duty is open. ``pending``: an act waits for a reviewer.
    """

    state: Words = None
    unit: int | None = None
    part: Part | None = None
    kind: Words = None
    duty: Words = None
    pending: bool = False
    overdue: bool = False
    q: str | None = None
    area: str | None = None
    line: str | None = None
    category: str | None = None
    channel: Words = None
    urgency: Words = None
    lane: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    after: str | None = None
    limit: int = 20


class Asked(msgspec.Struct, frozen=True):
    """A statement with its values. ``by_phone``: it looks a caller up.

    ``since``: the place among the values of the number the newest stretch begins at, where only that is looked at.
    ``indexed``: an index walks to just the orders asked for, so that looking all the way back costs no more.
    """

    sql: str
    values: list[Any]
    by_phone: bool = False
    since: int | None = None
    indexed: bool = False

    def whole(self) -> list[Any]:
        """The values for looking all the way back: for a page the newest stretch does not fill."""
        return self.between(self.values[0], FIRST)

    def between(self, before: str, since: str) -> list[Any]:
        """The values for looking at one stretch of numbers: below ``before``, from ``since`` on."""
        return [
            before if place == 0 else since if place == self.since else value for place, value in enumerate(self.values)
        ]


class _Parts:
    def __init__(self) -> None:
        self.values: list[Any] = []
        self.where: list[str] = []

    def value(self, value: Any) -> str:
        self.values.append(value)
        return f"${len(self.values)}"


def newest_from(filters: Filters, now: datetime) -> str | None:
    """Where the newest stretch of a plain list begins; ``None`` where the filters themselves say where to look."""
    if filters.q is not None or filters.overdue or filters.pending or filters.duty or filters.start is not None:
        return None
    last = _day(now if filters.end is None else min(now, filters.end), 0)
    try:
        newest = date.fromisoformat(min(last, (filters.after or LAST)[:8]))
    except ValueError:  # `after` came from elsewhere: no day
        return None
    return f"{newest - NEWEST:%Y%m%d}"


def earlier(since: str) -> str:
    """Where the stretch before the one that begins there begins."""
    try:
        return f"{date.fromisoformat(since[:8]) - STRETCH:%Y%m%d}"
    except (ValueError, OverflowError):
        return FIRST


def ask(filters: Filters, wall: Wall, now: datetime, ring: KeyRing, *, hits: int = MOST_HITS) -> Asked:
    """The statement for these filters behind this wall.

    Args:
        hits: orders looked at among those a search for words finds.

    Raises:
        NothingToSearch, BadNumber.
    """
    parts = _Parts()
    before = parts.value(filters.after or LAST)
    source, by_phone = _searched(filters, parts, before, ring, hits)
    states = words(filters.state)
    under_way = _under_way(filters, parts, wall, now)
    free = source == ORDERS and not _units(filters, wall)
    walked = under_way.pop(0) if free and under_way else None
    spread = free and len(states) > 1 and walked is None
    _plain(filters, parts, spread=spread)
    parts.where += [f"o.number IN ({numbers})" for numbers in under_way]
    if filters.lane is not None:
        # Walked from its own table where nothing narrower leads: a lane's orders are few among all.
        lane = f"l.lane = {parts.value(filters.lane)} AND l.number < {before}"
        if free and walked is None and not spread:
            source = f"order_lane l JOIN {ORDERS} ON o.number = l.number"
            parts.where.append(lane)
        else:
            parts.where.append(f"EXISTS (SELECT FROM order_lane l WHERE l.number = o.number AND {lane})")
    since, place = newest_from(filters, now), len(parts.values)
    between = f"o.number < {before}" + (f" AND o.number >= {parts.value(since)}" if since else "")
    limit = str(int(filters.limit))  # in the text: a plan for any limit would be a plan for a tenth of all rows
    _scope(parts, wall)
    where = " AND ".join([*parts.where, between])
    if units := _units(filters, wall):
        listed = parts.value(list(units))
        if source == ORDERS:
            source, where = _driven(listed, where, between.replace("o.", "p."), limit), "true"
        else:
            where += f" AND {_takes_part(listed)}"
    if spread:
        source, where = _spread(parts.value(list(states)), where, limit), "true"
    elif walked is not None:
        source, where = _walked(walked, before, where, limit), "true"
    sql = f"SELECT {COLUMNS} FROM {source} WHERE {where} ORDER BY o.number DESC LIMIT {limit}"  # noqa: S608 - see top
    loose = (filters.line, filters.category, filters.channel, filters.urgency, filters.area, filters.part)
    indexed = not units and not any(loose) and not (filters.state and filters.kind)
    return Asked(sql, parts.values, by_phone, place if since else None, indexed)


def _units(filters: Filters, wall: Wall) -> tuple[int, ...]:
    """The units whose part in an order is asked for: the filter's, else the caller's own where it sees no branch."""
    if filters.unit is not None:
        return (filters.unit,)
    return () if wall.branch else wall.units


def words(wanted: Words) -> tuple[str, ...]:
    """Any of which is wanted; none: no condition."""
    return (wanted,) if isinstance(wanted, str) else tuple(wanted or ())


def _spread(states: str, where: str, limit: str) -> str:
    """One ordered walk for each state: of several at once the index knows no order."""
    walk = (
        "SELECT o.* FROM work_order o "  # noqa: S608 - see top
        f"WHERE o.state = u.state AND {where} ORDER BY o.number DESC LIMIT {limit}"
    )
    return f"(SELECT l.* FROM unnest({states}::text[]) AS u(state), LATERAL ({walk}) l) o"  # noqa: S608


def _under_way(filters: Filters, parts: _Parts, wall: Wall, now: datetime) -> list[str]:
    """What is under way in the order: for each such filter a statement that lists the numbers."""
    found = []
    if filters.overdue:
        own = "" if wall.branch else f" AND unit_id = ANY ({parts.value(list(wall.units))})"
        late, waits = parts.value(now), parts.value(sorted(WAITS))
        found.append(
            f"SELECT number FROM open_duty WHERE due_at < {late} AND paused_at IS NULL AND kind <> ALL ({waits}){own}"  # noqa: S608 - see top
        )
    if kinds := words(filters.duty):
        found.append(f"SELECT number FROM open_duty WHERE kind = ANY ({parts.value(list(kinds))})")  # noqa: S608
    if filters.pending:
        found.append("SELECT number FROM order_pending")
    if filters.part is not None and filters.unit is not None:
        leads = f"o.lead_unit IS NOT DISTINCT FROM {parts.value(filters.unit)}"
        parts.where.append(leads if filters.part == "lead" else f"NOT ({leads})")
    return found


def _walked(numbers: str, before: str, where: str, limit: str) -> str:
    """From the numbers to their orders, one by one until the page is full: what is open is little beside all orders.

    ``OFFSET 0`` keeps it so; a plan made for any value reads whole months to look their orders up among the open.
    """
    listed = f"SELECT DISTINCT n.number FROM ({numbers}) n WHERE n.number < {before} ORDER BY n.number DESC"  # noqa: S608
    one = f"SELECT o.* FROM work_order o WHERE o.number = d.number AND {where} OFFSET 0"  # noqa: S608
    return f"(SELECT o.* FROM ({listed}) d, LATERAL ({one}) o ORDER BY d.number DESC LIMIT {limit}) o"  # noqa: S608


def _takes_part(units: str) -> str:
    return f"EXISTS (SELECT FROM order_part p WHERE p.number = o.number AND p.unit_id = ANY ({units}))"


def _driven(units: str, where: str, between: str, limit: str) -> str:
    """One ordered walk for each unit: an array in one scan would have to be sorted whole."""
    walk = (
        "SELECT o.* FROM order_part p JOIN work_order o ON o.number = p.number "  # noqa: S608 - see top
        f"WHERE p.unit_id = u.unit AND {between} AND {where} ORDER BY p.number DESC LIMIT {limit}"
    )
    return (
        f"(SELECT DISTINCT ON (l.number) l.* FROM unnest({units}::int[]) AS u(unit), LATERAL ({walk}) l "  # noqa: S608
        "ORDER BY l.number DESC) o"
    )


def _plain(filters: Filters, parts: _Parts, *, spread: bool) -> None:
    for column in ("state", "kind", "line", "category", "channel", "urgency"):
        wanted = words(getattr(filters, column))
        if len(wanted) == 1:
            parts.where.append(f"o.{column} = {parts.value(wanted[0])}")
        elif wanted and not (spread and column == "state"):
            parts.where.append(f"o.{column} = ANY ({parts.value(list(wanted))})")
    if filters.area is not None:
        parts.where.append(f"starts_with(o.area_code, {parts.value(significant(filters.area))})")
    if filters.start is not None:
        # The number begins with the local date: it leaves whole months out. A day more, as zones differ.
        parts.where.append(f"o.number >= {parts.value(_day(filters.start, -1))}")
        parts.where.append(f"o.registered_at >= {parts.value(filters.start)}")
    if filters.end is not None:
        parts.where.append(f"o.number < {parts.value(_day(filters.end, 2))}")
        parts.where.append(f"o.registered_at < {parts.value(filters.end)}")


def _day(moment: datetime, days: int) -> str:
    day: date = moment.date() + timedelta(days=days)
    return f"{day:%Y%m%d}"


def _scope(parts: _Parts, wall: Wall) -> None:
    """The caller's scope in words of its own; row security says the same once more."""
    ways = []
    if wall.branch:
        secret = "" if wall.cleared else " AND o.secrecy <> 'confidential'"
        ways.append(f"(starts_with(o.path, {parts.value(wall.branch)}){secret})")
        if wall.branch.count("/") > ROOT:
            passed = "EXISTS (SELECT FROM order_part d WHERE d.number = o.number AND d.unit_id = ANY "
            ways.append(f"({passed}((SELECT branch_units())::int[])){secret})")
    if wall.units:
        units = parts.value(list(wall.units))
        ways.append(f"EXISTS (SELECT FROM order_part s WHERE s.number = o.number AND s.unit_id = ANY ({units}))")
    parts.where.append(f"({' OR '.join(ways)})" if ways else "false")


def _searched(filters: Filters, parts: _Parts, before: str, ring: KeyRing, most: int) -> tuple[str, bool]:
    """Where the rows come from, and whether a caller is looked up."""
    text = unicodedata.normalize("NFKC", filters.q or "").strip()
    if filters.q is None or (not text and not filters.q.strip()):
        return ORDERS, False
    if len(text) == LENGTH and text[:-1].isdecimal():
        parts.where.append(f"o.number = {parts.value(check_number(text, field='q'))}")
        return ORDERS, False
    if (phone := _phone(text)) is not None:
        # Under the current key and the older ones: a rotation of the index key may be under way.
        keys = [blind_index(ring, "phone", phone, key_id=key) for key in ring.ids("index")]
        index = parts.value(keys)
        parts.where.append(
            "o.number IN (SELECT number FROM caller_index "  # noqa: S608 - see top
            f"WHERE idx = ANY ({index}) OR idx_next = ANY ({index}))"
        )
        return ORDERS, True
    terms = query_of(text)
    if terms is None:
        raise NothingToSearch(field="q")
    hits = f"search_orders({parts.value(terms)}::text::tsquery, {before}, {int(most)})"
    return f"{hits} AS h(number) JOIN work_order o ON o.number = h.number", False


def _phone(text: str) -> str | None:
    plain = text.replace("-", "").replace(" ", "").removeprefix("+")
    if not (plain.isdecimal() and 7 <= len(plain) <= 15):
        return None
    try:
        return normalise_phone(text)
    except BadPhone:
        return None
