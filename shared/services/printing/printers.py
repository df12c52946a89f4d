"""Managers add printers that ask for their tickets, change them, and give them addresses (rules 20)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId

from shared.api import printing as api
from shared.app import App
from shared.documents.places import StoredPrinter
from shared.documents.printing import PrinterDoor
from shared.domain.printing import CLOUD, SILENT_AFTER
from shared.domain.roles import Actor
from shared.errors import (
    LOCATION_NOT_FOUND,
    PRINTER_NOT_FOUND,
    PRINTER_OF_ANOTHER_KIND,
    TOO_MANY_OF_THEM,
    Problem,
)
from shared.ids import new_id, stored_id
from shared.services.menu import catalog
from shared.services.printing import doors, ticketing
from shared.services.staff.people import PLACE_REFUSALS, not_of_here
from shared.services.trail import writing as trail
from shared.store import locations, places, print_jobs, printers
from shared.store.mongo.client import Session
from shared.store.support import attention_entries

LIST_REFUSALS = (LOCATION_NOT_FOUND,)
ADD_REFUSALS = (LOCATION_NOT_FOUND, TOO_MANY_OF_THEM, *PLACE_REFUSALS)
REMOVE_REFUSALS = (LOCATION_NOT_FOUND, PRINTER_NOT_FOUND)
REFUSALS = (*REMOVE_REFUSALS, PRINTER_OF_ANOTHER_KIND)
CHANGE_REFUSALS = (*REFUSALS, *PLACE_REFUSALS)

PATH = "/api/v1/printing"
_SHAPES = {"cloudprnt": "cloudprnt", "epson": "epson"}
_FIELDS = {"name": "name", "station_ids": "stationIds", "copies": "copies", "language": "language"} | {
    "paper_width": "paperWidth",
    "when": "when",
}


@dataclass(frozen=True, slots=True)
class At:
    """Where something is changed, and by whom. `here`: the location's id as it is stored."""

    restaurant_id: str
    location_id: str
    actor: Actor
    request_id: str

    @property
    def here(self) -> ObjectId | str:
        """The location's id as MongoDB holds it."""
        return stored_id(self.location_id)


async def listed(app: App, restaurant_id: str, location_id: str) -> list[api.CloudPrinter]:
    """A location's printers that ask for their tickets. Raises Problem (LIST_REFUSALS)."""
    here = stored_id(location_id)
    location = await places.location(app.db, restaurant_id, here)
    if location is None:
        raise Problem(LOCATION_NOT_FOUND)
    known = {str(door.id): door for door in await printers.of_location(app.db, restaurant_id, here)}
    waiting = await print_jobs.count_waiting(app.db, [door.id for door in known.values()], app.clock.now())
    return [
        _shown(row, known[str(row.id)], waiting.get(known[str(row.id)].id, 0), app.clock.now())
        for row in location.printers
        if row.type in CLOUD and str(row.id) in known
    ]


async def add(app: App, at: At, wanted: api.NewCloudPrinter) -> api.PrinterAddress:
    """Add a printer, with the address that it is to ask at. Raises Problem (ADD_REFUSALS)."""
    key, secret, now = new_id(), _secret(), app.clock.now()
    stations = await _stations(app, at, wanted.station_ids)
    row = {
        "id": key,
        "type": wanted.type,
        "ip": "",
        "name": wanted.name,
        "stationIds": stations,
        "copies": wanted.copies,
        "language": wanted.language or "",
        "paperWidth": wanted.paper_width,
        "when": wanted.when,
    }
    door = {
        "_id": key,
        "restaurantId": at.restaurant_id,
        "locationId": at.here,
        "type": wanted.type,
        "addressHash": doors.secret_hash(secret),
        "mac": "",
        "condition": "",
        "said": "",
        "createdAt": now,
    }

    async def body(session: Session) -> None:
        found = await locations.printers(app.db, at.restaurant_id, at.here, session)
        if found is None:
            raise Problem(LOCATION_NOT_FOUND)
        if len(found) >= printers.MAX_OF_LOCATION:
            raise Problem(TOO_MANY_OF_THEM)
        await locations.add_printer(app.db, at.restaurant_id, at.here, row, session)
        await printers.insert(app.db, door, session)
        after = {name: value for name, value in row.items() if name not in ("id", "ip")}
        await _leave(app, session, at, "printer.added", key, after=after)

    await _changed(app, at, body)
    shown = _shown(StoredPrinter.model_validate(row), PrinterDoor.model_validate(door), 0, now)
    return _address(app, shown, secret)


async def change(app: App, at: At, printer_id: str, wanted: api.PrinterChange) -> api.CloudPrinter:
    """Change what a printer prints, and how. Raises Problem (CHANGE_REFUSALS)."""
    sent = {_FIELDS[name]: value for name, value in wanted if value is not None}
    if wanted.station_ids is not None:
        sent["stationIds"] = await _stations(app, at, wanted.station_ids)
    seen: list[tuple[StoredPrinter, PrinterDoor]] = []

    async def body(session: Session) -> None:
        row, door = await _find(app, at, printer_id, session)
        seen[:] = [(row.model_copy(update=_by_field(sent)), door)]
        if not sent:
            return
        await printers.change_row(app.db, at.restaurant_id, at.here, row.id, fields=sent, session=session)
        was = row.model_dump(by_alias=True)
        before = {name: was[name] for name in sent}
        await _leave(app, session, at, "printer.changed", row.id, before=before, after=sent)

    await _changed(app, at, body)
    row, door = seen[0]
    now = app.clock.now()
    waiting = await print_jobs.count_waiting(app.db, [door.id], now)
    return _shown(row, door, waiting.get(door.id, 0), now)


async def remove(app: App, at: At, printer_id: str) -> None:
    """Remove a printer, of whatever kind; what waits for it is dropped. Raises Problem (REMOVE_REFUSALS)."""

    async def body(session: Session) -> None:
        row = await _row(app, at, printer_id, session)
        await printers.remove_row(app.db, at.restaurant_id, at.here, row.id, session)
        if row.type in CLOUD:
            await printers.delete(app.db, row.id, session)
            await print_jobs.drop_of(app.db, row.id, app.clock.now(), session)
            await attention_entries.end(app.db, f"printer:{row.id}", app.clock.now(), session)
        before = {"name": row.name, "type": row.type or "lan", "ip": row.ip}
        await _leave(app, session, at, "printer.removed", row.id, before=before)

    await _changed(app, at, body)


async def give_address(app: App, at: At, printer_id: str) -> api.PrinterAddress:
    """Give a printer a new address: the old one leads nowhere, and any device may be the first to use the new one.

    Raises Problem (REFUSALS).
    """
    secret = _secret()
    row, door = await _set_secret(app, at, printer_id, doors.secret_hash(secret), "printer.address_given")
    now = app.clock.now()
    waiting = await print_jobs.count_waiting(app.db, [door.id], now)
    return _address(app, _shown(row, door, waiting.get(door.id, 0), now), secret)


async def revoke_address(app: App, at: At, printer_id: str) -> None:
    """Take a printer's address away; its tickets go on waiting. Raises Problem (REFUSALS)."""
    await _set_secret(app, at, printer_id, "", "printer.address_revoked")


async def of_location(app: App, restaurant_id: str, location_id: str, printer_id: str) -> StoredPrinter:
    """One of the location's printers that ask for their tickets. Raises Problem (REFUSALS)."""
    location = await places.location(app.db, restaurant_id, stored_id(location_id))
    if location is None:
        raise Problem(LOCATION_NOT_FOUND)
    return _asking(_among(location.printers, printer_id))


async def _set_secret(
    app: App, at: At, printer_id: str, secret_hash: str, action: str
) -> tuple[StoredPrinter, PrinterDoor]:
    seen: list[tuple[StoredPrinter, PrinterDoor]] = []

    async def body(session: Session) -> None:
        row, door = await _find(app, at, printer_id, session)
        seen[:] = [(row, door.model_copy(update={"address_hash": secret_hash, "mac": ""}))]
        await printers.set_secret(app.db, door.id, secret_hash, app.clock.now(), session)
        await _leave(app, session, at, action, row.id, after={"name": row.name})

    await _changed(app, at, body)
    return seen[0]


async def _changed(app: App, at: At, body: Any) -> None:
    await trail.changing(app, at.restaurant_id, body)
    catalog.forget(app, at.restaurant_id, at.here)


async def _leave(
    app: App,
    session: Session,
    at: At,
    action: str,
    printer_id: ObjectId | str,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    await trail.leave(
        app,
        session,
        at.actor,
        restaurant_id=at.restaurant_id,
        location_id=at.here,
        action=action,
        target=("printer", str(printer_id)),
        before=before,
        after=after,
        request_id=at.request_id,
    )


async def _row(app: App, at: At, printer_id: str, session: Session) -> StoredPrinter:
    found = await locations.printers(app.db, at.restaurant_id, at.here, session)
    if found is None:
        raise Problem(LOCATION_NOT_FOUND)
    return _among(found, printer_id)


async def _find(app: App, at: At, printer_id: str, session: Session) -> tuple[StoredPrinter, PrinterDoor]:
    row = _asking(await _row(app, at, printer_id, session))
    door = await printers.get(app.db, at.restaurant_id, at.here, row.id, session)
    if door is None:
        raise Problem(PRINTER_NOT_FOUND)
    return row, door


def _among(rows: list[StoredPrinter], printer_id: str) -> StoredPrinter:
    found = next((row for row in rows if row.id and str(row.id) == printer_id), None)
    if found is None:
        raise Problem(PRINTER_NOT_FOUND)
    return found


def _asking(row: StoredPrinter) -> StoredPrinter:
    if row.type not in CLOUD:
        raise Problem(PRINTER_OF_ANOTHER_KIND)
    return row


async def _stations(app: App, at: At, station_ids: list[str]) -> list[str]:
    """The stations that a body names, as they are stored. Raises Problem INVALID_REQUEST."""
    if not station_ids:
        return []
    found = await places.stations_among(app.db, at.restaurant_id, at.here, station_ids)
    foreign = [n for n, each in enumerate(station_ids) if str(stored_id(each)) not in found]
    if foreign:
        raise not_of_here([f"stationIds.{n}" for n in foreign], "This is no station of the location.")
    return sorted(found)


def _by_field(stored: Mapping[str, Any]) -> dict[str, Any]:
    names = {alias: name for name, alias in _FIELDS.items()}
    return {names[alias]: value for alias, value in stored.items()}


def _secret() -> str:
    return secrets.token_urlsafe(doors.SECRET_BYTES)


def _address(app: App, printer: api.CloudPrinter, secret: str) -> api.PrinterAddress:
    path = f"{PATH}/{printer.id}/{secret}/{_SHAPES[printer.type]}"
    endpoint = app.settings.api_endpoint
    return api.PrinterAddress(printer=printer, path=path, url=endpoint.rstrip("/") + path if endpoint else None)


def _shown(row: StoredPrinter, door: PrinterDoor, waiting: int, now: datetime) -> api.CloudPrinter:
    return api.CloudPrinter(
        id=str(row.id),
        type=row.type,
        name=row.name or "printer",
        station_ids=row.station_ids,
        copies=ticketing.copies(row),
        language=row.language or None,
        paper_width=ticketing.paper_width(row),
        when="accepted" if row.when == "accepted" else "created",
        has_address=bool(door.address_hash),
        device=door.mac,
        state=_state(door, now),
        said=door.said,
        last_poll_at=door.last_poll_at,
        waiting=waiting,
    )


def _state(door: PrinterDoor, now: datetime) -> str:
    if door.last_poll_at is None:
        return "new"
    return "silent" if now - door.last_poll_at > SILENT_AFTER else door.condition or "ok"
