"""Handing a matter to an emergency number or a linked partner (联动单位), and what the receiver says to it.

The receiver takes it (acknowledge), gives it back with a reason (decline), or keeps silent until the desk takes it
back. Whoever got a matter first keeps it where neither would have it (首接先受理, 国办发〔2022〕12号).
"""

from __future__ import annotations

from typing import Any

from yihao.orders import bodies
from yihao.orders.decisions.ending import not_erased
from yihao.orders.decisions.limits import base_limit, dispatch_limit
from yihao.orders.draft import BadBody, Context, Decision, Draft, NotNow, plain
from yihao.orders.model import Matter, Order
from yihao.profile.merging import Partner


def transfer(matter: Matter, body: bodies.Transfer, context: Context) -> Decision:
    """Handed to an emergency number or a linked partner at once; it stays countable (D.2 2)."""
    facts: dict[str, Any] = {"way": body.way, "acknowledged": body.acknowledged}
    service = None
    if body.partner is not None:
        service = _check_partner(matter.order, body.partner, context)
        facts["partner"] = body.partner
    name = body.to or (context.tree.unit(body.partner).name if body.partner is not None else None)
    if name is None:
        raise BadBody(field="to", zh="请填写转往的号码，或选择联动单位。", en="Name the number or the linked partner.")
    draft = Draft(matter, context).close_all("transferred")
    draft.set(acknowledged=body.acknowledged, handled_by="transfer", pending=None, partner_unit=body.partner)
    to = plain(name)
    draft.effect("call.transfer", to=to, way=body.way)
    if body.partner is not None:
        draft.join(body.partner).effect("notice.handed_over", unit=body.partner)
    if body.acknowledged:
        # Acknowledged, it is archived: the clock does so at its next look.
        draft.open("quiet", draft.limit("archive_quiet"), at=context.now)
    else:
        draft.open("handover", draft.limit("handover"), unit=body.partner)
    emergency = name in context.profile.emergency_numbers or (service is not None and service.code == "emergency")
    return draft.done("transferred", texts={"reason": body.reason}, to=to, emergency=emergency, **facts)


def linked(context: Context) -> Partner:
    """The place's rule for the kind of service the partner in question belongs to.

    Raises:
        NotNow: not in the register of partners, its agreement not in force, or a kind the place is not linked with.
    """
    services = context.profile.merging.partners
    if context.linkage is None:
        raise NotNow(
            clause=services[0].basis.cite() if services else None,
            zh="该单位未登记为联动单位，或联动约定未生效、已到期、已停用，请先由管理机构登记。",
            en="The unit is no registered partner, or its agreement is not in force; the managing body registers it.",
        )
    for service in services:
        if service.code == context.linkage.kind:
            return service
    raise NotNow(
        clause=services[0].basis.cite() if services else None,
        zh="本地文件未列此类联动单位，可联动：" + "、".join(service.zh for service in services) + "。",
        en="This place is linked with: " + ", ".join(service.en for service in services) + ".",
    )


def _check_partner(order: Order, partner: int, context: Context) -> Partner:
    if partner not in context.tree.units or not context.tree.unit(partner).active:
        raise BadBody(field="partner", zh="没有这个联动单位，或其已停用，请重新选择。", en="No such partner in use.")
    service = linked(context)
    if order.secrecy == "confidential":
        raise BadBody(
            field="partner",
            zh="保密件不在平台上移交联动单位，请由有权人员线下移交并登记转往的号码。",
            en="A confidential order is not shown to a partner here: hand it over in person and name the number.",
        )
    if order.protected and service.code != "emergency":
        raise BadBody(
            field="partner",
            clause=context.profile.acceptance.protected.basis.cite(),
            zh="举报件不移交公共事业和生活服务单位，请派给有权查处的单位。",
            en="A report is not handed to a utility or a service; send it to an authority.",
        )
    rule = context.profile.acceptance.first_receiver
    if rule.on and partner in order.declined_by:
        raise NotNow(
            field="partner",
            clause=rule.basis.cite(),
            zh="该单位已说明理由退回本件：按首接先受理，由先接到的平台办理，不再移交同一单位。",
            en="That partner gave it back: who got the matter first takes it, and it is not handed there again.",
        )
    return service


def may_take_back(matter: Matter, context: Context) -> None:
    """What the receiver has taken is theirs."""
    if matter.order.acknowledged:
        raise NotNow(zh="对方已确认接收，不能收回。", en="The receiver has taken the matter on already.")


def take_back(matter: Matter, body: bodies.Because, context: Context) -> Decision:
    """The receiver would not have it, or keeps silent: who got it first takes it (acceptance.first_receiver)."""
    return _received_again(matter, context).done("received", texts={"reason": body.reason})


def _received_again(matter: Matter, context: Context) -> Draft:
    order = matter.order
    draft = Draft(matter, context).close("handover", outcome="declined")
    overall = draft.open("overall", base_limit(order, context))
    draft.open("dispatch", dispatch_limit(order, context))
    draft.set(handled_by=None, overall_due_at=overall.due_at, partner_unit=None)
    if order.partner_unit is not None and order.partner_unit != order.origin_unit:
        draft.leave(order.partner_unit)
    return draft


def may_acknowledge(matter: Matter, context: Context) -> None:
    """Once is enough."""
    if matter.order.acknowledged:
        raise NotNow(zh="本件已确认接收。", en="It was acknowledged already.")


def acknowledge(matter: Matter, body: bodies.Acknowledge, context: Context) -> Decision:
    """The partner takes the matter on; with that the order's life here ends, and the clock archives it."""
    draft = Draft(matter, context).close("handover").set(acknowledged=True)
    draft.open("quiet", draft.limit("archive_quiet"), at=context.now)
    reference = None if body.reference is None else plain(body.reference)
    return draft.done(texts={"note": body.note}, reference=reference)


def may_decline(matter: Matter, context: Context) -> None:
    """Not what was taken on, and not what the partner itself got first."""
    may_acknowledge(matter, context)
    order, rule = matter.order, context.profile.acceptance.first_receiver
    if rule.on and order.origin_unit is not None and order.origin_unit == order.partner_unit:
        raise NotNow(
            clause=rule.basis.cite(),
            zh="本件由贵单位首先接到并转来：按首接先受理，由贵单位办理，不能退回。",
            en="Your unit got this matter first and handed it in: who got it first takes it.",
        )


def decline(matter: Matter, body: bodies.Because, context: Context) -> Decision:
    """The partner says why it is not its matter; the desk has it again, with clocks of its own from now on."""
    order = matter.order
    draft = _received_again(matter, context)
    if order.partner_unit is not None:
        draft.set(declined_by=(*order.declined_by, order.partner_unit))
    draft.effect("notice.handover_declined", partner=order.partner_unit)
    return draft.done("received", texts={"reason": body.reason}, partner=order.partner_unit)


def may_feed_back(matter: Matter, context: Context) -> None:
    """Only on what was handed over and taken on, and is not erased."""
    order = matter.order
    resting = order.sealed_from if order.state == "archived" else order.state
    if resting != "transferred" or not order.acknowledged:
        raise NotNow(zh="请先确认接收，再反馈办理情况。", en="Acknowledge the hand-over first.")
    not_erased(order)


def feed_back(matter: Matter, body: bodies.FeedBack, context: Context) -> Decision:
    """What the partner tells of the matter; it stays in the one history of the order, archived or not."""
    draft = Draft(matter, context).effect("notice.partner_feedback", result=body.result)
    return draft.done(texts={"text": body.text}, result=body.result)
