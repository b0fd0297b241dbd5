"""Before dispatch: register, refuse, answer, prepare, merge, supplement, withdraw."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from yihao.orders import bodies
from yihao.orders.decisions import handover
from yihao.orders.decisions.limits import dispatch_limit, lane_of, urgency_of
from yihao.orders.draft import BadBody, Context, Decision, Draft, Link, NotHere, NotNow, plain
from yihao.orders.model import OPEN_STATES, Duty, Matter, Order
from yihao.people.model import ROLES
from yihao.profile.model import KindCode
from yihao.units.layers import is_rank
from yihao.units.model import LEVEL_ZH

EARLIEST: Final = datetime(1900, 1, 1, tzinfo=UTC)


def register(number: str, path: str, jurisdiction: int, appeal: bodies.Appeal, title: str, context: Context) -> Draft:
    """A new matter: the overall and the dispatch clock start. ``title`` is the redacted one.

    The dispatch clock counts from registration, not from classing: XS 三(四) measures from acceptance, and a
    classing that takes long must not hide a late dispatch.
    """
    check(appeal, context)
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
        legal_process=appeal.legal_process,
        enterprise=appeal.caller.kind == "enterprise",
        lane=lane_of(appeal.caller, context),
        origin_unit=context.unit,
    )
    draft = Draft(Matter(order=order, duties=()), context)
    draft.set(
        domain=appeal.domain,
        category=appeal.category,
        area_code=appeal.area_code,
        line=appeal.line,
        urgency=urgency_of(appeal.urgency, order.lane, context),
        secrecy="confidential" if secret else appeal.secrecy,
        title=title,
        accused_unit=appeal.accused_unit,
        anonymous=appeal.caller.anonymous,
        protected=appeal.kind in context.profile.acceptance.protected.kinds,
        parent=appeal.parent,
        profile=context.profile.name,
        profile_digest=context.profile.digest,
        calendar_digest=context.calendar.digest,
        base_rule=rule.base.rule,
    )
    overall = draft.open("overall", rule.base)
    draft.set(overall_due_at=overall.due_at)
    draft.open("dispatch", dispatch_limit(order, context))
    draft.stage("accept")
    draft.effect("sms.registered")
    return draft


def check(appeal: bodies.Appeal, context: Context) -> None:
    """Whether the matter may be registered by who registers it.

    Raises:
        BadBody, NotHere.
    """
    if appeal.in_petition:
        raise BadBody(
            field="in_petition",
            clause=_clause(context, "petition"),
            zh="该事项已进入信访渠道，不予受理，请告知诉求人通过原信访渠道查询办理情况。",
            en="The matter is already in the petition channel and is not accepted; tell the citizen to ask there.",
        )
    check_desk(appeal.channel, context)
    check_appeal(appeal, context)


def check_desk(channel: str, context: Context) -> None:
    """A level without a desk of its own registers nothing, and a place that does not answer its own calls none that
    came by phone (place.tiers, place.answering): taken above, handled below (ZJ 二(二)3 市级统一接听、属地按责承办).

    Raises:
        NotHere
    """
    place, role = context.profile.place, ROLES[context.role]
    if role.internal or role.kind != "hotline":
        return  # a citizen, a file, a unit's own seats
    node = context.tree.jurisdiction(context.actor.jurisdiction)
    if not is_rank(node.level, place.tiers.desks):
        raise NotHere(
            clause=place.tiers.basis.cite(),
            zh=f"{LEVEL_ZH[node.level]}不设热线平台，诉求由上级热线登记，{node.name}负责承办。",
            en="This level has no desk of its own: the hotline above registers, this place handles.",
        )
    if channel == "phone" and not is_rank(node.level, place.answering.levels):
        raise NotHere(
            clause=place.answering.basis.cite(),
            field="channel",
            zh=f"{node.name}的来电由上级热线统一接听登记，本级按责承办；自行接听须先录入本辖区的规则（answering）。",
            en="Calls of this place are taken and registered by the hotline above; to answer them here, give the "
            "place a layer that says so (answering).",
        )


def check_appeal(appeal: bodies.Appeal, context: Context) -> None:
    """What the place asks of every matter (XS 三(二)), and codes that must exist in its tree."""
    acceptance = context.profile.acceptance
    if context.role == "partner":
        handover.linked(context)
        if appeal.channel != "partner":
            raise BadBody(
                field="channel",
                zh="联动单位转来的诉求，来源渠道须为“联动单位”。",
                en="What a linked partner hands in comes through the channel “partner”.",
            )
    door = next((channel for channel in acceptance.channels if channel.code == appeal.channel), None)
    if door is not None and not door.on:
        raise BadBody(
            field="channel",
            clause=door.basis.cite(),
            zh=f"本地未开通“{door.zh}”渠道。",
            en=f"The channel “{door.en}” is shut here.",
        )
    check_domain(appeal.domain, context)
    if acceptance.domain_required and appeal.domain is None:
        clause = acceptance.domain_required.basis.cite()
        raise BadBody(field="domain", clause=clause, zh="请选择所属领域。", en="Choose the domain.")
    if appeal.caller.anonymous and not acceptance.anonymous:
        clause = acceptance.anonymous.basis.cite()
        raise BadBody(
            field="caller.anonymous", clause=clause, zh="本地不受理匿名诉求。", en="This place asks for a name."
        )
    check_places(appeal.category, appeal.area_code, appeal.accused_unit, context)
    _check_occurred(appeal.occurred_at, context)


def _check_occurred(at: datetime | None, context: Context) -> None:
    """What is reported has happened; a day is left for wrong clocks. Years before 1900 are slips of the key."""
    if at is not None and not EARLIEST < at < context.now + timedelta(days=1):
        raise BadBody(
            field="occurred_at",
            zh="事发时间须在1900年以后，且不晚于登记时间，请核对。",
            en="It must have happened after 1900 and before now. Check the time.",
        )


def check_domain(domain: str | None, context: Context) -> None:
    """The field of government is one the place knows."""
    known = {one.code: one.zh for one in context.profile.domains}
    if domain is not None and domain not in known:
        raise BadBody(
            field="domain",
            zh="本地没有这一领域，可选：" + "、".join(f"{code}（{zh}）" for code, zh in known.items()),
            en="Not a domain known here: " + ", ".join(known),
        )


def check_places(category: str | None, area_code: str | None, accused: int | None, context: Context) -> None:
    """Category, area and unit exist in the tree."""
    tree = context.tree
    if category is not None and (category not in tree.categories or not tree.categories[category].active):
        raise BadBody(
            field="category", zh=f"没有事项分类“{plain(category)}”，请重新选择。", en="There is no such category."
        )
    if area_code is not None and tree.area(area_code) is None:
        raise BadBody(
            field="area_code",
            zh=f"区划代码 {area_code} 不在本平台辖区之内，请核对；事发地在外地的请告知当地12345。",
            en=f"Area {area_code} is not within the jurisdictions served here.",
        )
    if accused is not None and accused not in tree.units:
        raise BadBody(field="accused_unit", zh="没有这个被反映单位，请重新选择。", en="There is no such unit.")


def _clause(context: Context, word: str) -> str | None:
    for refusal in context.profile.refusals:
        if word in refusal.code:
            return refusal.basis.cite()
    return None


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
    actions = {outcome.code: outcome.action for outcome in context.profile.acceptance.outcomes}
    facts: dict[str, Any] = {
        "code": refusal.code,
        "route": refusal.route,
        "clause": refusal.basis.cite(),
        "action": actions[refusal.outcome],
    }
    texts = {"explanation": body.explanation}
    draft.set(refused_by=(context.actor.account,))
    if context.profile.confirm_refusal and context.role != "shift_lead":
        draft.open("refusal_confirm", draft.limit("refusal_confirm"))
        return draft.pend("refuse", facts).done(texts=texts, **facts)
    return _refused(draft, facts).done("refused", texts=texts, **facts)


def confirm_refusal(matter: Matter, body: bodies.ConfirmRefusal, context: Context) -> Decision:
    """The shift lead agrees, or has the matter taken on after all (D.2 37)."""
    pending = matter.order.pending
    if pending is None or pending.verb != "refuse":
        raise NotNow(zh="没有待确认的不予受理申请。", en="No refusal waits for confirmation.")
    draft = Draft(matter, context).close("refusal_confirm").set(pending=None)
    facts: dict[str, Any] = {"code": pending.facts["code"], "asked_in": pending.seq, "approve": body.approve}
    if not body.approve:
        return draft.done(texts={"reason": body.reason}, **facts)
    draft.set(refused_by=(*matter.order.refused_by, context.actor.account))
    return _refused(draft, pending.facts).done("refused", texts={"reason": body.reason}, **facts)


def _refused(draft: Draft, facts: dict[str, Any]) -> Draft:
    draft.close_all("refused").set(refusal=facts["code"], handled_by="hotline")
    draft.open("quiet", draft.limit("archive_quiet"))
    if facts.get("action") == "police":  # 国办函〔2025〕66号 二(二): the clues of a malicious call go to the police
        draft.effect("notice.police_clue", code=facts["code"])
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
        pending=None,
        knowledge_item=body.knowledge_item,
        answer_seq=matter.order.version + 1,
        replied_at=context.now,
        closed_at=context.now,
    )
    if drawn(matter.order.number, context):
        draft.open("revisit", draft.limit("revisit_start"))
    draft.open("quiet", draft.limit("archive_quiet"))
    draft.stage("reply").stage("close").effect("sms.answered")
    texts = {"text": body.text, "reason": body.reason, "expert": body.expert}
    return draft.done("answered", texts=texts, knowledge_item=body.knowledge_item)


def drawn(number: str, context: Context) -> bool:
    """Whether a direct answer is revisited (D.2 20): all of them, or the share the place draws, by running number."""
    rule = context.profile.flow.revisit
    return "direct_answer" not in rule.skips or int(number[14:20]) % 100 < rule.sample_percent


def prepare(matter: Matter, body: bodies.Prepare, context: Context) -> Decision:
    """Classed and placed, ready for the dispatcher (D.2 5), or classed anew after a return. A corrected kind moves both
    clocks to its own limits; so does the dispatch clock of what turns out to be an enforcement case or none. Citizens
    cannot tell either, nor how urgent their matter is."""
    check_places(body.category, body.area_code, body.accused_unit, context)
    check_domain(body.domain, context)
    draft = Draft(matter, context).close("refusal_confirm", "final_decision", outcome="superseded").set(pending=None)
    draft.set(category=body.category, area_code=body.area_code)
    if body.domain is not None:
        draft.set(domain=body.domain)
    if body.accused_unit is not None:
        draft.set(accused_unit=body.accused_unit)
    if body.urgency is not None:
        draft.set(urgency=urgency_of(body.urgency, matter.order.lane, context))
    kind = body.kind or matter.order.kind
    enforcement = matter.order.legal_process if body.legal_process is None else body.legal_process
    if kind != matter.order.kind:
        _correct_kind(draft, kind)
    if enforcement != matter.order.legal_process:
        draft.set(legal_process=enforcement)
    _move_dispatch(draft, msgspec.structs.replace(matter.order, kind=kind, legal_process=enforcement))
    facts: dict[str, Any] = {"category": body.category, "area_code": body.area_code, "kind": body.kind}
    facts |= {name: said for name in ("urgency", "legal_process") if (said := getattr(body, name)) is not None}
    return draft.done("pending_dispatch", **facts)


def _correct_kind(draft: Draft, kind: KindCode) -> None:
    order, context = draft.order, draft.context
    protected = context.profile.acceptance.protected
    if kind in protected.kinds and not order.protected:
        # Their identity must stand in the store of its own from the first moment, and in no index.
        raise BadBody(
            field="kind",
            clause=protected.basis.cite(),
            zh="举报人身份须自登记起单独保管：请按举报重新登记，再将本件并入新工单。",
            en="A reporter's identity is kept apart from registration on: register the matter anew as a report, "
            "then merge this order into it.",
        )
    draft.set(kind=kind)
    if order.statutory is not None:
        return
    rule = context.profile.kinds[kind]
    overall = draft.matter.duty("overall")
    draft.set(base_rule=rule.base.rule)
    if overall is not None and not _missed(overall, context):
        again = draft.close("overall", outcome="superseded").open("overall", rule.base, start=overall.opened_at)
        draft.set(overall_due_at=again.due_at)


def _move_dispatch(draft: Draft, corrected: Order) -> None:
    """The dispatch clock under the limit of what the matter turned out to be, from where it started."""
    owed, limit = draft.matter.duty("dispatch"), dispatch_limit(corrected, draft.context)
    if owed is None or _missed(owed, draft.context):
        return
    if (owed.rule, owed.clause) != (limit.rule, limit.basis.cite()):
        draft.close("dispatch", outcome="superseded").open("dispatch", limit, start=owed.opened_at)


def _missed(duty: Duty, context: Context) -> bool:
    """A clock that has run out is moved no more: a class corrected afterwards does not make it met."""
    return duty.breached_at is not None or (duty.paused_at or context.now) > duty.due_at


def merge(matter: Matter, body: bodies.Merge, context: Context) -> Decision:
    """The child follows its parent; each caller keeps a reply and a rating of their own (D.2 26)."""
    policy = context.profile.flow.merge
    allowed = policy.repeats if body.relation == "repeat" else policy.clusters
    way = "link" if body.link and allowed == "merge" else allowed
    facts: dict[str, Any] = {"into": body.into, "relation": body.relation, "way": way}
    if way == "off":
        raise NotNow(
            clause=policy.basis.cite(),
            zh="本地规则不允许此类并件。",
            en="This place does not merge orders of that relation.",
        )
    if way == "link":
        # Bound to each other, each handled and answered by itself (66号 三(五)).
        return Draft(matter, context).done(link=Link(parent=body.into, kind=body.relation), **facts)
    # No quiet time yet: it begins when the parent has ended and this caller was told (`closing.follow`).
    draft = Draft(matter, context).close_all("merged").set(merged_into=body.into, pending=None)
    return draft.done("merged", link=Link(parent=body.into, kind="merged"), **facts)


def check_target(child: Order, target: Order, above: tuple[str, ...], *, follows: bool = True) -> None:
    """Whether ``child`` may follow ``target``; ``above`` are the orders the target itself follows, nearest first.

    A target is under way, or ended in a final answer: later calls on it are closed by reference (D.2 27). What is only
    bound to it (``follows`` false) is handled by itself, so that it may have ended in any way.
    """
    if target.number == child.number or child.number in above:
        raise BadBody(
            field="into",
            zh="不能并入自身或已并入本工单的工单。",
            en="An order cannot follow itself or one that follows it.",
        )
    if not follows:
        return
    resting = target.sealed_from if target.state == "archived" else target.state
    if target.state not in OPEN_STATES and resting != "final":
        raise BadBody(
            field="into",
            zh=f"目标工单 {target.number} 已办结或已并件，不能并入；对办理结果不满意的请回访重办，"
            "再次来电的请选“仅关联”。",
            en="The target order has ended or is merged. A dissatisfied caller is revisited and the order redone; "
            "a new call on it is bound to it only.",
        )
    if child.accused_unit is not None and child.accused_unit in (target.lead_unit, *target.assist_units):
        raise BadBody(
            field="into",
            zh="目标工单由本件的被反映单位办理，不能并入。",
            en="The target is handled by the unit this order complains of.",
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
