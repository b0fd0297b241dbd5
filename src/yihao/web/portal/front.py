"""The front page, the guide, the enterprises' entrance, large type, what the pages are drawn with."""

from __future__ import annotations

from typing import Any, Final

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect
from litestar.status_codes import HTTP_200_OK

from yihao.errors import YihaoError
from yihao.orders.model import KINDS
from yihao.people.guard import PUBLIC
from yihao.web.portal.areas import below, start
from yihao.web.portal.sent import received
from yihao.web.portal.shell import FILES, AnyRequest, Here, House, here_at, large_cookie, page, served
from yihao.web.portal.words import HINTS
from yihao.web.problems import as_yihao

TYPES: Final = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
FOREVER: Final = {"cache-control": "public, max-age=31536000, immutable"}


class FrontPages(Controller):
    """What everybody may see."""

    include_in_schema = False
    opt: dict[str, Any] = {PUBLIC: True}  # noqa: RUF012 - Litestar reads it from the class

    @get("/")
    async def front(self, request: AnyRequest, house: NamedDependency[House]) -> Response[str]:
        """The hotline and the ways in; of a place without a site of its own only where it serves."""
        here: Here | None = None
        trouble = ""
        try:
            here = await here_at(house, request.query_params.get("area"))
        except YihaoError as error:
            as_yihao(request, error)
            trouble = "尚未导入辖区和地方规则，或数据库暂不可用。"
        if here is not None and here.embed_only:
            return page(request, here, "elsewhere.html", front=True)
        return page(request, here, "front.html", trouble=trouble)

    @get("/places")
    async def places(self, request: AnyRequest, house: NamedDependency[House]) -> Response[str]:
        """Another place of this installation."""
        here = await here_at(house, request.query_params.get("in"))
        node = here.area or start(here.tree, here.desk)
        line = here.tree.lineage(node.id)
        return page(request, here, "places.html", node=node, line=line, choices=below(here.tree, node))

    @get("/guide")
    async def guide(self, request: AnyRequest, house: NamedDependency[House]) -> Response[str]:
        """What is taken, how long it takes, and what has a lawful route of its own."""
        here = await served(request, house, request.query_params.get("area"))
        kinds = [(here.profile.kinds[kind], HINTS[kind]) for kind in KINDS if kind in here.profile.kinds]
        return page(request, here, "guide.html", kinds=kinds)

    @get("/enterprise")
    async def enterprise(self, request: AnyRequest, house: NamedDependency[House]) -> Response[str]:
        """The enterprises' entrance: what the lane gives, where the place has one."""
        here = await served(request, house, request.query_params.get("area"))
        return page(request, here, "enterprise.html")

    @post("/large", status_code=HTTP_200_OK)
    async def large(self, request: AnyRequest) -> Redirect:
        """Large type on or off, and back to where the switch was."""
        sent = await received(request)
        back = local(sent.one("back"))
        cookie = large_cookie(request, on=sent.one("_large") == "1")
        return Redirect(back, status_code=303, cookies=[cookie])

    @get("/static/portal.css", sync_to_thread=False)
    def style(self) -> Response[bytes]:
        """The one style sheet."""
        return _static("portal.css")

    @get("/static/portal.js", sync_to_thread=False)
    def script(self) -> Response[bytes]:
        """The one script; every page works without it."""
        return _static("portal.js")

    @get("/static/portal.svg", sync_to_thread=False)
    def icon(self) -> Response[bytes]:
        """What a browser shows on the tab."""
        return _static("portal.svg")


def local(path: str) -> str:
    """A path of this site to go back to, else the front page: anything else would lead people away."""
    fine = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if fine else "/"


def _static(name: str) -> Response[bytes]:
    return Response(FILES[name], media_type=TYPES[name.rpartition(".")[2]], headers=FOREVER)
