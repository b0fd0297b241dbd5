"""Every way a request can go wrong before a room sees it, and every fault behind it, in the same words and shape.

Rooms raise `YihaoError`; here msgspec's and Litestar's own errors become one, with the field named as the caller
wrote it and a sentence a clerk understands. What nobody foresaw is answered with an id and logged without its message:
the message may quote personal data.
"""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Callable
from typing import Any, Final

from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from yihao.errors import Conflict, Invalid, NotFound, YihaoError
from yihao.people.problem import Problem, answer_problem
from yihao.web.labels import label_of

log = logging.getLogger("yihao.web")


class BodyMalformed(YihaoError):
    """The body is no JSON (RFC 8259) or no UTF-8."""

    code = "malformed_body"
    status = 400
    zh = "提交的内容不是有效的 JSON（UTF-8 编码）{where}。请检查后重新提交。"
    en = "The body is not valid JSON in UTF-8: {why}."


class NotJson(YihaoError):
    """The body came with another content type."""

    code = "unsupported_media_type"
    status = 415
    zh = "不支持的内容类型“{what}”，请以 application/json 提交。"
    en = "The content type “{what}” is not taken here; send application/json."


class NulInText(Invalid):
    """A text holds the NUL character, which no text of the database can."""

    code = "nul_character"
    zh = "文字中含有空字符（\\u0000），请删除后重新提交。"
    en = "A text holds the NUL character (\\u0000). Remove it."


class BadField(Invalid):
    """A field of the body is missing, unknown, or not what it should be."""

    code = "bad_field"
    zh = "字段“{label}”{why}。"
    en = "Field “{name}”: {why_en}."


class BadParameter(BadField):
    """A parameter of the path, the query or a header is missing or not what it should be."""

    code = "bad_parameter"
    status = 400
    zh = "参数“{name}”{why}。"
    en = "Parameter “{name}”: {why_en}."


class NoSuchPath(NotFound):
    """Nothing is served under this path."""

    code = "no_such_path"
    zh = "没有这个地址，请核对路径（接口说明见 /api/openapi.json）。"
    en = "Nothing is served here. Check the path (see /api/openapi.json)."


class WrongMethod(YihaoError):
    """The path exists, the method does not."""

    code = "method_not_allowed"
    status = 405
    zh = "该地址不支持此请求方法。"
    en = "This path does not take this method."


class TooLarge(YihaoError):
    """The body is larger than is taken."""

    code = "body_too_large"
    status = 413
    zh = "提交的内容过大，上限为1 MiB；大文件请作为附件上传。"
    en = "The body is too large: at most 1 MiB. Send large files as attachments."


class BadRequest(YihaoError):
    """The request cannot be read."""

    code = "bad_request"
    status = 400
    zh = "无法识别的请求，请检查请求头、编码与参数。"
    en = "The request cannot be read. Check its headers, encoding and parameters."


class Unexpected(YihaoError):
    """Something nobody foresaw; the id finds it in the log."""

    code = "internal"
    status = 500
    zh = "系统内部错误，请稍后重试；若反复出现请联系系统管理员，并告知编号 {id}。"
    en = "Internal error. Try again later; if it keeps happening, tell the administrator the id {id}."


_TYPES: Final = {
    "str": "文字",
    "int": "整数",
    "float": "数字",
    "bool": "true 或 false",
    "array": "列表",
    "object": "对象",
    "null": "空值",
    "datetime": "时间",
    "date": "日期",
}
_PATH: Final = re.compile(r"^(?P<what>.*?)(?: - at `(?P<key>key in )?(?P<path>[^`]*)`)?$", re.DOTALL)


def _type(words: str) -> str:
    names = re.findall(r"[a-z]+", words.replace("`", ""))
    return "或".join(dict.fromkeys(_TYPES.get(name, name) for name in names)) or words


def _many(found: re.Match[str]) -> str:
    return f"{found[2]}个字" if found[1] == "str" else f"{found[2]}项"


def _moment(found: re.Match[str]) -> tuple[str, str]:
    return "应为带时区的时间，如 2026-01-05T09:00:00+08:00", "must be a time with offset: 2026-01-05T09:00:00+08:00"


_SAYINGS: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], tuple[str, str]]], ...]] = tuple(
    (re.compile(pattern), say)
    for pattern, say in (
        (r"missing required field `(.+)`", lambda m: ("为必填项", "is required")),
        (r"unknown field `(.+)`", lambda m: ("不在接口说明之内，请删除", "is not known; remove it")),
        (r"str` of length >= 1$", lambda m: ("不能为空", "must not be empty")),
        (r"(str|\w+)` of length >= (\d+)", lambda m: (f"至少{_many(m)}", f"must have at least {m[2]}")),
        (r"(str|\w+)` of length <= (\d+)", lambda m: (f"至多{_many(m)}", f"must have at most {m[2]}")),
        (r"(str|\w+)` of length (\d+)", lambda m: (f"应为{_many(m)}", f"must have exactly {m[2]}")),
        (r"(?:int|float)` >= (\S+)", lambda m: (f"不得小于{m[1]}", f"must be at least {m[1]}")),
        (r"(?:int|float)` <= (\S+)", lambda m: (f"不得大于{m[1]}", f"must be at most {m[1]}")),
        (r"matching regex '.*\\\\[Ss](?:'|\])", lambda m: ("不能只有空格", "must not be blank")),
        (r"matching regex", lambda m: ("格式不符，请按接口说明填写", "does not have the described form")),
        (r"Invalid enum value", lambda m: ("不在可选范围内，请从列出的值中选择", "is none of the listed values")),
        (
            r"ISO8601|Invalid date|encoded date(?!time)",
            lambda m: ("应为日期，如 2026-01-05", "must be a date: 2026-01-05"),
        ),
        (r"timezone component|RFC3339", _moment),
        (
            r"Expected `([^`]+)`, got `([^`]+)`",
            lambda m: (f"应为{_type(m[1])}，提交的是{_type(m[2])}", f"must be {m[1]}, got {m[2]}"),
        ),
        (r"Integer value out of range|out of range", lambda m: ("数值超出范围", "is out of range")),
    )
)


def explain(message: str) -> tuple[str, str, str]:
    """msgspec's message as the dotted path of the field and what is wrong with it, in Chinese and English."""
    found = _PATH.match(message)
    what, path = (found["what"], found["path"] or "") if found else (message, "")
    name = path.removeprefix("$").removeprefix(".")
    for pattern, say in _SAYINGS:
        if hit := pattern.search(what):
            if hit.re.groups == 1 and "field `" in hit.re.pattern:
                name = f"{name}.{hit[1]}".removeprefix(".")
            zh, en = say(hit)
            return name, zh, en
    return name, "无法识别，请按接口说明填写", "cannot be read; see the description of the interface"


def of_body(message: str, shape: Any) -> BadField:
    """The error for a body msgspec refused as ``shape``; in Chinese the field has the name it has on a form."""
    name, zh, en = explain(message)
    label = label_of(shape, name) or name or "（整体）"
    return BadField(field=name or None, label=label, name=name or "body", why=zh, why_en=en)


def of_validation(request: Request[Any, Any, Any], error: ValidationException) -> YihaoError:
    """The error for parameters Litestar refused: the first one at fault is named as the caller writes it."""
    extra = error.extra if isinstance(error.extra, list) else []
    first: dict[str, Any] = next((one for one in extra if isinstance(one, dict)), {})
    if not first:
        missing = re.search(r"Missing required (?:\w+ )?parameter '([^']+)'", error.detail)
        name = missing[1] if missing else "?"
        why = ("为必填项", "is required") if missing else ("有误", "is wrong")
        return BadParameter(field=name, name=name, why=why[0], why_en=why[1])
    _, zh, en = explain(str(first.get("message", "")))
    name = str(first.get("key", "?"))
    handler = request.scope.get("route_handler")
    if handler is not None and (known := handler.parsed_fn_signature.parameters.get(name)) is not None:
        name = getattr(known.kwarg_definition, "name", None) or name
    if name == "data":
        return BadField(field=None, label="（整体）", name="body", why="缺少提交内容", why_en="the body is missing")
    return BadParameter(field=name, name=name, why=zh, why_en=en)


def on_error(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """The exception handler of everything but the screens."""
    answer = answer_problem(request, as_yihao(request, error))
    if isinstance(error, HTTPException):
        for name, value in (error.headers or {}).items():
            answer.headers[name.lower()] = value
    return answer


def as_yihao(request: Request[Any, Any, Any], error: Exception) -> YihaoError:
    """Any error as one with a code and a sentence; what is our own fault is logged."""
    if isinstance(error, YihaoError):
        if error.status >= 500:
            log.error("%s request=%s", error.code, request_id(request))
        return error
    if isinstance(error, ValidationException):
        return of_validation(request, error)
    if isinstance(error, HTTPException) and error.status_code < 500:
        return _of_status(error.status_code)
    return unexpected(request, error)


def _of_status(status: int) -> YihaoError:
    kinds: dict[int, Callable[[], YihaoError]] = {
        404: NoSuchPath,
        405: WrongMethod,
        409: lambda: Conflict(why="请刷新后重试"),
        413: TooLarge,
        415: lambda: NotJson(what=""),
    }
    return kinds.get(status, BadRequest)()


def unexpected(request: Request[Any, Any, Any], error: BaseException) -> Unexpected:
    """Log where it happened, without what it said, and answer with the id to find it by."""
    id_ = request_id(request)
    frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    log.error("unexpected %s request=%s at %s", type(error).__qualname__, id_, " < ".join(reversed(frames[-8:])))
    return Unexpected(id=id_)


def request_id(request: Request[Any, Any, Any]) -> str:
    """The id the frame gave this request."""
    found: str = request.scope["state"].get("request_id", "")
    return found
