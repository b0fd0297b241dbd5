"""One order looked at whole: is its history unbroken, and does it still give the stored rows? Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from yihao.orders.checkpoints import MISSING, Head, digest_of
from yihao.orders.faults import Report
from yihao.orders.model import Duty, Order
from yihao.orders.packing import PackBroken, unpack, unpacked
from yihao.orders.private import open_part, open_reporter, shown_digest
from yihao.orders.rows import bare, event_hash, next_due, order_of
from yihao.orders.rules import replay
from yihao.seal.box import SealBroken
from yihao.seal.chain import GENESIS
from yihao.seal.keys import KeyRing

Row = Mapping[str, Any]
_RUNNING: Final = tuple(name for name in Duty.__struct_fields__ if name not in ("met_at", "outcome"))


class Case:
    """Everything the database holds of one order."""

    __slots__ = ("attached", "duties", "events", "heads", "number", "parts", "reporters", "row", "secrets", "ties")

    def __init__(self, number: str) -> None:
        self.number = number
        self.row: Row | None = None
        self.events: list[Row] = []
        self.duties: list[Row] = []
        self.parts: list[Row] = []
        self.attached: list[str] = []
        self.ties: list[tuple[str, str]] = []
        self.secrets: list[Row] = []
        self.reporters: list[bytes] = []
        self.heads: list[tuple[Head, int]] = []


def check(
    case: Case,
    heads: Sequence[tuple[Head, int]],
    unread: set[tuple[str, int]],
    report: Report,
    ring: KeyRing | None,
) -> None:
    """Add to ``report`` what is wrong with one order.

    Args:
        case: what is stored.
        heads: what checkpoints say of it, each with the checkpoint's number.
        unread: events that wait for a checkpoint; this order's are taken out.
        report: where findings and counts go.
        ring: opens its sealed parts; ``None`` leaves them closed.
    """
    number, events = case.number, case.events
    report.orders += 1
    report.events += len(events)
    if not events and case.row is None and case.heads:
        report.add("order_missing", number, detail=str(heads[0][1]))
        return
    if not events:
        report.add("events_missing", number)
    elif case.row is None:
        report.add("row_missing", number)
    bodies = _history(number, events, report)
    _vouched(number, events, heads, unread, report)
    if bodies is None or case.row is None or not events:
        return
    if case.row["version"] != events[-1]["seq"] or bytes(case.row["head"]) != bytes(events[-1]["hash"]):
        report.add("row_edited", number, detail="version, head")
    _rows(case, case.row, bodies, report)
    _private(case, case.row, bodies, report)
    if ring is not None:
        _opened(case, bodies, report, ring)


def _history(number: str, events: Sequence[Row], report: Report) -> list[dict[str, Any]] | None:
    """The bodies of an unbroken chain, ``None`` when it breaks."""
    previous, bodies, whole = GENESIS, [], True
    before: Row | None = None
    for place, row in enumerate(events, 1):
        if row["seq"] != place:
            report.add("event_missing", number, place)
            return None
        try:
            spelled = unpack(row["body"])
            body = msgspec.json.decode(spelled, type=dict[str, Any])
        except (PackBroken, msgspec.MsgspecError):
            report.add("event_edited", number, place, "body")
            return None
        if event_hash(previous, bare(row), spelled) != row["hash"]:
            report.add("event_edited", number, place)
            whole = False
        if before is not None and (row["at"] < before["at"] or row["from_state"] != before["to_state"]):
            report.add("step_broken", number, place, "at" if row["at"] < before["at"] else "from_state")
        previous, before = bytes(row["hash"]), row
        bodies.append(body)
    return bodies if whole else None


def _vouched(
    number: str,
    events: Sequence[Row],
    heads: Sequence[tuple[Head, int]],
    unread: set[tuple[str, int]],
    report: Report,
) -> None:
    """What checkpoints keep of these events is still so, and each event is in one or waits for the next."""
    known = {row["seq"]: row for row in events}
    covered: set[int] = set()
    for head, checkpoint in heads:
        wanted = range(head.first, head.last + 1)
        covered.update(wanted)
        gone = [seq for seq in wanted if seq not in known]
        for seq in gone:
            report.add("event_missing", number, seq, f"（检查点 {checkpoint}）")
        if not gone and head.digest != MISSING:
            found = digest_of((bytes(known[seq]["hash"]), known[seq]["recorded_at"]) for seq in wanted)
            if found != head.digest:
                named = head.first if head.first == head.last else f"{head.first}-{head.last}"
                report.add("event_resealed", number, named, str(checkpoint))
    for seq in known:
        if (number, seq) in unread:
            unread.discard((number, seq))
        elif seq not in covered:
            report.add("event_unvouched", number, seq)


def _rows(case: Case, row: Row, bodies: Sequence[dict[str, Any]], report: Report) -> None:
    number = case.number
    try:
        matter = replay(
            (event["at"], event["seq"], event["to_state"], body["change"]) for event, body in _both(case, bodies)
        )
    except (msgspec.MsgspecError, KeyError, TypeError, ValueError, AttributeError) as wrong:
        report.add("event_unreadable", number, len(case.events), type(wrong).__name__)
        return
    try:
        stored = order_of(row)
    except (PackBroken, msgspec.MsgspecError, KeyError, TypeError):
        report.add("row_edited", number, detail="data")
        return
    folded = msgspec.structs.replace(matter.order, title=stored.title)
    if stored != folded:
        report.add("row_edited", number, detail=_differing(stored, folded, Order.__struct_fields__))
    if row["next_due_at"] != next_due(matter):
        report.add("row_edited", number, detail="next_due_at")
    duties = {duty.no: duty for duty in matter.duties if duty.met_at is None}
    for record in case.duties:
        duty = Duty(**{name: record[name] for name in _RUNNING})
        wanted = duties.pop(duty.no, None)
        if wanted is None:
            report.add("duty_edited", number, detail=f"{duty.no} +")
        elif wanted != duty or record["path"] != stored.path:
            names = _differing(duty, wanted, Duty.__struct_fields__) or "path"
            report.add("duty_edited", number, detail=f"{duty.no} ({names})")
        elif record["secret"] != (stored.secrecy == "confidential"):
            # Who may not see the order would be shown that something is owed in it.
            report.add("duty_edited", number, detail=f"{duty.no} (secret)")
    for missing in duties:
        report.add("duty_edited", number, detail=f"{missing} -")
    _sight(case, stored, bodies, report)


def _both(case: Case, bodies: Sequence[dict[str, Any]]) -> Iterable[tuple[Row, dict[str, Any]]]:
    return zip(case.events, bodies, strict=True)


def _sight(case: Case, order: Order, bodies: Sequence[dict[str, Any]], report: Report) -> None:
    """Units that take part, and the order this one follows."""
    units = {case.events[0]["unit_id"]} - {None}
    for body in bodies:
        units = (units | set(body["change"].get("join", ()))) - set(body["change"].get("leave", ()))
    if {part["unit_id"] for part in case.parts} != units or any(part["path"] != order.path for part in case.parts):
        differ = units.symmetric_difference(part["unit_id"] for part in case.parts)
        report.add("parts_edited", case.number, detail=", ".join(map(str, sorted(differ))) or "path")
    merges = [body["facts"].get("relation") for event, body in _both(case, bodies) if event["to_state"] == "merged"]
    tied = [(order.merged_into, next(filter(None, reversed(merges)), None))] if order.merged_into else []
    if case.ties != tied:
        report.add("link_edited", case.number, detail="merged_into")


def _differing(one: Any, other: Any, names: Iterable[str]) -> str:
    return ", ".join(name for name in names if getattr(one, name) != getattr(other, name))


def _private(case: Case, row: Row, bodies: Sequence[dict[str, Any]], report: Report) -> None:
    """Texts stand where an event commits to them, and are gone only where an erasure is recorded."""
    number = case.number
    kept = {secret["seq"]: secret for secret in case.secrets}
    erased = max((event["seq"] for event in case.events if event["verb"] == "erase"), default=0)
    for event, body in _both(case, bodies):
        secret, seq = kept.pop(event["seq"], None), event["seq"]
        if body.get("private") is None:
            if secret is not None:
                report.add("private_extra", number, seq)
        elif secret is None:
            report.add("private_missing", number, seq)
        elif secret["gone"] != (secret["erased_at"] is not None) or (secret["gone"] and seq >= erased):
            report.add("private_gone", number, seq)
        elif not secret["gone"] and seq < erased:
            report.add("private_left", number, seq)
        elif seq == 1 and row["title"] != _title(secret):
            report.add("title_edited", number)
    for seq in kept:
        report.add("private_extra", number, seq)
    named = {file for event, body in _both(case, bodies) if event["seq"] > erased for file in _files(body)}
    if set(case.attached) != named:
        report.add("attachments_edited", number)


def _title(secret: Row) -> str | None:
    try:
        return str(unpacked(secret["redacted"]).get("title") or "")
    except (PackBroken, msgspec.MsgspecError):
        return None


def _files(body: dict[str, Any]) -> Iterable[str]:
    return body.get("facts", {}).get("attachments") or ()


def _opened(case: Case, bodies: Sequence[dict[str, Any]], report: Report, ring: KeyRing) -> None:
    committed = {event["seq"]: body.get("private") for event, body in _both(case, bodies)}
    for secret in case.secrets:
        if secret["sealed"] is None:
            continue
        report.parts += 1
        try:
            part = open_part(ring, case.number, secret["seq"], bytes(secret["sealed"]))
        except (SealBroken, PackBroken) as broken:
            report.add("private_edited", case.number, secret["seq"], broken.code)
            continue
        if part.commitment != committed.get(secret["seq"]):
            report.add("private_edited", case.number, secret["seq"], "commitment")
            continue
        try:
            shown = unpacked(secret["redacted"])
        except (PackBroken, msgspec.MsgspecError):
            report.add("shown_edited", case.number, secret["seq"])
            continue
        if part.shown != shown_digest(shown):
            report.add("shown_edited", case.number, secret["seq"])
        elif shown.get("caller", {}).get("protected") and not case.reporters:
            report.add("reporter_missing", case.number)
    for sealed in case.reporters:
        report.parts += 1
        try:
            open_reporter(ring, case.number, bytes(sealed))
        except SealBroken as broken:
            report.add("reporter_edited", case.number, detail=broken.code)
