"""All pages of the citizens, under one router on the own site and under another in the frame of a government's site."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, Router

from yihao.errors import TooMany
from yihao.web.portal.appeal import AppealPages
from yihao.web.portal.form import LABELS
from yihao.web.portal.front import FrontPages
from yihao.web.portal.knowledge import KnowledgePages
from yihao.web.portal.matter import LABELS as STEP_LABELS
from yihao.web.portal.matter import MatterPages
from yihao.web.portal.sent import Sent
from yihao.web.portal.shell import EMBED, AnyRequest, Elsewhere, page
from yihao.web.problems import as_yihao, on_error, request_id

SHOWN: Final = ("title", "content", "address", "text", "reason")
"""Texts an error page shows, to be read, mended and copied; what else was typed goes along unseen."""


def on_portal_error(request: AnyRequest, error: Exception) -> Response[Any]:
    """Errors as pages. What was typed stands on the page, ready to be sent again."""
    said, here = as_yihao(request, error), request.state.get("here")
    if isinstance(said, Elsewhere):
        return page(request, here, "elsewhere.html", status=said.status, front=False)
    sent: Sent | None = request.state.get("sent")
    typed = [(name, one) for name, values in sent.typed.items() for one in values if one] if sent else []
    answer = page(
        request,
        here,
        "problem.html",
        status=said.status,
        sentence=said.sentence(),
        id=request_id(request) if said.status >= 500 else "",
        typed=typed,
        shown=SHOWN,
        labels=LABELS | STEP_LABELS,
    )
    if isinstance(said, TooMany):
        answer.headers["retry-after"] = str(said.params["seconds"])
    return answer


def answered(request: AnyRequest, error: Exception) -> Response[Any]:
    """Errors where no page answers: a page to a person who mistyped an address, a problem to everybody else."""
    if "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api"):
        return on_portal_error(request, error)
    return on_error(request, error)


SHARED: Final = (AppealPages, MatterPages, KnowledgePages)
PORTAL: Final = Router(
    "/",
    route_handlers=[FrontPages, *SHARED],
    exception_handlers={Exception: on_portal_error},
    include_in_schema=False,
)
EMBEDDED: Final = Router(
    EMBED,
    route_handlers=[*SHARED],
    exception_handlers={Exception: on_portal_error},
    include_in_schema=False,
)
