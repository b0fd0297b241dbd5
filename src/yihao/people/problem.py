"""How an error is answered over HTTP: problem+json (RFC 9457) with a stable code and a sentence for a clerk."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, Response
from litestar.openapi.datastructures import ResponseSpec

from yihao.errors import Language, TooMany, YihaoError

PROBLEM_JSON = "application/problem+json"


class Problem(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """An error as a program and a person read it."""

    code: Annotated[
        str, msgspec.Meta(description="Stable name of the error, for programs.", examples=["sign_in_failed"])
    ]
    status: Annotated[int, msgspec.Meta(description="The HTTP status, repeated.", examples=[401])]
    title: Annotated[
        str,
        msgspec.Meta(
            description="A sentence for a person: what happened, what to do. Chinese; English by Accept-Language.",
            examples=["尚未登录或登录已失效，请重新登录。"],
        ),
    ]
    type: Annotated[
        str, msgspec.Meta(description="Always about:blank: `code` names the kind.", examples=["about:blank"])
    ] = "about:blank"
    field: Annotated[str | None, msgspec.Meta(description="The input field at fault.", examples=["caller.phone"])] = (
        None
    )
    clause: Annotated[str | None, msgspec.Meta(description="The clause that forbids it.", examples=["XS 三(四)"])] = (
        None
    )


_SAID = {
    400: "The request cannot be read.",
    401: "Not signed in, or the session has ended.",
    403: "The role does not allow this, or a second factor, password change or CSRF token is missing.",
    404: "Nothing by that name within the caller's scope.",
    409: "The present state does not allow this.",
    422: "The input is not acceptable.",
    428: "The version the change was made against is missing.",
    429: "Too many requests; Retry-After says how long to wait.",
    503: "A part is down; nothing was saved.",
}


def refusals(*statuses: int) -> dict[int, ResponseSpec]:
    """The error answers a route declares, for ``responses=``."""
    return {
        status: ResponseSpec(
            data_container=Problem, description=_SAID[status], media_type=PROBLEM_JSON, generate_examples=False
        )
        for status in statuses
    }


def language_of(request: Request[Any, Any, Any]) -> Language:
    """English when the request prefers it to Chinese, else Chinese."""
    wanted = request.headers.get("accept-language", "").lower()
    first = min((wanted.find(tag), tag) for tag in ("en", "zh") if tag in wanted) if "en" in wanted else (0, "zh")
    return "en" if first[1] == "en" else "zh"


def answer_problem(request: Request[Any, Any, Any], error: YihaoError) -> Response[Problem]:
    """The exception handler for every `YihaoError`."""
    problem = Problem(
        code=error.code,
        status=error.status,
        title=error.sentence(language_of(request)),
        field=error.field,
        clause=error.clause,
    )
    headers = {"cache-control": "no-store"}
    if isinstance(error, TooMany):
        headers["retry-after"] = str(error.params["seconds"])
    if error.status == 401:
        headers["www-authenticate"] = "Bearer"
    return Response(problem, status_code=error.status, media_type=PROBLEM_JSON, headers=headers)
