"""What is said of other people's words, and what outside services hear of a trace."""

from __future__ import annotations

import asyncio
import logging
import secrets

from bson import ObjectId
from bson.errors import InvalidId

from shared.integrations.delivery import NotTaken, Threads
from shared.telemetry import traces
from tests.integration.telemetry.collecting import Collector, traced

QUIET = logging.getLogger("orderbuddy.tested")


def test_what_others_say_of_what_went_wrong_does_not_leave(collector: Collector) -> None:
    trace = secrets.token_hex(16)
    with traces.request("GET u/ann%40example.com", {}, caller=traced(trace), platform=None):
        traces.past("insert ann@example.com", {}, 0.1, failed=False)
        try:
            ObjectId("Ann Smith")
        except InvalidId as error:
            QUIET.warning("not read: %s, %r", error, error)
            QUIET.warning("nor read: %(why)s", {"why": error})
            QUIET.warning(error)
        QUIET.warning("not taken: %s", NotTaken("Twilio answered 503"))
    assert [one["body"] for one in collector.records(trace, 4)] == [
        "not read: InvalidId, 'InvalidId'",
        "nor read: InvalidId",
        "InvalidId",
        "not taken: Twilio answered 503",
    ]
    assert {span["name"] for span in collector.spans(trace, 2)} == {"GET u/***", "insert ***"}


def test_a_call_in_a_thread_tells_of_its_trace(collector: Collector) -> None:
    trace = secrets.token_hex(16)
    threads = Threads("Twilio")

    async def call() -> dict[str, str]:
        with traces.request("POST x", {}, caller=traced(trace), platform=None):
            return await threads.run(traces.header)

    header = asyncio.run(call())
    threads.close()
    [sent] = [span for span in collector.spans(trace, 2) if span["name"] == "send Twilio"]
    assert header["traceparent"].split("-")[1:3] == [trace, sent["spanId"]]
