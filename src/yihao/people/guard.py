"""Who sends this request: a bearer token, or the session cookie and, for anything that changes, the CSRF token.

Install `must_sign_in` as a guard of the staff API's router: each route is then closed unless its handler says
``opt={PUBLIC: True}``. Handlers take ``actor: NamedDependency[Actor]`` or ``act: NamedDependency[Act]``.
The application's state holds ``sessions``.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any, Final

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.di import NamedDependency, Provide
from litestar.handlers import BaseRouteHandler

from yihao.clock import Clock
from yihao.errors import Unauthenticated
from yihao.people.errors import CsrfMissing
from yihao.people.model import Session
from yihao.people.scope import Act, Actor
from yihao.people.sessions import Identity, Sessions, csrf_of

COOKIE: Final = "yihao_session"
CSRF_COOKIE: Final = "yihao_csrf"
CSRF_HEADER: Final = "x-csrf-token"
IDLE_HEADER: Final = "x-idle"
"""Sent by a screen that asks of its own accord, nobody having touched it: it does not count as using the session. It
can only make a session end sooner, so any client may send it."""
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
PUBLIC: Final = "public"
"""Handler option: no sign-in needed."""
IDLE: Final = "idle"
"""Handler option: screens send it by themselves, so it does not count as using the session."""
UNREADY: Final = "unready"
"""Handler option: open to a session that has still to change its password or enrol its second factor."""


async def must_sign_in(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """The guard.

    Raises:
        Unauthenticated: no token, or one that is not valid any more.
        CsrfMissing: a change asked for by cookie without the CSRF token.
        PasswordChangeNeeded, SecondFactorNeeded: the session may not act yet.
    """
    if handler.opt.get(PUBLIC):
        return
    token, by_cookie = token_of(connection)
    sessions: Sessions = connection.app.state.sessions
    using = not handler.opt.get(IDLE) and IDLE_HEADER not in connection.headers
    identity = await sessions.recognise(token, using=using)
    if by_cookie and connection.scope.get("method") not in SAFE and not _carries_csrf(connection, token):
        raise CsrfMissing(what="", who="")
    if not handler.opt.get(UNREADY):
        identity.ready()
    state = connection.state  # made anew each time it is asked for
    state.identity, state.token = identity, token


def token_of(connection: ASGIConnection[Any, Any, Any, Any]) -> tuple[str, bool]:
    """The token that came, and whether a cookie brought it. The Authorization header wins.

    Raises:
        Unauthenticated: neither came.
    """
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme:
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated
        return token.strip(), False
    cookie = connection.cookies.get(COOKIE)
    if not cookie:
        raise Unauthenticated
    return cookie, True


def _carries_csrf(connection: ASGIConnection[Any, Any, Any, Any], token: str) -> bool:
    sent = connection.headers.get(CSRF_HEADER, "")
    return hmac.compare_digest(sent.encode(errors="replace"), csrf_of(token).encode())


def session_cookies(session: Session, *, secure: bool) -> list[Cookie]:
    """The cookies of a browser session: the token out of reach of scripts, the CSRF token within their reach.

    Args:
        session: a fresh one.
        secure: the request came over TLS (as the trusted proxy says).
    """
    shared: dict[str, Any] = {"path": "/", "secure": secure, "samesite": "strict"}
    return [
        Cookie(key=COOKIE, value=session.token, httponly=True, **shared),
        Cookie(key=CSRF_COOKIE, value=session.csrf, httponly=False, **shared),
    ]


def no_cookies() -> list[Cookie]:
    """The cookies that take a browser session's away."""
    return [Cookie(key=key, value="", path="/", max_age=0, samesite="strict") for key in (COOKIE, CSRF_COOKIE)]


def provide_identity(request: Request[Any, Any, Any]) -> Identity:
    """The session the guard let in."""
    identity: Identity | None = request.state.get("identity")
    if identity is None:  # a handler that asks for an actor under a router without the guard: closed, not open
        raise Unauthenticated
    return identity


def provide_actor(request: Request[Any, Any, Any]) -> Actor:
    """Who acts."""
    return provide_identity(request).actor


def provide_act(request: Request[Any, Any, Any], clock: NamedDependency[Clock]) -> Act:
    """Who acts, when, and under which request id (``request.state.request_id``, set by the web room)."""
    return Act(actor=provide_actor(request), now=clock(), request_id=request.state.get("request_id", ""))


DEPENDENCIES: Final[Mapping[str, Provide]] = {
    "identity": Provide(provide_identity, sync_to_thread=False),
    "actor": Provide(provide_actor, sync_to_thread=False),
    "act": Provide(provide_act, sync_to_thread=False),
}
"""For the application beside ``db``, ``clock``, ``ring``, ``sessions``, ``passwords`` and ``audit``."""
