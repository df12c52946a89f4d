"""One call of each function of the store: printers that ask for their tickets."""

from __future__ import annotations

from datetime import timedelta

from bson import ObjectId

from shared.documents.printing import PrinterDoor
from shared.store import print_jobs, printers
from tests.integration.store.seeded import NOW, Calls, Seeded, job_row


async def _change(s: Seeded) -> None:
    job = await print_jobs.next_of(s.db, s.printer_id, NOW)
    assert job is not None
    assert await print_jobs.change(s.db, job, {"state": "offered", "notBefore": None})


async def _pages(s: Seeded) -> None:
    first = await print_jobs.page(s.db, s.printer_id, 10, None)
    await print_jobs.page(s.db, s.printer_id, 10, (first[-1].created_at, first[-1].id))


async def _hear(s: Seeded) -> None:
    door = PrinterDoor(id=s.printer_id, address_hash="h")
    await printers.hear(s.db, door, "mac", {"condition": "ok"}, at=NOW)


CALLS: Calls = {
    "printers.insert": lambda s: s.committed(lambda session: printers.insert(s.db, {"_id": ObjectId()}, session)),
    "printers.of_location": lambda s: printers.of_location(s.db, *s.here),
    "printers.get": lambda s: printers.get(s.db, *s.here, s.printer_id),
    "printers.behind": lambda s: printers.behind(s.db, s.printer_id, "hash"),
    "printers.among": lambda s: printers.among(s.db, [s.printer_id, ObjectId()]),
    "printers.hear": _hear,
    "printers.note": lambda s: printers.note(s.db, s.printer_id, {"condition": "ok"}),
    "printers.miss": lambda s: printers.miss(s.db, [s.printer_id], NOW),
    "printers.found_again": lambda s: printers.found_again(s.db, s.printer_id),
    "printers.set_secret": lambda s: s.committed(
        lambda session: printers.set_secret(s.db, s.printer_id, "hash", NOW, session)
    ),
    "printers.delete": lambda s: s.committed(lambda session: printers.delete(s.db, s.printer_id, session)),
    "printers.change_row": lambda s: s.committed(
        lambda session: printers.change_row(s.db, *s.here, s.printer_id, fields={"copies": 2}, session=session)
    ),
    "printers.remove_row": lambda s: s.committed(
        lambda session: printers.remove_row(s.db, *s.here, s.printer_id, session)
    ),
    "print_jobs.insert": lambda s: s.committed(
        lambda session: print_jobs.insert(s.db, [job_row(s.here, s.printer_id, 0)], session)
    ),
    "print_jobs.get": lambda s: print_jobs.get(s.db, s.printer_id, ObjectId()),
    "print_jobs.next_of": lambda s: print_jobs.next_of(s.db, s.printer_id, NOW),
    "print_jobs.change": _change,
    "print_jobs.page": _pages,
    "print_jobs.count_waiting": lambda s: print_jobs.count_waiting(s.db, [s.printer_id], NOW),
    "print_jobs.overdue": lambda s: print_jobs.overdue(s.db, NOW - timedelta(minutes=5), NOW),
    "print_jobs.drop_of": lambda s: s.committed(lambda session: print_jobs.drop_of(s.db, s.printer_id, NOW, session)),
}
