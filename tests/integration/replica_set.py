"""Three mongods that elect a primary among them, and lose it as the test likes."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pymongo
from pymongo.errors import PyMongoError

from local import mongod, tether
from tests.patience import wait_until

ELECTION_MILLISECONDS = 1000


class ReplicaSet:
    """A replica set of three on this machine; it dies with the process that started it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ports = [mongod.free_port() for _ in range(3)]
        self._processes: dict[int, subprocess.Popen[bytes]] = {}

    @property
    def uri(self) -> str:
        """The connection string that names all three."""
        return f"mongodb://{','.join(map(_address, self._ports))}/?replicaSet={mongod.REPLICA_SET}"

    def start(self, port: int) -> None:
        """Start one of the three, for the first time or after it was killed."""
        data = self._folder / str(port)
        data.mkdir(parents=True, exist_ok=True)
        with (self._folder / f"{port}.log").open("ab") as output:
            self._processes[port] = subprocess.Popen(
                tether.command(mongod.command_line(port, data)),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self, port: int) -> None:
        """kill -9 one of the three."""
        self._processes[port].kill()

    def primary(self) -> int | None:
        """The port of the primary; None while there is none."""
        for port in self._ports:
            if self._hello(port).get("isWritablePrimary"):
                return port
        return None

    @contextmanager
    def stalled(self) -> Iterator[None]:
        """The two others take no writes: the primary stays what it is, and nothing becomes durable meanwhile."""
        followers = [port for port in self._ports if port != self.primary()]
        assert len(followers) == 2
        try:
            for port in followers:
                with self._client(port) as client:
                    client.admin.command("fsync", lock=True)
            yield
        finally:
            for port in followers:
                with self._client(port) as client:
                    client.admin.command("fsyncUnlock")

    def whole(self) -> bool:
        """Whether there is a primary, and both others follow it."""
        roles = [self._hello(port) for port in self._ports]
        leads = sum(bool(role.get("isWritablePrimary")) for role in roles)
        return leads == 1 and sum(bool(role.get("secondary")) for role in roles) == 2

    def revive(self) -> None:
        """Start again what was killed, and return once all three are there."""
        for port, process in self._processes.items():
            if process.poll() is not None:
                self.start(port)
        self._wait()

    def _wait(self) -> None:
        wait_until(self.whole, "the replica set did not become whole", every=0.1)

    def _hello(self, port: int) -> dict[str, Any]:
        try:
            with self._client(port) as client:
                return dict(client.admin.command("hello"))
        except PyMongoError:
            return {}

    def _client(self, port: int) -> pymongo.MongoClient[dict[str, Any]]:
        return pymongo.MongoClient(
            "127.0.0.1", port, directConnection=True, serverSelectionTimeoutMS=500, socketTimeoutMS=30_000
        )

    def __enter__(self) -> Self:
        try:
            self._found()
        except BaseException:
            self._end()
            raise
        return self

    def _found(self) -> None:
        for port in self._ports:
            self.start(port)
        members = [{"_id": number, "host": _address(port)} for number, port in enumerate(self._ports)]
        settings = {"electionTimeoutMillis": ELECTION_MILLISECONDS, "heartbeatIntervalMillis": 200}
        wait_until(lambda: all(self._hello(port) for port in self._ports), "a mongod did not start", every=0.1)
        with self._client(self._ports[0]) as client:
            config = {"_id": mongod.REPLICA_SET, "members": members, "settings": settings}
            client.admin.command("replSetInitiate", config)
        self._wait()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _end(self) -> None:
        for process in self._processes.values():
            process.kill()
            process.wait()


def _address(port: int) -> str:
    return f"127.0.0.1:{port}"
