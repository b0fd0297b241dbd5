"""What this room talks about: roles as one table, accounts, sessions, approvals."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

import msgspec

Kind = Literal["hotline", "unit", "none"]
"""What of the orders a role sees: ``hotline`` its jurisdiction's branch, ``unit`` those its own units take part in,
``none`` no order at all."""

CallerRule = Literal["own_24h", "after_sign", "masked", "reason", "reason_second", "never", "none"]
"""How a role meets a caller's name and number (spec E). A role may hold several.

- ``own_24h``: clear on orders this account registered, for 24 hours after.
- ``after_sign``: clear once the own unit has signed, never for confidential, anonymous or report (举报) orders.
- ``masked``: 138****1234, 张**.
- ``reason``: clear after stating a reason; the unmasking is recorded. Not for the identity of a reporter.
- ``reason_second``: a reporter's (举报人) identity, after a reason and a second person's approval.
- ``never``: the number is dialled for the person, never shown.
- ``none``: nothing of the caller.
"""


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """One role (岗位) of spec E.

    ``privileged``: signs in with a second factor and has short sessions. ``vendor_allowed``: outsourced staff may hold
    it: 国办函〔2025〕66号 二(三) lets them answer calls, never handle. ``internal``: Yihao itself; granted to nobody.
    """

    id: str
    zh: str
    en: str
    kind: Kind
    caller: tuple[CallerRule, ...]
    privileged: bool = False
    vendor_allowed: bool = False
    internal: bool = False


def _role(
    name: str,
    zh: str,
    en: str,
    kind: Kind,
    *caller: CallerRule,
    privileged: bool = False,
    vendor_allowed: bool = False,
    internal: bool = False,
) -> Role:
    return Role(
        id=name,
        zh=zh,
        en=en,
        kind=kind,
        caller=caller,
        privileged=privileged,
        vendor_allowed=vendor_allowed,
        internal=internal,
    )


_ALL = (
    _role("agent", "话务员", "seat agent", "hotline", "own_24h", "masked", vendor_allowed=True),
    _role("online_agent", "网络座席", "online agent", "hotline", "own_24h", "masked", vendor_allowed=True),
    _role("dispatcher", "派单员", "dispatcher", "hotline", "masked", "reason"),
    _role("shift_lead", "班长", "shift lead", "hotline", "masked", "reason"),
    _role("supervisor", "督办员", "supervisor", "hotline", "masked"),
    _role("revisit_clerk", "回访员", "revisit clerk", "hotline", "masked", "never"),
    _role("qa", "质检员", "quality inspector", "hotline", "masked"),
    _role("kb_editor", "知识库维护员", "knowledge editor", "none", "none"),
    _role("kb_reviewer", "知识库审核员", "knowledge reviewer", "none", "none"),
    # Spec E shows the caller to an expert during the call; until a call is under way here, masked.
    _role("expert", "专家座席", "expert seat", "hotline", "masked"),
    _role("unit_receiver", "承办单位签收员", "unit receiver", "unit", "masked", "after_sign"),
    _role("unit_handler", "承办单位经办人", "unit handler", "unit", "masked", "after_sign"),
    _role("unit_reviewer", "承办单位审核人", "unit reviewer", "unit", "masked", "after_sign"),
    _role("subcentre_agent", "分中心座席", "sub-centre agent", "unit", "own_24h", "masked", "after_sign"),
    _role("manager", "管理机构", "managing body", "hotline", "masked", "reason", "reason_second", privileged=True),
    _role("superior", "上级平台", "superior platform", "hotline", "masked", "reason", privileged=True),
    _role("partner", "联动单位", "linked partner", "unit", "masked", "after_sign"),
    _role("company", "社会化服务企业", "service company", "unit", "masked", "after_sign"),
    _role("system", "系统对接方", "connected system", "unit", "none"),
    _role("admin", "系统管理员", "system administrator", "none", "none", privileged=True),
    _role("security_admin", "安全管理员", "security administrator", "none", "none", privileged=True),
    _role("auditor", "审计员", "auditor", "none", "none", privileged=True),
    _role("portal", "市民端", "citizens' door", "hotline", "none", internal=True),
    _role("clock", "时钟任务", "background jobs", "hotline", "none", internal=True),
    _role("setup", "安装程序", "installation", "none", "none", internal=True),
    _role("files", "文件导入导出", "files in and out", "hotline", "none", internal=True),
)
ROLES: Final[dict[str, Role]] = {role.id: role for role in _ALL}

THREE: Final = frozenset({"admin", "security_admin", "auditor"})
"""三员分立 (GB/T 22239-2019, level 3): each excludes the two others and every business role."""

INTERNAL: Final[dict[str, int]] = {"portal": 1, "clock": 2, "setup": 3, "files": 4}
"""Accounts of Yihao itself, made by migrations 0003 and 0014; ids below 100 never sign in."""

APPROVALS: Final[dict[str, str]] = {"reporter_identity": "查阅举报人身份", "erasure": "依法删除个人信息"}
APPROVALS_EN: Final[dict[str, str]] = {"reporter_identity": "Identity of a reporter", "erasure": "Lawful erasure"}
"""What needs a second person, in both languages."""
CALLER_RULES: Final[dict[CallerRule, str]] = {
    "own_24h": "本人登记24小时内可见",
    "after_sign": "本单位签收后可见",
    "masked": "遮盖显示",
    "reason": "说明事由后可见",
    "reason_second": "说明事由并经第二人批准后可见",
    "never": "不显示号码",
    "none": "不显示诉求人",
}
CALLER_RULES_EN: Final[dict[CallerRule, str]] = {
    "own_24h": "Clear for 24 hours on own registrations",
    "after_sign": "Clear once the own unit has signed",
    "masked": "Masked",
    "reason": "Clear after a reason",
    "reason_second": "Clear after a reason and a second person",
    "never": "Number never shown",
    "none": "Nothing of the caller",
}
ASKERS: Final = ("manager",)
"""Who may ask for it (spec E: the managing body, with a reason and a second person)."""
APPROVERS: Final = ("manager", "superior", "security_admin")
"""Who may approve: another privileged person, of the asker's own jurisdiction or one above."""

ApprovalState = Literal["waiting", "approved", "used", "expired"]
APPROVAL_STATES: Final[dict[ApprovalState, str]] = {
    "waiting": "待批准",
    "approved": "已批准",
    "used": "已使用",
    "expired": "已过期",
}
APPROVAL_STATES_EN: Final[dict[ApprovalState, str]] = {
    "waiting": "Waits",
    "approved": "Approved",
    "used": "Used",
    "expired": "Expired",
}

SessionKind = Literal["browser", "token"]


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """A role held; ``unit`` for unit roles only."""

    role: str
    unit: int | None = None
    unit_name: str | None = None


class AccountQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which accounts to list; ``None`` is no condition. ``q``: part of a name or user name.

    ``role`` and ``unit`` together: who holds that role there.
    """

    q: str | None = None
    role: str | None = None
    unit: int | None = None
    active: bool | None = None
    jurisdiction: int | None = None


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """An account as the administrators see it: never a secret in it. ``mfa``: a second factor is enrolled."""

    id: int
    username: str
    name: str
    jurisdiction: int
    jurisdiction_name: str
    path: str
    vendor: bool
    cleared: bool
    active: bool
    mfa: bool
    roles: tuple[Holding, ...]


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A fresh session. ``token`` is shown this once; ``csrf`` is what unsafe cookie requests must carry."""

    token: str
    csrf: str
    kind: SessionKind
    account: int
    expires_at: datetime


class TotpSecret(msgspec.Struct, frozen=True, kw_only=True):
    """A second factor just made: base32 secret and the ``otpauth://`` text for the authenticator's QR code."""

    secret: str
    uri: str


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """A request for a second person. Used once, by the asker, before ``expires_at``."""

    id: int
    kind: str
    number: str
    asked_by: int
    asked_by_name: str
    reason: str
    asked_at: datetime
    approved_by: int | None
    approved_at: datetime | None
    expires_at: datetime
    used_at: datetime | None
