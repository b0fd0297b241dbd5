"""Whether the platform runs, whether it can work, and its figures; open to anybody, so nothing of the content."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final, Literal

import asyncpg
import msgspec
from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from msgspec import Meta

from yihao.clock import Clock
from yihao.errors import YihaoError
from yihao.store.db import Database
from yihao.units.calendar import calendar_at
from yihao.units.load import tree
from yihao.web.metrics import CONTENT_TYPE
from yihao.worktime import horizon_alarm

PATIENCE: Final = 3.0
"""Seconds the database has to answer."""
CLOCK_LATE: Final = 300
"""Seconds a duty may be past its due before the clock's silence is worth a warning."""
OUTBOX_LATE: Final = 300
TASK_LATE: Final = 300
FOLLOWER_LATE: Final = 600
TAG: Final = ["健康 Health"]


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """The process answers."""

    status: Annotated[Literal["ok"], Meta(description="Always ok. 正常。")] = "ok"


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the platform can work."""

    status: Annotated[Literal["ready", "unready"], Meta(description="unready comes with 503. 是否就绪。")]
    database: Annotated[bool, Meta(description="The database answers. 数据库是否可用。")]
    outbox_seconds: Annotated[int, Meta(description="Age of the oldest message that should have left. 外发积压秒数。")]
    outbox_dead: Annotated[int, Meta(description="Messages given up, at most 1000 counted. 死信数。")]
    clock_seconds: Annotated[int, Meta(description="How far the clock is behind its next duty. 时钟任务滞后秒数。")]
    follower_seconds: Annotated[int, Meta(description="How far the slowest follower is behind. 跟随任务滞后秒数。")]
    warnings: Annotated[
        list[str], Meta(description="What an administrator should look at; work goes on. 需要关注的事项。")
    ]


@get("/healthz", operation_id="getHealth", summary="进程状态", tags=TAG, sync_to_thread=False, opt={"public": True})
def healthz() -> Health:
    """The process answers; asks nothing else."""
    return Health()


@get(
    "/readyz",
    operation_id="getReady",
    summary="就绪状态",
    tags=TAG,
    opt={"public": True},
    responses={503: ResponseSpec(Ready, description="The database is away. 数据库不可用。", generate_examples=False)},
)
async def readyz(db: NamedDependency[Database], clock: NamedDependency[Clock], state: State) -> Response[Ready]:
    """Database, messages, clock. 200 when work can go on, with warnings; 503 when it cannot."""
    try:
        async with asyncio.timeout(PATIENCE):
            found = await _look(db, clock)
    except (YihaoError, TimeoutError, asyncpg.PostgresError):
        found = Ready(
            status="unready",
            database=False,
            outbox_seconds=0,
            outbox_dead=0,
            clock_seconds=0,
            follower_seconds=0,
            warnings=["数据库不可用，请检查数据库服务。"],
        )
    meters = state.meters
    meters.lag.labels("outbox").set(found.outbox_seconds)
    meters.lag.labels("clock").set(found.clock_seconds)
    meters.lag.labels("follower").set(found.follower_seconds)
    meters.outbox.labels("dead").set(found.outbox_dead)
    return Response(found, status_code=200 if found.database else 503)


# A message never tried has no time of its next try: it waits since it was made. An order the clock could not move waits
# for its next try by itself; it does not make the clock late, and is told apart.
_LAGS: Final = """
SELECT coalesce(extract(epoch FROM clock_timestamp() - least(
         (SELECT created_at FROM outbox WHERE status = 'pending' AND next_at IS NULL ORDER BY id LIMIT 1),
         (SELECT min(next_at) FROM outbox WHERE status = 'pending'))), 0)::int AS outbox,
       (SELECT count(*) FROM (SELECT FROM outbox WHERE status = 'dead' LIMIT 1000) AS d)::int AS dead,
       coalesce((SELECT extract(epoch FROM clock_timestamp() - min(created_at)) FROM task
                 WHERE state = 'waiting'), 0)::int AS task,
       (SELECT min(due_at) FROM open_duty d WHERE breached_at IS NULL AND paused_at IS NULL
          AND NOT EXISTS (SELECT FROM clock_retry r WHERE r.number = d.number)) AS due,
       (SELECT count(*) FROM (SELECT FROM clock_retry LIMIT 1000) AS r)::int AS stuck,
       coalesce((SELECT extract(epoch FROM clock_timestamp() - min(as_of)) FROM follower), 0)::int AS follower
"""


async def _look(db: Database, clock: Clock) -> Ready:
    now = clock()
    async with db.work() as connection:
        row = await connection.fetchrow(_LAGS)
        house = await tree(connection)
        failing = await connection.fetch("SELECT name, error FROM job WHERE failures > 2 ORDER BY name")
    clock_late = max(0, int((now - row["due"]).total_seconds())) if row["due"] else 0
    outbox, follower = max(0, row["outbox"]), max(0, row["follower"])
    warnings = [
        sentence
        for late, sentence in (
            (outbox > OUTBOX_LATE, f"有消息已等待外发 {outbox} 秒，请检查外发任务。"),
            (row["dead"] > 0, f"有 {row['dead']} 条消息多次外发失败，请在外发页面处理。"),
            (clock_late > CLOCK_LATE, f"时钟任务滞后 {clock_late} 秒，超期和自动步骤可能未及时记录。"),
            (row["task"] > TASK_LATE, f"有导出等任务已等待 {row['task']} 秒未处理，请检查后台进程。"),
            (row["stuck"] > 0, f"有 {row['stuck']} 件工单的自动步骤未能完成，正在按间隔重试，请查看日志。"),
            (follower > FOLLOWER_LATE, f"统计等跟随任务滞后 {follower} 秒。"),
        )
        if late
    ]
    warnings += [f"后台任务 {job['name']} 连续失败。" for job in failing]
    if not house.jurisdictions:
        warnings.append("尚未导入辖区，请先导入辖区和单位。")
    elif alarm := horizon_alarm(calendar_at(house, house.root.id), now):
        warnings.append(alarm)
    return Ready(
        status="ready",
        database=True,
        outbox_seconds=outbox,
        outbox_dead=row["dead"],
        clock_seconds=clock_late,
        follower_seconds=follower,
        warnings=warnings,
    )


@get(
    "/metrics",
    operation_id="getMetrics",
    summary="运行指标",
    tags=TAG,
    sync_to_thread=True,
    opt={"public": True},
    media_type=CONTENT_TYPE,
)
def metrics(state: State) -> bytes:
    """Figures for Prometheus, in its text form; of all workers where `yihao up` started them, else of this process."""
    text: bytes = state.meters.text()
    return text


@get(
    "/api/openapi.json",
    operation_id="getDescription",
    summary="接口说明",
    tags=TAG,
    sync_to_thread=True,
    opt={"public": True},
    cache_control=None,
)
def openapi(request: Request[Any, Any, Any]) -> Response[Any]:
    """This description, OpenAPI 3.1."""
    # Not of an injected ``state``: Litestar hands out copies, and each would make its own.
    made = request.app.state.description.json()
    return Response(made, media_type="application/json", headers={"cache-control": "public, max-age=300"})


ROUTES: Final[list[Any]] = [healthz, readyz, metrics, openapi]
