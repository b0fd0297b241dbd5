"""What figures look like over HTTP; each field described."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from yihao.indicators.meanings import MEANINGS_ZH, basis_of
from yihao.indicators.model import GROUP_ZH, INDICATORS, By, Figure, Indicator, Share
from yihao.indicators.service import Answer
from yihao.orders.model import KINDS, LANES, STATES
from yihao.store.tables import Column
from yihao.units.tree import Tree


def says(description: str, *examples: Any) -> Meta:
    """The description of a field, with examples."""
    return Meta(description=description, examples=list(examples) or None)


COLUMNS: Final = (
    Column("by", "分组"),
    Column("label", "成员"),
    Column("name", "指标代码"),
    Column("indicator", "指标"),
    Column("numerator", "分子"),
    Column("denominator", "分母"),
    Column("value", "值"),
    Column("counts", "分子口径"),
    Column("over", "分母口径"),
    Column("source", "依据"),
    Column("from", "起始日"),
    Column("to", "截止日"),
    Column("as_of", "数据截至"),
)
"""Of the figures as a table."""


class _Out(msgspec.Struct, frozen=True, kw_only=True):
    pass


class IndicatorView(_Out, frozen=True):
    """What an indicator is."""

    name: Annotated[str, says("Stable name. 指标代码。", "on_time")]
    label: Annotated[str, says("Chinese name. 指标名称。", "按时办结率")]
    english: Annotated[str, says("English name.", "closed on time")]
    measure: Annotated[str, says("rate or count. 比率或件数。", "rate")]
    source: Annotated[str, says("Clause that names it, or design. 依据。", "XS 六(四)")]
    numerator: Annotated[str, says("What the numerator counts. 分子口径。")]
    denominator: Annotated[str, says("What the denominator counts; empty for a count. 分母口径。")]
    day: Annotated[str, says("The day it counts on. 计入日期。")]
    numerator_zh: Annotated[str, says("The numerator in Chinese. 分子口径。", "按期完成的派单")]
    denominator_zh: Annotated[str, says("The denominator in Chinese; empty for a count. 分母口径。")]
    day_zh: Annotated[str, says("The day in Chinese. 计入日期。", "登记日")]
    basis: Annotated[str, says("The source in full words. 依据的文件和条款。", "国办发〔2019〕51号")]
    by_unit: Annotated[bool, says("Units have the figure too. 可按单位统计。")]


class FigureView(_Out, frozen=True):
    """One indicator of one group over the period."""

    by: Annotated[By, says("Group: all, unit, line, kind, area, lane. 分组。", "unit")]
    key: Annotated[
        str,
        says(
            "Member: unit id, line (empty: the hotline itself), kind, division code, lane; empty for all. 成员。", "3"
        ),
    ]
    label: Annotated[str, says("The member's Chinese name. 成员名称。", "示例州城管局")]
    name: Annotated[str, says("Indicator. 指标代码。", "on_time")]
    numerator: Annotated[int, says("Numerator. 分子。", 97)]
    denominator: Annotated[int, says("Denominator; 1 for a count. 分母；件数类为1。", 100)]
    value: Annotated[float | None, says("Their quotient; null: nothing to measure. 比值。", 0.97)]


class Figures(_Out, frozen=True, rename={"first": "from", "last": "to"}):
    """Figures over a period."""

    as_of: Annotated[
        datetime | None, says("Every change committed before this moment is in; null: none yet. 数据截至。")
    ]
    first: Annotated[date, says("First day, included. 起始日。")]
    last: Annotated[date, says("Last day, included. 截止日。")]
    indicators: Annotated[list[IndicatorView], says("What each indicator is. 指标说明。")]
    figures: Annotated[list[FigureView], says("The figures. 指标值。")]


class DayView(_Out, frozen=True):
    """An indicator on one day."""

    day: Annotated[date, says("The day. 日期。")]
    numerator: Annotated[int, says("Numerator. 分子。", 97)]
    denominator: Annotated[int, says("Denominator; 1 for a count. 分母；件数类为1。", 100)]
    value: Annotated[float | None, says("Their quotient; null: nothing to measure. 比值。", 0.97)]


class SeriesView(_Out, frozen=True):
    """An indicator day by day."""

    indicator: Annotated[IndicatorView, says("What it is. 指标说明。")]
    days: Annotated[list[DayView], says("Every day of the period, oldest first. 逐日。")]


class Trend(_Out, frozen=True):
    """Indicators day by day."""

    as_of: Annotated[
        datetime | None, says("Every change committed before this moment is in; null: none yet. 数据截至。")
    ]
    series: Annotated[list[SeriesView], says("In the order asked for. 按所查顺序。")]


class ShareView(_Out, frozen=True):
    """One order's part in a figure."""

    number: Annotated[str, says("Number of the order. 工单编号。", "202601055328000000017")]
    numerator: Annotated[int, says("What it adds to the numerator. 计入分子。", 1)]
    denominator: Annotated[int, says("What it adds to the denominator; 0 for a count. 计入分母。", 1)]
    title: Annotated[str, says("Title, identifying spans masked. 标题（已遮盖个人信息）。", "路灯不亮")]
    state: Annotated[str, says("State of the order now. 现在的状态。", "dispatched")]
    state_label: Annotated[str, says("The state in Chinese. 状态名称。", "已派待签收")]
    kind: Annotated[str, says("Kind of matter. 诉求类型。", "help")]
    kind_label: Annotated[str, says("The kind in Chinese. 诉求类型名称。", "求助")]
    lead: Annotated[str | None, says("Lead unit by name. 主办单位。", "示例州城管局")]
    registered_at: Annotated[datetime, says("When it was registered. 登记时间。")]


class SharePage(_Out, frozen=True):
    """Orders behind a figure, newest first."""

    items: Annotated[list[ShareView], says("The orders. 工单。")]
    next: Annotated[str | None, says("Send it as `after` for the next page; null: no more.", "202601055328000000017")]


def figures_view(answer: Answer, first: date, last: date, tree: Tree) -> Figures:
    """The answer with the names of units, places and kinds."""
    return Figures(
        as_of=answer.as_of,
        first=first,
        last=last,
        indicators=[indicator_view(indicator) for indicator in INDICATORS.values()],
        figures=[_figure_view(figure, tree) for figure in answer.figures],
    )


def trend_view(found: Mapping[str, list[Figure]], as_of: datetime | None) -> Trend:
    """The figures of each day, whose key is the day."""
    return Trend(
        as_of=as_of,
        series=[
            SeriesView(
                indicator=indicator_view(INDICATORS[name]),
                days=[
                    DayView(
                        day=date.fromisoformat(one.key),
                        numerator=one.numerator,
                        denominator=one.denominator,
                        value=one.value,
                    )
                    for one in days
                ],
            )
            for name, days in found.items()
        ],
    )


def table_rows(view: Figures) -> list[list[str]]:
    """The figures in the order of `COLUMNS`; a rate without anything to measure has an empty value."""
    about = {one.name: one for one in view.indicators}
    as_of = view.as_of.isoformat() if view.as_of else ""
    return [
        [
            *(GROUP_ZH[one.by], one.label, one.name, about[one.name].label, str(one.numerator), str(one.denominator)),
            "" if one.value is None else f"{one.value:.6g}",
            *(about[one.name].numerator_zh, about[one.name].denominator_zh, about[one.name].basis),
            *(view.first.isoformat(), view.last.isoformat(), as_of),
        ]
        for one in view.figures
    ]


def indicator_view(indicator: Indicator) -> IndicatorView:
    """What the indicator is."""
    meaning = MEANINGS_ZH[indicator.name]
    return IndicatorView(
        name=indicator.name,
        label=indicator.zh,
        english=indicator.en,
        measure=indicator.measure,
        source=indicator.source,
        numerator=indicator.numerator,
        denominator=indicator.denominator,
        day=indicator.day,
        numerator_zh=meaning.numerator,
        denominator_zh=meaning.denominator,
        day_zh=meaning.day,
        basis=basis_of(indicator),
        by_unit=indicator.by_unit,
    )


def share_view(share: Share, tree: Tree) -> ShareView:
    """One order's part, and which order it is."""
    unit = tree.units.get(share.lead_unit) if share.lead_unit is not None else None
    return ShareView(
        number=share.number,
        numerator=share.numerator,
        denominator=share.denominator,
        title=share.title,
        state=share.state,
        state_label=STATES[share.state],
        kind=share.kind,
        kind_label=next((zh for kind, zh in KINDS.items() if kind == share.kind), share.kind),
        lead=unit.name if unit else None,
        registered_at=share.registered_at,
    )


def _figure_view(figure: Figure, tree: Tree) -> FigureView:
    return FigureView(**msgspec.structs.asdict(figure), label=label_of(figure.by, figure.key, tree))


def label_of(by: By, key: str, tree: Tree) -> str:
    """A member's Chinese name; what is not known by name (any more) is shown as it is written."""
    if by == "unit":
        unit = tree.units.get(int(key))
        return unit.name if unit else key
    if by == "kind":
        return next((zh for kind, zh in KINDS.items() if kind == key), key)
    if by == "area":
        area = tree.area(key) if key else None
        return area.name if area else key or "未注明"
    if by == "lane":
        return LANES.get(key, key)
    if by == "line":
        return key or "12345"
    return GROUP_ZH["all"]
