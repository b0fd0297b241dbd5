"""Who handles: dispatch, adjudicate, escalate, sub-dispatch, sign, return, assist."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from yihao.orders import bodies
from yihao.orders.draft import BadBody, Context, Decision, Draft, NotNow
from yihao.orders.model import Duty, Matter, Order
from yihao.profile.provision import Limit
from yihao.units.model import LEVEL_ZH, LEVELS
from yihao.worktime import warn_at


def dispatch(matter: Matter, body: bodies.Dispatch, context: Context) -> Decision:
    """One lead, any number of assisting units; their clocks start now (D.2 6)."""
    draft = Draft(matter, context).close("dispatch", outcome="met")
    state = send(draft, body.lead, body.assists)
    facts: dict[str, Any] = {"lead": body.lead, "assists": list(body.assists), "basis": body.basis}
    return draft.stage("dispatch").done(state, texts={"note": body.note}, **facts)


def adjudicate(matter: Matter, body: bodies.Adjudicate, context: Context) -> Decision:
    """The managing body names the lead; it cannot be handed back again (D.2 11)."""
    draft = Draft(matter, context)
    _take_back(draft, "reassigned")
    draft.close("dispatch", outcome="met")
    draft.set(not_returnable=not context.profile.flow.adjudication.returnable)
    state = send(draft, body.lead, body.assists)
    return draft.done(state, texts={"reason": body.reason}, lead=body.lead, assists=list(body.assists))


def escalate(matter: Matter, body: bodies.Escalate, context: Context) -> Decision:
    """Lifted to a higher unit (提级办理, D.2 29)."""
    lead = matter.order.lead_unit
    above = context.tree.superior(lead) if lead is not None else None
    if lead is not None and body.lead != (above and above.id) and not context.tree.is_subordinate(lead, body.lead):
        raise BadBody(
            field="lead",
            zh="提级承办单位须为原承办单位的上级单位。",
            en="The higher unit must stand above the unit that had the order.",
        )
    draft = Draft(matter, context)
    _take_back(draft, "escalated")
    state = send(draft, body.lead, ())
    return draft.done(state, texts={"reason": body.reason}, lead=body.lead, before=lead)


def send(draft: Draft, lead: int, assists: tuple[int, ...]) -> str:
    """Open the lead's and the assisting units' duties; the state the order is in then."""
    order, context = draft.order, draft.context
    _check_unit(context, order, lead, "lead")
    for position, unit in enumerate(assists):
        if unit == lead or unit in assists[:position]:
            raise BadBody(
                field="assists",
                zh="协办单位不能与主办单位或其他协办单位重复。",
                en="An assisting unit stands there twice.",
            )
        _check_unit(context, order, unit, "assists")
    handling = draft.open("handling", base_limit(draft), unit=lead)
    for unit in assists:
        open_assist(draft, unit, handling)
    draft.join(lead, *assists).set(
        lead_unit=lead,
        assist_units=assists,
        first_unit=order.first_unit or lead,
        handled_by="unit",
        upward=(),
        dispatched_at=context.now,
        signed_at=None,
        due_at=handling.due_at,
        dispatches=order.dispatches + 1,
    )
    draft.effect("notice.dispatched", unit=lead)
    if context.profile.auto_sign:
        return _signed(draft, lead)
    urgent = order.urgency in context.profile.flow.urgent.levels
    draft.open("sign", draft.limit("sign_urgent" if urgent else "sign"), unit=lead)
    return "dispatched"


def base_limit(draft: Draft) -> Limit:
    """The matter's own limit: the statutory one when set, else its kind's."""
    kind = draft.context.profile.kinds[draft.order.kind]
    base = kind.base
    if draft.order.statutory is not None:
        return Limit(rule=draft.order.base_rule, basis=draft.context.profile.flow.override.basis)
    return base


def open_assist(draft: Draft, unit: int, handling: Duty) -> None:
    """An assisting unit is done a margin before the lead's due; where the limit leaves no room, at that due."""
    context, margin = draft.context, draft.limit("assist_margin")
    due = warn_at(handling.due_at, context.calendar, days=margin.days, zone=context.zone)
    if due <= context.now:
        due = handling.due_at
    draft.open("assist", margin, unit=unit, at=due)
    draft.open("assist_sign", draft.limit("sign"), unit=unit)
    draft.effect("notice.assist", unit=unit)


def _check_unit(context: Context, order: Order, unit_id: int, field: str) -> None:
    unit = context.tree.unit(unit_id)
    if (why := context.tree.dispatchable(unit_id)) is not None:
        raise BadBody(field=field, clause=why.clause, zh=why.sentence("zh"), en=why.sentence("en"))
    accused = order.accused_unit
    if accused is not None and (unit_id == accused or context.tree.is_subordinate(unit_id, accused)):
        above = context.tree.superior(accused)
        raise BadBody(
            field=field,
            clause=context.profile.flow.accused.basis.cite(),
            zh=f"{unit.name}是被反映单位或其下属，不得办理本件，请派给其上级主管部门{above.name if above else ''}。",
            en=f"{unit.name} is the unit complained of, or below it; send it to its superior body.",
        )
    if order.category and order.area_code:
        row = context.tree.pick(order.category, order.area_code, order.kind, context.today)
        level = context.tree.place(unit_id).level
        if row is not None and LEVELS.index(level) > LEVELS.index(row.min_level):
            raise BadBody(
                field=field,
                clause=context.profile.flow.grass_roots.basis.cite(),
                zh=f"该事项应由{LEVEL_ZH[row.min_level]}以上单位办理，不得下压给{unit.name}。",
                en=f"This matter may not be pushed below {row.min_level} level.",
            )


def _take_back(draft: Draft, outcome: str) -> None:
    """End what the present units owe; the overall clock goes on."""
    draft.close(
        "handling",
        "sign",
        "assist",
        "assist_sign",
        "first_contact",
        "return_review",
        "extension_decision",
        outcome=outcome,
    )
    order = draft.order
    gone = {*order.assist_units, *order.upward} | ({order.lead_unit} if order.lead_unit else set())
    draft.leave(*sorted(gone)).set(pending=None, extension_pending=None, assist_units=(), upward=())


def sub_dispatch(matter: Matter, body: bodies.SubDispatch, context: Context) -> Decision:
    """Passed down inside the own limit; the result comes back to the unit that passed it (D.2 31)."""
    order = matter.order
    parent = order.lead_unit
    own = matter.duty("handling", parent)
    if parent is None or own is None:
        raise NotNow(zh="本单位没有在办的主办任务。", en="There is no handling duty to pass down.")
    if not context.tree.is_subordinate(body.unit, parent):
        raise BadBody(field="unit", zh="只能下派给本单位的下级单位。", en="Only a subordinate unit can be chosen.")
    draft = Draft(matter, context)
    _check_unit(context, order, body.unit, "unit")
    margin = draft.limit("assist_margin")
    due = warn_at(own.due_at, context.calendar, days=margin.days, zone=context.zone)
    draft.open("handling", margin, unit=body.unit, at=due if due > context.now else own.due_at)
    draft.open("sign", draft.limit("sign"), unit=body.unit)
    draft.join(body.unit).set(lead_unit=body.unit, upward=(*order.upward, parent), signed_at=None)
    draft.effect("notice.dispatched", unit=body.unit)
    return draft.done("dispatched", texts={"note": body.note}, unit=body.unit, parent=parent)


def hand_up(draft: Draft, seq: int) -> None:
    """A subordinate unit's result returns to the unit that passed the order down."""
    order = draft.order
    parent = order.upward[-1]
    draft.close("handling", "sign", "first_contact", unit=order.lead_unit)
    own = draft.matter.duty("handling", parent)
    draft.set(lead_unit=parent, upward=order.upward[:-1], signed_at=draft.context.now, reply_seq=seq)
    if own is not None:
        draft.set(due_at=own.due_at)
    draft.effect("notice.handed_up", unit=parent)


def sign(matter: Matter, body: bodies.Empty, context: Context) -> Decision:
    """The unit takes the order up; late signing is flagged, never blocked (D.2 7)."""
    draft = Draft(matter, context)
    unit = context.unit
    if unit is not None and unit != matter.order.lead_unit:
        draft.close("assist_sign", unit=unit)
        return draft.done(assist=unit)
    assert matter.order.lead_unit is not None  # noqa: S101  # dispatched orders have a lead: the table's source state
    return draft.done(_signed(draft, matter.order.lead_unit))


def _signed(draft: Draft, unit: int) -> str:
    draft.close("sign", unit=unit).set(signed_at=draft.context.now)
    draft.open("first_contact", draft.limit("first_contact"), unit=unit)
    draft.stage("handle")
    return "signed"


def may_return(matter: Matter, context: Context) -> None:
    """State guards of 退单: not after an adjudication, not after too many rejections, not after the window."""
    order, rule = matter.order, context.profile.returns
    if order.not_returnable:
        raise NotNow(zh="承办单位已由管理机构裁定，不得再退单。", en="The lead was adjudicated; no return any more.")
    if order.returns_rejected >= rule.max_rejected:
        raise NotNow(
            clause=rule.basis.cite(),
            zh=f"退单已被驳回 {order.returns_rejected} 次，不得再退，请申请裁定。",
            en="Too many returns were rejected; ask for adjudication instead.",
        )
    end = return_until(matter, context)
    if end is not None and context.now > end and rule.late == "refuse":
        window = context.profile.limits["return_window"]
        raise NotNow(
            clause=window.basis.cite(),
            zh=f"已超过退单时限（{end.astimezone(context.zone):%Y-%m-%d %H:%M}），请办理或联系管理机构。",
            en="The window for returning has passed; handle it or ask the managing body.",
        )


def return_until(matter: Matter, context: Context) -> datetime | None:
    """Until when the unit may hand the order back (XS 三(四): within 24 hours of signing)."""
    signed = matter.order.signed_at
    if signed is None:
        return None
    return context.due(context.profile.limits["return_window"].rule, signed, matter.order.lead_unit).at


def give_back(matter: Matter, body: bodies.Return, context: Context) -> Decision:
    """The unit asks to hand the order back (退单, D.2 8); the handling clock goes on."""
    may_return(matter, context)
    rule = context.profile.returns
    if body.ground not in {ground.code for ground in rule.grounds}:
        raise BadBody(
            field="ground",
            clause=rule.basis.cite(),
            zh="退单情形不在本地规定之内：" + "、".join(f"{g.code}（{g.zh}）" for g in rule.grounds),
            en="Not a ground known here: " + ", ".join(g.code for g in rule.grounds),
        )
    facts: dict[str, Any] = {
        "ground": body.ground,
        "legal_basis": body.legal_basis,
        "suggested_unit": body.suggested_unit,
    }
    draft = Draft(matter, context)
    texts = {"explanation": body.explanation}
    if must_wait(context):
        return draft.pend("return", facts).done(texts=texts, **facts)
    return submit_return(draft).done("return_review", texts=texts, **facts)


def must_wait(context: Context) -> bool:
    """Whether the unit's own reviewer has to pass it first (单位内审)."""
    return context.profile.flow.unit_review.on and context.role != "unit_reviewer"


def submit_return(draft: Draft) -> Draft:
    """The request leaves the unit."""
    draft.open("return_review", draft.limit("return_review"))
    return draft.set(returns=draft.order.returns + 1, pending=None)


def approve_return(matter: Matter, body: bodies.Because, context: Context) -> Decision:
    """Rightly returned: it waits for another dispatch; the first unit stays on record (D.2 9)."""
    draft = Draft(matter, context)
    _take_back(draft, "returned")
    draft.set(lead_unit=None, due_at=None, signed_at=None)
    draft.open("dispatch", draft.limit("dispatch"))
    return draft.done("pending_dispatch", texts={"reason": body.reason}, unit=matter.order.lead_unit)


def reject_return(matter: Matter, body: bodies.Because, context: Context) -> Decision:
    """Wrongly returned (不当退单): the unit goes on handling (D.2 10)."""
    draft = Draft(matter, context).close("return_review")
    draft.set(returns_rejected=matter.order.returns_rejected + 1)
    if matter.order.lead_unit is not None:
        draft.effect("notice.return_rejected", unit=matter.order.lead_unit)
    return draft.done("signed", texts={"reason": body.reason}, unit=matter.order.lead_unit)


def assist(matter: Matter, body: bodies.Assist, context: Context) -> Decision:
    """One more assisting unit (D.2 12, 36)."""
    order = matter.order
    handling = matter.duty("handling", order.lead_unit)
    if body.unit == order.lead_unit or body.unit in order.assist_units:
        raise BadBody(field="unit", zh="该单位已在主办或协办之列。", en="That unit takes part already.")
    if handling is None:
        raise NotNow(zh="没有在办的主办任务。", en="There is no handling duty under way.")
    _check_unit(context, order, body.unit, "unit")
    draft = Draft(matter, context)
    open_assist(draft, body.unit, handling)
    draft.join(body.unit).set(assist_units=(*order.assist_units, body.unit))
    return draft.done(texts={"reason": body.reason}, unit=body.unit)


def waive_assist(matter: Matter, body: bodies.Assist, context: Context) -> Decision:
    """The manager lets an assisting unit off (D.2 12)."""
    order = matter.order
    if body.unit not in order.assist_units:
        raise BadBody(field="unit", zh="该单位不是本件的协办单位。", en="That unit does not assist here.")
    draft = Draft(matter, context).close("assist", "assist_sign", outcome="waived", unit=body.unit)
    draft.set(assist_units=tuple(u for u in order.assist_units if u != body.unit)).leave(body.unit)
    return draft.done(texts={"reason": body.reason}, unit=body.unit)


def assist_done(matter: Matter, body: bodies.Opinion, context: Context) -> Decision:
    """The assisting unit's part is done; the lead sees it (D.2 12)."""
    unit = context.unit
    draft = Draft(matter, context).close("assist", "assist_sign", unit=unit)
    if matter.order.lead_unit is not None:
        draft.effect("notice.assist_done", unit=matter.order.lead_unit)
    return draft.done(texts={"text": body.text}, unit=unit)
