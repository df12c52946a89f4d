"""What is on disk: one SQLite file in WAL mode, flushed to the device at every commit."""

from __future__ import annotations

import fcntl
import os
import re
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import astuple
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from local.durable.actions import Kind, Retry, Step
from local.durable.instance import Episode, Got, Instance, Message, Parent, Status

_VERSION = 2
ALIVE = frozenset({Status.PENDING.value, Status.RUNNING.value, Status.SUSPENDED.value})
ALIVE_CONDITION = "status IN ('Pending', 'Running', 'Suspended')"
_ALIVE_INDEX = f"CREATE INDEX instances_alive ON instances (status) WHERE {ALIVE_CONDITION};"
_SCHEMA = f"""
CREATE TABLE instances (
    id TEXT PRIMARY KEY, execution INTEGER NOT NULL, name TEXT NOT NULL, version TEXT, status TEXT NOT NULL,
    input TEXT, output TEXT, custom_status TEXT, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
    parent_id TEXT, parent_execution INTEGER, parent_number INTEGER, generation INTEGER
) WITHOUT ROWID;
CREATE INDEX instances_by_time ON instances (created_at, id);
{_ALIVE_INDEX}
CREATE TABLE episodes (
    execution INTEGER NOT NULL, position INTEGER NOT NULL, at INTEGER NOT NULL,
    received TEXT NOT NULL, scheduled TEXT NOT NULL, cancelled TEXT NOT NULL, stamp INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (execution, position)
) WITHOUT ROWID;
CREATE TABLE inbox (
    key INTEGER PRIMARY KEY, execution INTEGER NOT NULL, got INTEGER NOT NULL, number INTEGER NOT NULL,
    name TEXT NOT NULL, text TEXT, at INTEGER NOT NULL DEFAULT 0, stamp INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX inbox_by_execution ON inbox (execution);
"""
_FROM_1 = """
ALTER TABLE instances ADD COLUMN generation INTEGER;
ALTER TABLE inbox ADD COLUMN at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE inbox ADD COLUMN stamp INTEGER NOT NULL DEFAULT 0;
UPDATE inbox SET at = (SELECT updated_at FROM instances WHERE instances.execution = inbox.execution);
UPDATE inbox SET stamp = at + key;
ALTER TABLE episodes ADD COLUMN stamp INTEGER NOT NULL DEFAULT 0;
UPDATE episodes SET stamp = at;
DROP INDEX instances_alive;
"""
"""What makes a file of this engine's first form one of today's."""
_BUSY_SECONDS = 5.0
COLUMNS = (
    "id, execution, name, version, status, input, output, custom_status, created_at, updated_at,"
    " parent_id, parent_execution, parent_number, generation"
)


class StoreError(Exception):
    """The state on disk cannot be used; the message says which file and why."""


class Store:
    """The file of one task hub. Only one process can have it open. Call every method but `commit` on the loop."""

    def __init__(self, data_dir: Path, hub: str) -> None:
        """Open the state of `hub` in `data_dir`, or begin it. Raises StoreError."""
        data_dir.mkdir(parents=True, exist_ok=True)
        self.path = data_dir / f"durable-{re.sub(r'[^A-Za-z0-9_-]', '-', hub)}.db"
        self._lock = _locked(self.path.with_suffix(".lock"))
        try:
            self._writing = self._connect()
            self._prepare()
            self.reading = self._connect()
            self._next_key = self._one("SELECT COALESCE(MAX(key), 0) + 1 FROM inbox")
            self.last_execution: int = self._one("SELECT COALESCE(MAX(execution), 0) FROM instances")
        except sqlite3.DatabaseError as error:
            self._lock.close()
            raise StoreError(f"{self.path} cannot be opened: {error}. Delete it to start clean.") from error
        except StoreError:
            self._lock.close()
            raise

    def close(self) -> None:
        """Close the file and let others open it."""
        self.reading.close()
        self._writing.close()
        self._lock.close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    def _prepare(self) -> None:
        version = self._writing.execute("PRAGMA user_version").fetchone()[0]
        if version == _VERSION:
            return
        if version not in (0, 1):
            raise StoreError(f"{self.path} was written by another version of this engine. Delete it to start clean.")
        script = _FROM_1 + _ALIVE_INDEX if version else _SCHEMA
        self._writing.executescript(f"BEGIN IMMEDIATE; {script} PRAGMA user_version = {_VERSION}; COMMIT;")

    def _one(self, query: str) -> int:
        value: int = self._writing.execute(query).fetchone()[0]
        return value

    def write(self, instances: Iterable[Instance], purged: Iterable[str] = ()) -> None:
        """Put the unsaved changes of `instances` into a transaction, in this order. `commit` must follow."""
        execute = self._writing.execute
        execute("BEGIN IMMEDIATE")
        for id_ in purged:
            self._purge(id_)
        for instance in instances:
            self._write(instance)

    def commit(self) -> None:
        """Make the transaction durable. Blocks until the device has it, so call it in a thread."""
        self._writing.execute("COMMIT")

    def _write(self, instance: Instance) -> None:
        execute = self._writing.execute
        for execution in instance.replaced:
            execute("DELETE FROM episodes WHERE execution = ?", (execution,))
            execute("DELETE FROM inbox WHERE execution = ?", (execution,))
        if instance.fresh:
            parent = instance.parent
            execute(
                f"INSERT OR REPLACE INTO instances ({COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",  # noqa: S608 - constant
                (
                    instance.id, instance.execution, instance.name, instance.version, instance.status, instance.input,
                    instance.output, instance.custom_status, instance.created_at, instance.updated_at,
                    *((parent.id, parent.execution, parent.number) if parent else (None, None, None)),
                    instance.generation,
                ),
            )  # fmt: skip
        else:
            execute(
                "UPDATE instances SET execution = ?, status = ?, input = ?, output = ?, custom_status = ?,"
                " created_at = ?, updated_at = ?, generation = ? WHERE id = ?",
                (
                    instance.execution, instance.status, instance.input, instance.output, instance.custom_status,
                    instance.created_at, instance.updated_at, instance.generation, instance.id,
                ),
            )  # fmt: skip
        position = instance.episodes - len(instance.unsaved)
        for episode in instance.unsaved:
            execute("INSERT INTO episodes VALUES (?,?,?,?,?,?,?)", (instance.execution, position, *_packed(episode)))
            position += 1
        if instance.consumed:
            self._writing.executemany("DELETE FROM inbox WHERE key = ?", ((key,) for key in instance.consumed))
        for message in instance.inbox:
            if message.key is None:
                message.key = self._next_key
                self._next_key += 1
                execute(
                    "INSERT INTO inbox (key, execution, got, number, name, text, at, stamp) VALUES (?,?,?,?,?,?,?,?)",
                    (
                        message.key, instance.execution, message.got, message.number, message.name, message.text,
                        message.at, message.stamp,
                    ),
                )  # fmt: skip
        instance.fresh = False
        instance.unsaved.clear()
        instance.consumed.clear()
        instance.replaced.clear()

    def _purge(self, id_: str) -> None:
        execute = self._writing.execute
        execute("DELETE FROM episodes WHERE execution = (SELECT execution FROM instances WHERE id = ?)", (id_,))
        execute("DELETE FROM inbox WHERE execution = (SELECT execution FROM instances WHERE id = ?)", (id_,))
        execute("DELETE FROM instances WHERE id = ?", (id_,))

    def alive(self) -> Iterator[Instance]:
        """Every instance that was alive when the last process ended, as it was then."""
        query = f"SELECT {COLUMNS} FROM instances WHERE {ALIVE_CONDITION} ORDER BY created_at, id"  # noqa: S608
        for row in self.reading.execute(query).fetchall():
            instance = as_instance(row)
            for episode in self.episodes(instance.execution):
                instance.restore(episode)
            instance.inbox = self.inbox(instance.execution)
            yield instance

    def inbox(self, execution: int) -> list[Message]:
        """What has come for an execution, and was not handed over yet, oldest first."""
        rows = self.reading.execute(
            "SELECT got, number, name, text, at, stamp, key FROM inbox WHERE execution = ? ORDER BY key", (execution,)
        )
        return [Message(Got(got), *rest) for got, *rest in rows]

    def find(self, id_: str) -> Instance | None:
        """An instance as it is on disk, without its history."""
        row = self.reading.execute(f"SELECT {COLUMNS} FROM instances WHERE id = ?", (id_,)).fetchone()  # noqa: S608
        return None if row is None else as_instance(row)

    def episodes(self, execution: int) -> Iterator[Episode]:
        """The history of one execution."""
        number = 0
        for at, stamp, *packed in self.reading.execute(
            "SELECT at, stamp, received, scheduled, cancelled FROM episodes WHERE execution = ? ORDER BY position",
            (execution,),
        ):
            received, scheduled, cancelled = map(orjson.loads, packed)
            steps = []
            for kind, name, text, fire_at, child, version, *retry in scheduled:
                step_number = -1 if kind == Kind.EVENT else number
                steps.append(Step(Kind(kind), step_number, name, text, fire_at, child, version, _retry(*retry)))
                number += kind != Kind.EVENT
            # The first form of the file did not say when a message came.
            messages = [Message(Got(got), *rest[:3], *(rest[3:] or [at, stamp])) for got, *rest in received]
            yield Episode(at, messages, steps, cancelled, stamp)


def as_instance(row: tuple[Any, ...]) -> Instance:
    """An instance of a row of COLUMNS."""
    parent = None if row[10] is None else Parent(row[10], row[11], row[12])
    return Instance(
        id=row[0],
        execution=row[1],
        name=row[2],
        version=row[3],
        status=Status(row[4]),
        input=row[5],
        output=row[6],
        custom_status=row[7],
        created_at=row[8],
        updated_at=row[9],
        parent=parent,
        generation=row[13],
        fresh=False,
    )


def _packed(episode: Episode) -> tuple[int, str, str, str, int]:
    received = [
        [message.got, message.number, message.name, message.text, message.at, message.stamp]
        for message in episode.received
    ]
    scheduled: list[list[object]] = [
        [step.kind, step.name, step.text, step.fire_at, step.instance_id, step.version] for step in episode.scheduled
    ]
    for packed, step in zip(scheduled, episode.scheduled, strict=True):
        if step.retry is not None:
            packed.append([*astuple(step.retry)])
    return episode.at, _json(received), _json(scheduled), _json(episode.cancelled), episode.stamp


def _retry(packed: list[Any] | None = None) -> Retry | None:
    return None if packed is None else Retry(Kind(packed[0]), *packed[1:])


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def _locked(path: Path) -> BinaryIO:
    file = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise StoreError(f"{path.parent} is in use by another durable engine") from None
    file.truncate(0)
    file.write(f"{os.getpid()}\n".encode())
    file.flush()
    return file
