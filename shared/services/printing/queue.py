"""What becomes of a ticket: offered, sent, confirmed, or in doubt (rules 20).

What goes out the first time is the ticket. Whatever goes out again while nobody knows of the first has COPY on it. So a
crash between sending and hearing of it, ours or the printer's, gives one paper more that says so, and never one less.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from bson import ObjectId

from shared.app import App
from shared.documents.printing import PrinterDoor, PrintJob
from shared.domain.printing import MAX_SENDS, OPEN_STATES, Report, given_up, next_state
from shared.ids import object_id
from shared.store import print_jobs, printers
from shared.store.mongo.client import Tries
from shared.store.support import attention_entries

log = logging.getLogger("orderbuddy.printing")

UNKNOWN = "Nobody knows whether this ticket was printed: print it again if it is missing."
NOT_PRINTED = "This ticket could not be printed."
MAX_SKIPPED = 20


async def hear(app: App, door: PrinterDoor, device: str, said: Mapping[str, str]) -> bool:
    """A printer asks: write it down, and what it says of itself. False where it is another device than the first.

    Where its people were told that it does not print, that is over once it says that it can.
    """
    before = await printers.hear(app.db, door, device, said, at=app.clock.now())
    if before is None:
        return False
    if before.missed_at is not None and (said.get("condition") or before.condition or "ok") == "ok":
        await attention_entries.end(app.db, f"printer:{door.id}", app.clock.now())
        await printers.found_again(app.db, door.id)
    return True


async def offer(app: App, door: PrinterDoor) -> PrintJob | None:
    """The ticket that the printer is to fetch now, if any. One that it was sent, and of which it said nothing since, is
    in doubt from now on."""
    for _ in range(MAX_SKIPPED):
        now = app.clock.now()
        job = await print_jobs.next_of(app.db, door.id, now)
        if job is None or (job.not_before is not None and job.not_before > now):
            return None
        if job.state == "offered":
            return job
        if await used_up(app, job):
            continue
        offered = {"state": "offered", "doubt": in_doubt(job)}
        if await print_jobs.change(app.db, job, {**offered, "notBefore": None}):
            return job.model_copy(update=offered)
    return None


async def used_up(app: App, job: PrintJob) -> bool:
    """Whether a ticket was sent as often as it may be, and nobody knows of it: then it is a person's from now on."""
    if job.state != "sent" or job.sends < MAX_SENDS:
        return False
    await _give_up(app, job, given_up(doubt=True))
    return True


async def current(app: App, door: PrinterDoor, token: str) -> PrintJob | None:
    """The ticket that a device means; without a token, the one that it was offered or sent."""
    key = object_id(token)
    if key is not None:
        return await print_jobs.get(app.db, door.id, key)
    job = await print_jobs.next_of(app.db, door.id, app.clock.now())
    return job if job is not None and job.state in ("offered", "sent") else None


def in_doubt(job: PrintJob) -> bool:
    """Whether a ticket that is sent now may have been printed: also where it was sent already, and is fetched again."""
    return job.doubt or job.state == "sent"


async def sending(app: App, job: PrintJob) -> bool:
    """Write down that the ticket's bytes go out now; False where it moved meanwhile."""
    fields = {"state": "sent", "doubt": in_doubt(job), "sends": job.sends + 1, "sentAt": app.clock.now()}
    return await print_jobs.change(app.db, job, fields)


async def confirm(app: App, door: PrinterDoor, job_id: ObjectId, report: Report) -> None:
    """A device says what became of a ticket. Heard again it changes nothing, and a late word still counts."""
    async for _ in Tries():
        job = await print_jobs.get(app.db, door.id, job_id)
        if job is None or job.state == "printed" or (not report.ok and job.state not in ("offered", "sent")):
            return
        # What it could not even fetch counts as a try, too: it must come to an end.
        sends = job.sends if job.state == "sent" else job.sends + 1
        fields = next_state(report, sends=sends, doubt=job.doubt, sent=job.state == "sent", now=app.clock.now())
        if fields["state"] in ("doubtful", "failed"):
            if await _give_up(app, job, fields):
                return
        elif await print_jobs.change(app.db, job, fields):
            if report.ok:
                await _printed_after_all(app, job)
            return
    log.warning("ticket %s: the printer's word could not be written", job_id)


async def unprintable(app: App, job: PrintJob) -> None:
    """Nothing can be made of this ticket, such as that of an order that is gone."""
    await _give_up(app, job, given_up(doubt=job.doubt))


async def _give_up(app: App, job: PrintJob, fields: Mapping[str, Any]) -> bool:
    """End a ticket that is sent no more, and tell the location's people."""
    if not await print_jobs.change(app.db, job, fields):
        return False
    log.warning("ticket %s of printer %s is %s", job.id, job.printer_id, fields["state"])
    await attention_entries.write(
        app.db,
        "ticket",
        job.id,
        restaurant_id=job.restaurant_id,
        location_id=job.location_id,
        reason=f"{job.order_code}: {UNKNOWN if fields['state'] == 'doubtful' else NOT_PRINTED}",
        count=job.sends,
        at=app.clock.now(),
    )
    return True


async def _printed_after_all(app: App, job: PrintJob) -> None:
    if job.state not in OPEN_STATES:
        await attention_entries.end(app.db, f"ticket:{job.id}", app.clock.now())
