"""Signing in and out, the own password, the second factor."""

from __future__ import annotations

import hmac
import secrets
from typing import Any, Final

from litestar import Controller, Response, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.response import Redirect
from litestar.status_codes import HTTP_200_OK

from yihao.errors import YihaoError
from yihao.orders.service import Desk
from yihao.people import own
from yihao.people.errors import CsrfMissing, PasswordChangeNeeded, SecondFactorNeeded, Unfit
from yihao.people.forms import form_of
from yihao.people.guard import PUBLIC, UNREADY, no_cookies, session_cookies
from yihao.people.passwords import Passwords
from yihao.people.scope import Act
from yihao.people.sessions import Identity, Sessions
from yihao.seal.keys import KeyRing
from yihao.store.db import Database
from yihao.web.screens.place import place_name
from yihao.web.screens.render import page, to
from yihao.web.screens.user import AnyRequest, user_of

FORM_COOKIE: Final = "yihao_form"
"""Before there is a session, the sign-in form is bound to the browser by a random value in cookie and form."""


class SignScreens(Controller):
    """Who are you?"""

    include_in_schema = False

    @get("/sign-in", opt={PUBLIC: True}, name="screen_sign_in")
    async def ask(
        self, request: AnyRequest, db: NamedDependency[Database], desk: NamedDependency[Desk]
    ) -> Response[str]:
        """The form."""
        return await _form(request, db, desk, request.query_params.get("next", ""))

    @post("/sign-in", opt={PUBLIC: True}, name="screen_signed_in", status_code=HTTP_200_OK)
    async def answer(
        self,
        request: AnyRequest,
        db: NamedDependency[Database],
        desk: NamedDependency[Desk],
        sessions: NamedDependency[Sessions],
    ) -> Response[Any]:
        """Sign in; a refusal shows the form again, the name still in it."""
        form = await form_of(request)
        bound, sent = request.cookies.get(FORM_COOKIE, ""), str(form.get("_form", ""))
        following = str(form.get("next", ""))
        username = str(form.get("username", ""))
        try:
            if not bound or not hmac.compare_digest(bound.encode(), sent.encode(errors="replace")):
                raise CsrfMissing(what="", who="")
            made = await sessions.sign_in(
                username,
                str(form.get("password", "")),
                str(form.get("otp", "")) or None,
                address=request.client.host if request.client else "",
                kind="browser",
                request_id=request.state.get("request_id", ""),
            )
        except YihaoError as refused:
            return await _form(request, db, desk, following, username=username, refused=refused)
        secure = request.url.scheme == "https"
        actor = (await sessions.recognise(made.token)).actor
        home = "/orders" if user_of(request, actor).orders else "/password"
        return to(
            local(following) or home,
            [*session_cookies(made, secure=secure), Cookie(key=FORM_COOKIE, path="/sign-in", max_age=0)],
        )

    @post("/sign-out", opt={UNREADY: True}, name="screen_sign_out", status_code=303)
    async def leave(
        self, request: AnyRequest, sessions: NamedDependency[Sessions], act: NamedDependency[Act]
    ) -> Redirect:
        """Sign out."""
        await sessions.sign_out(request.state.token, request_id=act.request_id)
        return to("/", no_cookies())

    @get("/password", opt={UNREADY: True}, name="screen_password")
    async def password(
        self,
        request: AnyRequest,
        identity: NamedDependency[Identity],
        db: NamedDependency[Database],
        desk: NamedDependency[Desk],
    ) -> Response[str]:
        """The form of the own password."""
        needed = PasswordChangeNeeded().sentence().partition("（")[0] + "。" if identity.must_change else ""
        return await _signed("password.html", request, identity, db, desk, error=needed)

    @post("/password", opt={UNREADY: True}, name="screen_password_changed", status_code=HTTP_200_OK)
    async def change_password(
        self,
        request: AnyRequest,
        identity: NamedDependency[Identity],
        act: NamedDependency[Act],
        db: NamedDependency[Database],
        desk: NamedDependency[Desk],
        passwords: NamedDependency[Passwords],
        sessions: NamedDependency[Sessions],
    ) -> Response[Any]:
        """Change it."""
        form = await form_of(request)
        old, new = str(form.get("old", "")), str(form.get("new", ""))
        try:
            if new != form.get("again"):
                raise Unfit(field="again", why="两次输入的新密码不一致。", why_en="the two new passwords differ.")
            async with db.write(act.actor.wall()) as connection:
                await own.change_password(connection, passwords, act, old=old, new=new, token=request.state.token)
        except YihaoError as refused:
            return await _signed("password.html", request, identity, db, desk, error=refused.sentence(), status=422)
        sessions.forget(act.actor.account)
        return to("/orders" if user_of(request, act.actor).orders else "/password")

    @get("/second-factor", opt={UNREADY: True}, name="screen_second_factor")
    async def second_factor(
        self,
        request: AnyRequest,
        identity: NamedDependency[Identity],
        db: NamedDependency[Database],
        desk: NamedDependency[Desk],
    ) -> Response[str]:
        """How to enrol."""
        return await _signed("second_factor.html", request, identity, db, desk, secret="", pending=False)

    @post("/second-factor", opt={UNREADY: True}, name="screen_second_factor_step", status_code=HTTP_200_OK)
    async def enrol(
        self,
        request: AnyRequest,
        identity: NamedDependency[Identity],
        act: NamedDependency[Act],
        db: NamedDependency[Database],
        desk: NamedDependency[Desk],
        ring: NamedDependency[KeyRing],
        sessions: NamedDependency[Sessions],
    ) -> Response[Any]:
        """Make a secret, then confirm it by a code; the next sign-in uses it."""
        form = await form_of(request)
        confirming = form.get("step") == "confirm"
        try:
            async with db.write(act.actor.wall()) as connection:
                if not confirming:
                    made = await own.enrol_totp(connection, ring, act)
                else:
                    await own.confirm_totp(connection, ring, act, str(form.get("otp", "")))
        except YihaoError as refused:
            more: dict[str, Any] = {"secret": "", "pending": confirming, "error": refused.sentence(), "status": 422}
            return await _signed("second_factor.html", request, identity, db, desk, **more)
        if confirming:
            sessions.forget(act.actor.account)
            return to("/sign-in", no_cookies())
        return await _signed("second_factor.html", request, identity, db, desk, secret=made.secret, pending=True)


async def _form(
    request: AnyRequest,
    db: Database,
    desk: Desk,
    following: str,
    *,
    username: str = "",
    refused: YihaoError | None = None,
) -> Response[str]:
    token = secrets.token_urlsafe(16)
    cookie = Cookie(
        key=FORM_COOKIE,
        value=token,
        path="/sign-in",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return page(
        "sign_in.html",
        status=refused.status if refused else 200,
        cookies=[cookie],
        hotline=await place_name(db, desk),
        user=None,
        notice="",
        error=refused.sentence() if refused else "",
        form_token=token,
        next=local(following),
        username=username,
    )


async def _signed(
    template: str, request: AnyRequest, identity: Identity, db: Database, desk: Desk, **values: Any
) -> Response[str]:
    shown = {"notice": "", "error": "", **values}
    return page(template, hotline=await place_name(db, desk), user=user_of(request, identity.actor), **shown)


def local(path: str) -> str:
    """A path of this site to go on to, else empty: anything else would lead people away after signing in."""
    fine = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if fine and not path.startswith("/sign-") else ""


def wants(error: YihaoError) -> str | None:
    """The screen that removes what stands in the way, if one does."""
    if isinstance(error, PasswordChangeNeeded):
        return "/password"
    if isinstance(error, SecondFactorNeeded):
        return "/second-factor"
    return None
