"""Who looks at a screen, and what its frame shows for it."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import Request

from yihao.orders.outbox import KEEPERS
from yihao.orders.service import REGISTRARS
from yihao.people.guard import COOKIE
from yihao.people.model import ROLES
from yihao.people.scope import Actor
from yihao.people.sessions import csrf_of
from yihao.profile.model import Profile

AnyRequest = Request[Any, Any, Any]
NAME: Final = "12345 政务服务便民热线"
"""Shown until an installation has a place."""


class User(msgspec.Struct, frozen=True, kw_only=True):
    """What the top of each page shows, and which doors are open."""

    name: str
    roles: str
    csrf: str
    orders: bool
    register: bool
    outbox: bool
    partners: bool
    lines: bool
    companies: bool


def user_of(request: AnyRequest, actor: Actor) -> User:
    """The signed-in user of this request."""
    return User(
        name=actor.name,
        roles="、".join(ROLES[role].zh for role in ROLES if role in actor.roles) or "无岗位",
        csrf=csrf_of(request.cookies.get(COOKIE, "")),
        orders=any(ROLES[role].kind != "none" for role in actor.roles if role in ROLES),
        register=actor.role_among(*REGISTRARS) is not None,
        outbox=actor.role_among(*KEEPERS) is not None,
        companies=actor.wall().branch != "" or actor.has_any(("admin", "company")),
        partners=actor.wall().branch != "" or actor.has_any(("admin", "partner")),
        lines=actor.wall().branch != "" or actor.has("admin"),
    )


def hotline_of(profile: Profile | None) -> str:
    """The hotline's own name."""
    return profile.hotline_name if profile else NAME
