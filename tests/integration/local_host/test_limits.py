"""Limits of the platform: requests at once, the length of an invocation, the size of a body."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from tests.integration.local_host.gated import GatedHost
from tests.started import PATIENCE


@pytest.fixture(scope="module")
def few_at_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatedHost]:
    limits = {"maxConcurrentRequests": 2, "maxOutstandingRequests": 4}
    with GatedHost(tmp_path_factory.mktemp("few"), host={"extensions": {"http": limits}}) as host:
        yield host


@pytest.fixture(scope="module")
def few_threads(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatedHost]:
    """Two threads, and bodies of 1,000 bytes at most."""
    limits = {"PYTHON_THREADPOOL_THREAD_COUNT": "2", "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT": "1000"}
    with GatedHost(tmp_path_factory.mktemp("threads"), **limits) as host:
        yield host


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=PATIENCE) as client:
        yield client


async def test_more_requests_than_may_run_wait_and_more_than_may_wait_are_turned_away(
    few_at_once: GatedHost, client: httpx.AsyncClient
) -> None:
    calls = [asyncio.create_task(client.get(f"{few_at_once.url}/api/wait/later")) for _ in range(7)]
    turned_away: list[asyncio.Task[httpx.Response]] = []
    pending = set(calls)
    while len(turned_away) < 3:
        done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        turned_away += done
    assert [call.result().status_code for call in turned_away] == [429] * 3
    await asyncio.to_thread(few_at_once.wait_for_output, "began to wait", times=2)
    # The two others wait: whoever comes now finds no place either.
    assert (await client.get(f"{few_at_once.url}/api/wait/open")).status_code == 429
    assert few_at_once.output.count("began to wait") == 2
    few_at_once.open_gate("later")
    assert sorted([(await call).status_code for call in calls]) == [200] * 4 + [429] * 3
    assert few_at_once.output.count("began to wait") == 4
    assert (await client.get(f"{few_at_once.url}/api/wait/open")).text == "waited"


async def test_threads_bound_how_many_plain_functions_run_and_hold_up_no_other(
    few_threads: GatedHost, client: httpx.AsyncClient
) -> None:
    calls = [asyncio.create_task(client.get(f"{few_threads.url}/api/block/later")) for _ in range(4)]
    await asyncio.to_thread(few_threads.wait_for_output, "began to block", times=2)
    # Whatever came before it has begun by now, if it has a thread.
    assert (await client.get(f"{few_threads.url}/api/wait/open")).text == "waited"
    assert few_threads.output.count("began to block") == 2
    few_threads.open_gate("later")
    assert [(await call).text for call in calls] == ["blocked"] * 4


async def test_an_invocation_that_takes_too_long_is_ended_with_500(tmp_path: Path, client: httpx.AsyncClient) -> None:
    with GatedHost(tmp_path, host={"functionTimeout": "00:00:01"}) as host:
        calls = (client.get(f"{host.url}/api/{way}/never") for way in ("wait", "block"))
        answers = await asyncio.gather(*calls)
        assert [(answer.status_code, answer.content) for answer in answers] == [(500, b"")] * 2
        assert host.output.count("longer than functionTimeout") >= 2
        assert (await client.get(f"{host.url}/api/wait/open")).text == "waited"


async def test_whoever_sends_half_a_body_holds_no_place_for_ever(
    few_at_once: GatedHost, client: httpx.AsyncClient
) -> None:
    slow = [socket.create_connection(("127.0.0.1", few_at_once.port), timeout=PATIENCE) for _ in range(2)]
    for each in slow:
        each.sendall(b"POST /api/length HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{")
    # Whoever comes next waits for a place, and gets it.
    assert (await client.post(f"{few_at_once.url}/api/length", content=b"x")).text == "1"
    for each in slow:
        with each, each.makefile("rb") as answer:
            assert answer.read().split(b"\r\n")[0].split()[1] == b"408"


async def test_a_body_over_the_limit_is_413(few_threads: GatedHost, client: httpx.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(2):
            yield b"x" * 600

    url = f"{few_threads.url}/api/length"
    assert (await client.post(url, content=b"x" * 1000)).text == "1000"
    assert (await client.post(url, content=b"x" * 1001)).status_code == 413
    assert (await client.post(url, content=pieces())).status_code == 413
    assert (await client.post(url, content=b"x")).text == "1"
