"""What is set up wrongly is said at the start, in one red line with the cure, and ends `up` with 1."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from local.supervisor.options import PROJECT
from tests.patience import PATIENCE_SECONDS
from tests.stack import free_base_port

HEAD = "import azure.functions as func\nimport azure.durable_functions as df\napp = df.DFApp()\n"
ROUTE = '@app.route(route="go")\ndef go(req: func.HttpRequest) -> str:\n    return "ok"\n'
CLIENT = """
@app.route(route="start")
@app.durable_client_input(client_name="client"{more})
async def start(req: func.HttpRequest, client) -> str:
    return "ok"
"""
BACKEND = {"extensions": {"durableTask": {"hubName": "mine", "storageProvider": {"type": "AzureManaged"}}}}
CONNECTION = {"extensions": {"durableTask": {"storageProvider": {"connectionStringName": "MyStorage"}}}}
HUB = {"extensions": {"durableTask": {"hubName": "mine"}}}
OF_A_SETTING = {"extensions": {"durableTask": {"hubName": "%HUB_OF_NOBODY%"}}}


def up(tmp_path: Path, code: str, host: dict[str, Any], base: int | None = None) -> tuple[int, str]:
    """The exit code and what was said by a stack that serves this app alone."""
    app = tmp_path / "app"
    app.mkdir()
    (app / "function_app.py").write_text(code)
    (app / "host.json").write_text(json.dumps({"version": "2.0", **host}))
    where = ["--data-dir", str(tmp_path / "data"), "--port", str(base or free_base_port()), "--app", str(app)]
    command = [sys.executable, "-m", "local", "up", *where, "--without", "mongod,webpubsub,saas,azurite"]
    done = subprocess.run(
        command,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
        env={**os.environ, "FORCE_COLOR": "1"},
    )
    return done.returncode, done.stdout + done.stderr


def red_line(said: str) -> str:
    [line] = [line for line in said.splitlines() if "\x1b[31m" in line]
    return line.removeprefix("\x1b[31m").removesuffix("\x1b[0m")


@pytest.mark.parametrize(
    ("code", "host", "words", "cure"),
    [
        (HEAD + ROUTE, BACKEND, "AzureManaged", "Take the entry out"),
        pytest.param(HEAD + ROUTE, CONNECTION, "'MyStorage'", "Correct the name", marks=pytest.mark.long),
        (HEAD + CLIENT.format(more=', connection_name="Nowhere"'), HUB, "'Nowhere'", "Correct the name"),
        pytest.param(
            HEAD + CLIENT.format(more=', task_hub="another"'),
            HUB,
            "'another'",
            "Give both the same name",
            marks=pytest.mark.long,
        ),
        (HEAD + ROUTE, OF_A_SETTING, "HUB_OF_NOBODY", "local.settings.json"),
        (HEAD + "import no_such_module\n", {}, "No module named 'no_such_module'", "make install"),
        pytest.param(
            HEAD + ROUTE + "1 / 0\n",
            {},
            "ZeroDivisionError",
            "raised an exception while it was imported",
            marks=pytest.mark.long,
        ),
        (HEAD, {}, "defines no functions", "app.register_functions"),
    ],
    ids=["backend", "connection", "client's connection", "hub", "setting", "import", "raises", "no functions"],
)
def test_the_first_red_line_says_what_is_wrong_and_the_cure(
    tmp_path: Path, code: str, host: dict[str, Any], words: str, cure: str
) -> None:
    status, said = up(tmp_path, code, host)
    assert status == 1, said
    line = red_line(said)
    assert line.startswith("failed: ")
    assert words in line and cure in line
    assert "\nready in" not in said


def test_a_taken_port_is_said_before_anything_starts(tmp_path: Path) -> None:
    base = free_base_port()
    with socket.socket() as other:
        other.bind(("127.0.0.1", base))
        other.listen()
        status, said = up(tmp_path, HEAD + ROUTE, {}, base)
    assert status == 1
    line = red_line(said)
    assert f"port {base} is taken" in line and "--port" in line


def test_what_is_right_is_not_refused(tmp_path: Path) -> None:
    from tests.stack import Stack

    app = tmp_path / "app"
    app.mkdir()
    (app / "function_app.py").write_text(HEAD + CLIENT.format(more=', task_hub="Mine"'))
    right = {"extensions": {"durableTask": {"hubName": "mine", "storageProvider": {"type": "AzureStorage"}}}}
    (app / "host.json").write_text(json.dumps({"version": "2.0", **right}))
    with Stack(tmp_path, "--without", "mongod,webpubsub,saas,azurite", app=app) as stack:
        assert set(stack.description["parts"]) == {"host", "durable"}
