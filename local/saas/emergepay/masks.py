"""What may be seen of a call afterwards: no token, no card, no key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local.saas.emergepay.cards import masked

_TOKEN_FOLLOWS = frozenset({"checkout", "hosted-fields"})


def path(raw: str) -> str:
    """A path whose token is masked."""
    parts = raw.split("/")
    for at in range(1, len(parts)):
        if parts[at - 1] in _TOKEN_FOLLOWS:
            parts[at] = token(parts[at])
    return "/".join(parts)


def token(text: str) -> str:
    """A token of which the last four characters can be read, so that calls can be told apart."""
    return f"***{text[-4:]}" if len(text) >= 16 else "***"


def body(value: Any) -> Any:
    """A body with the wallet's token and card numbers masked."""
    if isinstance(value, Mapping):
        return {name: _field(name, held) for name, held in value.items()}
    if isinstance(value, list):
        return [body(each) for each in value]
    return value


def _field(name: str, value: Any) -> Any:
    if name == "cardNumber":
        return masked(value) if isinstance(value, str) else "***"
    if name == "transactionToken":
        return token(value) if isinstance(value, str) else "***"
    if name == "token":
        return dict.fromkeys(value, "***") if isinstance(value, Mapping) else "***"
    return body(value)
