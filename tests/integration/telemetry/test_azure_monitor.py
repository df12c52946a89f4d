"""Azure Monitor's own package over HTTP to a stand-in of its ingestion: each thing once, and cleaned (contract 5.9)."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from local.supervisor.options import PROJECT
from tests.patience import PATIENCE_SECONDS

CHILD = """
import logging
from shared.integrations import telemetry
from shared.telemetry import events, measures, traces
logging.getLogger("orderbuddy").setLevel(logging.INFO)
telemetry.start_soon()
telemetry.Starting.thread.join()
from opentelemetry import metrics, trace
assert traces.on()
platform = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
with traces.request("GET q/{code}", {"requestId": "r-1"}, caller=None, platform=platform):
    with traces.span("gateway charge", {"orderId": "65f0c0ffee0000000000beef"}, kind="client"):
        events.event("new_order_placed", {"orderId": "65f0c0ffee0000000000beef", "orderTotalCents": 1200})
        logging.getLogger("orderbuddy.x").warning("text to %s refused", "512-555-0123")
    import requests, urllib.request
    try:
        requests.get("http://127.0.0.1:1/secret?token=hidden", timeout=1)
    except requests.RequestException:
        pass
measures.count("orderCount", 1, {"restaurantId": "r1"})
trace.get_tracer_provider().force_flush()
metrics.get_meter_provider().force_flush()
from opentelemetry._logs import get_logger_provider
get_logger_provider().force_flush()
"""


class Ingestion(BaseHTTPRequestHandler):
    """Takes envelopes, as JSON in lines or in a list, packed or not."""

    envelopes: ClassVar[list[dict[str, Any]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        took = json.loads(body) if body.lstrip().startswith(b"[") else [json.loads(one) for one in body.splitlines()]
        self.envelopes.extend(took)
        answer = json.dumps({"itemsReceived": len(took), "itemsAccepted": len(took), "errors": []}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def ingestion() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Ingestion)
    Ingestion.envelopes.clear()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


def test_each_thing_is_sent_once_and_cleaned(ingestion: str) -> None:
    connection = f"InstrumentationKey=00000000-0000-0000-0000-000000000001;IngestionEndpoint={ingestion}/"
    environment = {
        "APPLICATIONINSIGHTS_CONNECTION_STRING": connection,
        "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL": "true",
        "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED": "true",
        "MONGODB_URI": "mongodb://127.0.0.1:1",
        "APP_ENV": "prod",
        "PATH": "/usr/bin:/bin",
    }
    subprocess.run([sys.executable, "-c", CHILD], cwd=PROJECT, env=environment, timeout=PATIENCE_SECONDS, check=True)
    by_type: dict[str, list[dict[str, Any]]] = {}
    for envelope in Ingestion.envelopes:
        by_type.setdefault(envelope["data"]["baseType"], []).append(envelope)
    # The platform's host counts the request: ours is a part of it.
    assert "RequestData" not in by_type
    spans = {one["data"]["baseData"]["name"]: one for one in by_type["RemoteDependencyData"]}
    assert set(spans) == {"GET q/{code}", "gateway charge"}, "no library tells of its own calls"
    assert spans["GET q/{code}"]["tags"]["ai.operation.id"] == "a" * 32
    assert spans["GET q/{code}"]["tags"]["ai.operation.parentId"] == "b" * 16
    [placed] = [one["data"]["baseData"] for one in by_type["EventData"]]
    assert placed["name"] == "new_order_placed" and placed["properties"]["orderTotalCents"] == "1200"
    [said] = [one["data"]["baseData"] for one in by_type["MessageData"]]
    assert said["message"] == "text to *** refused"
    measured = [one["data"]["baseData"]["metrics"][0]["name"] for one in by_type["MetricData"]]
    assert measured.count("orderCount") == 1
    whole = json.dumps(Ingestion.envelopes)
    assert not [secret for secret in ("555-0123", "65f0c0ffee0000000000beef", "hidden") if secret in whole]
