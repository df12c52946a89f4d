"""Group commit: changes are written on the loop; the commit waits for the device, so it runs in a thread.

While one commit runs, the next batch gathers. So under load many changes share one commit.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from local.durable.instance import Instance
from local.durable.store import Store

_log = logging.getLogger("durable")
_LINGER_SECONDS = 0.02
"""How long a change that no caller waits for (such as an instance's end) may wait for others to share its commit.

Each commit flushes the device, and other callers wait for that flush, too.
"""


class EngineFailedError(Exception):
    """The state could not be written, so nothing counts any more until the engine is started again."""


@dataclass(slots=True)
class _Batch:
    """Changes that become durable together, and the callers that wait for that."""

    changed: dict[Instance, None] = field(default_factory=dict)
    purged: dict[str, None] = field(default_factory=dict)
    effects: list[Callable[[], None]] = field(default_factory=list)
    saved: asyncio.Future[None] | None = None

    def __bool__(self) -> bool:
        return bool(self.changed or self.purged or self.is_awaited)

    @property
    def is_awaited(self) -> bool:
        """Whether somebody waits for it, or something happens once it is durable."""
        return bool(self.effects) or self.saved is not None


class Writer:
    """Makes changes durable, batch after batch."""

    def __init__(
        self, store: Store, schedule_turn: Callable[[], None], on_saved: Callable[[list[Instance]], None]
    ) -> None:
        """`schedule_turn` is called when there is something to write. It must lead to a call of `write`.

        `on_saved` gets the instances of each batch once they are on disk, before the callers that wait.
        """
        self._store = store
        self._schedule_turn = schedule_turn
        self._on_saved = on_saved
        self._loop = asyncio.get_running_loop()
        self._next = _Batch()
        self._committing = False
        self._lingering: asyncio.TimerHandle | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="commit")
        self.failure: EngineFailedError | None = None

    @property
    def idle(self) -> bool:
        """Whether everything is on disk, or nothing can be written any more."""
        return self.failure is not None or not (self._next or self._committing)

    def touch(self, instance: Instance) -> None:
        """Write what is unsaved of an instance."""
        self._next.changed[instance] = None
        self._schedule_turn()

    def is_touched(self, instance: Instance) -> bool:
        """Whether an instance has changed since the last batch."""
        return instance in self._next.changed

    def purge(self, id_: str) -> None:
        """Forget an instance."""
        self._next.purged[id_] = None
        self._schedule_turn()

    def keep(self, id_: str) -> None:
        """Do not forget an instance after all: another one has taken its place."""
        self._next.purged.pop(id_, None)

    def is_purged(self, id_: str) -> bool:
        """Whether an instance is about to be forgotten."""
        return id_ in self._next.purged

    def then(self, effect: Callable[[], None]) -> None:
        """Call `effect` when everything up to now is on disk."""
        self._next.effects.append(effect)
        self._schedule_turn()

    async def saved(self) -> None:
        """Return when everything up to now is on disk. Raises EngineFailedError."""
        if self.failure is not None:
            raise self.failure
        if self._next.saved is None:
            self._next.saved = self._loop.create_future()
        self._schedule_turn()
        # Other callers wait for the same future: a caller that gives up must not cancel it for them.
        await asyncio.shield(self._next.saved)

    def write(self) -> None:
        """Commit what was gathered, unless a commit runs: at once where a caller waits, else a little later."""
        if self._committing or self.failure is not None or not self._next:
            return
        if self._next.is_awaited:
            self._commit()
        elif self._lingering is None:
            self._lingering = self._loop.call_later(_LINGER_SECONDS, self._lingered)

    def _lingered(self) -> None:
        self._lingering = None
        # By then it may have been committed with others. A commit that runs takes nothing more.
        if self._next and not self._committing and self.failure is None:
            self._commit()

    def _commit(self) -> None:
        batch, self._next = self._next, _Batch()
        self._committing = True

        def committed(done: Future[None]) -> None:
            self._loop.call_soon_threadsafe(self._committed, batch, done.exception())

        try:
            self._store.write(batch.changed, batch.purged)
        except Exception as error:
            self._committed(batch, error)
            return
        self._thread.submit(self._store.commit).add_done_callback(committed)

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown()

    def _committed(self, batch: _Batch, error: BaseException | None) -> None:
        self._committing = False
        if error is not None:
            self._fail(batch, error)
            return
        self._on_saved(list(batch.changed))
        if batch.saved is not None and not batch.saved.done():
            batch.saved.set_result(None)
        for effect in batch.effects:
            effect()
        if self._next:
            self._schedule_turn()

    def _fail(self, batch: _Batch, error: BaseException) -> None:
        _log.critical("the durable engine stops: its state cannot be written: %s", error, exc_info=error)
        self.failure = EngineFailedError(f"the durable engine's state cannot be written: {error}")
        for waiting in (batch.saved, self._next.saved):
            if waiting is not None and not waiting.done():
                waiting.set_exception(self.failure)
