"""Figures many screens ask for again and again: worked out once for all who stand behind the same wall, then kept for
a few seconds in this process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Final, Generic, TypeVar

T = TypeVar("T")
MOST: Final = 2_000
"""Answers kept; the oldest go first."""


class Kept(Generic[T]):
    """Answers by question, each for ``seconds``; who asks while one is worked out waits for it."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._found: dict[Hashable, tuple[float, asyncio.Future[T]]] = {}

    async def get(self, question: Hashable, answer: Callable[[], Awaitable[T]]) -> T:
        """The answer kept, or a fresh one; one that failed is kept by nobody."""
        found = self._found.get(question)
        if found is not None and (not found[1].done() or self._clock() < found[0] + self._seconds):
            # A request that is cut off must not take the answer from the others that wait.
            return await asyncio.shield(found[1])
        future: asyncio.Future[T] = asyncio.ensure_future(self._worked(question, answer))
        self._found.pop(question, None)
        self._found[question] = (self._clock(), future)
        while len(self._found) > MOST:
            del self._found[next(iter(self._found))]
        return await asyncio.shield(future)

    async def _worked(self, question: Hashable, answer: Callable[[], Awaitable[T]]) -> T:
        try:
            made = await answer()
        except BaseException:
            self._found.pop(question, None)
            raise
        future = self._found[question][1] if question in self._found else None
        if future is not None:
            self._found[question] = (self._clock(), future)
        return made
