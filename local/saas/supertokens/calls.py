"""A call of the core, as the modules that answer them list it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Answer = dict[str, Any]
Act = Callable[[Mapping[str, Any]], Answer]


@dataclass(frozen=True, slots=True)
class Call:
    """`act` answers the query of a GET, or the body of another method. `of_tenant`: also below the tenant's name."""

    method: str
    path: str
    act: Act
    of_tenant: bool = False
