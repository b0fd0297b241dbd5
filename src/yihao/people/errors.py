"""What can go wrong with signing in, accounts and approvals, in words for the person at the screen."""

from __future__ import annotations

from yihao.errors import Conflict, Forbidden, Invalid, NotFound, TooMany, Unauthenticated


class SignInFailed(Unauthenticated):
    """Unknown name, wrong password, deactivated account, wrong one-time code: one answer, so that nothing is learnt."""

    code = "sign_in_failed"
    zh = "用户名、密码或动态口令不正确，请核对后重试；连续失败5次将锁定15分钟。"
    en = "User name, password or one-time code is wrong. Check and try again; five failures lock for 15 minutes."


class OneTimeCodeNeeded(Unauthenticated):
    """The password was right, and this account signs in with a second factor."""

    code = "otp_required"
    zh = "该账号已启用双因素认证，请同时提交动态口令（otp）。"
    en = "This account uses a second factor. Send the one-time code (otp) too."


class SignInLocked(TooMany):
    """Five failures for one account name (whether it exists or not), or too many from one address."""

    code = "sign_in_locked"
    zh = "登录失败次数过多，已暂时锁定，请在{seconds}秒后重试，或联系安全管理员。"
    en = "Too many failed sign-ins; locked for now. Try again in {seconds} s, or ask the security administrator."


class SignInBusy(TooMany):
    """More passwords wait to be checked than the process takes on."""

    code = "sign_in_busy"
    zh = "当前登录人数较多，请在{seconds}秒后重试。"
    en = "Many people are signing in. Try again in {seconds} s."


class CsrfMissing(Forbidden):
    """A change asked for with the session cookie came without the token that other sites cannot know."""

    code = "csrf"
    zh = "请求缺少有效的防伪令牌（X-CSRF-Token），未作任何修改，请刷新页面后重试。"
    en = "The X-CSRF-Token is missing or wrong; nothing was changed. Reload the page and try again."


class SecondFactorNeeded(Forbidden):
    """A privileged role is held and the session was opened without a second factor."""

    code = "second_factor_required"
    zh = "您的岗位须使用双因素认证，请先绑定动态口令（POST /api/v1/me/totp），再重新登录。"
    en = "Your role requires a second factor. Enrol one (POST /api/v1/me/totp), then sign in again."


class PasswordChangeNeeded(Forbidden):
    """The password was set by somebody else and must be changed first."""

    code = "password_change_required"
    zh = "当前为初始密码，请先修改密码（PUT /api/v1/me/password）再继续。"
    en = "Your password was set by somebody else. Change it first (PUT /api/v1/me/password)."


class Unfit(Invalid):
    """A field that cannot be accepted as it is, said in both languages."""

    en = "The input is not acceptable: {why_en}"


class WeakPassword(Invalid):
    """The password policy refuses it; ``why`` says which rule."""

    code = "weak_password"
    zh = "密码不符合要求：{why}"
    en = "The password is not accepted: {why_en}"


class UsernameTaken(Conflict):
    """Another account has the name."""

    code = "username_taken"
    zh = "用户名已被使用，请换一个。"
    en = "The user name is taken. Choose another."


class UnknownRole(Invalid):
    """No such role, or one that is not given to people."""

    code = "unknown_role"
    zh = "没有可授予的岗位“{role}”，请从岗位列表（GET /api/v1/roles）中选择。"
    en = "There is no role “{role}” to grant. Choose from GET /api/v1/roles."


class RolesExclude(Conflict):
    """三员分立: the three administrators exclude each other and every business role."""

    code = "roles_exclude"
    zh = "岗位“{new}”与已有岗位“{held}”互斥（三员分立），请使用不同的账号。"
    en = "The role “{new_en}” excludes “{held_en}” (separation of the three administrators). Use two accounts."


class VendorNotAllowed(Conflict):
    """国办函〔2025〕66号 二(三): outsourced staff hold no handling permission."""

    code = "vendor_not_allowed"
    zh = "外包人员只能担任话务员或网络座席，不得授予“{new}”。"
    en = "Outsourced staff may only be seat or online agents, not “{new_en}”."


class UnitNeeded(Invalid):
    """A unit role without its unit, or another role with one."""

    code = "role_unit"
    zh = "岗位“{role}”{why}"
    en = "The role “{role_en}” {why_en}"


class LastOne(Conflict):
    """The act would leave the installation without an administrator of this kind."""

    code = "last_administrator"
    zh = "这是最后一个有效的“{role}”，请先授予另一人再操作。"
    en = "This is the last active “{role_en}”. Grant the role to somebody else first."


class OwnAccount(Conflict):
    """Nobody grants to, resets or deactivates the own account."""

    code = "own_account"
    zh = "不能对自己的账号执行“{what}”，请由另一位管理员办理。"
    en = "You cannot do this to your own account; ask another administrator."


class AccountNotFound(NotFound):
    """No account by that id within the caller's branch."""

    code = "account_not_found"
    zh = "未找到该账号，或不在您的管辖范围内，请核对账号编号。"
    en = "There is no such account within your branch. Check the id."


class SecondPersonNeeded(Forbidden):
    """Reporters' identity is opened by two persons (spec E); no valid approval is at hand."""

    code = "second_person_required"
    zh = "{what}须经第二人批准，请先提交申请（POST /api/v1/approvals）并由另一名有权人员批准。"
    en = "A second person must approve this. Ask (POST /api/v1/approvals) and have another authorised person approve."


class SamePerson(Conflict):
    """The asker cannot be the second person."""

    code = "same_person"
    zh = "申请人不能批准自己的申请，请由另一名有权人员批准。"
    en = "You cannot approve your own request. Another authorised person must."


class ApprovalGone(Conflict):
    """Already approved, used, or expired."""

    code = "approval_gone"
    zh = "该申请已批准、已使用或已过期，请重新提交申请。"
    en = "The request is approved, used or expired already. Ask again."


class TotpNotPending(Conflict):
    """There is no enrolment to confirm, or a second factor is in force already."""

    code = "totp_state"
    zh = "动态口令{why}"
    en = "Second factor: {why_en}"
