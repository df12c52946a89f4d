"""One call of a function: the context it may ask for, and how its code is run."""

from __future__ import annotations

import asyncio
import contextvars
import os
import re
import secrets
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from random import getrandbits
from typing import Any

import azure.functions as func

from local.host.app import ClientBinding, Function, UserFunction
from local.host.config import ConfigError

_TRACE_PARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})")
_WATCH_SECONDS = 1.0

thread_storage = threading.local()
"""`context.thread_local_storage`: threads of the app put their `invocation_id` there, for the logs."""


class TimedOutError(Exception):
    """An invocation ran longer than host.json's functionTimeout."""


class GaveUpError(Exception):
    """A function ended with a CancelledError, although the host did not cancel it."""


@dataclass(frozen=True, slots=True)
class TraceContext:
    """The W3C trace that an invocation belongs to."""

    trace_parent: str
    trace_state: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RetryContext:
    """Retries of the invocation by the host: the local host makes none."""

    retry_count: int = 0
    max_retry_count: int = 0
    exception: None = None


def _guid() -> str:
    # It only names a call in logs. Randomness for secrets would cost five times as much.
    digits = f"{getrandbits(128):032x}"
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


class Invocation(func.Context):
    """The context of one invocation. Its ids are made when they are read: most invocations need none."""

    def __init__(self, function_name: str, directory: Path, headers: Mapping[str, str] | None = None) -> None:
        """`headers`: those of the HTTP request that started it, names in lower case."""
        self._function_name = function_name
        self._directory = directory
        self._headers = headers or {}
        self._id = ""

    @property
    def invocation_id(self) -> str:
        """The id of this invocation, a GUID."""
        # No cached_property: in Python 3.11 it takes a lock.
        if not self._id:
            self._id = _guid()
        return self._id

    @property
    def thread_local_storage(self) -> Any:
        """Where user threads note the invocation that they work for."""
        return thread_storage

    @property
    def function_name(self) -> str:
        """The function's name."""
        return self._function_name

    @property
    def function_directory(self) -> str:
        """The app's directory."""
        return str(self._directory)

    @cached_property
    def trace_context(self) -> TraceContext:  # type: ignore[override]  # its base has abstract properties only
        """The caller's trace with a span of this invocation; a new trace where the caller named none."""
        match = _TRACE_PARENT.fullmatch(self._headers.get("traceparent", ""))
        trace, flags = (match[1], match[2]) if match else (secrets.token_hex(16), "00")
        state = self._headers.get("tracestate", "") if match else ""
        return TraceContext(f"00-{trace}-{secrets.token_hex(8)}-{flags}", state)

    @property
    def retry_context(self) -> RetryContext:  # type: ignore[override]  # its base has abstract properties only
        """How often the host tried before: never."""
        return RetryContext()


current: contextvars.ContextVar[Invocation | None] = contextvars.ContextVar("invocation", default=None)
"""The invocation that the running code belongs to."""


class Invoker:
    """Runs functions: `async def` on the loop it is used on, `def` in a pool of threads."""

    def __init__(
        self, directory: Path, client_texts: Mapping[ClientBinding, str], timeout_seconds: float | None
    ) -> None:
        """`client_texts`: the text of each durableClient binding of the app. `timeout_seconds` None: no limit."""
        self._directory = directory
        self._client_texts = client_texts
        self._timeout = timeout_seconds
        self._pool = ThreadPoolExecutor(thread_count(os.environ), thread_name_prefix="function")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._running: dict[asyncio.Task[Any], float] = {}
        self._timed_out: set[asyncio.Task[Any]] = set()
        self._watching = False

    @property
    def running(self) -> int:
        """How many invocations run at this moment."""
        return len(self._running)

    def invocation(self, function: Function, headers: Mapping[str, str] | None = None) -> Invocation:
        """The context of a new invocation; `headers` as for Invocation."""
        return Invocation(function.name, self._directory, headers)

    async def run(self, function: Function, argument: Any, invocation: Invocation) -> Any:
        """Call a function with its trigger's value. Call this in a task of its own.

        Raises what the function raises. Raises TimedOutError after functionTimeout: asynchronous code is cancelled
        then, and a thread runs on with no effect. Raises GaveUpError where the function ends with a CancelledError of
        its own.
        """
        current.set(invocation)
        arguments = {function.argument_name: argument}
        if function.wants_context:
            arguments["context"] = invocation
        for client in function.clients:
            arguments[client.parameter] = self._client_texts[client]
        loop = self._loop
        if loop is None or not loop.is_running():
            loop = self._loop = asyncio.get_running_loop()
        # Given, because Python 3.11 asks the system for the process id each time it has to find the loop.
        task = asyncio.current_task(loop)
        if task is None:
            raise RuntimeError("an invocation needs a task")
        self._running[task] = loop.time()
        if not self._watching and self._timeout is not None:
            self._watching = True
            loop.call_later(_WATCH_SECONDS, self._watch, loop)
        try:
            if function.is_async:
                return await function.callable(**arguments)
            work = partial(_in_thread, invocation, function.callable, arguments)
            return await loop.run_in_executor(self._pool, contextvars.copy_context().run, work)
        except asyncio.CancelledError:
            if task in self._timed_out:
                task.uncancel()
                raise TimedOutError(f"'{function.name}' ran longer than functionTimeout, {self._timeout:g} s") from None
            if task.cancelling():
                raise
            raise GaveUpError(f"'{function.name}' let a cancellation of its own making escape") from None
        finally:
            del self._running[task]
            self._timed_out.discard(task)

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        # One look per second at all invocations costs less than a timer for each.
        if self._timeout is None or not self._running:
            self._watching = False
            return
        oldest = loop.time() - self._timeout
        for task, started in self._running.items():
            if started < oldest and task not in self._timed_out:
                self._timed_out.add(task)
                task.cancel()
        loop.call_later(_WATCH_SECONDS, self._watch, loop)

    def close(self) -> None:
        """Give threads no more work, and do not wait for the work that they have."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _in_thread(invocation: Invocation, function: UserFunction, arguments: dict[str, Any]) -> Any:
    thread_storage.invocation_id = invocation.invocation_id
    return function(**arguments)


def thread_count(environment: Mapping[str, str]) -> int:
    """How many `def` functions run at once: PYTHON_THREADPOOL_THREAD_COUNT or Python's default. Raises ConfigError."""
    text = environment.get("PYTHON_THREADPOOL_THREAD_COUNT", "").strip()
    if not text:
        return min(32, (os.cpu_count() or 1) + 4)
    if not text.isdigit() or not 1 <= int(text) <= 1000:
        raise ConfigError("PYTHON_THREADPOOL_THREAD_COUNT is not a number from 1 to 1000")
    return int(text)
