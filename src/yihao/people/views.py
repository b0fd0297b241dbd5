"""What goes in and out over HTTP for accounts, sessions, roles, approvals and the audit; each field described."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from yihao.people.may import DEEDS, Deed, hindrance
from yihao.people.model import APPROVALS, APPROVERS, ROLES, Account, Approval, ApprovalState
from yihao.people.rules import approval_state, caller_rules
from yihao.people.scope import Act, Actor
from yihao.people.sessions import Identity
from yihao.store.audit import AuditEntry
from yihao.store.audit_chain import AuditState

INT4 = 2**31 - 1
INT8 = 2**63 - 1
NO_NUL = r"^[^\x00]*$"
"""PostgreSQL text holds no NUL."""

Id = Annotated[int, Meta(ge=1, le=INT4)]
NUMBER = "^[0-9A-Za-z]{1,40}$"
"""An order number, loosely: the orders room knows its exact form."""


def says(description: str, *examples: Any, **limits: Any) -> Meta:
    """The description of a field, with examples and limits (``max_length``, ``pattern`` ...)."""
    return Meta(description=description, examples=list(examples) or None, **limits)


class _In(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class _Out(msgspec.Struct, frozen=True, kw_only=True):
    pass


class SignIn(_In, frozen=True):
    """What signing in takes."""

    username: Annotated[str, says("User name; capitals make no difference.", "demo.agent", max_length=64)]
    password: Annotated[str, says("Password.", "a long sentence of your own", max_length=128)]
    otp: Annotated[
        str | None, says("Six digits of the authenticator, where a second factor is enrolled.", "123456")
    ] = None


class TokenMade(_Out, frozen=True):
    """A token, shown this once."""

    token: Annotated[str, says("Send it as `Authorization: Bearer …`.", "Vw3nGkX1…")]
    expires_at: Annotated[datetime, says("Its absolute end; privileged accounts' end after 15 idle minutes too.")]


class SessionMade(_Out, frozen=True):
    """A browser session; its token stands in an HttpOnly cookie."""

    csrf_token: Annotated[str, says("Send it as `X-CSRF-Token` with every change.", "q0v5…")]
    expires_at: Annotated[datetime, says("Its absolute end; after 15 idle minutes it ends too.")]


class HoldingView(_Out, frozen=True):
    """A role held."""

    role: Annotated[str, says("Id of the role.", "unit_handler")]
    label: Annotated[str, says("Its Chinese name.", "承办单位经办人")]
    unit: Annotated[int | None, says("The unit of a unit role.", 3)]


class HeldView(HoldingView, frozen=True, kw_only=True):
    """A role held, as the administrators see it."""

    unit_name: Annotated[str | None, says("Name of the unit.", "示范州建设局")]


class Me(_Out, frozen=True):
    """The caller: account, roles, units, scope."""

    account: Annotated[int, says("Id of the account.", 101)]
    username: Annotated[str, says("User name.", "demo.agent")]
    name: Annotated[str, says("Name shown beside what the person does.", "演示话务员")]
    jurisdiction: Annotated[int, says("Home jurisdiction.", 1)]
    path: Annotated[str, says("Path of the home jurisdiction in the tree.", "/1/4/")]
    roles: Annotated[list[HoldingView], says("Roles held.")]
    units: Annotated[list[int], says("Units of the unit roles.", [3])]
    branch: Annotated[str | None, says("Branch whose orders the caller sees; null: none by jurisdiction.", "/1/")]
    caller_data: Annotated[
        list[str],
        says(
            "How callers' data may be seen: own_24h, after_sign, masked, reason, reason_second, never, none.",
            ["masked", "reason"],
        ),
    ]
    cleared: Annotated[bool, says("May see confidential orders.")]
    vendor: Annotated[bool, says("Outsourced staff.")]
    mfa: Annotated[bool, says("Signed in with a second factor.")]
    must_change_password: Annotated[bool, says("Nothing else is possible before `PUT /api/v1/me/password`.")]
    must_enrol_second_factor: Annotated[bool, says("Nothing else is possible before `POST /api/v1/me/totp`.")]


class DraftSecret(_Out, frozen=True):
    """One key that drafts are sealed with."""

    id: Annotated[str, says("Stands beside what is sealed with it. 密钥编号。", "9f86d081")]
    key: Annotated[str, says("256 bits for AES-GCM, base64 (RFC 4648 §4). 密钥。", "u1Y6…=")]


class DraftKey(DraftSecret, frozen=True):
    """What seals the drafts this account keeps in a browser."""

    older: Annotated[list[DraftSecret], says("Open older drafts with these, newest first. 历次密钥，新的在前。")]


class PasswordChange(_In, frozen=True):
    """The own password."""

    old: Annotated[str, says("The present password.", max_length=128)]
    new: Annotated[str, says("The new one: 12 to 128 characters, no user name, not a common one.", max_length=128)]


class PasswordReset(_In, frozen=True):
    """A password for somebody who lost it."""

    password: Annotated[str, says("Good for one sign-in and its own change: 12 to 128 characters.", max_length=128)]


class TotpMade(_Out, frozen=True):
    """A second factor to confirm."""

    secret: Annotated[str, says("Base32 secret, shown this once.", "JBSWY3DPEHPK3PXP")]
    uri: Annotated[str, says("Text of the QR code.", "otpauth://totp/…")]


class TotpConfirm(_In, frozen=True):
    """Proof that the authenticator works."""

    otp: Annotated[str, says("Six digits.", "123456", max_length=16)]


class RoleView(_Out, frozen=True):
    """A role that can be granted."""

    id: Annotated[str, says("Id.", "dispatcher")]
    zh: Annotated[str, says("Chinese name.", "派单员")]
    en: Annotated[str, says("English name.", "dispatcher")]
    kind: Annotated[str, says("hotline: sees its branch's orders; unit: its units'; none: no orders.", "hotline")]
    privileged: Annotated[bool, says("Needs a second factor.")]
    vendor_allowed: Annotated[bool, says("Outsourced staff may hold it.")]
    caller_data: Annotated[list[str], says("How it meets callers' data.", ["masked"])]


class AccountIn(_In, frozen=True):
    """A new account; roles are granted afterwards, by the security administrator."""

    username: Annotated[str, says("2 to 64 of a-z, 0-9, dot, dash, underscore.", "demo.agent", max_length=64)]
    name: Annotated[str, says("Name shown beside what the person does.", "演示话务员", max_length=64)]
    jurisdiction: Annotated[Id, says("Home jurisdiction, within the caller's branch.", 1)]
    password: Annotated[str, says("First password, to be changed at the first sign-in.", max_length=128)]
    vendor: Annotated[bool, says("Outsourced staff: seat or online agent only.")] = False


class AccountView(_Out, frozen=True):
    """An account."""

    id: Annotated[int, says("Id.", 101)]
    username: Annotated[str, says("User name.", "demo.agent")]
    name: Annotated[str, says("Name.", "演示话务员")]
    jurisdiction: Annotated[int, says("Home jurisdiction.", 1)]
    jurisdiction_name: Annotated[str, says("Its name.", "示范州")]
    path: Annotated[str, says("Its path in the tree.", "/1/")]
    roles: Annotated[list[HeldView], says("Roles held.")]
    vendor: Annotated[bool, says("Outsourced staff.")]
    cleared: Annotated[bool, says("May see confidential orders.")]
    active: Annotated[bool, says("May sign in.")]
    mfa: Annotated[bool, says("A second factor is in force.")]


class AccountPage(_Out, frozen=True):
    """Accounts, in order of id."""

    items: Annotated[list[AccountView], says("The accounts.")]
    next: Annotated[int | None, says("Send it as `after` for the next page; null: no more.", 150)]


class DeedView(_Out, frozen=True, kw_only=True):
    """Something done to an account, and whether the caller may."""

    deed: Annotated[Deed, says("grant, revoke, clear, deactivate, reactivate, reset_password, reset_totp.")]
    allowed: Annotated[bool, says("The caller's role may.")]
    why: Annotated[str | None, says("Why not; null where it may. 原因。")]
    why_en: Annotated[str | None, says("The same in English.")]


class Grant(_In, frozen=True):
    """A role to grant."""

    role: Annotated[str, says("Id of the role.", "unit_handler", max_length=64)]
    unit: Annotated[Id | None, says("The unit, for unit roles only.", 3)] = None


class Clearance(_In, frozen=True):
    """Whether confidential orders may be seen."""

    cleared: Annotated[bool, says("May see confidential orders of the branch.")]


class ApprovalIn(_In, frozen=True):
    """A request for a second person."""

    kind: Annotated[str, says("reporter_identity: a reporter's identity.", "reporter_identity", max_length=64)]
    number: Annotated[str, says("Number of the order.", "202601055328000000017", pattern=NUMBER)]
    reason: Annotated[
        str, says("Why; kept for good.", "依法核实举报线索", min_length=1, max_length=500, pattern=NO_NUL)
    ]


class ApprovalView(_Out, frozen=True):
    """A request for a second person."""

    id: Annotated[int, says("Id.", 7)]
    kind: Annotated[str, says("What is asked for.", "reporter_identity")]
    number: Annotated[str, says("Number of the order.", "202601055328000000017")]
    asked_by: Annotated[int, says("Account that asked.", 104)]
    asked_by_name: Annotated[str, says("Its name.", "演示管理员")]
    reason: Annotated[str, says("Why.", "依法核实举报线索")]
    asked_at: Annotated[datetime, says("When it was asked.")]
    approved_by: Annotated[int | None, says("Account that approved.", 105)]
    approved_at: Annotated[datetime | None, says("When.")]
    expires_at: Annotated[datetime, says("Void from then on.")]
    used_at: Annotated[datetime | None, says("When it was used; it counts once.")]
    kind_label: Annotated[str, says("What is asked for, in Chinese.", "查阅举报人身份")]
    state: Annotated[
        ApprovalState,
        says("waiting for a second person; approved and not used yet; used; expired before it was.", "waiting"),
    ]
    may_approve: Annotated[bool, says("The caller may be the second person now.")]


class ApprovalPage(_Out, frozen=True):
    """Requests: those that wait oldest first, one's own newest first."""

    items: Annotated[list[ApprovalView], says("The requests.")]
    next: Annotated[int | None, says("Send it as `after` for the next page; null: no more.", 57)]


class AuditView(_Out, frozen=True):
    """An audit row."""

    id: Annotated[int, says("Id, ascending.", 90210)]
    recorded_at: Annotated[datetime, says("When the database wrote it.")]
    at: Annotated[datetime, says("When it was done (business time).")]
    account: Annotated[int, says("Who; 0: nobody signed in.", 101)]
    username: Annotated[str | None, says("User name of the account.", "demo.agent")]
    account_name: Annotated[str | None, says("Name of the account.", "演示话务员")]
    role: Annotated[str, says("Role it was done as; may be empty.", "agent")]
    action: Annotated[str, says("What was done.", "order.read")]
    purpose: Annotated[str, says("The reason given, or empty.", "回拨核实")]
    numbers: Annotated[list[str], says("Orders it touched.", ["202601055328000000017"])]
    detail: Annotated[dict[str, Any], says("Facts, without personal data of citizens.")]
    request_id: Annotated[str, says("The request it came with.", "b1f0…")]


class AuditList(_Out, frozen=True):
    """Audit rows, newest first."""

    items: Annotated[list[AuditView], says("The rows.")]
    next: Annotated[int | None, says("Send it as `after` for the next page; null: no more.", 90160)]


class FaultView(_Out, frozen=True, kw_only=True):
    """Something wrong in the audit."""

    what: Annotated[
        str, says("edited, missing, extra: a row; unsigned, broken: a batch. 被改、缺失、多出；签名不符、链断裂。")
    ]
    batch: Annotated[int | None, says("The batch. 批次。", 41)]
    row: Annotated[int | None, says("The row. 日志编号。", 90210)]


class ChainView(_Out, frozen=True, kw_only=True):
    """How far the audit is sealed, and whether its newest batches hold."""

    batch: Annotated[int, says("The newest sealed batch; 0: none yet. 最新批次。", 41)]
    sealed_at: Annotated[datetime | None, says("When it was sealed. 封存时间。")]
    hash: Annotated[str | None, says("Its SM3, which names all before it. 链首摘要。", "9f2c…")]
    waiting: Annotated[int, says("Rows not sealed yet. 待封存条数。", 12)]
    waiting_since: Annotated[datetime | None, says("When the oldest of them was written. 最早待封存时间。")]
    checked: Annotated[int, says("Newest batches looked at just now. 本次核对的批次数。", 5)]
    faults: Annotated[list[FaultView], says("What is wrong in those; empty: nothing. 发现的问题。")]


def me_view(identity: Identity) -> Me:
    """The caller's own view."""
    actor = identity.actor
    pairs: list[tuple[str, int | None]] = [(role, unit) for role, units in actor.unit_roles for unit in units]
    pairs += [(role, None) for role in sorted(actor.roles - {role for role, _ in pairs})]
    return Me(
        account=actor.account,
        username=actor.username,
        name=actor.name,
        jurisdiction=actor.jurisdiction,
        path=actor.path,
        roles=[_held(role, unit) for role, unit in pairs],
        units=list(actor.units),
        branch=actor.wall().branch or None,
        caller_data=sorted(caller_rules(actor.roles)),
        cleared=actor.cleared,
        vendor=actor.vendor,
        mfa=actor.mfa,
        must_change_password=identity.must_change,
        must_enrol_second_factor=identity.must_enrol,
    )


def account_view(account: Account) -> AccountView:
    """An account for the administrators."""
    plain = {name: getattr(account, name) for name in account.__struct_fields__ if name != "roles"}
    return AccountView(
        **plain,
        roles=[
            HeldView(**msgspec.structs.asdict(_held(one.role, one.unit)), unit_name=one.unit_name)
            for one in account.roles
        ],
    )


def role_views() -> list[RoleView]:
    """The roles that can be granted."""
    return [
        RoleView(
            id=role.id,
            zh=role.zh,
            en=role.en,
            kind=role.kind,
            privileged=role.privileged,
            vendor_allowed=role.vendor_allowed,
            caller_data=list(role.caller),
        )
        for role in ROLES.values()
        if not role.internal
    ]


def deed_views(actor: Actor, account: Account) -> list[DeedView]:
    """What the caller may do to the account."""
    refusals = {deed: hindrance(actor, account, deed) for deed in DEEDS}
    return [
        DeedView(
            deed=deed,
            allowed=refusal is None,
            why=refusal.sentence("zh") if refusal else None,
            why_en=refusal.sentence("en") if refusal else None,
        )
        for deed, refusal in refusals.items()
    ]


def approval_view(approval: Approval, act: Act) -> ApprovalView:
    """A request for a second person, as the caller meets it."""
    state = approval_state(approval, act.now)
    return ApprovalView(
        **msgspec.structs.asdict(approval),
        kind_label=APPROVALS.get(approval.kind, approval.kind),
        state=state,
        may_approve=state == "waiting" and approval.asked_by != act.actor.account and act.actor.has_any(APPROVERS),
    )


def audit_view(entry: AuditEntry) -> AuditView:
    """An audit row."""
    return AuditView(**msgspec.structs.asdict(entry))


def chain_view(state: AuditState) -> ChainView:
    """The audit's chain as it stands."""
    return ChainView(
        batch=state.head.batch if state.head else 0,
        sealed_at=state.sealed_at,
        hash=state.head.hash.hex() if state.head else None,
        waiting=state.waiting,
        waiting_since=state.waiting_since,
        checked=state.checked,
        faults=[FaultView(what=one.what, batch=one.batch, row=one.row) for one in state.faults],
    )


def _held(role: str, unit: int | None) -> HoldingView:
    return HoldingView(role=role, label=ROLES[role].zh if role in ROLES else role, unit=unit)
