"""Each event and each measure of docs/telemetry.md, brought about and read from the collector (contract 5.9)."""

from __future__ import annotations

import logging
import re
import secrets
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from bson import ObjectId

from local.saas.fcm.vendor import FCM
from local.saas.web_push.vendor import WEB_PUSH
from shared.api.realtime import OrderFeed
from shared.errors import Problem
from shared.services.ordering import previewing, steps, unpaid
from shared.services.ordering.claiming import Asker, claim
from shared.services.orders import feeds
from shared.services.paying import charging, tokens
from shared.services.upkeep import gauges, instances
from shared.settings import Settings
from shared.telemetry import measures, traces
from shared.telemetry.redaction import fingerprint
from tests.integration.crew import Crew
from tests.integration.engines import HUNG, client_of, engine_of
from tests.integration.local_saas.clients import StandIn
from tests.integration.mails.post import Post, mail_settings
from tests.integration.messages.phones import Phones, twilio_settings
from tests.integration.pushes.house import House
from tests.integration.pushes.phones import Pushes
from tests.integration.telemetry.collecting import Collector, switched_off, switched_on, traced
from tests.integration.till import DECLINES, DROPS_AFTER, Till, opened
from tests.integration.world import World
from tests.patience import eventually

PAGE = (Path(__file__).parents[3] / "docs" / "telemetry.md").read_text()


def _named(heading: str) -> set[str]:
    """The names in the first column of the table below a heading of the page."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    firsts = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return {name for first in firsts for name in re.findall(r"`([^`]+)`", first)}


@pytest.fixture
async def till(settings: Settings, gateway: StandIn) -> AsyncIterator[Till]:
    """A till whose restaurant also texts, mails and pushes, all to the stand-ins of one process."""
    base = f"http://127.0.0.1:{gateway.port}"
    pushes = {**FCM.settings(f"{base}/fcm"), **WEB_PUSH.settings(f"{base}/web_push")}
    senders = {
        **twilio_settings(gateway),
        **mail_settings(f"{base}/sendgrid"),
        **{name.lower(): value for name, value in pushes.items()},
    }
    async with opened(settings, gateway, **senders, webhooks_to_this_machine=True) as till:
        yield till


@asynccontextmanager
async def heard(gateway: StandIn) -> AsyncIterator[tuple[Collector, str]]:
    """The collector, and the trace of what happens here. All of it has come there once this is over."""
    collector, trace = Collector(gateway), secrets.token_hex(16)
    assert collector.http.post(f"{collector.url}/_local/forget", json={}).status_code == 200
    level = logging.getLogger("orderbuddy").level
    logging.getLogger("orderbuddy").setLevel(logging.INFO)
    handler = switched_on(collector.url)
    try:
        with traces.request("POST happening", {}, caller=traced(trace), platform=None):
            yield collector, trace
    finally:
        switched_off(handler)
        logging.getLogger("orderbuddy").setLevel(level)


async def paid(till: Till, card: str = "4111111111111111") -> ObjectId:
    key = await till.preview()
    await till.pay(key, till.token(card))
    return key


async def declined(till: Till) -> ObjectId:
    return await paid(till, DECLINES)


async def placed(till: Till, *dishes: str, **world: Any) -> ObjectId:
    """An order without payment, at a location of its own."""
    place = await World(**world).build(till.app)
    return ObjectId(await Crew(till.app, place, {}).order(*dishes))


async def unrouted(till: Till) -> ObjectId:
    return await placed(till, "bread")


async def refused(till: Till) -> ObjectId:
    """Without payment where it is asked for."""
    key = await till.preview()
    with pytest.raises(Problem):
        await unpaid.place_without_payment(till.app, str(key), request_id="r")
    return key


async def not_placed(till: Till) -> ObjectId:
    """A claim of an older release, which does not know its kitchen, at a location that is gone."""
    key = await till.preview()
    await till.claim(key, till.token())
    await charging.take_payment(till.app, key)
    await till.app.db.checkouts.update_one({"_id": key}, {"$unset": {"claim.kitchen": ""}})
    await till.app.db.locations.delete_one({"_id": till.world.location_id})
    with pytest.raises(Problem):
        await steps.run(till.app, "place_order", key)
    return key


async def begun(till: Till) -> ObjectId:
    key = await till.preview()
    await tokens.start(till.app, till.world.restaurant_id, str(key))
    return key


async def followed(till: Till) -> ObjectId:
    key = await till.preview()
    feed = OrderFeed.model_validate({"kind": "order", "orderId": str(key)})
    await feeds.order_feed(till.app, feed)
    return key


async def accepted(till: Till) -> ObjectId:
    crew = await Crew.of(till.app, await World(auto_accepts=False).build(till.app))
    key = await crew.order("soup")
    assert (await crew.move("kitchen", key, "ACCEPTED"))[0] == 200
    return ObjectId(key)


async def texted(till: Till, **fault: Any) -> ObjectId:
    phones = Phones(till.app, await World().build(till.app), till.gateway)
    if fault:
        phones.fault(**fault)
    key = await phones.order()
    await phones.settled(key)
    return key


async def mailed(till: Till, **fault: Any) -> ObjectId:
    http = httpx.Client(trust_env=False, verify=False)
    address = f"ann-{secrets.token_hex(6)}@diner.example"
    url = f"http://127.0.0.1:{till.gateway.port}/sendgrid"
    post = Post(till.app, await World().build(till.app), url, address, http)
    if fault:
        post.breaks(**fault)
    key = await post.order()
    await post.sweep()

    async def ended() -> bool:
        return (await post.duty(key))["state"] not in ("due", "claimed")

    await eventually(ended)
    return key


async def pushed(till: Till, **fault: Any) -> ObjectId:
    house = House(till.app, await World().build(till.app), Pushes.at(f"http://127.0.0.1:{till.gateway.port}"))
    phone = await house.phone()
    if fault:
        house.pushes.breaks(phone, **fault)
    key = await house.order()
    await house.sweep()
    return key


REFUSED = {"mode": "error", "status": 403}
Happens = Callable[[Till], Awaitable[ObjectId]]


@dataclass(frozen=True)
class Told:
    """An event: by what it comes, once, and what it says beside its order."""

    name: str
    happens: Happens
    fields: Mapping[str, Any] = field(default_factory=dict)


SENT = {"about": "created", "state": "sent", "tries": 1}
FAILED = {"about": "created", "state": "given_up", "tries": 1}

EVENTS = (
    Told("new_order_placed", paid, {"orderItemsCount": 1, "orderTotalCents": 1100}),
    Told("create_order_started", paid),
    Told("create_order_success", paid),
    Told("create_order_failed", not_placed, {"error": "Problem"}),
    Told("auto_accept", paid),
    Told("manual_accept", accepted, {"from": "CREATED", "to": "ACCEPTED"}),
    Told("update_order_status", accepted, {"from": "CREATED", "to": "ACCEPTED"}),
    Told("order_routed", paid, {"stations": 1, "unrouted": 0}),
    Told("order_routing_failed", unrouted, {"unrouted": 1}),
    Told("order_joined", followed),
    Told("start-transaction", begun),
    Told("complete-transaction", paid, {"kind": "card"}),
    Told("payment_successful", paid, {"amountCents": 1100}),
    Told("payment_failed", declined, {"state": "declined"}),
    Told("place-order-without-payment", placed),
    Told("order_without_payment", placed),
    Told("order_without_payment_failed", refused, {"error": "PAYMENT_REQUIRED"}),
    Told("sms_sent", texted, SENT),
    Told("sms_failed", lambda till: texted(till, **REFUSED), FAILED),
    Told("notifications_sent", pushed, SENT),
    Told("notifications_failed", lambda till: pushed(till, **REFUSED), FAILED),
    Told("mail_sent", mailed, SENT),
    Told("mail_failed", lambda till: mailed(till, **REFUSED), FAILED),
)


def test_each_event_of_the_page_is_brought_about() -> None:
    assert {told.name for told in EVENTS} == _named("Events")


@pytest.mark.parametrize("told", EVENTS, ids=lambda told: told.name)
async def test_an_event_comes_once_with_its_order(till: Till, gateway: StandIn, told: Told) -> None:
    async with heard(gateway) as (collector, trace):
        key = await told.happens(till)
    records = [one["attributes"] for one in collector.records(trace)]
    [said] = [one for one in records if one.get("event") == told.name]
    assert said["orderId"] == fingerprint(str(key))
    assert {name: said.get(name) for name in told.fields} == told.fields


async def placed_after_seven_seconds(till: Till) -> None:
    key = await till.preview()
    await till.claim(key, till.token())
    till.clock.advance(seconds=7)
    for step in ("take_payment", "place_order"):
        await steps.run(till.app, step, key)


async def waiting(till: Till) -> None:
    """A payment that nobody knows of, a checkout that nobody looks after, a text that waits, and an unpublished row."""
    key = await till.preview()
    await till.claim(key, till.token(DROPS_AFTER))
    await charging.take_payment(till.app, key)
    unknown = await till.states(key)
    assert unknown == ["unknown"]
    order = await texted(till, mode="error", status=503)
    await till.app.db.order_events.update_one({"orderId": order, "seq": 1}, {"$set": {"publishedAt": None}})
    till.clock.advance(minutes=1)
    await gauges.tell(till.app)


async def hung(till: Till) -> None:
    """An order whose instance goes on for more than an hour, in a real engine."""
    with tempfile.TemporaryDirectory() as folder, engine_of(HUNG, Path(folder)) as url:
        app = replace(till.app, engine=client_of(url))
        place = await World().build(app)
        key = (await previewing.preview(app, place.request("soup"), request_id="r")).preview_order_id
        await app.engine.start(key)
        await claim(app, ObjectId(key), Asker("r"))
        await steps.advance(app, ObjectId(key))
        till.clock.advance(hours=2)
        assert (await instances.look(app)).terminated == 1


@dataclass(frozen=True)
class Measured:
    """A measure: by what it comes, with which attributes, and its value; None where that is real time. `many`: how
    many values a histogram has. `placed`: whether it says at which location."""

    name: str
    happens: Callable[[Till], Awaitable[Any]]
    attributes: Mapping[str, Any]
    value: float | None
    many: int | None = None
    placed: bool = False


CARD = {"kind": "card"}

MEASURES = (
    Measured("orderCount", paid, {}, 1, placed=True),
    Measured("orderTotalCents", paid, {}, 1100, many=1, placed=True),
    Measured("orderItemsCount", paid, {}, 1, many=1, placed=True),
    Measured("placementSeconds", placed_after_seven_seconds, CARD, 7, many=1),
    Measured("waitSeconds", paid, {"for": "payment"}, None, many=1),
    Measured("waitSeconds", placed, {"for": "order"}, None, many=1),
    Measured("outsideCalls", placed, {"during": "claim"}, 0, many=1),
    Measured("outsideCalls", paid, {"during": "paid claim"}, 0, many=1),
    Measured("outsideCalls", placed, {"during": "without engine"}, None, many=1),
    Measured("outsideCalls", placed, {"during": "placing"}, 0, many=1),
    Measured("outsideCalls", placed, {"during": "placing together"}, 0, many=1),
    Measured("payments", paid, {"state": "approved", **CARD}, 1),
    Measured("payments", declined, {"state": "declined", **CARD}, 1),
    Measured("terminatedInstances", hung, {}, 1),
    Measured("messages", texted, {"service": "texts", "state": "sent"}, 1),
    Measured("messages", mailed, {"service": "mails", "state": "sent"}, 1),
    Measured("messages", lambda till: pushed(till, **REFUSED), {"service": "pushes", "state": "given_up"}, 1),
    Measured("paymentsByState", waiting, {"state": "unknown"}, 1),
    Measured("paymentsByState", waiting, {"state": "voiding"}, 0),
    Measured("dutiesByState", waiting, {"state": "due"}, 1),
    Measured("overdueCheckouts", waiting, {}, 1),
    Measured("unpublishedRows", waiting, {}, 1),
)


def test_each_measure_of_the_page_is_brought_about() -> None:
    assert {one.name for one in MEASURES} == set(measures.NAMES) == _named("Measures")


@pytest.mark.parametrize("measured", MEASURES, ids=lambda one: "-".join((one.name, *map(str, one.attributes.values()))))
async def test_a_measure_says_what_was_counted(till: Till, gateway: StandIn, measured: Measured) -> None:
    async with heard(gateway) as (collector, _):
        await measured.happens(till)
    place = {"restaurantId": till.world.restaurant_id, "locationId": str(till.world.location_id)}
    attributes = {**measured.attributes, **(place if measured.placed else {})}
    rows = collector.http.get(f"{collector.url}/_local/metrics").json()
    [row] = [one for one in rows if one["name"] == measured.name and one["attributes"] == attributes]
    assert measured.value is None or row["value"] == measured.value
    assert row.get("count") == measured.many
