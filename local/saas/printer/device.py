"""One printer as it runs: it asks for a ticket every second, prints it, and says so."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from local.saas.printer.books import Books, Mode, Printer, masked
from local.saas.printer.paper import read
from local.standin.received import Received

log = logging.getLogger("local.printer")

_EVERY_SECONDS = 1.0
_ANSWER_SECONDS = 10.0
_SAYS_TRIES = 3
_SAYS_EVERY_SECONDS = 0.5
_CONDITIONS = {"paper_out": "410 Out of paper", "cover_open": "420 Cover open"}
_EPSON_CODES = {"paper_out": ("EPTR_REC_EMPTY", 0x00080000), "cover_open": ("EPTR_COVER_OPEN", 0x00000020)}
_EPSON_OK = 251658262
_LINE = "application/vnd.star.line"
_EPOS = "{http://www.epson-pos.com/schemas/2011/03/epos-print}"


class _GoneError(Exception):
    """The printer lost power, and all that it had in its memory."""


@dataclass(slots=True)
class Device:
    """A printer that runs until its task is cancelled. `mode` may be set at any time."""

    printer: Printer
    books: Books
    received: Received
    http: httpx.AsyncClient
    mode: Mode = "ok"
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def set(self, mode: Mode) -> None:
        """From now on this is wrong with it."""
        self.mode = mode
        self.changed.set()

    async def run(self) -> None:
        """Ask for ever."""
        ask = self._star if self.printer.kind == "cloudprnt" else self._epson
        while True:
            self.changed.clear()
            more = False
            if self.mode != "stall":
                try:
                    more = await ask()
                except _GoneError:
                    self.mode = "ok"
                except httpx.HTTPError:
                    # The app is down, or says no: it asks again.
                    more = False
                except Exception:
                    log.warning("printer %s did not understand", self.printer.name, exc_info=True)
            if not more:
                await self._pause(_EVERY_SECONDS)

    async def _pause(self, seconds: float) -> None:
        """Wait so long, or until the mode is another."""
        try:
            await asyncio.wait_for(self.changed.wait(), seconds)
        except TimeoutError:
            return

    async def _star(self) -> bool:
        """One round of Star's protocol; whether there was a ticket."""
        code = _CONDITIONS.get(self.mode, "200 OK")
        body = {
            "status": "23 6 0 0 0 0 0 0 0",
            "printerMAC": self.printer.device,
            "statusCode": code.replace(" ", "%20"),
            "printingInProgress": False,
            "clientAction": None,
        }
        said = (await self._send("POST", json=body)).raise_for_status().json()
        if not said.get("jobReady"):
            return False
        token = str(said.get("jobToken", ""))
        named = {"mac": self.printer.device, "token": token}
        kind = _LINE if _LINE in said.get("mediaTypes", []) else "text/plain"
        answer = await self._send("GET", params={**named, "type": kind})
        ok = answer.status_code == 200
        if ok:
            await self._print(token, kind, answer.content)

        async def say() -> None:
            params = {**named, "code": "200 OK" if ok else "520 Download failed"}
            (await self._send("DELETE", params=params)).raise_for_status()

        await self._say(say)
        return True

    async def _epson(self) -> bool:
        """One round of Epson's; whether there was a ticket."""
        # What the app sends to itself here is read by its own tests alone; a real printer trusts its server, too.
        from defusedxml.ElementTree import fromstring

        answer = await self._send("POST", data={"ConnectionType": "GetRequest", "ID": self.printer.device})
        if not answer.raise_for_status().content.strip():
            return False
        root = fromstring(answer.content)
        job = root.findtext("./ePOSPrint/Parameter/printjobid") or ""
        commands = root.findtext(f"./ePOSPrint/PrintData/{_EPOS}epos-print/{_EPOS}command") or ""
        code, status = _EPSON_CODES.get(self.mode, ("", _EPSON_OK))
        if not code:
            await self._print(job, "escpos", bytes.fromhex(commands))

        async def say() -> None:
            data = {"ConnectionType": "SetResponse", "ID": self.printer.device}
            data["ResponseFile"] = _result(job, code, status)
            (await self._send("POST", data=data)).raise_for_status()

        await self._say(say)
        return not code

    async def _print(self, job: str, kind: str, body: bytes) -> None:
        if self.mode == "die_before":
            raise _GoneError
        self.books.printed(self.printer.name, job, read(kind, body))
        await self.books.written()
        if self.mode == "die_after":
            raise _GoneError

    async def _say(self, say: Callable[[], Awaitable[None]]) -> None:
        """Say what became of a ticket, a few times where nobody answers; then it is forgotten."""
        while self.mode == "hold":
            self.changed.clear()
            await self.changed.wait()
        if self.mode == "die_after":
            raise _GoneError
        for _ in range(0 if self.mode == "mute" else _SAYS_TRIES):
            try:
                await say()
            except httpx.HTTPError:
                await asyncio.sleep(_SAYS_EVERY_SECONDS)
            else:
                return

    async def _send(self, method: str, **request: Any) -> httpx.Response:
        call = self.received.add(method, masked(self.printer.address), {}.items())
        call.body = {"printer": self.printer.name, **{key: str(value)[:500] for key, value in request.items()}}
        answer = await self.http.request(method, self.printer.address, timeout=_ANSWER_SECONDS, **request)
        call.answered = answer.status_code
        return answer


def _result(job: str, code: str, status: int) -> str:
    from xml.sax.saxutils import quoteattr

    said = f"success={quoteattr('false' if code else 'true')} code={quoteattr(code)} status={quoteattr(str(status))}"
    return (
        '<?xml version="1.0" encoding="utf-8"?><PrintResponseInfo Version="2.00"><ePOSPrint><Parameter>'
        f"<devid>local_printer</devid><printjobid>{job}</printjobid></Parameter><PrintResponse>"
        f'<response xmlns="http://www.epson-pos.com/schemas/2011/03/epos-print" {said} battery="0"/>'
        "</PrintResponse></ePOSPrint></PrintResponseInfo>"
    )
