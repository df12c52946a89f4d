"""Each command to MongoDB as a span: its name, its collection and how long it took; never a document."""

from __future__ import annotations

from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from shared.telemetry import traces

_MOST_RUNNING = 1000
_PASSED_OVER = frozenset({"hello", "ping", "endSessions", "killCursors"})
"""The driver's own."""


class CommandSpans(CommandListener):
    """Listens to the driver."""

    def __init__(self) -> None:
        self._collections: dict[int, str] = {}

    def started(self, event: CommandStartedEvent) -> None:
        """Remember the collection: the end does not name it."""
        if event.command_name in _PASSED_OVER or not traces.recording():
            return
        if len(self._collections) < _MOST_RUNNING:
            name = event.command.get("collection" if event.command_name == "getMore" else event.command_name)
            self._collections[event.request_id] = name if isinstance(name, str) else ""

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Tell of it."""
        self._tell(event, failed=False)

    def failed(self, event: CommandFailedEvent) -> None:
        """Tell of it."""
        self._tell(event, failed=True)

    def _tell(self, event: CommandSucceededEvent | CommandFailedEvent, *, failed: bool) -> None:
        collection = self._collections.pop(event.request_id, None)
        if collection is None:
            return
        told = {"db.system.name": "mongodb", "db.operation.name": event.command_name}
        if collection:
            told["db.collection.name"] = collection
        traces.past(f"{event.command_name} {collection}".strip(), told, event.duration_micros / 1e6, failed=failed)
