"""The comparison is not blind: what is the real engine's own answer is the same, and any change of it is seen."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.durable.compare import differences, without_entities
from tests.durable.driver import Played
from tests.durable.placeholders import Placeholders
from tests.durable.recording import Answer, Case, recorded

CASE = "history.sub-with-id"


def _as_ours(case: Case) -> Played:
    """The recorded answers, as an engine without entities would give them."""
    answers = [replace(answer, body=_body(case, answer), headers=_headers(answer)) for _, answer in case.steps]
    facts = {key: without_entities(case.facts[key]) for key in ("purged", "left", "after") if key in case.facts}
    return Played(answers, facts)


def _headers(answer: Answer) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if value}


def _body(case: Case, answer: Answer) -> Any:
    body = copy.deepcopy(answer.body)
    if isinstance(body, list):
        return without_entities(body)
    if isinstance(body, str) and body.endswith("see facts.ids>"):
        return [{"instanceId": id_} for id_ in without_entities(case.facts["ids"][0])]
    if isinstance(body, dict) and "instancesDeleted" in body:
        purged = case.facts.get("purged", [])
        body["instancesDeleted"] -= len(purged) - len(without_entities(purged))
    if isinstance(body, dict) and "<links>" in body:
        body["<links>"] = body["<links>"].replace("<origin>/runtime/webhooks/durabletask", "<base>")
    return body


@pytest.mark.parametrize("name", [name for name, case in recorded().items() if not case.beyond])
def test_what_the_real_engine_says_is_the_same(name: str) -> None:
    case = recorded()[name]
    assert differences(case, _as_ours(case)) == []


def _set(key: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda body: body.update({key: value})


def _event(number: int, change: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], None]:
    return lambda body: change(body["historyEvents"][number])


def _last_first(body: dict[str, Any]) -> None:
    *rest, last = body.items()
    body.clear()
    body.update([last, *rest])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_set("runtimeStatus", "Running"), ["runtimeStatus"]),
        (_set("output", None), ["output"]),
        (_set("input", {"a": "1"}), ["input"]),
        (_set("more", 1), ["keys more"]),
        (lambda body: body.pop("customStatus"), ["keys customStatus"]),
        (_last_first, ["order of keys"]),
        (lambda body: body.pop("historyEvents"), ["keys historyEvents"]),
        (lambda body: body["historyEvents"].pop(), ["history events"]),
        (lambda body: body["historyEvents"].reverse(), ["history events"]),
        (_event(0, lambda event: event.pop("Correlation")), ["history keys Correlation"]),
        (_event(0, _last_first), ["history order of keys"]),
        (_event(1, _set("Result", "other")), ["history Result"]),
        (_event(1, _set("InstanceId", "other")), ["history InstanceId"]),
        (_event(1, _set("Timestamp", "yesterday")), ["history Timestamp"]),
    ],
)
def test_a_change_of_a_status_is_seen(change: Callable[[dict[str, Any]], Any], words: list[str]) -> None:
    case = recorded()[CASE]
    ours = _as_ours(case)
    change(ours.answers[1].body)
    assert differences(case, ours) == words


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("terminate.completed", Answer(202, {}, ""), ["status 410/202"]),
        ("status.running", Answer(202, {"location": "<base>/instances/other", "retry-after": "5"}, {}), ["location"]),
        ("rewind.completed", Answer(412, {}, "another sentence"), ["content-type", "body"]),
        ("list.top-1000", Answer(200, {}, []), ["content-type", "instances listed"]),
        ("restart.running", Answer(202, {}, {"id": "<hex32>", "<links>": "elsewhere"}), ["location", "links"]),
    ],
)
def test_a_change_of_an_answer_is_seen(name: str, answer: Answer, words: list[str]) -> None:
    case = recorded()[name]
    ours = _as_ours(case)
    found = differences(case, Played([answer, *ours.answers[1:]], ours.facts))
    assert set(words) <= set(found)


def test_texts_of_errors_are_the_languages_own() -> None:
    case = recorded()["history.throws"]
    ours = _as_ours(case)
    ours.answers[1].body["output"] = "another text"
    assert differences(case, ours) == []
    ours.answers[1].body["output"] = None
    assert differences(case, ours) == ["output"]


def test_placeholders() -> None:
    put = Placeholders("http://127.0.0.1:7071", "TestHub").value
    base = "http://127.0.0.1:7071/runtime/webhooks/durabletask"
    assert put({"TestHub": f"{base}/x?taskHub=TestHub"}) == {"TestHub": "<base>/x?taskHub=<hub>"}
    assert put("at 2026-11-30T12:00:00.1234567Z") == "at <time>"
    assert put(["0f" * 16, "0f" * 17, "12345678-1234-1234-1234-123456789abc:0"]) == ["<hex32>", "0f" * 17, "<guid>:0"]
    assert put("x" * 1501) == f"<1501 chars: {'x' * 24}...{'x' * 8}>"
