"""HTTP of this room, relative to ``/api/v1``: parse, authorise, call one service function, shape the answer."""

from __future__ import annotations

from typing import Annotated, Any, Final

from litestar import Controller, Request, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter

from yihao.people import own, service
from yihao.people.guard import PUBLIC, UNREADY, no_cookies, session_cookies, token_of
from yihao.people.model import AccountQuery, Session, SessionKind
from yihao.people.oversight import READ, WRITE, ApprovalController, AuditController, Limit
from yihao.people.passwords import Passwords
from yihao.people.problem import refusals
from yihao.people.scope import Act, Actor
from yihao.people.service import NewAccount
from yihao.people.sessions import Identity, Sessions
from yihao.people.views import (
    INT4,
    NO_NUL,
    AccountIn,
    AccountPage,
    AccountView,
    Clearance,
    DeedView,
    DraftKey,
    Grant,
    Me,
    PasswordChange,
    PasswordReset,
    RoleView,
    SessionMade,
    SignIn,
    TokenMade,
    TotpConfirm,
    TotpMade,
    account_view,
    deed_views,
    me_view,
    role_views,
)
from yihao.seal.keys import KeyRing
from yihao.store.db import Database

AnyRequest = Request[Any, Any, Any]
AccountId = Annotated[int, PathParameter(ge=1, le=INT4, description="Id of the account.")]
SIGN_IN: Final = refusals(400, 401, 429, 503)


class SignInController(Controller):
    """Tokens for programs, sessions for browsers."""

    tags = ("登录 Sign-in",)

    @post("/tokens", opt={PUBLIC: True}, operation_id="createToken", summary="登录获取令牌", responses=SIGN_IN)
    async def create_token(
        self, request: AnyRequest, data: JSONBody[SignIn], sessions: NamedDependency[Sessions]
    ) -> Response[TokenMade]:
        """Sign in with name, password and, where enrolled, a one-time code. Five failures lock for 15 minutes."""
        made = await _sign_in(request, data, sessions, "token")
        return Response(TokenMade(token=made.token, expires_at=made.expires_at), headers=_NO_STORE)

    @delete(
        "/tokens/current",
        opt={UNREADY: True},
        operation_id="deleteToken",
        summary="注销令牌",
        responses=refusals(401, 403),
    )
    async def delete_token(
        self, request: AnyRequest, sessions: NamedDependency[Sessions], act: NamedDependency[Act]
    ) -> None:
        """End the token this request came with."""
        await sessions.sign_out(request.state.token, request_id=act.request_id)

    @post("/sessions", opt={PUBLIC: True}, operation_id="createSession", summary="浏览器登录", responses=SIGN_IN)
    async def create_session(
        self, request: AnyRequest, data: JSONBody[SignIn], sessions: NamedDependency[Sessions]
    ) -> Response[SessionMade]:
        """Sign a browser in: the session token goes into an HttpOnly cookie, the CSRF token into the answer."""
        made = await _sign_in(request, data, sessions, "browser")
        cookies = session_cookies(made, secure=request.url.scheme == "https")
        return Response(
            SessionMade(csrf_token=made.csrf, expires_at=made.expires_at), cookies=cookies, headers=_NO_STORE
        )

    @delete(
        "/sessions/current",
        opt={UNREADY: True},
        operation_id="deleteSession",
        summary="浏览器退出登录",
        responses=refusals(401, 403),
    )
    async def delete_session(
        self, request: AnyRequest, sessions: NamedDependency[Sessions], act: NamedDependency[Act]
    ) -> Response[None]:
        """Sign the browser out."""
        token, _ = token_of(request)
        await sessions.sign_out(token, request_id=act.request_id)
        return Response(None, cookies=no_cookies())


_NO_STORE: Final = {"cache-control": "no-store"}


async def _sign_in(request: AnyRequest, data: SignIn, sessions: Sessions, kind: SessionKind) -> Session:
    return await sessions.sign_in(
        data.username,
        data.password,
        data.otp,
        address=request.client.host if request.client else "",
        kind=kind,
        request_id=request.state.get("request_id", ""),
    )


class MeController(Controller):
    """The caller's own account."""

    path = "/me"
    tags = ("账号 Accounts",)

    @get(opt={UNREADY: True}, operation_id="getMe", summary="当前账号、岗位、单位与可见范围", responses=refusals(401))
    async def get_me(self, identity: NamedDependency[Identity]) -> Me:
        """Account, roles, units, scope, and what is still to be done before the account may act."""
        return me_view(identity)

    @get("/draft-key", operation_id="getDraftKey", summary="草稿加密密钥", responses=refusals(401, 403, 503))
    async def draft_key(self, actor: NamedDependency[Actor], ring: NamedDependency[KeyRing]) -> DraftKey:
        """The account's own key for drafts kept in the browser (AES-256-GCM), the same in every session.

        A draft outlives a browser that dies, and opens for nobody else at the same machine. Keep the key in memory
        alone. It changes when the index key is rotated; the keys before it are given too, for older drafts.
        """
        return own.draft_key(ring, actor.account)

    @put(
        "/password",
        opt={UNREADY: True},
        operation_id="changePassword",
        summary="修改本人密码",
        responses=WRITE,
        status_code=204,
    )
    async def change_password(
        self,
        request: AnyRequest,
        data: JSONBody[PasswordChange],
        act: NamedDependency[Act],
        db: NamedDependency[Database],
        passwords: NamedDependency[Passwords],
        sessions: NamedDependency[Sessions],
    ) -> None:
        """Change the own password; every other session of the account ends."""
        async with db.write(act.actor.wall()) as connection:
            await own.change_password(connection, passwords, act, old=data.old, new=data.new, token=request.state.token)
        sessions.forget(act.actor.account)

    @post("/totp", opt={UNREADY: True}, operation_id="enrolTotp", summary="申请绑定动态口令", responses=WRITE)
    async def enrol_totp(
        self, act: NamedDependency[Act], db: NamedDependency[Database], ring: NamedDependency[KeyRing]
    ) -> Response[TotpMade]:
        """Make a second factor; it is in force once confirmed."""
        async with db.write(act.actor.wall()) as connection:
            made = await own.enrol_totp(connection, ring, act)
        return Response(TotpMade(secret=made.secret, uri=made.uri), headers=_NO_STORE)

    @put(
        "/totp",
        opt={UNREADY: True},
        operation_id="confirmTotp",
        summary="确认绑定动态口令",
        responses=WRITE,
        status_code=204,
    )
    async def confirm_totp(
        self,
        data: JSONBody[TotpConfirm],
        act: NamedDependency[Act],
        db: NamedDependency[Database],
        ring: NamedDependency[KeyRing],
        sessions: NamedDependency[Sessions],
    ) -> None:
        """Put the second factor in force; all sessions of the account end, and the next sign-in uses it."""
        async with db.write(act.actor.wall()) as connection:
            await own.confirm_totp(connection, ring, act, data.otp)
        sessions.forget(act.actor.account)


class AccountController(Controller):
    """Accounts and their roles: opened by the administrator, empowered by the security administrator."""

    tags = ("账号 Accounts",)

    @get("/roles", operation_id="listRoles", summary="可授予的岗位", responses=READ)
    async def list_roles(self, actor: NamedDependency[Actor]) -> list[RoleView]:
        """Every role that can be granted, and what it sees."""
        return role_views()

    @get("/accounts", operation_id="listAccounts", summary="账号列表", responses=READ)
    async def list_accounts(
        self,
        actor: NamedDependency[Actor],
        db: NamedDependency[Database],
        q: Annotated[
            str | None, QueryParameter(description="Part of a name or user name.", max_length=64, pattern=NO_NUL)
        ] = None,
        role: Annotated[
            str | None, QueryParameter(description="Holding this role.", max_length=64, pattern=NO_NUL)
        ] = None,
        unit: Annotated[int | None, QueryParameter(ge=1, le=INT4, description="Holding a role at this unit.")] = None,
        active: Annotated[bool | None, QueryParameter(description="Open (true) or closed (false) ones.")] = None,
        jurisdiction: Annotated[int | None, QueryParameter(ge=1, le=INT4, description="At home there.")] = None,
        after: Annotated[int, QueryParameter(ge=0, le=INT4, description="`next` of the page before.")] = 0,
        limit: Limit = 50,
    ) -> AccountPage:
        """Accounts of the caller's branch."""
        async with db.read(actor.wall()) as connection:
            query = AccountQuery(q=q, role=role, unit=unit, active=active, jurisdiction=jurisdiction)
            found = await service.list_accounts(connection, actor, query, after=after, limit=limit)
        return AccountPage(
            items=[account_view(account) for account in found], next=found[-1].id if len(found) == limit else None
        )

    @post("/accounts", operation_id="createAccount", summary="开设账号", responses=WRITE)
    async def create_account(
        self,
        data: JSONBody[AccountIn],
        act: NamedDependency[Act],
        db: NamedDependency[Database],
        passwords: NamedDependency[Passwords],
    ) -> AccountView:
        """Open an account without roles; its password must be changed at the first sign-in."""
        new = NewAccount(
            username=data.username,
            name=data.name,
            jurisdiction=data.jurisdiction,
            password=data.password,
            vendor=data.vendor,
        )
        async with db.write(act.actor.wall()) as connection:
            made = await service.create_account(connection, passwords, act, new)
            return account_view(await service.get_account(connection, act.actor, made))

    @get(
        "/accounts/{account:int}", operation_id="getAccount", summary="账号详情", responses=refusals(400, 401, 403, 404)
    )
    async def get_account(
        self, actor: NamedDependency[Actor], db: NamedDependency[Database], account: AccountId
    ) -> AccountView:
        """One account of the caller's branch."""
        async with db.read(actor.wall()) as connection:
            return account_view(await service.get_account(connection, actor, account))

    @get(
        "/accounts/{account:int}/deeds",
        operation_id="listAccountDeeds",
        summary="对账号可执行的操作",
        responses=refusals(400, 401, 403, 404),
    )
    async def deeds(
        self, actor: NamedDependency[Actor], db: NamedDependency[Database], account: AccountId
    ) -> list[DeedView]:
        """Each deed, and whether the caller's role may do it to this account: the administrators' powers are apart."""
        async with db.read(actor.wall()) as connection:
            return deed_views(actor, await service.get_account(connection, actor, account))

    @post(
        "/accounts/{account:int}/deactivate",
        operation_id="deactivateAccount",
        summary="停用账号",
        responses=WRITE,
        status_code=204,
    )
    async def deactivate(
        self,
        account: AccountId,
        act: NamedDependency[Act],
        db: NamedDependency[Database],
        sessions: NamedDependency[Sessions],
    ) -> None:
        """Close an account: its sessions end at once, its history stays."""
        async with db.write(act.actor.wall()) as connection:
            await service.deactivate(connection, act, account)
        sessions.forget(account)

    @post(
        "/accounts/{account:int}/reactivate",
        operation_id="reactivateAccount",
        summary="启用账号",
        responses=WRITE,
        status_code=204,
    )
    async def reactivate(self, account: AccountId, act: NamedDependency[Act], db: NamedDependency[Database]) -> None:
        """Open a closed account again."""
        async with db.write(act.actor.wall()) as connection:
            await service.reactivate(connection, act, account)

    @post(
        "/accounts/{account:int}/roles", operation_id="grantRole", summary="授予岗位", responses=WRITE, status_code=204
    )
    async def grant_role(
        self,
        account: AccountId,
        data: JSONBody[Grant],
        act: NamedDependency[Act],
        db: NamedDependency[Database],
        sessions: NamedDependency[Sessions],
    ) -> None:
        """Grant a role; the three administrators exclude each other and every business role."""
        async with db.write(act.actor.wall()) as connection:
            await service.grant_role(connection, act, account, data.role, data.unit)
        sessions.forget(account)

    @delete("/accounts/{account:int}/roles/{role:str}", operation_id="revokeRole", summary="收回岗位", responses=WRITE)
    async def revoke_role(
        self,
        account: AccountId,
        role: Annotated[str, PathParameter(max_length=64, pattern=NO_NUL, description="Id of the role.")],
        act: NamedDependency[Act],
        db: NamedDependency[Database],
        sessions: NamedDependency[Sessions],
        unit: Annotated[int | None, QueryParameter(ge=1, le=INT4, description="The unit of a unit role.")] = None,
    ) -> None:
        """Take a role back."""
        async with db.write(act.actor.wall()) as connection:
            await service.revoke_role(connection, act, account, role, unit)
        sessions.forget(account)

    @put(
        "/accounts/{account:int}/clearance",
        operation_id="setClearance",
        summary="设置涉密查阅权限",
        responses=WRITE,
        status_code=204,
    )
    async def set_clearance(
        self,
        account: AccountId,
        data: JSONBody[Clearance],
        act: NamedDependency[Act],
        db: NamedDependency[Database],
        sessions: NamedDependency[Sessions],
    ) -> None:
        """Let the account see confidential orders of its branch, or no longer."""
        async with db.write(act.actor.wall()) as connection:
            await service.set_cleared(connection, act, account, data.cleared)
        sessions.forget(account)

    @put(
        "/accounts/{account:int}/password",
        operation_id="resetPassword",
        summary="重置密码",
        responses=WRITE,
        status_code=204,
    )
    async def reset_password(
        self,
        account: AccountId,
        data: JSONBody[PasswordReset],
        act: NamedDependency[Act],
        db: NamedDependency[Database],
        passwords: NamedDependency[Passwords],
        sessions: NamedDependency[Sessions],
    ) -> None:
        """Set a password for somebody who lost it; it must be changed at the next sign-in."""
        async with db.write(act.actor.wall()) as connection:
            await service.reset_password(connection, passwords, act, account, data.password)
        sessions.forget(account)

    @delete("/accounts/{account:int}/totp", operation_id="resetTotp", summary="重置动态口令", responses=WRITE)
    async def reset_totp(
        self,
        account: AccountId,
        act: NamedDependency[Act],
        db: NamedDependency[Database],
        sessions: NamedDependency[Sessions],
    ) -> None:
        """Take a lost second factor off; its sessions end."""
        async with db.write(act.actor.wall()) as connection:
            await service.reset_totp(connection, act, account)
        sessions.forget(account)


CONTROLLERS: Final = (SignInController, MeController, AccountController, ApprovalController, AuditController)
"""To be mounted under ``/api/v1`` behind ``guard.must_sign_in``."""
