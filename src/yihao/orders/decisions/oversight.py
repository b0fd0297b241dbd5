"""From outside the handling: supervision, urging, coordination, and what the clock finds."""

from __future__ import annotations

from typing import Any

from yihao.orders import bodies
from yihao.orders.decisions.who import accused_party
from yihao.orders.draft import BadBody, Context, Decision, Draft, NotNow
from yihao.orders.model import WAITS, Matter, Order
from yihao.profile.model import SupervisionLevel, SupervisionTool
from yihao.seal.chain import timestamp

HIGHEST = 5


def supervise(matter: Matter, body: bodies.Supervise, context: Context) -> Decision:
    """A step of supervision; the unit owes an answer within the step's limit (D.2 23, XS 六(四))."""
    order, step = matter.order, _step(matter.order, body, context)
    if body.level < order.supervision_level:
        raise BadBody(field="level", zh="督办级别只升不降。", en="Supervision never goes down a step.")
    draft = Draft(matter, context).close("supervision", outcome="superseded").stage("supervise")
    draft.open("supervision", draft.limit(step.answer), unit=order.lead_unit)
    draft.set(supervision_level=body.level)
    if order.lead_unit is not None:
        draft.effect("notice.supervision", unit=order.lead_unit, level=body.level)
    for unit in body.units:
        draft.effect("notice.joint_supervision", unit=unit, level=body.level)
    facts: dict[str, Any] = {"level": body.level, "tool": body.tool, "wrong": body.wrong}
    if body.units:
        facts["units"] = list(body.units)
    return draft.done(texts={"demand": body.demand}, **facts)


def _step(order: Order, body: bodies.Supervise, context: Context) -> SupervisionLevel:
    """The step asked for; the tool belongs to it and the wrong is one the place knows."""
    rules = context.profile.supervision
    step = next((step for step in rules.levels if step.code == str(body.level)), None)
    if step is None:
        raise BadBody(field="level", zh="本地没有这一级督办。", en="This place has no such step of supervision.")
    tools, wrongs = {tool.code: tool for tool in rules.tools}, {wrong.code: wrong.zh for wrong in rules.wrongs}
    tool = tools.get(body.tool) if body.tool is not None else None
    if body.tool is not None and tool is None:
        raise BadBody(
            field="tool",
            zh="没有这种督办方式，可选：" + "、".join(f"{t.code}（{t.zh}）" for t in tools.values()),
            en="No such tool. Known: " + ", ".join(tools),
        )
    if tool is not None and tool.level != step.code:
        raise BadBody(
            field="tool",
            zh=f"“{tool.zh}”不是第{step.code}级（{step.zh}）的督办方式。",
            en=f"That tool does not belong to step {step.code}.",
        )
    if body.wrong is not None and body.wrong not in wrongs:
        raise BadBody(
            field="wrong",
            zh="没有这种问责情形，可选：" + "、".join(f"{code}（{zh}）" for code, zh in wrongs.items()),
            en="No such wrong. Known: " + ", ".join(wrongs),
        )
    _check_together(order, body, tool, context)
    return step


def _check_together(order: Order, body: bodies.Supervise, tool: SupervisionTool | None, context: Context) -> None:
    """Who supervises together is named, and nobody is where the tool is one body's own (联合督办, QY 二(三)2)."""
    joint = tool is not None and tool.joint
    if joint and not body.units:
        raise BadBody(
            field="units",
            clause=tool.basis.cite() if tool else None,
            zh="联合督办须写明由哪些单位共同督办。",
            en="Joint supervision names the units that issue it together.",
        )
    if body.units and not joint:
        raise BadBody(
            field="units", zh="只有联合督办才填写联合督办单位。", en="Only joint supervision names such units."
        )
    for unit in body.units:
        if unit not in context.tree.units:
            raise BadBody(field="units", zh="没有这个单位，请重新选择。", en="There is no such unit. Choose another.")
        if accused_party(order, unit, context):
            raise BadBody(
                field="units",
                clause=context.profile.flow.accused.basis.cite(),
                zh="被反映单位及其下属不得参加督办。",
                en="The unit complained of, and those below it, do not supervise.",
            )


def answer_supervision(matter: Matter, body: bodies.Opinion, context: Context) -> Decision:
    """The unit's answer, or the hotline's while no unit has the order."""
    if matter.duty("supervision") is None:
        raise NotNow(zh="没有待答复的督办。", en="No supervision waits for an answer.")
    draft = Draft(matter, context).close("supervision")
    return draft.done(texts={"text": body.text}, unit=context.unit)


def may_urge(matter: Matter, context: Context) -> None:
    """So many a day are counted (D.2 24)."""
    rule = context.profile.flow.urge
    order = matter.order
    if order.urged_on == context.today.isoformat() and order.urged_today >= rule.per_day:
        raise NotNow(
            clause=rule.basis.cite(),
            zh=f"今天已催办 {order.urged_today} 次，承办单位已收到提醒，请明天再催。",
            en="Urged today already; the unit has been told.",
        )


def urge(matter: Matter, body: bodies.Because, context: Context) -> Decision:
    """The citizen presses; the unit is warned, no new order is made (D.2 24)."""
    may_urge(matter, context)
    order, today = matter.order, context.today.isoformat()
    times = order.urged_today + 1 if order.urged_on == today else 1
    draft = Draft(matter, context).set(urges=order.urges + 1, urged_on=today, urged_today=times)
    if matter.order.lead_unit is not None:
        draft.effect("notice.urged", unit=matter.order.lead_unit)
    return draft.done(texts={"reason": body.reason})


def coordinate(matter: Matter, body: bodies.Coordinate, context: Context) -> Decision:
    """A joint meeting bound to the order (协调, D.2 38)."""
    for unit in body.units:
        context.tree.unit(unit)
    draft = Draft(matter, context).stage("coordinate")
    for unit in body.units:
        draft.effect("notice.coordination", unit=unit)
    return draft.done(texts={"minutes": body.minutes}, units=list(body.units))


def breach(matter: Matter, body: bodies.Breach, context: Context) -> Decision:
    """The clock found duties past their due: recorded once, and everybody concerned is told.

    An unanswered supervision rises one step where the place says so.
    """
    draft = Draft(matter, context)
    found = []
    for duty in matter.duties:
        waits = duty.kind in WAITS or duty.paused_at is not None
        if duty.no in body.duties and duty.breached_at is None and not waits and duty.due_at < context.now:
            draft.alter(duty, breached_at=duty.due_at)
            found.append(duty.no)
            draft.effect("notice.breached", unit=duty.unit_id, duty=duty.kind)
            level = matter.order.supervision_level
            if duty.kind == "supervision" and context.profile.supervision.rises and level < HIGHEST:
                _rise(draft, level + 1)
    if not found:
        raise NotNow(zh="没有逾期的任务。", en="No duty is past its due.")
    return draft.done(duties=found)


def _rise(draft: Draft, level: int) -> None:
    steps = {step.code: step for step in draft.context.profile.supervision.levels}
    step = steps.get(str(level))
    if step is None:
        return
    draft.close("supervision", outcome="unanswered")
    draft.open("supervision", draft.limit(step.answer), unit=draft.order.lead_unit)
    draft.set(supervision_level=level)


def recalculate(matter: Matter, body: bodies.Recalculate, context: Context) -> Decision:
    """The working calendar changed under open duties (D.3 2); a due that was missed already stays missed."""
    draft = Draft(matter, context).set(calendar_digest=body.calendar_digest)
    moved: dict[str, list[str]] = {}
    for duty in matter.duties:
        due = body.dues.get(duty.no)
        if due is None or due == duty.due_at or duty.breached_at is not None:
            continue
        draft.alter(duty, due_at=due)
        moved[str(duty.no)] = [timestamp(duty.due_at), timestamp(due)]
        if duty.kind == "overall":
            draft.set(overall_due_at=due)
        elif duty.kind == "handling" and duty.unit_id == matter.order.lead_unit:
            draft.set(due_at=due)
    return draft.done(moved=moved, before=matter.order.calendar_digest)
