"""What a person asks for, on the command line or by environment (ORDERBUDDY_LOCAL_...); the command line wins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
DEFAULT_PORT = 7071
DEFAULT_DATA_DIR = ".local"

OFFSETS: Mapping[str, int] = {
    "host": 0,
    "durable": 1,
    "console": 9,
    "webpubsub": 10,
    "saas": 11,
    "mongod": 12,
    "azurite": 13,
}
"""Where each part listens, counted from the base port."""

PARTS = ("mongod", "webpubsub", "saas", "azurite", "durable", "host")
"""The parts that exist, in the order in which they are started."""

_HIGHEST_BASE = 65535 - max(OFFSETS.values())


class UsageError(Exception):
    """What was asked for cannot be; the message says why."""


@dataclass(frozen=True)
class Options:
    """What `up` was asked for."""

    data_dir: Path
    port: int | None = None
    fresh: bool = False
    seed: bool = True
    without: frozenset[str] = frozenset()
    app: Path = PROJECT
    verbose: bool = False
    tied: bool = False
    telemetry: bool = True
    as_json: bool = False
    keep: Path | None = None


def text(environment: Mapping[str, str], name: str) -> str | None:
    """The value of ORDERBUDDY_LOCAL_<name>, or None where it is unset or empty."""
    return environment.get(f"ORDERBUDDY_LOCAL_{name}") or None


def flag(environment: Mapping[str, str], name: str) -> bool:
    """Whether ORDERBUDDY_LOCAL_<name> is switched on. Raises UsageError where it is neither yes nor no."""
    value = (text(environment, name) or "no").lower()
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("0", "false", "no", "off"):
        return False
    raise UsageError(f"ORDERBUDDY_LOCAL_{name} is {value!r}: say yes or no")


def port(value: str | int | None) -> int | None:
    """A base port that leaves room for every part; 0: any that is free. Raises UsageError."""
    if value is None:
        return None
    try:
        number = int(value)
    except ValueError:
        raise UsageError(f"{value!r} is no port") from None
    if not 0 <= number <= _HIGHEST_BASE:
        raise UsageError(f"the base port must lie between 1 and {_HIGHEST_BASE}, or be 0: the parts use those after it")
    return number


def parts(names: list[str]) -> frozenset[str]:
    """The named parts; each name may itself be a list with commas. Raises UsageError for a name that is no part."""
    found = {name.strip() for listed in names for name in listed.split(",") if name.strip()}
    unknown = sorted(found - set(PARTS))
    if unknown:
        raise UsageError(f"no part is called {', '.join(unknown)}: the parts are {', '.join(PARTS)}")
    return frozenset(found)
