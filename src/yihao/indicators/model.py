"""What this room talks about: the indicators as data, and what an order counts for.

Each indicator is a numerator over a denominator on a local calendar day of the place. Sources: the founding documents
named in the place's profile; a formula no document writes out is marked ``design``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final, Literal

import msgspec

from yihao.orders.model import Duty, Order

By = Literal["all", "unit", "line", "kind", "area", "lane"]
GROUPS: Final[tuple[By, ...]] = ("all", "unit", "line", "kind", "area", "lane")
GROUP_ZH: Final[dict[By, str]] = {
    "all": "全部",
    "unit": "单位",
    "line": "热线",
    "kind": "诉求类型",
    "area": "区划",
    "lane": "优先通道",
}
GROUP_EN: Final[dict[By, str]] = {
    "all": "All",
    "unit": "Unit",
    "line": "Line",
    "kind": "Kind",
    "area": "Area",
    "lane": "Lane",
}
Measure = Literal["rate", "count"]
UNIT_OF_ALL: Final = 0
"""Stands for the matter as a whole where a unit's id would stand."""


class Indicator(msgspec.Struct, frozen=True, kw_only=True):
    """One indicator.

    ``numerator`` and ``denominator`` say in words what is counted; a count has no denominator. ``day`` says on which
    day it counts. ``source`` is the clause that names it. ``by_unit``: units have the figure too.
    """

    name: str
    zh: str
    en: str
    measure: Measure
    source: str
    numerator: str
    denominator: str
    day: str
    by_unit: bool = True


def _count(name: str, zh: str, en: str, source: str, what: str, day: str, *, by_unit: bool = True) -> Indicator:
    return _rate(name, zh, en, source, what, "", day, by_unit=by_unit)


def _rate(
    name: str, zh: str, en: str, source: str, numerator: str, denominator: str, day: str, *, by_unit: bool = True
) -> Indicator:
    return Indicator(
        name=name,
        zh=zh,
        en=en,
        measure="rate" if denominator else "count",
        source=source,
        numerator=numerator,
        denominator=denominator,
        day=day,
        by_unit=by_unit,
    )


_MET = "met: the day it was met; missed: the day it was due"
_TABLE: Final = (
    _count(
        "accepted", "受理量", "accepted", "design", "orders registered and not refused", "registered", by_unit=False
    ),
    _count("refused", "不予受理量", "refused", "XS 三(二)", "orders refused", "registered", by_unit=False),
    _count(
        "transferred",
        "转办量",
        "transferred",
        "XS 三(六)",
        "orders handed to an emergency or linked number",
        "registered",
        by_unit=False,
    ),
    _count(
        "dispatched", "派单量", "dispatched", "XS 三(四)", "dispatches to a unit, a re-dispatch again", "dispatched"
    ),
    _count(
        "closed",
        "办结量",
        "closed",
        "XS 三(三)",
        "orders answered by the hotline, or closed on a released reply",
        "the reply was submitted",
    ),
    _rate(
        "direct_answer",
        "直接答复率",
        "answered directly",
        "ZJ 三(四)",
        "accepted orders the hotline answered itself",
        "accepted orders",
        "registered",
        by_unit=False,
    ),
    _rate(
        "dispatched_on_time",
        "按时派单率",
        "dispatched on time",
        "XS 三(四)",
        "dispatch duties met by their due",
        "dispatch duties met or missed",
        _MET,
        by_unit=False,
    ),
    _rate(
        "signed_on_time",
        "按时签收率",
        "signed on time",
        "XS 三(四)",
        "sign duties (lead and assisting) met by their due",
        "sign duties met or missed",
        _MET,
    ),
    _rate(
        "responded",
        "响应率",
        "responded",
        "design",
        "first contacts made by their due",
        "first contacts made or missed",
        _MET,
    ),
    _rate(
        "on_time",
        "按时办结率",
        "closed on time",
        "SX 二(二)8",
        "orders the lead unit replied to with no handling due missed",
        "orders replied to, or overdue",
        "replied: the day of the last reply; overdue: the day first due",
    ),
    _rate(
        "overall_on_time",
        "总时限按时率",
        "whole matter on time",
        "XS 三(五), design",
        "overall limits (from acceptance, never restarted) met",
        "overall limits met or missed",
        _MET,
        by_unit=False,
    ),
    _rate(
        "returned",
        "退单率",
        "returned",
        "SX 二(二)8, design",
        "dispatches the unit asked to hand back",
        "dispatches",
        "dispatched",
    ),
    _count("improper_returns", "不当退单数", "improper returns", "XS 六(四)", "returns rejected at review", "rejected"),
    _rate(
        "extended",
        "延期率",
        "extended",
        "design",
        "orders with an extension granted",
        "orders dispatched",
        "first dispatched",
    ),
    _rate(
        "redone",
        "重办率",
        "redone",
        "design",
        "orders closed and later redone",
        "orders closed by a unit",
        "first closed",
    ),
    _count(
        "complained_of",
        "服务企业被投诉量",
        "complaints against service companies",
        "SX 二(二)8, design",
        "complaints accepted against a service company, without those withdrawn or merged into another",
        "registered",
    ),
    _count("supervised", "督办量", "supervised", "XS 六(四)", "steps of supervision issued", "issued"),
    _count("urged", "催办量", "urged", "design", "urgings by citizens", "urged"),
    _rate(
        "revisited",
        "回访率",
        "revisited",
        "XS 三(三)",
        "orders whose citizen was reached or rated",
        "orders closed on a reply and open to revisits",
        "closed",
    ),
    _rate("rated", "评价率", "rated", "XS 三(三)", "orders rated", "orders answered or closed", "closed"),
    _rate(
        "satisfaction",
        "群众满意率",
        "satisfaction",
        "XS 六(四)",
        "last ratings of the handling that count as satisfied",
        "last ratings, without mediation and enforcement cases and the profile's other exclusions",
        "rated",
    ),
    _rate(
        "service_satisfaction",
        "热线服务满意率",
        "satisfaction with the service",
        "国办发〔2019〕51号",
        "last ratings of the service that count as satisfied",
        "last ratings",
        "rated",
        by_unit=False,
    ),
    _rate("solved", "问题解决率", "solved", "XS 六(四)", "ratings that say solved", "ratings", "rated"),
)
INDICATORS: Final[dict[str, Indicator]] = {indicator.name: indicator for indicator in _TABLE}
CODES: Final[dict[str, int]] = {
    "accepted": 1,
    "refused": 2,
    "transferred": 3,
    "dispatched": 4,
    "closed": 5,
    "direct_answer": 6,
    "dispatched_on_time": 7,
    "signed_on_time": 8,
    "responded": 9,
    "on_time": 10,
    "overall_on_time": 11,
    "returned": 12,
    "improper_returns": 13,
    "extended": 14,
    "redone": 15,
    "supervised": 16,
    "urged": 17,
    "revisited": 18,
    "rated": 19,
    "satisfaction": 20,
    "service_satisfaction": 21,
    "solved": 22,
    "complained_of": 23,
}
"""By what each indicator stands in ``order_fact``. A code is never given anew, also when its indicator is no more."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What a figure needs of one event. ``lead``: the lead unit it set, where ``led`` says it set one."""

    verb: str
    at: datetime
    to_state: str
    facts: dict[str, Any]
    led: bool = False
    lead: int | None = None
    closed_at: datetime | None = None


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """One order, every duty it ever had, its steps from the first."""

    order: Order
    duties: tuple[Duty, ...]
    steps: tuple[Step, ...]


class Count(msgspec.Struct, frozen=True, order=True, array_like=True):
    """What an order counts for: ``unit`` is `UNIT_OF_ALL` for the matter as a whole."""

    indicator: str
    unit: int
    day: date
    numerator: int
    denominator: int


class Contribution(msgspec.Struct, frozen=True, kw_only=True):
    """All an order counts for, and the groups it is counted in; ``lane`` is empty outside every lane."""

    number: str
    path: str
    kind: str
    line: str
    area: str
    lane: str = ""
    counts: tuple[Count, ...]


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """An indicator over a period for one group. ``value`` is ``None`` when there was nothing to measure.

    A count stands over a denominator of 1, so that a value is always the numerator over the denominator.
    """

    by: By
    key: str
    name: str
    numerator: int
    denominator: int
    value: float | None


class Share(msgspec.Struct, frozen=True):
    """One order's part in a figure, and which order it is; ``title`` is masked."""

    number: str
    numerator: int
    denominator: int
    title: str
    state: str
    kind: str
    lead_unit: int | None
    registered_at: datetime
