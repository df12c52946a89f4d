"""What senders of texts, mails and pushes have in common: how a call ends, and the threads that their SDKs run in.

Their SDKs block, so each service has a small pool of threads of its own. One that hangs holds up nobody else.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import TypeVar

from shared.integrations import outside
from shared.telemetry import traces
from shared.telemetry.sink import Span

T = TypeVar("T")

log = logging.getLogger("orderbuddy.delivery")

CALL_SECONDS = 5.0
"""How long one call of an outside service may take."""

MOST_CALLS = 8
REST_AFTER = 3
REST_SECONDS = 15.0


LONGEST_RETRY_AFTER = 3600.0


def retry_after(said: str | None) -> float | None:
    """What a Retry-After says in seconds, at most an hour; None for nothing, or a date."""
    text = (said or "").strip()
    return min(float(text), LONGEST_RETRY_AFTER) if text.isascii() and text.isdecimal() else None


class NotTaken(Exception):  # noqa: N818 - it says what holds, and is always tried again
    """The service certainly did not take it: it is worth another try. `retry_after`: seconds, where it says so."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Refused(Exception):  # noqa: N818
    """The service refuses it for good. `code`: the service's own word for why."""

    def __init__(self, reason: str, code: str = "") -> None:
        super().__init__(reason)
        self.code = code


class InDoubt(Exception):  # noqa: N818
    """Nobody knows whether the service took it: no answer in time, a line that was cut, an error in the middle."""


class Threads:
    """The threads in which one service's SDK runs: so many calls at a time, and each with a limit in time.

    No call waits for a free thread: the pool is full, or takes it at once. A service that did not answer three times
    in a row is left alone for 15 s; then one call tries whether it is back. `calls_out`: whether what runs here calls
    the service, or only makes ready what is sent to it.
    """

    def __init__(self, name: str, *, most: int = MOST_CALLS, calls_out: bool = True) -> None:
        self._name = name
        self._most = most
        self._calls_out = calls_out
        self._running = 0
        self._failures = 0
        self._rests_until = 0.0
        self._pool: ThreadPoolExecutor | None = None

    async def run(self, call: Callable[[], T], *, seconds: float = CALL_SECONDS) -> T:
        """What `call` returns or raises, run in a thread.

        Raises NotTaken where no thread is free or the service rests, and InDoubt where the time is up. The thread of a
        call whose time is up stays taken until the call ends by itself.
        """
        if self._calls_out:
            outside.begins(self._name)
        if self._running >= self._most:
            raise NotTaken(f"{self._name}: {self._most} calls are running")
        if time.monotonic() < self._rests_until:
            raise NotTaken(f"{self._name} did not answer, and is left alone for a while", REST_SECONDS)
        if self._failures >= REST_AFTER:
            # One tries whether it is back; the others wait for what it finds.
            self._rests_until = time.monotonic() + REST_SECONDS
        self._running += 1
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._most, thread_name_prefix=self._name)
        try:
            with self._span():
                # What runs in a thread knows the trace only if it is told.
                told = contextvars.copy_context()
                running = asyncio.get_running_loop().run_in_executor(self._pool, told.run, call)
                running.add_done_callback(self._ended)
                async with asyncio.timeout(seconds):
                    result = await asyncio.shield(running)
        except TimeoutError:
            self._fail()
            raise InDoubt(f"{self._name} did not answer within {seconds:g} s") from None
        except InDoubt:
            self._fail()
            raise
        except NotTaken as refused:
            if refused.retry_after is None:
                self._fail()
            raise
        except Refused:
            # It answers, if only to say no.
            self._failures, self._rests_until = 0, 0.0
            raise
        self._failures, self._rests_until = 0, 0.0
        return result

    def _span(self) -> AbstractContextManager[Span]:
        if self._calls_out:
            return traces.span(f"send {self._name}", kind="client")
        return traces.span(f"prepare {self._name}")

    def _fail(self) -> None:
        self._failures += 1
        if self._failures >= REST_AFTER:
            self._rests_until = time.monotonic() + REST_SECONDS
            if self._failures == REST_AFTER:
                log.warning("%s does not answer: it is left alone for %g s at a time", self._name, REST_SECONDS)

    def _ended(self, running: asyncio.Future[T]) -> None:
        self._running -= 1
        if not running.cancelled():
            running.exception()  # nobody may be waiting for it any more

    def close(self) -> None:
        """Let go of the threads; what runs in them ends by itself."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None
