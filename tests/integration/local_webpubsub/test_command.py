"""`python -m local webpubsub` as the supervisor runs it."""

import asyncio
import os
import signal
import socket
import subprocess
import sys

import pytest

from .clients import RELIABLE, Connector, StandIn


def _run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "local", "webpubsub", *arguments],
        env={"PATH": os.environ["PATH"], **environment},
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_without_a_key_it_says_which_variable_it_wants() -> None:
    result = _run("--port", "0", "--access-key-env", "THE_KEY")
    assert result.returncode == 2
    assert "THE_KEY" in result.stderr


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = _run("--port", str(port), ORDERBUDDY_WEBPUBSUB_KEY="secret-key")
    assert result.returncode == 1
    assert str(port) in result.stderr
    assert "Traceback" not in result.stderr
    assert "secret-key" not in result.stderr


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
async def test_it_stops_cleanly_and_says_goodbye(own_stand_in: StandIn, connector: Connector, how: int) -> None:
    service = own_stand_in.service()
    client = await connector.open(service.get_client_access_token()["url"], RELIABLE)
    service.connection_exists(client.id)
    stopping = asyncio.create_task(asyncio.to_thread(own_stand_in.stop, how))
    assert await client.closed() == 1001
    assert await stopping == 0


async def test_it_stops_while_a_call_is_stalled(own_stand_in: StandIn, connector: Connector) -> None:
    # For ten minutes: it ends before only because it lets go.
    fault = {"mode": "stall", "seconds": 600}
    async with connector.session.post(own_stand_in.url + "/_local/fault", json=fault) as answer:
        assert answer.status == 200
    url = own_stand_in.url + "/api/hubs/orders/:send"
    calling = connector.session.post(url, json={}, headers={"Authorization": f"Bearer {own_stand_in.token(url)}"})
    task = asyncio.ensure_future(calling)
    await own_stand_in.has_received("/api/hubs/orders/:send")
    assert await asyncio.to_thread(own_stand_in.stop) == 0
    await asyncio.gather(task, return_exceptions=True)
