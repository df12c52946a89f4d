"""What MongoDB says of the commands that were sent: whole collections that it would read, sorts without a bound."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pymongo import monitoring

from shared.store.mongo.client import Database

_NOT_EXPLAINED = {"insert", "commitTransaction", "abortTransaction", "hello", "ping", "endSessions", "killCursors"}
_EXPLAINED = {"find", "aggregate", "update", "delete", "findAndModify", "count", "distinct"}
_OF_THE_SESSION = {
    "lsid",
    "txnNumber",
    "autocommit",
    "startTransaction",
    "readConcern",
    "writeConcern",
    "maxTimeMS",
}
_SLACK = 20
"""Documents that a query may read beside those that it returns."""


class Captured(monitoring.CommandListener):
    """The commands that went to the server, in order."""

    def __init__(self) -> None:
        self.commands: list[dict[str, Any]] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        # The driver sends the documents of a batch beside the command.
        self.commands.append(dict(event.command))

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Nothing to note."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Nothing to note."""

    def take(self) -> list[dict[str, Any]]:
        """Those since the last call, without what only keeps the connection."""
        taken = [command for command in self.commands if _name(command) not in ("hello", "ping", "endSessions")]
        self.commands.clear()
        return taken


async def faults(db: Database, command: Mapping[str, Any]) -> list[str]:
    """What is wrong with how MongoDB would run a command; nothing for one that only inserts."""
    name = _name(command)
    if name in _NOT_EXPLAINED:
        return []
    if name not in _EXPLAINED:
        return [f"{name} is no command that this test knows how to explain"]
    found = []
    for statement in _statements(name, command):
        plan = await db.command({"explain": statement, "verbosity": "executionStats"})
        found += [f"{fault} ({statement})" for fault in [*_of_plan(plan), *_of_pipeline(statement)]]
    return found


def _name(command: Mapping[str, Any]) -> str:
    return next(iter(command))


def _statements(name: str, command: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    asked = {key: value for key, value in command.items() if key[0] != "$" and key not in _OF_THE_SESSION}
    batch = {"update": "updates", "delete": "deletes"}.get(name)
    if batch is None:
        yield asked
        return
    # The server explains batches of one only.
    for one in asked[batch]:
        yield asked | {batch: [one]}


def _of_plan(plan: Any) -> Iterator[str]:
    if isinstance(plan, list):
        for each in plan:
            yield from _of_plan(each)
        return
    if not isinstance(plan, dict):
        return
    yield from _of_stage(plan)
    for key, value in plan.items():
        # Plans that lost, and the pipeline as it was asked for.
        if key not in ("rejectedPlans", "command", "pipeline"):
            yield from _of_plan(value)
    if "$unionWith" in plan:
        yield from _of_plan(plan["$unionWith"]["pipeline"])


def _of_stage(plan: dict[str, Any]) -> Iterator[str]:
    if plan.get("stage") == "COLLSCAN":
        yield "reads a whole collection"
    if plan.get("stage") == "SORT" and not plan.get("limitAmount"):
        yield "sorts in memory without a bound"
    if "$sort" in plan and not plan["$sort"].get("limit"):
        yield "sorts in memory without a bound"
    if "$lookup" in plan and (plan.get("collectionScans") or plan.get("strategy") in ("NestedLoopJoin", "HashJoin")):
        yield f"joins {plan['$lookup']['from']} by reading the whole of it"
    # A walk along the index of `_id`, for the sake of a sort, is as bad as a scan.
    if "$lookup" in plan and int(plan.get("totalDocsExamined", 0)) > _SLACK * max(1, int(plan.get("nReturned", 1))):
        yield f"reads {plan['totalDocsExamined']} documents of {plan['$lookup']['from']} to join it"
    if "totalDocsExamined" in plan and "nReturned" in plan and "$lookup" not in plan:
        read, returned = int(plan["totalDocsExamined"]), int(plan["nReturned"])
        if read > _SLACK + 2 * returned:
            yield f"reads {read} documents to return {returned}"


def _of_pipeline(statement: Mapping[str, Any]) -> Iterator[str]:
    """What explain does not show: how a join's own steps sort."""
    for step in statement.get("pipeline", ()):
        inner = step.get("$lookup", {}).get("pipeline", ()) if isinstance(step, dict) else ()
        names = [_name(each) for each in inner]
        if "$sort" in names and "$limit" not in names[names.index("$sort") :]:
            yield "sorts what it joins without a bound"
