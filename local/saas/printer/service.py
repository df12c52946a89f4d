"""The printers of this machine: which there are, what is wrong with each, and what came out of them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from starlette.routing import BaseRoute

from local.saas.printer.books import MODES, Books, Kind, Mode, Printer, masked
from local.standin.faults import FaultMode, Faults
from local.standin.journal import Journal
from local.standin.outward import TO_THIS_MACHINE, Outward
from local.standin.received import Received
from local.standin.switches import Switches

if TYPE_CHECKING:
    from local.saas.printer.device import Device

_KINDS = ("cloudprnt", "epson")
_NAME = re.compile(r"[\w .-]{1,60}")
_MAX_PRINTERS = 20


class Printers:
    """The stand-in on its journal. Printers of earlier runs ask again from the start."""

    def __init__(self, journal: Journal, _stopping: asyncio.Event) -> None:
        """Read what earlier runs did. Raises JournalError."""
        self._books = Books(journal)
        self._received = Received()
        self._outward = Outward()
        self._running: dict[str, tuple[Device, asyncio.Task[None]]] = {}
        self._switches = Switches(
            Faults(),
            self._received,
            modes=(FaultMode.OK,),
            shows={"papers": self._papers, "printers": self._printers},
            does={"printer": self._set_up, "throw-away": self._throw_away, "mode": self._set_mode},
        )
        for printer in self._books.printers.values():
            self._start(printer)

    @property
    def switches(self) -> Switches:
        """`/_local`: printers are set up there, and their papers looked at."""
        return self._switches

    def routes(self) -> Sequence[BaseRoute]:
        """None: nobody calls a printer."""
        return []

    async def close(self) -> None:
        """Switch all printers off, and close the journal."""
        for name in list(self._running):
            await self._stop(name)
        await self._outward.close()
        self._books.close()

    def _start(self, printer: Printer) -> None:
        # Most stacks have no printer, and start sooner without.
        from local.saas.printer.device import Device

        device = Device(printer, self._books, self._received, self._outward.http)
        self._running[printer.name] = device, asyncio.get_running_loop().create_task(device.run())

    async def _stop(self, name: str) -> None:
        _, task = self._running.pop(name)
        task.cancel()
        await asyncio.wait([task])

    async def _papers(self) -> list[dict[str, Any]]:
        """The newest papers, oldest first."""
        return self._books.papers()

    async def _printers(self) -> list[dict[str, Any]]:
        """The printers, and what is wrong with each."""
        return [
            {
                "name": device.printer.name,
                "kind": device.printer.kind,
                "address": masked(device.printer.address),
                "device": device.printer.device,
                "mode": device.mode,
            }
            for device, _ in self._running.values()
        ]

    async def _set_up(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """{"name", "kind", "address", "device"?}: a printer that asks at this address of the app, from now on."""
        name, kind, address = body.get("name"), body.get("kind"), body.get("address")
        device = body.get("device", "00:11:62:0d:6b:2a" if kind == "cloudprnt" else "pass")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise ValueError("give the printer's name: letters, digits, blanks, dots and dashes")
        if kind not in _KINDS:
            raise ValueError(f"kind is one of {', '.join(_KINDS)}")
        if not isinstance(address, str) or not TO_THIS_MACHINE.fullmatch(address):
            raise ValueError("address is the whole address of a printer in an app on this machine")
        if not isinstance(device, str) or not 0 < len(device) <= 60:
            raise ValueError("device is the printer's MAC, or an Epson's id")
        if name not in self._running and len(self._running) >= _MAX_PRINTERS:
            raise ValueError(f"there are {_MAX_PRINTERS} printers already")
        if name in self._running:
            await self._stop(name)
        printer = Printer(name, cast(Kind, kind), address, device)
        self._books.put(printer)
        await self._books.written()
        self._start(printer)
        return {}

    async def _throw_away(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """{"name"}: a printer is there no more."""
        name = self._known(body)
        await self._stop(name)
        self._books.drop(name)
        await self._books.written()
        return {}

    async def _set_mode(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """{"name", "mode"}: what is wrong with a printer from now on; `ok` for nothing."""
        name, mode = self._known(body), body.get("mode")
        if mode not in MODES:
            raise ValueError(f"mode is one of {', '.join(MODES)}")
        self._running[name][0].set(cast(Mode, mode))
        return {}

    def _known(self, body: Mapping[str, Any]) -> str:
        name = body.get("name")
        if not isinstance(name, str) or name not in self._running:
            raise ValueError(f"there is no such printer; there are {', '.join(self._running) or 'none'}")
        return name
