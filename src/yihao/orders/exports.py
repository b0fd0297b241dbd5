"""Exports of the list: asked for over HTTP, made by the background process, fetched as a job's file.

The file is made behind the wall the account stands behind when it is made: a role revoked meanwhile narrows it, a
deactivated account gets nothing. Which orders went out is recorded page by page, with the file or not at all.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec
from litestar import Controller, Response, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_202_ACCEPTED
from msgspec import Meta

from yihao.errors import Forbidden
from yihao.orders import bodies, door
from yihao.orders.door import Visit
from yihao.orders.export import Exported, export
from yihao.orders.listing import Filters, Part, ask
from yihao.orders.params import MOST, ChannelName, DutyName, KindName, LaneName, StateName, UrgencyName
from yihao.orders.service import Desk
from yihao.orders.views import moment_of
from yihao.people import tasks
from yihao.people.problem import refusals
from yihao.people.scope import Act, Actor
from yihao.people.sessions import actor_of
from yihao.people.tasks import JobView
from yihao.people.views import INT4, NO_NUL
from yihao.store.audit import AuditRow
from yihao.store.db import Database, Wall
from yihao.store.tables import Format
from yihao.store.tasks import Made, Progress, Runner, Task
from yihao.worktime import SHANGHAI

KIND: Final = "export.orders"
TYPES: Final[dict[Format, str]] = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class NoExport(Forbidden):
    """Outsourced staff export nothing (spec E)."""

    code = "no_export"
    zh = "社会化服务人员不能导出工单，请由{who}办理。"
    en = "Outsourced staff may not export orders; ask {who}."


class AccountGone(Forbidden):
    """The account was deactivated, or sees no orders any more, before its export was made."""

    code = "account_changed"
    zh = "提交后账号已停用或岗位已变更，未导出。"
    en = "The account was deactivated or lost its roles meanwhile; nothing was exported."


T = TypeVar("T")
Several = Annotated[tuple[T, ...], Meta(max_length=MOST)]
Word = Annotated[str, Meta(max_length=64, pattern=NO_NUL)]


class ExportIn(bodies.Body, frozen=True, kw_only=True):
    """Which orders, as the list's own filters, and the kind of file."""

    format: Annotated[Literal["csv", "xlsx"], Meta(description="csv or xlsx. 文件格式。")]
    state: Annotated[
        StateName | Several[StateName] | None, Meta(description="Only this state, or these. 状态，可多个。")
    ] = None
    unit: Annotated[
        Annotated[int, Meta(ge=1, le=INT4)] | None, Meta(description="A unit that takes part. 承办单位编号。")
    ] = None
    part: Annotated[Part | None, Meta(description="As what the unit takes part: lead or assist. 主办或协办。")] = None
    kind: Annotated[
        KindName | Several[KindName] | None, Meta(description="Only this kind, or these. 诉求类型，可多个。")
    ] = None
    duty: Annotated[
        DutyName | Several[DutyName] | None, Meta(description="Only where such a duty is open. 在办事项，可多个。")
    ] = None
    pending: Annotated[bool, Meta(description="Only where an act waits for a reviewer. 只列待审核的。")] = False
    overdue: Annotated[bool, Meta(description="Only those with a clock past its due. 只列逾期。")] = False
    q: Annotated[
        Annotated[str, Meta(max_length=200, pattern=NO_NUL)] | None,
        Meta(description="Words of the masked texts, an order number, or a complete phone number. 检索内容。"),
    ] = None
    area: Annotated[
        Annotated[str, Meta(pattern=r"^[0-9]{2,12}$")] | None,
        Meta(description="Division code and below. 区划代码。"),
    ] = None
    line: Annotated[
        Annotated[str, Meta(pattern=r"^[0-9]{3,12}$")] | None, Meta(description="Hotline number dialled. 热线号码。")
    ] = None
    category: Annotated[Word | None, Meta(description="Category code. 事项分类代码。")] = None
    channel: Annotated[
        ChannelName | Several[ChannelName] | None, Meta(description="Door it came through. 来源渠道，可多个。")
    ] = None
    urgency: Annotated[UrgencyName | Several[UrgencyName] | None, Meta(description="Urgency. 紧急程度，可多个。")] = (
        None
    )
    lane: Annotated[LaneName | None, Meta(description="Only this lane. 优先通道。")] = None
    start: Annotated[
        Annotated[datetime, Meta(tz=True)] | None,
        Meta(description="Registered at or after; with offset. 登记时间起。"),
    ] = msgspec.field(default=None, name="from")
    end: Annotated[
        Annotated[datetime, Meta(tz=True)] | None, Meta(description="Registered before; with offset. 登记时间止。")
    ] = msgspec.field(default=None, name="to")

    def filters(self) -> Filters:
        """The same as the list's.

        Raises:
            FarTime.
        """
        fields = {name: getattr(self, name) for name in self.__struct_fields__ if name != "format"}
        return Filters(**fields | {"start": moment_of(self.start, "from"), "end": moment_of(self.end, "to")})


def may_export(actor: Actor) -> None:
    """Refuse who may not.

    Raises:
        NoOrders, NoExport.
    """
    door.sees_orders(actor)
    if actor.vendor:
        raise NoExport(what="导出工单", who="派单员、管理机构等正式人员")


async def ask_export(visit: Visit, filters: Filters, form: Format) -> JobView:
    """Put an export down for the background process.

    Raises:
        NoOrders, NoExport, NothingToSearch, BadNumber, TooManyTasks.
    """
    act, desk = visit.act, visit.desk
    may_export(act.actor)
    ask(filters, act.actor.wall(), act.now, desk.ring)  # what cannot be searched for is said at once
    plain = {name: value for name, value in msgspec.to_builtins(filters).items() if value not in (None, False)}
    said = sorted(plain.keys() - {"limit"})
    async with visit.db.write(act.actor.wall()) as connection:
        asked = {"filters": plain, "form": form}
        new = await tasks.ask(connection, desk.ring, act, KIND, asked, act.actor.any_role(), form=form, filters=said)
    return tasks.fresh(new)


def export_runner(database: Database, desk: Desk) -> Runner:
    """Makes what was asked for."""

    async def run(task: Task, progress: Progress) -> Made:
        async with database.read(Wall(account=task.account)) as connection:
            actor = await actor_of(connection, task.account)
        if actor is None:
            raise AccountGone(what="", who="")
        may_export(actor)
        filters, form = msgspec.convert(task.asked["filters"], Filters), task.asked["form"]
        now = desk.clock()
        taken_by = f"{actor.username} {actor.name}"
        made = await export(database, desk, actor, filters, form, now, taken_by=taken_by, told=progress)
        rows = audit_rows(Act(actor=actor, now=now, request_id=task.request_id), KIND, made, form=form, job=task.id)
        name = f"工单-{now.astimezone(SHANGHAI):%Y%m%d-%H%M}.{form}"
        return Made(file_name=name, media_type=TYPES[form], content=made.content, audit=rows)

    return run


def audit_rows(act: Act, action: str, made: Exported, **detail: Any) -> tuple[AuditRow, ...]:
    """Which orders went out: a row for each page; one without any where there were none."""
    return tuple(
        act.row(act.actor.any_role(), action, numbers=page, page=number, rows=made.rows, **detail)
        for number, page in enumerate(made.pages or ((),), 1)
    )


class ExportController(Controller):
    """Exports."""

    path = "/exports"
    tags = ("任务 Jobs",)

    @post(
        operation_id="exportOrders",
        summary="导出工单",
        responses=refusals(400, 401, 403, 413, 415, 422, 429, 503),
        status_code=HTTP_202_ACCEPTED,
    )
    async def export_orders(self, data: JSONBody[ExportIn], visit: NamedDependency[Visit]) -> Response[JobView]:
        """Orders within the caller's scope as CSV or XLSX, masked as in reading, with a watermark.

        The answer is a job: look at it until it is done, then fetch its file, within a day. Asking, the orders that
        went out, and each download are recorded.
        """
        made = await ask_export(visit, data.filters(), data.format)
        return Response(made, headers={"location": f"/api/v1/jobs/{made.id}"}, status_code=HTTP_202_ACCEPTED)
