"""The register: a line as it is proposed and as it stands, its history, its duties. Each field says what it means."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Final, Literal

import msgspec

from yihao.lines.model import Experts, Line, Status
from yihao.profile.codes import Level
from yihao.profile.listed import Landing, ListedLine, Seats
from yihao.units.model import NO_NUL, AreaCode, Id, Name

Number = Annotated[str, msgspec.Meta(pattern="^[0-9]{3,11}$")]
Code = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_]{1,40}$")]
Said = Annotated[str, msgspec.Meta(max_length=500, pattern=NO_NUL)]
Short = Annotated[str, msgspec.Meta(max_length=200, pattern=NO_NUL)]
Must = Annotated[str, msgspec.Meta(min_length=2, max_length=500, pattern=NO_NUL)]
Step = Literal["merge", "cancel", "reopen"]
Verb = Literal["load", "create", "change", "cut_over", "merge", "cancel", "reopen", "tick", "untick"]

STEP_ZH: Final[dict[Step, str]] = {"merge": "设为已归并", "cancel": "取消号码", "reopen": "恢复或重新开通"}
VERB_ZH: Final[dict[Verb, str]] = {
    "load": "按清单登记",
    "create": "新增",
    "change": "修改",
    "cut_over": "按期切换",
    "merge": "归并完成",
    "cancel": "取消号码",
    "reopen": "恢复或重新开通",
    "tick": "责任落实",
    "untick": "撤销落实",
}
STEP_EN: Final[dict[Step, str]] = {
    "merge": "Merged",
    "cancel": "Cancel the number",
    "reopen": "Restore or open again",
}
VERB_EN: Final[dict[Verb, str]] = {
    "load": "Entered from the list",
    "create": "Added",
    "change": "Changed",
    "cut_over": "Cut over",
    "merge": "Merged",
    "cancel": "Number cancelled",
    "reopen": "Restored or opened again",
    "tick": "Duty ticked",
    "untick": "Duty no longer ticked",
}


def _says(text: str) -> msgspec.Meta:
    return msgspec.Meta(description=text)


class Survey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is found out of a line before it is merged: the ten fields of BY 三(一)."""

    name: Annotated[Short, _says("号码名称")] = ""
    category: Annotated[Short, _says("类别")] = ""
    count: Annotated[Short, _says("数量")] = ""
    level: Annotated[Short, _says("接听层级")] = ""
    managing_body: Annotated[Short, _says("管理机构")] = ""
    service: Annotated[Short, _says("服务方式")] = ""
    seats: Annotated[Short, _says("座席数量")] = ""
    funding: Annotated[Short, _says("经费来源")] = ""
    platform: Annotated[Short, _says("系统平台")] = ""
    staff: Annotated[Short, _says("人员保障")] = ""


SURVEY_ZH: Final[dict[str, str]] = {
    "name": "号码名称",
    "category": "类别",
    "count": "数量",
    "level": "接听层级",
    "managing_body": "管理机构",
    "service": "服务方式",
    "seats": "座席数量",
    "funding": "经费来源",
    "platform": "系统平台",
    "staff": "人员保障",
}


class Override(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What lets the managing body go past a rule of the place; kept in the history."""

    basis: Annotated[Must, _says("批准依据：文件名称和文号")]
    reason: Annotated[Must, _says("理由")]


class LineDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line as it is proposed. What stands on nothing yet may be left out."""

    name: Annotated[Name, _says("热线名称；冻结后更名须有批准依据")]
    purpose: Annotated[Short, _says("用途；冻结后改变用途须有批准依据")] = ""
    mode: Annotated[Code, _says("归并方式：本地规则 merging.modes 的代码，如 whole、dual、subcentre、linkage")]
    unit: Annotated[Name, _says("责任单位，按清单所列")]
    local_unit: Annotated[Name | None, _says("本地对应的单位")] = None
    unit_id: Annotated[Id | None, _says("接听或承办的单位编号")] = None
    founder: Annotated[Code, _says("设立层级：state 国务院部门、province 省、city 市、county 县")]
    levels: Annotated[Annotated[tuple[Level, ...], msgspec.Meta(max_length=5)], _says("原接听层级")] = ()
    experts: Annotated[Experts, _says("专家座席：required 设、may 可设、no 不设")] = "no"
    expert_seats: Annotated[Annotated[int, msgspec.Meta(ge=0, le=1000)], _says("已设专家座席数")] = 0
    seats: Annotated[Seats, _says("座席：merged 并入、kept 保留、temporary 暂时保留、cancelled 取消")]
    by: Annotated[date | None, _says("完成归并的最后一日")] = None
    cut_over: Annotated[date | None, _says("切换日期：自该日起按归并方式接听；空为尚未确定")] = None
    landing: Annotated[
        Landing | None,
        _says(
            "归并去向：own 本级、city 所在市、province 省、province_and_own 省市两级、provincial_subcentre 省级分中心、"
            "other_city 其他城市；空为按设立层级"
        ),
    ] = None
    subcentre_levels: Annotated[
        Annotated[tuple[Level, ...], msgspec.Meta(max_length=5)], _says("保留自有分中心的层级")
    ] = ()
    subcentre_areas: Annotated[
        Annotated[tuple[AreaCode, ...], msgspec.Meta(max_length=200)], _says("保留自有分中心的区划代码")
    ] = ()
    answered_here: Annotated[bool | None, _says("在本地接听；空为尚未查明")] = None
    survey: Annotated[Survey, _says("调查摸底的十项内容（BY 三(一)）")] = Survey()
    prompt_before: Annotated[Said | None, _says("切换前的提示语；空为按本地规则")] = None
    prompt_after: Annotated[Said | None, _says("切换后的提示语；空为按本地规则")] = None
    remark: Annotated[Said, _says("备注")] = ""
    clause: Annotated[Short, _says("登记所依据的文件和条款")] = ""


class Entry(LineDraft, frozen=True, kw_only=True):
    """A line of the register as it stands."""

    id: Annotated[int, _says("登记编号")]
    jurisdiction_id: Annotated[int, _says("所属辖区编号")]
    path: Annotated[str, _says("所属辖区的路径，如 /1/4/")]
    number: Annotated[str, _says("热线号码")]
    quote: Annotated[str, _says("条款原文")]
    reading: Annotated[str, _says("对原文的理解")]
    against: Annotated[str, _says("同一文件的另一说法及所取的一种；没有矛盾的为空")]
    status: Annotated[
        Status,
        _says(
            "状态：planned 计划归并、cut_over 已切换而责任未落实、merged 已归并、province_only 由省级归并、"
            "not_opened 未开通、conditional 在本地接听的才归并、cancelled 已取消"
        ),
    ]
    version: Annotated[int, _says("版本，修改时填入 If-Match")]
    updated_at: Annotated[datetime, _says("更新时间")]
    updated_by: Annotated[int, _says("更新账号编号")]

    def line(self, answered: bool = False) -> Line:
        """As the dial plan needs it. ``answered``: a unit of the place answers the number."""
        return Line(
            number=self.number,
            name=self.name,
            mode=self.mode,
            unit=self.local_unit or self.unit,
            founder=self.founder,
            landing=self.landing,
            seats=self.seats,
            status=self.status,
            cut_over=self.cut_over,
            answered_here=self.answered_here if self.answered_here is not None else answered or None,
            subcentre_levels=self.subcentre_levels,
            subcentre_areas=self.subcentre_areas,
            prompt_before=self.prompt_before,
            prompt_after=self.prompt_after,
            clause=self.clause,
            quote=self.quote,
            reading=self.reading,
            against=self.against,
        )


DRAFT_FIELDS: Final = LineDraft.__struct_fields__


def draft_of_listed(one: ListedLine) -> LineDraft:
    """A listed line as an entry: it is to change over on the last day the document gives it."""
    return LineDraft(
        name=one.name,
        mode=one.mode,
        unit=one.unit,
        local_unit=one.local_unit,
        founder=one.founder,
        levels=one.levels,
        experts=one.experts,
        seats=one.seats,
        by=one.by,
        cut_over=one.by,
        landing=one.landing,
        subcentre_levels=one.subcentre_levels,
        subcentre_areas=one.subcentre_areas,
        clause=one.basis.cite(),
    )


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a line's history; nothing of it is ever rewritten."""

    version: Annotated[int, _says("版本")]
    verb: Annotated[Verb, _says("事项：" + "、".join(f"{key} {zh}" for key, zh in VERB_ZH.items()))]
    at: Annotated[datetime, _says("时间")]
    account_id: Annotated[int, _says("账号编号")]
    account: Annotated[str, _says("账号名称")]
    role: Annotated[str, _says("岗位")]
    changes: Annotated[dict[str, list[Any]], _says("修改的字段：原值和新值")]
    basis: Annotated[str, _says("依据的文件")]
    reason: Annotated[str, _says("理由")]
    overrides: Annotated[
        list[str], _says("越过的规则：new 新设、rename 更名、repurpose 改变用途、restore 恢复、landing 去向")
    ]


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """Something the department of a line, or a sub-centre, owes before the line counts as merged."""

    code: Annotated[str, _says("责任代码")]
    label: Annotated[str, _says("责任名称")]
    label_en: Annotated[str, _says("责任名称（英文）")]
    clause: Annotated[str, _says("依据的条款")]
    done: Annotated[bool, _says("已落实")]
    document: Annotated[str, _says("证明材料")]
    evidence: Annotated[str, _says("勾选时平台的记录")]
    live: Annotated[str, _says("平台现有的记录；没有的为空")]
    shown: Annotated[bool, _says("平台现有的记录足以证明，可不附材料")]
    at: Annotated[datetime | None, _says("勾选时间")]
    account_id: Annotated[int | None, _says("勾选账号编号")]


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What the platform holds of a line's department: the live evidence of its duties.

    Attributes:
        unit: its organisation in the tree is known.
        in_indicators: it is appraised.
        officers: named persons on duty.
        items: published knowledge items it answers for; ``items_at``: the newest of them.
        handled: orders it led and finished lately; ``handled_at``: the last.
        received: orders that came in by the line's number lately; ``received_at``: the last.
        expert_seats: registered with the line.
    """

    unit: bool = False
    in_indicators: bool = False
    officers: int = 0
    items: int = 0
    items_at: datetime | None = None
    handled: int = 0
    handled_at: datetime | None = None
    received: int = 0
    received_at: datetime | None = None
    expert_seats: int = 0
