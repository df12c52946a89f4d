"""Seeds of what is left to chance: new in each run, and told, so that a run can be repeated."""

from __future__ import annotations

import os
import random
import sys


def given_seed() -> int | None:
    """ORDERBUDDY_SEED, which repeats a run; None where it is not set."""
    text = os.environ.get("ORDERBUDDY_SEED")
    return int(text) if text else None


def new_seed() -> int:
    """A seed for a run that repeats none."""
    return random.SystemRandom().randrange(1_000_000)


def told_seed() -> int:
    """The seed of this run, told to whoever watches."""
    given = given_seed()
    seed = new_seed() if given is None else given
    say(f"ORDERBUDDY_SEED={seed} repeats this run")
    return seed


def say(line: str) -> None:
    """Tell whoever watches."""
    print(line, file=sys.stderr, flush=True)
