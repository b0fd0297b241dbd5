"""How an error is answered over HTTP: problem+json (RFC 9457) with a stable code and a sentence for a clerk."""

from __future__ import annotations

import re
from typing import Annotated, Any

import msgspec
from litestar import Request, Response
from litestar.openapi.datastructures import ResponseSpec

from yihao.errors import Language, TooMany, YihaoError

PROBLEM_JSON = "application/problem+json"


class Problem(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """An error as a program and a person read it."""

    type: Annotated[
        str, msgspec.Meta(description="Always about:blank: `code` names the kind.", examples=["about:blank"])
    ]
    code: Annotated[
        str, msgspec.Meta(description="Stable name of the error, for programs.", examples=["sign_in_failed"])
    ]
    status: Annotated[int, msgspec.Meta(description="The HTTP status, repeated.", examples=[401])]
    title: Annotated[
        str, msgspec.Meta(description="The kind of problem in a few words, one for each status.", examples=["未登录"])
    ]
    detail: Annotated[
        str,
        msgspec.Meta(
            description="A sentence for a person: what happened, what to do. Chinese; English by Accept-Language.",
            examples=["尚未登录或登录已失效，请重新登录。"],
        ),
    ]
    field: Annotated[str | None, msgspec.Meta(description="The input field at fault.", examples=["caller.phone"])] = (
        None
    )
    clause: Annotated[str | None, msgspec.Meta(description="The clause that forbids it.", examples=["XS 三(四)"])] = (
        None
    )
    instance: Annotated[
        str | None,
        msgspec.Meta(
            description="The request it happened in; tell it to the administrator.",
            examples=["urn:yihao:request:9f86d081884c7d65"],
        ),
    ] = None


_TITLES: dict[int, dict[Language, str]] = {
    400: {"zh": "请求有误", "en": "Bad request"},
    401: {"zh": "未登录", "en": "Not signed in"},
    403: {"zh": "无权操作", "en": "Not allowed"},
    404: {"zh": "未找到", "en": "Not found"},
    405: {"zh": "方法不支持", "en": "Method not allowed"},
    409: {"zh": "状态冲突", "en": "Conflict"},
    413: {"zh": "内容过大", "en": "Too large"},
    415: {"zh": "类型不支持", "en": "Unsupported media type"},
    422: {"zh": "内容有误", "en": "Not acceptable"},
    428: {"zh": "缺少版本号", "en": "Version required"},
    429: {"zh": "操作过于频繁", "en": "Too many requests"},
    500: {"zh": "系统错误", "en": "Internal error"},
    503: {"zh": "暂不可用", "en": "Unavailable"},
}
SAID = {
    400: "The request cannot be read.",
    401: "Not signed in, or the session has ended.",
    403: "The role does not allow this, or a second factor, password change or CSRF token is missing.",
    404: "Nothing by that name within the caller's scope.",
    405: "The path does not take this method.",
    409: "The present state does not allow this.",
    413: "The body is larger than 1 MiB.",
    415: "The body came with another content type than application/json.",
    422: "The input is not acceptable.",
    428: "The version the change was made against is missing.",
    429: "Too many requests; Retry-After says how long to wait.",
    500: "Something nobody foresaw; `instance` finds it in the log.",
    503: "A part is down; nothing was saved.",
}


def refusals(*statuses: int) -> dict[int, ResponseSpec]:
    """The error answers a route declares, for ``responses=``."""
    return {
        status: ResponseSpec(
            data_container=Problem, description=SAID[status], media_type=PROBLEM_JSON, generate_examples=False
        )
        for status in statuses
    }


_WEIGHT = re.compile(r"[01](?:\.\d{1,3})?")


def language_of(request: Request[Any, Any, Any]) -> Language:
    """English when the request prefers it to Chinese, else Chinese."""
    wanted: dict[str, float] = {}
    for part in request.headers.get("accept-language", "").lower().split(","):
        tag, _, weight = part.strip().partition(";q=")
        wanted.setdefault(tag.partition("-")[0], float(weight) if _WEIGHT.fullmatch(weight) else 1.0)
    # RFC 9110 12.5.4: the greater weight; of equals the first named.
    best = max((tag for tag in wanted if tag in ("en", "zh")), key=lambda tag: wanted[tag], default="zh")
    return "en" if best == "en" and wanted["en"] > 0 else "zh"


def answer_problem(request: Request[Any, Any, Any], error: YihaoError) -> Response[Problem]:
    """The exception handler for every `YihaoError`."""
    language = language_of(request)
    id_ = request.scope.get("state", {}).get("request_id")
    problem = Problem(
        type="about:blank",
        code=error.code,
        status=error.status,
        title=_TITLES.get(error.status, _TITLES[500])[language],
        detail=error.sentence(language),
        field=error.field,
        clause=error.clause,
        instance=f"urn:yihao:request:{id_}" if id_ else None,
    )
    headers = {"cache-control": "no-store"}
    if isinstance(error, TooMany):
        headers["retry-after"] = str(error.params["seconds"])
    if error.status == 401:
        headers["www-authenticate"] = "Bearer"
    return Response(problem, status_code=error.status, media_type=PROBLEM_JSON, headers=headers)
