"""Snapshots of a whole stack, and asking again what was asked: nobody pays twice, and nothing that was kept is lost."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.supervisor.options import PROJECT
from tests.patience import PATIENCE_SECONDS
from tests.stack import Stack
from tests.started import PATIENCE, until


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("snapshots"), "--without", "azurite") as running:
        yield running


def local(*command: str, data_dir: Path, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "local", *command, "--data-dir", str(data_dir)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def order(stack: Stack, **how: str) -> str:
    body = {"location": "open", **how}
    placed = httpx.post(f"{stack.console_url}/api/demo-order", json=body, timeout=PATIENCE)
    assert placed.status_code == 200, placed.text
    return str(placed.json()["orderId"])


def orders(stack: Stack) -> set[str]:
    return {row["_id"] for row in httpx.get(f"{stack.console_url}/api/orders", timeout=PATIENCE).json()}


def console(stack: Stack, path: str, body: Any = None) -> Any:
    url = f"{stack.console_url}{path}"
    answer = httpx.get(url, timeout=PATIENCE) if body is None else httpx.post(url, json=body, timeout=PATIENCE)
    assert answer.status_code == 200, answer.text
    return answer.json()


def _ran_since(stack: Stack, run: str, before: str) -> bool:
    """Whether a workflow began again after that time, and has ended."""
    return began(stack, run) > before and console(stack, run)["runtimeStatus"] == "Completed"


def began(stack: Stack, run: str) -> str:
    """When a workflow began: a status is cut to the second, its history is not."""
    return str(console(stack, run).get("historyEvents", [{"Timestamp": ""}])[0]["Timestamp"])


def test_asking_again_for_a_payment_or_its_workflow_charges_nobody_twice(stack: Stack) -> None:
    paid = order(stack, location="payment", card="approved")
    until(lambda: paid in orders(stack))
    run = f"/api/orchestrations/{paid}"
    until(lambda: console(stack, run)["runtimeStatus"] == "Completed")
    charged = console(stack, "/api/emergepay/ledger")
    assert [row["kind"] for row in charged] == ["capture"]

    # The diner's own request once more, as it came, and with another tip.
    [asked] = [call for call in console(stack, "/api/host/received") if call["path"].endswith("/complete-transaction")]
    assert asked["body"]["transactionToken"] == "***"
    again = console(stack, "/api/host/rerun", {"number": asked["number"]})
    assert again["answered"] in (200, 202)
    edited = {**asked["body"], "tipAmount": 999}
    console(stack, "/api/host/rerun", {"number": asked["number"], "body": edited})

    # The workflow once more: from the step that charges, and from its start. A checkout's id is its preview's, so it is
    # the same one.
    for where in ({"from": "take_payment"}, {}):
        before = began(stack, run)
        assert console(stack, f"{run}/restart", where)["instanceId"] == paid
        until(lambda before=before: _ran_since(stack, run, before))
        assert console(stack, "/api/emergepay/ledger") == charged
    refused = httpx.post(f"{stack.console_url}{run}/restart", json={"from": "take_payment"}, timeout=PATIENCE)
    assert refused.status_code == 400 and "never came to an activity 'take_payment'" in refused.json()["message"]
    assert [row for row in console(stack, "/api/orders") if row["_id"] == paid]


def test_a_snapshot_is_put_back_while_the_stack_runs(stack: Stack) -> None:
    root = stack.data_dir.root
    kept = order(stack)
    assert "while the stack ran" in local("snapshot", "before-noon", data_dir=root)
    pids = {name: part["pid"] for name, part in stack.description["parts"].items()}
    late = order(stack)
    assert {kept, late} <= orders(stack)
    assert {name: part["pid"] for name, part in stack.description["parts"].items()} == pids, "nothing was restarted"

    assert "ready again" in local("restore", "before-noon", data_dir=root)
    assert kept in orders(stack) and late not in orders(stack)
    assert httpx.get(f"{stack.console_url}/health", timeout=PATIENCE).status_code == 200
    assert order(stack) in orders(stack)
    assert console(stack, f"/api/orchestrations/{kept}")["runtimeStatus"] == "Completed", "with the engine's history"
    assert local("snapshot", data_dir=root).startswith("before-noon")


def test_what_is_no_snapshot_is_refused(stack: Stack) -> None:
    root = stack.data_dir.root
    assert "there is no snapshot 'nobodys'" in local("restore", "nobodys", data_dir=root, code=1)
    for name in ("../elsewhere", ".hidden", "a/b"):
        assert "cannot be a name" in local("snapshot", name, data_dir=root, code=1)
    assert httpx.get(f"{stack.console_url}/health", timeout=PATIENCE).status_code == 200


def test_nobody_without_the_key_restores_or_resets(stack: Stack) -> None:
    for path in ("reset", "snapshots/demo/restore", "snapshots/demo/save"):
        refused = httpx.post(f"{stack.console_url}/control/{path}", timeout=PATIENCE)
        assert refused.status_code == 403


@pytest.mark.long
def test_what_was_kept_opens_as_a_stack_of_its_own_on_free_ports(stack: Stack, tmp_path: Path) -> None:
    there = order(stack)
    file, opened = tmp_path / "kept.tar.gz", tmp_path / "opened"
    assert "opens it" in local("keep", str(file), data_dir=stack.data_dir.root)
    assert file.stat().st_mode & 0o077 == 0, "it holds keys"
    local("open", str(file), data_dir=opened)
    history = json.loads((opened / "kept-history" / "orders.json").read_text())
    assert there in {row["_id"] for row in history}
    assert "is not empty" in local("open", str(file), data_dir=opened, code=1)

    command = [sys.executable, "-m", "local", "up", "--port", "0", "--json", "--data-dir", str(opened)]
    alone = ["--without", "saas,webpubsub,azurite", "--no-seed", "--keep", str(tmp_path / "failed.tar.gz")]
    with subprocess.Popen(
        [*command, *alone], cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            assert process.stdout is not None
            described = json.loads(process.stdout.readline())
            assert described["port"] != stack.base, "both run at once"
            assert described["readySeconds"] > 0
            assert httpx.get(f"{described['consoleUrl']}/health", timeout=PATIENCE).status_code == 200
            shown = httpx.get(f"{described['consoleUrl']}/api/orders", timeout=PATIENCE).json()
            assert there in {row["_id"] for row in shown}
        finally:
            process.terminate()
            assert process.wait(PATIENCE_SECONDS) == 0
    assert not (tmp_path / "failed.tar.gz").exists(), "nothing failed"


def test_status_says_how_long_the_start_took_and_how_large_everything_is(stack: Stack) -> None:
    said = local("status", data_dir=stack.data_dir.root)
    assert "ready after " in said and "MB for all stand-ins (webpubsub " in said
    told = json.loads(local("status", "--json", data_dir=stack.data_dir.root))
    assert set(told["memory"]) == {*told["parts"], "console"}
    assert all(size > 0 for size in told["memory"].values())


@pytest.mark.long
def test_reset_leaves_the_demo_data_alone_and_the_snapshots(stack: Stack) -> None:
    before = stack.demo
    order(stack)
    local("reset", data_dir=stack.data_dir.root)
    assert orders(stack) == set()
    assert stack.demo == before
    assert order(stack) in orders(stack)
    assert "before-noon" in local("snapshot", data_dir=stack.data_dir.root)


@pytest.mark.long
def test_a_stack_that_does_not_run_is_saved_and_restored_too(stack: Stack) -> None:
    root = stack.data_dir.root
    there = order(stack)
    stack.down()
    local("snapshot", "evening", data_dir=root)
    assert "begins with no data" in local("reset", data_dir=root)
    assert not (root / "mongod").exists()
    local("restore", "evening", data_dir=root)
    stack.up()
    assert there in orders(stack)
