"""In the unit's hands: progress, extension, pause, another limit, the reply and the unit's own review."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from yihao.orders import bodies
from yihao.orders.decisions.dispatch import hand_up, may_return, must_wait, submit_return
from yihao.orders.draft import BadBody, Context, Decision, Draft, NotNow
from yihao.orders.model import Duty, Matter
from yihao.profile.model import ExtensionRule
from yihao.worktime import add_working_days, working_days_between


def progress(matter: Matter, body: bodies.Progress, context: Context) -> Decision:
    """Contact with the citizen or a step of handling (D.2 13)."""
    draft = Draft(matter, context)
    if body.contacted:
        draft.close("first_contact", unit=context.unit)
    return draft.done(texts={"text": body.text}, contacted=body.contacted, public=body.public, unit=context.unit)


def may_extend(matter: Matter, context: Context) -> None:
    """State guards of 延期: the kind allows it, the count per matter is not used up, the due has not passed."""
    order = matter.order
    rule = _extension_rule(matter, context)
    if order.statutory is not None:
        raise NotNow(
            zh=f"本件适用法定时限（{order.statutory}），延期须按同一依据办理。",
            en="A statutory limit applies; it can only be extended by the same law.",
        )
    if not rule.allowed or order.extensions >= rule.count:
        raise NotNow(
            clause=rule.basis.cite(),
            zh=f"同一事项最多延期 {rule.count if rule.allowed else 0} 次，已批准 {order.extensions} 次，不能再申请。",
            en="No further extension is allowed for this matter.",
        )
    if order.extension_pending is not None:
        raise NotNow(zh="已有延期申请待审批。", en="An extension already waits for a decision.")
    own = matter.duty("handling", order.lead_unit)
    if own is None or context.now > own.due_at:
        raise NotNow(
            clause=rule.basis.cite(),
            zh="已超过办理时限，不能再申请延期。",
            en="The due has passed; it cannot be extended.",
        )


def _extension_rule(matter: Matter, context: Context) -> ExtensionRule:
    return context.profile.kinds[matter.order.kind].extension


def request_extension(matter: Matter, body: bodies.RequestExtension, context: Context) -> Decision:
    """The unit asks for more time; the old due stays until it is granted (D.2 14)."""
    may_extend(matter, context)
    draft, texts = Draft(matter, context), {"ground": body.ground}
    if must_wait(context):
        return draft.pend("request_extension", {}).done(texts=texts)
    return _submit_extension(draft).done(texts=texts)


def _submit_extension(draft: Draft) -> Draft:
    draft.open("extension_decision", draft.limit("extension_decision"))
    return draft.set(extension_pending="requested", pending=None)


def decide_extension(matter: Matter, body: bodies.DecideExtension, context: Context) -> Decision:
    """Granted or not; silence is not consent (D.2 15). Both clocks move: the document limits the matter."""
    order, rule = matter.order, _extension_rule(matter, context)
    draft = Draft(matter, context).close("extension_decision").set(extension_pending=None)
    if not body.approve:
        if order.lead_unit is not None:
            draft.effect("notice.extension_rejected", unit=order.lead_unit)
        return draft.done(texts={"reason": body.reason}, approve=False)
    own, overall = matter.duty("handling", order.lead_unit), matter.duty("overall")
    new_due = own.due_at if own else None
    for duty in (own, overall):
        if duty is not None:
            later = extended(duty, rule, context)
            draft.alter(duty, due_at=max(later, duty.due_at))
            new_due = max(later, duty.due_at) if duty is own else new_due
            draft.set(**{"due_at" if duty is own else "overall_due_at": max(later, duty.due_at)})
    draft.set(extensions=order.extensions + 1).effect("sms.extended")
    return draft.done(texts={"reason": body.reason}, approve=True, due_at=new_due and new_due.isoformat())


def extended(duty: Duty, rule: ExtensionRule, context: Context) -> datetime:
    """The new due: working days on the current one, or the cap counted as a total from the start (D.3 8)."""
    if rule.total_cap is not None:
        return context.due(rule.total_cap, duty.opened_at, duty.unit_id).at
    if rule.each is None:
        return duty.due_at
    days = int(rule.each.split()[0])
    return add_working_days(duty.due_at, days, context.calendar, zone=context.zone).at


def pause(matter: Matter, body: bodies.Pause, context: Context) -> Decision:
    """The clocks of handling stand still (D.2 16); the pause ends by itself at its longest."""
    known = {reason.code for reason in context.profile.flow.pause.reasons}
    if body.ground not in known:
        raise BadBody(field="ground", zh="挂起情形不在本地规定之内。", en="Not a ground for pausing known here.")
    draft = Draft(matter, context)
    for duty in matter.all("handling", "overall", "assist"):
        draft.alter(duty, paused_at=context.now)
    draft.open("pause_review", draft.limit("pause_review"))
    draft.open("pause_end", draft.limit("pause_max"))
    draft.effect("sms.paused")
    return draft.done("paused", texts={"reason": body.reason}, ground=body.ground)


def resume(matter: Matter, body: bodies.Because, context: Context) -> Decision:
    """The clocks go on; whole working days paused are given back (D.3 9)."""
    draft = Draft(matter, context).close("pause_review", "pause_end")
    given = 0
    for duty in matter.duties:
        if duty.paused_at is None:
            continue
        given = working_days_between(duty.paused_at, context.now, context.calendar, zone=context.zone)
        later = add_working_days(duty.due_at, given, context.calendar, zone=context.zone).at
        draft.alter(duty, paused_at=None, due_at=later)
        if duty.kind == "overall":
            draft.set(overall_due_at=later)
        elif duty.kind == "handling" and duty.unit_id == matter.order.lead_unit:
            draft.set(due_at=later)
    return draft.done("signed", texts={"reason": body.reason}, working_days=given)


def set_limit(matter: Matter, body: bodies.SetLimit, context: Context) -> Decision:
    """A limit by law or by the government's word replaces the base (XS 三(五), D.2 32)."""
    rule = f"{body.days} working days"
    draft = Draft(matter, context).set(base_rule=rule, statutory=body.basis)
    for duty in matter.all("handling", "overall"):
        later = context.due(rule, duty.opened_at, duty.unit_id).at
        draft.alter(duty, due_at=later, rule=rule, clause=body.basis)
        if duty.kind == "overall":
            draft.set(overall_due_at=later)
        elif duty.unit_id == matter.order.lead_unit:
            draft.set(due_at=later)
    if matter.order.lead_unit is not None:
        draft.effect("notice.limit_set", unit=matter.order.lead_unit)
    return draft.done(days=body.days, basis=body.basis)


def may_reply(matter: Matter, context: Context) -> None:
    """The lead cannot close over an assisting unit that still works (D.2 12)."""
    if matter.duty("assist") is not None:
        raise NotNow(
            zh="协办单位尚未办结，请等待或由管理机构免除协办。",
            en="An assisting unit is not done; wait, or have it waived.",
        )


def reply(matter: Matter, body: bodies.Reply, context: Context) -> Decision:
    """The unit's result; its own reviewer passes it where the place asks so (D.2 17, 34)."""
    may_reply(matter, context)
    draft = Draft(matter, context)
    facts: dict[str, Any] = {"solved": body.solved, "contacted": body.contacted}
    texts = {"text": body.text, "legal_basis": body.legal_basis, "internal": body.internal}
    if must_wait(context):
        return draft.pend("reply", facts).done(texts=texts, **facts)
    return draft.done(submit_reply(draft, matter.order.version + 1), texts=texts, **facts)


def submit_reply(draft: Draft, seq: int) -> str:
    """The reply leaves the unit: up to the unit that passed it down, or to the hotline's reviewer."""
    order = draft.order
    draft.set(pending=None).stage("reply")
    if order.upward:
        hand_up(draft, seq)
        return "signed"
    draft.close("handling", "first_contact", unit=order.lead_unit)
    draft.close("extension_decision", outcome="superseded").set(extension_pending=None)
    draft.set(replied_at=draft.context.now, reply_seq=seq)
    draft.open("review", draft.limit("review"))
    return "replied"


def may_review(matter: Matter, context: Context) -> None:
    """Something of the unit's waits for its reviewer."""
    pending = matter.order.pending
    if pending is None or pending.verb not in ("return", "request_extension", "reply"):
        raise NotNow(zh="没有待本单位审核的事项。", en="Nothing waits for the unit's review.")


def unit_approve(matter: Matter, body: bodies.Empty, context: Context) -> Decision:
    """The unit's reviewer lets it go out (D.2 34); what is submitted now is measured by this moment."""
    may_review(matter, context)
    pending = matter.order.pending
    assert pending is not None  # noqa: S101  # may_review has just made sure
    draft = Draft(matter, context)
    facts: dict[str, Any] = {"verb": pending.verb, "asked_in": pending.seq, **pending.facts}
    if pending.verb == "return":
        may_return(matter, context)
        return submit_return(draft).done("return_review", **facts)
    if pending.verb == "request_extension":
        may_extend(matter, context)
        return _submit_extension(draft).done(**facts)
    may_reply(matter, context)
    return draft.done(submit_reply(draft, pending.seq), **facts)


def unit_reject(matter: Matter, body: bodies.Because, context: Context) -> Decision:
    """The unit's reviewer sends it back to the handler."""
    may_review(matter, context)
    pending = matter.order.pending
    assert pending is not None  # noqa: S101  # may_review has just made sure
    draft = Draft(matter, context).set(pending=None)
    return draft.done(texts={"reason": body.reason}, verb=pending.verb, asked_in=pending.seq)
