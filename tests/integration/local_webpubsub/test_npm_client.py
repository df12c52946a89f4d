"""The official npm client on the stand-in."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests import npm

from .clients import StandIn, Wire

_SOURCES = Path(__file__).parent / "npm"
pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")


class NpmClient:
    """The official client in a Node.js process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def next(self, event: str | None = None, timeout: float = 60) -> dict[str, Any]:
        """The next thing it tells; it must be `event`, when given."""
        line = await asyncio.wait_for(self._process.stdout.readline(), timeout)
        told = json.loads(line)
        assert event in (None, told["event"]), told
        return told

    async def do(self, command: str, **arguments: Any) -> dict[str, Any]:
        self._process.stdin.write(json.dumps({"do": command, **arguments}).encode() + b"\n")
        return await self.next()

    async def end(self) -> None:
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), 60)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


@pytest.fixture(scope="session")
def npm_folder(request: pytest.FixtureRequest) -> Path:
    """Where the pinned packages are installed, with the client beside them."""
    folder = npm.installed(_SOURCES, request.config)
    shutil.copy(_SOURCES / "client.mjs", folder)
    return folder


@pytest.fixture
async def start_client(npm_folder: Path) -> AsyncIterator[Callable[..., Any]]:
    """Starts a client and waits until it is connected."""
    clients: list[NpmClient] = []

    async def start(url: str, kind: str = "reliable") -> tuple[NpmClient, dict[str, Any]]:
        process = await asyncio.create_subprocess_exec(
            "node",
            "client.mjs",
            url,
            kind,
            cwd=npm_folder,
            env={"PATH": os.environ["PATH"]},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        client = NpmClient(process)
        clients.append(client)
        return client, await client.next("connected")

    yield start
    await asyncio.gather(*(client.end() for client in clients))


@pytest.mark.parametrize("kind", ["json", "reliable"])
async def test_messages_groups_and_roles(stand_in: StandIn, start_client: Any, group: str, kind: str) -> None:
    service = stand_in.service()
    other = f"{group}.other"
    roles = [f"webpubsub.joinLeaveGroup.{other}", f"webpubsub.sendToGroup.{other}"]
    url = service.get_client_access_token(user_id="ana", groups=[group], roles=roles)["url"]
    client, connected = await start_client(url, kind)
    assert connected["userId"] == "ana"

    def publish() -> None:
        service.send_to_group(group, {"n": 1}, content_type="application/json")
        service.send_to_group(group, "text", content_type="text/plain")
        service.send_to_group(group, b"\x00\xff", content_type="application/octet-stream")
        service.send_to_connection(connected["connectionId"], {"n": 2}, content_type="application/json")

    await asyncio.to_thread(publish)
    told = [await client.next() for _ in range(4)]
    assert [one["event"] for one in told] == ["group-message"] * 3 + ["server-message"]
    assert [one["data"] for one in told] == [{"n": 1}, "text", "00ff", {"n": 2}]
    assert [one.get("sequenceId") for one in told] == ([1, 2, 3, 4] if kind == "reliable" else [None] * 4)
    assert (await client.do("join", group=group))["name"] == "Forbidden"
    assert (await client.do("join", group=other))["event"] == "done"
    sent = {"group": other, "data": {"n": 3}, "dataType": "json"}
    assert await client.do("send", **sent, noEcho=True, ackId=77) == {"event": "done", "duplicate": False}
    assert await client.do("send", **sent, noEcho=True, ackId=77) == {"event": "done", "duplicate": True}
    echoed = [await client.do("send", **sent), await client.next()]
    message = next(one for one in echoed if one["event"] == "group-message")
    assert (message["group"], message["fromUserId"], message["data"]) == (other, "ana", {"n": 3})
    assert (await client.do("leave", group=other))["event"] == "done"
    assert (await client.do("event", name="hello", data={}))["event"] == "failed"


async def test_it_recovers_what_it_missed(stand_in: StandIn, start_client: Any, group: str) -> None:
    async with Wire(stand_in) as wire:
        url = stand_in.service(port=wire.port).get_client_access_token(groups=[group])["url"]
        client, _ = await start_client(url)
        service = stand_in.service()
        for number in range(6):
            if number == 2:
                wire.cut(whole=False)
            if number == 4:
                wire.mend()
            await asyncio.to_thread(service.send_to_group, group, {"n": number}, content_type="application/json")
        messages = [await client.next("group-message") for _ in range(6)]
        assert [message["data"]["n"] for message in messages] == list(range(6))
        assert [message["sequenceId"] for message in messages] == list(range(1, 7))


async def test_it_comes_back_after_the_service_was_killed(own_stand_in: StandIn, start_client: Any, group: str) -> None:
    service = own_stand_in.service()
    url = service.get_client_access_token(groups=[group])["url"]
    client, before = await start_client(url)
    own_stand_in.stop(signal.SIGKILL)
    own_stand_in.start()
    await client.next("disconnected")
    after = await client.next("connected")
    assert after["connectionId"] != before["connectionId"]
    await asyncio.to_thread(service.send_to_group, group, {"n": 1}, content_type="application/json")
    assert (await client.next("group-message"))["data"] == {"n": 1}


async def test_it_is_told_why_it_was_closed_and_starts_afresh(stand_in: StandIn, start_client: Any, group: str) -> None:
    service = stand_in.service()
    client, before = await start_client(service.get_client_access_token(groups=[group])["url"])
    await asyncio.to_thread(service.close_group_connections, group, reason="rights changed")
    assert (await client.next("disconnected"))["message"] == "rights changed"
    assert (await client.next("connected"))["connectionId"] != before["connectionId"]
    assert await client.do("stop") in ({"event": "done"}, {"event": "disconnected"})
