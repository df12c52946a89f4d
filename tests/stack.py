"""The whole local stack for tests: started with `python -m local up`, killed and started again as tests like."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import psutil
import pymongo

from local import mongod
from local.supervisor.control import ask
from local.supervisor.datadir import DataDir
from local.supervisor.leftovers import wait_until_gone
from local.supervisor.options import OFFSETS, PROJECT
from tests.costs import note_orphans
from tests.patience import PATIENCE_SECONDS, wait_until

_TRIES = 5


def free_base_port() -> int:
    """A base port whose parts' ports are all free at this moment."""
    for _ in range(1000):
        base = 20000 + 20 * secrets.randbelow(600)
        if all(mongod.is_free(base + offset) for offset in OFFSETS.values()):
            return base
    raise OSError("no free base port between 20000 and 32000")


class Stack:
    """A stack with a data directory of its own and free ports. As a context manager: up, and down at the end.

    Calls block until they are done; in an async test that must go on meanwhile: `asyncio.to_thread(stack.kill, ...)`.
    It ends with the test process, when it was brought up on that process's main thread.

    `arguments` are further ones of `up` (`--no-seed`, `--without durable`); `app` is another function app to serve.
    It sends no telemetry unless told to: that costs a tenth or more of what it can serve.
    """

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        app: Path | None = None,
        environment: Mapping[str, str] | None = None,
        base: int | None = None,
        telemetry: bool = False,
    ) -> None:
        self.data_dir = DataDir(folder / "stack")
        self.output = folder / "up.log"
        self.base = base or 0
        self._base_is_given = base is not None
        quiet = () if telemetry else ("--no-telemetry",)
        self._arguments = [*arguments, *quiet, *(("--app", str(app)) if app else ())]
        given = {name: value for name, value in os.environ.items() if not name.startswith("ORDERBUDDY_LOCAL_")}
        # Pictures need Node.js, and most tests none of them: a test that does gives another value here.
        aside = {"ORDERBUDDY_LOCAL_WITHOUT": "azurite"}
        self._environment = {**given, **aside, **(environment or {})}
        # A MongoDB that is not ours serves other stacks too.
        self._shared_mongo = self._environment.get("MONGODB_URI")
        if self._shared_mongo:
            self._environment["DB_NAME"] = f"test_{secrets.token_hex(8)}"
        self._process: subprocess.Popen[bytes] | None = None
        self._tokens: dict[str, str] = {}

    # The whole

    def up(self) -> None:
        """Start, and return when it is ready. Raises AssertionError with its output where it does not start."""
        for _ in range(_TRIES):
            if not self._base_is_given and not self.data_dir.port():
                self.base = free_base_port()
            said = self._up_once()
            if said is None:
                return
            if self._base_is_given or not re.search(r"port \d+ is taken", said):
                break
            self.data_dir.remove("port")
        raise AssertionError(f"the stack did not start:\n{said}")

    def down(self) -> None:
        """End cleanly."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill_all()
            raise AssertionError(f"the stack did not end:\n{self.output.read_text()}") from None

    def kill_all(self) -> None:
        """kill -9 the supervisor and every part, and wait until they are gone."""
        parts = self.data_dir.read("run.json").get("parts", {})
        processes = []
        for part in parts.values():
            with contextlib.suppress(psutil.NoSuchProcess):
                processes.append(psutil.Process(part["pid"]))
        note_orphans(processes)
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        wait_until_gone(processes)

    def restart(self) -> None:
        """Up again on the same data directory and ports, after `kill_all`, or after a clean end of what still runs."""
        self.down()
        self.up()

    # One part

    def kill(self, part: str) -> None:
        """kill -9 a part."""
        ask(self.data_dir.read("run.json"), part, "kill")

    def stop(self, part: str) -> None:
        """End a part cleanly."""
        ask(self.data_dir.read("run.json"), part, "stop")

    def start(self, part: str) -> None:
        """Start a part again, and return when it serves."""
        ask(self.data_dir.read("run.json"), part, "start")

    def all_up(self) -> None:
        """Start whatever is down, be it a part or all of it."""
        if not self.description:
            self.restart()
        for part in self.description["parts"]:
            if self.pid(part) is None:
                self.start(part)

    def pid(self, part: str) -> int | None:
        """The process id of a part, while it runs; None also while the stack is not ready."""
        found: int | None = self.description.get("parts", {}).get(part, {}).get("pid")
        return found

    def log(self, part: str) -> str:
        """What a part said in this run, at most the last 64 KB."""
        return mongod.log_tail(self.data_dir.log(part), lines=10_000)

    # What it is

    @property
    def description(self) -> dict[str, Any]:
        """stack.json; {} while it is not ready."""
        return self.data_dir.read("stack.json")

    @property
    def api_url(self) -> str:
        """The base of the API's addresses."""
        return f"http://127.0.0.1:{self.base}/api/v1"

    @property
    def console_url(self) -> str:
        """The console's address, without a slash at the end."""
        return f"http://127.0.0.1:{self.base + OFFSETS['console']}"

    @property
    def mongo_uri(self) -> str:
        """MongoDB's connection string."""
        return str(self.description["mongoUri"])

    @property
    def db_name(self) -> str:
        """The database's name."""
        return str(self.description["dbName"])

    @property
    def demo(self) -> dict[str, Any]:
        """The demo data's ids: open, payment, campaign, owner, kitchen, stranger."""
        return self.data_dir.read("demo.json")

    def token(self, email: str | None = None) -> str:
        """An access token of a demo user, signed in as everybody is; None: of the owner. It is good for an hour."""
        from local.supervisor.signing_in import access_token

        email = email or str(self.demo["owner"]["email"])
        if email not in self._tokens:
            core = f"http://127.0.0.1:{self.base + OFFSETS['saas']}/supertokens"
            self._tokens[email] = access_token(f"http://127.0.0.1:{self.base}", core, email)
        return self._tokens[email]

    def settings(self) -> dict[str, str]:
        """The app's settings in this stack, as environment variables: for the `orderbuddy` command."""
        from local.supervisor.app_settings import app_settings

        return app_settings(self.base, self.data_dir.keys(), self._environment)

    def __enter__(self) -> Self:
        self.up()
        return self

    def __exit__(self, *_: object) -> None:
        self.down()
        if self._shared_mongo:
            with pymongo.MongoClient[dict[str, Any]](self._shared_mongo) as client:
                client.drop_database(self._environment["DB_NAME"])

    def _up_once(self) -> str | None:
        """None when it is ready, else what it said."""
        self.data_dir.root.parent.mkdir(parents=True, exist_ok=True)
        # The kernel ties a process to the thread that starts it: only the main thread lives long enough.
        tied = ["--tied"] if threading.current_thread() is threading.main_thread() else []
        where = ["--data-dir", str(self.data_dir.root), *(["--port", str(self.base)] if self.base else [])]
        with self.output.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "local", "up", *where, *tied, *self._arguments],
                cwd=PROJECT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        process = self._process

        def is_ready() -> bool:
            said = self.output.read_text(errors="replace")
            return re.search(r"^ready", said, re.MULTILINE) is not None or process.poll() is not None

        try:
            wait_until(is_ready, lambda: f"not ready:\n{self.output.read_text(errors='replace')}")
        except BaseException:
            self.kill_all()
            raise
        return None if process.poll() is None else self.output.read_text(errors="replace")
