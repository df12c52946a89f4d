"""What differs between a recorded case and ours, in a few words.

What is the extension's own is to be the same: status codes, headers, keys and their order, states, inputs, messages of
refusals, and a history's events. Texts of errors belong to the language's worker and SDK: only whether they are there
counts. Entities are not in the local engine: their rows are taken out of what was recorded.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import zip_longest
from typing import Any

from tests.durable.driver import Played
from tests.durable.placeholders import Placeholders
from tests.durable.recording import Answer, Case

_NOWHERE = Placeholders("http://nowhere", "<no hub>")
_ERROR_TEXTS = frozenset({"ExceptionMessage", "ExceptionType", "StackTrace", "Reason", "Details", "FailureDetails"})
_WITH_ERROR = frozenset({"history.activity-caught", "python.fanout-caught", "python.retry-caught", "python.sub-caught"})
"""Cases whose output tells the text of an error."""
_HISTORY = "historyEvents"
_LISTED = "entries: see facts.ids>"
_LOCAL_LISTENER = "rpc"
"""Its answers were the local listener's, which says an empty token where there is none, and tells another origin."""


def differences(case: Case, played: Played) -> list[str]:
    """What differs, each in two or three words; nothing where the case is the same."""
    found: dict[str, None] = {}
    for (_, recorded), ours in zip(case.steps, played.answers, strict=True):
        found.update(dict.fromkeys(_answer(case, recorded, ours)))
    for name in ("purged", "left", "after"):
        if name in case.facts and without_entities(case.facts[name]) != played.facts.get(name):
            found[f"instances {name}"] = None
    return list(found)


def without_entities(rows: Sequence[Any]) -> list[Any]:
    """The rows (statuses, ids, or texts that begin with an id) that are not those of entities."""
    return [row for row in rows if not (row["instanceId"] if isinstance(row, dict) else row).startswith("@")]


def _answer(case: Case, recorded: Answer, ours: Answer) -> Iterator[str]:
    if recorded.status != ours.status:
        yield f"status {recorded.status}/{ours.status}"
        return
    yield from _headers(case, recorded, ours)
    entries = _entries(case, recorded)
    if entries is not None:
        yield from _list(recorded, entries, ours.body)
    elif isinstance(recorded.body, dict):
        yield from _object(case, recorded.body, ours.body)
    elif not _same(recorded.body, ours.body):
        yield "body"


def _headers(case: Case, recorded: Answer, ours: Answer) -> Iterator[str]:
    for name in ("location", "retry-after", "content-type", "x-ms-continuation-token"):
        wanted = recorded.headers.get(name)
        if case.group == _LOCAL_LISTENER:
            wanted = wanted or None
        if wanted != ours.headers.get(name):
            yield name


def _entries(case: Case, recorded: Answer) -> list[Any] | None:
    """What a list held: its statuses, or their ids where the recording has only those."""
    if isinstance(recorded.body, list):
        return recorded.body
    if isinstance(recorded.body, str) and recorded.body.endswith(_LISTED):
        ids: list[Any] = case.facts["ids"][0]
        return ids
    return None


def _list(recorded: Answer, entries: list[Any], ours: Any) -> Iterator[str]:
    if not isinstance(ours, list):
        yield "body"
        return
    wanted = without_entities(entries)
    if recorded.headers.get("x-ms-continuation-token") and wanted != entries:
        # Where an entity took a place on the page, the next instance has it here.
        ours = ours[: len(wanted)]
    ids = [entry["instanceId"] if isinstance(entry, dict) else entry for entry in wanted]
    if ids != [entry["instanceId"] for entry in ours]:
        yield "instances listed"
        return
    for entry, mine in zip(wanted, ours, strict=True):
        if isinstance(entry, dict):
            yield from _status(entry, mine, by_sdk=True)


def _object(case: Case, recorded: Mapping[str, Any], ours: Any) -> Iterator[str]:
    if not isinstance(ours, dict):
        yield "body"
    elif "<links>" in recorded:
        links = recorded["<links>"].replace("<origin>/runtime/webhooks/durabletask", "<base>")
        if ours != {**recorded, "<links>": links}:
            yield "links"
    elif "runtimeStatus" in recorded:
        yield from _status(recorded, ours, with_error=case.name in _WITH_ERROR, by_sdk=case.group != "python")
    elif "instancesDeleted" in recorded:
        purged = case.facts.get("purged", ())
        entities = len(purged) - len(without_entities(purged))
        if ours != {"instancesDeleted": recorded["instancesDeleted"] - entities}:
            yield "number deleted"
    else:
        yield from _fields(recorded, ours, _ERROR_TEXTS)


def _status(
    recorded: Mapping[str, Any], ours: Mapping[str, Any], *, with_error: bool = False, by_sdk: bool = False
) -> Iterator[str]:
    """`with_error`: the output tells an error's text. `by_sdk`: where another C# function gave the input, ours comes
    from the Python SDK, which puts it into other words.
    """
    if by_sdk:
        recorded, ours = _as_read(recorded), _as_read(ours)
    failed = recorded["runtimeStatus"] == "Failed"
    own = {"output"} if failed or with_error else set()
    yield from _fields(recorded, ours, own, _HISTORY)
    events, mine = recorded.get(_HISTORY), ours.get(_HISTORY)
    if events is None or mine is None:
        return
    if [event["EventType"] for event in events] != [event["EventType"] for event in mine]:
        yield "history events"
        return
    own = {"Result"} if failed or with_error else set()
    for event, my in zip(events, mine, strict=True):
        last = event["EventType"] == "ExecutionCompleted"
        for word in _fields(event, my, _ERROR_TEXTS | (own if last else set())):
            yield f"history {word}"


def _as_read(status: Mapping[str, Any]) -> Mapping[str, Any]:
    """The status with values in the place of the texts that a function gave to another, or to its own next run."""
    events = [dict(event) for event in status.get(_HISTORY, ())]
    for event in events:
        kind = event["EventType"]
        if kind == "SubOrchestrationInstanceCreated" or (
            kind == "ExecutionStarted" and event.get("Generation") is None
        ):
            event["Input"] = _read(event.get("Input"))
    read = {**status, _HISTORY: events} if events else dict(status)
    if "parentInstanceId" in status or (events and events[0].get("Generation") is None):
        read["input"] = _read(status.get("input"))
    return read


def _read(value: Any) -> Any:
    try:
        return _read(json.loads(value)) if isinstance(value, str) else value
    except ValueError:
        return value


def _fields(
    recorded: Mapping[str, Any], ours: Mapping[str, Any], texts: Set[str], beside: str | None = None
) -> Iterator[str]:
    """What differs in two objects: keys, their order, and values; of `texts` only their kind, of `beside` nothing."""
    if set(recorded) != set(ours):
        yield f"keys {' '.join(sorted(set(recorded) ^ set(ours)))}"
    elif list(recorded) != list(ours):
        yield "order of keys"
    for key in recorded:
        if key not in ours or key == beside:
            continue
        compared = (_kind(recorded[key]), _kind(ours[key])) if key in texts else (recorded[key], ours[key])
        if not _same(*compared):
            yield key


def _kind(value: Any) -> Any:
    """The shape of a value: how lists are made up, and else only its type."""
    return [_kind(inner) for inner in value] if isinstance(value, list) else type(value).__name__


def _same(recorded: Any, ours: Any) -> bool:
    """Whether values are equal; a recorded text may stand there as it was, without placeholders."""
    if isinstance(recorded, dict) and isinstance(ours, dict):
        return list(recorded) == list(ours) and all(_same(recorded[key], ours[key]) for key in recorded)
    if isinstance(recorded, list) and isinstance(ours, list):
        return len(recorded) == len(ours) and all(_same(one, other) for one, other in zip_longest(recorded, ours))
    if isinstance(recorded, str) and isinstance(ours, str):
        return recorded == ours or _NOWHERE.text(recorded) == ours
    return type(recorded) is type(ours) and recorded == ours
