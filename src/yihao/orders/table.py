"""The life of a work order as one table: from which states, by which verb, to which state, by which roles, holding
what, under which limit, and why the row is so. ``rules`` reads it; nothing else changes an order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal

import msgspec

from yihao.orders import bodies
from yihao.orders.decisions import closing, dispatch, ending, handling, handover, intake, oversight, who
from yihao.orders.draft import Context, Decision, NotNow
from yihao.orders.model import OPEN_STATES, STATES, Matter
from yihao.profile.model import Basis, LimitKey, Profile

Holder = Literal["hotline", "lead", "above", "assist", "partner"]
Decide = Callable[[Matter, Any, Context], Decision]
Guard = Callable[[Matter, Context], None]
OPEN: Final = tuple(state for state in STATES if state in OPEN_STATES)
INTAKE: Final = ("agent", "online_agent", "shift_lead")
# Spec E: a sub-centre works "as unit + own intake"; a linked partner and a service company take orders as units do.
_AS_UNIT: Final = ("subcentre_agent", "partner", "company")
RECEIVERS: Final = ("unit_receiver", *_AS_UNIT)
HANDLERS: Final = ("unit_handler", "unit_reviewer", *_AS_UNIT)
OFFICERS: Final = ("unit_receiver", *HANDLERS)
LINKED: Final = ("partner", "unit_receiver", "unit_handler", "unit_reviewer")
"""Who speaks for a linked partner: its own account, or the officers of a utility that takes orders as a unit too."""
_FINALISED_FROM: Final = ("received", "closed", "revisiting")
REVIEWERS: Final = ("dispatcher", "shift_lead", "manager")


def _loop(profile: Profile) -> Basis:
    return profile.flow.stages.basis


def _supervising(profile: Profile) -> Basis:
    return next(
        (tool.basis for tool in profile.supervision.tools if tool.level == "2"), profile.supervision.rises.basis
    )


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """One row. ``row`` is its number in the domain's list of transitions; ``why`` the reason it exists or is so.

    ``target`` is the usual next state, ``None`` when the order stays. ``holder`` says what the actor must hold: a role
    of the hotline, the lead, or an assisting part. ``limit`` is the time it is under; ``basis`` where the rule stands
    when there is none: by default the place's list of stages. ``when`` leaves the row out where a profile does not know
    it. ``family``: the guard looks at the repeats of the matter too, which the service counts for it.
    """

    verb: str
    row: int
    zh: str
    en: str
    source: tuple[str, ...]
    target: str | None
    roles: tuple[str, ...]
    body: type[bodies.Body]
    decide: Decide
    holder: Holder = "hotline"
    guard: Guard | None = None
    limit: LimitKey | None = None
    basis: Callable[[Profile], Basis] = _loop
    when: Callable[[Profile], bool] | None = None
    family: bool = False
    why: str = ""


def _pending_refusal(matter: Matter, context: Context) -> None:
    if matter.order.pending is None or matter.order.pending.verb != "refuse":
        raise NotNow(zh="没有待确认的不予受理申请。", en="No refusal waits for confirmation.")


def _disputed(matter: Matter, context: Context) -> None:
    order, rule = matter.order, context.profile.flow.adjudication
    unclear = order.returns > 0 or order.dispatches >= rule.transfers
    if order.state == "pending_dispatch" and not unclear and not who.first_answers(order, context.profile):
        raise NotNow(clause=rule.basis.cite(), zh="没有退单争议，无须裁定。", en="Nothing is disputed; dispatch it.")
    if order.state == "signed" and order.returns_rejected < context.profile.returns.max_rejected:
        raise NotNow(
            clause=rule.basis.cite(),
            zh=f"退单被驳回满 {context.profile.returns.max_rejected} 次的，才由管理机构会商裁定。",
            en="The managing body decides when that many returns were rejected.",
        )
    if rule.meeting and (unclear or order.state != "pending_dispatch") and order.stages.get("coordinate") != "done":
        raise NotNow(
            clause=rule.basis.cite(),
            zh="本地规定先经会议协调：请先登记“协调”，再裁定承办单位。",
            en="A joint meeting comes first here: record the coordination, then decide.",
        )


def _idle(matter: Matter, context: Context) -> None:
    if matter.order.pending is not None:
        raise NotNow(
            zh="有事项正待本单位审核，请先审核。", en="Something waits for the unit's reviewer; decide it first."
        )


def _both(*guards: Guard) -> Guard:
    def check(matter: Matter, context: Context) -> None:
        for guard in guards:
            guard(matter, context)

    return check


def _extension_asked(matter: Matter, context: Context) -> None:
    if matter.order.extension_pending is None:
        raise NotNow(zh="没有待审批的延期申请。", en="No extension waits for a decision.")


def _supervised(matter: Matter, context: Context) -> None:
    owed = matter.duty("supervision")
    # A unit's is answered by who leads now, the hotline's by the hotline.
    if owed is None or (owed.unit_id is None) != (context.unit is None):
        raise NotNow(zh="没有待您答复的督办。", en="No supervision waits for your answer.")


def _assists_open(matter: Matter, context: Context) -> None:
    if matter.duty("assist") is None:
        raise NotNow(zh="没有在办的协办任务。", en="No assisting unit is at work.")


def _unsigned_assist(matter: Matter, context: Context) -> None:
    if matter.duty("assist_sign", context.unit) is None:
        raise NotNow(zh="本单位没有待签收的协办任务。", en="No assisting part waits for signing.")


def _own_assist(matter: Matter, context: Context) -> None:
    if matter.duty("assist", context.unit) is None:
        raise NotNow(zh="本单位没有在办的协办任务。", en="Your unit has no assisting part under way.")


def _bad_rating(matter: Matter, context: Context) -> None:
    if not matter.order.bad_rating:
        raise NotNow(zh="没有待认定的差评。", en="No bad rating waits for a finding.")


def _confirms(profile: Profile) -> bool:
    return profile.confirm_refusal


def _manager_decides(profile: Profile) -> bool:
    return profile.flow.final.manager_decides


def _first_receiver(profile: Profile) -> bool:
    return profile.acceptance.first_receiver.on


def _overrides(profile: Profile) -> bool:
    return profile.flow.override.on


def _returns_above(profile: Profile) -> bool:
    return profile.flow.passed_down.returns == "above"


def _coordinates(profile: Profile) -> bool:
    return any(stage.code == "coordinate" for stage in profile.stages)


TABLE: Final[tuple[Edge, ...]] = (
    Edge(
        verb="transfer",
        row=2,
        zh="转紧急/联动热线",
        en="Transfer",
        source=("received", "pending_dispatch"),
        target="transferred",
        roles=(*INTAKE, "dispatcher", "subcentre_agent"),
        body=bodies.Transfer,
        decide=handover.transfer,
        basis=lambda p: p.acceptance.emergency.basis,
        why="also from pending_dispatch: a dispatcher may be the first to see an emergency",
    ),
    Edge(
        verb="take_back",
        row=42,
        zh="收回办理",
        en="Take back",
        source=("transferred",),
        target="received",
        roles=(*INTAKE, "dispatcher", "subcentre_agent"),
        body=bodies.Because,
        decide=handover.take_back,
        guard=handover.may_take_back,
        when=_first_receiver,
        basis=lambda p: p.acceptance.first_receiver.basis,
        why="the receiver would not have it: 首接先受理, nobody's matter falls between two hotlines",
    ),
    Edge(
        verb="acknowledge",
        row=43,
        zh="确认接收",
        en="Acknowledge",
        source=("transferred",),
        target=None,
        roles=LINKED,
        holder="partner",
        body=bodies.Acknowledge,
        decide=handover.acknowledge,
        guard=handover.may_acknowledge,
        limit="handover",
        why="the partner's own word that it took the matter; the clock then archives the order",
    ),
    Edge(
        verb="decline_handover",
        row=44,
        zh="退回移交",
        en="Give the hand-over back",
        source=("transferred",),
        target="received",
        roles=LINKED,
        holder="partner",
        body=bodies.Because,
        decide=handover.decline,
        guard=handover.may_decline,
        limit="handover",
        why="with its reason; the desk has the matter again, and does not hand it there twice where 首接先受理 holds",
    ),
    Edge(
        verb="feed_back",
        row=45,
        zh="反馈办理情况",
        en="Tell what became of it",
        source=("transferred", "archived"),
        target=None,
        roles=LINKED,
        holder="partner",
        body=bodies.FeedBack,
        decide=handover.feed_back,
        guard=handover.may_feed_back,
        basis=lambda p: p.merging.partners[0].basis if p.merging.partners else p.acceptance.emergency.basis,
        why="also after archiving, which the acknowledgement brings: the citizen's matter has one history",
    ),
    Edge(
        verb="refuse",
        row=3,
        zh="不予受理",
        en="Refuse",
        source=("received",),
        target="refused",
        roles=(*INTAKE, "subcentre_agent"),
        body=bodies.Refuse,
        decide=intake.refuse,
        guard=_idle,
        basis=lambda p: p.refusals[0].basis,
    ),
    Edge(
        verb="confirm_refusal",
        row=37,
        zh="确认不予受理",
        en="Confirm refusal",
        source=("received",),
        target="refused",
        roles=("shift_lead",),
        body=bodies.ConfirmRefusal,
        decide=intake.confirm_refusal,
        guard=_pending_refusal,
        limit="refusal_confirm",
        when=_confirms,
        why="or takes the matter on after all: it then stays received",
    ),
    Edge(
        verb="answer",
        row=4,
        zh="直接答复",
        en="Answer",
        source=("received",),
        target="answered",
        roles=(*INTAKE, "expert", "subcentre_agent"),
        body=bodies.Answer,
        decide=intake.answer,
        basis=lambda p: p.acceptance.direct_answer.basis,
    ),
    Edge(
        verb="prepare",
        row=5,
        zh="转派准备",
        en="Prepare for dispatch",
        source=("received",),
        target="pending_dispatch",
        roles=(*INTAKE, "dispatcher", "subcentre_agent"),
        body=bodies.Prepare,
        decide=intake.prepare,
        limit="dispatch",
    ),
    Edge(
        verb="prepare",
        row=5,
        zh="更正分类",
        en="Class anew",
        source=("pending_dispatch",),
        target=None,
        roles=("dispatcher", "shift_lead"),
        body=bodies.Prepare,
        decide=intake.prepare,
        limit="dispatch",
        why="spec E: the dispatcher classifies; what came back from a unit was often classed wrongly",
    ),
    Edge(
        verb="dispatch",
        row=6,
        zh="派单",
        en="Dispatch",
        source=("pending_dispatch",),
        target="dispatched",
        roles=("dispatcher", "shift_lead"),
        body=bodies.Dispatch,
        decide=dispatch.dispatch,
        limit="dispatch",
    ),
    Edge(
        verb="sign",
        row=7,
        zh="签收",
        en="Sign",
        source=("dispatched",),
        target="signed",
        roles=RECEIVERS,
        holder="lead",
        body=bodies.Empty,
        decide=dispatch.sign,
        limit="sign",
    ),
    Edge(
        verb="sign",
        row=7,
        zh="协办签收",
        en="Sign the assisting part",
        source=("dispatched", "signed", "return_review", "paused"),
        target=None,
        roles=RECEIVERS,
        holder="assist",
        body=bodies.Empty,
        decide=dispatch.sign,
        guard=_unsigned_assist,
        limit="sign",
        why="an assisting unit signs its own part, whenever the lead signs",
    ),
    Edge(
        verb="return",
        row=8,
        zh="申请退单",
        en="Return",
        source=("dispatched", "signed"),
        target="return_review",
        roles=OFFICERS,
        holder="lead",
        body=bodies.Return,
        decide=dispatch.give_back,
        guard=_both(_idle, dispatch.may_return),
        limit="return_window",
        why="which of the two states is the profile's (returns.from_states)",
    ),
    Edge(
        verb="approve_return",
        row=9,
        zh="同意退单",
        en="Approve the return",
        source=("return_review",),
        target="pending_dispatch",
        roles=REVIEWERS,
        body=bodies.Because,
        decide=dispatch.approve_return,
        guard=dispatch.may_grant,
        limit="return_review",
        why="one asked for after the window needs the manager (returns.late); an order that was passed down goes back "
        "to the unit above, signed",
    ),
    Edge(
        verb="reject_return",
        row=10,
        zh="驳回退单",
        en="Reject the return",
        source=("return_review",),
        target="signed",
        roles=REVIEWERS,
        body=bodies.Because,
        decide=dispatch.reject_return,
        limit="return_review",
        why="back to dispatched when the place lets an unsigned order be returned",
    ),
    Edge(
        verb="approve_return",
        row=9,
        zh="同意下级退回",
        en="Take it back from the unit below",
        source=("return_review",),
        target="signed",
        roles=OFFICERS,
        holder="above",
        body=bodies.Because,
        decide=dispatch.approve_return,
        limit="return_review",
        when=_returns_above,
        why="分级负责: who passed it down knows whether the unit below is the right one; it then has the order again",
    ),
    Edge(
        verb="reject_return",
        row=10,
        zh="驳回下级退回",
        en="Leave it with the unit below",
        source=("return_review",),
        target="signed",
        roles=OFFICERS,
        holder="above",
        body=bodies.Because,
        decide=dispatch.reject_return,
        limit="return_review",
        when=_returns_above,
    ),
    Edge(
        verb="adjudicate",
        row=11,
        zh="裁定承办单位",
        en="Adjudicate",
        source=("return_review", "pending_dispatch", "signed"),
        target="dispatched",
        roles=("manager",),
        body=bodies.Adjudicate,
        decide=dispatch.adjudicate,
        guard=_disputed,
        basis=lambda p: p.flow.adjudication.basis,
        why="also from pending_dispatch: after a granted return nobody may be left to own it, and a matter that starts "
        "again is taken from its first unit by the managing body alone (首办责任); from signed when so many returns "
        "were rejected that a joint decision takes their place (D.2 10)",
    ),
    Edge(
        verb="assist",
        row=12,
        zh="增加协办",
        en="Add an assisting unit",
        source=("dispatched", "signed"),
        target=None,
        roles=("dispatcher", "manager"),
        body=bodies.Assist,
        decide=dispatch.assist,
        limit="assist_margin",
    ),
    Edge(
        verb="assist",
        row=12,
        zh="请求协办",
        en="Ask a unit to assist",
        source=("signed",),
        target=None,
        roles=HANDLERS,
        holder="lead",
        body=bodies.Assist,
        decide=dispatch.assist,
        limit="assist_margin",
    ),
    Edge(
        verb="waive_assist",
        row=36,
        zh="免除协办",
        en="Waive an assisting part",
        source=("dispatched", "signed"),
        target=None,
        roles=("manager",),
        body=bodies.Assist,
        decide=dispatch.waive_assist,
        guard=_assists_open,
    ),
    Edge(
        verb="assist_done",
        row=12,
        zh="协办办结",
        en="Finish the assisting part",
        source=("dispatched", "signed", "paused", "return_review"),
        target=None,
        roles=HANDLERS,
        holder="assist",
        body=bodies.Opinion,
        decide=dispatch.assist_done,
        guard=_own_assist,
        limit="assist_margin",
    ),
    Edge(
        verb="sub_dispatch",
        row=31,
        zh="下派",
        en="Pass down",
        source=("signed",),
        target="dispatched",
        roles=OFFICERS,
        holder="lead",
        body=bodies.SubDispatch,
        decide=dispatch.sub_dispatch,
        guard=_idle,
        limit="assist_margin",
    ),
    Edge(
        verb="recall",
        row=46,
        zh="收回下派",
        en="Recall from the unit below",
        source=("dispatched", "signed"),
        target="signed",
        roles=OFFICERS,
        holder="above",
        body=bodies.Because,
        decide=dispatch.recall,
        guard=_idle,
        basis=lambda p: p.flow.passed_down.basis,
        why="the unit above answers for the limit: what lies still below it takes back, a step at a time",
    ),
    Edge(
        verb="progress",
        row=13,
        zh="登记联系/进展",
        en="Record progress",
        source=("signed", "paused"),
        target=None,
        roles=HANDLERS,
        holder="lead",
        body=bodies.Progress,
        decide=handling.progress,
        limit="first_contact",
    ),
    Edge(
        verb="request_extension",
        row=14,
        zh="申请延期",
        en="Request an extension",
        source=("signed",),
        target=None,
        roles=HANDLERS,
        holder="lead",
        body=bodies.RequestExtension,
        decide=handling.request_extension,
        guard=_both(_idle, handling.may_extend),
        basis=lambda p: p.kinds["complaint"].extension.basis,
    ),
    Edge(
        verb="decide_extension",
        row=15,
        zh="审批延期",
        en="Decide the extension",
        source=("signed", "dispatched", "paused", "return_review"),
        target=None,
        roles=("manager",),
        body=bodies.DecideExtension,
        decide=handling.decide_extension,
        guard=_extension_asked,
        limit="extension_decision",
        why="the request waits for its decision wherever the order has gone meanwhile",
    ),
    Edge(
        verb="pause",
        row=16,
        zh="挂起",
        en="Pause",
        source=("signed",),
        target="paused",
        roles=("manager",),
        body=bodies.Pause,
        decide=handling.pause,
        limit="pause_max",
    ),
    Edge(
        verb="pause",
        row=16,
        zh="复核挂起",
        en="Review the pause",
        source=("paused",),
        target=None,
        roles=("manager",),
        body=bodies.Pause,
        decide=handling.pause,
        limit="pause_review",
        why="every 15 days somebody says that the ground still stands; the longest pause is not moved by it",
    ),
    Edge(
        verb="resume",
        row=16,
        zh="恢复办理",
        en="Resume",
        source=("paused",),
        target="signed",
        roles=("manager", "clock"),
        body=bodies.Because,
        decide=handling.resume,
        basis=lambda p: p.flow.pause.basis,
        why="the clock resumes by itself when the longest pause ends",
    ),
    Edge(
        verb="reply",
        row=17,
        zh="答复",
        en="Reply",
        source=("signed",),
        target="replied",
        roles=HANDLERS,
        holder="lead",
        body=bodies.Reply,
        decide=handling.reply,
        guard=_both(_idle, handling.may_reply),
        basis=lambda p: p.kinds["complaint"].base.basis,
    ),
    Edge(
        verb="unit_approve",
        row=34,
        zh="单位审核通过",
        en="Unit review: pass",
        source=("dispatched", "signed"),
        target=None,
        roles=("unit_reviewer",),
        holder="lead",
        body=bodies.Empty,
        decide=handling.unit_approve,
        guard=handling.may_review,
        basis=lambda p: p.flow.unit_review.basis,
        why="the order moves where the reviewed act leads: replied, return_review, or stays",
    ),
    Edge(
        verb="unit_reject",
        row=34,
        zh="单位审核退回",
        en="Unit review: send back",
        source=("dispatched", "signed"),
        target=None,
        roles=("unit_reviewer",),
        holder="lead",
        body=bodies.Because,
        decide=handling.unit_reject,
        guard=handling.may_review,
        basis=lambda p: p.flow.unit_review.basis,
    ),
    Edge(
        verb="approve_reply",
        row=18,
        zh="审核通过并办结",
        en="Release the reply and close",
        source=("replied",),
        target="closed",
        roles=REVIEWERS,
        body=bodies.Because,
        decide=closing.approve_reply,
        limit="review",
    ),
    Edge(
        verb="reject_reply",
        row=19,
        zh="审核退回",
        en="Send the reply back",
        source=("replied",),
        target="signed",
        roles=REVIEWERS,
        body=bodies.Because,
        decide=closing.reject_reply,
        limit="review",
    ),
    Edge(
        verb="revisit",
        row=20,
        zh="回访",
        en="Revisit",
        source=("closed", "revisiting", "answered"),
        target="revisiting",
        roles=("revisit_clerk",),
        body=bodies.Revisit,
        decide=closing.revisit,
        guard=closing.may_revisit,
        limit="revisit_start",
        why="from answered only when drawn as a sample",
    ),
    Edge(
        verb="rate",
        row=21,
        zh="评价",
        en="Rate",
        source=("closed", "revisiting", "answered", "merged"),
        target="archived",
        roles=("revisit_clerk", "portal"),
        body=bodies.Rate,
        decide=closing.rate,
        guard=closing.may_rate,
        limit="rating_wait",
        why="a bad rating stays in revisiting; a satisfied one of a direct answer, and any of a merged order, leaves "
        "the state as it is (each caller rates)",
    ),
    Edge(
        verb="redo",
        row=22,
        zh="重办",
        en="Redo",
        source=("revisiting",),
        target="signed",
        roles=("revisit_clerk", "supervisor", "manager"),
        body=bodies.Because,
        decide=closing.redo,
        guard=closing.may_redo,
        basis=lambda p: p.flow.redo.basis,
        why="signed in one step; what the hotline answered itself is received again, since no unit had it",
    ),
    Edge(
        verb="decline_redo",
        row=22,
        zh="不予重办",
        en="Decline to redo",
        source=("revisiting",),
        target="archived",
        roles=("supervisor", "shift_lead", "manager"),
        body=bodies.Because,
        decide=closing.decline_redo,
        guard=_bad_rating,
        basis=lambda p: p.flow.redo.basis,
    ),
    Edge(
        verb="supervise",
        row=23,
        zh="督办",
        en="Supervise",
        source=OPEN,
        target=None,
        roles=("supervisor", "manager"),
        body=bodies.Supervise,
        decide=oversight.supervise,
        basis=_supervising,
    ),
    Edge(
        verb="answer_supervision",
        row=23,
        zh="答复督办",
        en="Answer the supervision",
        source=OPEN,
        target=None,
        roles=HANDLERS,
        holder="lead",
        body=bodies.Opinion,
        decide=oversight.answer_supervision,
        guard=_supervised,
        basis=_supervising,
    ),
    Edge(
        verb="answer_supervision",
        row=23,
        zh="热线答复督办",
        en="Answer the supervision (hotline)",
        source=OPEN,
        target=None,
        roles=REVIEWERS,
        body=bodies.Opinion,
        decide=oversight.answer_supervision,
        guard=_supervised,
        basis=_supervising,
        why="before a unit has the order, the hotline owes the answer",
    ),
    Edge(
        verb="urge",
        row=24,
        zh="催办",
        en="Urge",
        source=OPEN,
        target=None,
        roles=(*INTAKE, "revisit_clerk", "portal"),
        body=bodies.Because,
        decide=oversight.urge,
        guard=oversight.may_urge,
        basis=lambda p: p.flow.urge.basis,
    ),
    Edge(
        verb="supplement",
        row=35,
        zh="补充",
        en="Supplement",
        source=OPEN,
        target=None,
        roles=(*INTAKE, "subcentre_agent", "portal"),
        body=bodies.Supplement,
        decide=intake.supplement,
    ),
    Edge(
        verb="withdraw",
        row=25,
        zh="撤诉",
        en="Withdraw",
        source=OPEN,
        target="withdrawn",
        roles=(*INTAKE, "portal"),
        body=bodies.Withdraw,
        decide=intake.withdraw,
        basis=lambda p: p.flow.withdraw_continues.basis,
    ),
    Edge(
        verb="merge",
        row=26,
        zh="并件",
        en="Merge",
        source=("received", "pending_dispatch"),
        target="merged",
        roles=(*INTAKE, "dispatcher"),
        body=bodies.Merge,
        decide=intake.merge,
        basis=lambda p: p.flow.merge.basis,
    ),
    Edge(
        verb="propose_final",
        row=27,
        zh="提请最终答复",
        en="Propose a final answer",
        source=("closed",),
        target=None,
        roles=HANDLERS,
        holder="lead",
        body=bodies.ProposeFinal,
        decide=ending.propose_final,
        guard=ending.may_propose,
        limit="final_decision",
        family=True,
        why="from the so-manieth order on one fact (flow.repeat); where units review, their reviewer proposes",
    ),
    Edge(
        verb="propose_final",
        row=27,
        zh="热线提请最终答复",
        en="Propose a final answer (hotline)",
        source=("received",),
        target=None,
        roles=("dispatcher", "shift_lead"),
        body=bodies.ProposeFinal,
        decide=ending.propose_final,
        guard=ending.may_propose,
        limit="final_decision",
        family=True,
        why="a repeat that no unit has; its dispatch clock goes on, and preparing it drops the proposal",
    ),
    Edge(
        verb="finalise",
        row=27,
        zh="最终答复",
        en="Final answer",
        source=_FINALISED_FROM,
        target="final",
        roles=("manager",),
        body=bodies.Finalise,
        decide=ending.finalise,
        guard=ending.may_finalise,
        limit="final_decision",
        when=_manager_decides,
        why="stays when the proposal is turned down; from revisiting when the citizen rated meanwhile",
    ),
    Edge(
        verb="finalise",
        row=27,
        zh="最终答复",
        en="Final answer",
        source=_FINALISED_FROM,
        target="final",
        roles=REVIEWERS,
        body=bodies.Finalise,
        decide=ending.finalise,
        guard=ending.may_finalise,
        limit="final_decision",
        when=lambda p: not _manager_decides(p),
        why="where the place leaves it to any reviewer of the hotline (flow.final.manager_decides)",
    ),
    Edge(
        verb="appeal_refusal",
        row=3,
        zh="申请复核",
        en="Appeal against the refusal",
        source=("refused",),
        target=None,
        roles=(*INTAKE, "portal"),
        body=bodies.Because,
        decide=ending.appeal_refusal,
        guard=ending.may_appeal,
        limit="appeal_decision",
        why="so many times (acceptance.refusal_appeals), while the order is not archived",
    ),
    Edge(
        verb="uphold_refusal",
        row=3,
        zh="维持不予受理",
        en="Uphold the refusal",
        source=("refused",),
        target=None,
        roles=("manager",),
        body=bodies.UpholdRefusal,
        decide=ending.uphold_refusal,
        guard=ending.may_uphold,
        limit="appeal_decision",
        why="by a person who had no part in the refusal; upheld is the appeal by `reopen`",
    ),
    Edge(
        verb="escalate",
        row=29,
        zh="提级办理",
        en="Escalate",
        source=("signed", "revisiting"),
        target="dispatched",
        roles=("manager",),
        body=bodies.Escalate,
        decide=dispatch.escalate,
        guard=closing.may_escalate,
        basis=lambda p: p.flow.escalation.basis,
        why="also from revisiting: at most two redos are allowed, so the third goes to a higher unit instead",
    ),
    Edge(
        verb="set_limit",
        row=32,
        zh="改定时限",
        en="Set a statutory limit",
        source=OPEN,
        target=None,
        roles=("manager",),
        body=bodies.SetLimit,
        decide=handling.set_limit,
        when=_overrides,
        basis=lambda p: p.flow.override.basis,
    ),
    Edge(
        verb="coordinate",
        row=38,
        zh="协调",
        en="Coordinate",
        source=OPEN,
        target=None,
        roles=("manager", "supervisor", "dispatcher"),
        body=bodies.Coordinate,
        decide=oversight.coordinate,
        when=_coordinates,
    ),
    Edge(
        verb="reopen",
        row=33,
        zh="重启",
        en="Reopen",
        source=("refused", "final", "archived"),
        target="received",
        roles=("manager",),
        body=bodies.Reopen,
        decide=ending.reopen,
        basis=lambda p: p.acceptance.refusal_appeals.basis,
        why="an appeal against a refusal is upheld only when it was asked for, by a person who had no part in refusing",
    ),
    Edge(
        verb="archive",
        row=30,
        zh="归档",
        en="Archive",
        source=("closed", "answered", "refused", "transferred", "withdrawn", "merged", "final", "revisiting"),
        target="archived",
        roles=("clock", "manager", "shift_lead"),
        body=bodies.Archive,
        decide=closing.archive,
        limit="archive_quiet",
        why="from revisiting when nobody rated in time; from transferred when the receiver acknowledged",
    ),
    Edge(
        verb="unseal",
        row=30,
        zh="解封",
        en="Unseal",
        source=("archived",),
        target=None,
        roles=("manager",),
        body=bodies.Because,
        decide=closing.unseal,
        limit="archive_quiet",
        why="the order goes back to the state it was archived from",
    ),
    Edge(
        verb="breach",
        row=23,
        zh="逾期",
        en="Past due",
        source=tuple(STATES),
        target=None,
        roles=("clock",),
        body=bodies.Breach,
        decide=oversight.breach,
        why="overdue is no state: the clock only records that a duty was missed, for the figures and the reminders",
    ),
    Edge(
        verb="recalculate",
        row=39,
        zh="日历调整",
        en="Calendar changed",
        source=tuple(STATES),
        target=None,
        roles=("clock",),
        body=bodies.Recalculate,
        decide=oversight.recalculate,
        why="a new year's notice moves open dues (spec D.3 2); each order records by how much",
    ),
    Edge(
        verb="follow",
        row=40,
        zh="随主单办理",
        en="Follow the parent",
        source=("merged",),
        target=None,
        roles=("clock",),
        body=bodies.Follow,
        decide=closing.follow,
        basis=lambda p: p.flow.merge.basis,
        why="D.2 26: the child follows its parent. When the parent ends, each child's caller is told and may rate; "
        "when it was withdrawn, another caller's child is received again: no matter ends by another person's word",
    ),
    Edge(
        verb="erase",
        row=41,
        zh="依法删除个人信息",
        en="Erase personal data",
        source=("archived",),
        target=None,
        roles=("manager",),
        body=bodies.Erase,
        decide=closing.erase,
        guard=closing.may_erase,
        why="个人信息保护法 第四十七条. Only when the matter is over; the managing body handles the data, and a "
        "second person consents (the service asks for it): what is erased cannot be brought back",
    ),
)
