"""HTTP of the rules a place is under: its profile and its working calendar, relative to ``/api/v1``."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Final

import msgspec
from litestar import Controller, get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter
from litestar.status_codes import HTTP_200_OK

from yihao.people.scope import Act, Actor, require
from yihao.profile.assemble import SECTIONS
from yihao.store.db import Database
from yihao.units.calendar import ChangedDue, Deadlines, calendar_at, calendar_if
from yihao.units.layers import profile_at
from yihao.units.load import tree
from yihao.units.model import Jurisdiction, YearDraft, YearEdit
from yihao.units.service import year_versions
from yihao.units.tree import Tree
from yihao.web.editing import READ, WRITE, WRITERS, editing, within
from yihao.worktime import Calendar, Day, horizon_alarm

Year = Annotated[int, PathParameter(ge=1992, le=2199, description="年份")]
At = Annotated[int | None, QueryParameter(ge=1, le=2**31 - 1, description="辖区编号；不填为本人所在辖区")]
For = Annotated[int | None, QueryParameter(ge=1, le=2**31 - 1, description="适用辖区编号；不填为整个辖区树")]
MOST_SHOWN: Final = 200


def _says(text: str) -> msgspec.Meta:
    return msgspec.Meta(description=text)


class ProfileView(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of a place, each with its basis."""

    name: Annotated[str, _says("地方规则名称")]
    title: Annotated[str, _says("辖区名称")]
    hotline_name: Annotated[str, _says("热线名称")]
    level: Annotated[str, _says("层级：province、city、county、township")]
    area_code: Annotated[str, _says("行政区划代码")]
    managing_body: Annotated[str, _says("热线管理机构")]
    document: Annotated[str | None, _says("所依据文件的文号")]
    layers: Annotated[list[str], _says("规则层次，低层在前")]
    digest: Annotated[str, _says("规则内容摘要；工单保存其办理时适用的摘要")]
    lines: Annotated[list[str], _says("另有专门规则的热线号码（一号一策）")]
    rules: Annotated[dict[str, Any], _says("各部分规则及依据：place、acceptance、kinds、limits、flow、supervision 等")]


class YearView(msgspec.Struct, frozen=True, kw_only=True):
    """One year of a place's working calendar."""

    year: Annotated[int, _says("年份")]
    jurisdiction_id: Annotated[int, _says("辖区编号")]
    known: Annotated[bool, _says("该年安排已知；未知时暂按周一至周五计算")]
    holidays: Annotated[list[date], _says("放假日期")]
    workdays: Annotated[list[date], _says("调休上班日期")]
    working_days: Annotated[int, _says("该年工作日数")]
    source: Annotated[str | None, _says("依据的通知或数据包")]
    version: Annotated[str | None, _says("版本")]
    digest: Annotated[str, _says("整部日历的内容摘要")]
    warning: Annotated[str | None, _says("日历即将不够用时的提醒")]
    edits: Annotated[list[YearEdit], _says("本辖区对该年的历次录入，新的在前")]


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What a calendar year would change."""

    count: Annotated[int, _says("将变动的期限数")]
    changes: Annotated[list[ChangedDue], _says(f"将变动的期限，最多列出{MOST_SHOWN}条")]


class YearMade(msgspec.Struct, frozen=True, kw_only=True):
    """A calendar year put in force."""

    edit: Annotated[YearEdit, _says("录入的年度安排")]
    moved: Annotated[int, _says("已重新计算的期限数")]


class ProfileController(Controller):
    """The profile."""

    path = "/profile"
    tags = ("规则与日历 Rules",)

    @get(operation_id="getProfile", summary="本地规则", responses=READ)
    async def one(
        self,
        actor: NamedDependency[Actor],
        db: NamedDependency[Database],
        jurisdiction: At = None,
        line: Annotated[
            str | None, QueryParameter(pattern="^[0-9]{3,12}$", description="热线号码：列出该号码的专门规则")
        ] = None,
    ) -> ProfileView:
        """The rules a place is under, nearest layer first applied."""
        async with db.read(actor.wall()) as connection:
            now = await tree(connection)
        whole = profile_at(now, jurisdiction or actor.jurisdiction)
        profile = whole.for_line(line)
        return ProfileView(
            name=profile.name,
            title=profile.title,
            hotline_name=profile.hotline_name,
            level=profile.level,
            area_code=profile.area_code,
            managing_body=profile.managing_body,
            document=profile.document,
            layers=list(profile.layers),
            digest=profile.digest,
            lines=sorted(whole.lines),
            rules={section: _rules(getattr(profile, section)) for section in SECTIONS},
        )


class CalendarController(Controller):
    """The working calendar."""

    path = "/calendar"
    tags = ("规则与日历 Rules",)

    @get("/{year:int}", operation_id="getCalendarYear", summary="工作日历", responses=READ)
    async def one(
        self, year: Year, act: NamedDependency[Act], db: NamedDependency[Database], jurisdiction: At = None
    ) -> YearView:
        """One year as it holds in a place."""
        place = jurisdiction or act.actor.jurisdiction
        async with db.read(act.actor.wall()) as connection:
            now = await tree(connection)
            node = now.jurisdiction(place)
            edits = await year_versions(connection, None if node.parent_id is None else place, year)
        return _year_view(calendar_at(now, place), place, year, edits, act.now)

    @post(
        "/{year:int}/preview",
        operation_id="previewCalendarYear",
        summary="预览日历调整影响的期限",
        responses=WRITE,
        status_code=HTTP_200_OK,
    )
    async def preview(
        self,
        year: Year,
        data: JSONBody[YearDraft],
        act: NamedDependency[Act],
        db: NamedDependency[Database],
        deadlines: NamedDependency[Deadlines],
        jurisdiction: For = None,
    ) -> Preview:
        """The open deadlines this year would move; nothing is changed."""
        require(act.actor, *WRITERS, what="调整工作日历")
        async with db.read(act.actor.wall()) as connection:
            now = await tree(connection)
            top, calendars = _affected(now, jurisdiction, year, data)
            changes = await deadlines.preview(connection, top.path, calendars)
        return Preview(count=len(changes), changes=list(changes)[:MOST_SHOWN])

    @put("/{year:int}", operation_id="putCalendarYear", summary="录入年度放假调休安排", responses=WRITE)
    async def change(
        self,
        year: Year,
        data: JSONBody[YearDraft],
        act: NamedDependency[Act],
        db: NamedDependency[Database],
        deadlines: NamedDependency[Deadlines],
        jurisdiction: For = None,
    ) -> YearMade:
        """The next version of the year; open deadlines move with it, each with its record."""
        async with editing(db, act, "调整工作日历") as opened:
            top, calendars = _affected(opened.now, jurisdiction, year, data)
            within(opened, act, top.path)
            # While the old year still holds: the room above compares the two.
            moved = await deadlines.recompute(opened.connection, top.path, calendars, opened.by)
            return YearMade(edit=await opened.put_year(_whole(top), year, data), moved=moved)


def _whole(top: Jurisdiction) -> int | None:
    """An edit for the root is one for the whole tree, kept under no jurisdiction."""
    return None if top.parent_id is None else top.id


def _affected(
    now: Tree, jurisdiction: int | None, year: int, draft: YearDraft
) -> tuple[Jurisdiction, dict[int, Calendar]]:
    top = now.root if jurisdiction is None else now.jurisdiction(jurisdiction)
    branch = [j.id for j in now.jurisdictions.values() if j.path.startswith(top.path)]
    return top, {place: calendar_if(now, place, _whole(top), year, draft) for place in branch}


def _rules(part: Any) -> Any:
    """A section as plain values; where in our files a rule is written is nobody's business outside."""
    plain = msgspec.to_builtins(part) if isinstance(part, msgspec.Struct) else part
    if isinstance(plain, dict):
        return {key: _rules(value) for key, value in plain.items() if key not in ("file", "line")}
    return [_rules(value) for value in plain] if isinstance(plain, list | tuple) else plain


def _year_view(calendar: Calendar, place: int, year: int, edits: list[YearEdit], now: datetime) -> YearView:
    known = calendar.years.get(year)
    first, last = date(year, 1, 1), date(year, 12, 31)
    return YearView(
        year=year,
        jurisdiction_id=place,
        known=known is not None,
        holidays=list(known.holidays) if known else [],
        workdays=list(known.workdays) if known else [],
        working_days=calendar.count(first, last) + (calendar.day(first) is Day.WORKING),
        source=known.source if known else None,
        version=known.version if known else None,
        digest=calendar.digest,
        warning=horizon_alarm(calendar, now),
        edits=edits,
    )
