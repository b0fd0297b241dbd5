"""In the unit's hands: progress, extension, pause, another limit, the reply and the unit's own review."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from yihao.orders import bodies
from yihao.orders.decisions.closing import release
from yihao.orders.decisions.dispatch import hand_up, may_return, must_wait, submit_return
from yihao.orders.decisions.limits import go_on, move_handling, stand_still
from yihao.orders.draft import BadBody, Context, Decision, Draft, NotNow, plain
from yihao.orders.model import Matter
from yihao.profile.model import ExtensionRule
from yihao.profile.provision import working_days
from yihao.seal.chain import timestamp
from yihao.worktime import add_working_days


def progress(matter: Matter, body: bodies.Progress, context: Context) -> Decision:
    """Contact with the citizen or a step of handling (D.2 13)."""
    draft = Draft(matter, context)
    if body.contacted:
        draft.close("first_contact", unit=context.unit)
    # Where there is one way out, what a unit writes is for the hotline until that releases it.
    public = body.public and context.profile.reply_mode == "unit"
    return draft.done(texts={"text": body.text}, contacted=body.contacted, public=public, unit=context.unit)


def may_extend(matter: Matter, context: Context) -> None:
    """State guards of 延期: the kind allows it, the count per matter is not used up, the due has not passed."""
    order = matter.order
    rule = _extension_rule(matter, context)
    if order.statutory is not None:
        raise NotNow(
            zh=f"本件适用法定时限（{order.statutory}），延期须按同一依据办理。",
            en="A statutory limit applies; it can only be extended by the same law.",
        )
    # XS 三(五): 同一事项*申请*延期办结以2次为限: a request that was turned down counts, for the matter, not the unit.
    if not rule.allowed or order.extension_requests >= rule.count:
        raise NotNow(
            clause=rule.basis.cite(),
            zh=f"同一事项申请延期以 {rule.count if rule.allowed else 0} 次为限，已申请 {order.extension_requests} 次，"
            "不能再申请。",
            en="No further extension may be asked for in this matter.",
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
    rule = _extension_rule(matter, context)
    known = {ground.code: ground.zh for ground in rule.grounds}
    code = body.code or next(iter(known), None)
    if code is not None and code not in known:
        raise BadBody(
            field="code",
            clause=rule.basis.cite(),
            zh="延期情形不在本地规定之内：" + "、".join(f"{one}（{zh}）" for one, zh in known.items()),
            en="Not a ground known here: " + ", ".join(known),
        )
    draft, texts = Draft(matter, context), {"ground": body.ground}
    facts: dict[str, Any] = {"code": code}
    if must_wait(context):
        return draft.pend("request_extension", facts).done(texts=texts, **facts)
    return _submit_extension(draft).done(texts=texts, **facts)


def _submit_extension(draft: Draft) -> Draft:
    draft.open("extension_decision", draft.limit("extension_decision"))
    requests = draft.order.extension_requests + 1
    return draft.set(extension_pending="requested", extension_requests=requests, pending=None)


def decide_extension(matter: Matter, body: bodies.DecideExtension, context: Context) -> Decision:
    """Granted or not; silence is not consent (D.2 15). Both clocks move: the document limits the matter."""
    order, rule = matter.order, _extension_rule(matter, context)
    draft = Draft(matter, context).close("extension_decision").set(extension_pending=None)
    if not body.approve:
        if order.lead_unit is not None:
            draft.effect("notice.extension_rejected", unit=order.lead_unit)
        return draft.done(texts={"reason": body.reason}, approve=False)
    # The clock of the unit that answers for the whole moves; what it passed down or shared moves with it.
    own = matter.duty("handling", order.upward[0] if order.upward else order.lead_unit)
    overall = matter.duty("overall")
    due = order.due_at
    if own is not None:
        start = order.handling_from or own.opened_at
        due = move_handling(draft, extended(own.due_at, start, order.paused_days, rule, context))
    if overall is not None:
        later = extended(overall.due_at, overall.opened_at, order.paused_total, rule, context)
        draft.alter(overall, due_at=later, breached_at=None if later > context.now else overall.breached_at)
        draft.set(overall_due_at=later)
    draft.set(extensions=order.extensions + 1).effect("sms.extended")
    return draft.done(texts={"reason": body.reason}, approve=True, due_at=timestamp(due) if due else None)


def extended(due: datetime, start: datetime, paused: int, rule: ExtensionRule, context: Context) -> datetime:
    """The new due: working days on the present one, or the cap counted as a total from the start (D.3 8); working days
    of a pause come on top of a cap. Never earlier than the present due."""
    if rule.total_cap is not None:
        cap = context.due(rule.total_cap, start).at
        return max(due, add_working_days(cap, paused, context.calendar, zone=context.zone).at)
    each = working_days(rule.each) if rule.each else 0
    return add_working_days(due, each, context.calendar, zone=context.zone).at


def pause(matter: Matter, body: bodies.Pause, context: Context) -> Decision:
    """The clocks of handling stand still (D.2 16); the pause ends by itself at its longest."""
    known = {reason.code for reason in context.profile.flow.pause.reasons}
    if body.ground not in known:
        raise BadBody(
            field="ground",
            clause=context.profile.flow.pause.basis.cite(),
            zh="挂起情形不在本地规定之内："
            + "、".join(f"{r.code}（{r.zh}）" for r in context.profile.flow.pause.reasons),
            en="Not a ground for pausing known here: " + ", ".join(sorted(known)),
        )
    draft = Draft(matter, context)
    if matter.order.state == "paused":
        # The look every so many days whether the ground still stands; the longest pause is not moved by it.
        draft.close("pause_review").open("pause_review", draft.limit("pause_review"))
        return draft.done(texts={"reason": body.reason}, ground=body.ground)
    stand_still(draft)
    draft.open("pause_review", draft.limit("pause_review"))
    draft.open("pause_end", draft.limit("pause_max"))
    draft.effect("sms.paused")
    return draft.done("paused", texts={"reason": body.reason}, ground=body.ground)


def resume(matter: Matter, body: bodies.Because, context: Context) -> Decision:
    """The clocks go on; whole working days paused are given back (D.3 9)."""
    draft = Draft(matter, context).close("pause_review", "pause_end")
    given = go_on(draft)
    return draft.done("signed", texts={"reason": body.reason}, working_days=given)


def set_limit(matter: Matter, body: bodies.SetLimit, context: Context) -> Decision:
    """A limit by law or by the government's word replaces the base (XS 三(五), D.2 32)."""
    order, basis = matter.order, plain(body.basis)
    rule = f"{body.days} working day{'' if body.days == 1 else 's'}"
    draft = Draft(matter, context).set(base_rule=rule, statutory=basis)

    def counted(start: datetime, unit: int | None, paused: int) -> datetime:
        return add_working_days(context.due(rule, start, unit).at, paused, context.calendar, zone=context.zone).at

    own, overall = matter.duty("handling", order.upward[0] if order.upward else order.lead_unit), matter.duty("overall")
    if own is not None:
        due = counted(order.handling_from or own.opened_at, own.unit_id, order.paused_days)
        move_handling(draft, due, rule=rule, clause=basis)
    if overall is not None:
        later = counted(overall.opened_at, None, order.paused_total)
        missed = None if later > context.now else overall.breached_at
        draft.alter(overall, due_at=later, rule=rule, clause=basis, breached_at=missed).set(overall_due_at=later)
    if order.lead_unit is not None:
        draft.effect("notice.limit_set", unit=order.lead_unit)
    return draft.done(days=body.days, basis=basis)


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
    rule = context.profile.flow.reply
    if rule.mode == "unit" and not (body.contacted or body.internal):
        raise BadBody(
            field="internal",
            clause=rule.basis.cite(),
            zh="本地由承办单位直接答复诉求人；未能联系上的，请在内部办理情况中说明原因。",
            en="Here the unit answers the citizen itself. Say in the handling notes why it could not.",
        )
    draft = Draft(matter, context)
    facts: dict[str, Any] = {"solved": body.solved, "contacted": body.contacted}
    texts = {"text": body.text, "legal_basis": body.legal_basis, "internal": body.internal}
    if must_wait(context):
        return draft.pend("reply", facts).done(texts=texts, **facts)
    return draft.done(submit_reply(draft, matter.order.version + 1), texts=texts, **facts)


def submit_reply(draft: Draft, seq: int) -> str:
    """The reply leaves the unit: up to the unit that passed it down, or to the hotline's reviewer."""
    order = draft.order
    draft.set(pending=None)
    if order.upward:
        hand_up(draft, "met", seq)
        return "signed"
    draft.stage("reply")
    draft.close("handling", "first_contact", unit=order.lead_unit)
    draft.close("extension_decision", outcome="superseded").set(extension_pending=None)
    draft.set(replied_at=draft.context.now, reply_seq=seq)
    if draft.context.profile.flow.reply.review == "automatic":
        release(draft, draft.context.now)
        return "closed"
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
        return submit_return(draft, {}, facts)
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
