"""What this room talks about: a message read from a file, what is wrong with it, and what became of it."""

from __future__ import annotations

from datetime import datetime

import msgspec

from yihao.orders.model import KINDS
from yihao.profile.model import KindCode


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with a row: ``row`` as a spreadsheet counts (1 is the heading), ``column`` or empty, why."""

    row: int
    column: str
    reason: str


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One row. Times are aware. ``reply`` and ``reply_at`` stand together or not at all.

    ``refused`` is why the message cannot be registered, ``None`` when it can.
    """

    row: int
    id: str
    title: str = ""
    body: str = ""
    at: datetime | None = None
    reply: str | None = None
    reply_at: datetime | None = None
    refused: str | None = None


class Sheet(msgspec.Struct, frozen=True):
    """A file read: every message, also those that are refused, and every fault found."""

    messages: tuple[Message, ...]
    faults: tuple[Fault, ...]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a message: a row of the export. Times are in the place's zone.

    ``due_at`` is the lead unit's handling due, counted from ``dispatched_at``; both are ``None`` for an order never
    dispatched, and so is ``on_time``. An order without a reply is not on time: its due has passed when the replay ends.
    """

    id: str
    number: str | None = None
    kind: str
    registered_at: datetime | None = None
    dispatched_at: datetime | None = None
    due_at: datetime | None = None
    replied_at: datetime | None = None
    on_time: bool | None = None
    final_state: str


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """An indicator over the whole replay; ``value`` is ``None`` when nothing was there to be measured."""

    name: str
    numerator: int
    denominator: int
    value: float | None


class Report(msgspec.Struct, frozen=True):
    """The export."""

    indicators: tuple[Figure, ...]
    orders: tuple[Outcome, ...]


def kind_zh(kind: KindCode) -> str:
    """The Chinese word files carry."""
    return KINDS[kind]
