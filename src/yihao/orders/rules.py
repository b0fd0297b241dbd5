"""The pure functions that read the table: who may do what now, what it does, and what an event leaves behind.

`decide` asks the table, `fold` applies what was decided; nothing else changes an order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, Final

import msgspec

from yihao.errors import Conflict, Forbidden, NotFound, YihaoError
from yihao.orders import bodies
from yihao.orders.decisions.levels import may_from_here
from yihao.orders.draft import Context, Decision, Effect, ManagerOnly, NotNow, OtherPerson
from yihao.orders.model import STATES, Duty, Event, Matter, Order
from yihao.orders.table import TABLE, Edge
from yihao.people.model import ROLES
from yihao.people.scope import Actor
from yihao.profile.model import Profile


class WrongState(Conflict):
    """The verb does not start from the order's present state."""

    code = "wrong_state"
    zh = "工单现处于“{state}”，不能“{verb}”；此操作适用于：{states}。"
    en = "The order is {state_en}; “{verb_en}” is possible from: {states_en}."


class WrongRole(Forbidden):
    """None of the actor's roles may do this (here)."""

    code = "wrong_role"


class UnknownVerb(NotFound):
    """No such verb."""

    code = "unknown_verb"


class NotOfPlace(Conflict):
    """The verb exists, but the rules of the order's place do without it."""

    code = "not_of_place"
    zh = "本件适用的地方规则中没有“{verb}”这一步，不能执行；可执行的操作见工单页。"
    en = "The rules of this order's place know no “{verb_en}”. See the order's verbs for what can be done."


FULL_HATS: Final = frozenset({"unit_reviewer", "shift_lead", "manager"})
"""A handler's act may wait for the unit's reviewer, an agent's refusal for the shift lead, a late return for the
manager: who is both acts as the latter."""


class Choice(msgspec.Struct, frozen=True):
    """An edge together with the role and unit it would be walked under."""

    edge: Edge
    role: str
    unit: int | None


def edges(profile: Profile) -> tuple[Edge, ...]:
    """The rows this place knows, with the states its profile names."""
    rows = []
    for edge in TABLE:
        if edge.when is not None and not edge.when(profile):
            continue
        if edge.verb == "return":
            edge = msgspec.structs.replace(edge, source=profile.returns.from_states)
        rows.append(edge)
    return tuple(rows)


def clause(edge: Edge, profile: Profile) -> str:
    """Where the rule behind an edge stands: its limit's clause, else its own."""
    return (profile.limits[edge.limit].basis if edge.limit else edge.basis(profile)).cite()


def held(edge: Edge, matter: Matter, actor: Actor) -> Iterator[Choice]:
    """The ways the actor could walk the edge, looking at roles and units only."""
    order = matter.order
    for role in edge.roles:
        # 国办函〔2025〕66号 二(三): outsourced staff take calls and never handle; accounts hold no other role anyway.
        if not actor.has(role) or (actor.vendor and not ROLES[role].vendor_allowed):
            continue
        if edge.holder == "hotline":
            yield Choice(edge, role, None)
        else:
            parts = {
                "lead": (order.lead_unit,),
                "above": order.upward[-1:],
                "assist": order.assist_units,
                "partner": (order.partner_unit,),
            }
            wanted = set(parts[edge.holder])
            for unit in actor.units_as(role):
                if unit in wanted:
                    yield Choice(edge, role, unit)


def choose(verb: str, matter: Matter, actor: Actor, profile: Profile) -> Choice:
    """The edge, role and unit under which the actor does ``verb`` now.

    Raises:
        UnknownVerb, NotOfPlace, WrongRole (none of the actor's roles), WrongState (not from here).
    """
    rows = [edge for edge in edges(profile) if edge.verb == verb]
    if not rows:
        elsewhere = next((edge for edge in TABLE if edge.verb == verb), None)
        raise NotOfPlace(verb=elsewhere.zh, verb_en=elsewhere.en) if elsewhere else UnknownVerb(what="操作")
    walkable = [choice for edge in rows for choice in held(edge, matter, actor)]
    # The hat under which the act needs no second person goes before the others.
    walkable.sort(key=lambda choice: choice.role not in FULL_HATS)
    for choice in walkable:
        if matter.order.state in choice.edge.source:
            return choice
    if not walkable and not any(actor.has(role) for edge in rows for role in edge.roles):
        who = "、".join(dict.fromkeys(ROLES[role].zh for edge in rows for role in edge.roles))
        raise WrongRole(clause=clause(rows[0], profile), what=rows[0].zh, who=who)
    # Whose act it is, only not now (a unit that signs twice), is told the states, not that it is another's.
    rows = list(dict.fromkeys(choice.edge for choice in walkable)) or rows
    sources = tuple(dict.fromkeys(state for edge in rows for state in edge.source))
    if matter.order.state in sources:
        raise WrongRole(clause=clause(rows[0], profile), what=rows[0].zh, who="承办本件的单位")
    raise WrongState(
        clause=clause(rows[0], profile),
        state=STATES[matter.order.state],
        state_en=matter.order.state,
        verb=rows[0].zh,
        verb_en=rows[0].en,
        states="、".join(STATES[s] for s in sources),
        states_en=", ".join(sources),
    )


def decide(choice: Choice, matter: Matter, body: bodies.Body, context: Context) -> Decision:
    """Check the edge's guard and decide. Pure: the same arguments give the same decision for ever.

    Raises:
        NotNow, ManagerOnly, OtherPerson, BadBody, what a unit is refused for: each with its clause, the edge's when it
            named none.
    """
    try:
        may_from_here(choice.edge.verb, choice.role, choice.unit, matter, context)
        if choice.edge.guard is not None:
            choice.edge.guard(matter, context)
        return _tell_origin(matter.order, choice.edge.decide(matter, body, context))
    except YihaoError as no:
        no.clause = no.clause or clause(choice.edge, context.profile)
        raise


ENDS: Final = frozenset({"answered", "refused", "transferred", "closed", "withdrawn", "merged", "final"})
"""States in which who handed a matter in can read what became of it."""


def _tell_origin(order: Order, decision: Decision) -> Decision:
    """A unit or partner that handed the matter in is told when it has come to something."""
    if order.origin_unit is None or decision.to == order.state or decision.to not in ENDS:
        return decision
    told = Effect("notice.handed_in_ended", {"unit": order.origin_unit, "state": decision.to})
    return msgspec.structs.replace(decision, effects=(*decision.effects, told))


def available(matter: Matter, actor: Actor, profile: Profile, context: Callable[[Choice], Context]) -> list[Choice]:
    """What the actor may do now: role, state and guard all hold (a body may still be refused)."""
    found: dict[str, Choice] = {}
    for edge in edges(profile):
        if matter.order.state not in edge.source:
            continue
        for choice in held(edge, matter, actor):
            if edge.verb in found:
                break
            try:
                if edge.guard is not None or actor.path != matter.order.path:
                    seen = context(choice)
                    may_from_here(edge.verb, choice.role, choice.unit, matter, seen)
                    if edge.guard is not None:
                        edge.guard(matter, seen)
            except (NotNow, ManagerOnly, OtherPerson):
                continue
            found[edge.verb] = choice
    return list(found.values())


def weighs_family(matter: Matter, actor: Actor, profile: Profile) -> bool:
    """Whether a row the actor might walk now looks at the repeats of the matter."""
    rows = (edge for edge in edges(profile) if edge.family and matter.order.state in edge.source)
    return any(True for edge in rows for _ in held(edge, matter, actor))


def fold(matter: Matter | None, event: Event) -> Matter:
    """Apply an event: the order and its duties (closed ones stay, with ``met_at``) as they are after it."""
    change = event.change
    if matter is None:
        order = msgspec.convert(change.set, Order, strict=False)
        duties: dict[int, Duty] = {}
    else:
        order, duties = _changed(matter.order, change.set), {duty.no: duty for duty in matter.duties}
    for number, fields in (*change.alter.items(), *change.close.items()):
        duties[number] = _changed(duties[number], fields)
    for duty in change.open:
        duties[duty.no] = duty
    order = msgspec.structs.replace(order, version=event.seq, state=event.to_state, last_at=event.at)
    return Matter(order=order, duties=tuple(duties.values()))


def replay(steps: Iterable[tuple[datetime, int, str, dict[str, Any]]]) -> Matter:
    """A whole history at once, from its stored form: what `fold` gives event by event, some ten times faster.

    Args:
        steps: ``at``, ``seq``, ``to_state`` and the plain ``change`` of each event, oldest first.

    Raises:
        KeyError, TypeError, msgspec.ValidationError: it is not the history of an order.
    """
    order: dict[str, Any] = {}
    duties: dict[int, dict[str, Any]] = {}
    for at, seq, state, change in steps:
        order.update(change.get("set", ()))
        for kind in ("alter", "close"):
            for number, fields in change.get(kind, {}).items():
                duties[int(number)].update(fields)
        for duty in change.get("open", ()):
            duties[duty["no"]] = dict(duty)
        order.update(version=seq, state=state, last_at=at)
    return Matter(
        order=msgspec.convert(order, Order, strict=False),
        duties=msgspec.convert(tuple(duties.values()), tuple[Duty, ...], strict=False),
    )


def _changed(value: Any, fields: dict[str, Any]) -> Any:
    return msgspec.convert({**msgspec.structs.asdict(value), **fields}, type(value), strict=False)
