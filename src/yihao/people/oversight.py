"""HTTP of the second person and of the audit, relative to ``/api/v1``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter
from litestar.status_codes import HTTP_200_OK

from yihao.clock import aware
from yihao.people import approvals
from yihao.people.errors import Unfit
from yihao.people.problem import refusals
from yihao.people.scope import Act, require
from yihao.people.views import (
    INT4,
    INT8,
    NO_NUL,
    NUMBER,
    ApprovalIn,
    ApprovalPage,
    ApprovalView,
    AuditList,
    ChainView,
    approval_view,
    audit_view,
    chain_view,
)
from yihao.seal.keys import KeyRing
from yihao.store.audit import Audit, AuditQuery, audit_page
from yihao.store.audit_chain import audit_state
from yihao.store.db import Database

After = Annotated[int, QueryParameter(ge=0, le=INT8, description="`next` of the page before.")]
Limit = Annotated[int, QueryParameter(ge=1, le=200, description="Rows a page.")]
READ: Final = refusals(400, 401, 403, 503)
WRITE: Final = refusals(400, 401, 403, 404, 409, 422, 503)


class ApprovalController(Controller):
    """The second person for the identity of reporters."""

    path = "/approvals"
    tags = ("第二人批准 Second person",)

    @post(operation_id="askApproval", summary="申请第二人批准", responses=WRITE)
    async def ask(
        self, data: JSONBody[ApprovalIn], act: NamedDependency[Act], db: NamedDependency[Database]
    ) -> ApprovalView:
        """Ask for a second person, with a reason."""
        async with db.write(act.actor.wall()) as connection:
            return approval_view(await approvals.ask(connection, act, data.kind, data.number, data.reason), act)

    @get(operation_id="listApprovals", summary="第二人申请", responses=READ)
    async def listed(
        self,
        act: NamedDependency[Act],
        db: NamedDependency[Database],
        view: Annotated[
            Literal["waiting", "mine"],
            QueryParameter(description="waiting: those that wait for a second person; mine: the caller's own."),
        ] = "waiting",
        after: After = 0,
        limit: Limit = 50,
    ) -> ApprovalPage:
        """Requests of the caller's branch that wait for a second person; or the caller's own, with their outcome."""
        async with db.read(act.actor.wall()) as connection:
            if view == "mine":
                found = await approvals.asked(connection, act, before=after or INT8, limit=limit)
            else:
                found = await approvals.waiting(connection, act, after=after, limit=limit)
        return ApprovalPage(
            items=[approval_view(approval, act) for approval in found],
            next=found[-1].id if len(found) == limit else None,
        )

    @post(
        "/{approval:int}/approve",
        operation_id="approveApproval",
        summary="批准申请",
        responses=WRITE,
        status_code=HTTP_200_OK,
    )
    async def approve(
        self,
        approval: Annotated[int, PathParameter(ge=1, le=INT8, description="Id of the request.")],
        act: NamedDependency[Act],
        db: NamedDependency[Database],
    ) -> ApprovalView:
        """Approve somebody else's request; it may then be used once within two hours."""
        async with db.write(act.actor.wall()) as connection:
            return approval_view(await approvals.approve(connection, act, approval), act)


class AuditController(Controller):
    """Who did, read, unmasked or exported what."""

    path = "/audit"
    tags = ("审计 Audit",)

    @get(operation_id="listAudit", summary="审计日志", responses=refusals(400, 401, 403, 422, 503))
    async def list_audit(
        self,
        act: NamedDependency[Act],
        db: NamedDependency[Database],
        audit: NamedDependency[Audit],
        start: Annotated[
            datetime | None, QueryParameter(name="from", description="Recorded at or after; with offset.")
        ] = None,
        end: Annotated[datetime | None, QueryParameter(name="to", description="Recorded before; with offset.")] = None,
        account: Annotated[int | None, QueryParameter(ge=0, le=INT4, description="Done by this account.")] = None,
        action: Annotated[
            str | None,
            QueryParameter(
                max_length=2000, pattern=NO_NUL, description="Only this action, `order.read`; several by commas."
            ),
        ] = None,
        number: Annotated[str | None, QueryParameter(pattern=NUMBER, description="Rows that touch this order.")] = None,
        after: Annotated[int | None, QueryParameter(ge=1, le=INT8, description="`next` of the page before.")] = None,
        limit: Limit = 50,
    ) -> AuditList:
        """Rows of the auditor's branch, newest first. Looking is recorded too."""
        role = require(act.actor, "auditor", what="查看审计日志")
        actions = tuple(filter(None, action.split(","))) if action is not None else ()
        query = AuditQuery(
            start=_moment(start, "from"), end=_moment(end, "to"), account=account, actions=actions, number=number
        )
        async with db.read(act.actor.wall()) as connection:
            found = await audit_page(connection, query, after=after, limit=limit)
        asked: dict[str, Any] = {} if account is None else {"account": account}
        if actions:
            asked["action"] = ",".join(actions)
        await audit.record(act.row(role, "audit.read", numbers=(number,) if number else (), rows=len(found), **asked))
        return AuditList(
            items=[audit_view(entry) for entry in found], next=found[-1].id if len(found) == limit else None
        )

    @get("/chain", operation_id="getAuditChain", summary="审计日志的防篡改链", responses=refusals(401, 403, 503))
    async def chain(
        self,
        act: NamedDependency[Act],
        db: NamedDependency[Database],
        ring: NamedDependency[KeyRing],
        audit: NamedDependency[Audit],
    ) -> ChainView:
        """How far the audit is sealed, and whether its newest batches still hold. `yihao verify` looks at all of it."""
        role = require(act.actor, "auditor", what="查看审计日志")
        async with db.work() as connection:
            view = chain_view(await audit_state(connection, ring))
        await audit.record(act.row(role, "audit.chain"))
        return view


def _moment(moment: datetime | None, field: str) -> datetime | None:
    if moment is None:
        return None
    if not 2000 <= aware(moment, field=field).year < 2200:  # years at the ends cannot be brought to UTC
        raise Unfit(field=field, why="时间须在2000年至2199年之间。", why_en="the time must lie within 2000 and 2199.")
    return moment.astimezone(UTC)
