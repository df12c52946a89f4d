"""How the host ends: in good order, in time, and with nothing left behind."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

import httpx
import pytest

from tests.integration.local_host.gated import Call, GatedHost
from tests.integration.local_host.process import HostProcess

BOTH_WAYS = ("wait", "block")


def _calling(host: GatedHost, gate: str) -> list[Call]:
    """A call of each kind of function, held by the gate."""
    calls = [Call(f"{host.url}/api/{way}/{gate}") for way in BOTH_WAYS]
    for way in BOTH_WAYS:
        host.wait_for_output(f"began to {way}")
    return calls


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_runs_is_finished_and_nothing_new_is_taken(tmp_path: Path, number: int) -> None:
    with GatedHost(tmp_path) as host:
        calls = _calling(host, "later")
        host.signal(number)
        host.wait_until_it_takes_nothing_new()
        host.open_gate("later")
        assert host.wait() == 0
        for call in calls:
            call.join()
        assert [call.outcome for call in calls] == ["waited", "blocked"]


def test_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    with GatedHost(tmp_path) as host:
        calls = _calling(host, "never")
        host.signal(signal.SIGTERM)
        host.wait_until_it_takes_nothing_new()
        host.signal(signal.SIGTERM)
        assert host.wait() == 0
        assert "graceful shutdown exceeded" not in host.output, "it waited as long as after one signal"
        for call in calls:
            call.join()


@pytest.mark.long
def test_what_does_not_end_is_given_up(tmp_path: Path) -> None:
    with GatedHost(tmp_path) as host:
        calls = _calling(host, "never")
        host.signal(signal.SIGTERM)
        assert host.wait() == 0
        assert "graceful shutdown exceeded" in host.output
        for call in calls:
            call.join()


def test_it_comes_back_on_its_port_after_kill_9_and_an_idle_connection_does_not_delay_its_end(tmp_path: Path) -> None:
    with GatedHost(tmp_path) as host, httpx.Client() as client:
        client.get(host.url + "/api/wait/open")
        port = host.port
        host.kill()
        host.start(port=port)
        assert host.port == port
        assert client.get(host.url + "/api/wait/open").text == "waited"
        assert host.stop() == 0
        assert "graceful shutdown exceeded" not in host.output


def test_a_taken_port_is_an_error_that_names_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        # The port comes before the app: there is none here.
        host = HostProcess(tmp_path, tmp_path / "data")
        host.spawn(port=port)
        assert host.wait() == 1
        assert str(port) in host.output
