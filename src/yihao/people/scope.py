"""Who is asking, what may they see, and what may they do."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from yihao.errors import Forbidden
from yihao.people.model import INTERNAL, ROLES
from yihao.store.audit import AuditRow
from yihao.store.db import Wall


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """An account in the middle of a request.

    ``path`` is its home jurisdiction's (``/1/4/``). ``units`` are the units of its unit roles, each once, and
    ``unit_roles`` says which role it holds at which: ``(("unit_handler", (3, 8)),)``. ``cleared``: may see confidential
    orders. ``vendor``: outsourced. ``mfa``: signed in with a second factor.
    """

    account: int
    username: str
    name: str
    jurisdiction: int
    path: str
    roles: frozenset[str]
    units: tuple[int, ...] = ()
    unit_roles: tuple[tuple[str, tuple[int, ...]], ...] = ()
    cleared: bool = False
    vendor: bool = False
    mfa: bool = False

    def wall(self) -> Wall:
        """What row security shows: the home branch to hotline roles, their units' orders to unit roles, or nothing."""
        sees_branch = any(ROLES[role].kind == "hotline" for role in self.roles if role in ROLES)
        return Wall(
            account=self.account, branch=self.path if sees_branch else "", units=self.units, cleared=self.cleared
        )

    def has(self, role: str) -> bool:
        """Whether the role is held, anywhere."""
        return role in self.roles

    def has_any(self, roles: frozenset[str] | tuple[str, ...]) -> bool:
        """Whether one of the roles is held."""
        return not self.roles.isdisjoint(roles)

    def units_as(self, role: str) -> tuple[int, ...]:
        """The units at which the role is held."""
        return dict(self.unit_roles).get(role, ())

    def role_among(self, *roles: str) -> str | None:
        """The first of ``roles`` that is held: the role an act is recorded under."""
        return next((role for role in roles if role in self.roles), None)

    def any_role(self) -> str:
        """A role for records where any would do (reading): the first held in the table's order, or empty."""
        return self.role_among(*ROLES) or ""


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """One request's doing: who, when (business time), and the request it came with."""

    actor: Actor
    now: datetime
    request_id: str = ""

    def row(
        self, role: str, action: str, /, *, purpose: str = "", numbers: tuple[str, ...] = (), **detail: Any
    ) -> AuditRow:
        """The audit row of this act, done as ``role``."""
        return AuditRow(
            account=self.actor.account,
            role=role,
            action=action,
            at=self.now,
            purpose=purpose,
            numbers=numbers,
            detail=detail,
            request_id=self.request_id,
        )


def require(actor: Actor, *roles: str, what: str) -> str:
    """Lets a holder of one of ``roles`` pass and says which role lets it.

    Args:
        actor: who asks.
        roles: ids of ``people.model.ROLES``, the most fitting first.
        what: the act in Chinese, for the refusal.

    Raises:
        Forbidden: it names the roles that may.
    """
    held = actor.role_among(*roles)
    if held is None:
        raise Forbidden(what=what, who="、".join(ROLES[role].zh for role in roles if not ROLES[role].internal))
    return held


def internal_actor(role: str, *, jurisdiction: int, path: str) -> Actor:
    """Yihao itself: ``portal`` for citizens, ``clock`` for background jobs, ``setup`` for the installation, ``files``
    for orders that come and go as files.

    Args:
        role: one of ``INTERNAL``.
        jurisdiction, path: the node it acts for; as a rule the root.
    """
    return Actor(
        account=INTERNAL[role],
        username=role,
        name=ROLES[role].zh,
        jurisdiction=jurisdiction,
        path=path,
        roles=frozenset({role}),
        # A citizen's own confidential order, and the clocks on all of them, are reached through these.
        cleared=role in {"portal", "clock"},
        mfa=True,
    )
