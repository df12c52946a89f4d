"""What printers say and hear, by Star's CloudPRNT and by Epson's Server Direct Print (rules 20)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bson import ObjectId

from shared.api import printing as api
from shared.app import App
from shared.documents.printing import PrinterDoor, PrintJob
from shared.domain.printing import (
    Report,
    epson_condition,
    epson_report,
    star_condition,
    star_report,
)
from shared.errors import NOT_FOUND, UNSUPPORTED_MEDIA_TYPE, Problem
from shared.ids import object_id
from shared.services.printing import doors, drawing, queue, ticketing
from shared.services.printing.doors import Asking
from shared.store import printers

REFUSALS = (NOT_FOUND, *doors.REFUSALS)
FETCH_REFUSALS = (*REFUSALS, UNSUPPORTED_MEDIA_TYPE)

log = logging.getLogger("orderbuddy.printing")

MediaType = Literal["application/vnd.star.starprnt", "application/vnd.star.line", "text/plain"]
MEDIA: tuple[MediaType, ...] = ("application/vnd.star.starprnt", "application/vnd.star.line", "text/plain")
"""What a ticket can be had as, the best first."""

SEND_TRIES = 3

MAX_RESULTS = 10
"""How many results one message of a printer tells: it is sent one ticket at a time."""

Draw = Callable[[ticketing.Drafted, bool], bytes]
"""Makes a ticket's bytes; with COPY on it where the second argument says so."""


@dataclass(frozen=True, slots=True)
class Printout:
    """A ticket's bytes, and what they are."""

    body: bytes
    media_type: MediaType


async def star_poll(app: App, asking: Asking, poll: api.StarPoll) -> api.StarOffer:
    """A Star printer says how it is, and hears whether there is a ticket. Raises Problem (REFUSALS)."""
    door = await _star(app, asking, poll.printer_mac)
    condition = star_condition(_decoded(poll.status_code))
    said = {"condition": condition, "said": _decoded(poll.status_code)[:100]}
    if not await queue.hear(app, door, doors.device_name(poll.printer_mac), said):
        raise Problem(NOT_FOUND)
    waits = poll.printing_in_progress or condition in ("paper_out", "cover_open")
    job = None if waits else await queue.offer(app, door)
    if job is None:
        return api.StarOffer(job_ready=False)
    return api.StarOffer(job_ready=True, media_types=list(MEDIA), job_token=str(job.id))


async def star_fetch(app: App, asking: Asking, mac: str, token: str, media_type: str) -> Printout:
    """A Star printer fetches the ticket that it was told of. Raises Problem (FETCH_REFUSALS)."""
    door = await _star(app, asking, mac)
    wanted = media_type.partition(";")[0].strip().lower() or MEDIA[-1]
    kind = next((each for each in MEDIA if each == wanted), None)
    if kind is None:
        raise Problem(UNSUPPORTED_MEDIA_TYPE)

    def draw(drafted: ticketing.Drafted, copy: bool) -> bytes:
        if kind == "text/plain":
            return drawing.plain(*drafted.tickets("ascii", copy=copy))
        return drawing.star(drafted.tickets("cp1252", copy=copy)[0])

    sent = await _send(app, door, await queue.current(app, door, token), draw)
    if sent is None:
        raise Problem(NOT_FOUND)
    return Printout(sent[1], kind)


async def star_confirm(app: App, asking: Asking, mac: str, token: str, code: str) -> None:
    """A Star printer says what became of a ticket. Raises Problem (REFUSALS)."""
    door = await _star(app, asking, mac)
    job = await queue.current(app, door, token)
    if job is not None:
        await queue.confirm(app, door, job.id, star_report(_decoded(code)))


async def epson_call(app: App, asking: Asking, call: api.EpsonCall) -> bytes:
    """An Epson printer asks for a ticket, or says what became of one. Returns the XML to answer with, b"" for nothing.

    Raises Problem (REFUSALS).
    """
    device = doors.device_name(call.id)
    door = await doors.the(app, asking, "epson", device)
    if call.connection_type == "SetResponse":
        if door.mac != device:
            raise Problem(NOT_FOUND)
        for result in results_of(call.response_file):
            await _epson_result(app, door, result)
        return b""
    if not await queue.hear(app, door, device, {}):
        raise Problem(NOT_FOUND)
    if call.connection_type != "GetRequest":
        return b""

    def draw(drafted: ticketing.Drafted, copy: bool) -> bytes:
        return drawing.escpos(drafted.tickets("cp1252", copy=copy)[0])

    sent = await _send(app, door, await queue.offer(app, door), draw)
    return b"" if sent is None else drawing.epos_document(str(sent[0].id), sent[1])


@dataclass(frozen=True, slots=True)
class Result:
    """What an Epson printer says of one job. `status`: its status bits, None where it says none."""

    job_id: str
    report: Report
    status: int | None


def results_of(text: str) -> list[Result]:
    """The results in a printer's XML; none where it cannot be read, or holds what no printer sends."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        # As a text: whatever encoding its first line names, it is decoded already.
        root = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError):
        log.info("a printer's result could not be read")
        return []
    found = []
    # Only where they stand in a printer's own: looking for them in each other costs the square of the text.
    for job in root.findall("./ePOSPrint")[:MAX_RESULTS]:
        job_id = (job.findtext("./Parameter/printjobid") or "").strip()
        response = job.find("./PrintResponse/{*}response")
        if response is None:
            continue
        success = response.get("success", "").lower() in ("true", "1")
        found.append(Result(job_id, epson_report(success, response.get("code", "")), _number(response.get("status"))))
    return found


async def _epson_result(app: App, door: PrinterDoor, result: Result) -> None:
    if result.status is not None:
        said = {"condition": epson_condition(result.status), "said": result.report.said}
        await printers.note(app.db, door.id, said)
    key: ObjectId | None = object_id(result.job_id)
    if key is not None:
        await queue.confirm(app, door, key, result.report)


async def _send(app: App, door: PrinterDoor, job: PrintJob | None, draw: Draw) -> tuple[PrintJob, bytes] | None:
    """Make the ticket's bytes, then write down that they go out: what fails before was not sent."""
    for _ in range(SEND_TRIES):
        if job is None or job.state not in ("offered", "sent") or await queue.used_up(app, job):
            return None
        drafted = await ticketing.draft(app, job)
        if drafted is None:
            await queue.unprintable(app, job)
            return None
        body = draw(drafted, job.copy_ or queue.in_doubt(job))
        if await queue.sending(app, job):
            return job, body
        job = await queue.current(app, door, str(job.id))
    return None


async def _star(app: App, asking: Asking, mac: str) -> PrinterDoor:
    return await doors.the(app, asking, "cloudprnt", doors.device_name(mac))


def _decoded(code: str) -> str:
    """A status code as Star's printers send it: spaces may be `%20`, also inside JSON."""
    return code.replace("%20", " ").replace("+", " ")


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 12 else None
