"""The actors of a replay: the demonstration place's own accounts, each signed in through the door it would use."""

from __future__ import annotations

from collections.abc import Sequence

from yihao.demo.load import DemoAccount
from yihao.errors import NotFound
from yihao.people.scope import Actor, internal_actor
from yihao.people.sessions import Sessions
from yihao.units.model import Jurisdiction


class Cast:
    """Finds who plays a part; everybody signs in once, when first needed, and has exactly the scope of that account."""

    def __init__(self, accounts: Sequence[DemoAccount], sessions: Sessions, home: Jurisdiction) -> None:
        self._sessions = sessions
        self._home = home
        self._hotline: dict[str, DemoAccount] = {}
        self._units: dict[tuple[str, int], DemoAccount] = {}
        for account in accounts:
            for role in account.roles:
                if account.unit is not None:
                    self._units.setdefault((role, account.unit), account)
                elif account.area_code == home.area_code:
                    self._hotline.setdefault(role, account)
        self._known: dict[str, Actor] = {}

    def plays(self, role: str, unit: int) -> bool:
        """Whether somebody holds the role at the unit."""
        return (role, unit) in self._units

    async def hotline(self, role: str) -> Actor:
        """Who holds the role at the place's own hotline."""
        return await self._signed_in(self._hotline.get(role), role)

    async def officer(self, role: str, unit: int) -> Actor:
        """Who holds the role at the unit."""
        return await self._signed_in(self._units.get((role, unit)), role)

    def citizen(self) -> Actor:
        """The citizens' door."""
        return internal_actor("portal", jurisdiction=self._home.id, path=self._home.path)

    async def _signed_in(self, account: DemoAccount | None, role: str) -> Actor:
        if account is None:
            raise NotFound(what=f"演示账号（{role}）")
        if account.username not in self._known:
            session = await self._sessions.sign_in(account.username, account.password, address="127.0.0.1")
            self._known[account.username] = await self._sessions.authenticate(session.token)
        return self._known[account.username]
