"""Devices at a printer's address: what they send, as their makers' firmware does, and what they hear."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import azure.functions as func

from shared.app import App
from shared.web.routes import ROUTES
from tests.integration.crew import Crew
from tests.web_calls import content, request

MAC = "00:11:62:0D:6B:2A"
LINE = "application/vnd.star.line"


@dataclass(frozen=True)
class Made:
    """A printer, and its address."""

    id: str
    path: str

    @property
    def secret(self) -> str:
        return self.path.split("/")[-2]

    def star(self, app: App, mac: str = MAC) -> StarDevice:
        return StarDevice(app, self.id, self.secret, mac)

    def epson(self, app: App, name: str = "pass") -> EpsonDevice:
        return EpsonDevice(app, self.id, self.secret, name)


async def make(crew: Crew, kind: str = "cloudprnt", **more: Any) -> Made:
    """A printer that the manager adds."""
    status, answer = await crew.call(
        "manager", "printers_cloud_add", {"name": "Pass", "type": kind, **more}, **crew.here
    )
    assert status == 201, answer
    made = answer["data"]
    return Made(made["printer"]["id"], made["path"])


async def about(crew: Crew, made: Made) -> dict[str, Any]:
    """How the kitchen sees a printer."""
    _, answer = await crew.call("kitchen", "printers_cloud_listed", **crew.here)
    return next(one for one in answer["data"] if one["id"] == made.id)


async def jobs(crew: Crew, made: Made) -> list[dict[str, Any]]:
    """A printer's tickets, the newest first."""
    status, answer = await crew.call("expo", "printers_jobs_listed", **crew.here, printerId=made.id)
    assert status == 200, answer
    return answer["data"]


@dataclass(frozen=True)
class StarDevice:
    """A printer of Star's make."""

    app: App
    printer_id: str
    secret: str
    mac: str = MAC

    async def poll(self, code: str = "200%20OK", **more: Any) -> tuple[int, dict[str, Any]]:
        body = {"status": "23 6 0 0", "printerMAC": self.mac, "statusCode": code, "clientAction": None, **more}
        answer = await self._call("printing_star_poll", body=body, json="application/json")
        return answer.status_code, content(answer)

    async def fetch(self, token: str | None = None, kind: str = LINE) -> tuple[int, bytes]:
        answer = await self._call("printing_star_fetch", self._named(token) | {"type": kind})
        return answer.status_code, answer.get_body()

    async def confirm(self, token: str | None = None, code: str = "200 OK") -> int:
        return (await self._call("printing_star_confirm", self._named(token) | {"code": code})).status_code

    async def offered(self) -> str:
        """The ticket that it hears of."""
        status, said = await self.poll()
        assert (status, said["jobReady"]) == (200, True)
        return str(said["jobToken"])

    async def prints(self) -> bytes:
        """It is offered a ticket, fetches it, and does not say what became of it."""
        status, paper = await self.fetch(await self.offered())
        assert status == 200
        return paper

    def _named(self, token: str | None) -> dict[str, str]:
        return {"mac": self.mac} | ({} if token is None else {"token": token})

    async def _call(
        self, route: str, query: dict[str, str] | None = None, body: Any = b"", json: str = ""
    ) -> func.HttpResponse:
        path = {"printerId": self.printer_id, "secret": self.secret}
        headers = {"content-type": json} if json else {}
        found = ROUTES.named(route)
        sent = request(found.method, f"/x?{urlencode(query or {})}", body, headers=headers, path=path)
        return await found.handle(sent, app=self.app)


@dataclass(frozen=True)
class EpsonDevice:
    """A printer of Epson's make."""

    app: App
    printer_id: str
    secret: str
    name: str

    async def send(self, **form: str) -> tuple[int, bytes]:
        found = ROUTES.named("printing_epson_call")
        sent = request(
            "POST",
            "/x",
            urlencode({"ID": self.name, **form}).encode(),
            headers={"content-type": "application/x-www-form-urlencoded"},
            path={"printerId": self.printer_id, "secret": self.secret},
        )
        answer = await found.handle(sent, app=self.app)
        return answer.status_code, answer.get_body()

    async def ask(self) -> bytes:
        status, body = await self.send(ConnectionType="GetRequest")
        assert status == 200
        return body

    async def tell(self, job_id: str, *, success: bool, code: str = "", status: int = 251658262) -> int:
        return (await self.send(ConnectionType="SetResponse", ResponseFile=result(job_id, success, code, status)))[0]


def result(job_id: str, success: bool, code: str = "", status: int = 251658262) -> str:
    """The XML in which an Epson printer says what became of a job."""
    return (
        '<?xml version="1.0" encoding="utf-8"?><PrintResponseInfo Version="2.00"><ePOSPrint><Parameter>'
        f"<devid>local_printer</devid><printjobid>{job_id}</printjobid></Parameter><PrintResponse>"
        '<response xmlns="http://www.epson-pos.com/schemas/2011/03/epos-print" '
        f'success="{str(success).lower()}" code="{code}" status="{status}" battery="0"/>'
        "</PrintResponse></ePOSPrint></PrintResponseInfo>"
    )
