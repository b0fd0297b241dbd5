"""The use cases: register a matter, and do a verb on it. Lock, decide, append, outbox; the caller commits.

Both are safe to repeat under one idempotency key: a retry after a lost answer finds what it did.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import uuid4

import asyncpg
import msgspec

from yihao.clock import Clock
from yihao.errors import Conflict, Invalid, NotFound
from yihao.orders import attachments, bodies, marks, rules
from yihao.orders.decisions import intake
from yihao.orders.draft import ALONE, Context, Decision, Family, Linkage
from yihao.orders.model import Duty, Event, Matter, Order
from yihao.orders.numbers import Numbers, check_number
from yihao.orders.packing import unpacked
from yihao.orders.places import Place, Places
from yihao.orders.private import Sealed, clean_caller, open_texts, seal_appeal, seal_texts
from yihao.orders.rows import append_row, body_of, event_hash, matter_of, register_row
from yihao.orders.statements import SQL
from yihao.people import approvals
from yihao.people.model import ROLES
from yihao.people.scope import Act, Actor, internal_actor
from yihao.seal.box import blind_index, seal_json
from yihao.seal.chain import GENESIS, canonical, timestamp
from yihao.seal.keys import KeyRing
from yihao.seal.redact import MARKED_BY, redact, secrecy_marks
from yihao.store.db import Wall, standing_behind

CODE_ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""32 signs nobody confuses on paper or on the phone (no 0, 1, I, O): five random bits each."""
CODE_BITS: Final = 5
REGISTRARS: Final = (
    "agent",
    "online_agent",
    "shift_lead",
    "subcentre_agent",
    "superior",
    "partner",
    "system",
    "portal",
    "files",
)


class StateSecret(Invalid):
    """A text bears the mark of a state secret: it is quarantined and never becomes an order (spec E)."""

    code = "state_secret"
    zh = (
        "内容带有国家秘密标志（{marks}），不得在本系统登记或流转，已隔离并报告保密责任人。"
        "请告知诉求人通过机要渠道反映。"
    )
    en = "The text is marked as a state secret ({marks}); it was quarantined and reported, not registered."


class StaleVersion(Conflict):
    """Somebody else changed the order since the caller read it."""

    code = "stale_version"
    zh = "工单已被他人更新（当前版本 {version}），请刷新后重试，您填写的内容仍在。"
    en = "The order has changed since (it is at version {version}). Read it again; what you typed is kept."


class KeyReused(Invalid):
    """The idempotency key came before with another body."""

    code = "key_reused"
    zh = "幂等键已用于另一次不同的提交，请更换后重试。"
    en = "This Idempotency-Key was used for a different submission. Use a new one."


Citation = Callable[[asyncpg.Connection, Actor, int, date], Awaitable[object]]
"""Raises when a knowledge item cannot be cited by the actor on that day. A door plugs the knowledge room in."""


Partnership = Callable[[asyncpg.Connection, int, date], Awaitable[Linkage | None]]
"""The partner a unit is on that day, if its agreement is in force. A door plugs the register of partners in."""


Joined = Callable[[asyncpg.Connection, Sequence[int], date], Awaitable[frozenset[int]]]
"""Those of the units that are service companies with an agreement in force that day. A door plugs their register in."""


class Desk(msgspec.Struct, frozen=True):
    """What the use cases need from the house: keys, clock, numbers and the rules of each place.

    ``citation`` checks the knowledge item a direct answer rests on; without one, ids are taken as they are.
    ``partnership`` knows the linked partners; without one, nothing is handed to a partner's own account or by it.
    ``companies`` knows the service companies that joined; without one, any such unit may be named.
    """

    ring: KeyRing
    clock: Clock
    numbers: Numbers
    places: Places
    citation: Citation | None = None
    partnership: Partnership | None = None
    companies: Joined | None = None

    async def linkage(self, connection: asyncpg.Connection, unit: int | None, on: date) -> Linkage | None:
        """The linked partner the unit is on that day."""
        return await self.partnership(connection, unit, on) if self.partnership and unit is not None else None


class Registered(msgspec.Struct, frozen=True):
    """A registered order. ``code`` is the citizen's query code, ``None`` when this was a repeated submission.

    ``shown`` is the masked copy of its texts and ``duties`` its clocks; both are empty for a repeated submission.
    """

    order: Order
    code: str | None
    shown: dict[str, Any] = {}
    duties: tuple[Duty, ...] = ()


def _digest(desk: Desk, *parts: Any) -> bytes:
    """A keyed digest of a body: a guess cannot be confirmed from the table."""
    return blind_index(desk.ring, "idempotency", canonical(list(parts)).decode())


def _suspects(body: Any) -> tuple[str, ...]:
    """Every text in a body in which a mark of secrecy may stand; nearly always none, which one look tells."""
    return tuple(_strings(body)) if MARKED_BY.encode() in msgspec.json.encode(body) else ()


def _strings(body: Any) -> Iterator[str]:
    """Every text in a body, however deep."""
    value = body if isinstance(body, str | dict | list) else msgspec.to_builtins(body)
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)


def _plain(body: Any) -> Any:
    """The body without floats, for the digest."""
    return msgspec.json.encode(body, order="sorted").decode()


async def register(
    connection: asyncpg.Connection, desk: Desk, actor: Actor, appeal: bodies.Appeal, *, key: str | None = None
) -> Registered:
    """A new matter in the actor's jurisdiction (D.2 1).

    Raises:
        WrongRole, StateSecret, BadBody, BadPhone …; KeyReused for another body under the same key.
    """
    role = actor.role_among(*REGISTRARS)
    if role is None:
        raise rules.WrongRole(what="登记诉求", who="话务员、网络座席")
    await stop_secrets(connection, desk, actor, *_suspects(appeal))
    place = await desk.places.at(connection, actor.path)
    now = desk.clock()
    caller = clean_caller(appeal.caller, None)  # a division code is no telephone area code
    appeal = msgspec.structs.replace(appeal, caller=caller)
    context = place.context(now, actor, role, line=appeal.line)
    unit = _registering_unit(context)
    linkage = await desk.linkage(connection, unit if role == "partner" else None, context.today)
    context = msgspec.structs.replace(context, unit=unit, linkage=linkage)
    number = await desk.numbers.take(place.area_code, context.today)
    title = redact(appeal.title).text
    draft = intake.register(number, actor.path, actor.jurisdiction, appeal, title, context)
    code = new_code(context.profile.flow.query_code.bits)
    draft.set(query_code=code_index(desk.ring, number, code))
    occurred = timestamp(appeal.occurred_at) if appeal.occurred_at else None
    facts: dict[str, Any] = {
        "channel": appeal.channel,
        "attachments": list(appeal.attachments),
        "occurred_at": occurred,
    }
    decision = draft.done("received", **facts)
    protected: bool = decision.change.set["protected"]
    sealed = seal_appeal(desk.ring, number, appeal, title, code, protected=protected)
    event = _event(number, 1, "register", now, actor, role, unit, None, decision, sealed)
    first = _first(draft.order, event)
    digest = _digest(desk, "register", _plain(appeal))
    row = register_row(first, event, sealed, decision, GENESIS, actor.account, key or uuid4().hex, digest)
    if await connection.fetchval(SQL["register"], *row) is None:
        # Also where it is confidential by now: the retry learns what the lost answer had told.
        async with standing_behind(connection, as_registered(actor)):
            return Registered(await _earlier(connection, desk, actor, key or "", digest), None)
    if first.order.lane is not None:
        await connection.execute(SQL["lane"], first.order.lane, number, actor.path)
    await attachments.link(connection, number, 1, appeal.attachments)
    return Registered(first.order, code, sealed.redacted, first.duties)


def as_registered(actor: Actor) -> Wall:
    """The wall behind which who registered an order is shown it: a confidential one too."""
    return msgspec.structs.replace(actor.wall(), cleared=True)


def new_code(bits: int) -> str:
    """A query code of at least so many bits: one draw from the system's random source, spelled in the alphabet."""
    length = -(-bits // CODE_BITS)
    drawn, signs = secrets.randbits(length * CODE_BITS), []
    for _ in range(length):
        drawn, place = divmod(drawn, len(CODE_ALPHABET))
        signs.append(CODE_ALPHABET[place])
    return "".join(signs)


def _registering_unit(context: Context) -> int | None:
    """The unit on whose own seats the matter came in: a sub-centre, a kept-seat unit, a partner (QY 二(二)2)."""
    if ROLES[context.role].kind != "unit":
        return None
    own = context.actor.units_as(context.role)
    if context.role != "subcentre_agent":
        return own[0] if own else None
    for unit in own:
        if context.tree.unit(unit).may_register:
            return unit
    raise rules.WrongRole(what="登记诉求", who="话务员、网络座席，或获准自行登记的分中心和保留座席单位")


def code_index(ring: KeyRing, number: str, code: str) -> str:
    """The stored form of a query code: a keyed digest bound to its order, with the id of the key."""
    key_id = ring.current("index")
    return f"{key_id}:{blind_index(ring, 'query_code', f'{number}/{code}', key_id=key_id).hex()}"


async def told_code(connection: asyncpg.Connection, desk: Desk, order: Order) -> str | None:
    """The query code of an order whose submission came a second time: key and body show that it is the same hand.

    ``None`` once the order's texts were erased.
    """
    row = await connection.fetchrow(SQL["private"], order.number, 1)
    if row is None or row["sealed"] is None:
        return None
    code: str = open_texts(desk.ring, order.number, 1, row["sealed"])[0]["code"]
    return code


def code_matches(desk: Desk, order: Order, code: str) -> bool:
    """Whether the citizen's code is this order's (compared in constant time)."""
    key_id, _, kept = (order.query_code or "").partition(":")
    if not kept or not desk.ring.knows("index", key_id):
        return False
    said = blind_index(desk.ring, "query_code", f"{order.number}/{code.strip().upper()}", key_id=key_id)
    return secrets.compare_digest(said.hex(), kept)


def _first(order: Order, event: Event) -> Matter:
    start = msgspec.structs.asdict(order) | event.change.set
    whole = msgspec.structs.replace(event.change, set=start)
    return rules.fold(None, msgspec.structs.replace(event, change=whole))


def _event(
    number: str,
    seq: int,
    verb: str,
    at: datetime,
    actor: Actor,
    role: str,
    unit: int | None,
    before: str | None,
    decision: Decision,
    sealed: Sealed,
) -> Event:
    return Event(
        number=number,
        seq=seq,
        verb=verb,
        at=at,
        account=actor.account,
        role=role,
        unit=unit,
        from_state=before,
        to_state=decision.to,
        facts=decision.facts,
        change=decision.change,
        private=sealed.commitment,
    )


async def _earlier(connection: asyncpg.Connection, desk: Desk, actor: Actor, key: str, digest: bytes) -> Order:
    row = await connection.fetchrow(SQL["earlier"], actor.account, key)
    if row is None:
        raise Conflict(why="重复提交尚未完成，请稍后重试")
    if not secrets.compare_digest(bytes(row["digest"]), digest):
        raise KeyReused(field="Idempotency-Key")
    return (await load(connection, row["number"]))[0].order


async def load(connection: asyncpg.Connection, number: str) -> tuple[Matter, bytes]:
    """An order with its open duties, and the head of its chain; only within the wall.

    Raises:
        NotFound
    """
    row = await connection.fetchrow(SQL["matter"], number)
    if row is None:
        raise NotFound(what="工单", field="number")
    return matter_of(row), bytes(row["head"])


async def act(
    connection: asyncpg.Connection,
    desk: Desk,
    actor: Actor,
    number: str,
    verb: str,
    body: bodies.Body,
    *,
    version: int | None,
    key: str | None = None,
) -> Order:
    """Do a verb. ``version`` is the one the caller looked at; ``None`` only for the clock's own steps.

    Raises:
        NotFound, StaleVersion, WrongState, WrongRole, NotNow, BadBody, KeyReused.
    """
    number = check_number(number)
    await stop_secrets(connection, desk, actor, *_suspects(body))
    digest = _digest(desk, verb, number, _plain(body)) if key else b""
    target = check_number(body.into, field="into") if isinstance(body, bodies.Merge) else None
    # Two orders are locked in the order of their numbers, so that merges crosswise wait and never deadlock.
    for locked in sorted({number, target or number}):
        if await connection.fetchval(SQL["lock"], locked) is None:
            raise NotFound(what="工单", field="number" if locked == number else "into")
    if key and await connection.fetchval(SQL["earlier"], actor.account, key) is not None:
        return await _earlier(connection, desk, actor, key, digest)
    matter, head = await load(connection, number)
    order = matter.order
    if version is not None and version != order.version:
        raise StaleVersion(version=order.version)
    place = await desk.places.at(connection, order.path)
    profile = place.profile.for_line(order.line)
    choice = rules.choose(verb, matter, actor, profile)
    now = max(desk.clock(), order.last_at)
    family = ALONE
    if choice.edge.family:
        family = await family_of(connection, place, number)
    named = body.partner if isinstance(body, bodies.Transfer) else None
    linkage = await desk.linkage(connection, named, now.astimezone(place.zone).date())
    context = place.context(now, actor, choice.role, unit=choice.unit, line=order.line, family=family, linkage=linkage)
    if desk.companies is not None and (hired := _companies(body, context)):
        joined = await desk.companies(connection, hired, context.today)
        context = msgspec.structs.replace(context, joined=joined)
    decision = rules.decide(choice, matter, body, context)
    brought: tuple[str, ...] = getattr(body, "attachments", ())
    if brought:
        decision = msgspec.structs.replace(decision, facts=decision.facts | {"attachments": list(brought)})
    if isinstance(body, bodies.Answer) and body.knowledge_item is not None and desk.citation is not None:
        await desk.citation(connection, actor, body.knowledge_item, context.today)
    if target is not None:
        follows = decision.link is not None and decision.link.kind == "merged"
        await _check_merge(connection, order, target, follows=follows)
    sealed = seal_texts(desk.ring, number, order.version + 1, decision.texts)
    event = _event(number, order.version + 1, verb, now, actor, choice.role, choice.unit, order.state, decision, sealed)
    after = rules.fold(matter, event)
    spelled = body_of(event)
    row = append_row(after, matter, event, sealed, decision, event_hash(head, event, spelled), spelled, key, digest)
    if await connection.fetchval(SQL["append"], *row) is None:
        if key and await connection.fetchval(SQL["earlier"], actor.account, key) is not None:
            raise KeyReused(field="Idempotency-Key")  # for another order, at the same moment
        raise StaleVersion(version=order.version)
    await attachments.link(connection, number, event.seq, brought)
    await _note_pending(connection, order, after.order)
    await marks.note(connection, order, after.order)
    if order.merged_into and after.order.merged_into is None:
        await connection.execute(SQL["unlink"], number)
    if verb == "erase":
        await approvals.use(connection, Act(actor=actor, now=now), "erasure", number)
        await connection.execute(SQL["erase"], number, now)
    return after.order


async def _note_pending(connection: asyncpg.Connection, before: Order, after: Order) -> None:
    """Keep the list of acts that wait for a second person; nearly no step touches it."""
    if after.pending is None:
        if before.pending is not None:
            await connection.execute(SQL["waits_no_more"], after.number)
    elif before.pending != after.pending:
        unit = None if after.pending.verb == "refuse" else after.lead_unit
        await connection.execute(SQL["waits"], after.number, unit, after.pending.verb, after.last_at, after.path)


def _companies(body: bodies.Body, context: Context) -> list[int]:
    """The service companies a body names to take part."""
    named = (getattr(body, "lead", None), getattr(body, "unit", None), *getattr(body, "assists", ()))
    units = (context.tree.units.get(one) for one in named if one is not None)
    return [unit.id for unit in units if unit is not None and unit.kind == "service_company"]


async def family_of(connection: asyncpg.Connection, place: Place, number: str) -> Family:
    """The repeats of one fact; also those the caller may not see are counted."""
    clock = internal_actor("clock", jurisdiction=place.tree.root.id, path=place.tree.root.path)
    async with standing_behind(connection, clock.wall()):
        rows = await connection.fetch(SQL["family"], number)
    answered = sum("closed_at" in unpacked(row["data"]) for row in rows)
    return Family(len(rows), answered) if rows else ALONE


async def _check_merge(connection: asyncpg.Connection, order: Order, target: str, *, follows: bool) -> None:
    """The target is locked too, so that two orders cannot be merged into each other at the same moment."""
    above = tuple(row["number"] for row in await connection.fetch(SQL["followed"], target))
    intake.check_target(order, (await load(connection, target))[0].order, above, follows=follows)


async def stop_secrets(connection: asyncpg.Connection, desk: Desk, actor: Actor, *texts: str) -> None:
    """A text marked as state secret goes no further (spec E: 国家秘密 must not be entered at all).

    Raises:
        StateSecret: carries what `quarantine` needs, since this transaction will roll back.
    """
    marks = tuple(dict.fromkeys(mark for text in texts for mark in secrecy_marks(text)))
    if marks:
        stop = StateSecret(marks="、".join(marks))
        stop.params["marks"] = "、".join(marks)
        raise Quarantined(stop, marks, texts)


class Quarantined(Exception):
    """Carries a marked text out of the transaction that must not keep it, to `quarantine`."""

    def __init__(self, error: StateSecret, marks: tuple[str, ...], texts: tuple[str, ...]) -> None:
        super().__init__(error.code)
        self.error, self.marks, self.texts = error, marks, texts


async def quarantine(connection: asyncpg.Connection, desk: Desk, actor: Actor, stopped: Quarantined) -> None:
    """Seal a marked text away for the security officer, in a transaction of its own."""
    blob = seal_json(desk.ring, {"texts": list(stopped.texts)}, table="quarantine", column="sealed", number="-")
    await connection.execute(SQL["quarantine"], desk.clock(), actor.account, actor.path, list(stopped.marks), blob)


__all__ = [
    "Desk",
    "KeyReused",
    "Place",
    "Quarantined",
    "Registered",
    "StaleVersion",
    "StateSecret",
    "act",
    "code_matches",
    "load",
    "quarantine",
    "register",
]
