"""What the real engine answered: the cases of `answers.json`, each with its requests and answers.

Azure's durable extension 3.19.0 on the Azure Storage provider gave them, through its own HTTP API. What differs by
nature stands there as a placeholder: `<base>`, `<hub>`, `<time>`, `<guid>`, `<hex32>`, `<token>`, `<stack>`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

ANSWERS = Path(__file__).parent / "answers.json"
ENTITIES, CALL_HTTP = "entities", "CallHttp"


@dataclass(frozen=True, slots=True)
class Request:
    """One request below the API's root. `path` is percent-encoded, with its query."""

    method: str
    path: str
    body: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. `body` is the JSON value; a text that is no JSON stands there as it is, and no body as ''."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def state(self) -> str | None:
        """The instance's state, where the body is a status."""
        return self.body.get("runtimeStatus") if isinstance(self.body, dict) else None

    @property
    def events(self) -> list[str] | None:
        """The names of the history's events, where the body has a history."""
        events = self.body.get("historyEvents") if isinstance(self.body, dict) else None
        return None if events is None else [event["EventType"] for event in events]


@dataclass(frozen=True, slots=True)
class Case:
    """A recorded case: requests with their answers, and what else was noted of it."""

    name: str
    steps: Sequence[tuple[Request, Answer]]
    facts: Mapping[str, Any]

    @property
    def group(self) -> str:
        """What it is about: `start`, `event`, `history` ..."""
        return self.name.partition(".")[0]

    @property
    def beyond(self) -> str | None:
        """What the local engine does not have at all, where the case is about that; such cases are not counted."""
        if self.group == "entity" or self.name in {"rpc.entity", "python.entity", "python.entity-fails"}:
            return ENTITIES
        return CALL_HTTP if self.name == "history.call-http" else None


@cache
def recorded() -> Mapping[str, Case]:
    """All recorded cases by name, in the order of the recording."""
    return {case["name"]: _case(case) for case in json.loads(ANSWERS.read_text())}


def _case(case: dict[str, Any]) -> Case:
    return Case(case["name"], [_step(step) for step in case["steps"]], case.get("facts", {}))


def _step(step: dict[str, Any]) -> tuple[Request, Answer]:
    asked, told = step["request"], step["response"]
    request = Request(asked["method"], asked["path"], asked.get("body"), asked.get("headers", {}))
    return request, Answer(told["status"], told.get("headers", {}), told["body"])
