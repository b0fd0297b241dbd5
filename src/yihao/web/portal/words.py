"""Plain words of the citizens' pages: limits as people say them, kinds as people know them, what comes next."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from yihao.profile.model import KindCode, Profile
from yihao.profile.provision import Limit
from yihao.worktime import Measure

UNITS: Final = {
    Measure.WORKING_DAYS: "个工作日",
    Measure.OFFICE_HOURS: "个工作小时",
    Measure.OFFICE_MINUTES: "个工作分钟",
    Measure.HOURS: "小时",
    Measure.MINUTES: "分钟",
}
HINTS: Final[dict[KindCode, str]] = {
    "consult": "想了解政策、条件、流程",
    "help": "遇到困难，希望帮助解决",
    "complaint": "对服务、管理或履职不满意",
    "report": "检举违法违规行为，身份另行加密保管",
    "suggestion": "对政府工作提出建议",
    "praise": "表扬好人好事、好服务",
    "other": "不确定属于哪一类",
}
STAGES: Final = (
    ("accepted", "受理"),
    ("assigned", "转办"),
    ("handling", "办理"),
    ("reviewing", "审核"),
    ("replied", "答复"),
)
"""How far a matter is, in the order of its life; the other stages end it early."""
PLACES: Final = {"accepted": 0, "assigned": 1, "handling": 2, "reviewing": 3}
"""Stage to its place among `STAGES`; all others stand at the end."""


def moment(value: datetime, zone: ZoneInfo) -> str:
    """A time in the place's own zone, to the minute."""
    return value.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def dialled(profile: Profile) -> str:
    """What is dialled for the hotline, as the place writes it."""
    return profile.place.number.value


def hours(profile: Profile) -> str:
    """When people answer the phone, as the place writes it."""
    return profile.place.service.value


def in_words(limit: Limit) -> str:
    """A limit as people say it: ``3个工作日内``; the rule of the same day says so."""
    rule = limit.parsed
    if rule.measure is Measure.DISPATCH:
        return "当日内（非工作时间顺延）"
    return f"{rule.amount}{UNITS[rule.measure]}内"


def coming(profile: Profile, kind: KindCode, *, lane: bool) -> list[tuple[str, str]]:
    """What happens to a matter after it was filed, step by step: a title and a sentence with the place's own limits."""
    rule, limits, flow = profile.kinds[kind], profile.limits, profile.flow
    if rule.immediate_dispatch.on:
        sent = limits["dispatch_immediate"]
    else:
        sent = limits["dispatch_enterprise" if lane else "dispatch"]
    signed = limits["sign_enterprise" if lane else "sign"]
    found = [
        ("受理", "热线核对内容。属于一般咨询、知识库已有答案的，直接答复您。"),
        ("转办", f"{in_words(sent)}转交承办单位，承办单位{in_words(signed)}签收。"),
        ("办理", f"{rule.zh}类诉求应在受理后{in_words(rule.base)}办结；情况复杂需要延期的，会写入办理过程。"),
        ("答复", "答复经热线审核后在“查询进度”中公布，也可能电话联系您。"),
        ("评价", "办结后请您评价是否解决、是否满意；没有解决的，可以在评价中说明。"),
    ]
    if lane:
        found.insert(1, ("优先", f"企业诉求走绿色通道，优先于一般诉求，{in_words(sent)}派单、{in_words(signed)}签收。"))
    if not flow.urge.per_day:
        return found
    return [*found, ("催办", f"等待期间可以补充情况，也可以催办，每天记录{flow.urge.per_day}次。")]
