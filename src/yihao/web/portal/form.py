"""The form of a matter: what was typed as the body of the API, and every field that still lacks something."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from typing import Any, Final

import msgspec

from yihao.errors import Invalid
from yihao.orders.bodies import Caller
from yihao.orders.citizen_views import CitizenAppeal
from yihao.orders.private import clean_caller
from yihao.web.portal.areas import chosen
from yihao.web.portal.sent import Sent
from yihao.web.portal.shell import Here, Problem, problem_of
from yihao.web.problems import explain, of_body

FIELDS: Final = frozenset(
    {
        "kind",
        "domain",
        "title",
        "content",
        "area",
        "address",
        "location.lon",
        "location.lat",
        "occurred_at",
        "caller.name",
        "caller.phone",
        "caller.enterprise_code",
        "caller.anonymous",
        "caller.confidential",
        "_files",
    }
)
KEY: Final = re.compile(r"[\x21-\x7e]{16,100}")
FILE: Final = re.compile(r"[0-9a-f]{32}")
LONGEST: Final = {"title": 200, "content": 5_000, "address": 500, "caller.name": 100}
LABELS: Final = {
    "kind": "诉求类型",
    "domain": "所属领域",
    "title": "标题",
    "content": "诉求内容",
    "area": "事发地区",
    "address": "详细地址",
    "location.lon": "经度",
    "location.lat": "纬度",
    "occurred_at": "事发时间",
    "caller.name": "姓名",
    "caller.phone": "联系电话",
    "caller.enterprise_code": "统一社会信用代码",
    "caller.anonymous": "匿名",
    "caller.confidential": "保密",
    "_files": "照片和材料",
}


def new_key() -> str:
    """A key of a submission: sent again with it, a form is registered once."""
    return secrets.token_urlsafe(24)


def key_of(sent: Sent) -> str:
    """The form's own key, or a new one where it came without."""
    found = sent.one("_key")
    return found if KEY.fullmatch(found) else new_key()


def kept_of(sent: Sent) -> tuple[str, ...]:
    """The ids of files kept before, as the form names them."""
    return tuple(dict.fromkeys(one for one in sent.all("attachments") if FILE.fullmatch(one)))


def is_enterprise(sent: Sent) -> bool:
    """Whether an enterprise files it."""
    return sent.one("who") == "enterprise"


def missing(sent: Sent, here: Here) -> list[Problem]:
    """Every field that must be filled in and is not, or is too long, in the order of the form."""
    enterprise = is_enterprise(sent)
    wanted = [
        ("kind", "请选择诉求类型。"),
        *([("domain", "请选择所属领域。")] if here.profile.acceptance.domain_required.on else []),
        ("title", "请用一句话写明标题。"),
        ("content", "请写明诉求内容：时间、地点、事情经过和您的要求。"),
        *([("caller.name", "请填写企业名称。")] if enterprise else []),
        *([("caller.enterprise_code", "请填写18位统一社会信用代码。")] if enterprise and here.lane else []),
        ("caller.phone", "请填写联系电话，用于核实情况和答复。"),
    ]
    found = [Problem(name, text) for name, text in wanted if not sent.one(name)]
    for name, longest in LONGEST.items():
        if (length := len(sent.one(name))) > longest:
            found.append(Problem(name, f"{LABELS[name]}最多{longest}个字，现在有{length}个字，请精简。"))
    if bool(sent.one("location.lon")) != bool(sent.one("location.lat")):
        empty = "location.lat" if sent.one("location.lon") else "location.lon"
        found.append(Problem(empty, "经度和纬度请一起填写，或都留空。"))
    return found + _unfit(sent)


def _unfit(sent: Sent) -> list[Problem]:
    """Contact that cannot be right, by the rules of registering: told with everything else, not after it."""
    phone, code = sent.one("caller.phone") or None, sent.one("caller.enterprise_code") or None
    found = []
    for said in (Caller(phone=phone), Caller(enterprise_code=code)):
        try:
            clean_caller(said, None)
        except Invalid as error:
            found.append(problem_of(error, FIELDS))
    return found


def appeal_of(sent: Sent, here: Here, channel: str) -> CitizenAppeal:
    """The matter as the API takes it.

    Raises:
        BadField: it names the field.
    """
    try:
        return msgspec.convert(_body(sent, here, channel), CitizenAppeal)
    except msgspec.ValidationError as wrong:
        name, _, _ = explain(str(wrong))
        error = of_body(str(wrong), CitizenAppeal)
        if name in LABELS:  # by the name it has on this form
            error.params["label"] = LABELS[name]
        raise error from None


def _body(sent: Sent, here: Here, channel: str) -> dict[str, Any]:
    area = chosen(here.tree, sent.all("area"))
    caller = {
        "kind": "enterprise" if is_enterprise(sent) else "person",
        "name": sent.one("caller.name") or None,
        "phone": sent.one("caller.phone"),
        "enterprise_code": sent.one("caller.enterprise_code") or None,
        "anonymous": sent.one("caller.anonymous") == "true",
        "confidential": sent.one("caller.confidential") == "true",
    }
    body: dict[str, Any] = {"channel": channel, "area_code": area.area_code if area else None, "caller": caller}
    for name in ("kind", "domain", "title", "content", "address"):
        if value := sent.one(name):
            body[name] = value
    if sent.one("location.lon"):
        body["location"] = {name: _number(sent.one(f"location.{name}")) for name in ("lon", "lat")}
    if typed := sent.one("occurred_at"):
        body["occurred_at"] = _moment(typed, here)
    return body


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _moment(text: str, here: Here) -> datetime | str:
    # A form knows no offset: it is the place's own.
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return text
    return found if found.tzinfo else found.replace(tzinfo=here.zone)
