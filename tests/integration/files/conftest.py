"""A real Azurite, and a line to it that can be cut."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from local import tether
from local.azurite import account, install
from local.azurite.command import command_line
from shared.app import App
from shared.integrations.blob.client import BlobFiles
from tests.integration.files.cut_line import CutLine
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


@pytest.fixture
async def line(azurite: Azurite) -> AsyncIterator[CutLine]:
    """A line to Azurite on which anything may happen."""
    if azurite.process is None:
        azurite.start()
    async with CutLine.to(azurite.port) as made:
        yield made


@pytest.fixture
async def over_line(app: App, line: CutLine) -> AsyncIterator[App]:
    """The App with its files behind that line; it gives up sooner than usual."""
    async with _with_store(app, line.port, seconds=1.0) as made:
        yield made


@contextlib.asynccontextmanager
async def _with_store(app: App, port: int, **options: float) -> AsyncIterator[App]:
    text = SecretStr(account.connection_string(port))
    files = BlobFiles(app.settings.model_copy(update={"azure_storage_connection_string": text}), **options)
    yield replace(app, files=files)
    await files.close()
