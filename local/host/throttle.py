"""The limits of host.json's extensions.http: how many requests run at once, and how many may wait."""

from __future__ import annotations

import asyncio
from collections import deque


class Throttle:
    """Counts requests. `concurrent` may run; `outstanding` may run or wait; more are refused. None: no such limit."""

    def __init__(self, concurrent: int | None, outstanding: int | None) -> None:
        self._concurrent = concurrent
        self._outstanding = outstanding
        self._running = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def enabled(self) -> bool:
        """Whether there is any limit."""
        return self._concurrent is not None or self._outstanding is not None

    async def enter(self) -> bool:
        """Take a place, and wait for it if none is free. False where too many wait already. `leave` gives it back."""
        if self._outstanding is not None and self._running + len(self._waiting) >= self._outstanding:
            return False
        if self._concurrent is None or self._running < self._concurrent:
            self._running += 1
            return True
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                # The place was handed over just when the request was given up.
                self.leave()
            else:
                self._waiting.remove(turn)
            raise
        return True

    def leave(self) -> None:
        """Give a place back. The request that has waited longest gets it."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._running -= 1
