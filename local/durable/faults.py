"""What the real engine does to a program, as faults: off unless DURABLE_FAULTS names them.

docs/local-engine.md says of each what the real engine does, and why the engine here is kinder without it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields

SETTING = "DURABLE_FAULTS"


class UnknownFaultError(ValueError):
    """The setting names a fault that there is none of; the message says which there are."""


@dataclass(frozen=True, slots=True)
class Faults:
    """Which faults are on.

    `early_timers`: the time left is cut to whole seconds, so a timer fires up to a second early.
    `lost_events`: continue-as-new drops the events that were not handed over.
    `stuck_calls`: a call of an activity or orchestrator that is not defined leaves its instance Running for ever.
    `overwritten_events`: an event goes to the orchestrator at once, so the SDK keeps only the last of one name,
    and gives it to every later wait for that name.
    """

    early_timers: bool = False
    lost_events: bool = False
    stuck_calls: bool = False
    overwritten_events: bool = False

    @staticmethod
    def read(environment: Mapping[str, str] = os.environ) -> Faults:
        """The faults of the setting: names with commas between them, or `all`. Raises UnknownFaultError."""
        known = [field.name for field in fields(Faults)]
        named = [name.strip() for name in environment.get(SETTING, "").split(",") if name.strip()]
        if named == ["all"]:
            named = known
        for name in named:
            if name not in known:
                raise UnknownFaultError(f"{SETTING} names '{name}', but knows {', '.join(known)} and all")
        return Faults(**dict.fromkeys(named, True))
