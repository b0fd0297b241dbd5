"""Which limit holds for a matter, and how the dues of one matter hang together."""

from __future__ import annotations

from datetime import datetime

from yihao.orders import bodies
from yihao.orders.draft import Context, Draft
from yihao.orders.model import URGENCIES, Order
from yihao.profile.provision import Basis, Limit, working_days
from yihao.profile.rules import redo_limit as redo_of_kind
from yihao.worktime import add_working_days, warn_at, working_days_between


def base_limit(order: Order, context: Context) -> Limit:
    """The matter's own limit: the statutory one when set (it outlives a re-dispatch), else its kind's."""
    if order.statutory is not None:
        return Limit(rule=order.base_rule, basis=Basis(source=order.statutory))
    return context.profile.kinds[order.kind].base


def redo_limit(order: Order, context: Context) -> Limit:
    """A redo's limit: a share of the base, of the statutory one when the matter has one (D.2 22)."""
    if order.statutory is None:
        return redo_of_kind(context.profile, order.kind)
    rule = context.profile.flow.redo
    share = -(-working_days(order.base_rule) // rule.divide_base_by)
    return Limit(rule=f"{max(share, working_days(rule.minimum))} working days", basis=rule.basis)


def dispatch_limit(order: Order, context: Context) -> Limit:
    """At once for enforcement cases, complaints and reports (XS 三(四)), on a clock of their own for enterprises where
    they have a lane (SX 二(二)7), else the place's dispatch rule."""
    flow, limits = context.profile.flow, context.profile.limits
    if context.profile.kinds[order.kind].immediate_dispatch or (order.legal_process and flow.enforcement_immediate):
        return limits["dispatch_immediate"]
    return limits["dispatch_enterprise" if in_lane(order, context) else "dispatch"]


def sign_limit(order: Order, context: Context) -> Limit:
    """Office hours, but natural time for the urgencies the place names (D.3 5); an enterprise's lane has its own."""
    flow, limits = context.profile.flow, context.profile.limits
    if order.urgency in flow.urgent.levels:
        return limits["sign_urgent"]
    return limits["sign_enterprise" if in_lane(order, context) else "sign"]


def lane_of(caller: bodies.Caller, context: Context) -> str | None:
    """The lane a matter is registered in: an enterprise's, where the place has one (SX 二(二)7).

    A person at the desk takes the caller's word for being an enterprise; who files online shows it by its credit code,
    or everybody would go first.
    """
    if caller.kind != "enterprise" or not context.profile.flow.enterprise.on:
        return None
    return "enterprise" if context.role != "portal" or caller.enterprise_code else None


def in_lane(order: Order, context: Context) -> bool:
    """Whether the enterprise lane's clocks hold for the order."""
    return order.lane == "enterprise" and context.profile.flow.enterprise.on


def urgency_of(urgency: str, lane: str | None, context: Context) -> str:
    """The urgency a matter is registered with: at least its lane's."""
    least = context.profile.flow.enterprise.urgency if lane else "normal"
    return max(urgency, least, key=list(URGENCIES).index)


def before(due: datetime, context: Context) -> datetime:
    """When a part of the work must be done for a whole that is due at ``due``: the margin before it (D.2 12).

    Where the margin leaves no room any more (a limit of one day, begun the day after), at that due itself.
    """
    margin = context.profile.limits["assist_margin"]
    earlier = warn_at(due, context.calendar, days=margin.days, zone=context.zone)
    return earlier if earlier > context.now else due


def stand_still(draft: Draft) -> None:
    """The clocks of handling stop where they are."""
    for duty in draft.matter.all("handling", "overall", "assist"):
        draft.alter(duty, paused_at=draft.context.now)


def go_on(draft: Draft) -> int:
    """They run again; the whole working days they stood still are given back (D.3 9). Answers how many."""
    context, order = draft.context, draft.order
    given = 0
    for duty in draft.matter.duties:
        if duty.paused_at is None:
            continue
        given = working_days_between(duty.paused_at, context.now, context.calendar, zone=context.zone)
        later = add_working_days(duty.due_at, given, context.calendar, zone=context.zone).at
        draft.alter(duty, paused_at=None, due_at=later)
        if duty.kind == "overall":
            draft.set(overall_due_at=later, paused_total=order.paused_total + given)
        elif duty.kind == "handling" and duty.unit_id == order.lead_unit:
            draft.set(due_at=later, paused_days=order.paused_days + given)
    return given


def move_handling(draft: Draft, due: datetime, **fields: object) -> datetime:
    """Set the due of the whole handling: the first unit's, then each unit's it was passed down to, then the assists'.

    ``fields`` are changed on the first unit's duty too. A due moved past now is no longer missed. Answers the present
    lead's due.
    """
    order, context, matter = draft.order, draft.context, draft.matter
    for unit in (*order.upward, order.lead_unit):
        duty = matter.duty("handling", unit)
        if duty is None:
            continue
        if fields:
            draft.alter(duty, **fields)
            fields = {}
        draft.alter(duty, due_at=due, breached_at=None if due > context.now else duty.breached_at)
        if unit != order.lead_unit:
            due = before(due, context)
    for duty in matter.all("assist"):
        part = before(due, context)
        draft.alter(duty, due_at=part, breached_at=None if part > context.now else duty.breached_at)
    draft.set(due_at=due)
    return due
