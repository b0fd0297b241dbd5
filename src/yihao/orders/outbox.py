"""Messages that must leave the house: what waits, what died, and trying a dead one again.

Who may: 系统管理员 and 管理机构. Delivery is a technical matter, so it belongs to the administrator, who has no
business data: a row here holds a topic, an order number and the transport's error, never a text or a caller. The
managing body answers for notices that do not arrive, so it sees them too. Both see their own branch alone.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

import asyncpg
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter
from litestar.status_codes import HTTP_200_OK

from yihao.errors import Conflict, NotFound
from yihao.orders.door import Visit
from yihao.orders.notices import TITLES
from yihao.orders.reading import READS
from yihao.orders.views import Out, says
from yihao.people.problem import refusals
from yihao.people.scope import require
from yihao.people.views import INT8
from yihao.store.audit import audit_in

KEEPERS: Final = ("admin", "manager")
Status = Literal["pending", "no_sender", "sent", "dead"]
STATUSES: Final[tuple[Status, ...]] = ("dead", "pending", "no_sender", "sent")


class NotDead(Conflict):
    """Only a message that was given up is tried again by hand."""

    code = "not_dead"
    zh = "该消息现为“{status}”，只有多次失败的消息才能重新发送。"
    en = "The message is {status}; only a dead one can be tried again."


class Message(Out, frozen=True, kw_only=True):
    """A message to somebody outside; without its text, which its sender looks up behind the seal."""

    id: Annotated[int, says("Id. 编号。", 901)]
    topic: Annotated[str, says("What it says to whom: notice.dispatch, sms.reply ... 主题。", "notice.dispatch")]
    label: Annotated[str | None, says("What a notice within the house says. 提醒内容。", "有新的工单待签收")] = None
    number: Annotated[str | None, says("The order it speaks of. 工单编号。", "202601055328000000017")]
    seq: Annotated[int | None, says("The step it speaks of. 办理步骤。", 3)]
    status: Annotated[str, says("pending, no_sender (nobody sends it yet), sent, dead. 状态。", "dead")]
    attempts: Annotated[int, says("Tries so far. 已试次数。", 8)]
    next_at: Annotated[datetime | None, says("Next try. 下次发送时间。")]
    error: Annotated[str | None, says("Why the last try failed. 失败原因。")]
    created_at: Annotated[datetime, says("When it was made. 产生时间。")]
    sent_at: Annotated[datetime | None, says("When it left. 发送时间。")]


class MessagePage(Out, frozen=True, kw_only=True):
    """Messages, newest first."""

    items: Annotated[list[Message], says("The messages. 消息。")]
    next: Annotated[int | None, says("Send it as `after` for the next page; null: no more. 下一页的 after。", 850)]


async def messages(visit: Visit, status: Status, *, after: int | None = None, limit: int = 50) -> MessagePage:
    """A page of one status.

    Raises:
        Forbidden.
    """
    act = visit.act
    role = require(act.actor, *KEEPERS, what="查看外发消息")
    async with visit.db.work() as connection:  # the outbox is the workers'; the branch is asked for in the statement
        rows = await connection.fetch(READS["outbox"], status, after or INT8, act.actor.path, limit)
    items = [_message(row) for row in rows]
    numbers = tuple(dict.fromkeys(item.number for item in items if item.number))
    await visit.audit.record(act.row(role, "outbox.read", numbers=numbers, status=status))
    return MessagePage(items=items, next=items[-1].id if len(items) == limit else None)


async def retry(visit: Visit, message: int) -> Message:
    """Try a dead message again at once.

    Raises:
        Forbidden, NotFound, NotDead.
    """
    act = visit.act
    role = require(act.actor, *KEEPERS, what="重新发送消息")
    async with visit.db.work() as connection:
        row = await connection.fetchrow(READS["retry"], message, act.actor.path)
        if row is None:
            status = await connection.fetchval(READS["message"], message, act.actor.path)
            raise NotFound(what="消息") if status is None else NotDead(status=status)
        numbers = (row["number"],) if row["number"] else ()
        await audit_in(connection, act.row(role, "outbox.retry", numbers=numbers, message=message))
    return _message(row)


def _message(row: asyncpg.Record) -> Message:
    return Message(**dict(row), label=TITLES.get(row["topic"]))


class OutboxController(Controller):
    """Messages that must leave the house."""

    path = "/outbox"
    tags = ("外发 Outbox",)

    @get(operation_id="listOutbox", summary="外发消息", responses=refusals(400, 401, 403, 503))
    async def list_messages(
        self,
        visit: NamedDependency[Visit],
        status: Annotated[Status, QueryParameter(description="dead, pending, no_sender or sent. 状态。")] = "dead",
        after: Annotated[
            int | None, QueryParameter(ge=1, le=INT8, description="`next` of the page before. 翻页。")
        ] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200, description="Messages a page. 每页条数。")] = 50,
    ) -> MessagePage:
        """Messages of one status, newest first, of orders in the caller's branch."""
        return await messages(visit, status, after=after, limit=limit)

    @post(
        "/{message:int}/retry",
        operation_id="retryMessage",
        summary="重新发送",
        responses=refusals(400, 401, 403, 404, 409, 503),
        status_code=HTTP_200_OK,
    )
    async def retry_message(
        self,
        message: Annotated[int, PathParameter(ge=1, le=INT8, description="Id of the message. 消息编号。")],
        visit: NamedDependency[Visit],
    ) -> Message:
        """Try a dead message again at once."""
        return await retry(visit, message)
