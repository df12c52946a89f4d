"""The command line of the local stack. A command loads only what it needs, so that it answers at once."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from local.supervisor import clock_command
from local.supervisor import options as asked
from local.supervisor.datadir import DataDir
from local.supervisor.options import DEFAULT_DATA_DIR, DEFAULT_PORT, PARTS, Options, UsageError

NOT_RUNNING = 3
"""The exit code of a command that needs a running stack where there is none."""


def main(argv: list[str]) -> int:
    """Run one command. 0: done; 1: failed; 2: asked wrongly; 3: no stack runs here."""
    arguments = _parser().parse_args(argv)
    try:
        run: Callable[[argparse.Namespace], int] = arguments.run
        return run(arguments)
    except UsageError as error:
        return _fail(str(error), 2)
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    where = argparse.ArgumentParser(add_help=False)
    where.add_argument("--data-dir", help=f"where the stack keeps its data (default {DEFAULT_DATA_DIR})")
    ports = f"the base port; the parts use ports up to 13 above it; 0: free ones (default {DEFAULT_PORT})"
    where.add_argument("--port", help=ports)

    parser = argparse.ArgumentParser(prog="python -m local", description="OrderBuddy's embedded local stack.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def command(name: str, run: Callable[[argparse.Namespace], int], about: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, parents=[where], help=about, description=about)
        added.set_defaults(run=run)
        return added

    up = command("up", _up, "start everything, and serve until Ctrl-C or `down`")
    up.add_argument("--fresh", action="store_true", help="begin with an empty data directory")
    up.add_argument("--no-seed", action="store_true", help="make no demo data")
    up.add_argument("--no-telemetry", action="store_true", help="send no telemetry to the console's timeline")
    up.add_argument("--without", action="append", default=[], metavar="PART", help=f"leave out {', '.join(PARTS)}")
    up.add_argument("-v", "--verbose", action="store_true", help="show what the parts say")
    up.add_argument("--app", metavar="DIR", help="another function app to serve (default: this project's)")
    up.add_argument("--json", action="store_true", help="once ready, print stack.json as one line; all else to stderr")
    up.add_argument("--keep", type=Path, metavar="FILE", help="where something fails, keep state, logs and history")
    up.add_argument("--tied", action="store_true", help=argparse.SUPPRESS)
    command("down", _down, "end the stack that runs on the data directory")
    command("status", _status, "what runs, and where").add_argument("--json", action="store_true", help="for scripts")
    command("demo", _demo, "the demo data's ids and the addresses, as JSON for scripts")
    command("token", _token, "sign in, and print the token for `Authorization: Bearer`").add_argument(
        "email", help="a demo user's address, or any other"
    )
    command("settings", _settings, "a local.settings.json for running `func start` beside this stack")
    command("snapshot", _snapshot, "copy all data aside under a name, also while the stack runs").add_argument(
        "name", nargs="?", help="without one: what snapshots there are"
    )
    command("restore", _restore, "put a snapshot back, also while the stack runs").add_argument("name")
    command("reset", _reset, "begin with no data but the demo's, also while the stack runs")
    command("keep", _keep, "write state, logs and history into one file").add_argument("file", type=Path)
    command("open", _open, "make a data directory of such a file").add_argument("file", type=Path)
    clock_command.arguments_of(command("clock", _clock, "look at the stack's time, let it stand, and move it"))
    for action, about in (
        ("start", "start a part again, and return when it serves"),
        ("stop", "end a part cleanly"),
        ("kill", "kill -9 a part"),
    ):
        act = command(action, _act, about)
        act.add_argument("part", choices=PARTS)
        act.set_defaults(action=action)
    commands.add_parser("host", add_help=False, help="serve any Python v2 function app: host --app DIR [--port N]")
    commands.add_parser("webpubsub", add_help=False, help="serve the Web PubSub stand-in alone")
    commands.add_parser("conformance", add_help=False, help="check that stand-ins answer as the services do")
    commands.add_parser("saas", add_help=False, help="serve the stand-ins of other outside services alone")
    commands.add_parser("azurite", add_help=False, help="install and serve Azurite's blobs alone")
    return parser


def _up(arguments: argparse.Namespace) -> int:
    from local.supervisor.up import up

    environment = os.environ
    app = Path(arguments.app or asked.text(environment, "APP") or asked.PROJECT)
    return up(
        Options(
            as_json=arguments.json,
            keep=arguments.keep.resolve() if arguments.keep else None,
            data_dir=_data_dir(arguments).root,
            port=_port(arguments),
            fresh=arguments.fresh or asked.flag(environment, "FRESH"),
            seed=not (arguments.no_seed or asked.flag(environment, "NO_SEED")),
            without=asked.parts([*arguments.without, asked.text(environment, "WITHOUT") or ""]),
            app=app.resolve(),
            verbose=arguments.verbose,
            tied=arguments.tied,
            telemetry=not (arguments.no_telemetry or asked.flag(environment, "NO_TELEMETRY")),
        )
    )


def _down(arguments: argparse.Namespace) -> int:
    from local.supervisor.down import down

    directory = _data_dir(arguments)
    if not directory.root.is_dir():
        return _fail(f"no stack runs on {directory.root}", 0)
    return down(directory)


def _status(arguments: argparse.Namespace) -> int:
    directory = _data_dir(arguments)
    stack = _running(directory, arguments)
    if stack is None:
        starting = directory.root.is_dir() and directory.is_held()
        return _fail(f"the stack on {directory.root} is {'starting' if starting else 'not running'}", NOT_RUNNING)
    if arguments.json:
        from local.supervisor import greeting

        return _print_json({**stack, "memory": greeting.memory(stack)})
    _print(f"{stack['apiUrl']}   start page {stack['consoleUrl']}/   process {stack['pid']}")
    for name, part in stack["parts"].items():
        _print(f"  {name:<10} {part['state']:<8} {part['pid'] or '-':>8}  {part['url']}")
    from local.supervisor import greeting

    _print(f"ready after {stack.get('readySeconds') or 0:.1f} s; {greeting.memory_line(greeting.memory(stack))}")
    return 0 if all(part["state"] == "ready" for part in stack["parts"].values()) else 1


def _demo(arguments: argparse.Namespace) -> int:
    directory = _data_dir(arguments)
    stack = _running(directory, arguments)
    if stack is None:
        return _fail(f"no stack is ready on {directory.root}: `python -m local up`", NOT_RUNNING)
    demo = directory.read("demo.json")
    if not demo:
        return _fail("this stack has no demo data: `python -m local up` without --no-seed", 1)
    return _print_json({**{key: stack[key] for key in ("apiUrl", "consoleUrl", "mongoUri")}, **demo})


def _token(arguments: argparse.Namespace) -> int:
    from local.supervisor.signing_in import SignInError, access_token

    if "@" not in arguments.email or any(character.isspace() for character in arguments.email):
        raise UsageError(f"{arguments.email!r} is no e-mail address")
    directory = _data_dir(arguments)
    stack = _running(directory, arguments)
    if stack is None:
        return _fail(f"no stack is ready on {directory.root}: `python -m local up`", NOT_RUNNING)
    if not stack["parts"].keys() >= {"host", "saas"}:
        return _fail("the parts host and saas are needed to sign in", 1)
    try:
        core = f"{stack['parts']['saas']['url']}/supertokens"
        _print(access_token(stack["parts"]["host"]["url"], core, arguments.email))
    except SignInError as error:
        return _fail(str(error), 1)
    return 0


def _settings(arguments: argparse.Namespace) -> int:
    from local.supervisor.app_settings import app_settings, own_origins

    directory = _data_dir(arguments)
    if not directory.read("keys.json"):
        return _fail("no stack was ever started here: `python -m local up --without host`", NOT_RUNNING)
    base = _port(arguments) or directory.port() or DEFAULT_PORT
    return _print_json(
        {
            "IsEncrypted": False,
            "Values": {
                "FUNCTIONS_WORKER_RUNTIME": "python",
                "AzureWebJobsStorage": "UseDevelopmentStorage=true",
                **app_settings(base, directory.keys(), os.environ),
            },
            "Host": {"LocalHttpPort": base, "CORS": ",".join(own_origins(base)), "CORSCredentials": True},
        }
    )


def _snapshot(arguments: argparse.Namespace) -> int:
    return _keeping(lambda commands, directory: commands.snapshot(directory, arguments.name, _print), arguments)


def _restore(arguments: argparse.Namespace) -> int:
    return _keeping(lambda commands, directory: commands.restore(directory, arguments.name, _print), arguments)


def _reset(arguments: argparse.Namespace) -> int:
    return _keeping(lambda commands, directory: commands.reset(directory, _print), arguments)


def _keep(arguments: argparse.Namespace) -> int:
    return _keeping(lambda commands, directory: commands.keep(directory, arguments.file, _print), arguments)


def _open(arguments: argparse.Namespace) -> int:
    return _keeping(lambda commands, directory: commands.open_kept(directory, arguments.file, _print), arguments)


def _keeping(work: Callable[[Any, DataDir], None], arguments: argparse.Namespace) -> int:
    from local.supervisor import keeping_commands
    from local.supervisor.control import ControlError
    from local.supervisor.snapshots import SnapshotError

    try:
        work(keeping_commands, _data_dir(arguments))
    except (SnapshotError, ControlError) as error:
        return _fail(str(error), 1)
    return 0


def _clock(arguments: argparse.Namespace) -> int:
    from local.supervisor.control import ControlError

    run = _held(_data_dir(arguments))
    if run is None:
        return NOT_RUNNING
    try:
        return clock_command.clock(run, arguments.deed, arguments.to, _print)
    except ControlError as error:
        return _fail(str(error), 1)


def _act(arguments: argparse.Namespace) -> int:
    from local.supervisor.control import ControlError, ask

    run = _held(_data_dir(arguments))
    if run is None:
        return NOT_RUNNING
    try:
        part = ask(run, arguments.part, arguments.action)
    except ControlError as error:
        return _fail(str(error), 1)
    _print(f"{arguments.part} {part['state']}" + (f" (process {part['pid']})" if part["pid"] else ""))
    return 0


def _held(directory: DataDir) -> dict[str, Any] | None:
    """run.json of the stack that runs on the directory; None, which is said, where none does."""
    run = directory.read("run.json")
    if not run or not directory.is_held():
        _fail(f"no stack runs on {directory.root}", NOT_RUNNING)
        return None
    return run


def _data_dir(arguments: argparse.Namespace) -> DataDir:
    given = arguments.data_dir or asked.text(os.environ, "DATA_DIR") or DEFAULT_DATA_DIR
    return DataDir(Path(given).resolve())


def _port(arguments: argparse.Namespace) -> int | None:
    return asked.port(arguments.port or asked.text(os.environ, "PORT"))


def _running(directory: DataDir, arguments: argparse.Namespace) -> dict[str, Any] | None:
    """stack.json of the stack that runs on the data directory. Raises UsageError where it has another port."""
    if not directory.root.is_dir() or not directory.is_held():
        return None
    stack = directory.read("stack.json")
    port = _port(arguments)
    if stack and port and stack["port"] != port:
        raise UsageError(f"the stack on {directory.root} has the base port {stack['port']}, not {port}")
    return stack or None


def _print_json(value: Any) -> int:
    _print(json.dumps(value, indent=2))
    return 0


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _fail(message: str, code: int) -> int:
    sys.stderr.write(f"{message}\n")
    return code
