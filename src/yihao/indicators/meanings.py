"""What each indicator counts, in Chinese: what a person reads beside a figure. The English stands in `model`."""

from __future__ import annotations

import csv
from functools import lru_cache
from importlib import resources
from typing import Final, NamedTuple

from yihao.indicators.model import Indicator


class Meaning(NamedTuple):
    """Numerator, denominator (empty for a count) and day in Chinese."""

    numerator: str
    denominator: str
    day: str


_REGISTERED: Final = "登记日"
_KEPT: Final = "按期的计入完成日，逾期的计入到期日"
MEANINGS_ZH: Final[dict[str, Meaning]] = {
    "accepted": Meaning("登记且未被不予受理的工单", "", _REGISTERED),
    "refused": Meaning("不予受理的工单", "", _REGISTERED),
    "transferred": Meaning("转紧急热线或联动热线的工单", "", _REGISTERED),
    "dispatched": Meaning("派给承办单位的次数，改派另计一次", "", "派单日"),
    "closed": Meaning("热线直接答复或承办单位答复后办结的工单", "", "提交答复日"),
    "direct_answer": Meaning("热线自行答复的受理工单", "受理的工单", _REGISTERED),
    "dispatched_on_time": Meaning("按期完成的派单", "已完成或已逾期的派单", _KEPT),
    "signed_on_time": Meaning("主办、协办单位按期签收", "已签收或签收逾期的", _KEPT),
    "responded": Meaning("按期首次联系诉求人", "已首次联系或联系逾期的", _KEPT),
    "on_time": Meaning(
        "主办单位已答复且各次办理均未逾期的工单",
        "已答复或已逾期的工单",
        "已答复的计入最后一次答复日，逾期的计入首次到期日",
    ),
    "overall_on_time": Meaning("总时限（自受理起，不因重办重新起算）内办完的", "已办完或总时限逾期的", _KEPT),
    "returned": Meaning("承办单位申请退单的派单", "派单", "派单日"),
    "improper_returns": Meaning("审核驳回的退单申请", "", "驳回日"),
    "extended": Meaning("获准延期的工单", "已派出的工单", "首次派单日"),
    "redone": Meaning("办结后重办的工单", "承办单位办结的工单", "首次办结日"),
    "complained_of": Meaning("受理的投诉服务企业工单，不含撤诉和并入他单的", "", _REGISTERED),
    "supervised": Meaning("发出的督办（每一级各计一次）", "", "发出日"),
    "urged": Meaning("诉求人催办的次数", "", "催办日"),
    "revisited": Meaning("回访接通或诉求人已评价的工单", "答复后办结且应回访的工单", "办结日"),
    "rated": Meaning("诉求人已评价的工单", "已答复或办结的工单", "办结日"),
    "satisfaction": Meaning(
        "办理评价为满意的（以最后一次为准）",
        "办理评价（以最后一次为准），不含行政调解、执法办案类和本地规则排除的",
        "评价日",
    ),
    "service_satisfaction": Meaning(
        "热线服务评价为满意的（以最后一次为准）", "热线服务评价（以最后一次为准）", "评价日"
    ),
    "solved": Meaning("评价为已解决的", "评价", "评价日"),
}


@lru_cache(maxsize=1)
def _documents() -> dict[str, str]:
    """Full names of founding documents by the short ones of `Indicator.source`: data, as they are of places."""
    text = (resources.files("yihao.indicators") / "sources.csv").read_text(encoding="utf-8")
    return {row["short"]: row["zh"] for row in csv.DictReader(text.splitlines())}


def basis_of(indicator: Indicator) -> str:
    """Where an indicator comes from, in full words."""
    documents = _documents()
    parts = (part.strip().split(" ", 1) for part in indicator.source.split(","))
    return "；".join(" ".join((documents.get(first, first), *rest)) for first, *rest in parts)
