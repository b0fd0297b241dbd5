"""What a citizen is told of the own matter: plain words, the public steps, the reply once it is released."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

import asyncpg

from yihao.orders import attachments
from yihao.orders.model import OPEN_STATES, Order
from yihao.orders.packing import unpacked
from yihao.orders.private import open_texts
from yihao.orders.reading import READS
from yihao.orders.rows import facts_of
from yihao.orders.rules import available
from yihao.orders.service import Desk, load
from yihao.orders.statements import SQL
from yihao.orders.views import Out, says
from yihao.people.scope import Actor

Stage = Literal["accepted", "assigned", "handling", "reviewing", "replied", "answered", "handed_over", "ended"]
SENTENCES: Final[dict[str, tuple[Stage, str]]] = {
    "received": ("accepted", "您的诉求已受理，热线正在处理。"),
    "pending_dispatch": ("accepted", "您的诉求已受理，正在确定承办单位。"),
    "dispatched": ("assigned", "您的诉求已转交{unit}，等待签收。"),
    "signed": ("handling", "{unit}正在办理您的诉求。"),
    "return_review": ("assigned", "承办单位正在重新核定，请稍候。"),
    "paused": ("handling", "{unit}正在办理，因客观情况暂时中止计时，条件具备后继续办理。"),
    "replied": ("reviewing", "承办单位已办理完毕，热线正在审核答复。"),
    "closed": ("replied", "您的诉求已办结，答复如下，欢迎评价。"),
    "revisiting": ("replied", "您的诉求已办结，正在回访，欢迎评价。"),
    "archived": ("ended", "您的诉求已办结归档。"),
    "answered": ("answered", "热线已直接答复您的诉求，答复如下，欢迎评价。"),
    "refused": ("ended", "您的诉求不属于本热线受理范围，说明如下。"),
    "transferred": ("handed_over", "您的诉求已转交相关热线或单位处理。"),
    "withdrawn": ("ended", "您已撤回诉求。"),
    "merged": ("handling", "您的诉求与同类诉求合并办理，办结后一并答复。"),
    "final": ("ended", "您的诉求已作最终答复。"),
}
INVITED: Final = "，欢迎评价"
THANKED: Final = "，感谢您的评价"
"""What stands instead of an invitation once the citizen has rated."""
APPEALED: Final[tuple[Stage, str]] = ("reviewing", "您的复核申请已收到，正在由原决定人以外的人员复核。")
STEPS: Final = {
    "register": "受理",
    "dispatch": "转交承办单位",
    "adjudicate": "转交承办单位",
    "sub_dispatch": "转交下级单位",
    "recall": "收回由上级单位办理",
    "escalate": "提级办理",
    "sign": "承办单位签收",
    "progress": "办理进展",
    "approve_reply": "答复并办结",
    "answer": "热线答复",
    "transfer": "转交相关热线或单位",
    "take_back": "收回办理",
    "supplement": "您补充了情况",
    "urge": "您催办了一次",
    "withdraw": "您申请撤回",
    "rate": "您作了评价",
    "redo": "重新办理",
    "reopen": "重新受理",
    "finalise": "最终答复",
    "appeal_refusal": "您申请复核",
    "uphold_refusal": "复核决定：维持不予受理",
    "merge": "并入同类诉求一并办理",
    "follow": "随同类诉求办结",
}
"""Steps a citizen sees; inner ones (reviews, disputes, supervision) are not his concern."""
OUTSIDE: Final = {"finalise": "final", "merge": "merged"}
"""Verbs that are a step for the citizen only where they lead to that state."""
ALONE_AGAIN: Final = "恢复单独办理"
TOGETHER: Final = "您的诉求已与同类诉求合并办理。"
FOLLOWED: Final[dict[str, tuple[Stage, str]]] = {
    "closed": ("replied", "您的诉求已随同类诉求办结，答复如下，欢迎评价。"),
    "answered": ("replied", "热线已就同类诉求一并答复，答复如下，欢迎评价。"),
    "final": ("ended", "您的诉求已随同类诉求作最终答复，答复如下。"),
    "refused": ("ended", "合并办理的诉求不属于本热线受理范围，说明如下。"),
    "transferred": ("handed_over", "您的诉求已随同类诉求转交相关热线或单位处理。"),
    "withdrawn": ("ended", "您已撤回合并办理的诉求。"),
}
"""How a merged order stands once the one it follows has ended (`followers.ENDED`)."""
SAID_IN: Final = {"final": "finding", "refused": "explanation"}
"""Where the words to the citizen stand, by how the order ended; else they are a reply's ``text``."""
Way = Literal["supplement", "urge", "withdraw", "rating", "review"]
CITIZEN: Final[dict[str, Way]] = {
    "supplement": "supplement",
    "urge": "urge",
    "withdraw": "withdraw",
    "rate": "rating",
    "appeal_refusal": "review",
}
"""Verb to the path under which the citizen does it."""


class Step(Out, frozen=True, kw_only=True):
    """A public step."""

    at: Annotated[datetime, says("When. 时间。")]
    what: Annotated[str, says("What happened. 事项。", "承办单位签收")]
    text: Annotated[str | None, says("What the unit said of it, identifying spans masked. 说明。")] = None


class ReleasedReply(Out, frozen=True, kw_only=True):
    """The reply to the citizen."""

    at: Annotated[datetime, says("When it was given. 答复时间。")]
    text: Annotated[str, says("The reply. 答复内容。")]
    legal_basis: Annotated[str | None, says("Law or policy it rests on. 法律政策依据。")] = None


class ShownFile(Out, frozen=True, kw_only=True):
    """A file the citizen may open."""

    id: Annotated[str, says("Id. 附件编号。")]
    name: Annotated[str, says("File name as uploaded. 文件名。", "路灯.png")]
    media_type: Annotated[str, says("Media type found from the content. 文件类型。", "image/png")]
    size: Annotated[int, says("Size in bytes. 字节数。")]
    at: Annotated[datetime, says("When it was uploaded. 上传时间。")]
    own: Annotated[bool, says("Brought by the citizen; else it came with the reply. 是否诉求人自己提供。")]


class Progress(Out, frozen=True, kw_only=True):
    """How the matter stands."""

    number: Annotated[str, says("Number. 工单编号。", "202601055328000000017")]
    title: Annotated[str, says("Title, identifying spans masked. 标题。", "路灯不亮")]
    stage: Annotated[Stage, says("How far it is. 阶段。", "handling")]
    sentence: Annotated[str, says("The same in plain words. 进度说明。", "示范州建设局正在办理您的诉求。")]
    registered_at: Annotated[datetime, says("When it was taken. 受理时间。")]
    expected_by: Annotated[datetime | None, says("When it should be closed, while it is open. 预计办结时间。")]
    steps: Annotated[list[Step], says("Public steps, oldest first. 办理过程。")]
    reply: Annotated[ReleasedReply | None, says("The reply, once released. 答复，审核后可见。")]
    files: Annotated[list[ShownFile], says("Files of the own, and of the released reply. 附件。")]
    may: Annotated[
        list[Way],
        says("What the citizen may do now. 现在可以进行的操作。", ["supplement", "urge"]),
    ]


async def progress(connection: asyncpg.Connection, desk: Desk, portal: Actor, number: str) -> Progress:
    """How the matter stands; the caller has shown its query code."""
    matter, _ = await load(connection, number)
    order = matter.order
    place = await desk.places.at(connection, order.path)
    now = max(desk.clock(), order.last_at)
    appeal = matter.duty("appeal_decision")
    events = await connection.fetch(READS["history"], number)
    head = await _head(connection, order)
    stage, sentence = SENTENCES[order.state] if appeal is None else APPEALED
    if order.state == "merged":
        stage, sentence = _merged(order, head, events)
    unit = place.tree.unit(head.lead_unit).name if head.lead_unit else "承办单位"
    ways = available(
        matter,
        portal,
        place.profile.for_line(order.line),
        lambda way: place.context(now, portal, way.role, unit=way.unit, line=order.line),
    )
    may = [CITIZEN[way.edge.verb] for way in ways if way.edge.verb in CITIZEN]
    if "rating" not in may:
        sentence = sentence.replace(INVITED, THANKED if order.ratings else "")
    return Progress(
        number=order.number,
        title=order.title,
        stage=stage,
        sentence=sentence.format(unit=unit),
        registered_at=order.registered_at.astimezone(UTC),
        expected_by=appeal.due_at.astimezone(UTC) if appeal is not None else _expected(order, head),
        steps=[_step(event) for event in events if event["verb"] in STEPS and _public(event)],
        reply=await _reply(connection, desk, order, events),
        files=await shown_files(connection, desk, portal, order),
        may=may,
    )


async def shown_files(connection: asyncpg.Connection, desk: Desk, portal: Actor, order: Order) -> list[ShownFile]:
    """The files of a matter its citizen may open: the own, and those of the reply once it is released."""
    found = await attachments.for_citizen(connection, desk.ring, order.number, portal.account, _reply_seq(order))
    return [
        ShownFile(id=one.id, name=one.name, media_type=one.media_type, size=one.size, at=one.at, own=own)
        for one, own in found
    ]


def _reply_seq(order: Order) -> int | None:
    """The step that holds the released reply of the order itself."""
    resting = order.sealed_from if order.state == "archived" else order.state
    if order.closed_at is None or order.merged_into is not None or resting in ("refused", "final"):
        return None
    return order.answer_seq if order.answer_seq is not None else order.reply_seq


def _merged(order: Order, head: Order, events: list[asyncpg.Record]) -> tuple[Stage, str]:
    """How a merged order stands: as the one that is handled for it, until it was told the end of that one."""
    facts = _followed(events)
    if order.closed_at is not None and facts is not None:
        return FOLLOWED[facts["state"]]
    if head.state in OPEN_STATES:
        stage, sentence = SENTENCES[head.state]
        return stage, TOGETHER + sentence
    return SENTENCES["merged"]


def _expected(order: Order, head: Order) -> datetime | None:
    """When the matter should be closed; a merged one with the order that is handled for it."""
    open_ = order.closed_at is None and SENTENCES[head.state][0] not in ("ended", "answered")
    return head.overall_due_at.astimezone(UTC) if open_ and head.overall_due_at else None


def _public(event: asyncpg.Record) -> bool:
    """A final answer that was turned down, or an order that is only bound to another, stays inside."""
    return bool(event["to_state"] == OUTSIDE.get(event["verb"], event["to_state"]))


def _step(event: asyncpg.Record) -> Step:
    text = None
    if event["verb"] == "progress" and facts_of(event).get("public"):
        text = _shown(event).get("text")
    alone = event["verb"] == "follow" and event["to_state"] != "merged"
    return Step(at=event["at"], what=ALONE_AGAIN if alone else STEPS[event["verb"]], text=text)


def _shown(event: asyncpg.Record) -> dict[str, Any]:
    return unpacked(event["redacted"])


async def _reply(
    connection: asyncpg.Connection, desk: Desk, order: Order, events: list[asyncpg.Record]
) -> ReleasedReply | None:
    """The reply in force: the unit's once the hotline released it, the hotline's own, or the words of a refusal."""
    resting = order.sealed_from if order.state == "archived" else order.state
    if resting == "refused":
        last = next((event for event in reversed(events) if event["verb"] in ("refuse", "uphold_refusal")), None)
        return _said(last, "explanation") if last else None
    if resting == "final":
        last = next((event for event in events if event["seq"] == order.final_seq), None)
        return _said(last, "finding") if last else None
    if order.closed_at is None:
        return None
    if order.merged_into is not None:
        facts = _followed(events)
        return await _parents(connection, order, facts) if facts else None
    seq = _reply_seq(order)
    row = await connection.fetchrow(SQL["private"], order.number, seq) if seq is not None else None
    if row is None or row["sealed"] is None:
        return None
    # To the citizen himself, so unmasked.
    texts, _ = open_texts(desk.ring, order.number, seq or 0, row["sealed"])
    return ReleasedReply(
        at=order.closed_at.astimezone(UTC), text=texts.get("text", ""), legal_basis=texts.get("legal_basis")
    )


def _said(event: asyncpg.Record, field: str) -> ReleasedReply | None:
    text = _shown(event).get(field)
    return ReleasedReply(at=event["at"], text=text) if text else None


async def _head(connection: asyncpg.Connection, order: Order) -> Order:
    """The order that is handled for this one: the end of the chain of merges, itself when it follows nobody."""
    while order.merged_into is not None:
        order = (await load(connection, order.merged_into))[0].order
    return order


def _followed(events: list[asyncpg.Record]) -> dict[str, Any] | None:
    """What a merged order was last told of its parent's end (`closing.follow`): ``parent``, ``state``, ``reply_in``."""
    last = next((event for event in reversed(events) if event["verb"] == "follow"), None)
    return facts_of(last) if last is not None else None


async def _parents(connection: asyncpg.Connection, order: Order, facts: dict[str, Any]) -> ReleasedReply | None:
    """The reply to the order this one was merged into, masked: it may speak of another caller. A parent that itself
    follows another has its reply there."""
    while facts["reply_in"] is None:
        events = await connection.fetch(READS["history"], facts["parent"])
        above = _followed(events)
        if above is None:
            return None
        facts = above
    row = await connection.fetchrow(SQL["private"], facts["parent"], facts["reply_in"])
    texts = unpacked(row["redacted"]) if row else {}
    text = texts.get(SAID_IN.get(facts["state"], "text"))
    if text is None or order.closed_at is None:
        return None
    return ReleasedReply(at=order.closed_at.astimezone(UTC), text=text, legal_basis=texts.get("legal_basis"))
