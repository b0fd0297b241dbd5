"""What may be registered, changed and called merged; what is late; where two lists differ. Pure: days are arguments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Annotated, Final, NamedTuple

import msgspec

from yihao.lines.dial import MAIN, SUBCENTRE
from yihao.lines.errors import (
    DutiesOpen,
    EmergencyLine,
    NeedsDocument,
    NeedsOverride,
    UnknownDuty,
    WrongLine,
    WrongStep,
)
from yihao.lines.model import STATUS_ZH, Status
from yihao.lines.register import STEP_ZH, Entry, Held, LineDraft, Override, Step
from yihao.profile.listed import Landing
from yihao.profile.merging import FounderRule, Mode
from yihao.profile.model import Profile
from yihao.profile.provision import Named

OPEN: Final[tuple[Status, ...]] = ("planned", "cut_over")
"""Statuses of a line whose merge is still to be finished."""
FROM: Final[dict[Step, tuple[Status, ...]]] = {
    "merge": ("planned", "cut_over", "conditional"),
    "cancel": ("planned", "cut_over", "merged", "province_only", "not_opened", "conditional"),
    "reopen": ("cancelled", "not_opened", "merged", "province_only"),
}


class Need(NamedTuple):
    """A rule that an entry goes past: its code, why it stands in the way, and its clause."""

    code: str
    why: str
    why_en: str
    clause: str


def check(
    profile: Profile, number: str, draft: LineDraft, old: Entry | None, today: date, override: Override | None
) -> tuple[str, ...]:
    """Whether a line may be entered or changed so; answers the rules that the override goes past.

    Raises:
        EmergencyLine: nothing overrides it.
        WrongLine: the entry contradicts the place's rules or itself.
        NeedsOverride: with the first rule that stands in the way and its clause.
    """
    _consistent(profile, number, draft)
    needs = needed(profile, draft, old, today)
    if needs and override is None:
        first = needs[0]
        raise NeedsOverride(field="override", clause=first.clause, why=first.why, why_en=first.why_en)
    return tuple(need.code for need in needs)


def needed(profile: Profile, draft: LineDraft, old: Entry | None, today: date) -> list[Need]:
    """Every rule the entry goes past: the freeze, numbers that are not restored, where a founder's lines go."""
    found: list[Need] = []
    freeze = profile.merging.freeze
    if today >= freeze.since:
        clause = freeze.basis.cite()
        since = f"自{freeze.since.isoformat()}起"
        if old is None and "new" in freeze.covers:
            found.append(Need("new", f"{since}不得再新设热线", "no new lines since the freeze", clause))
        if old is not None and old.name != draft.name and "rename" in freeze.covers:
            found.append(Need("rename", f"{since}不得变更热线名称", "no renaming since the freeze", clause))
        if old is not None and old.purpose != draft.purpose and "repurpose" in freeze.covers:
            found.append(Need("repurpose", f"{since}不得改变热线用途", "no re-purposing since the freeze", clause))
    if old is not None and number_ended(profile, old) and _keeps_number(profile, old.number, draft.mode):
        found += _restoring(profile)
    own = target_of(profile, draft.founder)
    moved = old is None or (old.landing, old.founder) != (draft.landing, draft.founder)
    if draft.landing is not None and draft.landing != own and moved:
        rule = _founder(profile, draft.founder)
        clause = rule.basis.cite() if rule else ""
        found.append(
            Need(
                "landing", "归并去向与设立层级的规定不符", "the line goes to another hotline than its founder's", clause
            )
        )
    return found


def _restoring(profile: Profile) -> list[Need]:
    rule = profile.merging.restore_cancelled
    if rule.on:
        return []
    return [
        Need(
            "restore",
            "已经取消或未开通的号码不再恢复",
            "a number cancelled or never opened is not restored",
            rule.basis.cite(),
        )
    ]


def number_ended(profile: Profile, entry: Entry) -> bool:
    """Whether the number is cancelled: withdrawn, never opened here, or merged whole."""
    if entry.status in ("cancelled", "not_opened"):
        return True
    return entry.status in ("merged", "cut_over") and not _keeps_number(profile, entry.number, entry.mode)


def _keeps_number(profile: Profile, number: str, code: str) -> bool:
    mode = mode_of(profile, number, code)
    return mode is not None and mode.keep_number


def mode_of(profile: Profile, number: str, code: str) -> Mode | None:
    """The mode under the number's own rules (一号一策)."""
    return next((mode for mode in profile.for_line(number).merging.modes if mode.code == code), None)


def _founder(profile: Profile, code: str) -> FounderRule | None:
    return next((rule for rule in profile.merging.founders if rule.code == code), None)


def target_of(profile: Profile, founder: str) -> Landing | None:
    """Where lines of a founder go (SX 二(一)2): ``None`` where that is a hotline below the place."""
    rule = _founder(profile, founder)
    here = "city" if profile.level == "prefecture" else profile.level
    if rule is not None and rule.joins == "city":
        return "city" if here == "province" else "own"
    if founder in ("state", here):
        return "own"
    if founder == "province":
        return "province"
    return "city" if founder == "city" else None


def _consistent(profile: Profile, number: str, draft: LineDraft) -> None:
    if number in (*profile.emergency_numbers, MAIN):
        raise EmergencyLine(field="number", clause=profile.acceptance.emergency.basis.cite(), number=number)
    mode, founder = mode_of(profile, number, draft.mode), _founder(profile, draft.founder)
    if mode is None:
        known = "、".join(f"{one.code} {one.zh}" for one in profile.merging.modes)
        raise WrongLine(
            field="mode", why=f"归并方式“{draft.mode}”不在本地规则之内，可用：{known}", why_en=f"modes here are {known}"
        )
    if founder is None:
        known = "、".join(f"{one.code} {one.zh}" for one in profile.merging.founders)
        raise WrongLine(
            field="founder",
            why=f"设立层级“{draft.founder}”不在本地规则之内，可用：{known}",
            why_en=f"founders are {known}",
        )
    if draft.mode not in founder.modes:
        names = "、".join(one.zh for one in profile.merging.modes if one.code in founder.modes)
        raise WrongLine(
            field="mode",
            clause=founder.basis.cite(),
            why=f"“{founder.zh}”的热线只能以{names}方式归并",
            why_en=f"lines of this founder join by {', '.join(founder.modes)}",
        )
    _seats(profile, mode, draft)


def _seats(profile: Profile, mode: Mode, draft: LineDraft) -> None:
    stays = draft.seats in ("kept", "temporary")
    if stays and mode.keep_seats == "no" and not profile.merging.kept_seats.on:
        raise WrongLine(
            field="seats",
            clause=profile.merging.kept_seats.basis.cite(),
            why=f"“{mode.zh}”不保留座席，本地也没有保留座席的规定",
            why_en="this mode keeps no seats, and the place has no rule that would",
        )
    if draft.by is not None and draft.cut_over is not None and draft.cut_over.year < draft.by.year - 10:
        raise WrongLine(
            field="cut_over",
            why="切换日期早于完成期限十年以上，请核对年份",
            why_en="cut_over lies ten years before by; check it",
        )


def check_step(profile: Profile, entry: Entry, step: Step, duties: Sequence[tuple[Named, bool]], today: date) -> None:
    """Whether the line may take the step; the override of a reopening is `reopening`'s.

    Raises:
        WrongStep: the status does not allow it. DutiesOpen: not everything owed is done.
    """
    label = STEP_ZH[step]
    if entry.status not in FROM[step] or (step == "reopen" and not _reopenable(profile, entry)):
        raise WrongStep(status=STATUS_ZH[entry.status], status_en=entry.status, step=label)
    if step != "merge":
        return
    if entry.status == "conditional" and not entry.answered_here:
        raise WrongStep(status="未登记为在本地接听", status_en="not registered as answered here", step=label)
    if entry.cut_over is None or today < entry.cut_over:
        raise WrongStep(status="切换日期未到或未定", status_en="not yet cut over", step=label)
    owed = [duty for duty, done in duties if not done]
    if owed:
        raise DutiesOpen(
            clause=owed[0].basis.cite(),
            duties="、".join(duty.zh for duty in owed),
            duties_en=", ".join(duty.en for duty in owed),
        )


def _reopenable(profile: Profile, entry: Entry) -> bool:
    return entry.status == "province_only" or number_ended(profile, entry)


def reopening(profile: Profile, entry: Entry, override: Override | None) -> tuple[str, ...]:
    """The rules a reopening goes past. Raises NeedsOverride."""
    needs = _restoring(profile) if number_ended(profile, entry) else []
    if needs and override is None:
        raise NeedsOverride(field="override", clause=needs[0].clause, why=needs[0].why, why_en=needs[0].why_en)
    return tuple(need.code for need in needs)


def flips(entry: Entry, today: date) -> bool:
    """Whether the clock changes the line over: its day has come (XS 五(二))."""
    return entry.status == "planned" and entry.cut_over is not None and entry.cut_over <= today


# Duties.


def duties_of(profile: Profile, entry: Entry) -> tuple[Named, ...]:
    """What is owed: of a sub-centre its own duties (XS 二(三)), of any other line the industry's four (SX 二(一)3).

    What is not merged here owes nothing.
    """
    if entry.status in ("province_only", "not_opened", "cancelled"):
        return ()
    merging = profile.for_line(entry.number).merging
    return merging.subcentre_duties if entry.mode == SUBCENTRE else merging.line_duties


def duty_of(profile: Profile, entry: Entry, code: str) -> Named:
    """One of them. Raises UnknownDuty."""
    owed = duties_of(profile, entry)
    for duty in owed:
        if duty.code == code:
            return duty
    raise UnknownDuty(what="", duty=code, known="、".join(one.code for one in owed))


class Shown(NamedTuple):
    """Live evidence of a duty in words, and whether it is enough without a document."""

    text: str
    enough: bool


def evidence(code: str, held: Held) -> Shown:
    """What the platform holds that shows a duty; what calls and exchange will show is ticked by hand until then."""
    if code in ("shared_knowledge", "shared_data"):
        day = f"，最近更新{held.items_at.date().isoformat()}" if held.items_at else ""
        return Shown(f"知识库中由该单位负责的已发布条目{held.items}条{day}", held.items > 0)
    if code == "handling":
        day = f"，最近一件{held.handled_at.date().isoformat()}" if held.handled_at else ""
        return Shown(f"在岗办理人员{held.officers}人，近90天办结工单{held.handled}件{day}", held.officers > 0)
    if code == "expert_seats":
        return Shown(f"登记专家座席{held.expert_seats}个", held.expert_seats > 0)
    if code == "appraisal":
        return Shown("该单位已计入考核" if held.in_indicators else "该单位未计入考核", held.in_indicators)
    if code in ("orders", "live_data"):
        day = f"，最近一件{held.received_at.date().isoformat()}" if held.received_at else ""
        return Shown(f"近90天该号码登记的工单{held.received}件{day}", held.received > 0)
    return Shown("", False)


def check_tick(duty: Named, shown: Shown, document: str) -> None:
    """A duty is ticked on what the platform holds, or on a document. Raises NeedsDocument."""
    if not shown.enough and len(document.strip()) < 2:
        raise NeedsDocument(field="document", clause=duty.basis.cite(), duty=duty.zh, duty_en=duty.en)


# Progress.


def late_days(entry: Entry, today: date) -> int:
    """Days past the last day of a merge that is not finished; 0 in time (ZJ 一(二))."""
    if entry.status not in OPEN or entry.by is None:
        return 0
    return max(0, (today - entry.by).days)


def incomplete(profile: Profile, count: int) -> str:
    """Why the register cannot be complete; empty when it can (SX: the annex is absent from the published text)."""
    announced = profile.merging.announced
    if announced is None or announced.at_hand or count >= announced.total:
        return ""
    parts = [f"{_mode_name(profile, code)}{number}条" for code, number in announced.modes.items()]
    if announced.undivided:
        parts.append(f"未分方式{announced.undivided}条")
    return (
        f"{announced.basis.cite()}只有条数（共{announced.total}条：{'、'.join(parts)}），没有清单，已登记{count}条；"
        "请用 yihao import lines 导入清单"
    )


def _mode_name(profile: Profile, code: str) -> str:
    return next((mode.zh for mode in profile.merging.modes if mode.code == code), code)


def survey_gaps(profile: Profile, entry: Entry) -> tuple[str, ...]:
    """Survey fields the place's document asks for and nobody has filled in (BY 三(一)), by name."""
    return tuple(field.zh for field in profile.merging.survey if not getattr(entry.survey, field.code, ""))


# Two lists beside each other.


class Other(NamedTuple):
    """A line of another list."""

    number: str
    name: str
    mode: str
    unit: str


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One number in two lists."""

    number: Annotated[str, msgspec.Meta(description="热线号码")]
    finding: Annotated[str, msgspec.Meta(description="we_lack 我方缺少、they_lack 对方没有、differs 两处不同")]
    name: Annotated[str | None, msgspec.Meta(description="我方名称")] = None
    their_name: Annotated[str | None, msgspec.Meta(description="对方名称")] = None
    mode: Annotated[str | None, msgspec.Meta(description="我方归并方式")] = None
    their_mode: Annotated[str | None, msgspec.Meta(description="对方归并方式")] = None
    unit: Annotated[str | None, msgspec.Meta(description="我方责任单位")] = None
    their_unit: Annotated[str | None, msgspec.Meta(description="对方责任单位")] = None


def compare(ours: Iterable[Other], theirs: Iterable[Other]) -> list[Row]:
    """What we lack, what they lack, what differs (ZJ 二(二)1). A department of another level is no difference."""
    mine: Mapping[str, Other] = {one.number: one for one in ours}
    other: Mapping[str, Other] = {one.number: one for one in theirs}
    rows = []
    for number in sorted({*mine, *other}):
        a, b = mine.get(number), other.get(number)
        if a is None or b is None:
            finding = "we_lack" if a is None else "they_lack"
        elif (a.name, a.mode) != (b.name, b.mode):
            finding = "differs"
        else:
            continue
        rows.append(
            Row(
                number=number,
                finding=finding,
                name=a.name if a else None,
                their_name=b.name if b else None,
                mode=a.mode if a else None,
                their_mode=b.mode if b else None,
                unit=a.unit if a else None,
                their_unit=b.unit if b else None,
            )
        )
    return rows
