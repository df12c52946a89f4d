"""The real SDK over HTTP to the collector's stand-in: what leaves, what is left out, and a collector that is down."""

from __future__ import annotations

import logging
import secrets
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from bson import ObjectId

from shared.app import App
from shared.clock import DatabaseClock
from shared.integrations.otel import pipelines
from shared.services.ordering.traced import in_trace, tell_placed
from shared.settings import Settings
from shared.store.mongo.client import connect
from shared.telemetry import events, measures, traces
from shared.telemetry.redaction import fingerprint
from tests.integration.local_saas.clients import StandIn
from tests.integration.telemetry.collecting import Collector, switched_off, switched_on, traced
from tests.patience import wait_until

ORDER = "65f0c0ffee0000000000beef"
QUIET = logging.getLogger("orderbuddy.tested")


def test_spans_and_records_come_cleaned_with_their_request_and_order(collector: Collector) -> None:
    trace = secrets.token_hex(16)
    with (
        suppress(KeyError),
        traces.request("GET q/{code}", {"requestId": "r-1"}, caller=traced(trace), platform=None),
        traces.span("inner", {"orderId": ORDER, "what": "ann@example.com"}, kind="client"),
    ):
        events.event("new_order_placed", {"orderId": ORDER, "orderTotalCents": 1200})
        try:
            raise ValueError("Ann Smith 512-555-0123")
        except ValueError:
            QUIET.exception("order %s of %s not placed", ORDER, "ann@example.com")
        raise KeyError("Ann Smith")
    inner, outer = sorted(collector.spans(trace, 2), key=lambda span: span["kind"])
    assert (outer["name"], outer["kind"], outer["attributes"]["requestId"]) == ("GET q/{code}", "server", "r-1")
    assert (inner["parentSpanId"], inner["kind"], inner["failed"]) == (outer["spanId"], "client", True)
    assert inner["attributes"] == {"orderId": fingerprint(ORDER), "what": "***", "error.type": "KeyError"}
    placed, failed = collector.records(trace, 2)
    assert placed["event"] == placed["attributes"]["microsoft.custom_event.name"] == "new_order_placed"
    assert placed["attributes"]["orderTotalCents"] == 1200
    assert failed["body"] == f"order {fingerprint(ORDER)} of *** not placed"
    assert failed["attributes"]["requestId"] == "r-1" and failed["attributes"]["orderId"] == fingerprint(ORDER)
    assert failed["attributes"]["exception.type"] == "ValueError" and failed["spanId"] == inner["spanId"]
    assert "Smith" not in str([placed, failed, inner, outer]).replace('raise ValueError("Ann Smith', "")


def test_work_for_a_document_joins_its_trace_and_links_who_asked(collector: Collector) -> None:
    stored, asking = secrets.token_hex(16), secrets.token_hex(16)
    kept = traced(stored)
    with (
        traces.request("POST x", {}, caller=traced(asking), platform=None),
        traces.joined(kept, "change order"),
        traces.joined(kept, "publish"),
    ):
        pass
    joined = {span["name"]: span for span in collector.spans(stored, 3) if span["traceId"] == stored}
    assert joined["change order"]["parentSpanId"] == kept.split("-")[2]
    assert joined["publish"]["parentSpanId"] == joined["change order"]["spanId"]
    assert joined["change order"]["linked"] == [asking] and joined["publish"]["linked"] == []
    [asked] = [span for span in collector.spans(asking) if span["traceId"] == asking]
    assert asked["linked"] == [stored]


@pytest.mark.parametrize(
    "bad", ["", "x", "00-" + "0" * 32 + "-" + "1" * 16 + "-01", "01-" + "a" * 32 + "-1-01", "é" * 55]
)
def test_a_trace_that_is_none_begins_a_new_one(collector: Collector, bad: str) -> None:
    with traces.request("GET x", {}, caller=bad, platform=None), traces.joined(bad, "inner"):
        here = traces.here()
    assert here is not None and len(here) == 55 and here[3:35] != bad[3:35]


def test_what_is_not_sent_is_decided_once_and_kept_in_the_trace(stand_in: StandIn) -> None:
    collector = Collector(stand_in)
    handler = switched_on(collector.url, a_second=2.0)
    try:
        begun = []
        for _ in range(5):
            # A caller's own flag says that it is to be sent; nobody asks it.
            with traces.request("GET rush", {}, caller=traced(secrets.token_hex(16)), platform=None):
                here = traces.here()
                assert here is not None
                begun.append((here, traces.recording()))
        assert [sent for _, sent in begun] == [True, True, False, False, False]
        assert [here.endswith("-01") for here, _ in begun] == [sent for _, sent in begun]
        with traces.request("GET other", {}, caller=None, platform=None):
            assert traces.recording(), "each route has its own share of a second"
        for here, sent in begun:
            with traces.joined(here, "later"):
                assert traces.recording() is sent
        with traces.joined(begun[-1][0], "later"):
            QUIET.info("said in passing")
            QUIET.warning("amiss")
        trace = begun[-1][0].split("-")[1]
        assert [record["body"] for record in collector.records(trace)] == ["amiss"]
    finally:
        switched_off(handler)


def test_within_the_platform_a_request_is_a_part_of_its_span(stand_in: StandIn) -> None:
    collector = Collector(stand_in)
    handler = switched_on(collector.url, within_platform=True)
    try:
        platform, caller = secrets.token_hex(16), secrets.token_hex(16)
        with traces.request("GET x", {}, caller=traced(caller), platform=traced(platform)):
            pass
        [span] = collector.spans(platform)
        assert span["kind"] == "internal"
    finally:
        switched_off(handler)


@pytest.mark.parametrize("fault", [{"mode": "error"}, {"mode": "stall", "seconds": 60}, {"mode": "drop_before"}])
def test_a_collector_that_fails_slows_nobody(collector: Collector, fault: dict[str, Any]) -> None:
    collector.fault(match="/v1/", **fault)
    # Many more than its queue holds, while no batch goes out: what is too much is dropped.
    for _ in range(3 * pipelines.MOST_WAITING):
        with traces.span("dropped"):
            pass
    collector.fault(mode="ok")
    trace = secrets.token_hex(16)
    with traces.request("GET after", {}, caller=traced(trace), platform=None):
        pass
    assert [span["name"] for span in collector.spans(trace)] == ["GET after"]
    kept = collector.http.get(f"{collector.url}/_local/spans").json()
    assert sum(span["name"] == "dropped" for span in kept) < 2 * pipelines.MOST_WAITING
    collector.http.post(f"{collector.url}/_local/forget", json={})


def test_the_end_of_a_process_waits_for_no_collector(tmp_path: Path) -> None:
    import subprocess
    import sys

    from local.supervisor.options import PROJECT

    code = (
        "import socket, time\n"
        "silent = socket.socket(); silent.bind(('127.0.0.1', 0)); silent.listen(50)\n"
        "from shared.integrations.otel import pipelines, spans, patience\n"
        "from shared.integrations.otel.choosing import Choosing\n"
        "made = pipelines.otlp(f'http://127.0.0.1:{silent.getsockname()[1]}', Choosing(1.0, 0))\n"
        "patience.close_quickly()\n"
        "with made.tracer.start_as_current_span('x'): pass\n"
        "made.meter.create_counter('a').add(1)\n"
        "print(time.monotonic(), flush=True)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, timeout=60, check=True
    )
    assert time.monotonic() - float(done.stdout) < 20, done.stderr


def test_measures_have_their_names_and_places(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_METRIC_EXPORT_INTERVAL", "200")
    collector = Collector(stand_in)
    handler = switched_on(collector.url)
    try:
        for _ in range(3):
            measures.count("orderCount", 1, {"restaurantId": "r1"})
        measures.record("placementSeconds", 0.25, {"kind": "card"})
        measures.gauge("unpublishedRows", 7)

        def told() -> dict[str, dict[str, Any]]:
            found = {one["name"]: one for one in collector.http.get(f"{collector.url}/_local/metrics").json()}
            return found if "unpublishedRows" in found else {}

        found = wait_until(told, every=0.1)
        assert (found["orderCount"]["value"], found["orderCount"]["attributes"]) == (3, {"restaurantId": "r1"})
        assert (found["placementSeconds"]["value"], found["placementSeconds"]["count"]) == (0.25, 1)
        assert found["unpublishedRows"]["value"] == 7
        [instance] = {one["instance"] for one in found.values()}
        assert instance, "the SDK says which process it is"
    finally:
        switched_off(handler)


def test_each_process_counts_for_itself(collector: Collector) -> None:
    def of(instance: str, count: int) -> dict[str, Any]:
        told = {"attributes": [{"key": "service.instance.id", "value": {"stringValue": instance}}]}
        metric = {"name": f"count {name}", "sum": {"dataPoints": [{"asInt": str(count)}]}}
        return {"resource": told, "scopeMetrics": [{"metrics": [metric]}]}

    name = secrets.token_hex(8)
    for batch in ([of("first", 3), of("second", 1)], [of("second", 2)]):
        assert collector.http.post(f"{collector.url}/v1/metrics", json={"resourceMetrics": batch}).status_code == 200
    found = collector.http.get(f"{collector.url}/_local/metrics").json()
    values = {one["instance"]: one["value"] for one in found if one["name"] == f"count {name}"}
    assert values == {"first": 3, "second": 2}


def test_the_collector_takes_json_and_refuses_what_it_cannot_read(stand_in: StandIn) -> None:
    collector, trace = Collector(stand_in), secrets.token_hex(16)
    span = {"traceId": trace, "spanId": "a" * 16, "name": "by hand", "startTimeUnixNano": "1", "endTimeUnixNano": "2"}
    body = {"resourceSpans": [{"scopeSpans": [{"scope": {"name": "hand"}, "spans": [span]}]}]}
    answer = collector.http.post(f"{collector.url}/v1/traces", json=body)
    assert (answer.status_code, answer.json()) == (200, {})
    [found] = collector.spans(trace)
    assert (found["name"], found["scope"]) == ("by hand", "hand")
    for content, kind, status in (
        (b"{", "application/json", 400),
        (b"x", "text/plain", 400),
        (b"x" * 9_000_000, "x/y", 413),
    ):
        refused = collector.http.post(f"{collector.url}/v1/logs", content=content, headers={"content-type": kind})
        assert refused.status_code == status
    assert isinstance(collector.http, httpx.Client)


async def test_work_goes_on_though_its_trace_cannot_be_read(collector: Collector) -> None:
    """Telemetry is never in the way of an order: not by its one read, and not by what it makes of an odd document."""
    settings = Settings.read({"MONGODB_URI": "mongodb://127.0.0.1:1/?replicaSet=rs0"})
    db, clock = connect(settings), DatabaseClock()
    app = App.over(db, clock, settings)
    trace = secrets.token_hex(16)
    with traces.request("POST x", {}, caller=traced(trace), platform=None):
        with await in_trace(app, ObjectId(), "step place_order"):
            assert traces.recording()
        odd = {"restaurantId": "r1", "locationId": "l1", "items": None, "totalPriceCents": "12.00"}
        tell_placed(odd, None, clock.now())
    found = {span["name"] for span in collector.spans(trace, 2)}
    assert found == {"POST x", "step place_order"}
    await db.client.close()
