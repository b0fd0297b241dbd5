"""The single values of a profile: text from a file to a checked value, or what is wrong with it in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time
from typing import Any, Literal, NamedTuple, get_args, get_origin
from zoneinfo import ZoneInfo

import msgspec

from yihao.errors import YihaoError
from yihao.profile.codes import PLACEHOLDERS
from yihao.worktime import Measure, OfficeHours, parse_rule


class Want(NamedTuple):
    """What a place in the file takes, said in both languages."""

    zh: str
    en: str


class UnfitError(ValueError):
    """A text that is not the value wanted. ``code`` is the problem's; ``why`` says it in both languages."""

    def __init__(self, why_zh: str, why: str, code: str = "wrong_value") -> None:
        super().__init__(why)
        self.code = code
        self.why_zh = why_zh
        self.why = why


def _rule(text: str) -> None:
    try:
        parse_rule(text)
    except YihaoError as error:
        why_zh = str(error.params.get("why_zh", error.sentence("zh")))
        raise UnfitError(why_zh, str(error.params.get("why_en", error.sentence("en"))), "impossible_limit") from error


def _working_days(text: str) -> None:
    _rule(text)
    if parse_rule(text).measure is not Measure.WORKING_DAYS:
        raise UnfitError("此处只能以工作日计", "only working days can be counted here", "impossible_limit")


def _office_hours(text: str) -> None:
    try:
        OfficeHours.parse(text)
    except YihaoError as error:
        raise UnfitError(str(error.params.get("why_zh")), str(error.params.get("why_en"))) from error


def _zone(text: str) -> None:
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError) as error:
        raise UnfitError("没有这个时区", "there is no such time zone") from error


def _clock(text: str) -> None:
    try:
        if not re.fullmatch(r"[0-9]{2}:[0-9]{2}", text):
            raise ValueError(text)
        time.fromisoformat(text)
    except ValueError as error:
        raise UnfitError("不是时刻", "it is no clock time") from error


def _prompt(text: str) -> None:
    unknown = [name for name in re.findall(r"\{([^{}]*)\}", text) if name not in PLACEHOLDERS]
    if unknown or re.search(r"[{}]", re.sub(r"\{[^{}]*\}", "", text)):
        what = unknown[0] if unknown else "{ }"
        raise UnfitError(f"不认识的占位“{what}”", f"unknown placeholder “{what}”")


def _matches(pattern: str, why_zh: str, why: str) -> Callable[[str], None]:
    compiled = re.compile(pattern)

    def check(text: str) -> None:
        if not compiled.fullmatch(text):
            raise UnfitError(why_zh, why)

    return check


CHECKS: dict[str, tuple[Callable[[str], None], Want]] = {
    "rule": (_rule, Want("时限，如 3 working days", "a limit such as 3 working days")),
    "working_days": (_working_days, Want("工作日数，如 3 working days", "working days, such as 3 working days")),
    "office_hours": (
        _office_hours,
        Want("如 09:00-12:00,14:00-18:00 的办公时间", "hours like 09:00-12:00,14:00-18:00"),
    ),
    "zone": (_zone, Want("时区名，如 Asia/Shanghai", "a zone such as Asia/Shanghai")),
    "clock": (_clock, Want("时刻，如 10:00", "a clock time such as 10:00")),
    "prompt": (
        _prompt,
        Want(
            "提示语，花括号内只能是：" + "、".join(PLACEHOLDERS),
            "a prompt that names in braces only: " + ", ".join(PLACEHOLDERS),
        ),
    ),
    "number": (_matches("[0-9]{3,11}", "不是号码", "it is no number"), Want("3 至 11 位数字", "3 to 11 digits")),
    "area": (_matches("[0-9]{6}", "不是区划代码", "it is no area code"), Want("6 位数字", "6 digits")),
}


def split(kind: Any) -> tuple[Any, msgspec.Meta | None]:
    """A type and its constraint, without ``Annotated`` and ``None``."""
    meta = None
    while True:
        if hasattr(kind, "__metadata__"):
            meta = next((m for m in kind.__metadata__ if isinstance(m, msgspec.Meta)), meta)
            kind = kind.__origin__
        elif type(None) in get_args(kind):
            kind = next(arg for arg in get_args(kind) if arg is not type(None))
        else:
            return kind, meta


def choices(kind: Any) -> tuple[str, ...]:
    """The values of a closed list; empty for an open type."""
    bare, _ = split(kind)
    return tuple(map(str, get_args(bare))) if get_origin(bare) is Literal else ()


def want(kind: Any) -> Want:
    """What a field of this type takes, for a sentence."""
    bare, meta = split(kind)
    if options := choices(kind):
        return Want("、".join(options), ", ".join(options))
    if meta is not None and meta.extra:
        return CHECKS[str(meta.extra["check"])][1]
    if isinstance(bare, type) and issubclass(bare, msgspec.Struct):
        keys = ", ".join(field.name for field in msgspec.structs.fields(bare))
        return Want(f"映射（{keys}）", f"a mapping ({keys})")
    if bare is int:
        bounds = f" {meta.ge}–{meta.le}" if meta else ""
        return Want(f"整数{bounds}", f"a whole number{bounds}")
    if bare is bool:
        return Want("true 或 false", "true or false")
    if bare is date:
        return Want("日期，如 2021-12-31", "a date such as 2021-12-31")
    return Want("列表", "a list") if get_origin(bare) is tuple else Want("文字", "a text")


def convert(text: str, kind: Any) -> str | int | bool | date:
    """The checked value of a scalar.

    Raises:
        UnfitError: the text is no such value.
    """
    bare, meta = split(kind)
    if bare is bool:
        if text not in ("true", "false"):
            raise UnfitError("不是 true 或 false", "it is neither true nor false")
        return text == "true"
    if bare is int:
        return _whole(text, meta)
    if bare is date:
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise UnfitError("没有这个日期", "there is no such date") from error
    if not text.strip():
        raise UnfitError("内容为空", "it is empty")
    if meta is not None and meta.extra:
        CHECKS[str(meta.extra["check"])][0](text)
    return text


def _whole(text: str, meta: msgspec.Meta | None) -> int:
    if not re.fullmatch(r"-?[0-9]{1,12}", text):
        raise UnfitError("不是整数", "it is no whole number")
    value = int(text)
    low, high = (meta.ge, meta.le) if meta else (None, None)
    if (low is not None and value < low) or (high is not None and value > high):
        raise UnfitError(f"须在 {low} 至 {high} 之间", f"it must lie between {low} and {high}")
    return value
