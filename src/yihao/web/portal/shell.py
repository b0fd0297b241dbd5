"""Around every page of the citizens: whose hotline speaks, on its own site or in a frame, how large its type."""

from __future__ import annotations

import hashlib
from importlib import resources
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import Request, Response
from litestar.datastructures import Cookie

from yihao.clock import Clock
from yihao.errors import NotFound, YihaoError
from yihao.orders.citizen_steps import desk_around, portal
from yihao.orders.door import Visit
from yihao.orders.service import Desk
from yihao.people.scope import Act
from yihao.profile.model import Profile
from yihao.settings import Settings
from yihao.store.audit import Audit
from yihao.store.db import Database, Wall
from yihao.units.load import tree
from yihao.units.model import Jurisdiction
from yihao.units.tree import Tree
from yihao.web.portal.sent import Sent
from yihao.web.portal.words import dialled, hours, in_words, moment
from yihao.web.problems import request_id
from yihao.worktime import SHANGHAI

AnyRequest = Request[Any, Any, Any]
EMBED: Final = "/embed"
LARGE: Final = "yihao_large"
"""The cookie that remembers large type; in a frame nothing is remembered, there ``?large=1`` asks for it."""
YEAR: Final = 365 * 24 * 3600
FILES: Final = {
    name: resources.files("yihao.web.portal").joinpath(f"static/{name}").read_bytes()
    for name in ("portal.css", "portal.js", "portal.svg")
}
VERSION: Final = hashlib.sha256(b"".join(FILES.values())).hexdigest()[:12]
POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' blob:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors "
)


class House(msgspec.Struct, frozen=True):
    """What the pages need; nothing of it asks the database before the form is read."""

    db: Database
    desk: Desk
    clock: Clock
    audit: Audit

    async def citizen(self, request: AnyRequest) -> Visit:
        """A request at the citizens' door. Raises Unavailable, UnknownPlace."""
        act = Act(actor=await portal(self.db), now=self.clock(), request_id=request_id(request))
        return Visit(act, self.db, self.desk, self.audit)


class Here(msgspec.Struct, frozen=True, kw_only=True):
    """The hotline a page speaks for: the desk around an area, and the rules it is under. ``area``: the place chosen."""

    desk: Jurisdiction
    profile: Profile
    tree: Tree
    area: Jurisdiction | None = None

    @property
    def name(self) -> str:
        """The hotline's name."""
        return self.profile.hotline_name

    @property
    def number(self) -> str:
        """What is dialled, as the place writes it."""
        return dialled(self.profile)

    @property
    def service(self) -> str:
        """When people answer the phone."""
        return hours(self.profile)

    @property
    def dial(self) -> str:
        """The same for a ``tel:`` link; empty where an extension is still to be settled."""
        return self.number if self.number.replace("-", "").isdecimal() else ""

    @property
    def zone(self) -> ZoneInfo:
        """In which times are shown."""
        return ZoneInfo(self.profile.zone)

    @property
    def embed_only(self) -> bool:
        """Whether citizens are served on the government's own site alone."""
        return self.profile.place.embed_only.on

    @property
    def lane(self) -> bool:
        """Whether enterprises have a lane of their own."""
        return self.profile.flow.enterprise.on


class Shell(msgspec.Struct, frozen=True, kw_only=True):
    """How a page is shown. ``base``: what stands before its paths; ``path``: the page itself."""

    base: str
    path: str
    large: bool

    @property
    def embed(self) -> bool:
        """Whether it stands in another site's frame."""
        return self.base != ""

    def at(self, path: str, **query: object) -> str:
        """The address of another page of the same kind."""
        asked = {name: value for name, value in query.items() if value not in (None, "")}
        if self.embed and self.large:
            asked["large"] = 1  # no cookie in a frame
        return f"{self.base}{path}" + (f"?{urlencode(asked)}" if asked else "")


class Elsewhere(NotFound):
    """The place has no site of its own: only the form in the government's site serves (place.embed_only)."""

    code = "embed_only"
    zh = "本地热线依托政府网站提供服务，不另设网站。"
    en = "This hotline serves in the government's own site."


async def here_at(house: House, area_code: str | None = None) -> Here:
    """The hotline around an area; around the whole where there is none, or it is not of this tree.

    Raises:
        UnknownPlace, NoProfile, Unavailable.
    """
    known = area_code if area_code and area_code.isascii() and area_code.isdecimal() else None
    async with house.db.read(Wall(account=0)) as connection:
        now = await tree(connection)
        area = now.area(known) if known else None
        node = desk_around(now, area.area_code if area else None)
        return Here(desk=node, profile=(await house.desk.places.at(connection, node.path)).profile, tree=now, area=area)


async def served(request: AnyRequest, house: House, area_code: str | None = None) -> Here:
    """The hotline, where it serves by these very pages.

    Raises:
        Elsewhere; as `here_at`.
    """
    here = request.state.here = await here_at(house, area_code)
    if here.embed_only and not shell_of(request).embed:
        raise Elsewhere(what="")
    return here


def shell_of(request: AnyRequest) -> Shell:
    """How this request is answered."""
    path = request.url.path
    base = EMBED if path == EMBED or path.startswith(f"{EMBED}/") else ""
    sent: Sent | None = request.state.get("sent")
    if sent is not None and "_large" in sent.typed:
        large = sent.one("_large") == "1"
    else:
        large = (request.query_params.get("large") if base else request.cookies.get(LARGE)) == "1"
    return Shell(base=base, path=path.removeprefix(base) or "/", large=large)


def headers_of(request: AnyRequest, shell: Shell) -> dict[str, str]:
    """What a page says of itself: scripts from here alone, the place on request, and who may frame it."""
    settings: Settings = request.app.state.settings
    framed = shell.embed and settings.embed_origins
    headers = {
        "content-security-policy": POLICY + (" ".join(settings.embed_origins) if framed else "'none'"),
        "permissions-policy": "camera=(), microphone=(), geolocation=(self)",
    }
    if framed:
        # The policy above decides; browsers too old for it must not refuse (HTML, X-Frame-Options: ALLOWALL).
        headers |= {"x-frame-options": "ALLOWALL", "cross-origin-resource-policy": "cross-origin"}
    return headers


TEMPLATES: Final = Environment(
    loader=PackageLoader("yihao.web.portal"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.filters.update(moment=moment, limit=in_words)
TEMPLATES.globals.update(version=VERSION, shanghai=SHANGHAI)


def page(
    request: AnyRequest,
    here: Here | None,
    template: str,
    *,
    status: int = 200,
    keeps: bool = False,
    **values: Any,
) -> Response[str]:
    """A page.

    Args:
        request: whose answer it is.
        here: whose hotline speaks; ``None`` where there is none yet.
        template: its file.
        status: of the answer.
        keeps: nothing personal is on it, so the browser may keep it for the way back, with what was typed.
        values: for the template.
    """
    shell = shell_of(request)
    settings: Settings = request.app.state.settings
    shown = {"form": "", "heading": "", **values}
    text = TEMPLATES.get_template(template).render(shell=shell, here=here, origins=settings.embed_origins, **shown)
    headers = headers_of(request, shell)
    if keeps:
        headers["cache-control"] = "private, no-cache"
    sent: Sent | None = request.state.get("sent")
    cookies = [large_cookie(request, on=shell.large)] if sent and "_large" in sent.typed and not shell.embed else []
    return Response(text, status_code=status, media_type="text/html", headers=headers, cookies=cookies)


def large_cookie(request: AnyRequest, *, on: bool) -> Cookie:
    """The choice of large type, kept for a year."""
    return Cookie(
        key=LARGE,
        value="1" if on else "0",
        path="/",
        max_age=YEAR,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


class Problem(msgspec.Struct, frozen=True):
    """What is wrong, and at which field of the form; ``field`` is empty where it is none."""

    field: str
    text: str


def problem_of(error: YihaoError, fields: frozenset[str]) -> Problem:
    """An error as the form shows it, at its field where the form has that field."""
    name = error.field or ""
    name = {"area_code": "area", "data": "_files", "attachments": "_files"}.get(name, name)
    return Problem(name if name in fields else "", error.sentence())
