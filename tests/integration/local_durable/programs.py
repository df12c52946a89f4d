"""Programs made at random: what an orchestrator does, step by step, and what must come out of it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

Step = tuple[str, Any]
"""What is done: `say`, `flaky` (how often it fails; three attempts), `timer` (milliseconds), `event`, `child` and
`flaky child` (a program), and `all` (steps at the same time)."""
_SIMPLE = ("say", "flaky", "timer", "event", "child", "flaky child")


class FailedError(Exception):
    """A program fails."""


def made(chance: random.Random, depth: int = 2) -> list[Step]:
    """A program; its children go `depth` deep."""
    return [_step(chance, depth, (*_SIMPLE, "all", "all")) for _ in range(chance.randint(1, 4))]


def _step(chance: random.Random, depth: int, kinds: tuple[str, ...]) -> Step:
    kind = chance.choice([kind for kind in kinds if depth > 0 or "child" not in kind])
    match kind:
        case "say":
            return kind, chance.choice("abc")
        case "flaky":
            return kind, chance.choice([0, 1, 2, 9])
        case "timer":
            return kind, chance.choice([0, 100, 1500])
        case "event":
            # Each wait of a program has a name of its own: the SDK tells waits of one name apart by their order alone.
            return kind, f"go-{chance.getrandbits(32):x}"
        case "all":
            return kind, [_step(chance, depth - 1, _SIMPLE) for _ in range(chance.randint(1, 4))]
    return kind, made(chance, depth - 1)


def result(program: list[Step]) -> list[Any]:
    """What the program returns. Raises FailedError."""
    results = []
    for kind, what in program:
        try:
            results.append(_result(kind, what))
        except FailedError:
            if kind == "child":
                raise
            results.append("caught")
    if results[-1] == "caught":
        raise FailedError
    return results


def _result(kind: str, what: Any) -> Any:
    match kind:
        case "say":
            return f"said {what}"
        case "flaky":
            if what > 2:
                raise FailedError
            return "steady"
        case "timer":
            return None
        case "event":
            return what
        case "all":
            return [_result(*step) for step in what]
    return result(what)


def events(program: list[Step]) -> Iterator[str]:
    """The names of the events that this program itself waits for; not its children."""
    for kind, what in program:
        if kind == "event":
            yield what
        elif kind == "all":
            yield from events(what)
