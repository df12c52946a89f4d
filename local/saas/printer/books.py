"""What the printers remember: which there are, and every paper that came out. Kept in a journal."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from typing import Any, Literal, get_args

from local.saas.printer.paper import Paper
from local.standin.books import BooksOnDisk
from local.standin.journal import Journal
from local.standin.received import moment

Kind = Literal["cloudprnt", "epson"]
MAX_PAPERS = 200

Mode = Literal["ok", "stall", "paper_out", "cover_open", "hold", "die_before", "die_after", "mute"]
"""What is wrong with a printer.

ok: nothing. stall: it does not ask. paper_out, cover_open: it says so, and prints nothing. hold: it prints, and says so
only once another mode is set. die_before: it loses power with the ticket in its memory, and comes back. die_after: the
same once it is on paper, before it says so. mute: what it says is lost on the way.
"""

MODES: tuple[Mode, ...] = get_args(Mode)


@dataclass(frozen=True, slots=True)
class Printer:
    """A printer: where it asks, and who it says it is. `device`: its MAC, or an Epson's id."""

    name: str
    kind: Kind
    address: str
    device: str


def masked(address: str) -> str:
    """An address without the printer's secret, which is the part before the last."""
    parts = address.split("/")
    return "/".join([*parts[:-2], "***", parts[-1]]) if len(parts) > 2 else "***"


class Books(BooksOnDisk):
    """The printers, and the newest 200 papers."""

    def __init__(self, journal: Journal) -> None:
        """Read what earlier runs did. Raises JournalError."""
        self.printers: dict[str, Printer] = {}
        self._papers: deque[dict[str, Any]] = deque(maxlen=MAX_PAPERS)
        super().__init__(journal)

    def put(self, printer: Printer) -> None:
        """A printer is set up, or set up anew."""
        self._record(
            {
                "event": "printer",
                "name": printer.name,
                "kind": printer.kind,
                "address": printer.address,
                "device": printer.device,
            }
        )

    def drop(self, name: str) -> None:
        """A printer is thrown away."""
        self._record({"event": "gone", "name": name})

    def printed(self, name: str, job: str, paper: Paper) -> None:
        """A paper came out."""
        self._record({"event": "paper", "name": name, "job": job, "at": time.time(), **paper.describe()})

    def papers(self) -> list[dict[str, Any]]:
        """The newest papers, oldest first."""
        return [{**paper, "at": moment(paper["at"])} for paper in self._papers]

    def _apply(self, event: dict[str, Any]) -> None:
        match event["event"]:
            case "printer":
                made = Printer(event["name"], event["kind"], event["address"], event["device"])
                self.printers[made.name] = made
            case "gone":
                self.printers.pop(event["name"], None)
            case "paper":
                self._papers.append({key: value for key, value in event.items() if key != "event"})
