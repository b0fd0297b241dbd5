"""Ends that a second person decides: the final answer to repeats, an appeal against a refusal; and starting again."""

from __future__ import annotations

from typing import Any

from yihao.orders import bodies
from yihao.orders.decisions.dispatch import must_wait
from yihao.orders.decisions.limits import base_limit, dispatch_limit
from yihao.orders.draft import BadBody, Context, Decision, Draft, NotNow, OtherPerson, plain
from yihao.orders.model import Matter, Order


def may_propose(matter: Matter, context: Context) -> None:
    """无理重复 (D.2 27): so many orders on the same fact, the one before lawfully answered, and nothing decided yet."""
    order, rule, family = matter.order, context.profile.flow.repeat, context.family
    if matter.duty("final_decision") is not None:
        raise NotNow(zh="已提请最终答复，待审定。", en="A final answer has been proposed already.")
    if context.unit is not None and must_wait(context):
        raise NotNow(
            clause=context.profile.flow.unit_review.basis.cite(),
            zh="最终答复由本单位审核人提请。",
            en="The unit's reviewer proposes a final answer here.",
        )
    if family.orders < rule.after:
        raise NotNow(
            clause=rule.basis.cite(),
            zh=f"同一诉求满 {rule.after} 件方可提请最终答复，现有 {family.orders} 件；重复诉求请先并件或关联。",
            en=f"A final answer needs {rule.after} orders on the same fact, bound to each other as repeats.",
        )
    if order.state == "received" and family.answered == 0:
        raise NotNow(
            zh="先前的同一诉求尚未依法办结，不能提请最终答复。",
            en="None of the earlier orders on this fact has been answered yet.",
        )


def propose_final(matter: Matter, body: bodies.ProposeFinal, context: Context) -> Decision:
    """The unit's finding that nothing new is said, signed by its head; another person decides (D.2 27)."""
    order, rule = matter.order, context.profile.flow.final
    if rule.head_signs and body.head_signed is None:
        raise BadBody(
            field="head_signed",
            clause=rule.basis.cite(),
            zh="提请最终答复须由承办单位负责人签字。",
            en="A final answer is signed by the head of the unit.",
        )
    draft = Draft(matter, context)
    if matter.duty("quiet") is not None:  # an event of its own: the order lies quiet from now on
        draft.close("quiet", outcome="superseded").open("quiet", draft.limit("archive_quiet"))
    draft.open("final_decision", draft.limit("final_decision"))
    draft.set(final_seq=order.version + 1, final_by=context.actor.account)
    facts: dict[str, Any] = {
        "evidence": plain(body.evidence),
        "head_signed": body.head_signed and plain(body.head_signed),
        "orders": context.family.orders,
        "unit": context.unit,
    }
    return draft.done(texts={"finding": body.finding}, **facts)


def may_finalise(matter: Matter, context: Context) -> None:
    """Something was proposed, by somebody else."""
    if matter.duty("final_decision") is None:
        raise NotNow(zh="没有待审定的最终答复，请先提请。", en="No final answer has been proposed.")
    if context.actor.account == matter.order.final_by:
        raise OtherPerson(
            clause=context.profile.flow.final.basis.cite(),
            zh="最终答复不能由提请人自己审定",
            en="Who proposed a final answer does not decide it",
        )


def finalise(matter: Matter, body: bodies.Finalise, context: Context) -> Decision:
    """A lawful last answer to an unreasonable repeat (D.2 27), or no: silence is no consent. Later calls are closed by
    reference to it."""
    order = matter.order
    draft = Draft(matter, context).close("final_decision")
    facts: dict[str, Any] = {"approve": body.approve, "proposed_in": order.final_seq}
    if not body.approve:
        if order.lead_unit is not None:
            draft.effect("notice.final_rejected", unit=order.lead_unit)
        return draft.done(texts={"reason": body.reason}, **facts)
    draft.close_all("final").set(pending=None, extension_pending=None, bad_rating=False)
    draft.set(closed_at=order.closed_at or context.now)
    draft.open("quiet", draft.limit("archive_quiet"))
    return draft.effect("sms.final").done("final", texts={"reason": body.reason}, **facts)


def may_appeal(matter: Matter, context: Context) -> None:
    """A refusal may be appealed so many times (D.2 3, acceptance.refusal_appeals)."""
    order, allowed = matter.order, context.profile.acceptance.refusal_appeals
    if matter.duty("appeal_decision") is not None:
        raise NotNow(zh="已申请复核，正在复核。", en="An appeal is being looked at already.")
    if order.appeals >= allowed.value:
        raise NotNow(
            clause=allowed.basis.cite(),
            zh=f"不予受理可申请复核 {allowed.value} 次，已用完；有新事实的可重新提出。",
            en="The appeals against the refusal are used up; a new fact may be brought at any time.",
        )


def appeal_refusal(matter: Matter, body: bodies.Because, context: Context) -> Decision:
    """The citizen asks for another look; it waits for a person who had no part in the refusal."""
    draft = Draft(matter, context).close("quiet", outcome="superseded")
    draft.open("appeal_decision", draft.limit("appeal_decision"))
    draft.set(appeals=matter.order.appeals + 1)
    return draft.done(texts={"reason": body.reason}, code=matter.order.refusal)


def may_uphold(matter: Matter, context: Context) -> None:
    """An appeal waits, and who refused does not decide it."""
    if matter.duty("appeal_decision") is None:
        raise NotNow(zh="没有待复核的申请，请先登记“申请复核”。", en="No appeal waits; record it first.")
    if context.actor.account in matter.order.refused_by:
        raise OtherPerson(
            clause=context.profile.acceptance.refusal_appeals.basis.cite(),
            zh="不予受理的复核不能由原决定人办理",
            en="Who refused does not decide the appeal",
        )


def uphold_refusal(matter: Matter, body: bodies.UpholdRefusal, context: Context) -> Decision:
    """The refusal stands; the citizen is told why."""
    draft = Draft(matter, context).close("appeal_decision")
    draft.open("quiet", draft.limit("archive_quiet"))
    draft.effect("sms.refusal_upheld", code=matter.order.refusal)
    return draft.done(texts={"explanation": body.explanation}, code=matter.order.refusal)


def reopen(matter: Matter, body: bodies.Reopen, context: Context) -> Decision:
    """Again from the beginning, with a new dispatch clock; the overall clock shows both lives (D.2 33). A refusal is
    reopened by an appeal that was asked for, or at any time on a new fact or our own mistake."""
    order = matter.order
    if body.ground == "appeal_upheld" and order.refusal is not None:
        may_uphold(matter, context)
    not_erased(order)
    draft = Draft(matter, context).close("appeal_decision").close_all("reopened")
    held = (*order.assist_units, *order.upward, order.lead_unit, order.partner_unit)
    gone = {unit for unit in held if unit is not None and unit != order.origin_unit}
    overall = draft.open("overall", base_limit(order, context))
    draft.open("dispatch", dispatch_limit(order, context))
    draft.leave(*sorted(gone)).set(
        lead_unit=None,
        assist_units=(),
        upward=(),
        due_at=None,
        overall_due_at=overall.due_at,
        paused_days=0,
        paused_total=0,
        signed_at=None,
        replied_at=None,
        closed_at=None,
        archived_at=None,
        reply_seq=None,
        answer_seq=None,
        final_seq=None,
        final_by=None,
        handled_by=None,
        refusal=None,
        refused_by=(),
        ratings=(),
        solved=None,
        bad_rating=False,
        attempts=0,
        attempt_hours=(),
        acknowledged=False,
        partner_unit=None,
        sealed_from=None,
        merged_into=None,
        not_returnable=False,
        stages={"accept": "done"},
    )
    return draft.done("received", texts={"reason": body.reason}, ground=body.ground)


def not_erased(order: Order) -> None:
    """What was lawfully erased is not taken up again."""
    if order.erased_at is not None:
        raise NotNow(
            zh="本件的内容和个人信息已依法删除，不能再办理；请重新登记。",
            en="The texts of this order were lawfully erased; register the matter anew.",
        )
