"""Before dispatch: register, refuse, transfer, answer, prepare, merge, supplement, withdraw."""

from __future__ import annotations

from typing import Any

from yihao.orders import bodies
from yihao.orders.draft import BadBody, Context, Decision, Draft, Link, NotNow
from yihao.orders.model import Matter, Order
from yihao.profile.model import KindCode
from yihao.profile.provision import Limit

ENDED_EARLY = ("refused", "answered", "transferred", "withdrawn", "merged", "final")


def register(number: str, path: str, jurisdiction: int, appeal: bodies.Appeal, title: str, context: Context) -> Draft:
    """A new matter: the overall and the dispatch clock start. ``title`` is the redacted one.

    The dispatch clock counts from registration, not from classing: XS 三(四) measures from acceptance, and a
    classing that takes long must not hide a late dispatch.
    """
    if appeal.in_petition:
        raise BadBody(
            field="in_petition",
            clause=_clause(context, "petition"),
            zh="该事项已进入信访渠道，不予受理，请告知诉求人通过原信访渠道查询办理情况。",
            en="The matter is already in the petition channel and is not accepted; tell the citizen to ask there.",
        )
    if context.profile.acceptance.domain_required and appeal.domain is None:
        raise BadBody(field="domain", zh="请选择所属领域。", en="Choose the domain.")
    rule = context.profile.kinds[appeal.kind]
    secret = appeal.caller.confidential and context.profile.acceptance.confidential_on_request.on
    order = Order(
        number=number,
        version=0,
        state="received",
        path=path,
        jurisdiction_id=jurisdiction,
        kind=appeal.kind,
        channel=appeal.channel,
        registered_at=context.now,
        last_at=context.now,
    )
    draft = Draft(Matter(order=order, duties=()), context)
    draft.set(
        domain=appeal.domain,
        category=appeal.category,
        area_code=appeal.area_code,
        line=appeal.line,
        urgency=appeal.urgency,
        secrecy="confidential" if secret else appeal.secrecy,
        title=title,
        accused_unit=appeal.accused_unit,
        legal_process=appeal.legal_process,
        anonymous=appeal.caller.anonymous,
        enterprise=appeal.caller.kind == "enterprise",
        parent=appeal.parent,
        profile=context.profile.name,
        profile_digest=context.profile.digest,
        calendar_digest=context.calendar.digest,
        base_rule=rule.base.rule,
    )
    overall = draft.open("overall", rule.base)
    draft.set(overall_due_at=overall.due_at)
    draft.open("dispatch", dispatch_limit(appeal.kind, appeal.legal_process, context))
    draft.stage("accept")
    draft.effect("sms.registered")
    return draft


def dispatch_limit(kind: KindCode, enforcement: bool, context: Context) -> Limit:
    """At once for enforcement cases, complaints and reports (XS 三(四)), else the place's dispatch rule."""
    flow, rule = context.profile.flow, context.profile.kinds[kind]
    at_once = rule.immediate_dispatch.on or (enforcement and flow.enforcement_immediate.on)
    return context.profile.limits["dispatch_immediate" if at_once else "dispatch"]


def _clause(context: Context, word: str) -> str | None:
    for refusal in context.profile.refusals:
        if word in refusal.code:
            return refusal.basis.cite()
    return None


def transfer(matter: Matter, body: bodies.Transfer, context: Context) -> Decision:
    """Handed to an emergency number or a linked partner at once; it stays countable (D.2 2)."""
    draft = Draft(matter, context).close_all("transferred").set(acknowledged=body.acknowledged, handled_by="transfer")
    draft.effect("call.transfer", to=body.to, way=body.way)
    draft.open("quiet", draft.limit("archive_quiet"))
    facts: dict[str, Any] = {"to": body.to, "way": body.way, "acknowledged": body.acknowledged}
    return draft.done("transferred", texts={"reason": body.reason}, **facts)


def refuse(matter: Matter, body: bodies.Refuse, context: Context) -> Decision:
    """Not accepted; a place may ask the shift lead to confirm first (D.2 3, 37)."""
    known = {refusal.code: refusal for refusal in context.profile.refusals}
    if body.code not in known:
        raise BadBody(
            field="code",
            zh="没有这种不予受理情形，可选：" + "、".join(f"{r.code}（{r.zh}）" for r in known.values()),
            en="No such refusal class. Known: " + ", ".join(known),
        )
    refusal = known[body.code]
    draft = Draft(matter, context)
    facts: dict[str, Any] = {"code": refusal.code, "route": refusal.route, "clause": refusal.basis.cite()}
    if context.profile.confirm_refusal:
        return draft.pend("refuse", facts).done(texts={"explanation": body.explanation}, **facts)
    return _refused(draft, facts).done("refused", texts={"explanation": body.explanation}, **facts)


def confirm_refusal(matter: Matter, body: bodies.Because, context: Context) -> Decision:
    """The shift lead agrees (D.2 37)."""
    pending = matter.order.pending
    if pending is None or pending.verb != "refuse":
        raise NotNow(zh="没有待确认的不予受理申请。", en="No refusal waits for confirmation.")
    draft = _refused(Draft(matter, context), pending.facts).set(pending=None)
    return draft.done("refused", texts={"reason": body.reason}, code=pending.facts["code"], asked_in=pending.seq)


def _refused(draft: Draft, facts: dict[str, Any]) -> Draft:
    draft.close_all("refused").set(refusal=facts["code"], handled_by="hotline")
    draft.open("quiet", draft.limit("archive_quiet"))
    return draft.effect("sms.refused", code=facts["code"])


def answer(matter: Matter, body: bodies.Answer, context: Context) -> Decision:
    """Answered by the hotline itself from something that can be cited (D.2 4)."""
    if body.knowledge_item is None and body.expert is None:
        raise BadBody(
            field="knowledge_item",
            zh="直接答复须引用知识库条目或专家座席意见。",
            en="A direct answer cites a knowledge item or an expert seat.",
        )
    direct = context.profile.acceptance.direct_answer
    if matter.order.kind not in direct.kinds and not body.reason:
        raise BadBody(
            field="reason",
            clause=direct.basis.cite(),
            zh="该类诉求一般应派单办理，直接答复请填写理由。",
            en="Matters of this kind are normally dispatched; give the reason for answering directly.",
        )
    draft = Draft(matter, context).close_all("answered")
    draft.set(
        handled_by="hotline",
        knowledge_item=body.knowledge_item,
        answer_seq=matter.order.version + 1,
        replied_at=context.now,
        closed_at=context.now,
    )
    draft.open("quiet", draft.limit("archive_quiet"))
    draft.stage("reply").stage("close").effect("sms.answered")
    texts = {"text": body.text, "reason": body.reason, "expert": body.expert}
    return draft.done("answered", texts=texts, knowledge_item=body.knowledge_item)


def prepare(matter: Matter, body: bodies.Prepare, context: Context) -> Decision:
    """Classed and placed, ready for the dispatcher (D.2 5). A corrected kind moves both clocks to its own limits."""
    draft = Draft(matter, context).set(category=body.category, area_code=body.area_code)
    if body.domain is not None:
        draft.set(domain=body.domain)
    if body.accused_unit is not None:
        draft.set(accused_unit=body.accused_unit)
    if body.kind is not None and body.kind != matter.order.kind:
        _correct_kind(draft, body.kind)
    facts: dict[str, Any] = {"category": body.category, "area_code": body.area_code, "kind": body.kind}
    return draft.done("pending_dispatch", **facts)


def _correct_kind(draft: Draft, kind: KindCode) -> None:
    order, context = draft.order, draft.context
    rule = context.profile.kinds[kind]
    draft.set(kind=kind)
    if order.statutory is None:
        draft.set(base_rule=rule.base.rule)
        draft.close("overall", "dispatch", outcome="superseded")
        overall = draft.open("overall", rule.base, start=order.registered_at)
        draft.set(overall_due_at=overall.due_at)
        draft.open("dispatch", dispatch_limit(kind, order.legal_process, context), start=order.registered_at)


def merge(matter: Matter, body: bodies.Merge, context: Context) -> Decision:
    """The child follows its parent; each caller keeps a reply and a rating of their own (D.2 26)."""
    policy = context.profile.flow.merge
    allowed = policy.repeats if body.relation == "repeat" else policy.clusters
    if allowed != "merge":
        raise NotNow(
            clause=policy.basis.cite(),
            zh="本地规则不允许此类并件。",
            en="This place does not merge orders of that relation.",
        )
    # No quiet time yet: it begins when the parent has ended and this caller was told (`closing.follow`).
    draft = Draft(matter, context).close_all("merged").set(merged_into=body.into)
    link = Link(parent=body.into, kind="merged")
    return draft.done("merged", link=link, into=body.into, relation=body.relation)


def check_target(child: Order, target: Order, above: tuple[str, ...]) -> None:
    """Whether ``child`` may follow ``target``; ``above`` are the orders the target itself follows, nearest first."""
    if target.number == child.number or child.number in above:
        raise BadBody(
            field="into",
            zh="不能并入自身或已并入本工单的工单。",
            en="An order cannot follow itself or one that follows it.",
        )
    if target.state in (*ENDED_EARLY, "archived"):
        raise BadBody(
            field="into",
            zh=f"目标工单 {target.number} 已办结或已并件，不能并入。",
            en="The target order has ended or is merged.",
        )


def supplement(matter: Matter, body: bodies.Supplement, context: Context) -> Decision:
    """More facts; the unit is told (D.2 35)."""
    draft = Draft(matter, context)
    if matter.order.lead_unit is not None:
        draft.effect("notice.supplement", unit=matter.order.lead_unit)
    return draft.done(texts={"text": body.text})


def withdraw(matter: Matter, body: bodies.Withdraw, context: Context) -> Decision:
    """The citizen takes it back; a report goes on where the public is concerned (D.2 25)."""
    order = matter.order
    going_on = context.profile.flow.withdraw_continues
    if order.kind in going_on.kinds:
        draft = Draft(matter, context)
        return draft.done(texts={"reason": body.reason}, verified_by=body.verified_by, goes_on=going_on.basis.cite())
    draft = Draft(matter, context).close_all("withdrawn").set(pending=None, extension_pending=None)
    if order.lead_unit is not None:
        draft.effect("notice.withdrawn", unit=order.lead_unit)
    draft.open("quiet", draft.limit("archive_quiet"))
    return draft.done("withdrawn", texts={"reason": body.reason}, verified_by=body.verified_by, goes_on=None)
