"""Who asks: a printer by its address's secret, and by the device that was the first to use it (rules 20).

Whoever shows no secret, or comes from another device, hears that there is nothing: the answer of an address that never
was.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from shared.app import App
from shared.documents.printing import PrinterDoor
from shared.domain.printing import CloudType
from shared.errors import NOT_FOUND, Problem
from shared.ids import stored_id
from shared.services.limits import addresses
from shared.store import printers

REFUSALS = (NOT_FOUND, *addresses.REFUSALS)

SECRET_BYTES = 32


def secret_hash(secret: str) -> str:
    """How a secret is stored. It is random and long, so a plain digest tells nothing of it."""
    return hashlib.sha256(secret.encode()).hexdigest()


async def admit(app: App, printer_id: str, secret: str, address: str | None) -> PrinterDoor:
    """The printer with this id and secret. `address`: the caller's, None where it is unknown. Raises Problem
    (REFUSALS)."""
    found = await printers.behind(app.db, stored_id(printer_id), secret_hash(secret)) if secret else None
    if found is None:
        await addresses.admit_wrong_secret(app, address)
        raise Problem(NOT_FOUND)
    await addresses.admit_printer(app, str(found.id))
    return found


@dataclass(frozen=True, slots=True)
class Asking:
    """A device at a printer's address. `address`: the network's, None where it is unknown."""

    printer_id: str
    secret: str
    address: str | None


async def the(app: App, asking: Asking, kind: CloudType, device: str) -> PrinterDoor:
    """The printer that asks, by its own protocol and from its own device. Raises Problem (REFUSALS)."""
    found = await printers.behind(app.db, stored_id(asking.printer_id), secret_hash(asking.secret))
    if found is None or found.type != kind or not device or found.mac not in ("", device):
        await addresses.admit_wrong_secret(app, asking.address)
        raise Problem(NOT_FOUND)
    return found


def device_name(mac: str) -> str:
    """A device's MAC or id in one spelling; "" where it says none."""
    return "".join(mac.split()).replace("-", ":").lower()[:100]
