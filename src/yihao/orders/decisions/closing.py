"""After the reply: review, revisit, rating, redo, final answer, reopening, archiving."""

from __future__ import annotations

import math
from typing import Any, Final

from yihao.orders import bodies
from yihao.orders.decisions.intake import dispatch_limit
from yihao.orders.draft import BadBody, Context, Decision, Draft, NotNow
from yihao.orders.model import Matter, Order
from yihao.profile.provision import Limit, working_days
from yihao.seal.redact import redact


def approve_reply(matter: Matter, body: bodies.Because, context: Context) -> Decision:
    """The hotline releases the reply; the order closed when the unit submitted it, not now (D.2 18)."""
    order = matter.order
    closed_at = order.replied_at or context.now
    draft = Draft(matter, context).close("review").close("overall", met_at=closed_at)
    draft.close("supervision", outcome="superseded")
    draft.set(closed_at=closed_at).stage("close").effect("sms.reply")
    if not not_revisited(matter, context):
        draft.open("revisit", draft.limit("revisit_start"))
    draft.open("quiet", draft.limit("archive_quiet"))
    return draft.done("closed", texts={"reason": body.reason}, reply_in=order.reply_seq)


def not_revisited(matter: Matter, context: Context) -> bool:
    """Whether the place leaves this order out of revisits (D.2 20)."""
    order, skips = matter.order, context.profile.flow.revisit.skips
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
    """Attempts are bounded (D.2 20)."""
    rule = context.profile.flow.revisit
    if matter.order.attempts >= rule.attempts:
        raise NotNow(
            clause=rule.basis.cite(),
            zh=f"已回访 {matter.order.attempts} 次，达到上限，等待诉求人评价。",
            en="The number of attempts is used up; wait for the citizen's rating.",
        )


def revisit(matter: Matter, body: bodies.Revisit, context: Context) -> Decision:
    """One attempt, recorded by hand; the citizen has some days to rate (D.2 20)."""
    draft = Draft(matter, context).close("revisit", "quiet")
    if matter.duty("rating_wait") is None and not matter.order.bad_rating:
        draft.open("rating_wait", draft.limit("rating_wait"))
    if body.reached:
        draft.stage("revisit")
    if body.way in ("sms", "robot"):
        draft.effect(f"{'sms' if body.way == 'sms' else 'call'}.revisit")
    draft.set(attempts=matter.order.attempts + 1)
    return draft.done("revisiting", texts={"note": body.note}, way=body.way, reached=body.reached)


def may_rate(matter: Matter, context: Context) -> None:
    """One rating a closing (一事一评)."""
    if matter.order.state == "merged" and matter.order.closed_at is None:
        raise NotNow(zh="主单尚未办结，请待答复后再评价。", en="The order it follows has not been answered yet.")
    if matter.order.ratings and not matter.order.bad_rating:
        raise NotNow(zh="本件已评价。", en="This order has been rated.")
    if matter.order.bad_rating:
        raise NotNow(zh="本件已收到差评，正在认定是否重办。", en="A bad rating is being looked at already.")


def rate(matter: Matter, body: bodies.Rate, context: Context) -> Decision:
    """The citizen's word (D.2 21). Satisfied archives; a bad one (差评) waits for redo or the reviewer's no."""
    may_rate(matter, context)
    order = matter.order
    levels = {level.score: level for level in context.profile.indicators.satisfaction}
    bad = levels[body.handling].bad or levels[body.service].bad
    draft = Draft(matter, context).set(ratings=(body.service, body.handling), solved=body.solved).stage("rate")
    facts: dict[str, Any] = {"service": body.service, "handling": body.handling, "solved": body.solved, "bad": bad}
    texts = {"text": body.text}
    if order.state in ("answered", "merged"):
        return draft.done(texts=texts, **facts)
    draft.close("rating_wait", "revisit", "quiet").stage("revisit")
    if bad:
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
    order = matter.order
    if order.lead_unit is None:
        raise NotNow(zh="本件没有承办单位，不能重办。", en="No unit had this order.")
    draft = Draft(matter, context).close("redo_decision", "rating_wait", "revisit")
    limit = _redo_limit(matter, context)
    handling = draft.open("handling", limit, unit=order.lead_unit)
    draft.open("first_contact", draft.limit("first_contact"), unit=order.lead_unit)
    draft.set(
        redos=order.redos + 1,
        bad_rating=False,
        ratings=(),
        solved=None,
        attempts=0,
        due_at=handling.due_at,
        signed_at=context.now,
        replied_at=None,
        closed_at=None,
        reply_seq=None,
    )
    draft.effect("notice.redo", unit=order.lead_unit)
    if (above := context.tree.superior(order.lead_unit)) is not None:
        draft.effect("notice.redo_copy", unit=above.id)
    return draft.done("signed", texts={"reason": body.reason}, passed="redo", times=order.redos + 1)


def _redo_limit(matter: Matter, context: Context) -> Limit:
    rule = context.profile.flow.redo
    days = math.ceil(working_days(matter.order.base_rule) / rule.divide_base_by)
    days = max(days, working_days(rule.minimum))
    return Limit(rule=f"{days} working days", basis=rule.basis)


def decline_redo(matter: Matter, body: bodies.Because, context: Context) -> Decision:
    """The reviewer's no: the demand is not reasonable, or was met (contract: `decline_redo`)."""
    if not matter.order.bad_rating:
        raise NotNow(zh="没有待认定的差评。", en="No bad rating waits for a finding.")
    draft = Draft(matter, context).close("redo_decision", "rating_wait", outcome="declined").set(bad_rating=False)
    _archived(draft, {})
    return draft.done("archived", texts={"reason": body.reason})


def may_escalate(matter: Matter, context: Context) -> None:
    """Only a problem order goes up (D.2 29)."""
    order, rule = matter.order, context.profile.flow.escalation
    if order.redos < rule.redos and order.dispatches - 1 < rule.transfers:
        raise NotNow(
            clause=rule.basis.cite(),
            zh=f"重办满 {rule.redos} 次或改派满 {rule.transfers} 次方可提级（现重办 {order.redos} 次、"
            f"改派 {max(order.dispatches - 1, 0)} 次）。",
            en=f"Escalation needs {rule.redos} redos or {rule.transfers} transfers.",
        )


def finalise(matter: Matter, body: bodies.Finalise, context: Context) -> Decision:
    """A lawful last answer to an unreasonable repeat (D.2 27); later calls are closed by reference to it."""
    draft = Draft(matter, context).close_all("final").set(pending=None, extension_pending=None)
    draft.set(closed_at=matter.order.closed_at or context.now)
    draft.open("quiet", draft.limit("archive_quiet"))
    draft.effect("sms.final")
    facts: dict[str, Any] = {"evidence": body.evidence, "head_signed": body.head_signed}
    return draft.done("final", texts={"finding": body.finding}, **facts)


def may_reopen(matter: Matter, context: Context) -> None:
    """A refusal may be appealed so many times (D.2 3)."""
    allowed = context.profile.acceptance.refusal_appeals
    if matter.order.refusal is not None and matter.order.appealed and allowed.value <= 1:
        raise NotNow(clause=allowed.basis.cite(), zh="不予受理的申诉次数已用完。", en="The appeal has been used up.")


def reopen(matter: Matter, body: bodies.Reopen, context: Context) -> Decision:
    """Again from the beginning, with a new dispatch clock; the overall clock shows both lives (D.2 33)."""
    may_reopen(matter, context)
    order = matter.order
    _not_erased(order)
    draft = Draft(matter, context).close_all("reopened")
    gone = {*order.assist_units, *order.upward} | ({order.lead_unit} if order.lead_unit else set())
    overall = draft.open("overall", context.profile.kinds[order.kind].base)
    draft.open("dispatch", draft.limit("dispatch"))
    draft.leave(*sorted(gone)).set(
        lead_unit=None,
        assist_units=(),
        upward=(),
        due_at=None,
        overall_due_at=overall.due_at,
        signed_at=None,
        replied_at=None,
        closed_at=None,
        archived_at=None,
        reply_seq=None,
        refusal=None,
        appealed=order.appealed or order.refusal is not None,
        ratings=(),
        solved=None,
        bad_rating=False,
        sealed_from=None,
        merged_into=None,
        not_returnable=False,
    )
    return draft.done("received", texts={"reason": body.reason}, ground=body.ground)


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
    "rate": "诉求人未评价",
    "revisit": "静默期满未能回访",
}


def missing_stages(matter: Matter, given: dict[str, str], context: Context) -> tuple[dict[str, str], list[str]]:
    """(stage -> reason why it does not apply, stages with neither mark nor reason)."""
    order = matter.order
    reasons: dict[str, str] = {}
    open_stages: list[str] = []
    for stage in context.profile.stages:
        if order.stages.get(stage.code) is not None:
            continue
        reason = given.get(stage.code) or STANDARD_REASONS.get(order.state) or NEVER_HAPPENED.get(stage.code)
        if reason:
            reasons[stage.code] = reason
        else:
            open_stages.append(stage.zh)
    return reasons, open_stages


def archive(matter: Matter, body: bodies.Archive, context: Context) -> Decision:
    """Read-only from now on; each stage of the loop is done or has its reason (D.2 30)."""
    order = matter.order
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
    _archived(draft, body.not_applicable)
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
    _not_erased(matter.order)
    before = matter.order.sealed_from or "closed"
    draft = Draft(matter, context).set(archived_at=None, sealed_from=None)
    draft.open("quiet", draft.limit("archive_quiet"))
    return draft.done(before, texts={"reason": body.reason})


def follow(matter: Matter, body: bodies.Follow, context: Context) -> Decision:
    """The order this one was merged into has ended: its caller is told the same, and may rate (D.2 26).

    A parent that was withdrawn answers nobody else's matter: the child is received again, with clocks of its own.
    """
    order = matter.order
    if order.merged_into != body.parent or (order.closed_at is not None and order.closed_at >= body.at):
        raise NotNow(zh="本件已随该主单办结。", en="This order has followed that one already.")
    draft = Draft(matter, context)
    facts: dict[str, Any] = {"parent": body.parent, "state": body.state, "reply_in": body.reply_in}
    if body.state == "withdrawn":
        overall = draft.open("overall", context.profile.kinds[order.kind].base)
        draft.open("dispatch", dispatch_limit(order.kind, order.legal_process, context))
        draft.set(merged_into=None, overall_due_at=overall.due_at)
        return draft.done("received", **facts)
    draft.close("quiet", outcome="superseded").open("quiet", draft.limit("archive_quiet"))
    draft.set(closed_at=body.at).effect("sms.followed", state=body.state)
    return draft.done(**facts)


def _not_erased(order: Order) -> None:
    if order.erased_at is not None:
        raise NotNow(
            zh="本件的内容和个人信息已依法删除，不能再办理；请重新登记。",
            en="The texts of this order were lawfully erased; register the matter anew.",
        )


def may_erase(matter: Matter, context: Context) -> None:
    """Once is enough."""
    _not_erased(matter.order)


def erase(matter: Matter, body: bodies.Erase, context: Context) -> Decision:
    """The history keeps that it was done, by whom and on what basis; the data go in the same transaction."""
    return Draft(matter, context).set(erased_at=context.now).done(basis=redact(body.basis).text)
