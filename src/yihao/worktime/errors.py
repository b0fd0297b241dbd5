"""What can be wrong with a time, a rule, opening hours or a calendar; each sentence says how to mend it."""

from __future__ import annotations

from yihao.errors import Invalid

FORMS = "“N working days”, “N office hours”, “N office minutes”, “N hours”, “N minutes”, “dispatch”"
FORMS_ZH = "“N个工作日”“N工作小时”“N工作分钟”“N小时”“N分钟”“当日派单”"


class NaiveTime(Invalid):
    """A moment came without its offset, so that nobody can say when it is."""

    code = "time_without_offset"
    zh = "时间{value}没有时区，无法确定是哪一刻。请写明偏移，例如 2024-03-05T08:10+08:00。"
    en = "The time {value} has no offset, so it names no moment. Write one, for example 2024-03-05T08:10+08:00."


class OutOfRange(Invalid):
    """A moment or a length outside what the arithmetic is defined for, or an end before its start."""

    code = "worktime_out_of_range"
    zh = "{what_zh}为{value}，超出可计算范围（{low}至{high}）。请核对后重新填写。"
    en = "{what_en} {value} is outside the range that can be computed ({low} to {high}). Check it and enter it again."


class EndBeforeStart(Invalid):
    """The end of a stretch of time lies before its start."""

    code = "end_before_start"
    zh = "结束时间{end}早于开始时间{start}。请核对两个时间的先后。"
    en = "The end {end} is before the start {start}. Check their order."


class UnreadableRule(Invalid):
    """A time limit is written in none of the known forms."""

    code = "rule_unreadable"
    zh = "看不懂时限“{read}”：{why_zh}。请写成以下之一：{forms_zh}。"
    en = "Cannot read the time limit “{read}”: {why_en}. Write one of: {forms}."

    def __init__(self, read: str, *, why_zh: str, why_en: str) -> None:
        shown = read if len(read) <= 40 else f"{read[:40]}…"
        super().__init__(read=shown, why_zh=why_zh, why_en=why_en, forms=FORMS, forms_zh=FORMS_ZH)


class UnreadableHours(Invalid):
    """Opening hours are not spans of clock times in order."""

    code = "office_hours_unreadable"
    zh = "办公时间“{read}”有误：{why_zh}。请按先后写成 09:00-12:00,14:00-18:00 的样子。"
    en = "The office hours “{read}” are wrong: {why_en}. Write spans in order, like 09:00-12:00,14:00-18:00."


class WrongCalendar(Invalid):
    """One or more things are wrong in a year's list of days; all of them are told at once in ``problems``.

    ``problems`` holds a (zh, en) pair of sentences for each.
    """

    code = "calendar_wrong"
    zh = "节假日安排有{count}处错误：{why_zh}"
    en = "The list of days off has {count} error(s): {why_en}"

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        self.problems = tuple(problems)
        why_zh = "；".join(zh for zh, _ in problems)
        why_en = "; ".join(en for _, en in problems)
        super().__init__(count=len(problems), why_zh=why_zh, why_en=why_en)
