"""What the register answers over HTTP and shows on screens."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

import msgspec

from yihao.lines import rules
from yihao.lines.dial import MAIN
from yihao.lines.model import EXPERTS_ZH, LANDING_ZH, SEATS_ZH, STATUS_ZH, Decision, Status
from yihao.lines.reading import answering
from yihao.lines.register import Change, Duty, Entry, LineDraft, Number, Override, Step
from yihao.orders.places import Place
from yihao.profile.compare import diff
from yihao.profile.model import Profile
from yihao.units.model import NO_NUL, Id

Role = Literal["main", "emergency", "line"]


def _says(text: str) -> msgspec.Meta:
    return msgspec.Meta(description=text)


class LineView(msgspec.Struct, frozen=True, kw_only=True):
    """A number of a place in a list."""

    number: Annotated[str, _says("热线号码")]
    role: Annotated[Role, _says("main 本热线；emergency 紧急号码，不归并，事项立即转接；line 登记的热线")]
    name: Annotated[str, _says("热线名称")] = ""
    mode: Annotated[str | None, _says("归并方式代码")] = None
    mode_label: Annotated[str, _says("归并方式")] = ""
    unit: Annotated[str, _says("责任单位")] = ""
    seats_label: Annotated[str, _says("座席")] = ""
    status: Annotated[Status | None, _says("状态")] = None
    status_label: Annotated[str, _says("状态名称")] = ""
    by: Annotated[date | None, _says("完成归并的最后一日")] = None
    cut_over: Annotated[date | None, _says("切换日期")] = None
    late_days: Annotated[int, _says("逾期天数；按期为 0")] = 0
    own_rules: Annotated[bool, _says("有专门规则（一号一策），见 GET /profile?line=")] = False
    units: Annotated[list[int], _says("自行接听该号码的单位编号")] = []
    jurisdiction_id: Annotated[int | None, _says("登记所属的辖区编号")] = None
    version: Annotated[int | None, _says("版本")] = None


class LinePage(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of a place."""

    items: Annotated[list[LineView], _says("热线号码，按号码排序")]
    next: Annotated[str | None, _says("下一页的 after；没有下一页时为空")] = None
    incomplete: Annotated[str, _says("登记册不完整的原因；完整的为空")] = ""


class OwnRule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that holds for this line alone (QY 二(二)3 一号一策)."""

    path: Annotated[str, _says("规则，如 limits.dispatch")]
    value: Annotated[str, _says("本热线的规则")]
    general: Annotated[str, _says("本地一般规则")]
    clause: Annotated[str, _says("依据的条款")]


class LineDetail(Entry, frozen=True, kw_only=True):
    """One line with everything about it."""

    mode_label: Annotated[str, _says("归并方式")]
    status_label: Annotated[str, _says("状态名称")]
    founder_label: Annotated[str, _says("设立层级名称")]
    target: Annotated[str, _says("归并去向")]
    late_days: Annotated[int, _says("逾期天数；按期为 0")]
    duties: Annotated[list[Duty], _says("责任清单；全部落实后才能设为已归并")]
    rules: Annotated[list[OwnRule], _says("专门规则（一号一策）")]
    survey_missing: Annotated[list[str], _says("尚缺的调查摸底内容")]
    today: Annotated[Decision, _says("今日拨打后怎样处理")]
    steps: Annotated[list[Step], _says("现状态下可走的步骤，由管理机构办理；merge 还须责任全部落实")]


class DutyList(msgspec.Struct, frozen=True, kw_only=True):
    """The check-list of a line."""

    number: Annotated[str, _says("热线号码")]
    version: Annotated[int, _says("版本，勾选时填入 If-Match")]
    complete: Annotated[bool, _says("全部落实")]
    items: Annotated[list[Duty], _says("责任，按本地规则的顺序")]


class ChangePage(msgspec.Struct, frozen=True, kw_only=True):
    """The history of a line."""

    items: Annotated[list[Change], _says("历次变更，先发生的在前")]
    next: Annotated[int | None, _says("下一页的 after；没有下一页时为空")] = None


class NewLine(LineDraft, frozen=True, kw_only=True):
    """A new line."""

    number: Annotated[Number, _says("热线号码，3 至 11 位数字")]
    jurisdiction_id: Annotated[Id | None, _says("所属辖区编号；空为本人所在辖区")] = None
    status: Annotated[
        Literal["planned", "province_only", "not_opened", "conditional"],
        _says("状态：planned 计划归并、province_only 由省级归并、not_opened 未开通、conditional 在本地接听的才归并"),
    ] = "planned"
    override: Annotated[Override | None, _says("越过冻结等规则的批准依据和理由")] = None


class ChangedLine(LineDraft, frozen=True, kw_only=True):
    """The entry as it is to stand; the number stays."""

    override: Annotated[Override | None, _says("越过冻结等规则的批准依据和理由")] = None


class StepIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A step of a line."""

    step: Annotated[Step, _says("merge 设为已归并（须责任全部落实）、cancel 取消号码、reopen 恢复或重新开通")]
    override: Annotated[Override | None, _says("恢复已取消的号码须有批准依据和理由")] = None


class TickIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A duty ticked, or its tick taken back."""

    done: Annotated[bool, _says("已落实")]
    document: Annotated[
        Annotated[str, msgspec.Meta(max_length=500, pattern=NO_NUL)], _says("证明材料；平台已有记录的可不填")
    ] = ""


class StepOfMerge(msgspec.Struct, frozen=True, kw_only=True):
    """A dated step of the place's merge."""

    label: Annotated[str, _says("步骤")]
    by: Annotated[date, _says("最后一日")]
    past: Annotated[bool, _says("已过期限")]
    clause: Annotated[str, _says("依据的条款")]


class ProgressLine(LineView, frozen=True, kw_only=True):
    """A line in the progress view."""

    red: Annotated[bool, _says("逾期未完成归并")]
    duties_done: Annotated[int, _says("已落实的责任数")]
    duties_total: Annotated[int, _says("责任总数")]
    survey_missing: Annotated[int, _says("尚缺的调查摸底项数")]


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far the merge has come."""

    title: Annotated[str, _says("辖区名称")]
    on: Annotated[date, _says("截至日期")]
    registered: Annotated[int, _says("已登记条数")]
    announced: Annotated[int | None, _says("文件所列条数；文件没有写的为空")]
    incomplete: Annotated[str, _says("登记册不完整的原因；完整的为空")]
    by_status: Annotated[dict[str, int], _says("各状态的条数")]
    by_mode: Annotated[dict[str, int], _says("各归并方式的条数")]
    red: Annotated[int, _says("逾期条数")]
    slow: Annotated[str, _says("对推进较慢的督办方式及条款；本地没有规定的为空")]
    steps: Annotated[list[StepOfMerge], _says("归并步骤")]
    items: Annotated[list[ProgressLine], _says("热线，逾期的在前")]


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Our list beside another's (ZJ 二(二)1 查漏补缺)."""

    theirs: Annotated[str, _says("对照的清单")]
    ours: Annotated[int, _says("我方条数")]
    their_count: Annotated[int, _says("对方条数")]
    items: Annotated[list[rules.Row], _says("缺少、多出和不同的号码")]


def mode_label(profile: Profile, code: str) -> str:
    """A mode's name; its code where the place knows it no more."""
    return next((mode.zh for mode in profile.merging.modes if mode.code == code), code)


def line_view(place: Place, entry: Entry, on: date, answered: dict[str, list[int]]) -> LineView:
    """A registered line in a list."""
    return LineView(**_columns(place, entry, on, answered))


def special_views(place: Place) -> list[LineView]:
    """12345 itself and the emergency numbers: they are known everywhere and registered nowhere."""
    profile, answered = place.profile, answering(place.tree, place.jurisdiction.path)
    made = [LineView(number=MAIN, role="main", name=profile.hotline_name, units=answered.get(MAIN, []))]
    for number in profile.emergency_numbers:
        rules_of = number in profile.lines
        made.append(LineView(number=number, role="emergency", name="紧急热线", own_rules=rules_of))
    return made


def progress_line(place: Place, entry: Entry, on: date, done: int) -> ProgressLine:
    """A line in the progress view. ``done``: duties ticked."""
    late = rules.late_days(entry, on)
    return ProgressLine(
        **_columns(place, entry, on, {}),
        red=late > 0,
        duties_done=done,
        duties_total=len(rules.duties_of(place.profile, entry)),
        survey_missing=len(rules.survey_gaps(place.profile, entry)),
    )


def detail(place: Place, entry: Entry, on: date, duties: list[Duty], today: Decision) -> LineDetail:
    """One line with everything about it."""
    profile = place.profile
    founder = next((one.zh for one in profile.merging.founders if one.code == entry.founder), entry.founder)
    landing = entry.landing or rules.target_of(profile, entry.founder)
    fields: dict[str, Any] = msgspec.structs.asdict(entry)
    return LineDetail(
        **fields,
        mode_label=mode_label(profile, entry.mode),
        status_label=STATUS_ZH[entry.status],
        founder_label=founder,
        target=LANDING_ZH[landing] if landing else "设立地的12345",
        late_days=rules.late_days(entry, on),
        duties=duties,
        rules=own_rules(profile, entry.number),
        survey_missing=list(rules.survey_gaps(profile, entry)),
        today=today,
        steps=[step for step, statuses in rules.FROM.items() if entry.status in statuses],
    )


def own_rules(profile: Profile, number: str) -> list[OwnRule]:
    """What is different for this number alone."""
    line = profile.for_line(number)
    if line is profile:
        return []
    return [
        OwnRule(path=one.path, value=one.right or "–", general=one.left or "–", clause=one.right_basis)
        for one in diff(msgspec.structs.replace(profile, lines={}), line)
    ]


def _columns(place: Place, entry: Entry, on: date, answered: dict[str, list[int]]) -> dict[str, Any]:
    return {
        "number": entry.number,
        "role": "line",
        "name": entry.name,
        "mode": entry.mode,
        "mode_label": mode_label(place.profile, entry.mode),
        "unit": entry.local_unit or entry.unit,
        "seats_label": SEATS_ZH[entry.seats],
        "status": entry.status,
        "status_label": STATUS_ZH[entry.status],
        "by": entry.by,
        "cut_over": entry.cut_over,
        "late_days": rules.late_days(entry, on),
        "own_rules": entry.number in place.profile.lines,
        "units": answered.get(entry.number, []),
        "jurisdiction_id": entry.jurisdiction_id,
        "version": entry.version,
    }


def facts(place: Place, entry: Entry) -> list[tuple[str, str]]:
    """The entry as label and text, for screens and the assessment."""
    return [
        ("归并方式", mode_label(place.profile, entry.mode)),
        ("责任单位", entry.unit + (f"（本地：{entry.local_unit}）" if entry.local_unit else "")),
        ("座席", SEATS_ZH[entry.seats]),
        ("专家座席", EXPERTS_ZH[entry.experts] + (f"，已设{entry.expert_seats}个" if entry.expert_seats else "")),
        ("完成期限", entry.by.isoformat() if entry.by else "—"),
        ("切换日期", entry.cut_over.isoformat() if entry.cut_over else "未定"),
        ("用途", entry.purpose or "—"),
        ("依据", entry.clause or "—"),
    ]
