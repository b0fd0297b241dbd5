"""What a number does when it is dialled. Pure: the place's rules, the line, the day and where the caller is.

A number is looked at in this order: 12345 itself, emergency numbers (国办发〔2020〕53号: never merged), the line as
listed or registered, linked partners, and at last the place's rule for numbers it does not list.
"""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

from msgspec.structs import replace

from yihao.errors import Invalid
from yihao.lines.model import Decision, Does, Line, Linked, Target, TargetKind
from yihao.profile.codes import Level, PromptKey
from yihao.profile.merging import Mode
from yihao.profile.model import Profile
from yihao.profile.provision import Basis
from yihao.profile.rules import prompt
from yihao.units.rules import covers, significant

MAIN: Final = "12345"
"""国办发〔2020〕53号: one number for all government-service hotlines."""
COMPLETION: Final = "completion"
"""The step of ``merging.steps`` that ends the merge."""
SUBCENTRE: Final = "subcentre"
LINKAGE: Final = "linkage"
_LEVEL_ZH: Final[dict[Level, str]] = {
    "province": "省级",
    "prefecture": "州级",
    "city": "市级",
    "county": "县级",
    "township": "乡镇级",
}
APPRAISED: Final[frozenset[Does]] = frozenset({"answer", "merged", "dual", "own_seats", "subcentre"})
"""What is measured by the hotline's own standard: kept seats and sub-centres too (ZJ 二(一)3, 二(二)2)."""
_DIGITS: Final[dict[Level, int]] = {"province": 2, "prefecture": 4, "city": 4, "county": 6, "township": 6}
_DESKS: Final[tuple[tuple[Level, int], ...]] = (("county", 6), ("city", 4), ("prefecture", 4), ("province", 2))
"""Nearest first, with the digits of their area codes."""


class NotANumber(Invalid):
    """What was dialled is no hotline number."""

    code = "not_a_number"
    zh = "“{number}”不是热线号码，请填写3至11位数字。"
    en = "“{number}” is no hotline number; write 3 to 11 digits."


class NotAnArea(Invalid):
    """The caller's area is no division code."""

    code = "not_an_area"
    zh = "“{area}”不是行政区划代码，请填写6、9或12位数字（GB/T 2260）。"
    en = "“{area}” is no area code; write 6, 9 or 12 digits (GB/T 2260)."


class UnknownMode(Invalid):
    """A line joins in a way the place does not know."""

    code = "unknown_mode"
    zh = "归并方式“{mode}”不在本地规则之内，可用：{known}。"
    en = "The mode “{mode}” is not one of the place's: {known}."


class _Why(NamedTuple):
    """A reason in both languages, and the rule it stands on."""

    zh: str
    en: str
    basis: Basis | None = None


def dial(
    profile: Profile, line: Line | str, on: date, area: str | None = None, *, partner: Linked | None = None
) -> Decision:
    """What happens to a call.

    Args:
        profile: the rules of the place whose exchange the call came to.
        line: the line as the register holds it, or the number alone: then the place's own list tells of it.
        on: the local day of the call.
        area: division code of where the caller is, when known.
        partner: the linked partner registered with this number, if one is.

    Raises:
        NotANumber, NotAnArea, UnknownMode.
    """
    number = line if isinstance(line, str) else line.number
    if not (number.isascii() and number.isdigit() and 3 <= len(number) <= 11):
        raise NotANumber(field="number", number=number[:20])
    if area is not None and not (area.isascii() and area.isdigit() and len(area) in (6, 9, 12)):
        raise NotAnArea(field="area", area=area[:20])
    if number == MAIN:
        rule = profile.place.answering.basis
        why = _Why("拨打的是12345，由本热线接听", "12345 was dialled; the hotline answers", rule)
        return _decision(profile, number, on, "answer", _desk(profile, area), why)
    if number in profile.emergency_numbers:
        why = _Why(
            f"{number}是紧急热线，不归并，直接接通",
            f"{number} is an emergency line: never merged, put through at once",
            profile.acceptance.emergency.basis,
        )
        return _decision(profile, number, on, "emergency", Target(kind="emergency", name=number), why)
    if isinstance(line, str):
        listed = profile.register.get(number)
        if listed is None:
            return _unlisted(profile, number, on, area, partner)
        line = Line.listed(listed)
    return _Call(profile, line, on, area).decision()


class _Call:
    """A call to a line the place knows."""

    def __init__(self, profile: Profile, line: Line, on: date, area: str | None) -> None:
        # A number with rules of its own brings them along (一号一策).
        self.profile = profile.for_line(line.number)
        self.line, self.on, self.area = line, on, area

    def decision(self) -> Decision:
        line = self.line
        if line.status in ("not_opened", "cancelled") or (line.status == "conditional" and not line.answered_here):
            return self._closed()
        if line.status == "province_only":
            return self._not_ours()
        if line.mode == LINKAGE:
            why = _Why(
                f"{line.name}是协同联动热线，号码和座席都保留，只作转接和数据联动",
                "a linked line keeps number and seats; calls and data are handed over",
                _mode(self.profile, self.line).basis,
            )
            return self._made("linkage", Target(kind="line", name=line.unit), why, spoken="handed_on")
        if line.cut_over is None or self.on < line.cut_over:
            return self._before()
        return self._after()

    def _closed(self) -> Decision:
        line = self.line
        if line.status == "cancelled":
            rule = self.profile.merging.restore_cancelled.basis
            why = _Why("该号码已经取消，不再恢复", "the number was cancelled and is not restored", rule)
            return self._made("ended", Target(kind="none"), why, spoken="not_opened")
        if line.status == "conditional":
            why = _Why(
                "未登记为在本地接听，不再开通；在本地接听的按清单的方式归并",
                "not registered as answered here, so it is not opened; where it is, it joins as listed",
            )
        else:
            why = _Why("清单写明本地未开通，无需并入", "the list says it is not opened here; nothing to merge")
        return self._made("not_opened", Target(kind="none"), why, spoken="not_opened")

    def _not_ours(self) -> Decision:
        if self.line.landing == "other_city":
            why = _Why("按清单归并到其他城市，不在本地并入", "the list merges it in another city, not here")
            return self._made("elsewhere", Target(kind="line", name=self.line.unit), why)
        why = _Why(
            "清单写明由省12345归并，无需并入本地", "the list leaves it to the province's 12345; nothing to merge here"
        )
        return self._made("province", self._hotline_of("province"), why)

    def _before(self) -> Decision:
        line, day = self.line, self.line.cut_over
        when = f"定于{day.isoformat()}切换，之前" if day else "尚未确定切换日期，"
        why = _Why(
            f"{when}仍由{line.unit}的座席接听",
            f"cut-over on {day.isoformat()}: until then" if day else "no day is set for the cut-over; until then",
            _mode(self.profile, self.line).basis,
        )
        why = why._replace(en=f"{why.en} its own seats answer")
        return self._made("before", Target(kind="line", name=line.unit), why, spoken="transition")

    def _after(self) -> Decision:
        line, mode = self.line, _mode(self.profile, self.line)
        if line.landing == "provincial_subcentre":
            why = _Why(
                "本地座席已取消，由省级分中心集中接听", "seats here have ended; a sub-centre of the province answers"
            )
            target = _of_level(self.profile, "province", kind="subcentre")
            return self._made("subcentre", target, why, spoken="handed_on")
        if (local := self._local_subcentre()) is not None:
            why = _Why("来电所在地保留分中心，转接当地分中心", "the caller's place keeps a sub-centre; it answers")
            return self._made("subcentre", local, why, spoken="handed_on")
        if not mode.keep_number:
            return self._whole(mode)
        if line.seats in ("kept", "temporary"):
            return self._kept(mode)
        why = _Why(
            f"{mode.zh}：号码保留，座席已并入，12345按{line.number}接听",
            f"{mode.en}: the number stays, the seats have joined; 12345 answers as {line.number}",
            mode.basis,
        )
        return self._made("dual", self._hotline(), why)

    def _kept(self, mode: Mode) -> Decision:
        """Number and seats stay: a sub-centre, or seats of the department under the hotline's standard."""
        line = self.line
        if mode.code == SUBCENTRE:
            why = _Why("设分中心：号码和座席保留，转接分中心", "a sub-centre: number and seats stay", mode.basis)
            return self._made("subcentre", Target(kind="subcentre", name=line.unit), why, spoken="handed_on")
        how, how_en = ("暂时保留", " for the time being") if line.seats == "temporary" else ("保留", "")
        rule = mode.basis if mode.keep_seats != "no" else self.profile.merging.kept_seats.basis
        why = _Why(
            f"{mode.zh}，座席{how}，转接{line.unit}并按12345标准考核",
            f"{mode.en}; the seats stay{how_en}, under the same standard",
            rule,
        )
        return self._made("own_seats", Target(kind="line", name=line.unit), why, spoken="handed_on")

    def _whole(self, mode: Mode) -> Decision:
        """The number is cancelled: those who still dial it are told and put through, where the place says so."""
        line = self.line
        if not self.profile.prompts["merged"].on and line.prompt_after is None:
            why = _Why(
                "整体并入，号码已取消，过渡期后不再提示",
                "merged whole; the number has ended, and nothing is said after it",
                mode.basis,
            )
            return self._made("ended", Target(kind="none"), why)
        stays = line.seats in ("kept", "temporary")
        more = f"，需要时转接{line.unit}的保留座席" if stays else ""
        more_en = ", which hands on to its kept seats where needed" if stays else ""
        why = _Why(
            f"{mode.zh}：号码已取消，提示后由12345接听{more}",
            f"{mode.en}: the number is cancelled; after a prompt 12345 answers{more_en}",
            mode.basis,
        )
        on_to = line.unit if stays else None
        return self._made("merged", self._hotline(), why, spoken="merged", hands_on_to=on_to)

    def _hotline(self) -> Target:
        """The hotline the line goes to: as listed, else by its founder."""
        profile, landing = self.profile, self.line.landing
        if landing is None:
            rule = next((one for one in profile.merging.founders if one.code == self.line.founder), None)
            if rule is not None and rule.joins == "city":
                return self._hotline_of("city")
            founder = self.line.founder
            # 本级: of a line of the State Council's departments, the hotline where it is answered.
            return self._hotline_of(founder) if founder in ("province", "city", "county") else _desk(profile, self.area)
        if landing == "province_and_own" and self.area is not None and not covers(profile.area_code, self.area):
            return self._hotline_of("province")
        return self._hotline_of(landing) if landing in ("city", "province") else _desk(profile, self.area)

    def _hotline_of(self, level: str) -> Target:
        profile = self.profile
        wanted: Level = "province" if level == "province" else "county" if level == "county" else "city"
        if wanted == profile.level or (wanted == "city" and profile.level == "prefecture"):
            return _desk(profile, self.area)
        return _of_level(profile, wanted, area=self.area)

    def _local_subcentre(self) -> Target | None:
        line, area = self.line, self.area
        if area is None or not covers(self.profile.area_code, area):
            return None
        for code in line.subcentre_areas:
            if covers(code, area):
                return Target(kind="subcentre", level="county", area=code, name=f"{line.name}当地分中心")
        if "city" in line.subcentre_levels and len(significant(area)) >= _DIGITS["city"]:
            return Target(kind="subcentre", level="city", area=f"{area[:4]}00", name=f"{line.name}所在市分中心")
        return None

    def _made(
        self,
        does: Does,
        target: Target,
        why: _Why,
        *,
        spoken: PromptKey | None = None,
        hands_on_to: str | None = None,
    ) -> Decision:
        return _decision(self.profile, self.line, self.on, does, target, why, spoken, hands_on_to)


def _mode(profile: Profile, line: Line) -> Mode:
    for mode in profile.merging.modes:
        if mode.code == line.mode:
            return mode
    known = "、".join(mode.code for mode in profile.merging.modes)
    raise UnknownMode(field="mode", mode=line.mode, known=known)


def _unlisted(profile: Profile, number: str, on: date, area: str | None, linked: Linked | None) -> Decision:
    """A number that stands on no list: a linked partner's, or what the place says of all others."""
    if linked is not None:
        why = _Why(f"{linked.name}是登记的联动单位，号码不变", "registered as a linked partner; it keeps its number")
        made = _decision(profile, number, on, "partner", Target(kind="partner", name=linked.name), why)
        return replace(made, clause=linked.agreement)
    for partner in profile.merging.partners:
        if number in partner.numbers:
            why = _Why(
                f"{partner.zh}，与12345联动，号码不变",
                f"{partner.en}: linked with 12345, keeps its number",
                partner.basis,
            )
            return _decision(profile, number, on, "partner", Target(kind="partner", name=partner.zh), why)
    rule = profile.merging.unlisted
    done = max((step.by for step in profile.merging.steps if step.code == COMPLETION), default=date.min)
    there = Target(kind="line", name=number)
    if rule.answer == "not_opened":
        why = _Why("不在本地清单上，本地没有开通", "not on the place's list, so not opened here", rule.basis)
        return _decision(profile, number, on, "not_opened", Target(kind="none"), why, "not_opened")
    if rule.answer == "as_before":
        why = _Why("不在本地清单上，照旧由原热线接听", "not on the place's list; it rings where it rang", rule.basis)
        return _decision(profile, number, on, "as_before", there, why)
    if on <= done:
        why = _Why(f"不在本地清单上，归并期限{done}届满前照旧", f"not on the list; as before until {done}", rule.basis)
        return _decision(profile, number, on, "as_before", there, why)
    why = _Why("不在本地清单上，按整体并入由12345接听", "not listed; answered like a whole-merged line", rule.basis)
    return _decision(profile, number, on, "merged", _desk(profile, area), why, "merged")


def _desk(profile: Profile, area: str | None) -> Target:
    """The 12345 desk that answers a caller: of the nearest place around the caller that takes its own calls."""
    home = profile.place
    if area is not None and area != profile.area_code and covers(profile.area_code, area):
        inside, at = len(significant(profile.area_code)), len(significant(area))
        for level, digits in _DESKS:
            if level in home.answering.levels and inside < digits <= at:
                name = f"来电所在{_LEVEL_ZH[level]}12345"
                return Target(kind="hotline", level=level, area=area[:digits].ljust(6, "0"), name=name)
    return Target(kind="hotline", level=profile.level, area=profile.area_code, name=profile.hotline_name)


def _of_level(profile: Profile, level: Level, *, area: str | None = None, kind: TargetKind = "hotline") -> Target:
    """The hotline, or sub-centre, of another level: around the place, or around the caller within it."""
    digits = _DIGITS[level]
    around = next(
        (code for code in (profile.area_code, area) if code is not None and len(significant(code)) >= digits), None
    )
    what = "分中心" if kind == "subcentre" else "12345"
    code = around[:digits].ljust(6, "0") if around else None
    return Target(kind=kind, level=level, area=code, name=f"{_LEVEL_ZH[level]}{what}")


def _decision(
    profile: Profile,
    line: Line | str,
    on: date,
    does: Does,
    target: Target,
    why: _Why,
    spoken: PromptKey | None = None,
    hands_on_to: str | None = None,
) -> Decision:
    number, name = (line, "") if isinstance(line, str) else (line.number, line.name)
    known = None if isinstance(line, str) else line
    basis = why.basis
    return Decision(
        number=number,
        name=name,
        on=on,
        does=does,
        target=target,
        label=number if target.kind == "hotline" else None,
        hands_on_to=hands_on_to,
        prompt=spoken,
        spoken=_spoken(profile, known, spoken, number),
        appraised=does in APPRAISED,
        reason=why.zh,
        reason_en=why.en,
        clause=_both(known.clause if known else "", basis.cite() if basis else ""),
        quote=(known.quote if known else "") or (basis.quote or "" if basis else ""),
        reading=_both(known.reading if known else "", basis.reading or "" if basis else ""),
        against=known.against if known else "",
    )


def _both(line: str, rule: str) -> str:
    """What the line stands on and what the rule does, each once."""
    return "；".join(text for text in dict.fromkeys((line, rule)) if text)


def _spoken(profile: Profile, line: Line | None, key: PromptKey | None, number: str) -> str | None:
    """The words: the line's own, else the profile's; ``None`` where the place speaks none."""
    if key is None:
        return None
    if line is not None and key == "transition" and line.prompt_before is not None:
        return line.prompt_before
    if line is not None and key == "merged" and line.prompt_after is not None:
        return line.prompt_after
    day = line.cut_over if line is not None else None
    return prompt(profile, key, line=line.name if line is not None else "", number=number, date=day)
