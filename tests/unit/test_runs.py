"""What a run of the tests tells at its end, and what it never leaves behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from local.supervisor.options import PROJECT

CONFTEST = """
from pathlib import Path
from tests import browsers
from tests.costs import Costs
from tests.processes import Leftovers

browsers.CHROMIUM = Path("/nowhere")

def pytest_configure(config):
    config.addinivalue_line("markers", "browser: needs one")
    for plugin in (browsers.Browsers(), Costs(), Leftovers()):
        config.pluginmanager.register(plugin)
"""
LEAVES_ONE = """
import subprocess

def test_forgets():
    process = subprocess.Popen(["sleep", "3600"])
    with open("pid", "w") as file:
        file.write(str(process.pid))
"""
NEEDS_A_BROWSER = """
import pytest

@pytest.mark.browser
def test_looks():
    raise AssertionError

def test_works():
    sum(range(10_000_000))
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("run")
    for name, text in (("conftest", CONFTEST), ("test_leaves", LEAVES_ONE), ("test_browser", NEEDS_A_BROWSER)):
        (folder / f"{name}.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-n", "1", "-p", "no:schemathesis"]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600, check=False)
    return folder, ran


def test_a_process_that_a_test_forgets_is_ended_and_fails_the_run(
    run: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, ran = run
    assert "2 passed, 1 skipped" in ran.stdout
    assert ran.returncode == pytest.ExitCode.TESTS_FAILED
    assert "LEFT RUNNING, and ended: sleep 3600" in ran.stdout
    assert not psutil.pid_exists(int((folder / "pid").read_text()))


def test_a_run_without_a_browser_says_in_its_last_line_what_did_not_run(
    run: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    assert run[1].stdout.splitlines()[-1] == (
        "The tests in a browser (1) did not run, because this machine has none: `sudo make browser` brings it."
    )


def test_a_run_tells_what_each_file_cost(run: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    lines = run[1].stdout.splitlines()
    begin = next(number for number, line in enumerate(lines) if "CPU seconds in all" in line)
    assert lines[begin + 1].split()[1:] == ["s", "test_browser.py"]
    assert lines[begin + 2].split()[1:] == ["s", "test_leaves.py"]
