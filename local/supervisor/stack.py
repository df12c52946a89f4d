"""All parts of one stack, from the first start to the last end. One supervisor process runs one stack."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from textwrap import indent
from typing import TYPE_CHECKING, Any, TypeVar

from local import mongod
from local.console.clock import ClockKeeper
from local.console.view import Action
from local.standin.part import open_socket
from local.supervisor import process, seeding
from local.supervisor.display import Display
from local.supervisor.greeting import greeting
from local.supervisor.keeping import Keeper
from local.supervisor.logs import Logs, keep_previous
from local.supervisor.looking import Looks, NotReadyError
from local.supervisor.plan import Plan
from local.supervisor.process import PartError, PartProcess
from local.supervisor.tasks import cancelled, first

if TYPE_CHECKING:
    from local.console.server import ConsoleServer

T = TypeVar("T")

_SHUTDOWN_SECONDS = {"host": 8.0, "durable": 4.0, "webpubsub": 4.0, "saas": 4.0, "azurite": 4.0, "mongod": 6.0}
_IMPATIENT_AFTER_SECONDS = 1.0
_CONSOLE_ENDS_WITHIN_SECONDS = 3.0


class Stack:
    """The parts, the files that describe them, and the person who watches."""

    def __init__(self, plan: Plan, display: Display) -> None:
        self.plan = plan
        self.control_key = secrets.token_urlsafe(24)
        self.demo: dict[str, Any] = plan.directory.read("demo.json")
        self.clock = ClockKeeper(plan.directory.read("clock.json"), self._keep_clock)
        self.ready = False
        self.started_at = datetime.now(UTC)
        self.seconds: float | None = None
        self.failed = False
        self.ports_taken = False
        self.keeper = Keeper(self)
        self.replaced: list[Callable[[], Awaitable[None]]] = []
        self.stop_asked = asyncio.Event()
        self._display = display
        self._stop_asked_at = 0.0
        self._aside: list[asyncio.Task[None]] = []
        self._killing: list[asyncio.Future[None]] = []
        self._console: tuple[ConsoleServer, asyncio.Task[None]] | None = None
        self._looks = Looks(plan)
        self._logs = Logs(plan.directory.root / "logs", display.say if plan.options.verbose else None)
        self.parts: dict[str, PartProcess] = {
            part.name: PartProcess(
                part,
                plan.directory.log(part.name),
                probe=self._looks.answers,
                ended=self._ended_by_itself,
                changed=self.write_files,
            )
            for part in plan.parts
        }

    async def run(self) -> int:
        """Start everything, serve until SIGINT, SIGTERM or `down`, end everything. The process's exit code."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._asked_to_stop)
        starting = asyncio.create_task(self._start_all())
        stopping = asyncio.create_task(self.stop_asked.wait())
        logs = asyncio.create_task(self._logs.watch())
        code = 0
        try:
            await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                await stopping
        except* (PartError, seeding.SeedingError, NotReadyError) as failures:
            self._display.close()
            # Parts that serve the same app say the same: the first of them is enough.
            words, _, more = str(first(failures)).partition("\n")
            # What parts said is indented, so that only the supervisor's own lines begin with `ready`.
            self._display.fail(f"failed: {words}", indent(more, "    | "))
            code = 1
        finally:
            await cancelled(starting, stopping, *self._aside)
            self._display.close()
            await self._end_all()
            await cancelled(logs)
            await self._looks.close()
        return code

    # What the console asks for

    async def act(self, name: str, action: Action) -> None:
        """Start a part (and return when it serves), stop it, or kill -9 it. Raises KeyError and PartError."""
        part = self.parts[name]
        if action == "start":
            await part.start()
        elif action == "stop":
            await part.stop()
        else:
            await part.kill()

    async def health(self) -> dict[str, str]:
        """For each part: `ok`, `down` (no process), or `silent` (a process that does not answer)."""
        names = list(self.parts)
        return dict(
            zip(names, await asyncio.gather(*(self._looks.health_of(self.parts[name]) for name in names)), strict=True)
        )

    def needs(self, name: str) -> bool:
        """Whether the stack is not ready without a part."""
        return self.parts[name].part.needed

    async def app_health(self) -> dict[str, Any] | None:
        """What the app says in health/ready, or None where it says nothing sensible."""
        return await self._looks.app_health()

    async def mail_samples(self) -> str:
        """Every template of the app's mails, as JSON. Raises SeedingError."""
        return await seeding.mail_samples(self.plan)

    def describe(self) -> dict[str, Any]:
        """stack.json."""
        return {
            "apiUrl": self.plan.api_url,
            "consoleUrl": self.plan.console_url,
            "mongoUri": self.plan.mongo_uri,
            "dbName": self.plan.db_name,
            "pid": os.getpid(),
            "port": self.plan.base,
            "dataDir": str(self.plan.directory.root),
            "startedAt": self.started_at.isoformat(),
            "readySeconds": self.seconds,
            "parts": {
                name: {"pid": part.pid, "url": part.part.url, "state": part.state} for name, part in self.parts.items()
            },
        }

    def write_files(self) -> None:
        """Bring stack.json (once the stack is ready) and run.json up to date."""
        running = {name: {"pid": part.pid} for name, part in self.parts.items() if part.pid}
        run = {
            "pid": os.getpid(),
            "port": self.plan.base,
            "controlKey": self.control_key,
            "stopping": self.stop_asked.is_set(),
            "parts": running,
        }
        self.plan.directory.write("run.json", run)
        if self.ready:
            self.plan.directory.write("stack.json", self.describe())

    def _keep_clock(self, moved: dict[str, Any]) -> None:
        self.plan.directory.write("clock.json", moved)

    # Starting

    async def _start_all(self) -> None:
        self._check_ports()
        listening = open_socket(self.plan.console_port)
        listening.listen()
        self.write_files()
        for name in self.parts:
            keep_previous(self.plan.directory.log(name))
        # Loading the console's libraries takes a moment: mongod is on its way by then.
        await self.start_parts(prepare=self.plan.has_commands, meanwhile=lambda: self._serve_console(listening))
        self.ready = True
        self.seconds = round((datetime.now(UTC) - self.started_at).total_seconds(), 2)
        self.write_files()
        self._display.close()
        for line in greeting(self, self.seconds):
            self._display.say(line)
        if self.plan.options.as_json:
            sys.stdout.write(json.dumps(self.describe()) + "\n")
            sys.stdout.flush()

    async def start_parts(self, *, prepare: bool, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Start every part, and return when the app is ready. `prepare`: make the database's indexes and demo data.

        `meanwhile` is called once the first of them are on their way.
        """
        self._aside = [
            asyncio.create_task(self._start_aside(part)) for part in self.parts.values() if not part.part.needed
        ]
        async with asyncio.TaskGroup() as group:
            database = group.create_task(self._database())
            stand_ins = [
                group.create_task(self._step(name, self.parts[name].start()))
                for name in ("webpubsub", "saas")
                if name in self.parts
            ]
            await asyncio.sleep(0)
            meanwhile()
            await database
            for name in ("durable", "host"):
                if name in self.parts:
                    group.create_task(self._step(name, self.parts[name].start()))
            if prepare and self.plan.has_commands:
                group.create_task(self._data(stand_ins))
        if "host" in self.parts:
            await self._step("first call", self._looks.until_app_is_ready())

    async def _start_aside(self, part: PartProcess) -> None:
        """Start a part that nothing waits for: where it cannot be had, the rest works without it."""
        try:
            await part.start()
        except PartError as error:
            words = str(error).partition("\n")[0]
            self._display.say(f"{part.part.name} is not there: {words} (logs/{part.part.name}.log)")

    def _check_ports(self) -> None:
        taken = [(part.part.name, part.part.port) for part in self.parts.values()]
        for name, port in [*taken, ("console", self.plan.console_port)]:
            if not mongod.is_free(port):
                self.ports_taken = True
                raise PartError(
                    f"{name}: {process.taken_port(port)}. End that program, or choose other ports with --port."
                )

    async def _database(self) -> None:
        if "mongod" in self.parts:
            await self._step("mongod", self.parts["mongod"].start())

    async def _data(self, stand_ins: Sequence[asyncio.Task[None]]) -> None:
        await self._step("indexes", seeding.prepare_database(self.plan))
        if self.plan.options.seed:
            self.demo = await self._step("demo data", seeding.seed_demo(self.plan))
            self.plan.directory.write("demo.json", self.demo)
            await asyncio.gather(*stand_ins)
            if self.plan.core_url is not None:
                await seeding.seed_people(self.plan.core_url, self.demo, self._looks.http)

    def _serve_console(self, listening: socket.socket) -> None:
        from local.console.server import ConsoleServer

        console = ConsoleServer(self)
        self._console = console, asyncio.create_task(console.serve(sockets=[listening]))

    async def _step(self, name: str, work: Awaitable[T]) -> T:
        self._display.begin(name)
        result = await work
        self._display.done(name)
        return result

    # Ending

    def _asked_to_stop(self) -> None:
        now = time.monotonic()
        if self.stop_asked.is_set() and now - self._stop_asked_at > _IMPATIENT_AFTER_SECONDS:
            # Asked a second time: the person does not want to wait. (At once it is the same signal, sent to `make`
            # and to us.)
            self._killing = [asyncio.ensure_future(part.kill()) for part in self.parts.values()]
        if not self.stop_asked.is_set():
            self._stop_asked_at = now
            self.stop_asked.set()

    async def _end_all(self) -> None:
        self.stop_asked.set()
        self.ready = False
        self.plan.directory.remove("stack.json")
        self.write_files()
        if any(part.pid for part in self.parts.values()):
            self._display.say("stopping")
        await self.clock.close()
        if self._console is not None:
            console, serving = self._console
            console.end()
            await asyncio.wait((serving,), timeout=_CONSOLE_ENDS_WITHIN_SECONDS)
        for names in (("host",), ("durable", "webpubsub"), ("saas", "azurite", "mongod")):
            here = [self.parts[name] for name in names if name in self.parts]
            await asyncio.gather(*(part.stop(_SHUTDOWN_SECONDS[part.part.name]) for part in here))
        self.plan.directory.remove("run.json")

    # Small things

    def _ended_by_itself(self, name: str, how: str) -> None:
        self.failed = True
        self._display.say(f"{name} ended by itself ({how}); `python -m local start {name}` starts it again")
