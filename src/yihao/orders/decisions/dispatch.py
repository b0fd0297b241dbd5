"""Who handles: dispatch, adjudicate, escalate, sub-dispatch, sign, return, assist."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from yihao.orders import bodies
from yihao.orders.decisions.limits import (
    base_limit,
    before,
    dispatch_limit,
    go_on,
    redo_limit,
    sign_limit,
    stand_still,
)
from yihao.orders.decisions.who import check_own_level, check_unit, may_pass_to, stays_with_first
from yihao.orders.draft import BadBody, Context, Decision, Draft, ManagerOnly, NotNow, plain
from yihao.orders.model import Matter
from yihao.profile.provision import Limit

STAYING: Final = frozenset({"accept", "dispatch", "coordinate", "handle", "supervise"})
"""Stages another round of handling does not go through again."""


def dispatch(matter: Matter, body: bodies.Dispatch, context: Context) -> Decision:
    """One lead, any number of assisting units; their clocks start now (D.2 6)."""
    stays_with_first(matter.order, body.lead, context)
    check_own_level(matter.order, body.lead, context)
    draft = Draft(matter, context).close("dispatch", outcome="met")
    state = send(draft, body.lead, body.assists)
    facts: dict[str, Any] = {
        "lead": body.lead,
        "assists": list(body.assists),
        "basis": body.basis and plain(body.basis),
    }
    # A court, a congress … takes the matter as any unit does, and stays out of the figures (XS 三(六)).
    if context.tree.unit(body.lead).kind == "referral_partner":
        facts["referral"] = True
    return draft.stage("dispatch").done(state, texts={"note": body.note}, **facts)


def adjudicate(matter: Matter, body: bodies.Adjudicate, context: Context) -> Decision:
    """The managing body names the lead; it cannot be handed back again (D.2 11)."""
    draft = Draft(matter, context).stage("dispatch")
    _take_back(draft, "reassigned")
    draft.close("dispatch", outcome="met")
    state = send(draft, body.lead, body.assists)
    draft.set(not_returnable=not context.profile.flow.adjudication.returnable)
    _reassign(draft, body.lead)
    return draft.done(state, texts={"reason": body.reason}, lead=body.lead, assists=list(body.assists))


def _reassign(draft: Draft, lead: int) -> None:
    """The managing body has named who answers from now on."""
    if draft.context.profile.flow.first_unit_stays:
        draft.set(first_unit=lead, first_released=False)


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
    again = matter.order.state == "revisiting"
    if again:
        begin_again(draft)
    state = send(draft, body.lead, (), redo_limit(matter.order, context) if again else None)
    _reassign(draft, body.lead)
    return draft.done(state, texts={"reason": body.reason}, lead=body.lead, before=lead)


def begin_again(draft: Draft) -> None:
    """Another round of handling after a bad rating: what the last one ended with is over, and each later stage must be
    gone through again."""
    order = draft.order
    draft.close("redo_decision", "rating_wait", "revisit", "quiet").close("final_decision", outcome="superseded")
    draft.set(
        redos=order.redos + 1,
        bad_rating=False,
        ratings=(),
        solved=None,
        attempts=0,
        attempt_hours=(),
        replied_at=None,
        closed_at=None,
        reply_seq=None,
        stages={code: mark for code, mark in order.stages.items() if code in STAYING},
    )


def send(draft: Draft, lead: int, assists: tuple[int, ...], limit: Limit | None = None) -> str:
    """Open the lead's and the assisting units' duties; the state the order is in then."""
    order, context = draft.order, draft.context
    check_unit(order, lead, context, "lead", "lead")
    for position, unit in enumerate(assists):
        if unit == lead or unit in assists[:position]:
            raise BadBody(
                field="assists",
                zh="协办单位不能与主办单位或其他协办单位重复。",
                en="An assisting unit stands there twice.",
            )
        check_unit(order, unit, context, "assists", "assist")
    # The unit's clock starts at its own dispatch; a place may let a re-dispatch go on where the first began (D.3 4).
    start = context.now if context.profile.flow.clocks.restart else order.handling_from or context.now
    handling = draft.open("handling", limit or base_limit(order, context), unit=lead, start=start)
    for unit in assists:
        open_assist(draft, unit, handling.due_at)
    draft.join(lead, *assists).set(
        lead_unit=lead,
        assist_units=assists,
        first_unit=order.first_unit or lead,
        handled_by="unit",
        upward=(),
        dispatched_at=context.now,
        handling_from=start,
        paused_days=0,
        late_return=False,
        not_returnable=False,
        signed_at=None,
        due_at=handling.due_at,
        dispatches=order.dispatches + 1,
    )
    draft.effect("notice.dispatched", unit=lead)
    return _await_signing(draft, lead)


def _await_signing(draft: Draft, unit: int) -> str:
    if draft.context.profile.auto_sign:
        return _signed(draft, unit)
    draft.open("sign", sign_limit(draft.order, draft.context), unit=unit)
    return "dispatched"


def open_assist(draft: Draft, unit: int, lead_due: datetime) -> None:
    """An assisting unit signs its own part and is done a margin before the lead's due."""
    context = draft.context
    draft.open("assist", draft.limit("assist_margin"), unit=unit, at=before(lead_due, context))
    if not context.profile.auto_sign:
        draft.open("assist_sign", sign_limit(draft.order, context), unit=unit)
    draft.effect("notice.assist", unit=unit)


def _take_back(draft: Draft, outcome: str) -> None:
    """End what the present units owe; the overall clock goes on."""
    go_on(draft)
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
    # The next unit cannot answer for what this one was pressed about.
    draft.close("supervision", outcome="superseded")
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
    draft = Draft(matter, context)
    check_unit(order, body.unit, context, "unit", "down")
    if not may_pass_to(body.unit, parent, context):
        raise BadBody(field="unit", zh="只能下派给本单位的下级单位。", en="Only a subordinate unit can be chosen.")
    if body.unit in order.upward or matter.duty("assist", body.unit) is not None:
        raise BadBody(field="unit", zh="该单位已在主办或协办之列。", en="That unit takes part already.")
    # The unit below makes the contact with the citizen now.
    draft.close("first_contact", outcome="passed_down", unit=parent)
    handling = draft.open("handling", draft.limit("assist_margin"), unit=body.unit, at=before(own.due_at, context))
    draft.join(body.unit).set(
        # Done assisting, it leads now: one unit holds one part.
        assist_units=tuple(unit for unit in order.assist_units if unit != body.unit),
        lead_unit=body.unit,
        upward=(*order.upward, parent),
        signed_at=None,
        due_at=handling.due_at,
    )
    draft.effect("notice.dispatched", unit=body.unit)
    state = _await_signing(draft, body.unit)
    return draft.done(state, texts={"note": body.note}, unit=body.unit, parent=parent)


def recall(matter: Matter, body: bodies.Because, context: Context) -> Decision:
    """The unit above takes back what it passed down (D.2 31): its own clock never stopped."""
    unit = matter.order.lead_unit
    draft = Draft(matter, context)
    # What was asked of the hotline for the unit below, and its supervision, end with its part.
    draft.close("extension_decision", "supervision", outcome="superseded").set(extension_pending=None)
    hand_up(draft, "recalled")
    if unit is not None:
        draft.leave(unit).effect("notice.recalled", unit=unit)
    return draft.done("signed", texts={"reason": body.reason}, unit=unit)


def hand_up(draft: Draft, outcome: str, seq: int | None = None) -> None:
    """The order goes back to the unit that passed it down, with a result or returned. That unit signed long ago."""
    order = draft.order
    parent = order.upward[-1]
    draft.close("handling", "sign", "first_contact", outcome=outcome, unit=order.lead_unit)
    own = draft.matter.duty("handling", parent)
    draft.set(lead_unit=parent, upward=order.upward[:-1], reply_seq=seq, not_returnable=True)
    draft.set(signed_at=order.signed_at or draft.context.now)
    if own is not None:
        draft.set(due_at=draft.due_of(own))
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
    context = draft.context
    draft.close("sign", unit=unit).set(signed_at=context.now)
    own = draft.matter.duty("handling", unit)
    if own is not None and context.profile.flow.clocks.handling_from == "sign" and not draft.order.upward:
        draft.close("handling", outcome="superseded", unit=unit)
        handling = draft.open("handling", base_limit(draft.order, context), unit=unit)
        draft.set(handling_from=context.now, due_at=handling.due_at)
    draft.open("first_contact", draft.limit("first_contact"), unit=unit)
    draft.stage("handle")
    return "signed"


def may_return(matter: Matter, context: Context) -> None:
    """State guards of 退单: not after an adjudication, not after too many rejections, not after the window."""
    order, rule = matter.order, context.profile.returns
    # Passed down, it only goes back to the unit above, adjudicated or not.
    if order.not_returnable and not order.upward:
        raise NotNow(
            zh="承办单位已由管理机构裁定，或本单位已下派办理，不得再退单。",
            en="The lead was adjudicated, or has passed the order down already; no return any more.",
        )
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
    if rule.legal_basis and body.legal_basis is None:
        raise BadBody(
            field="legal_basis",
            clause=rule.basis.cite(),
            zh="退单须写明所依据的法律或职责规定。",
            en="A return names the law or the duty list it rests on.",
        )
    if rule.suggested_unit and body.suggested_unit is None:
        raise BadBody(
            field="suggested_unit",
            clause=rule.basis.cite(),
            zh="退单须建议应由哪个单位承办。",
            en="A return suggests the unit that should have it.",
        )
    if body.suggested_unit is not None and body.suggested_unit not in context.tree.units:
        raise BadBody(field="suggested_unit", zh="没有这个单位，请重新选择。", en="There is no such unit.")
    facts: dict[str, Any] = {
        "ground": body.ground,
        "legal_basis": body.legal_basis and plain(body.legal_basis),
        "suggested_unit": body.suggested_unit,
    }
    draft = Draft(matter, context)
    texts = {"explanation": body.explanation}
    if must_wait(context):
        return draft.pend("return", facts).done(texts=texts, **facts)
    return submit_return(draft, texts, facts)


def must_wait(context: Context) -> bool:
    """Whether the unit's own reviewer has to pass it first (单位内审)."""
    return context.profile.flow.unit_review.on and context.role != "unit_reviewer"


def submit_return(draft: Draft, texts: dict[str, Any], facts: dict[str, Any]) -> Decision:
    """The request leaves the unit. After its window it is late: only the managing body may grant it then."""
    until = return_until(draft.matter, draft.context)
    late = until is not None and draft.context.now > until
    draft.open("return_review", draft.limit("return_review"))
    draft.set(returns=draft.order.returns + 1, late_return=late, pending=None)
    if not draft.context.profile.returns.clock_runs:
        stand_still(draft)
    return draft.done("return_review", texts=texts, late=late, **facts)


def may_grant(matter: Matter, context: Context) -> None:
    """A late return needs the manager's leave (``returns.late: manager``)."""
    if matter.order.late_return and context.role != "manager":
        window = context.profile.limits["return_window"]
        raise ManagerOnly(
            clause=window.basis.cite(), zh="本件退单申请已超过退单时限", en="This return was asked for after its window"
        )


def approve_return(matter: Matter, body: bodies.Because, context: Context) -> Decision:
    """Rightly returned: it waits for another dispatch; the first unit stays on record (D.2 9)."""
    may_grant(matter, context)
    order, unit = matter.order, matter.order.lead_unit
    draft = Draft(matter, context).set(late_return=False)
    if order.upward and unit is not None:
        # Passed down to the wrong unit: the one above it, whose clock never stopped, has it again (D.2 31).
        go_on(draft)
        draft.close("return_review").leave(unit)
        hand_up(draft, "returned")
        return draft.done("signed", texts={"reason": body.reason}, unit=unit)
    _take_back(draft, "returned")
    draft.set(lead_unit=None, due_at=None, signed_at=None, first_released=True)
    draft.open("dispatch", dispatch_limit(order, context))
    return draft.done("pending_dispatch", texts={"reason": body.reason}, unit=unit)


def reject_return(matter: Matter, body: bodies.Because, context: Context) -> Decision:
    """Wrongly returned (不当退单): the unit goes on handling (D.2 10)."""
    draft = Draft(matter, context).close("return_review")
    order = matter.order
    draft.set(returns_rejected=order.returns_rejected + 1, late_return=False)
    go_on(draft)
    if order.lead_unit is not None:
        draft.effect("notice.return_rejected", unit=order.lead_unit)
    # A place may let a unit return what it has not signed; it still has to sign then.
    state = "signed" if order.signed_at is not None else "dispatched"
    return draft.done(state, texts={"reason": body.reason}, unit=order.lead_unit)


def assist(matter: Matter, body: bodies.Assist, context: Context) -> Decision:
    """One more assisting unit (D.2 12, 36)."""
    order = matter.order
    handling = matter.duty("handling", order.lead_unit)
    taking_part = body.unit in (order.lead_unit, *order.upward) or matter.duty("assist", body.unit) is not None
    if taking_part:
        raise BadBody(field="unit", zh="该单位已在主办或协办之列。", en="That unit takes part already.")
    if handling is None:
        raise NotNow(zh="没有在办的主办任务。", en="There is no handling duty under way.")
    check_unit(order, body.unit, context, "unit", "assist")
    draft = Draft(matter, context)
    open_assist(draft, body.unit, handling.due_at)
    draft.join(body.unit).set(assist_units=tuple(dict.fromkeys((*order.assist_units, body.unit))))
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
