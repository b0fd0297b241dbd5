"""What this room talks about: companies that joined, their score, and cases of probation, removal, restoration."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Final, Literal

import msgspec

from yihao.units.model import NO_NUL

Status = Literal["active", "probation", "removed"]
STATUSES: Final[dict[Status, str]] = {"active": "正常", "probation": "观察期", "removed": "已退出"}
CaseKind = Literal["probation", "removal", "restoration"]
CASE_KINDS: Final[dict[CaseKind, str]] = {"probation": "列入观察", "removal": "退出", "restoration": "恢复正常"}
CaseStatus = Literal["open", "approved", "rejected"]
CASE_STATUSES: Final[dict[CaseStatus, str]] = {"open": "待决定", "approved": "已同意", "rejected": "未同意"}
Ground = Literal["score", "watched", "expired", "person"]
GROUNDS: Final[dict[Ground, str]] = {
    "score": "评价得分",
    "watched": "观察期满",
    "expired": "加入约定到期",
    "person": "人工提出",
}
STATUSES_EN: Final[dict[Status, str]] = {"active": "Active", "probation": "On probation", "removed": "Removed"}
CASE_KINDS_EN: Final[dict[CaseKind, str]] = {
    "probation": "Probation",
    "removal": "Removal",
    "restoration": "Restoration",
}
CASE_STATUSES_EN: Final[dict[CaseStatus, str]] = {"open": "To decide", "approved": "Agreed", "rejected": "Not agreed"}
GROUNDS_EN: Final[dict[Ground, str]] = {
    "score": "Score",
    "watched": "End of probation",
    "expired": "Agreement ended",
    "person": "Proposed by a person",
}

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=NO_NUL)]
Reason = Annotated[str, msgspec.Meta(min_length=2, max_length=1000, pattern=NO_NUL)]


def _says(title: str, text: str = "") -> msgspec.Meta:
    return msgspec.Meta(title=title, description=f"{title}：{text}" if text else f"{title}。")


class CompanyDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is agreed with a company, as proposed. The phone is that of a desk, not of a person."""

    credit_code: Annotated[
        Annotated[str, msgspec.Meta(pattern="^[0-9A-Z]{18}$")], _says("统一社会信用代码", "18位（GB 32100）")
    ]
    services: Annotated[
        Annotated[tuple[Text, ...], msgspec.Meta(min_length=1, max_length=30)],
        _says("服务项目", "如 家政、管道疏通；多项以逗号分隔"),
    ]
    agreement: Annotated[Text, _says("加入约定", "协议或文件的名称、文号")]
    valid_from: Annotated[date, _says("生效首日")]
    valid_to: Annotated[date | None, _says("末日", "空为长期")] = None
    contact: Annotated[Text, _says("联络岗位")]
    duty_phone: Annotated[Annotated[str, msgspec.Meta(pattern=r"^[0-9+][0-9 -]{2,30}$")], _says("联络电话")]


class Company(CompanyDraft, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """A company that joined."""

    unit_id: Annotated[int, _says("单位编号")]
    status: Annotated[Status, _says("状态", "active 正常、probation 观察期、removed 已退出")]
    since: Annotated[date, _says("该状态自何日起")]
    until: Annotated[date | None, _says("观察期至何日")]
    updated_at: Annotated[datetime, _says("最近修改时间")]
    updated_by: Annotated[int, _says("最近修改的账号编号")]


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What a company did over a period: last ratings of the handling, satisfied ones, complaints against it.

    ``score`` is in percent, ``None`` with too few ratings to judge.
    """

    first: Annotated[date, _says("统计首日")]
    last: Annotated[date, _says("统计末日")]
    ratings: Annotated[int, _says("评价件数")]
    satisfied: Annotated[int, _says("其中满意件数")]
    complaints: Annotated[int, _says("被投诉件数")]
    score: Annotated[float | None, _says("得分", "百分制；评价件数不足时为空")]


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """What the rule proposes, and on which ground."""

    kind: CaseKind
    ground: Ground


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal and its decision: kept for good. ``opened_by`` is account 2 for one the rule made."""

    id: Annotated[int, _says("编号")]
    unit_id: Annotated[int, _says("单位编号")]
    kind: Annotated[CaseKind, _says("事项", "probation 列入观察、removal 退出、restoration 恢复正常")]
    ground: Annotated[Ground, _says("缘由", "score 得分、watched 观察期满、expired 约定到期、person 人工提出")]
    reason: Annotated[str, _says("理由")]
    clause: Annotated[str, _says("依据")]
    first: Annotated[date, _says("统计首日")]
    last: Annotated[date, _says("统计末日")]
    ratings: Annotated[int, _says("评价件数")]
    satisfied: Annotated[int, _says("其中满意件数")]
    complaints: Annotated[int, _says("被投诉件数")]
    score: Annotated[float | None, _says("得分")]
    opened_at: Annotated[datetime, _says("提出时间")]
    opened_by: Annotated[int, _says("提出的账号编号", "2 为规则自动提出")]
    status: Annotated[CaseStatus, _says("进展", "open 待决定、approved 已同意、rejected 未同意")]
    decided_at: Annotated[datetime | None, _says("决定时间")] = None
    decided_by: Annotated[int | None, _says("决定的账号编号")] = None
    decision: Annotated[str | None, _says("决定理由")] = None


class CaseDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A proposal made by a person."""

    kind: Annotated[CaseKind, _says("事项", "probation 列入观察、removal 退出、restoration 恢复正常")]
    reason: Annotated[Reason, _says("理由")]


class DecisionIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The managing body's word on a proposal."""

    approve: Annotated[bool, _says("是否同意")]
    reason: Annotated[Reason, _says("决定理由")]
