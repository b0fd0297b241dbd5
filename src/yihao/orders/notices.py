"""The inbox: what a unit, an account or the hotline of a branch is told about its orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final

import asyncpg
import msgspec

from yihao.people.scope import Actor
from yihao.store.db import Database
from yihao.store.relay import Message, Sender

TITLES: Final[dict[str, str]] = {
    "notice.assist": "有新的协办任务",
    "notice.assist_done": "协办单位已办结",
    "notice.breached": "任务已逾期",
    "notice.coordination": "请参加协调会议",
    "notice.dispatched": "有新的工单待签收",
    "notice.extension_rejected": "延期申请未获批准",
    "notice.final_rejected": "最终答复的提请未获同意",
    "notice.handed_in_ended": "本单位转来的诉求已有结果",
    "notice.handed_over": "有移交事项待确认接收",
    "notice.handed_up": "下级单位已办结，请审核",
    "notice.handover_declined": "联动单位退回移交事项",
    "notice.joint_supervision": "本单位参加联合督办",
    "notice.limit_set": "办理时限已改定",
    "notice.partner_feedback": "联动单位反馈办理情况",
    "notice.police_clue": "有恶意扰乱热线秩序的线索，请移交公安机关",
    "notice.recalled": "上级单位已收回下派的工单",
    "notice.redo": "工单需重办",
    "notice.redo_copy": "下级单位的工单被要求重办",
    "notice.reply_rejected": "答复被退回",
    "notice.return_rejected": "退单申请被驳回",
    "notice.supervision": "收到督办",
    "notice.supplement": "诉求人补充了情况",
    "notice.urged": "诉求人催办",
    "notice.withdrawn": "诉求人撤诉",
}
"""Chinese headline of each topic."""


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One notice in an inbox. ``read_at``: when the first of its readers saw it."""

    id: Annotated[int, msgspec.Meta(description="编号")]
    at: Annotated[datetime, msgspec.Meta(description="事件发生时间")]
    topic: Annotated[str, msgspec.Meta(description="主题，如 notice.dispatched")]
    title: Annotated[str, msgspec.Meta(description="标题")]
    number: Annotated[str | None, msgspec.Meta(description="工单编号")]
    unit_id: Annotated[int | None, msgspec.Meta(description="收件单位；空为热线")]
    body: Annotated[dict[str, Any], msgspec.Meta(description="事实，不含个人信息")]
    read_at: Annotated[datetime | None, msgspec.Meta(description="首次查看时间")]


# The event may be erased from the outbox later; its time is the business time. Without an order: nobody's branch.
_PUT = """
INSERT INTO notice (id, at, topic, number, path, unit_id, account_id, body)
SELECT m.id, coalesce(e.at, m.created_at), m.topic, m.number, coalesce(o.path, '/'), (m.body->>'unit')::int,
       (m.body->>'account')::int, m.body - 'unit' - 'account'
FROM jsonb_to_recordset($1::jsonb) AS m(id bigint, topic text, number text, seq int, body jsonb, created_at timestamptz)
LEFT JOIN LATERAL (SELECT path FROM work_order WHERE number = m.number LIMIT 1) o ON true
LEFT JOIN LATERAL (SELECT at FROM order_event WHERE number = m.number AND seq = m.seq LIMIT 1) e ON true
ON CONFLICT (id) DO NOTHING
"""


def notice_sender(database: Database) -> Sender:
    """The sender of ``notice.*``: into table ``notice``, once however often a message comes."""

    async def send(messages: Sequence[Message]) -> Mapping[int, str]:
        async with database.work() as connection:
            await connection.execute(_PUT, msgspec.json.encode(messages).decode())
        return {}

    return send


async def inbox(
    connection: asyncpg.Connection, *, after: int | None = None, unread: bool = False, limit: int = 50
) -> list[Notice]:
    """The caller's notices, newest first, below id ``after``; the wall shows its own alone."""
    rows = await connection.fetch(
        "SELECT id, at, topic, number, unit_id, body, read_at FROM notice "
        "WHERE id < $1 AND (read_at IS NULL OR NOT $2) ORDER BY id DESC LIMIT $3",
        *(after or 2**63 - 1, unread, limit),
    )
    return [
        Notice(
            **{**dict(row), "title": TITLES.get(row["topic"], row["topic"]), "body": msgspec.json.decode(row["body"])}
        )
        for row in rows
    ]


async def unread_count(connection: asyncpg.Connection, most: int = 100) -> int:
    """How many of the caller's notices nobody has seen, counted up to ``most``."""
    count: int = await connection.fetchval(
        "SELECT count(*) FROM (SELECT FROM notice WHERE read_at IS NULL LIMIT $1) AS unread", most
    )
    return count


async def mark_read(connection: asyncpg.Connection, actor: Actor, ids: Sequence[int], now: datetime) -> int:
    """Note that they were seen; answers how many were new. Others' are left alone by the wall."""
    done = await connection.execute(
        "UPDATE notice SET read_at = $2, read_by = $3 WHERE id = ANY ($1::bigint[]) AND read_at IS NULL",
        *(list(ids), now, actor.account),
    )
    return int(done.split()[-1])
