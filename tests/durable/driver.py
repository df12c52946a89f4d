"""Playing a case: its recorded requests are sent to a host, with what must come before each of them."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tests.durable.host import DEADLINE_SECONDS, FINAL, HUB, Host, looks
from tests.durable.recording import Answer, Case, Request

Deed = Callable[[Host], Awaitable[None]]
"""Something that is done to a host, and has happened when it returns."""
Facts = Callable[[Host], Awaitable[dict[str, Any]]]
_INSTANCE = re.compile(r"/instances/[^/?]+(\?|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Plan:
    """How a case is played, beside its recorded requests.

    `before`: what is done before the step of that number.
    `sent`: what the recording does not tell of a request, in its place.
    `anew`: steps that read an instance which had ended and went on: its first end is not looked at.
    `facts`: what is noted at the end.
    """

    before: Mapping[int, Sequence[Deed]] = field(default_factory=dict)
    sent: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    anew: Collection[int] = ()
    facts: Facts | None = None


@dataclass(frozen=True, slots=True)
class Played:
    """What a host answered to a case."""

    answers: Sequence[Answer]
    facts: Mapping[str, Any]


async def play(host: Host, case: Case, plan: Plan, patience: float = DEADLINE_SECONDS) -> Played:
    """Send the case's requests. `patience`: how long, in seconds, a recorded state is waited for that does not come."""
    answers = []
    made_up = ""
    for number, (asked, recorded) in enumerate(case.steps):
        for deed in plan.before.get(number, ()):
            await deed(host)
        request = _filled(replace(asked, **plan.sent.get(number, {})), made_up)
        if request.method == "GET" and _INSTANCE.match(request.path) and recorded.state not in {None, "Pending"}:
            answer = await _settled(host, request, recorded, patience, final=number not in plan.anew)
        else:
            answer = await host.send(request)
        if isinstance(answer.body, dict):
            made_up = answer.body.get("id", made_up)
        answers.append(host.placeholders.answer(answer))
    facts = await plan.facts(host) if plan.facts else {}
    return Played(answers, host.placeholders.value(facts))


def _filled(request: Request, made_up: str) -> Request:
    """The request with what its placeholders stand for."""
    return replace(request, path=request.path.replace("<hex32>", made_up).replace("<hub>", HUB))


async def _settled(host: Host, request: Request, recorded: Answer, patience: float, *, final: bool) -> Answer:
    """The answer once it has the recorded state and events, or once the instance has ended (`final`)."""
    async for _ in looks(patience):
        answer = await host.send(request)
        if (answer.state, answer.events) == (recorded.state, recorded.events) and _shows_same(answer, recorded):
            break
        if answer.state in FINAL and final:
            break
    return answer


def _shows_same(answer: Answer, recorded: Answer) -> bool:
    return bool(answer.body.get("customStatus") == recorded.body["customStatus"])
