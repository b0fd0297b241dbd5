"""A life as a stencil: every row it leaves in the tables, with holes for what differs from one order to the next.

The texts are spelled once by the rooms' own functions, around marks; writing an order fills the marks and works out its
seals, commitments and chain for real. Rows are lines of PostgreSQL's text COPY.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from yihao.indicators.counts import keys, spelled
from yihao.indicators.model import Contribution
from yihao.indicators.service import contribution, step_of
from yihao.orders import bigrams
from yihao.orders.bodies import Caller
from yihao.orders.checkpoints import Head, digest_of
from yihao.orders.model import Duty, Order
from yihao.orders.packing import pack
from yihao.orders.places import Place
from yihao.orders.private import COLUMN, REPORTER, appeal_parts, masked_caller, seal_said
from yihao.orders.rows import body_of, data_of, linked, next_due
from yihao.orders.service import code_index, new_code
from yihao.seal.box import blind_index, seal_json
from yihao.seal.chain import GENESIS, canonical, timestamp
from yihao.seal.keys import KeyRing
from yihao.seal.provider import sm3
from yihao.seed.lives import MARK_CODE, MARK_INDEX, MARK_NAME, MARK_PHONE, MARK_PRIVATE, Life, Step

MARK_HASH: Final = "\ue010"
MARK_SEAL: Final = "\ue011"
MARK_SHOWN: Final = "\ue012"
MARK_MASKED: Final = "\ue013"
MARK_MASKED_NAME: Final = "\ue014"
MARK_BODY: Final = "\ue015"
MARK_DATA: Final = "\ue016"

COLUMNS: Final[dict[str, str]] = {
    "work_order": "number, version, head, state, path, jurisdiction_id, kind, channel, category, area_code, line, "
    "urgency, secrecy, lead_unit, title, registered_at, last_at, due_at, next_due_at, data",
    "order_event": "number, seq, verb, at, recorded_at, account_id, role, unit_id, from_state, to_state, body, hash",
    "order_private": "number, seq, redacted, sealed",
    "open_duty": "number, no, kind, unit_id, path, opened_at, due_at, rule, clause, fallback, breached_at, paused_at, "
    "secret",
    "order_part": "number, unit_id, path",
    "caller_index": "kind, idx, number",
    "reporter": "number, sealed",
    "order_fact": "number, path, kind, line, area, lane, counts, keys",
    "order_search": "number, words",
}
"""The tables written, each with its columns; the first three are parted by month."""
MONTHLY: Final = ("work_order", "order_event", "order_private")
CODE_BITS: Final = 50
"""Of the query codes: the national layer's."""
RECORDED_AFTER: Final = timedelta(milliseconds=3)
SURNAMES: Final = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
CALLERS: Final = 100_000
"""How many made-up people call: some call often."""


class Party(msgspec.Struct, frozen=True):
    """A made-up caller: nobody's name, and a phone in a row of numbers for show."""

    name: str
    phone: str
    masked_name: str
    masked_phone: str
    index: str

    @classmethod
    def of(cls, ring: KeyRing, number: int) -> Party:
        """The ``number``-th caller."""
        name, phone = SURNAMES[number % len(SURNAMES)] + "演示", f"+86138000{number:05d}"
        shown = masked_caller(Caller(name=name, phone=phone))
        return cls(name, phone, shown["name"], shown["phone"], blind_index(ring, "phone", phone).hex())


class _Hole(msgspec.Struct, frozen=True):
    """One event: its rows, and what is hashed, sealed and packed to fill them. ``digest`` and ``packed`` are those of a
    body that is the same for every order."""

    seq: int
    row: str
    body: str
    link: str
    recorded_at: datetime
    said: str | None = None
    private: str = ""
    digest: str = ""
    packed: str = ""


class Written(msgspec.Struct, frozen=True):
    """The rows of one order, by table, and what its checkpoint says."""

    rows: dict[str, str]
    head: Head


class Stencil:
    """Writes one life under any number. ``contribution`` is what each of its orders counts for."""

    def __init__(self, life: Life, place: Place, *, searchable: bool) -> None:
        order, duties = life.matter.order, life.matter.duties
        self._mark = mark = order.number
        value, shown, who = appeal_parts(life.appeal, life.title, MARK_CODE, protected=life.protected)
        if not life.protected:
            shown["caller"] |= {"name": MARK_MASKED_NAME, "phone": MARK_MASKED}
        self._shown = _spelled(shown)
        self._holes = [_first(life.steps[0], value), *(_later(step) for step in life.steps[1:])]
        self._who = _spelled(who) if life.protected else None
        self._data = _plain(data_of(order).decode())
        head = {"head": _hex(MARK_HASH), "data": _hex(MARK_DATA), "next_due_at": next_due(life.matter)}
        columns = COLUMNS["work_order"].split(", ")
        self._order = _line(head[name] if name in head else getattr(order, name) for name in columns)
        self.contribution = _contribution(life, place)
        self._same = {
            "open_duty": "".join(_duty(mark, d, order) for d in duties if d.met_at is None),
            "order_part": "".join(_line((mark, unit, order.path)) for unit in _parts(life.steps)),
            "order_fact": _fact(self.contribution),
        }
        if searchable:
            texts = [shown["title"], shown["content"], *(_words(step) for step in life.steps[1:])]
            self._same["order_search"] = _line((mark, bigrams.vector_of(texts)))

    def write(self, ring: KeyRing, number: str, party: Party) -> Written:
        """The rows of one order."""
        mark, code, previous, chained = self._mark, new_code(CODE_BITS), GENESIS, []
        index = code_index(ring, number, code)
        events, privates = [], []
        for hole in self._holes:
            body, said, digest, packed = hole.body, hole.said, hole.digest, hole.packed
            if hole.seq == 1:
                shown = _filled(self._shown, party)
                said = _filled(hole.said or "", party).replace(MARK_CODE, code)
                said = said.replace(MARK_SHOWN, sm3(shown.encode()).hex())
                body = body.replace(mark, number).replace(MARK_INDEX, index)
            if said is not None:
                committed, blob = seal_said(ring, number, hole.seq, msgspec.Raw(said.encode()))
                body = body.replace(MARK_PRIVATE, committed)
                digest, packed = sm3(body.encode()).hex(), _packed(body)
                private = hole.private.replace(mark, number).replace(MARK_SEAL, blob.hex())
                privates.append(private.replace(MARK_SHOWN, _packed(shown)) if hole.seq == 1 else private)
            linking = hole.link.replace(mark, number).replace(MARK_BODY, digest)
            previous = sm3(previous + linking.encode())
            row = hole.row.replace(mark, number).replace(MARK_BODY, packed)
            events.append(row.replace(MARK_HASH, previous.hex()))
            chained.append((previous, hole.recorded_at))
        rows = {name: rows.replace(mark, number) for name, rows in self._same.items() if rows}
        rows["order_event"], rows["order_private"] = "".join(events), "".join(privates)
        order = self._order.replace(mark, number).replace(MARK_HASH, previous.hex())
        rows["work_order"] = order.replace(MARK_DATA, _packed(self._data.replace(MARK_INDEX, index)))
        rows |= self._caller(ring, number, party)
        return Written(rows, Head(number, 1, len(self._holes), digest_of(chained)))

    def _caller(self, ring: KeyRing, number: str, party: Party) -> dict[str, str]:
        if self._who is None:
            return {"caller_index": f"phone\t\\\\x{party.index}\t{number}\n"}
        who = msgspec.Raw(_filled(self._who, party).encode())
        sealed = seal_json(ring, who, table=REPORTER, column=COLUMN, number=number, store="reporter")
        return {"reporter": f"{number}\t\\\\x{sealed.hex()}\n"}


def _first(step: Step, value: dict[str, Any]) -> _Hole:
    said = _spelled({"value": value, "shown": MARK_SHOWN})
    return _hole(step, said, _line((step.event.number, 1, _hex(MARK_SHOWN), _hex(MARK_SEAL))))


def _later(step: Step) -> _Hole:
    if not step.texts:
        return _hole(step, None, "")
    shown = _spelled(step.texts)
    said = _spelled({"value": step.texts, "shown": sm3(shown.encode()).hex()})
    return _hole(step, said, _line((step.event.number, step.event.seq, _hex(_packed(shown)), _hex(MARK_SEAL))))


def _hole(step: Step, said: str | None, private: str) -> _Hole:
    event = step.event
    recorded = event.at + RECORDED_AFTER
    columns: dict[str, Any] = {"recorded_at": recorded, "account_id": event.account, "unit_id": event.unit}
    columns |= {"body": _hex(MARK_BODY), "hash": _hex(MARK_HASH)}
    body = _plain(body_of(event).decode())
    names = COLUMNS["order_event"].split(", ")
    return _Hole(
        seq=event.seq,
        row=_line(columns[name] if name in columns else getattr(event, name) for name in names),
        body=body,
        link=_spelled(linked(event, MARK_BODY)),
        recorded_at=recorded,
        said=said,
        private=private,
        digest=sm3(body.encode()).hex(),
        packed=_packed(body),
    )


def _contribution(life: Life, place: Place) -> Contribution:
    """What every order of the life counts for, by the indicators' own rules."""
    events = [step.event for step in life.steps]
    steps = tuple(step_of(event.verb, event.at, event.to_state, body_of(event)) for event in events)
    return contribution(place, life.matter.order, life.matter.duties, steps)


def _fact(one: Contribution) -> str:
    return _line((one.number, one.path, one.kind, one.line, one.area, one.lane, spelled(one.counts), keys(one.counts)))


def _packed(text: str) -> str:
    return pack(text.encode()).hex()


def _hex(digits: str) -> str:
    """A bytea of a COPY line."""
    return f"\\\\x{digits}"


def _duty(number: str, duty: Duty, order: Order) -> str:
    names = COLUMNS["open_duty"].split(", ")[5:-1]
    fields = [getattr(duty, name) for name in names]
    return _line((number, duty.no, duty.kind, duty.unit_id, order.path, *fields, order.secrecy == "confidential"))


def _parts(steps: Sequence[Step]) -> list[int]:
    """Who takes part at the end."""
    there: dict[int, None] = {}
    for step in steps:
        for unit in step.event.change.leave:
            there.pop(unit, None)
        there |= dict.fromkeys(step.event.change.join)
    return list(there)


def _words(step: Step) -> str:
    return " ".join(text for text in step.texts.values() if isinstance(text, str))


def _spelled(value: Any) -> str:
    return _plain(canonical(value).decode())


def _plain(text: str) -> str:
    """The text, which needs no escape in a COPY line: the lives hold none of the signs that would."""
    if "\\" in text:
        raise ValueError(f"a text of the seed needs escaping: {text!r}")
    return text


def _filled(text: str, party: Party) -> str:
    text = text.replace(MARK_PHONE, party.phone).replace(MARK_NAME, party.name)
    return text.replace(MARK_MASKED, party.masked_phone).replace(MARK_MASKED_NAME, party.masked_name)


def _line(fields: Iterable[Any]) -> str:
    return "\t".join(map(_field, fields)) + "\n"


def _field(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, datetime):
        return timestamp(value)
    return str(value)
