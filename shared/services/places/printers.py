"""The printers in a location's own network, on which the app prints orders (contract 49, 50)."""

from __future__ import annotations

from shared.api import places as api
from shared.app import App
from shared.documents.places import StoredPrinter
from shared.domain.printing import CLOUD
from shared.domain.roles import Actor
from shared.errors import LOCATION_NOT_FOUND, PRINTER_NOT_FOUND, PRINTER_OF_ANOTHER_KIND, TOO_MANY_OF_THEM, Problem
from shared.ids import is_hex24, new_id, stored_id
from shared.services.trail import writing as trail
from shared.store import locations
from shared.store import printers as rows
from shared.store.mongo.client import Session

REFUSALS = (LOCATION_NOT_FOUND,)
ADD_REFUSALS = (LOCATION_NOT_FOUND, TOO_MANY_OF_THEM)
CHANGE_REFUSALS = (LOCATION_NOT_FOUND, PRINTER_NOT_FOUND, PRINTER_OF_ANOTHER_KIND)

MAX_PRINTERS = 50
_HAS_NO_IP = "Only a printer in the location's own network has an address there."
_NO_ADDRESS = "0.0.0.0"  # noqa: S104 - no address that anything is bound to: what a row without one is shown with


async def listed(app: App, restaurant_id: str, location_id: str) -> list[api.Printer]:
    """A location's printers. No field of a row is empty, and none but these four leaves the database: the existing app
    drops its whole board else. Those in its own network come first: the app prints on the first one called `orders`.
    Raises Problem (REFUSALS)."""
    found = await locations.printers(app.db, restaurant_id, stored_id(location_id))
    if found is None:
        raise Problem(LOCATION_NOT_FOUND)
    return [_shown(one) for one in sorted(found, key=lambda one: one.type in CLOUD) if is_hex24(str(one.id))]


def _shown(one: StoredPrinter) -> api.Printer:
    return api.Printer(id=str(one.id), type=one.type or "lan", ip=one.ip or _NO_ADDRESS, name=one.name or "printer")


async def add(
    app: App, actor: Actor, restaurant_id: str, location_id: str, wanted: api.NewPrinter, *, request_id: str
) -> api.Printer:
    """Add a printer. Raises Problem (ADD_REFUSALS)."""
    here = stored_id(location_id)
    row = {"id": new_id(), "type": "lan", "ip": wanted.ip, "name": wanted.name}

    async def body(session: Session) -> None:
        found = await locations.printers(app.db, restaurant_id, here, session)
        if found is None:
            raise Problem(LOCATION_NOT_FOUND)
        if len(found) >= MAX_PRINTERS:
            raise Problem(TOO_MANY_OF_THEM)
        await locations.add_printer(app.db, restaurant_id, here, row, session)
        await trail.leave(
            app,
            session,
            actor,
            restaurant_id=restaurant_id,
            location_id=here,
            action="printer.added",
            target=("printer", str(row["id"])),
            after={"ip": wanted.ip, "name": wanted.name},
            request_id=request_id,
        )

    await trail.changing(app, restaurant_id, body)
    return api.Printer(id=str(row["id"]), type="lan", ip=wanted.ip, name=wanted.name)


async def change(
    app: App,
    actor: Actor,
    place: tuple[str, str],
    printer_id: str,
    wanted: api.PrinterEdit,
    *,
    request_id: str,
) -> api.Printer:
    """Give a printer another name or address. What else its row holds stays. Raises Problem (CHANGE_REFUSALS)."""
    restaurant_id, here = place[0], (place[0], stored_id(place[1]))
    sent = wanted.model_dump(exclude_none=True)

    async def body(session: Session) -> StoredPrinter:
        found = await locations.printers(app.db, *here, session)
        if found is None:
            raise Problem(LOCATION_NOT_FOUND)
        row = next((one for one in found if str(one.id) == printer_id.lower()), None)
        if row is None:
            raise Problem(PRINTER_NOT_FOUND)
        if wanted.ip is not None and row.type in CLOUD:
            raise Problem(PRINTER_OF_ANOTHER_KIND, _HAS_NO_IP)
        was = row.model_dump(by_alias=True)
        fields = {name: value for name, value in sent.items() if value != was[name]}
        if not fields:
            return row
        await rows.change_row(app.db, *here, row.id, fields=fields, session=session)
        await trail.leave(
            app,
            session,
            actor,
            restaurant_id=restaurant_id,
            location_id=here[1],
            action="printer.changed",
            target=("printer", str(row.id)),
            before={name: was[name] for name in fields},
            after=fields,
            request_id=request_id,
        )
        return row.model_copy(update=fields)

    return _shown(await trail.changing(app, restaurant_id, body))
