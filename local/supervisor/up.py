"""`python -m local up`: hold the data directory, end what a killed stack left behind, and run a new stack."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from local import mongod, tether
from local.supervisor import leftovers, plan
from local.supervisor.datadir import DataDir
from local.supervisor.display import choose
from local.supervisor.options import Options
from local.supervisor.plan import Plan

_TRIES = 5
_PORTS_TAKEN = -1
_LOCK_WITHIN_SECONDS = 0.5
_LOCK_WITHIN_SECONDS_WHILE_STOPPING = 25.0


def up(options: Options) -> int:
    """Run a stack until it is told to end. 0: ended as told; 1: it could not be started."""
    if options.tied and sys.platform.startswith("linux"):
        # `make` passes signals on only while it lives. Where it is killed, the stack must end, too.
        tether.tie_to_starter(signal.SIGTERM)
    directory = DataDir(options.data_dir)
    directory.create()
    held = _hold(directory)
    if held is None:
        other = directory.read("run.json").get("pid", "unknown")
        return _fail(
            f"a stack runs on {directory.root} already (process {other}): end it with `python -m local down`, "
            "or choose another --data-dir and --port"
        )
    try:
        for name in leftovers.end(directory):
            sys.stdout.write(f"ended {name}, left behind by a stack that was killed\n")
        if options.fresh:
            directory.clear()
            directory.create()
        planned = plan.make(options, directory, os.environ)
    except (mongod.MongodNotFoundError, OSError) as error:
        return _fail(str(error))

    # Imported here: these libraries take longer than everything above.
    from local.supervisor.stack import Stack

    async def run(planned: Plan) -> int:
        directory.remember_port(planned.base)
        said = sys.stderr if options.as_json else sys.stdout
        said.write(f"OrderBuddy's local stack, ports from {planned.base}, data in {directory.root}\n")
        said.flush()
        stack = Stack(planned, choose(verbose=options.verbose, to_errors=options.as_json))
        code = await stack.run()
        if stack.ports_taken and options.port == 0:
            return _PORTS_TAKEN
        if options.keep is not None and (code or stack.failed):
            _keep(directory, options.keep)
            return 1
        return code

    for _ in range(_TRIES):
        code = asyncio.run(run(planned))
        if code != _PORTS_TAKEN:
            return code
        # Another stack has taken these free ports at the same moment.
        planned = plan.make(options, directory, os.environ)
    return 1


def _keep(directory: DataDir, file: Path) -> None:
    """Write what is left of a stack that has ended into one file."""
    from local.supervisor import keeping_commands, snapshots

    with tempfile.TemporaryDirectory(prefix="orderbuddy-kept-") as folder:
        snapshots.copy_state(directory.root, Path(folder))
        shutil.copytree(directory.root / "logs", Path(folder) / "logs")
        keeping_commands.pack(Path(folder), file)
    sys.stderr.write(f"kept in {file}: `python -m local open {file} --data-dir DIR` opens it\n")


def _hold(directory: DataDir) -> int | None:
    """The lock. Where a stack holds it that is ending, this waits for its end."""
    began = time.monotonic()
    while (held := directory.lock()) is None:
        stopping = directory.read("run.json").get("stopping", True)
        limit = _LOCK_WITHIN_SECONDS_WHILE_STOPPING if stopping else _LOCK_WITHIN_SECONDS
        if time.monotonic() - began > limit:
            return None
        time.sleep(0.05)
    return held


def _fail(message: str) -> int:
    sys.stderr.write(f"{message}\n")
    return 1
