"""Tasks an account asked for, relative to ``/api/v1/jobs``: how far each is, and its file; for the asker alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote

import asyncpg
import msgspec
from litestar import Controller, Request, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import PathParameter
from litestar.response import Stream

from yihao.errors import Conflict, NotFound, TooMany
from yihao.people.problem import language_of, refusals
from yihao.people.scope import Act
from yihao.people.views import says
from yihao.seal.keys import KeyRing
from yihao.store import tasks
from yihao.store.audit import Audit, audit_in
from yihao.store.db import Database

KINDS: Final[Mapping[str, str]] = {"export.orders": "导出工单"}
"""What may be asked for; each kind has a runner in the background process."""
KINDS_EN: Final[Mapping[str, str]] = {"export.orders": "Export of orders"}
STATES: Final[Mapping[str, str]] = {"waiting": "等待中", "running": "进行中", "done": "已完成", "failed": "未成功"}
STATES_EN: Final[Mapping[str, str]] = {"waiting": "Waits", "running": "Runs", "done": "Done", "failed": "Failed"}
MOST_WAITING: Final = 3
MOST_KEPT: Final = 20
"""Tasks of one account under way, and in all until the oldest are forgotten."""
READ: Final = refusals(400, 401, 403, 404, 503)
JobId = Annotated[str, PathParameter(pattern=r"^[0-9a-f]{32}$", description="Id of the job. 任务编号。")]


class TooManyTasks(TooMany):
    """The account has asked for more than it may at a time."""

    code = "too_many_jobs"
    zh = "您有较多任务尚未完成或保留中，请等待完成，或一天后再提交。"
    en = "You have too many jobs under way or kept. Wait until they are done, or until tomorrow."


class NoFileYet(Conflict):
    """A job has no file: it is not done yet, or failed."""

    code = "job_without_file"
    zh = "任务尚未完成或未成功，没有可下载的文件，请先查看任务状态。"
    en = "The job is not done, or failed: there is no file. Look at its state."


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """Why a job failed."""

    code: Annotated[str, says("Stable name of the error. 错误代码。", "export_too_large")]
    detail: Annotated[str, says("A sentence for a person. 说明。", "符合条件的工单过多，请缩小范围。")]


class JobView(msgspec.Struct, frozen=True, kw_only=True):
    """A job."""

    id: Annotated[str, says("Id. 任务编号。", "0f8fad5bd9cb469fa16570867728950e")]
    kind: Annotated[str, says("What is done. 任务类型。", "export.orders")]
    label: Annotated[str, says("In Chinese. 任务名称。", "导出工单")]
    state: Annotated[
        Literal["waiting", "running", "done", "failed"], says("waiting, running, done, failed. 状态。", "running")
    ]
    done: Annotated[int, says("How much is done. 已完成数。", 1500)]
    total: Annotated[int | None, says("Of how much; null: not known yet. 总数。", 3200)]
    at: Annotated[datetime, says("When it was asked for. 提交时间。")]
    ended_at: Annotated[datetime | None, says("When it ended. 结束时间。")]
    expires_at: Annotated[datetime | None, says("When it is forgotten, with its file. 保留至。")]
    fault: Annotated[Fault | None, says("Why it failed. 失败原因。")]
    file: Annotated[str | None, says("Where its file is; null: none. 文件地址。", "/api/v1/jobs/0f8f…/file")]
    file_name: Annotated[str | None, says("Name of the file. 文件名。", "工单-20260105-0930.xlsx")]
    size: Annotated[int | None, says("Bytes of the file. 文件字节数。", 48123)]


class JobList(msgspec.Struct, frozen=True, kw_only=True):
    """The caller's jobs."""

    items: Annotated[list[JobView], says("Newest first. 任务，新的在前。")]


_SQL: Final = """
SELECT id, kind, state, done, total, at, ended_at, expires_at, fault, file_name, media_type, size
FROM task WHERE (expires_at IS NULL OR expires_at > $1)
"""


async def ask(
    connection: asyncpg.Connection, ring: KeyRing, act: Act, kind: str, asked: Any, role: str, **detail: Any
) -> tasks.NewTask:
    """Put a task down, and record who asked for what.

    Args:
        kind: one of `KINDS`.
        asked: what the runner needs; sealed.
        role: it is asked for as.
        detail: for the audit: no personal data, nothing that was searched for.

    Raises:
        TooManyTasks.
    """
    counts = await connection.fetchrow(
        "SELECT count(*) FILTER (WHERE state IN ('waiting', 'running')) AS waiting, count(*) AS kept FROM task "
        "WHERE expires_at IS NULL OR expires_at > $1",
        act.now,
    )
    if counts["waiting"] >= MOST_WAITING or counts["kept"] >= MOST_KEPT:
        raise TooManyTasks(seconds=60 if counts["kept"] < MOST_KEPT else 3600)
    new = await tasks.put(connection, ring, kind, act.actor.account, act.now, asked, act.request_id)
    await audit_in(connection, act.row(role, f"{kind}.ask", job=new.id, **detail))
    return new


def fresh(new: tasks.NewTask) -> JobView:
    """A task that was just put down."""
    return JobView(
        id=new.id,
        kind=new.kind,
        label=KINDS[new.kind],
        state="waiting",
        done=0,
        total=None,
        at=new.at,
        ended_at=None,
        expires_at=None,
        fault=None,
        file=None,
        file_name=None,
        size=None,
    )


class JobController(Controller):
    """Jobs."""

    path = "/jobs"
    tags = ("任务 Jobs",)

    @get(operation_id="listJobs", summary="我的任务", responses=refusals(400, 401, 403, 503))
    async def mine(
        self, request: Request[Any, Any, Any], act: NamedDependency[Act], db: NamedDependency[Database]
    ) -> JobList:
        """The caller's own jobs of the last day, newest first."""
        async with db.read(act.actor.wall()) as connection:
            rows = await connection.fetch(_SQL + "ORDER BY at DESC, id", act.now)
        return JobList(items=[_view(request, row) for row in rows])

    @get("/{job:str}", operation_id="getJob", summary="任务进度", responses=READ)
    async def one(
        self, request: Request[Any, Any, Any], job: JobId, act: NamedDependency[Act], db: NamedDependency[Database]
    ) -> JobView:
        """How far a job is; the caller's own alone."""
        return _view(request, await _one(act, db, job))

    @get(
        "/{job:str}/file",
        operation_id="getJobFile",
        summary="下载任务结果",
        responses={
            200: ResponseSpec(
                bytes, description="The file. 文件。", media_type="application/octet-stream", generate_examples=False
            ),
            **READ,
            **refusals(409),
        },
    )
    async def file(
        self,
        job: JobId,
        act: NamedDependency[Act],
        db: NamedDependency[Database],
        ring: NamedDependency[KeyRing],
        audit: NamedDependency[Audit],
    ) -> Stream:
        """Its file, for a day after it was made. Each download is recorded."""
        row = await _one(act, db, job)
        if row["state"] != "done":
            raise NoFileYet(why="")
        await audit.record(act.row(act.actor.any_role(), f"{row['kind']}.fetch", job=job))
        headers = {
            "content-disposition": f"attachment; filename*=UTF-8''{quote(row['file_name'])}",
            "content-length": str(row["size"]),
        }
        found = tasks.content(db, ring, act.actor.wall(), job, row["size"])
        return Stream(found, media_type=row["media_type"], headers=headers)


async def _one(act: Act, db: Database, job: str) -> asyncpg.Record:
    async with db.read(act.actor.wall()) as connection:
        row = await connection.fetchrow(_SQL + "AND id = $2", act.now, job)
    if row is None:
        raise NotFound(what="任务（也可能已过保留期）", field="job")
    return row


def _view(request: Request[Any, Any, Any], row: asyncpg.Record) -> JobView:
    said = msgspec.json.decode(row["fault"]) if row["fault"] else None
    fields = {name: row[name] for name in _PLAIN}
    return JobView(
        **fields,
        label=KINDS.get(row["kind"], row["kind"]),
        fault=Fault(code=said["code"], detail=said[language_of(request)]) if said else None,
        file=f"/api/v1/jobs/{row['id']}/file" if row["state"] == "done" else None,
    )


_PLAIN: Final = ("id", "kind", "state", "done", "total", "at", "ended_at", "expires_at", "file_name", "size")
