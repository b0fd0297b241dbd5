"""What the register of hotlines is made of. Each field says what it means, for readers and for OpenAPI."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final, Literal

import msgspec

from yihao.profile.codes import Level, PromptKey
from yihao.profile.listed import Landing, ListedLine, Seats

Status = Literal["planned", "cut_over", "merged", "province_only", "not_opened", "conditional", "cancelled"]
Experts = Literal["required", "may", "no"]
TargetKind = Literal["hotline", "line", "subcentre", "emergency", "partner", "none"]
Does = Literal[
    "answer",
    "emergency",
    "before",
    "merged",
    "ended",
    "dual",
    "own_seats",
    "subcentre",
    "linkage",
    "province",
    "elsewhere",
    "partner",
    "as_before",
    "not_opened",
]

STATUS_ZH: Final[dict[Status, str]] = {
    "planned": "计划归并",
    "cut_over": "已切换，责任未落实",
    "merged": "已归并",
    "province_only": "由省级归并",
    "not_opened": "本地未开通",
    "conditional": "在本地接听的才归并",
    "cancelled": "已取消",
}
SEATS_ZH: Final[dict[Seats, str]] = {
    "merged": "座席并入",
    "kept": "保留座席",
    "temporary": "暂时保留座席",
    "cancelled": "取消本地座席",
}
EXPERTS_ZH: Final[dict[Experts, str]] = {"required": "设专家座席", "may": "可设专家座席", "no": "不设"}
LANDING_ZH: Final[dict[Landing, str]] = {
    "own": "本级12345",
    "city": "所在市12345",
    "province": "省12345",
    "province_and_own": "省市两级12345",
    "provincial_subcentre": "省级分中心",
    "other_city": "其他城市",
}
DOES_ZH: Final[dict[Does, str]] = {
    "answer": "本热线接听",
    "emergency": "接通紧急热线",
    "before": "切换前由原热线接听",
    "merged": "并入12345接听",
    "ended": "号码停用",
    "dual": "12345按该号码接听",
    "own_seats": "转接保留座席",
    "subcentre": "转接分中心",
    "linkage": "由联动热线接听",
    "province": "由省12345接听",
    "elsewhere": "由其他城市的热线接听",
    "partner": "由联动单位接听",
    "as_before": "照旧由原热线接听",
    "not_opened": "本地未开通",
}
STATUS_EN: Final[dict[Status, str]] = {
    "planned": "Planned",
    "cut_over": "Cut over, duties open",
    "merged": "Merged",
    "province_only": "Merged by the province",
    "not_opened": "Not opened here",
    "conditional": "Merged only if answered here",
    "cancelled": "Cancelled",
}
SEATS_EN: Final[dict[Seats, str]] = {
    "merged": "Seats merged",
    "kept": "Seats kept",
    "temporary": "Seats kept for the time being",
    "cancelled": "Local seats cancelled",
}
EXPERTS_EN: Final[dict[Experts, str]] = {
    "required": "Expert seats",
    "may": "Expert seats possible",
    "no": "No expert seats",
}
LANDING_EN: Final[dict[Landing, str]] = {
    "own": "12345 of this level",
    "city": "12345 of the city",
    "province": "12345 of the province",
    "province_and_own": "12345 of province and city",
    "provincial_subcentre": "Provincial sub-centre",
    "other_city": "Another city",
}
DOES_EN: Final[dict[Does, str]] = {
    "answer": "This hotline answers",
    "emergency": "Put through to the emergency line",
    "before": "The former line answers until the cut-over",
    "merged": "Merged: 12345 answers",
    "ended": "Number out of use",
    "dual": "12345 answers under this number",
    "own_seats": "Put through to the kept seats",
    "subcentre": "Put through to the sub-centre",
    "linkage": "The linked line answers",
    "province": "12345 of the province answers",
    "elsewhere": "The hotline of another city answers",
    "partner": "The linked partner answers",
    "as_before": "The former line answers as before",
    "not_opened": "Not opened here",
}


def _says(text: str) -> msgspec.Meta:
    return msgspec.Meta(description=text)


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where a call goes. ``hotline``: a 12345 desk; ``line``: seats of the line's own; ``none``: nowhere."""

    kind: Annotated[
        TargetKind,
        _says(
            "hotline 12345 热线、line 原热线座席、subcentre 分中心、emergency 紧急热线、partner 联动单位、none 不接通"
        ),
    ]
    level: Annotated[Level | None, _says("接听方的层级；不属于任何一级平台的为空")] = None
    area: Annotated[str | None, _says("接听方的行政区划代码；不明的为空")] = None
    name: Annotated[str, _says("接听方名称")] = ""


class Linked(msgspec.Struct, frozen=True, kw_only=True):
    """The linked partner registered with a number. Attributes: name, agreement (the document it rests on)."""

    name: str
    agreement: str


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What a number does when it is dialled, and why."""

    number: Annotated[str, _says("拨打的号码")]
    name: Annotated[str, _says("热线名称；不在清单上的为空")]
    on: Annotated[date, _says("拨打日期")]
    does: Annotated[Does, _says("拨打后怎样处理：" + "、".join(f"{key} {zh}" for key, zh in DOES_ZH.items()))]
    target: Annotated[Target, _says("接到哪里")]
    label: Annotated[str | None, _says("进入12345队列时座席看到、并单独统计的号码；不进队列的为空")]
    hands_on_to: Annotated[str | None, _says("12345接听后可转给的保留座席单位")]
    prompt: Annotated[PromptKey | None, _says("播放的提示语；不播放的为空")]
    spoken: Annotated[str | None, _says("提示语全文")]
    appraised: Annotated[bool, _says("按12345标准考核（保留座席、分中心同样考核）")]
    reason: Annotated[str, _says("原因")]
    reason_en: Annotated[str, _says("原因（英文）")]
    clause: Annotated[str, _says("依据的条款")]
    quote: Annotated[str, _says("条款原文；无原文的为空")]
    reading: Annotated[str, _says("对原文的理解；无歧义的为空")]
    against: Annotated[str, _says("同一文件的另一说法及其条款；没有矛盾的为空")]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A hotline as the dial plan needs it: from the place's list, or from the register as it stands now.

    Attributes:
        number, name: of the line.
        mode: code of ``merging.modes``.
        unit: who answers its seats, by name.
        founder, landing: who founded it, and the hotline it goes to (``None``: by its founder).
        seats, status: see the register.
        cut_over: from this day on it is answered as its mode says; ``None``: no day is set.
        answered_here: it is answered in this place; ``None``: not found out.
        subcentre_levels, subcentre_areas: places that keep a sub-centre of their own.
        prompt_before, prompt_after: instead of the profile's ``transition`` and ``merged``.
        clause, quote, reading, against: what it stands on, as shown.
    """

    number: str
    name: str
    mode: str
    unit: str
    founder: str
    landing: Landing | None = None
    seats: Seats
    status: Status
    cut_over: date | None = None
    answered_here: bool | None = None
    subcentre_levels: tuple[Level, ...] = ()
    subcentre_areas: tuple[str, ...] = ()
    prompt_before: str | None = None
    prompt_after: str | None = None
    clause: str = ""
    quote: str = ""
    reading: str = ""
    against: str = ""

    @classmethod
    def listed(cls, one: ListedLine) -> Line:
        """The line as the place's document lists it; it changes over on its last day."""
        basis = one.basis
        return cls(
            number=one.number,
            name=one.name,
            mode=one.mode,
            unit=one.local_unit or one.unit,
            founder=one.founder,
            landing=one.landing,
            seats=one.seats,
            status=one.status,
            cut_over=one.by,
            subcentre_levels=one.subcentre_levels,
            subcentre_areas=one.subcentre_areas,
            clause=basis.cite(),
            quote=basis.quote or "",
            reading=basis.reading or "",
            against=contradiction(one),
        )


def contradiction(one: ListedLine) -> str:
    """What another passage says of a listed line, with its clause and which of the two holds; empty for none."""
    if one.against is None:
        return ""
    basis = one.against.basis
    return f"{basis.cite()}：{one.against.says}（{basis.reading or basis.quote or ''}）"
