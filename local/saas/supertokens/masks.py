"""What may be seen of a call afterwards: no code, no token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SECRETS = frozenset({"userInputCode", "linkCode", "deviceId", "refreshToken", "accessToken"})


def path(raw: str) -> str:
    """A path; the core's hold no secret."""
    return raw


def body(value: Any) -> Any:
    """A body without its secrets."""
    if isinstance(value, Mapping):
        return {name: "***" if name in _SECRETS and held is not None else body(held) for name, held in value.items()}
    if isinstance(value, list):
        return [body(each) for each in value]
    return value
