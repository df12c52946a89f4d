"""Snapshots of a stack while it runs: it stands still for a moment, or its parts are started anew on what was kept."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Iterable
from typing import TYPE_CHECKING, Any

from local.clock import Moved
from local.supervisor import snapshots
from local.supervisor.process import PartProcess
from local.supervisor.snapshots import SnapshotError

if TYPE_CHECKING:
    from local.supervisor.stack import Stack

_LOCK_WITHIN_MS = 10_000


class Keeper:
    """Saves, restores and resets one running stack, one thing at a time."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._turn = asyncio.Lock()

    async def save(self, name: str) -> dict[str, Any]:
        """Copy everything under a name, while nobody writes. Raises SnapshotError."""
        snapshots.checked(name)
        async with self._turn:
            self._check()
            began = time.monotonic()
            size = await self._saved(name)
            return _told(name, began, size)

    async def restore(self, name: str) -> dict[str, Any]:
        """Put a snapshot back, and return when the stack is ready on it. Raises SnapshotError."""
        snapshots.checked(name)
        async with self._turn:
            self._check()
            directory = self._stack.plan.directory
            began = time.monotonic()
            if name == snapshots.DEMO and name not in snapshots.names(directory):
                await self._anew(lambda: snapshots.clear(directory), prepare=True)
                return _told(name, began, await self._saved(name))
            if name in snapshots.names(directory) and not snapshots.has_keys_of(directory, name):
                raise SnapshotError(
                    f"the snapshot {name!r} has other keys than this stack: end the stack, restore it, and start again"
                )
            if name not in snapshots.names(directory):
                snapshots.restore(directory, name)  # which says what there is
            await self._anew(lambda: snapshots.restore(directory, name), prepare=False)
            return _told(name, began)

    async def reset(self) -> dict[str, Any]:
        """Begin with no data but what `up` makes. Raises SnapshotError."""
        async with self._turn:
            self._check()
            began = time.monotonic()
            await self._anew(lambda: snapshots.clear(self._stack.plan.directory), prepare=True)
            return _told("", began)

    def _check(self) -> None:
        if "mongod" not in self._stack.parts and "mongod" not in self._stack.plan.options.without:
            raise SnapshotError("MONGODB_URI names a MongoDB that is not this stack's: nobody else's data is copied")
        if not self._stack.ready:
            raise SnapshotError("the stack is not ready yet")

    async def _saved(self, name: str) -> int:
        async with _standing(self._stack.parts):
            return await asyncio.to_thread(snapshots.save, self._stack.plan.directory, name)

    async def _anew(self, change: Any, *, prepare: bool) -> None:
        stack = self._stack
        stack.ready = False
        stack.plan.directory.remove("stack.json")
        # What they would write at a clean end is thrown away.
        await asyncio.gather(*(part.kill() for part in stack.parts.values()))
        await asyncio.to_thread(change)
        for tell in stack.replaced:
            await tell()
        stack.demo = stack.plan.directory.read("demo.json")
        stack.clock.forget()
        await stack.clock.move(Moved.of(stack.plan.directory.read("clock.json")))
        await stack.start_parts(prepare=prepare)
        stack.ready = True
        stack.write_files()


@contextlib.asynccontextmanager
async def _standing(parts: dict[str, PartProcess]) -> AsyncIterator[None]:
    """Let no part write within the block: mongod is locked, the others stand still."""
    others = [part for name, part in parts.items() if name != "mongod"]
    async with _locked(parts.get("mongod")):
        _signal(others, signal.SIGSTOP)
        try:
            yield
        finally:
            _signal(others, signal.SIGCONT)


@contextlib.asynccontextmanager
async def _locked(mongod: PartProcess | None) -> AsyncIterator[None]:
    if mongod is None or mongod.pid is None:
        yield
        return
    import pymongo
    from pymongo.errors import PyMongoError

    address = mongod.part.port
    client: pymongo.AsyncMongoClient[dict[str, Any]] = pymongo.AsyncMongoClient(
        "127.0.0.1", address, directConnection=True, socketTimeoutMS=_LOCK_WITHIN_MS
    )
    async with client:
        try:
            # Before the others stand still: one of their transactions could keep the lock waiting for ever.
            await client.admin.command("fsync", lock=True)
        except PyMongoError as error:
            raise SnapshotError(f"MongoDB cannot be locked ({type(error).__name__})") from None
        try:
            yield
        finally:
            await client.admin.command("fsyncUnlock")


def _signal(parts: Iterable[PartProcess], number: signal.Signals) -> None:
    for part in parts:
        if part.pid is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(part.pid, number)


def _told(name: str, began: float, size: int | None = None) -> dict[str, Any]:
    told: dict[str, Any] = {"name": name, "seconds": round(time.monotonic() - began, 2)}
    return told if size is None else {**told, "bytes": size}
