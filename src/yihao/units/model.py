"""What the tree of jurisdictions is made of. Each field says what it means, for readers and for OpenAPI."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec

Level = Literal["province", "city", "county", "township"]
UnitKind = Literal[
    "department",
    "vertical",
    "soe",
    "subcentre",
    "kept_seat",
    "referral_partner",
    "township",
    "managing_body",
    "service_company",
]
Duty = Literal["receiver", "handler", "reviewer"]
OrderKind = Literal["consult", "help", "complaint", "report", "suggestion", "praise", "other"]

LEVELS: tuple[Level, ...] = ("province", "city", "county", "township")
"""From the top down: 省, 市 (prefecture), 县, 乡镇."""

LEVEL_ZH: dict[Level, str] = {"province": "省级", "city": "市级", "county": "县级", "township": "乡镇级"}
UNIT_KIND_ZH: dict[UnitKind, str] = {
    "department": "部门",
    "vertical": "垂直管理单位",
    "soe": "国有企业",
    "subcentre": "分中心",
    "kept_seat": "保留座席单位",
    "referral_partner": "转介协同单位",
    "township": "乡镇街道",
    "managing_body": "热线管理机构",
    "service_company": "社会化服务企业",
}
DUTY_ZH: dict[Duty, str] = {"receiver": "签收员", "handler": "经办", "reviewer": "审核"}
LEVEL_EN: dict[Level, str] = {"province": "Province", "city": "City", "county": "County", "township": "Township"}
UNIT_KIND_EN: dict[UnitKind, str] = {
    "department": "Department",
    "vertical": "Vertically managed unit",
    "soe": "State-owned enterprise",
    "subcentre": "Sub-centre",
    "kept_seat": "Unit with kept seats",
    "referral_partner": "Referral partner",
    "township": "Township",
    "managing_body": "Managing body",
    "service_company": "Service company",
}
DUTY_EN: dict[Duty, str] = {"receiver": "Receiver", "handler": "Handler", "reviewer": "Reviewer"}
ORDER_KIND_ZH: dict[OrderKind, str] = {
    "consult": "咨询",
    "help": "求助",
    "complaint": "投诉",
    "report": "举报",
    "suggestion": "意见建议",
    "praise": "表扬",
    "other": "其他",
}

Id = Annotated[int, msgspec.Meta(ge=1, le=2_147_483_647)]
NO_NUL = r"^[^\x00]*$"
"""PostgreSQL text holds no NUL."""
SAYS = r"^[^\x00]*[^\x00\s][^\x00]*$"
"""No NUL, and more than blanks: a name nobody can read names nothing."""
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=SAYS)]
AreaCode = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{6}([0-9]{3}([0-9]{3})?)?$")]
CategoryCode = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z._-]{1,32}$")]


LayerFile = Annotated[str, msgspec.Meta(min_length=1, max_length=60, pattern=NO_NUL)]
LayerText = Annotated[str, msgspec.Meta(max_length=100_000, pattern=NO_NUL)]


def _says(text: str) -> msgspec.Meta:
    return msgspec.Meta(description=text)


class JurisdictionDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A node as it is proposed; the store gives id and path."""

    parent_id: Annotated[Id | None, _says("上级辖区编号；根节点为空")] = None
    area_code: Annotated[AreaCode, _says("行政区划代码（GB/T 2260，乡镇 9 位）")]
    name: Annotated[Name, _says("辖区名称")]
    level: Annotated[Level, _says("层级：province 省、city 市（州）、county 县、township 乡镇")]
    profile: Annotated[
        Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=NO_NUL)] | None,
        _says("采用的地方规则名称；空为沿用上级"),
    ] = None
    managing_unit_id: Annotated[Id | None, _says("热线管理机构的单位编号（XS 三(一)）")] = None


class Jurisdiction(msgspec.Struct, frozen=True, kw_only=True):
    """A node of the tree: one managing body, its units, a profile layer over its parent's."""

    id: Annotated[int, _says("辖区编号")]
    parent_id: Annotated[int | None, _says("上级辖区编号；根节点为空")]
    path: Annotated[str, _says("自根到本级的编号路径，如 /1/4/")]
    area_code: Annotated[str, _says("行政区划代码（GB/T 2260，乡镇 9 位）")]
    name: Annotated[str, _says("辖区名称")]
    level: Annotated[Level, _says("层级：province 省、city 市（州）、county 县、township 乡镇")]
    profile: Annotated[str | None, _says("采用的地方规则名称；空为沿用上级")]
    managing_unit_id: Annotated[int | None, _says("热线管理机构的单位编号")]
    name_pinyin: Annotated[str, _says("拼音排序键")]


class UnitDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An organisation as it is proposed."""

    jurisdiction_id: Annotated[Id, _says("所属辖区编号")]
    superior_id: Annotated[Id | None, _says("上级主管部门的单位编号；涉及本单位的投诉举报由其办理（XS 三(四)）")] = None
    name: Annotated[Name, _says("单位名称，同一辖区内不重复")]
    short_name: Annotated[Name | None, _says("简称")] = None
    kind: Annotated[
        UnitKind,
        _says(
            "类型：department 部门、vertical 垂直管理、soe 国有企业、subcentre 分中心、kept_seat 保留座席、"
            "referral_partner 转介协同（法院等，不考核）、township 乡镇街道、managing_body 管理机构、"
            "service_company 社会化服务企业"
        ),
    ]
    active: Annotated[bool, _says("是否在用")] = True
    in_indicators: Annotated[bool, _says("是否计入考核；转介协同单位必须为 false（XS 三(六)）")] = True
    may_register: Annotated[bool, _says("可自行登记诉求：仅分中心、保留座席单位和管理机构（QY 二(二)）")] = False
    office_hours: Annotated[
        Annotated[str, msgspec.Meta(max_length=100, pattern=NO_NUL)] | None,
        _says("办公时间，如 09:00-12:00,14:00-18:00；空为按所在地"),
    ] = None
    answers_line: Annotated[
        Annotated[str, msgspec.Meta(pattern="^[0-9]{3,12}$")] | None, _says("自行接听的热线号码，如 12366")
    ] = None


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation that handles, answers or receives orders (承办单位)."""

    id: Annotated[int, _says("单位编号")]
    jurisdiction_id: Annotated[int, _says("所属辖区编号")]
    superior_id: Annotated[int | None, _says("上级主管部门的单位编号")]
    name: Annotated[str, _says("单位名称")]
    short_name: Annotated[str | None, _says("简称")]
    name_pinyin: Annotated[str, _says("拼音排序键")]
    kind: Annotated[UnitKind, _says("类型")]
    active: Annotated[bool, _says("是否在用")]
    in_indicators: Annotated[bool, _says("是否计入考核")]
    may_register: Annotated[bool, _says("可自行登记诉求")]
    office_hours: Annotated[str | None, _says("办公时间；空为按所在地")]
    answers_line: Annotated[str | None, _says("自行接听的热线号码")]


class OfficerDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A named person of a unit as proposed."""

    unit_id: Annotated[Id, _says("单位编号")]
    account_id: Annotated[Id | None, _says("登录账号编号；空为尚未开通")] = None
    name: Annotated[Name, _says("姓名")]
    duty: Annotated[Duty, _says("岗位：receiver 签收员、handler 经办、reviewer 审核")]
    active: Annotated[bool, _says("是否在岗")] = True


class Officer(msgspec.Struct, frozen=True, kw_only=True):
    """A named person of a unit (SX 二(三)15: 承办部门要明确热线办理工作机构和人员)."""

    id: Annotated[int, _says("人员编号")]
    unit_id: Annotated[int, _says("单位编号")]
    account_id: Annotated[int | None, _says("登录账号编号；空为尚未开通")]
    name: Annotated[str, _says("姓名")]
    duty: Annotated[Duty, _says("岗位：receiver 签收员、handler 经办、reviewer 审核")]
    active: Annotated[bool, _says("是否在岗")]


class Category(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A class of matters; also the shape in which one is proposed."""

    code: Annotated[CategoryCode, _says("分类编码")]
    parent: Annotated[CategoryCode | None, _says("上级分类编码；一级分类为空")] = None
    name: Annotated[Name, _says("分类名称")]
    keywords: Annotated[
        Annotated[tuple[Name, ...], msgspec.Meta(max_length=200)], _says("提示该分类的词语，用于对来文作分类建议")
    ] = ()
    active: Annotated[bool, _says("是否在用")] = True


class CatalogueDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of the dispatch catalogue as proposed."""

    category: Annotated[CategoryCode, _says("分类编码")]
    area_code: Annotated[AreaCode, _says("适用辖区的行政区划代码，含其下级")]
    kind: Annotated[OrderKind | None, _says("适用的诉求类型；空为全部")] = None
    unit_id: Annotated[Id, _says("主办单位编号")]
    assist_unit_ids: Annotated[Annotated[tuple[Id, ...], msgspec.Meta(max_length=20)], _says("协办单位编号")] = ()
    basis: Annotated[
        Annotated[str, msgspec.Meta(min_length=1, max_length=500, pattern=SAYS)],
        _says("依据：法律法规、三定规定、权责清单或履职清单"),
    ]
    min_level: Annotated[Level, _says("可办理的最低层级；部门职责不得下压（国办函〔2025〕66号 三(五)）")] = "township"
    valid_from: Annotated[date, _says("生效首日")]
    valid_to: Annotated[date | None, _says("失效前最后一日；空为长期")] = None


class CatalogueRow(msgspec.Struct, frozen=True, kw_only=True):
    """Matter x area -> unit (派单目录). Never rewritten: ended, and followed by its next version."""

    id: Annotated[int, _says("目录行编号")]
    category: Annotated[str, _says("分类编码")]
    area_code: Annotated[str, _says("适用辖区的行政区划代码，含其下级")]
    kind: Annotated[OrderKind | None, _says("适用的诉求类型；空为全部")]
    unit_id: Annotated[int, _says("主办单位编号")]
    assist_unit_ids: Annotated[tuple[int, ...], _says("协办单位编号")]
    basis: Annotated[str, _says("依据")]
    min_level: Annotated[Level, _says("可办理的最低层级")]
    valid_from: Annotated[date, _says("生效首日")]
    valid_to: Annotated[date | None, _says("失效前最后一日；空为长期")]
    version: Annotated[int, _says("同一事项、区域、类型的第几版")]


class YearDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One whole year of the working calendar as proposed: it replaces all of the year."""

    holidays: Annotated[Annotated[tuple[date, ...], msgspec.Meta(max_length=366)], _says("放假日期，含落在周末的")]
    workdays: Annotated[Annotated[tuple[date, ...], msgspec.Meta(max_length=366)], _says("调休上班日期")] = ()
    source: Annotated[
        Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=SAYS)],
        _says("依据的通知，如 国办发明电〔2025〕7号"),
    ]


class YearEdit(msgspec.Struct, frozen=True, kw_only=True):
    """A place's edit of one calendar year, in one of its versions."""

    jurisdiction_id: Annotated[int | None, _says("适用辖区编号；空为全部")]
    year: Annotated[int, _says("年份")]
    version: Annotated[int, _says("第几版")]
    holidays: Annotated[tuple[date, ...], _says("放假日期")]
    workdays: Annotated[tuple[date, ...], _says("调休上班日期")]
    source: Annotated[str, _says("依据的通知")]
    by_account: Annotated[int, _says("录入账号编号")]
    at: Annotated[datetime, _says("录入时间")]


class LayerDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A node's own layer of rules as proposed; without files the node has none any more."""

    files: Annotated[
        Annotated[dict[LayerFile, LayerText], msgspec.Meta(max_length=40)],
        _says("规则文件：文件名（如 limits.yaml、lines/12315.yaml）和内容；为空即撤销本辖区自己的规则"),
    ]
    reason: Annotated[
        Annotated[str, msgspec.Meta(min_length=1, max_length=500, pattern=SAYS)], _says("为何作此调整，如文号")
    ]


class NodeLayer(msgspec.Struct, frozen=True, kw_only=True):
    """A node's own layer of rules in one of its versions."""

    jurisdiction_id: Annotated[int, _says("辖区编号")]
    version: Annotated[int, _says("第几版；工单记有登记时的版本")]
    files: Annotated[dict[str, str], _says("规则文件：文件名和内容")]
    reason: Annotated[str, _says("为何作此调整")]
    by_account: Annotated[int, _says("录入账号编号")]
    at: Annotated[datetime, _says("录入时间")]


class By(msgspec.Struct, frozen=True, kw_only=True):
    """Who writes: ``account`` and the ``role`` it acts as; ``at``: business time, with offset."""

    account: int
    role: str
    at: datetime
    request_id: str = ""
