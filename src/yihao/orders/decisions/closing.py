"""After the reply: review, revisit, rating, redo, final answer, reopening, archiving."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from yihao.orders import bodies
from yihao.orders.decisions.dispatch import begin_again
from yihao.orders.decisions.ending import not_erased
from yihao.orders.decisions.limits import base_limit, dispatch_limit, redo_limit
from yihao.orders.draft import BadBody, Context, Decision, Draft, NotNow, plain
from yihao.orders.model import Matter, Order


def approve_reply(matter: Matter, body: bodies.Because, context: Context) -> Decision:
    """The hotline releases the reply; the order closed when the unit submitted it, not now (D.2 18)."""
    order = matter.order
    draft = Draft(matter, context).close("review")
    release(draft, order.replied_at or context.now)
    return draft.done("closed", texts={"reason": body.reason}, reply_in=order.reply_seq)


def release(draft: Draft, closed_at: datetime) -> None:
    """The citizen gets the reply, and is asked what it was worth."""
    draft.close("overall", met_at=closed_at).close("supervision", outcome="superseded")
    draft.set(closed_at=closed_at).stage("close").effect("sms.reply")
    if not_revisited(draft.order, draft.context):
        draft.open("quiet", draft.limit("archive_quiet"))
        return
    draft.open("revisit", draft.limit("revisit_start"))
    if draft.context.profile.rates_first:
        draft.effect("sms.rate").open("rating_wait", draft.limit("rating_wait"))
    else:
        draft.open("quiet", draft.limit("archive_quiet"))


def not_revisited(order: Order, context: Context) -> bool:
    """Whether the place leaves this order out of revisits (D.2 20)."""
    skips = context.profile.flow.revisit.skips
    return ("confidential" in skips and order.secrecy == "confidential") or ("anonymous" in skips and order.anonymous)


def reject_reply(matter: Matter, body: bodies.Because, context: Context) -> Decision:
    """Back to the unit: missing, false or perfunctory (D.2 19). It has at least the extra time to mend it."""
    order = matter.order
    draft = Draft(matter, context).close("review", outcome="rejected")
    extra = draft.limit("reply_reject_extra")
    mend = context.due(extra.rule, context.now, order.lead_unit).at
    due = max(mend, order.due_at) if order.due_at else mend
    draft.open("handling", extra, unit=order.lead_unit, at=due)
    draft.set(replied_at=None, reply_seq=None, due_at=due, reply_rejections=order.reply_rejections + 1)
    if order.lead_unit is not None:
        draft.effect("notice.reply_rejected", unit=order.lead_unit)
    return draft.done("signed", texts={"reason": body.reason})


def may_revisit(matter: Matter, context: Context) -> None:
    """Attempts are bounded, each at another hour; direct answers only when drawn as a sample (D.2 20)."""
    order, rule = matter.order, context.profile.flow.revisit
    if order.state == "answered" and matter.duty("revisit") is None:
        raise NotNow(
            clause=rule.basis.cite(),
            zh="直接答复的工单只抽样回访，本件未抽中。",
            en="Direct answers are revisited by sample only; this one was not drawn.",
        )
    if order.attempts >= rule.attempts:
        raise NotNow(
            clause=rule.basis.cite(),
            zh=f"已回访 {order.attempts} 次，达到上限，等待诉求人评价。",
            en="The number of attempts is used up; wait for the citizen's rating.",
        )
    if rule.different_hours and context.hour in order.attempt_hours:
        raise NotNow(
            clause=rule.basis.cite(),
            zh=f"已在{context.hour}时段回访过，请换一个时段。",
            en="An attempt was made in this hour of the day already; try at another.",
        )


def revisit(matter: Matter, body: bodies.Revisit, context: Context) -> Decision:
    """One attempt, recorded by hand; the citizen has some days to rate (D.2 20)."""
    order, rule = matter.order, context.profile.flow.revisit
    if not_revisited(order, context) and not body.consent:
        raise BadBody(
            field="consent",
            clause=rule.basis.cite(),
            zh="保密件未经诉求人同意不得回访；已取得同意的请注明。",
            en="This order is not revisited without the citizen's consent; say so if there is one.",
        )
    draft = Draft(matter, context).close("revisit", "quiet")
    if matter.duty("rating_wait") is None and not order.bad_rating:
        draft.open("rating_wait", draft.limit("rating_wait"))
    if body.reached:
        draft.stage("revisit")
    if body.way in ("sms", "robot"):
        draft.effect(f"{'sms' if body.way == 'sms' else 'call'}.revisit")
    draft.set(attempts=order.attempts + 1, attempt_hours=(*order.attempt_hours, context.hour))
    return draft.done("revisiting", texts={"note": body.note}, way=body.way, reached=body.reached, consent=body.consent)


def may_rate(matter: Matter, context: Context) -> None:
    """One rating a closing (一事一评); whether a merged order's caller has one of their own is the place's."""
    merging = context.profile.flow.merge
    if matter.order.state == "merged" and not merging.own_reply:
        raise NotNow(
            clause=merging.basis.cite(), zh="本件已并入主单，随主单评价。", en="It is rated with the order it follows."
        )
    if matter.order.state == "merged" and matter.order.closed_at is None:
        raise NotNow(zh="主单尚未办结，请待答复后再评价。", en="The order it follows has not been answered yet.")
    if matter.order.ratings and not matter.order.bad_rating:
        raise NotNow(zh="本件已评价。", en="This order has been rated.")
    if matter.order.bad_rating:
        raise NotNow(zh="本件已收到差评，正在认定是否重办。", en="A bad rating is being looked at already.")


def rate(matter: Matter, body: bodies.Rate, context: Context) -> Decision:
    """The citizen's word (D.2 21). Satisfied archives; a bad one (差评) waits for redo or the reviewer's no, where the
    place makes a task of it."""
    may_rate(matter, context)
    order = matter.order
    levels = {level.score: level for level in context.profile.indicators.satisfaction}
    for field, score in (("service", body.service), ("handling", body.handling)):
        if score not in levels:
            raise BadBody(field=field, zh="本地没有这一评价等次。", en="This place has no such level.")
    bad = levels[body.handling].bad or levels[body.service].bad
    draft = Draft(matter, context).set(ratings=(body.service, body.handling), solved=body.solved).stage("rate")
    facts: dict[str, Any] = {"service": body.service, "handling": body.handling, "solved": body.solved, "bad": bad}
    texts = {"text": body.text}
    task = bad and context.profile.indicators.bad_rating_task.on
    if order.state == "merged" or (order.state == "answered" and not task):
        draft.close("revisit", outcome="superseded")  # who was drawn as a sample has spoken without being asked
        return draft.done(texts=texts, **facts)
    draft.close("rating_wait", "revisit", "quiet")
    draft.stage("revisit", "诉求人已自行评价，无须回访" if order.attempts == 0 else "done")
    if task:
        draft.set(bad_rating=True).open("redo_decision", draft.limit("bad_rating_fix"))
        return draft.done("revisiting", texts=texts, **facts)
    _archived(draft, {})
    return draft.done("archived", texts=texts, **facts)


def may_redo(matter: Matter, context: Context) -> None:
    """Redo answers a bad rating, is bounded, and is no road in mediation and enforcement cases (XS 六(四))."""
    order, rule = matter.order, context.profile.flow.redo
    if not order.bad_rating:
        raise NotNow(zh="没有差评，无需重办。", en="There is no bad rating to answer.")
    if order.redos >= rule.max:
        raise NotNow(
            clause=rule.basis.cite(),
            zh=f"已重办 {order.redos} 次，达到上限，请提级或不予重办。",
            en="Redos are used up.",
        )
    if order.legal_process:
        raise NotNow(
            zh="行政调解、执法办案类事项不重办，请向诉求人解释说明。",
            en="Mediation and enforcement cases are explained, not redone.",
        )


def redo(matter: Matter, body: bodies.Because, context: Context) -> Decision:
    """Again, signed at once, in half the base time (D.2 22)."""
    may_redo(matter, context)
    order, unit = matter.order, matter.order.lead_unit
    draft = Draft(matter, context)
    begin_again(draft)
    if unit is None:
        # The hotline's own answer did not satisfy: the matter goes the way of all others.
        overall = draft.open("overall", base_limit(order, context))
        draft.open("dispatch", dispatch_limit(order, context))
        draft.set(handled_by=None, answer_seq=None, overall_due_at=overall.due_at)
        return draft.done("received", texts={"reason": body.reason}, passed="redo", times=order.redos + 1)
    handling = draft.open("handling", redo_limit(order, context), unit=unit)
    draft.open("first_contact", draft.limit("first_contact"), unit=unit)
    draft.set(due_at=handling.due_at, handling_from=context.now, paused_days=0, signed_at=context.now)
    draft.effect("notice.redo", unit=unit)
    if (above := context.tree.superior(unit)) is not None:
        draft.effect("notice.redo_copy", unit=above.id)
    return draft.done("signed", texts={"reason": body.reason}, passed="redo", times=order.redos + 1)


def decline_redo(matter: Matter, body: bodies.Because, context: Context) -> Decision:
    """The reviewer's no: the demand is not reasonable, or was met (contract: `decline_redo`)."""
    if not matter.order.bad_rating:
        raise NotNow(zh="没有待认定的差评。", en="No bad rating waits for a finding.")
    draft = Draft(matter, context).close("redo_decision", "rating_wait", outcome="declined").set(bad_rating=False)
    _archived(draft, {})
    return draft.done("archived", texts={"reason": body.reason})


def may_escalate(matter: Matter, context: Context) -> None:
    """Only a problem order goes up (D.2 29): redone or passed on so often, or badly rated when it would be again."""
    order, rule = matter.order, context.profile.flow.escalation
    if order.state == "revisiting" and (not order.bad_rating or order.legal_process or order.lead_unit is None):
        raise NotNow(zh="没有须提级重办的差评。", en="No bad rating asks for a higher unit.")
    redos = order.redos + (order.state == "revisiting")
    if redos < rule.redos and order.dispatches - 1 < rule.transfers:
        raise NotNow(
            clause=rule.basis.cite(),
            zh=f"重办满 {rule.redos} 次或改派满 {rule.transfers} 次方可提级（现重办 {order.redos} 次、"
            f"改派 {max(order.dispatches - 1, 0)} 次）。",
            en=f"Escalation needs {rule.redos} redos or {rule.transfers} transfers.",
        )


STANDARD_REASONS: Final = {
    "answered": "热线直接答复，无须经此环节",
    "refused": "不予受理，已告知法定途径",
    "transferred": "已转紧急或联动热线办理",
    "withdrawn": "诉求人撤诉",
    "merged": "并入其他工单，随主单办理",
    "final": "按最终答复办结",
}
"""Why a stage does not apply when the matter ended early (D.2 30)."""
NEVER_HAPPENED: Final = {
    "supervise": "未发生需督办的情形",
    "coordinate": "无须协调",
    "appraise": "纳入定期考核",
}
"""Why a stage does not apply when nothing called for it."""
NOBODY_CAME: Final = {"rate": "诉求人未评价", "revisit": "静默期满未能回访"}
"""Why a stage was left out when its time is over; before, a person must say why."""


def missing_stages(matter: Matter, given: dict[str, str], context: Context) -> tuple[dict[str, str], list[str]]:
    """(stage -> reason why it does not apply, stages with neither mark nor reason)."""
    order = matter.order
    by_hotline = order.answer_seq is not None and order.lead_unit is None
    reasons_of = NEVER_HAPPENED | (NOBODY_CAME if _waited(matter, context) else {})
    ended = STANDARD_REASONS.get("answered" if by_hotline else order.state)
    reasons: dict[str, str] = {}
    open_stages: list[str] = []
    for stage in context.profile.stages:
        if order.stages.get(stage.code) is not None:
            continue
        reason = given.get(stage.code) or ended or reasons_of.get(stage.code)
        if reason:
            reasons[stage.code] = reason
        else:
            open_stages.append(stage.zh)
    return reasons, open_stages


def _waited(matter: Matter, context: Context) -> bool:
    """Whether the citizen's time to rate, or the quiet time, is over."""
    return not any(duty.due_at > context.now for duty in matter.all("rating_wait", "quiet"))


def archive(matter: Matter, body: bodies.Archive, context: Context) -> Decision:
    """Read-only from now on; each stage of the loop is done or has its reason (D.2 30)."""
    order = matter.order
    if order.bad_rating:
        raise NotNow(zh="本件有差评待认定，请重办或不予重办。", en="A bad rating waits: redo, or decline to redo.")
    if matter.duty("appeal_decision") is not None:
        raise NotNow(zh="本件有复核申请待决定。", en="An appeal against the refusal waits for its decision.")
    if order.state == "transferred" and not order.acknowledged and not body.acknowledgement:
        raise BadBody(
            field="acknowledgement",
            zh="对方尚未确认接收，请填写接收确认。",
            en="The receiver has not acknowledged yet.",
        )
    known = {stage.code for stage in context.profile.stages}
    if unknown := set(body.not_applicable) - known:
        raise BadBody(
            field="not_applicable",
            zh="没有这些环节：" + "、".join(sorted(unknown)),
            en="No such stages: " + ", ".join(unknown),
        )
    draft = Draft(matter, context).set(acknowledged=order.acknowledged or body.acknowledgement is not None)
    draft.close("handover")
    _archived(draft, {code: plain(reason) for code, reason in body.not_applicable.items()})
    return draft.done("archived", texts={"acknowledgement": body.acknowledgement})


def _archived(draft: Draft, given: dict[str, str]) -> None:
    reasons, missing = missing_stages(draft.matter, given | draft.marked, draft.context)
    if missing:
        raise NotNow(
            zh="以下环节未完成且未说明理由：" + "、".join(missing), en="Stages with neither mark nor reason remain."
        )
    for code, reason in reasons.items():
        draft.stage(code, draft.marked.get(code, reason))
    draft.close_all("archived").set(archived_at=draft.context.now, sealed_from=draft.order.state)


def unseal(matter: Matter, body: bodies.Because, context: Context) -> Decision:
    """Back to the state before archiving, with a reason (D.2 30)."""
    not_erased(matter.order)
    before = matter.order.sealed_from or "closed"
    draft = Draft(matter, context).set(archived_at=None, sealed_from=None)
    draft.open("quiet", draft.limit("archive_quiet"))
    return draft.done(before, texts={"reason": body.reason})


def follow(matter: Matter, body: bodies.Follow, context: Context) -> Decision:
    """The order this one was merged into has ended: its caller is told the same, and may rate (D.2 26).

    A parent that was withdrawn answers nobody else's matter: a child of another caller is received again, with clocks
    of its own; the same caller's repeat ends with it.
    """
    order = matter.order
    if order.merged_into != body.parent or (order.closed_at is not None and order.closed_at >= body.at):
        raise NotNow(zh="本件已随该主单办结。", en="This order has followed that one already.")
    draft = Draft(matter, context).close("quiet", outcome="superseded")
    facts: dict[str, Any] = {"parent": body.parent, "state": body.state, "reply_in": body.reply_in}
    if body.state == "withdrawn" and body.relation == "cluster":
        if order.closed_at is not None:
            raise NotNow(zh="本件已随该主单办结。", en="This order has its answer from an earlier end of that one.")
        overall = draft.open("overall", base_limit(order, context))
        draft.open("dispatch", dispatch_limit(order, context))
        draft.set(merged_into=None, overall_due_at=overall.due_at)
        return draft.done("received", **facts)
    draft.open("quiet", draft.limit("archive_quiet"))
    draft.set(closed_at=body.at)
    if context.profile.flow.merge.own_reply:
        draft.effect("sms.followed", state=body.state)
    return draft.done(**facts)


def may_erase(matter: Matter, context: Context) -> None:
    """Once is enough."""
    not_erased(matter.order)


def erase(matter: Matter, body: bodies.Erase, context: Context) -> Decision:
    """The history keeps that it was done, by whom and on what basis; the data go in the same transaction."""
    return Draft(matter, context).set(erased_at=context.now).done(basis=plain(body.basis))
