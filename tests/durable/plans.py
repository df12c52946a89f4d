"""How the cases are played that share one hub, all at the same time. Cases without a plan need none.

Their recorded requests name the instances: each has a name of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from tests.durable.deeds import (
    RUNNING,
    SUSPENDED,
    all_of,
    ended,
    in_state,
    once,
    opened,
    raised,
    reached,
    shown,
    started,
    suspended,
    terminated,
    waiting,
)
from tests.durable.driver import Deed, Plan
from tests.durable.host import HUB
from tests.durable.recording import Case

_GIVEN = '{"in":1}'
_STATUSES = once(
    started("Echo", "ss-com", _GIVEN),
    started("Throws", "ss-fai", _GIVEN),
    *(waiting(id_, body=_GIVEN) for id_ in ("ss-run", "ss-ter", "ss-sus")),
    terminated("ss-ter", "why"),
    suspended("ss-sus", "why"),
    reached("ss-com"),
    reached("ss-fai"),
)
_IDS_OF_STATUS = {"running": "ss-run", "terminated": "ss-ter", "suspended": "ss-sus"}


def plan_of(case: Case) -> Plan:
    """How this case is played."""
    if case.name in _PLANS:
        return _PLANS[case.name]
    subject = subject_of(case)
    match case.group:
        case "status":
            return first(_STATUSES)
        case "event":
            return first(waiting(subject))
        case "terminate" | "suspend" | "resume" | "rewind" | "restart":
            kind = case.name.partition(".")[2].partition("-new-id")[0]
            return first(in_state(kind if kind in _STATES else "running", subject))
        case "customstatus":
            return _custom_status(subject, "CustomStatus", _BODIES[case.name.partition(".")[2]])
        case "large" if case.name.startswith("large.input-"):
            return Plan(sent={0: {"body": json.dumps("x" * int(case.name.rpartition("-")[2]))}})
    if case.name.startswith("python.event-"):
        return first(waiting(subject, "py_wait"))
    if case.name.startswith("python.customstatus-"):
        body = _BODIES[case.name.removeprefix("python.customstatus-")]
        return _custom_status(subject, "py_status", json.dumps(body))
    return Plan()


def subject_of(case: Case) -> str:
    """The instance that the first request names."""
    found = re.match(r"/(?:instances|orchestrators/[^/]+)/([^/?]+)", case.steps[0][0].path)
    return found[1] if found else ""


def first(*deeds: Deed, then: Mapping[int, Sequence[Deed]] | None = None, **more: Any) -> Plan:
    """A plan with deeds before the first request, and before the later ones by their numbers."""
    return Plan({0: deeds, **(then or {})}, **more)


def _custom_status(id_: str, name: str, body: str) -> Plan:
    return first(waiting(id_, name, body), then={1: [raised(id_, "1")]})


_STATES = frozenset({"running", "pending", "suspended", "completed", "failed", "terminated", "unknown"})
_BODIES = {
    "null": "null",
    "string": '"s"',
    "number": "5",
    "list": "[1,2]",
    "object": '{"a":1}',
    "empty-string": '""',
    "false": "false",
}


def _slots(id_: str, number: int) -> list[Deed]:
    """The last slot ends first; each end is in the history before the next."""
    return [
        all_of(opened(f"{id_}-{slot}"), shown(id_, "TaskCompleted", number - slot)) for slot in reversed(range(number))
    ]


def _late(id_: str, events: int, name: str = "LateWaitN") -> Deed:
    """An instance that is in its first activity, and will wait for events."""
    return all_of(started(name, id_, str(events)), shown(id_, "TaskScheduled"))


def _with_child(id_: str) -> Deed:
    return all_of(waiting(id_, "SubWait"), reached(f"{id_}-child", RUNNING))


_DIGITS = [str(number) for number in range(10)]
_PLANS = {
    # the same id again
    "start.same-id-pending": first(started("SlowStart", "si-pen", "3000")),
    "start.same-id-suspended": first(waiting("si-sus"), suspended("si-sus")),
    "start.same-id-failed": first(ended("Throws", "si-fai", '"one"')),
    "anystate.same-id-pending": first(in_state("pending", "an-pen")),
    # The id is that of `id.space`, once more.
    "id.percent-20": first(reached("a b")),
    # statuses
    "status.query-hub-connection": first(
        _STATUSES, sent={1: {"path": f"/instances/ss-com?taskHub={HUB.lower()}&connection=Storage"}}
    ),
    # events
    "event.no-body": first(waiting("ev-nobody"), sent={1: {"headers": {"Content-Type": "application/json"}}}),
    "event.to-completed": first(ended("Echo", "ev-com")),
    "event.to-terminated": first(waiting("ev-ter"), terminated("ev-ter")),
    "event.to-suspended": first(waiting("ev-sus"), suspended("ev-sus")),
    "event.to-pending": first(in_state("pending", "ev-pen")),
    "event.buffered-fifo": first(_late("ev-fifo", 5), raised("ev-fifo", *_DIGITS[:5]), opened("ev-fifo")),
    "event.fifo-while-waiting": first(
        _late("ev-fifo2", 10), opened("ev-fifo2"), shown("ev-fifo2", "TaskCompleted"), raised("ev-fifo2", *_DIGITS)
    ),
    "event.twice-in-activity": first(_late("ev-two2", 1), then={2: [opened("ev-two2")]}),
    # control
    "terminate.get": Plan(),
    "terminate.with-sub": first(_with_child("te-sub")),
    "terminate.sub": first(_with_child("te-sub2")),
    "suspend.during-activity": first(
        started("SlowActivity", "su-act", "2000"),
        shown("su-act", "TaskScheduled"),
        then={1: [reached("su-act", SUSPENDED), opened("su-act")]},
    ),
    "suspend.event-then-resume-order": first(
        _late("su-ord", 3),
        opened("su-ord"),
        shown("su-ord", "TaskCompleted"),
        suspended("su-ord"),
        raised("su-ord", *_DIGITS[:3]),
    ),
    "rewind.sub": first(ended("SubThrows", "rw-sub"), anew=[1]),
    "restart.wait": first(in_state("completed", "rs-wait")),
    "restart.with-options": first(in_state("completed", "rs-opt")),
    # histories
    "history.fanout": Plan({1: _slots("hi-fanout", 4)}),
    "history.leaves-activity-later": first(
        started("LeavesActivity", "hi-leaves-activity"),
        shown("hi-leaves-activity", "TaskCompleted"),
        opened("hi-leaves-activity"),
    ),
    "history.wait-two": first(waiting("hi-w2", "WaitTwo")),
    "history.timer-left": first(waiting("hi-tl", "TimerLeft", "5")),
    "history.continue-as-new-event-preserve-false": first(
        started("ContinueWithEvent", "hi-can-false", '{"round":0,"preserve":false}'),
        shown("hi-can-false", "TaskScheduled"),
        then={2: [opened("hi-can-false")]},
    ),
    # Python
    "python.wait-two": first(waiting("py-w2", "py_wait_two"), raised("py-w2", '"one"', '"two"')),
    "python.event-name-case": first(waiting("py-case", "py_wait")),
    "python.continue-as-new-event": first(
        started("py_can_event", "py-can", json.dumps('{"round":0}')),
        shown("py-can", "TaskScheduled"),
        then={1: [opened("py-can")]},
    ),
}
