"""The outbox, the style sheet; and all screens put together under one router."""

from __future__ import annotations

from importlib import resources
from typing import Annotated, Any, Final, cast

from litestar import Controller, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.params import PathParameter
from litestar.response import Redirect

from yihao.errors import Unauthenticated, YihaoError
from yihao.orders import outbox
from yihao.orders.door import Visit
from yihao.orders.words import MESSAGE_STATUSES
from yihao.people.errors import CsrfMissing
from yihao.people.guard import PUBLIC, must_sign_in
from yihao.people.views import INT8
from yihao.web.problems import as_yihao, request_id
from yihao.web.screens.companies import CompanyScreens
from yihao.web.screens.desk import DeskScreens
from yihao.web.screens.lines import LineScreens
from yihao.web.screens.partners import PartnerScreens
from yihao.web.screens.place import place_name
from yihao.web.screens.render import page, to
from yihao.web.screens.sign import SignScreens, wants
from yihao.web.screens.user import NAME, AnyRequest, user_of
from yihao.worktime import SHANGHAI

STYLE: Final = resources.files("yihao.web.screens").joinpath("static/style.css").read_bytes()
ICON: Final = resources.files("yihao.web.screens").joinpath("static/icon.svg").read_bytes()


class FrontScreens(Controller):
    """What everybody may see."""

    include_in_schema = False
    opt: dict[str, Any] = {PUBLIC: True}  # noqa: RUF012 - Litestar reads it from the class

    @get("/static/style.css", name="screen_style", sync_to_thread=False)
    def style(self) -> Response[bytes]:
        """The one style sheet."""
        return Response(STYLE, media_type="text/css", headers={"cache-control": "public, max-age=3600"})

    @get("/static/icon.svg", name="screen_icon", sync_to_thread=False)
    def icon(self) -> Response[bytes]:
        """What a browser shows on the tab."""
        return Response(ICON, media_type="image/svg+xml", headers={"cache-control": "public, max-age=86400"})


class OutboxScreens(Controller):
    """Messages that must leave the house."""

    path = "/outbox"
    include_in_schema = False

    @get(name="screen_outbox")
    async def outbox(
        self,
        request: AnyRequest,
        visit: NamedDependency[Visit],
    ) -> Response[str]:
        """The list, dead ones first."""
        wanted = request.query_params.get("status", "dead")
        status = cast("outbox.Status", wanted if wanted in outbox.STATUSES else "dead")
        after = request.query_params.get("after", "")
        before = int(after) if after.isascii() and after.isdecimal() and len(after) < 19 else None
        found = await outbox.messages(visit, status, after=before)
        return page(
            "outbox.html",
            hotline=await place_name(visit.db, visit.desk),
            user=user_of(request, visit.actor),
            notice="已重新排入外发队列。" if request.query_params.get("done") else "",
            error="",
            page=found,
            chosen=status,
            statuses={name: MESSAGE_STATUSES[name] for name in outbox.STATUSES},
            zone=SHANGHAI,
        )

    @post("/{message:int}/retry", name="screen_retry", status_code=303)
    async def retry(
        self,
        message: Annotated[int, PathParameter(ge=1, le=INT8)],
        visit: NamedDependency[Visit],
    ) -> Redirect:
        """Try a dead one again."""
        await outbox.retry(visit, message)
        return to("/outbox?done=1")


def on_screen_error(request: AnyRequest, error: Exception) -> Response[Any]:
    """Errors as pages: the sign-in form where nobody is signed in, else the sentence."""
    said = as_yihao(request, error)
    if isinstance(said, Unauthenticated) and not isinstance(error, HTTPException):
        following = f"?next={request.url.path}" if request.method == "GET" and request.url.path != "/orders" else ""
        return to(f"/sign-in{following}")
    if isinstance(said, YihaoError) and (screen := wants(said)):
        return to(screen)
    sentence = "页面已过期，未作任何修改，请返回重试。" if isinstance(said, CsrfMissing) else said.sentence()
    return page(
        "problem.html",
        status=said.status,
        hotline=NAME,
        user=user_of(request, identity.actor) if (identity := request.state.get("identity")) else None,
        notice="",
        error="",
        heading="操作未完成",
        sentence=sentence,
        id=request_id(request) if said.status >= 500 else "",
        back="/",
    )


SCREENS: Final = Router(
    "/",
    route_handlers=[FrontScreens, SignScreens, DeskScreens, PartnerScreens, CompanyScreens, LineScreens, OutboxScreens],
    guards=[must_sign_in],
    exception_handlers={Exception: on_screen_error},
    include_in_schema=False,
)
