"""Who may do what with an account (三员分立): one opens and closes it, another empowers it, a third looks at both."""

from __future__ import annotations

from typing import Final, Literal

from yihao.errors import YihaoError
from yihao.people.errors import OwnAccount
from yihao.people.model import Account
from yihao.people.scope import Actor, require

Deed = Literal["grant", "revoke", "clear", "deactivate", "reactivate", "reset_password", "reset_totp"]
DEEDS: Final[dict[Deed, tuple[str, tuple[str, ...]]]] = {
    "grant": ("授予岗位", ("security_admin", "setup")),
    "revoke": ("收回岗位", ("security_admin", "setup")),
    "clear": ("设置涉密查阅权限", ("security_admin", "setup")),
    "deactivate": ("停用账号", ("admin", "security_admin")),
    "reactivate": ("启用账号", ("admin",)),
    "reset_password": ("重置密码", ("security_admin",)),
    "reset_totp": ("重置动态口令", ("security_admin",)),
}
"""Each deed's Chinese name and the roles that may (GB/T 22239-2019, level 3)."""


def permit(actor: Actor, deed: Deed) -> str:
    """The role that lets the actor do it to another's account.

    Raises:
        Forbidden: it names the roles that may.
    """
    what, roles = DEEDS[deed]
    return require(actor, *roles, what=what)


def hindrance(actor: Actor, account: Account, deed: Deed) -> YihaoError | None:
    """Why the actor may not do it to this account; ``None`` when the rest is for the deed itself to find."""
    try:
        permit(actor, deed)
    except YihaoError as refusal:
        return refusal
    return OwnAccount(what=DEEDS[deed][0]) if account.id == actor.account else None
