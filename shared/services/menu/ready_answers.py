"""Answers that a process keeps as ready bytes: what many diners read needs no MongoDB, no model and no JSON each time.

No answer is older than a second. After that the first caller reads again, and all who ask meanwhile wait for that read.
Where it finds what was found before, the bytes stay. Only what exists is kept: so unknown ids push nothing out.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from shared.api.ready import Ready, ready
from shared.app import App
from shared.ids import is_hex24
from shared.memory.kept import Kept
from shared.memory.slots import Slot

FRESH_SECONDS = 1.0
MAX_KEPT = 2000
MAX_BYTES = 64 * 1024 * 1024
"""The most memory that all answers of a process may take together, with what they are made from."""

T = TypeVar("T")

_Key = tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """A ready answer, what it is made from, and the moment that it is for (see Resource)."""

    ready: Ready[Any]
    source: Any
    moment: int

    @property
    def weight(self) -> int:
        """About how many bytes it takes in memory."""
        parts = self.source if isinstance(self.source, tuple) else (self.source,)
        source = sum(len(part) for part in parts if isinstance(part, bytes))
        return len(self.ready.plain) + len(self.ready.zipped or b"") + source


ANSWERS: Slot[Kept[_Key, Answer]] = Slot(
    lambda: Kept(
        FRESH_SECONDS,
        most=MAX_KEPT,
        most_bytes=MAX_BYTES,
        weigh=lambda answer: answer.weight,
        keeps=lambda answer: bool(answer.source),
    )
)


def _never(_: App) -> int:
    return 0


class Resource(Generic[T]):
    """One kind of answer; there is one answer for each restaurant id with further ids."""

    def __init__(
        self,
        name: str,
        read: Callable[..., Awaitable[Any]],
        build: Callable[[Any], T],
        *,
        moment: Callable[[App], int] = _never,
    ) -> None:
        """`read(app, *ids)`: gets what the answer is made from. It must be equal while nothing has changed; an empty
        value is not kept. `build`: makes the answer's data of it. `moment(app)`: a number that changes when time alone
        may change the answer. All who wait get what `read` or `build` raises, and nothing of it is kept.
        """
        self._name = name
        self._read = read
        self._build = build
        self._moment = moment

    async def ready(self, app: App, restaurant_id: str, *ids: str) -> Ready[T]:
        """The answer, as it was at most a second ago. Raises what reading it raises."""
        kept = app.memory[ANSWERS]
        moment = self._moment(app)
        key = (self._name, restaurant_id, *ids)
        found = kept.fresh(key)
        if found is None:
            # An ObjectId in other letter case is the same one.
            key = (self._name, restaurant_id, *(text.lower() if is_hex24(text) else text for text in ids))
            found = kept.fresh(key)
        if found is None or found.moment != moment:

            async def renew(before: Answer | None) -> Answer:
                source = await self._read(app, *key[1:])
                if before is not None and before.source == source and source:
                    return Answer(before.ready, source, moment)
                return Answer(ready(self._build(source)), source, moment)

            found = await kept.get(key, renew, holds=lambda answer: answer.moment == moment)
        return found.ready
