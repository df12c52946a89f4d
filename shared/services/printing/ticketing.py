"""The ticket of a job: the order as it is now, on the printer's paper (rules 20)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.app import App
from shared.documents.languages import Language
from shared.documents.orders import Order
from shared.documents.places import Location, StationTags, StoredPrinter
from shared.documents.printing import PrintJob
from shared.domain.printable import CodePage
from shared.domain.printing import stations_of
from shared.domain.routing import shown_at
from shared.domain.tickets import Line, Paper, ticket
from shared.store import orders, places

MAX_COPIES = 5


@dataclass(frozen=True, slots=True)
class Drafted:
    """What a ticket is made of, read once for all tries to send it."""

    order: Order
    location: Location
    stations: Sequence[StationTags]
    printer: StoredPrinter

    def tickets(self, page: CodePage, *, copy: bool) -> tuple[list[list[Line]], int]:
        """The lines of each paper, and how many letters a line has. `copy`: it may have been printed before."""
        paper = Paper(paper_width(self.printer), language(self.printer, self.location), page)
        shown = self._shown()
        many = copies(self.printer)
        return [
            ticket(self.order, self.location.timezone, paper, shown=shown, copy=copy, number=(which, many))
            for which in range(1, many + 1)
        ], paper.letters

    def _shown(self) -> set[str] | None:
        """The ids of the items on it: all, or those of the printer's stations."""
        mine = set(stations_of(self.printer, self.stations))
        if not mine:
            return None
        tags = [tag for station in self.stations if str(station.id) in mine for tag in station.tags]
        return set(shown_at(self.order, self.stations, tags, mine))


async def draft(app: App, job: PrintJob) -> Drafted | None:
    """What the ticket is made of; None where its order, its location or its printer is gone."""
    order = await orders.get(app.db, job.order_id)
    place = await places.location_with_stations(app.db, job.restaurant_id, job.location_id)
    if order is None or place is None:
        return None
    location, stations = place
    printer = next((each for each in location.printers if str(each.id) == str(job.printer_id)), None)
    return None if printer is None else Drafted(order, location, stations, printer)


def copies(printer: StoredPrinter) -> int:
    """How many of each ticket a printer prints."""
    return min(max(1, printer.copies or 1), MAX_COPIES)


def paper_width(printer: StoredPrinter) -> int:
    """The width of a printer's paper, in millimetres."""
    return 58 if printer.paper_width == 58 else 80


def language(printer: StoredPrinter, location: Location) -> Language:
    """The language of the words on a printer's tickets."""
    return next((each for each in ("en", "es", "pt") if each == printer.language), location.staff_language)
