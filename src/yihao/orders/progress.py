"""What a citizen is told of the own matter: plain words, the public steps, the reply once it is released."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

import asyncpg
import msgspec

from yihao.orders.model import Order
from yihao.orders.private import open_texts
from yihao.orders.reading import READS
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
APPEALED: Final[tuple[Stage, str]] = ("reviewing", "您的复核申请已收到，正在由原决定人以外的人员复核。")
STEPS: Final = {
    "register": "受理",
    "dispatch": "转交承办单位",
    "adjudicate": "转交承办单位",
    "sub_dispatch": "转交下级单位",
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
}
"""Steps a citizen sees; inner ones (reviews, disputes, supervision) are not his concern."""
CITIZEN: Final = {
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
    may: Annotated[
        list[Literal["supplement", "urge", "withdraw", "rating", "review"]],
        says("What the citizen may do now. 现在可以进行的操作。", ["supplement", "urge"]),
    ]


async def progress(connection: asyncpg.Connection, desk: Desk, portal: Actor, number: str) -> Progress:
    """How the matter stands; the caller has shown its query code."""
    matter, _ = await load(connection, number)
    order = matter.order
    place = await desk.places.at(connection, order.path)
    now = max(desk.clock(), order.last_at)
    appeal = matter.duty("appeal_decision")
    stage, sentence = SENTENCES[order.state] if appeal is None else APPEALED
    unit = place.tree.unit(order.lead_unit).name if order.lead_unit else "承办单位"
    events = await connection.fetch(READS["history"], number)
    ways = available(
        matter,
        portal,
        place.profile.for_line(order.line),
        lambda way: place.context(now, portal, way.role, unit=way.unit, line=order.line),
    )
    return Progress(
        number=order.number,
        title=order.title,
        stage=stage,
        sentence=sentence.format(unit=unit),
        registered_at=order.registered_at.astimezone(UTC),
        expected_by=appeal.due_at.astimezone(UTC) if appeal is not None else _expected(order),
        steps=[_step(event) for event in events if event["verb"] in STEPS and _public(event)],
        reply=await _reply(connection, desk, order, events),
        may=[CITIZEN[way.edge.verb] for way in ways if way.edge.verb in CITIZEN],  # type: ignore[misc]  # the table's words
    )


def _expected(order: Order) -> datetime | None:
    open_ = (
        order.closed_at is None and order.state in SENTENCES and SENTENCES[order.state][0] not in ("ended", "answered")
    )
    return order.overall_due_at.astimezone(UTC) if open_ and order.overall_due_at else None


def _public(event: asyncpg.Record) -> bool:
    """A final answer that was turned down stays inside."""
    return bool(event["verb"] != "finalise" or event["to_state"] == "final")


def _step(event: asyncpg.Record) -> Step:
    text = None
    if event["verb"] == "progress" and msgspec.json.decode(event["facts"]).get("public"):
        text = _shown(event).get("text")
    return Step(at=event["at"], what=STEPS[event["verb"]], text=text)


def _shown(event: asyncpg.Record) -> dict[str, Any]:
    return msgspec.json.decode(event["redacted"]) if event["redacted"] else {}


async def _reply(
    connection: asyncpg.Connection, desk: Desk, order: Order, events: list[asyncpg.Record]
) -> ReleasedReply | None:
    """The reply in force: the unit's once the hotline released it, the hotline's own, or the words of a refusal."""
    if order.state == "refused":
        last = next((event for event in reversed(events) if event["verb"] in ("refuse", "uphold_refusal")), None)
        return _said(last, "explanation") if last else None
    if order.state == "final":
        last = next((event for event in events if event["seq"] == order.final_seq), None)
        return _said(last, "finding") if last else None
    if order.closed_at is None:
        return None
    if order.merged_into is not None:
        return await _parents(connection, order.merged_into)
    seq = order.answer_seq if order.answer_seq is not None else order.reply_seq
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


async def _parents(connection: asyncpg.Connection, number: str) -> ReleasedReply | None:
    """The reply to the order this one was merged into, masked: it may speak of another caller."""
    parent = (await load(connection, number))[0].order
    seq = parent.answer_seq if parent.answer_seq is not None else parent.reply_seq
    if parent.closed_at is None or seq is None:
        return None
    row = await connection.fetchrow(SQL["private"], number, seq)
    texts: dict[str, Any] = msgspec.json.decode(row["redacted"]) if row else {}
    return ReleasedReply(
        at=parent.closed_at.astimezone(UTC), text=texts.get("text", ""), legal_basis=texts.get("legal_basis")
    )
