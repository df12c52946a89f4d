"""Which printers print an order, and what becomes of a ticket that was sent (rules 20)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from shared.documents.places import KitchenPrinter, StationTags, StoredPrinter
from shared.domain.order_states import ACCEPTED

CloudType = Literal["cloudprnt", "epson"]
When = Literal["created", "accepted"]
Condition = Literal["ok", "paper_out", "cover_open", "error"]

CLOUD: tuple[CloudType, ...] = ("cloudprnt", "epson")
"""Printers that ask us for their tickets: Star's, and Epson's."""

KEPT_FOR = timedelta(days=1)
"""So long a ticket waits to be printed, and so long its printer's list shows it."""

MAX_SENDS = 5
"""So often a ticket is sent that nobody confirms."""

AGAIN_AFTER = timedelta(seconds=30)
"""So long a ticket waits after its printer said that it could not print it."""

SILENT_AFTER = timedelta(minutes=5)
"""A printer that does not print for so long while tickets wait needs a person."""

OPEN_STATES = ("queued", "offered", "sent")


def stations_of(printer: StoredPrinter, stations: Sequence[StationTags]) -> list[str]:
    """The stations whose orders a printer prints; none means all of the location. `stations`: all that there are.

    A station that was deleted counts no more. Of a printer that was for such stations alone nothing may vanish: it
    prints all.
    """
    there = {str(station.id) for station in stations}
    return [each for each in printer.station_ids if each in there]


def that_ask(printers: Sequence[StoredPrinter], stations: Sequence[StationTags]) -> list[KitchenPrinter]:
    """Those of a location's printers that ask us for their tickets. `stations`: all of the location."""
    return [
        KitchenPrinter(id=each.id, station_ids=stations_of(each, stations), when=each.when)
        for each in printers
        if each.type in CLOUD
    ]


def at_creation(printers: Sequence[KitchenPrinter], order: Mapping[str, Any]) -> list[KitchenPrinter]:
    """The printers of an order that is being placed: born accepted, it is printed on those that wait for that, too."""
    accepted = order["status"] == ACCEPTED
    stations = {route["stationId"] for route in order["routing"]}
    return _of_stations((each for each in printers if accepted or each.when != ACCEPTED.lower()), stations)


def at_acceptance(printers: Sequence[KitchenPrinter], stations: Collection[str]) -> list[KitchenPrinter]:
    """The printers of an order that is accepted now. `stations`: the ids of those that hear of it."""
    return _of_stations((each for each in printers if each.when == ACCEPTED.lower()), stations)


def _of_stations(printers: Iterable[KitchenPrinter], stations: Collection[str]) -> list[KitchenPrinter]:
    return [each for each in printers if not each.station_ids or not set(stations).isdisjoint(each.station_ids)]


@dataclass(frozen=True, slots=True)
class Report:
    """What a device says of a ticket that it was sent. `ok`: it is on paper.

    Where not: `began`: some of it may be; `passes`: it will print once somebody has seen to its paper or its cover.
    `said`: its own word.
    """

    ok: bool
    said: str
    began: bool = True
    passes: bool = False


def next_state(report: Report, *, sends: int, doubt: bool, sent: bool, now: datetime) -> dict[str, Any]:
    """The fields of a ticket after a device's report. `sent`: its bytes had gone out. A field of None is removed."""
    if report.ok:
        return {"state": "printed", "printedAt": now, "problem": None, "waitingSince": None, "notBefore": None}
    fields: dict[str, Any] = {"problem": report.said, "sends": sends, "doubt": doubt or (sent and report.began)}
    if sends >= MAX_SENDS and not report.passes:
        return fields | given_up(doubt=bool(fields["doubt"]))
    # A printer without paper must not use up the tries that are for lost answers.
    spared = {"sends": max(0, sends - 1)} if report.passes else {}
    return fields | spared | {"state": "queued", "notBefore": now + AGAIN_AFTER}


def given_up(*, doubt: bool) -> dict[str, Any]:
    """The fields of a ticket that is sent no more."""
    return {"state": "doubtful" if doubt else "failed", "waitingSince": None, "notBefore": None}


def star_condition(code: str) -> Condition:
    """What a Star printer's status code says, such as `200 OK` or `410 Paper out`."""
    number = code.strip()[:3]
    if number.startswith("2") or not code.strip():
        return "ok"
    if number in ("410", "411"):
        return "paper_out"
    return "cover_open" if number == "420" else "error"


_EPSON_PAPER_OUT = 0x00080000
_EPSON_COVER_OPEN = 0x00000020
_EPSON_ERROR = 0x00000400 | 0x00000800 | 0x00002000
"""Mechanical, of the cutter, and unrecoverable."""


def epson_condition(status: int) -> Condition:
    """What the status bits of an Epson printer say."""
    if status & _EPSON_PAPER_OUT:
        return "paper_out"
    if status & _EPSON_COVER_OPEN:
        return "cover_open"
    return "error" if status & _EPSON_ERROR else "ok"


def star_report(code: str) -> Report:
    """What a Star printer's confirmation says of a ticket: `200 OK`, `OK`, or what went wrong."""
    said = code.strip()[:100]
    number = said[:3]
    if number.startswith("2") or said.upper() == "OK":
        return Report(True, said)
    # 5xx: it could not read or fetch what it was sent. 4xx: paper, cover, cutter, perhaps in the middle.
    return Report(False, said, began=not number.startswith("5"), passes=number.startswith("4"))


_EPSON_PASSES = ("EPTR_REC_EMPTY", "EPTR_COVER_OPEN", "EPTR_AUTOMATICAL", "EPTR_CUTTER", "EPTR_MECHANICAL")


def epson_report(success: bool, code: str) -> Report:
    """What an Epson printer's result says of a ticket."""
    said = code.strip()[:100]
    if success:
        return Report(True, said)
    printing = said.startswith("EPTR_") or said in ("EX_TIMEOUT", "")
    return Report(False, said or "not printed", began=printing, passes=said in _EPSON_PASSES)
