"""What one rule alone cannot show: that the rules of a profile fit each other."""

from __future__ import annotations

from collections import Counter
from datetime import time
from typing import get_args

from yihao.profile.codes import KindCode, LimitKey, StageCode
from yihao.profile.flow import AdjudicationRule, ExtensionRule, ReplyRule, StageList
from yihao.profile.listed import ListedLine
from yihao.profile.merging import CompanyRule, FounderRule, KeptSeatsRule, Mode
from yihao.profile.model import AnnouncedLines, Prompt, Refusal, SupervisionTool
from yihao.profile.provision import Limit, working_days
from yihao.profile.read import Reader
from yihao.profile.scalars import CHECKS, UnfitError
from yihao.worktime import OfficeHours

# 国办发〔2020〕53号: these are never merged.
EMERGENCY = ("110", "119", "120", "122")
# The stages every place has; some name no 办结 of its own, some add 协调 and 考核.
NEEDED_STAGES: tuple[StageCode, ...] = ("accept", "dispatch", "handle", "reply", "supervise", "revisit", "rate")
# Limits that are added to, or taken from, another due: only whole working days can be.
DAY_LIMITS: tuple[LimitKey, ...] = ("assist_margin", "reply_reject_extra", "yellow_card")


def check(reader: Reader) -> None:
    """Note every contradiction between the rules that were read."""
    _limits(reader)
    for kind in get_args(KindCode):
        _extension(reader, kind)
    _stages(reader)
    _references(reader)
    _emergency(reader)
    _hours(reader)
    _announced(reader)
    _prompts(reader)
    _reply(reader)
    _listed(reader)
    _companies(reader)


def _limits(reader: Reader) -> None:
    for path, value in list(reader.parts.items()):
        if not isinstance(value, Limit):
            continue
        key = path.removeprefix("limits.")
        node = reader.at[f"{path}.rule"]
        wrong = None
        if value.rule_is_dispatch and key != "dispatch":
            wrong = ("dispatch 只用于 limits.dispatch", "dispatch belongs to limits.dispatch only")
        elif key in DAY_LIMITS and not value.days:
            wrong = ("此处只能以工作日计", "only working days can be counted here")
        if wrong:
            reader.note("impossible_limit", node, f"{path}.rule", value=value.rule, why_zh=wrong[0], why=wrong[1])


def _extension(reader: Reader, kind: str) -> None:
    path = f"kinds.{kind}.extension"
    rule: ExtensionRule | None = reader.parts.get(path)
    if rule is None:
        return
    node = reader.at[path]
    given = [value for value in (rule.each, rule.total_cap) if value is not None]
    why = None
    if rule.allowed and rule.count < 1:
        why = ("允许延期但次数为 0", "allowed, but no times")
    elif rule.allowed and len(given) != 1:
        why = ("each 与 total_cap 须恰有一个", "exactly one of each and total_cap is needed")
    elif not rule.allowed and (given or rule.count):
        why = ("不允许延期却写了次数或天数", "not allowed, but a count or days are given")
    if why:
        reader.note("extension_shape", node, path, why_zh=why[0], why=why[1])
        return
    base: Limit | None = reader.parts.get(f"kinds.{kind}.base")
    if base is None or rule.total_cap is None:
        return
    if not base.days or working_days(rule.total_cap) <= base.days:
        at = reader.at[f"{path}.total_cap"]
        reader.note("extension_below_base", at, f"{path}.total_cap", cap=rule.total_cap, base=base.rule)


def _stages(reader: Reader) -> None:
    stages: StageList | None = reader.parts.get("flow.stages")
    if stages is None:
        return
    for stage in NEEDED_STAGES:
        if stage not in stages.order:
            reader.note("missing_stage", reader.at["flow.stages"], "flow.stages.order", missing=stage)
    rule: AdjudicationRule | None = reader.parts.get("flow.adjudication")
    if rule is not None and rule.meeting and "coordinate" not in stages.order:
        # Nothing could ever be adjudicated: the meeting is recorded in that stage.
        reader.note("meeting_without_stage", reader.at["flow.adjudication"], "flow.adjudication.meeting")


def _references(reader: Reader) -> None:
    for path, value in list(reader.parts.items()):
        if isinstance(value, Refusal):
            _defined(reader, f"{path}.outcome", value.outcome, "acceptance.outcomes")
        elif isinstance(value, SupervisionTool):
            _defined(reader, f"{path}.level", value.level, "supervision.levels")
        elif isinstance(value, FounderRule):
            for index, mode in enumerate(value.modes):
                _defined(reader, f"{path}.modes[{index}]", mode, "merging.modes")
        elif isinstance(value, AnnouncedLines):
            for mode in value.modes:
                _defined(reader, f"{path}.modes.{mode}", mode, "merging.modes")


def _defined(reader: Reader, path: str, value: str, where: str) -> None:
    defined = reader.at.get(where)
    if defined is not None and value not in defined.entries:
        known = ", ".join(defined.entries)
        reader.note("unknown_reference", reader.at[path], path, value=value, where=where, known=known)


def _emergency(reader: Reader) -> None:
    path = "acceptance.emergency.numbers"
    numbers: tuple[str, ...] | None = reader.parts.get(path)
    missing = [number for number in EMERGENCY if numbers is not None and number not in numbers]
    if missing:
        reader.note("emergency_incomplete", reader.at[path], path, missing="、".join(missing))


def _hours(reader: Reader) -> None:
    hours: str | None = reader.parts.get("place.office_hours.value")
    by: str | None = reader.parts.get("place.dispatch_by.value")
    if hours is None or by is None:
        return
    opening = OfficeHours.parse(hours).first_open
    if time.fromisoformat(by) < opening:
        path = "place.dispatch_by.value"
        reader.note("hours_mismatch", reader.at[path], path, by=by, opening=f"{opening:%H:%M}")


def _announced(reader: Reader) -> None:
    rule: AnnouncedLines | None = reader.parts.get("merging.announced")
    if rule is None or not (rule.modes or rule.undivided):
        return
    found = sum(rule.modes.values()) + rule.undivided
    if found != rule.total:
        reader.note("announced_sum", reader.at["merging.announced"], "merging.announced", found=found, total=rule.total)


def _listed(reader: Reader) -> None:
    """The list: numbers that are numbers, none an emergency's, each mode open to its founder, as many as announced."""
    register: dict[str, ListedLine] | None = reader.parts.get("register")
    if register is None:
        return
    emergency: tuple[str, ...] = reader.parts.get("acceptance.emergency.numbers", EMERGENCY)
    for number, line in register.items():
        path = f"register.{number}"
        node = reader.at[path]
        try:
            CHECKS["number"][0](number)
        except UnfitError:
            reader.note("listed_number", node, path, number=number)
        if number in emergency:
            reader.note("emergency_listed", node, path, number=number)
        if line.status == "planned" and line.by is None:
            reader.note("planned_without_day", node, path)
        _listed_mode(reader, path, line)
    _list_as_announced(reader, register)


def _listed_mode(reader: Reader, path: str, line: ListedLine) -> None:
    _defined(reader, f"{path}.mode", line.mode, "merging.modes")
    _defined(reader, f"{path}.founder", line.founder, "merging.founders")
    founder: FounderRule | None = reader.parts.get(f"merging.founders.{line.founder}")
    mode: Mode | None = reader.parts.get(f"merging.modes.{line.mode}")
    if founder is not None and mode is not None and line.mode not in founder.modes:
        node, known = reader.at[f"{path}.mode"], ", ".join(founder.modes)
        reader.note("founder_mode", node, f"{path}.mode", founder=line.founder, mode=line.mode, known=known)
    kept: KeptSeatsRule | None = reader.parts.get("merging.kept_seats")
    none_kept = mode is not None and kept is not None and not kept.on and mode.keep_seats == "no"
    if none_kept and line.seats in ("kept", "temporary"):
        reader.note("kept_without_rule", reader.at[f"{path}.seats"], f"{path}.seats", mode=line.mode)


def _list_as_announced(reader: Reader, register: dict[str, ListedLine]) -> None:
    rule: AnnouncedLines | None = reader.parts.get("merging.announced")
    if rule is None or not rule.at_hand or not register:
        return
    if any(line.basis.layer != rule.basis.layer for line in register.values()):
        return  # a place above the one that counted its list has lines of its own
    counted = Counter(line.mode for line in register.values())
    said = {"": rule.total} | rule.modes
    for mode, total in said.items():
        found = counted[mode] if mode else counted.total()
        if found != total:
            what_zh, what = (f"“{mode}”", mode) if mode else ("共", "in all")
            at = reader.at["register"]
            reader.note("announced_list", at, "register", what_zh=what_zh, what=what, found=found, total=total)
            return  # a line too few is too few of its mode as well


def _companies(reader: Reader) -> None:
    rule: CompanyRule | None = reader.parts.get("merging.companies")
    if rule is not None and rule.removal > rule.probation:
        path = "merging.companies.removal"
        reader.note("impossible_score", reader.at[path], path, removal=rule.removal, probation=rule.probation)


def _reply(reader: Reader) -> None:
    rule: ReplyRule | None = reader.parts.get("flow.reply")
    if rule is not None and rule.mode == "platform" and rule.review == "automatic":
        reader.note("reply_unreleased", reader.at["flow.reply"], "flow.reply")


def _prompts(reader: Reader) -> None:
    """One field names the hotline: a prompt that spells the name out would not follow a new one."""
    name: str | None = reader.parts.get("place.hotline_name.value")
    for path, value in list(reader.parts.items()):
        if isinstance(value, Prompt) and name is not None and name in value.text:
            reader.note("name_spelled_out", reader.at[f"{path}.text"], f"{path}.text", name=name)
