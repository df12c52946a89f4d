"""Examples of printers that ask for their tickets, and of what they say and hear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.api import printing
from shared.api.examples.names import JOB_ID, MAC, ORDER_ID, PRINTER_ID, PRINTER_SECRET, STATION_ID

_PRINTER = {
    "id": PRINTER_ID,
    "type": "cloudprnt",
    "name": "Pass",
    "stationIds": [],
    "copies": 1,
    "language": None,
    "paperWidth": 80,
    "when": "created",
    "hasAddress": True,
    "device": MAC,
    "state": "ok",
    "said": "200 OK",
    "lastPollAt": "2026-05-04T17:59:58.000Z",
    "waiting": 0,
}
_NEW = _PRINTER | {"device": "", "state": "new", "said": "", "lastPollAt": None}
_PATH = f"/api/v1/printing/{PRINTER_ID}/{PRINTER_SECRET}/cloudprnt"
_JOB = {
    "id": JOB_ID,
    "orderId": ORDER_ID,
    "orderCode": "K7P",
    "state": "printed",
    "copy": False,
    "tries": 1,
    "problem": "",
    "createdAt": "2026-05-04T18:00:00.000Z",
    "printedAt": "2026-05-04T18:00:04.000Z",
}

EXAMPLES: Mapping[Any, Mapping[str, Any]] = {
    printing.NewCloudPrinter: {
        "whole location": {"name": "Pass", "type": "cloudprnt"},
        "one station": {
            "name": "Grill",
            "type": "epson",
            "stationIds": [STATION_ID],
            "copies": 2,
            "language": "es",
            "paperWidth": 58,
            "when": "accepted",
        },
    },
    printing.PrinterChange: {"two copies": {"copies": 2}},
    printing.CloudPrinter: {
        "prints": _PRINTER,
        "out of paper": _PRINTER | {"state": "paper_out", "said": "410 Out of paper", "waiting": 3},
    },
    printing.PrinterAddress: {"new": {"printer": _NEW, "path": _PATH, "url": f"https://api.example.com{_PATH}"}},
    printing.PrintJob: {
        "printed": _JOB,
        "waits": _JOB | {"state": "queued", "copy": True, "tries": 0, "printedAt": None},
    },
    printing.PrintAgain: {"order": {"orderId": ORDER_ID}},
    printing.StarPoll: {"idle": {"printerMAC": MAC, "statusCode": "200%20OK", "printingInProgress": False}},
    printing.StarOffer: {
        "ticket": {
            "jobReady": True,
            "mediaTypes": ["application/vnd.star.starprnt", "application/vnd.star.line", "text/plain"],
            "jobToken": JOB_ID,
        },
        "nothing": {"jobReady": False},
    },
    printing.Heard: {"heard": {"heard": True}},
    printing.EpsonCall: {"asks": {"ConnectionType": "GetRequest", "ID": "pass"}},
}
