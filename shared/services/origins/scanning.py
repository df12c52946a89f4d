"""Following a scanned code: where it leads, and that it was scanned (rules 18)."""

from __future__ import annotations

import asyncio
import logging
import re
from urllib.parse import quote

from pymongo.errors import PyMongoError

from shared.app import App
from shared.documents.origins import ScannedOrigin
from shared.domain.opening_hours import day_in
from shared.errors import CODE_LEADS_NOWHERE, LINKS_NOT_SET_UP, Problem
from shared.memory.slots import Slot
from shared.services.limits import addresses
from shared.store import origins, scans

REFUSALS = (CODE_LEADS_NOWHERE, LINKS_NOT_SET_UP, *addresses.REFUSALS)

log = logging.getLogger("orderbuddy.codes")

MOST_COUNTING = 200
"""How many scans of a process are being counted at most; more are not counted."""

_CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")

COUNTING: Slot[set[asyncio.Task[None]]] = Slot(set)


async def follow(app: App, code: str, *, address: str | None, counts: bool) -> str:
    """The address that a code leads to. `counts`: somebody scanned it; nobody waits until that is written down.

    A code is looked up in the stored origins. Only one that stands there is ever sent on to the original's short-link
    service, and only where that service made it. Raises Problem (REFUSALS).
    """
    if not _CODE.fullmatch(code):
        raise Problem(CODE_LEADS_NOWHERE)
    _, found = await asyncio.gather(addresses.admit_scan(app, address), origins.scanned(app.db, code))
    if found is None:
        raise Problem(CODE_LEADS_NOWHERE)
    target = _target(app, code, found)
    if counts:
        _count(app, found)
    return target


def _target(app: App, code: str, found: ScannedOrigin) -> str:
    settings = app.settings
    if settings.smart_scan_url is not None and not found.own_code:
        return f"{settings.smart_scan_url}/{code}"
    if settings.menu_endpoint is None:
        raise Problem(LINKS_NOT_SET_UP, "This code cannot be followed yet: MENU_ENDPOINT is not set.")
    return f"{settings.menu_endpoint}/entry/{found.id}?name={quote(found.restaurant_name, safe='')}"


def _count(app: App, found: ScannedOrigin) -> None:
    counting = app.memory[COUNTING]
    if len(counting) >= MOST_COUNTING:
        log.warning("a scan is not counted: too many are being counted")
        return
    task = asyncio.get_running_loop().create_task(_write_down(app, found))
    counting.add(task)
    task.add_done_callback(counting.discard)


async def _write_down(app: App, found: ScannedOrigin) -> None:
    now = app.clock.now()
    try:
        await scans.count_one_more(app.db, found, day_in(found.timezone, now).isoformat(), now)
    except PyMongoError as error:
        log.warning("a scan could not be counted: %s", type(error).__name__)
