"""The one base class of every error Yihao shows to a person.

Each error carries a stable ``code`` for programs, an HTTP ``status`` for the doors, and one sentence in Chinese and in
English that tells a clerk what happened and what to do. The class docstring says when it is raised.
Rooms subclass the kinds below; a sentence may hold ``{named}`` places that are filled from ``params``.
"""

from __future__ import annotations

from typing import ClassVar, Literal

Language = Literal["zh", "en"]


class YihaoError(Exception):
    """Something a person must be told. Subclass it; never raise it bare.

    Args:
        field: the input field at fault, as the caller named it (``caller.phone``), or ``None``.
        clause: the clause of the policy document that forbids it, for instance ``XS 三(四)``.
        params: values for the ``{places}`` in the sentences. They must hold no personal data: errors are logged.
    """

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    zh: ClassVar[str] = "系统内部错误，请稍后重试；若反复出现请联系系统管理员。"
    en: ClassVar[str] = "Internal error. Try again later; if it keeps happening, tell the administrator."

    def __init__(self, *, field: str | None = None, clause: str | None = None, **params: object) -> None:
        self.field = field
        self.clause = clause
        self.params = params
        super().__init__(self.sentence("zh"))

    def sentence(self, language: Language = "zh") -> str:
        """The sentence for a person, with its places filled."""
        return (self.zh if language == "zh" else self.en).format(**self.params)


class Invalid(YihaoError):
    """The input cannot be accepted as it is."""

    code = "invalid"
    status = 422
    zh = "提交的内容有误：{why}"
    en = "The input is not acceptable: {why}"


class NotFound(YihaoError):
    """Nothing by that name is in the caller's scope (whether it exists elsewhere is not told)."""

    code = "not_found"
    status = 404
    zh = "未找到{what}，请核对编号，或确认您有权查看。"
    en = "No {what} by that name within your scope. Check the number or ask for access."


class Forbidden(YihaoError):
    """The account's role does not allow this."""

    code = "forbidden"
    status = 403
    zh = "您的岗位无权执行“{what}”，请由{who}办理。"
    en = "Your role may not do “{what}”; ask {who}."


class Unauthenticated(YihaoError):
    """No valid session or token came with the request."""

    code = "unauthenticated"
    status = 401
    zh = "尚未登录或登录已失效，请重新登录。"
    en = "You are not signed in, or the session has ended. Sign in again."


class Conflict(YihaoError):
    """The thing has changed, or its state does not allow this now."""

    code = "conflict"
    status = 409
    zh = "当前状态不允许此操作：{why}"
    en = "Not possible in the present state: {why}"


class PreconditionRequired(YihaoError):
    """A write came without the version it was made against (RFC 6585, 428)."""

    code = "version_required"
    status = 428
    zh = "缺少 If-Match 版本号，请先读取最新工单再提交。"
    en = "If-Match is missing. Read the order again and send its version."


class TooMany(YihaoError):
    """The caller asked too often."""

    code = "too_many"
    status = 429
    zh = "操作过于频繁，请在{seconds}秒后重试。"
    en = "Too many requests. Try again in {seconds} s."


class Unavailable(YihaoError):
    """A part the request needs is down (database, disk, key file)."""

    code = "unavailable"
    status = 503
    zh = "{part}暂不可用，数据未保存，请稍后重试。"
    en = "{part} is not available; nothing was saved. Try again later."


class Misconfigured(YihaoError):
    """A setting, profile or file of the installation is wrong; the sentence names the place and the mend."""

    code = "misconfigured"
    status = 500
    zh = "配置有误（{where}）：{why}。处理办法：{mend}"
    en = "Wrong configuration ({where}): {why}. Mend: {mend}"
