"""Passwords: Argon2id off the event loop, and the same work whether the account exists or not."""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from yihao.people.errors import SignInBusy

MEMORY_KIB = 19_456
PASSES = 2
"""19 MiB, two passes, one lane: the least OWASP recommends, so that two at a time leave a worker its memory."""
AT_ONCE = 2
QUEUE = 64
"""Checks that may wait; beyond them a flood of sign-ins is told to come back."""


class Passwords:
    """Makes and checks password hashes in two threads of its own.

    Args:
        memory_kib, passes: cost; only tests lower it.
    """

    def __init__(self, *, memory_kib: int = MEMORY_KIB, passes: int = PASSES) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="argon2")
        # What an unknown name is checked against: nobody knows its password, and it costs the same.
        self._nobody = self._hasher.hash(secrets.token_urlsafe(32))
        self._waiting = 0

    async def hash(self, password: str) -> str:
        """The Argon2id hash as a PHC string, salt and cost in it."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._hasher.hash, password)

    async def verify(self, hashed: str | None, password: str) -> bool:
        """Whether the password is right; ``None`` (no such account) does the same work and is never right.

        Raises:
            SignInBusy: too many checks wait already.
        """
        if self._waiting >= QUEUE:
            raise SignInBusy(seconds=5)
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            right = await loop.run_in_executor(self._threads, self._matches, hashed or self._nobody, password)
        finally:
            self._waiting -= 1
        return right and hashed is not None

    def outdated(self, hashed: str) -> bool:
        """Whether the hash was made at another cost and should be made anew."""
        return self._hasher.check_needs_rehash(hashed)

    def close(self) -> None:
        """Stop the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _matches(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False
