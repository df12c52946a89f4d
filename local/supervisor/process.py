"""One part as a process: how it is started, watched, stopped and killed, and told of when it ends by itself."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Literal

from local import mongod, tether
from local.supervisor.options import PROJECT
from local.supervisor.plan import Part

State = Literal["stopped", "starting", "ready", "stopping", "ended"]
"""`ended`: it ended by itself."""

_POLL_SECONDS = 0.05


class PartError(Exception):
    """A part cannot be started; the message names the part, the reason, and the end of its log."""


class PartProcess:
    """A part of the stack, through all its starts and ends.

    `probe`: tells whether a part answers at its health address as it should.
    `ended`: called when the process ends by itself, with the part's name and words for how.
    `changed`: called when the state or the process id has changed.
    """

    def __init__(
        self,
        part: Part,
        log: Path,
        *,
        probe: Callable[[Part], Awaitable[bool]],
        ended: Callable[[str, str], None],
        changed: Callable[[], None],
    ) -> None:
        self.part = part
        self.log = log
        self.state: State = "stopped"
        self._process: asyncio.subprocess.Process | None = None
        self._watching: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()
        self._probe = probe
        self._ended = ended
        self._changed = changed

    @property
    def pid(self) -> int | None:
        """The running process's id."""
        return self._process.pid if self._alive() and self._process else None

    async def start(self) -> None:
        """Start, and return when the part serves; at once where it does already. Raises PartError."""
        async with self._turn:
            if self._alive():
                return
            if not mongod.is_free(self.part.port):
                raise PartError(f"{self.part.name}: {taken_port(self.part.port)}")
            try:
                await self._spawn()
                await self._wait_until_ready()
            except BaseException:
                await self._end_now()
                raise
            self._set("ready")

    async def stop(self, within_seconds: float | None = None) -> None:
        """End cleanly, or by kill -9 after `within_seconds` (None: the part's own limit)."""
        async with self._turn:
            process = self._process
            if process is None or not self._alive():
                self._set("stopped")
                return
            self._set("stopping")
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(process.wait()), within_seconds or self.part.stop_seconds)
            await self._end_now()

    async def kill(self) -> None:
        """kill -9, whatever the part is doing, also while it starts."""
        await self._end_now()

    async def _spawn(self) -> None:
        if self.part.name == "mongod":
            (Path(self.log.parent.parent) / "mongod").mkdir(exist_ok=True)
        # Appended to, so that the file can be cut while the part writes on.
        output = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            self._process = await asyncio.create_subprocess_exec(
                *tether.command(list(self.part.argv)),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=dict(self.part.environment),
                cwd=PROJECT,
                # A session of its own: Ctrl-C in the terminal reaches the supervisor only, which ends parts in order.
                start_new_session=True,
            )
        finally:
            os.close(output)
        watching = asyncio.create_task(self._watch(self._process))
        self._watching.add(watching)
        watching.add_done_callback(self._watching.discard)
        self._set("starting")

    async def _wait_until_ready(self) -> None:
        if self.part.health_url is None:
            try:
                await asyncio.to_thread(mongod.make_primary, self.part.port, alive=self._alive)
            except mongod.MongodFailedError as error:
                raise PartError(f"{error}; its log says:\n{mongod.complaints(self.log)}") from None
            return
        deadline = time.monotonic() + self.part.ready_seconds
        while not await self._probe(self.part):
            if not self._alive():
                raise PartError(f"{self._last_words()}\n{mongod.log_tail(self.log)}")
            if time.monotonic() > deadline:
                raise PartError(f"{self.part.name} does not answer; its log ends:\n{mongod.log_tail(self.log)}")
            await asyncio.sleep(_POLL_SECONDS)

    def _last_words(self) -> str:
        """Why the part ended: what it complained of itself (see standin/part.py), if it did."""
        said = mongod.log_tail(self.log, lines=200).splitlines()
        mark = f"{self.part.argv[self.part.argv.index('local') + 1]}: " if "local" in self.part.argv else "\0"
        words = next((line.removeprefix(mark) for line in reversed(said) if line.startswith(mark)), "")
        return f"{self.part.name}: {words}" if words else f"{self.part.name} ended while it started; its log ends:"

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        code = await process.wait()
        if process is self._process and self.state == "ready":
            self._kill_group()
            self._set("ended")
            self._ended(self.part.name, _how(code))

    async def _end_now(self) -> None:
        process = self._process
        self.state = "stopped"
        if process is not None:
            self._kill_group()
            await process.wait()
            # It may have been started again meanwhile.
            if process is not self._process:
                return
            self._process = None
        self._changed()

    def _kill_group(self) -> None:
        """The part and whatever it started itself."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

    def _set(self, state: State) -> None:
        self.state = state
        self._changed()


def _how(code: int) -> str:
    if code < 0:
        with contextlib.suppress(ValueError):
            return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"


def taken_port(port: int) -> str:
    """The sentence about a port that another process uses, with its name where the system tells it."""
    owner = ""
    with contextlib.suppress(Exception):
        import psutil

        for connection in psutil.net_connections("tcp"):
            if connection.status == "LISTEN" and connection.laddr and connection.laddr[1] == port and connection.pid:
                owner = f" by {psutil.Process(connection.pid).name()} (process {connection.pid})"
                break
    return f"port {port} is taken{owner}"
