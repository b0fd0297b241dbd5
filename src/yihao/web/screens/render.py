"""Templates and their words: Chinese on the screen, every value escaped, no script."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import Response
from litestar.datastructures import Cookie
from litestar.response import Redirect

from yihao.orders.words import COLOURS, MESSAGE_STATUSES, OUTCOMES
from yihao.people.model import ROLES
from yihao.worktime import SHANGHAI


def moment(value: datetime | None, zone: ZoneInfo = SHANGHAI) -> str:
    """A time in the place's own zone, to the minute."""
    return value.astimezone(zone).strftime("%Y-%m-%d %H:%M") if value else "—"


def role_name(role: str) -> str:
    """The Chinese name of a role."""
    return ROLES[role].zh if role in ROLES else role


TEMPLATES: Final = Environment(
    loader=PackageLoader("yihao.web.screens"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.filters.update(
    moment=moment,
    role=role_name,
    colour=lambda name: COLOURS.get(name, name),
    outcome=lambda name: OUTCOMES.get(name, name),
    status=lambda name: MESSAGE_STATUSES.get(name, name),
)


def page(template: str, *, status: int = 200, cookies: list[Cookie] | None = None, **values: Any) -> Response[str]:
    """A page."""
    text = TEMPLATES.get_template(template).render(**values)
    return Response(text, status_code=status, media_type="text/html", cookies=cookies or [])


def to(path: str, cookies: list[Cookie] | None = None) -> Redirect:
    """Another page, asked for with GET (so that reloading does not send the form again)."""
    return Redirect(path, status_code=303, cookies=cookies or [])
