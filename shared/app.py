"""App: what services need, made once per process. A test makes its own, with a database of its own."""

from __future__ import annotations

from dataclasses import dataclass

from shared.clock import Clock
from shared.integrations.engine import Engine
from shared.integrations.live import Live
from shared.settings import Settings
from shared.store.client import Database


@dataclass(frozen=True, slots=True)
class App:
    """The first argument of every service.

    `db` is the one database, `engine` wakes orchestrations, `live` reaches screens through Web PubSub.
    """

    db: Database
    engine: Engine
    live: Live
    clock: Clock
    settings: Settings
