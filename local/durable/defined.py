"""What the app defines, by name: which code an instance runs, and what a call of something else is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import NoReturn

from local.durable.actions import Kind, Step
from local.durable.episode import Orchestrator


class Defined:
    """The orchestrators and activities of one app. Orchestrators are found in any letter case."""

    def __init__(self, orchestrators: Mapping[str, Orchestrator], activities: Sequence[str]) -> None:
        self._orchestrators = orchestrators
        self._by_lower_name = {name.lower(): code for name, code in orchestrators.items()}
        self._activities = activities

    def has_orchestrator(self, name: str) -> bool:
        """Whether there is an orchestrator of that name."""
        return name.lower() in self._by_lower_name

    def orchestrator(self, name: str) -> Orchestrator:
        """The code of that name. Where there is none, it raises what the real engine says then."""
        code = self._orchestrators.get(name) or self._by_lower_name.get(name.lower())
        return code or partial(_unknown, name, sorted(self._orchestrators))

    def lacks(self, steps: Iterable[Step]) -> str | None:
        """Why one of the steps cannot be done; None where all can."""
        for step in steps:
            if step.kind is Kind.ACTIVITY and step.name not in self._activities:
                return f"the app does not define an activity '{step.name}'; it defines {list(self._activities)}"
            if step.kind is Kind.SUB_ORCHESTRATION and not self.has_orchestrator(step.name):
                known = sorted(self._orchestrators)
                return f"the app does not define an orchestrator '{step.name}'; it defines {known}"
        return None


def _unknown(name: str, known: list[str], _context: str) -> NoReturn:
    names = ", ".join(f"'{one}'" for one in known) or "none"
    raise LookupError(
        f"The function '{name}' doesn't exist, is disabled, or is not an orchestrator function."
        f" Additional info: The following are the known orchestrator functions: {names}."
    )
