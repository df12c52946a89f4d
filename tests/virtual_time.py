"""An event loop whose time passes only while all who run on it sleep: what takes how long is exact on any machine."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _NoWaiting(selectors.SelectSelector):
    """Waits for nobody: whoever would have waited finds the time passed."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now += timeout or 0.0
        return super().select(0)


class _VirtualTime(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._seconds = _NoWaiting()
        super().__init__(self._seconds)

    def time(self) -> float:
        return self._seconds.now


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end what only sleeps and computes: no line and no other process may be waited for."""
    with asyncio.Runner(loop_factory=_VirtualTime) as runner:
        return runner.run(work)


def now() -> float:
    """Seconds on the running loop's clock."""
    return asyncio.get_running_loop().time()
