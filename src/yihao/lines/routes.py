"""HTTP of the register of hotlines, relative to ``/api/v1``."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final, Literal

from litestar import Controller, Response, get, post, put
from litestar.datastructures import ResponseHeader
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter
from litestar.status_codes import HTTP_200_OK

from yihao.lines import door
from yihao.lines.model import Decision
from yihao.lines.views import (
    ChangedLine,
    ChangePage,
    Comparison,
    DutyList,
    LineDetail,
    LinePage,
    NewLine,
    Progress,
    StepIn,
    TickIn,
)
from yihao.orders.door import Visit
from yihao.orders.routes import Version, version_of
from yihao.people.problem import refusals

INT4: Final = 2**31 - 1
READ: Final = refusals(400, 401, 403, 404, 422, 503)
WRITE: Final = refusals(400, 401, 403, 404, 409, 413, 415, 422, 428, 503)
ETAG: Final = ResponseHeader(name="ETag", description="Version of the entry. 版本。", documentation_only=True)
NumberPath = Annotated[str, PathParameter(pattern="^[0-9]{3,11}$", description="热线号码")]
At = Annotated[int | None, QueryParameter(ge=1, le=INT4, description="辖区编号；不填为本人所在辖区")]


class LineController(Controller):
    """The register of hotlines."""

    path = "/lines"
    tags = ("热线归并 Lines",)

    @get(operation_id="listLines", summary="热线号码", responses=READ)
    async def numbers(
        self,
        visit: NamedDependency[Visit],
        jurisdiction: At = None,
        after: Annotated[str, QueryParameter(pattern="^[0-9]{0,11}$", description="上一页的 next")] = "",
        limit: Annotated[int, QueryParameter(ge=1, le=1000, description="每页条数")] = 200,
    ) -> LinePage:
        """The numbers a place knows: its register over those above, 12345 itself, the emergency numbers."""
        return await door.numbers(visit, jurisdiction, after, limit)

    @post(operation_id="createLine", summary="登记热线", responses=WRITE)
    async def create(self, data: JSONBody[NewLine], visit: NamedDependency[Visit]) -> LineDetail:
        """A new line; after the freeze with the managing body's override and its document only."""
        return await door.create(visit, data)

    @get("/progress", operation_id="getLineProgress", summary="归并进度", responses=READ)
    async def progress(self, visit: NamedDependency[Visit], jurisdiction: At = None) -> Progress:
        """How far the merge has come; lines past their last day are red and stand first."""
        return await door.progress(visit, jurisdiction)

    @get("/comparison", operation_id="compareLines", summary="与上级清单对照（查漏补缺）", responses=READ)
    async def comparison(
        self,
        visit: NamedDependency[Visit],
        theirs: Annotated[
            Literal["parent", "document"],
            QueryParameter(
                name="with",
                description="parent 上级清单（导入的清单，没有时为上级辖区的登记册）、document 本地文件所附清单",
            ),
        ] = "parent",
    ) -> Comparison:
        """What we lack, what they lack, what differs."""
        return await door.compare(visit, theirs)

    @get(
        "/assessment",
        operation_id="exportLineAssessment",
        summary="导出自查评估",
        responses=READ,
        media_type="application/octet-stream",
    )
    async def assessment(
        self,
        visit: NamedDependency[Visit],
        form: Annotated[Literal["csv", "xlsx"], QueryParameter(name="format", description="文件格式")] = "xlsx",
    ) -> Response[bytes]:
        """Every line of the branch with its duties and their evidence; the export is recorded."""
        content = await door.assessment(visit, form)
        headers = {"content-disposition": f'attachment; filename="lines.{form}"'}
        return Response(content, media_type="application/octet-stream", headers=headers)

    @get("/{number:str}", operation_id="getLine", summary="一条热线", responses=READ, response_headers=[ETAG])
    async def one(self, number: NumberPath, visit: NamedDependency[Visit]) -> Response[LineDetail]:
        """A line with its check-list, its own rules, and what it does today."""
        return _tagged(await door.one(visit, number))

    @put("/{number:str}", operation_id="changeLine", summary="修改热线登记", responses=WRITE, response_headers=[ETAG])
    async def change(
        self,
        number: NumberPath,
        data: JSONBody[ChangedLine],
        visit: NamedDependency[Visit],
        version: Version = None,
    ) -> Response[LineDetail]:
        """The entry as sent; renaming or re-purposing after the freeze needs an override."""
        return _tagged(await door.change(visit, number, data, version_of(version)))

    @post(
        "/{number:str}/steps",
        operation_id="stepLine",
        summary="归并完成、取消或恢复号码",
        responses=WRITE,
        response_headers=[ETAG],
        status_code=HTTP_200_OK,
    )
    async def step(
        self, number: NumberPath, data: JSONBody[StepIn], visit: NamedDependency[Visit], version: Version = None
    ) -> Response[LineDetail]:
        """Merged once every duty is ticked; cancelled; opened again with an override alone."""
        return _tagged(await door.take_step(visit, number, data, version_of(version)))

    @get("/{number:str}/duties", operation_id="listLineDuties", summary="责任清单", responses=READ)
    async def duties(self, number: NumberPath, visit: NamedDependency[Visit]) -> DutyList:
        """What its department owes, with what the platform holds that shows it."""
        return await door.duties(visit, number)

    @put(
        "/{number:str}/duties/{duty:str}",
        operation_id="tickLineDuty",
        summary="勾选责任",
        responses=WRITE,
        response_headers=[ETAG],
    )
    async def tick(
        self,
        number: NumberPath,
        duty: Annotated[str, PathParameter(pattern="^[A-Za-z0-9_]{1,40}$", description="责任代码")],
        data: JSONBody[TickIn],
        visit: NamedDependency[Visit],
        version: Version = None,
    ) -> Response[LineDetail]:
        """Ticked on what the platform holds, or on a document."""
        return _tagged(await door.tick(visit, number, duty, data, version_of(version)))

    @get("/{number:str}/history", operation_id="listLineHistory", summary="变更历史", responses=READ)
    async def history(
        self,
        number: NumberPath,
        visit: NamedDependency[Visit],
        after: Annotated[int, QueryParameter(ge=0, le=INT4, description="上一页的 next")] = 0,
        limit: Annotated[int, QueryParameter(ge=1, le=500, description="每页条数")] = 100,
    ) -> ChangePage:
        """Every change with who, when and on what basis."""
        return await door.history(visit, number, after, limit)

    @get("/{number:str}/dial", operation_id="dialLine", summary="拨打后怎样处理", responses=READ)
    async def dialled(
        self,
        number: NumberPath,
        visit: NamedDependency[Visit],
        area: Annotated[
            str | None, QueryParameter(pattern="^[0-9]{6}([0-9]{3}){0,2}$", description="来电所在地的行政区划代码")
        ] = None,
        on: Annotated[date | None, QueryParameter(description="拨打日期；不填为今日")] = None,
    ) -> Decision:
        """What any number does when it is dialled, listed or not, with the reason and the clause."""
        return await door.dialled(visit, number, area, on)


def _tagged(line: LineDetail) -> Response[LineDetail]:
    return Response(line, headers={"etag": f'"{line.version}"'})
