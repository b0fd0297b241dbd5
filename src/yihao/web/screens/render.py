"""Templates and their words: Chinese on the screen, every value escaped, no script."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import Response
from litestar.datastructures import Cookie
from litestar.response import Redirect

from yihao.people.model import ROLES
from yihao.worktime import SHANGHAI

COLOURS: Final = {
    "green": "正常",
    "yellow": "临期",
    "red": "超期",
    "paused": "挂起",
    "done": "按期",
    "late": "逾期完成",
}
OUTCOMES: Final = {
    "met": "完成",
    "returned": "退单",
    "withdrawn": "撤诉",
    "merged": "并件",
    "superseded": "被替代",
    "waived": "免除",
    "rejected": "驳回",
}
STATUSES: Final = {"pending": "待外发", "no_sender": "尚无外发渠道", "sent": "已外发", "dead": "多次失败"}


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
    status=lambda name: STATUSES.get(name, name),
)


def page(template: str, *, status: int = 200, cookies: list[Cookie] | None = None, **values: Any) -> Response[str]:
    """A page."""
    text = TEMPLATES.get_template(template).render(**values)
    return Response(text, status_code=status, media_type="text/html", cookies=cookies or [])


def to(path: str, cookies: list[Cookie] | None = None) -> Redirect:
    """Another page, asked for with GET (so that reloading does not send the form again)."""
    return Redirect(path, status_code=303, cookies=cookies or [])
