"""Running activities: from the input's JSON text to the message with the result, or with the failure."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Protocol

from azure.functions._durable_functions import df_dumps, df_loads

from local.durable.actions import Step
from local.durable.codec import plain
from local.durable.instance import Got, Message

_log = logging.getLogger("durable")
AT_ONCE = 200
"""How many activities run at the same time; others wait."""
_THREADS = 32


class Activity(Protocol):
    """An activity function. Its input goes to the parameter `argument_name`."""

    @property
    def name(self) -> str: ...
    @property
    def argument_name(self) -> str: ...
    @property
    def callable(self) -> Callable[..., Any]: ...
    @property
    def is_async(self) -> bool: ...


Invoke = Callable[[Any, Any], Awaitable[Any]]
"""Calls a function (the first argument, an Activity) with its input, and returns what it returned."""
Report = Callable[[Message], None]


class Activities:
    """Runs activities: `async def` on the loop, `def` in threads, at most AT_ONCE at a time."""

    def __init__(self, functions: Mapping[str, Activity], invoke: Invoke | None = None) -> None:
        """`invoke` calls a function; without it, functions get their input and nothing else."""
        self._functions = functions
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="activity") if invoke is None else None
        self._invoke = invoke or self._call
        self._room = asyncio.Semaphore(AT_ONCE)
        self._running: set[asyncio.Task[None]] = set()
        self._stopping = False

    def __contains__(self, name: str) -> bool:
        return name in self._functions

    @property
    def names(self) -> list[str]:
        """The names of all activities."""
        return sorted(self._functions)

    def start(self, step: Step, report: Report) -> None:
        """Run an activity soon. `report` is called on the loop when it has ended; not when `stop` has cut it off."""
        task = asyncio.get_running_loop().create_task(self._run(step, report))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def stop(self, grace_seconds: float) -> None:
        """Give running activities a moment to end, then cut them off. They run again after the next start."""
        if self._running:
            await asyncio.wait(self._running, timeout=grace_seconds)
        self._stopping = True
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running, timeout=grace_seconds)
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    async def _run(self, step: Step, report: Report) -> None:
        async with self._room:
            report(await self._outcome(step))

    async def _outcome(self, step: Step) -> Message:
        try:
            function = self._functions.get(step.name)
            if function is None:
                raise LookupError("the app does not define it any more")
            result = await self._invoke(function, _value(step.text))
            return Message(Got.TASK_COMPLETED, step.number, text=df_dumps(result))
        except (Exception, SystemExit, asyncio.CancelledError) as error:
            if self._stopping and isinstance(error, asyncio.CancelledError):
                raise
            _log.exception("activity '%s' failed", step.name)
            reason = f"Activity function '{step.name}' failed: {error}"
            return Message(Got.TASK_FAILED, step.number, plain(reason), plain(f"{type(error).__name__}: {error}"))

    async def _call(self, function: Activity, value: Any) -> Any:
        arguments = {function.argument_name: value}
        if function.is_async:
            return await function.callable(**arguments)
        return await asyncio.get_running_loop().run_in_executor(self._pool, partial(function.callable, **arguments))


def _value(text: str | None) -> Any:
    if text is None:
        return None
    try:
        return df_loads(text)
    except json.JSONDecodeError:
        return text
