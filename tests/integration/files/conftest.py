"""A real Azurite, and the stand-ins' way to it, on which anything may happen."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from local import tether
from local.azurite import account, install
from local.azurite.command import command_line
from shared.app import App
from shared.integrations.blob.client import BlobFiles
from tests.integration.local_saas.clients import StandIn
from tests.patience import wait_until


@dataclass
class Azurite:
    """A store that can be killed, and started again on its data."""

    script: Path
    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        argv = tether.command(command_line(self.script, self.port, self.folder))
        self.process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def serves() -> bool:
            with contextlib.suppress(httpx.HTTPError):
                url = f"http://127.0.0.1:{self.port}{account.HEALTH}"
                return httpx.get(url, trust_env=False).status_code == account.HEALTHY
            return False

        wait_until(serves, "Azurite does not serve")

    def kill(self) -> None:
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    """Azurite for these tests. Skips them where it cannot be had."""
    if not install.is_possible(os.environ):
        pytest.skip("Node.js is not installed")
    try:
        script = install.installed()
    except install.NotInstalledError as error:
        pytest.skip(str(error))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    store = Azurite(script, tmp_path_factory.mktemp("azurite"), port)
    store.start()
    yield store
    if store.process is not None:
        store.kill()


@pytest.fixture
async def kept(app: App, azurite: Azurite) -> AsyncIterator[App]:
    """The App with its files in Azurite."""
    if azurite.process is None:
        azurite.start()
    async with _with_store(app, azurite.port) as made:
        yield made


@dataclass
class Way:
    """The stand-ins' way to Azurite."""

    stand_in: StandIn

    @property
    def port(self) -> int:
        """Where it answers."""
        return self.stand_in.port

    def breaks(self, mode: str, **fault: Any) -> None:
        """From now on this happens to calls, all unless `match` names some."""
        answer = self.stand_in.http.post(f"{self._own}/fault", json={"mode": mode, **fault})
        assert answer.status_code == 200, answer.text

    def is_mended(self) -> None:
        """Nothing happens to calls any more; those that are held are let go."""
        self.breaks("ok")

    def calls(self, match: str = "") -> list[str]:
        """The methods of the last thousand calls whose path has `match`, newest last."""
        received = self.stand_in.http.get(f"{self._own}/received").json()
        return [call["method"] for call in received if match in call["path"]]

    @property
    def _own(self) -> str:
        return f"http://127.0.0.1:{self.port}/azurite/_local"


@pytest.fixture(scope="session")
def built_way(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Way]:
    told = {account.LIES_AT: f"http://127.0.0.1:{azurite.port}"}
    stand_in = StandIn(tmp_path_factory.mktemp("way"), environment=told)
    stand_in.start()
    yield Way(stand_in)
    stand_in.stop()


@pytest.fixture
def way(built_way: Way, azurite: Azurite) -> Iterator[Way]:
    """A way to an Azurite that runs; nothing that a test lets happen on it stays."""
    if azurite.process is None:
        azurite.start()
    yield built_way
    built_way.is_mended()


@pytest.fixture
async def on_the_way(app: App, way: Way) -> AsyncIterator[App]:
    """The App with its files at the end of that way; it gives up sooner than usual."""
    async with _with_store(app, way.port, seconds=1.0) as made:
        yield made


@contextlib.asynccontextmanager
async def _with_store(app: App, port: int, **options: float) -> AsyncIterator[App]:
    text = SecretStr(account.connection_string(port))
    files = BlobFiles(app.settings.model_copy(update={"azure_storage_connection_string": text}), **options)
    yield replace(app, files=files)
    await files.close()
