"""Between values and rows: the arguments of the two writing statements, and an order read back.

An event's hash covers ``body`` by digest, so the body is spelled once: the same text is hashed and, packed, stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import asyncpg
import msgspec

from yihao.orders.draft import Decision
from yihao.orders.model import COLUMNS, WAITS, Change, Duty, Event, Matter, Order
from yihao.orders.packing import pack, unpack
from yihao.orders.private import Sealed
from yihao.seal.chain import canonical, link
from yihao.seal.provider import sm3

_USUAL: Final = tuple(
    (field.name, field.default_factory() if field.default_factory is not msgspec.NODEFAULT else field.default)
    for field in msgspec.structs.fields(Order)
    if field.name != "title"
)
"""The fields the first event may say, with their defaults (``NODEFAULT`` equals no value)."""
_DATA: Final = tuple((name, usual) for name, usual in _USUAL if name not in COLUMNS)
_NOTHING: Final = Change()
SENDERS: Final = frozenset({"notice"})
"""Families of topics that have a sender now; the others wait as ``no_sender``, neither retried nor dead."""


def _text(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def body_of(event: Event) -> bytes:
    """The stored body, in its one spelling: facts, change and the commitment to the personal part."""
    plain = {
        "facts": event.facts,
        "change": msgspec.to_builtins(event.change, builtin_types=(datetime,), str_keys=True),
        "private": event.private,
    }
    return canonical(plain)


def event_hash(previous: bytes, event: Event, body: bytes | None = None) -> bytes:
    """The chain's next head: everything of the event, its body by digest."""
    return link(previous, linked(event, sm3(body if body is not None else body_of(event)).hex()))


def linked(event: Event, body_digest: str) -> dict[str, Any]:
    """What the chain covers of an event: all of it, its body by its SM3 in hexadecimal."""
    return {
        "number": event.number,
        "seq": event.seq,
        "verb": event.verb,
        "at": event.at,
        "account": event.account,
        "role": event.role,
        "unit": event.unit,
        "from": event.from_state,
        "to": event.to_state,
        "body": body_digest,
    }


def data_of(order: Order) -> bytes:
    """The part of an order that stands in ``work_order.data``; what is at its default is left out, most of it."""
    said = {name: value for name, usual in _DATA if (value := getattr(order, name)) != usual}
    return msgspec.json.encode(said)


def order_of(row: asyncpg.Record) -> Order:
    """The order a row of ``work_order`` holds."""
    fields = msgspec.json.decode(unpack(row["data"]))
    for name in COLUMNS:
        fields[name] = row[name]
    return msgspec.convert(fields, Order, strict=False)


def next_due(matter: Matter) -> datetime | None:
    """The earliest due that runs and that somebody can breach: what a list shows and colours an order by."""
    running = (d.due_at for d in matter.duties if d.met_at is None and d.paused_at is None and d.kind not in WAITS)
    return min(running, default=None)


def matter_of(row: asyncpg.Record) -> Matter:
    """The order and its open duties, from statement ``matter``."""
    duties = msgspec.json.decode(row["duties"], type=tuple[Duty, ...]) if row["duties"] else ()
    return Matter(order=order_of(row), duties=duties)


def event_of(row: asyncpg.Record) -> Event:
    """The event a row of ``order_event`` holds."""
    body = msgspec.json.decode(unpack(row["body"]))
    return Event(
        **msgspec.structs.asdict(bare(row))
        | {
            "facts": body["facts"],
            "change": msgspec.convert(body["change"], Change, strict=False, str_keys=True),
            "private": body["private"],
        }
    )


def bare(row: Mapping[str, Any]) -> Event:
    """The event a row of ``order_event`` holds, without its body."""
    return Event(
        number=row["number"],
        seq=row["seq"],
        verb=row["verb"],
        at=row["at"],
        account=row["account_id"],
        role=row["role"],
        unit=row["unit_id"],
        from_state=row["from_state"],
        to_state=row["to_state"],
        facts={},
        change=_NOTHING,
    )


class _Facts(msgspec.Struct, frozen=True):
    facts: dict[str, Any]


_FACTS: Final = msgspec.json.Decoder(_Facts)


def facts_of(row: asyncpg.Record) -> dict[str, Any]:
    """The facts of a row of ``order_event``."""
    return _FACTS.decode(unpack(row["body"])).facts


class _Moved(msgspec.Struct, frozen=True):
    """A body's duties alone: decoding passes over the rest."""

    open: tuple[Duty, ...] = ()
    alter: dict[int, dict[str, Any]] = {}
    close: dict[int, dict[str, Any]] = {}


class _Clocks(msgspec.Struct, frozen=True):
    change: _Moved


_CLOCKS: Final = msgspec.json.Decoder(_Clocks)


def clocks_of(bodies: Iterable[bytes]) -> tuple[Duty, ...]:
    """Every duty of an order, open and closed, by number, from the bodies of its events (unpacked, oldest first)."""
    duties: dict[int, Duty] = {}
    for body in bodies:
        moved = _CLOCKS.decode(body).change
        for number, fields in (*moved.alter.items(), *moved.close.items()):
            duties[number] = msgspec.convert({**msgspec.structs.asdict(duties[number]), **fields}, Duty, strict=False)
        for duty in moved.open:
            duties[duty.no] = duty
    return tuple(duties.values())


def _messages(event: Event, decision: Decision) -> str:
    """One outbox row for the event itself and one for each message that must leave the house."""
    rows: list[dict[str, Any]] = [
        {"topic": f"order.{event.verb}", "status": "feed", "body": {"to": event.to_state}},
    ]
    for effect in decision.effects:
        family = effect.topic.split(".", 1)[0]
        status = "pending" if family in SENDERS else "no_sender"
        rows.append({"topic": effect.topic, "status": status, "body": effect.body})
    return _text(rows)


def _opened(duties: tuple[Duty, ...]) -> str:
    return _text([msgspec.structs.asdict(duty) for duty in duties])


def register_row(
    matter: Matter,
    event: Event,
    sealed: Sealed,
    decision: Decision,
    genesis: bytes,
    account: int,
    key: str,
    digest: bytes,
) -> tuple[Any, ...]:
    """The arguments of statement ``register``."""
    order = matter.order
    whole = msgspec.structs.replace(event, change=whole_change(order, event.change))
    body = body_of(whole)
    return (
        account,
        key,
        order.number,
        digest,
        event_hash(genesis, whole, body),
        order.state,
        order.path,
        order.jurisdiction_id,
        order.kind,
        order.channel,
        order.category,
        order.area_code,
        order.line,
        order.urgency,
        order.secrecy,
        order.title,
        order.registered_at,
        pack(data_of(order)),
        event.role,
        event.unit,
        pack(body),
        pack(msgspec.json.encode(sealed.redacted)),
        sealed.blob,
        _opened(event.change.open),
        [kind for kind, _ in sealed.indexes],
        [index for _, index in sealed.indexes],
        sealed.reporter,
        _messages(event, decision),
        next_due(matter),
    )


def whole_change(order: Order, change: Change) -> Change:
    """The first event says every field that is not at its default: nothing else knows where the order began.

    All but the title: it is a person's words, and stands in ``order_private`` and, for lists, in its column.
    """
    said = {name: value for name, usual in _USUAL if (value := getattr(order, name)) != usual}
    return msgspec.structs.replace(change, set=said)


def append_row(
    after: Matter,
    before: Matter,
    event: Event,
    sealed: Sealed,
    decision: Decision,
    head: bytes,
    body: bytes,
    key: str | None,
    digest: bytes,
) -> tuple[Any, ...]:
    """The arguments of statement ``append``; ``body`` is the event's, as it was hashed."""
    order, change = after.order, event.change
    duties = {duty.no: duty for duty in after.duties}
    altered = [
        {name: getattr(duties[number], name) for name in ("no", "due_at", "rule", "clause", "breached_at", "paused_at")}
        for number in change.alter
    ]
    link_to = decision.link
    return (
        event.account,
        key,
        order.number,
        event.seq,
        digest,
        head,
        order.state,
        order.kind,
        order.category,
        order.area_code,
        order.urgency,
        order.secrecy,
        order.lead_unit,
        event.at,
        order.due_at,
        pack(data_of(order)),
        event.verb,
        event.role,
        event.unit,
        event.from_state,
        pack(body),
        pack(msgspec.json.encode(sealed.redacted)),
        sealed.blob,
        list(change.close),
        _text(altered),
        _opened(change.open),
        list(change.join),
        list(change.leave),
        _messages(event, decision),
        order.path,
        order.jurisdiction_id,
        link_to.parent if link_to else None,
        link_to.kind if link_to else None,
        next_due(after),
        decision.facts["relation"] if link_to and link_to.kind == "merged" else None,
    )
