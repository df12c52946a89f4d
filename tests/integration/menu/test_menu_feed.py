"""A diner who has a menu open hears that it changed, and of nothing else (rules 16)."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect

from shared.app import App
from shared.clock import FixedClock
from shared.services.ordering import previewing, unpaid
from shared.services.upkeep import sweeper
from tests.integration.menu.desk import Desk
from tests.integration.world import World
from tests.patience import PATIENCE_SECONDS


@pytest.fixture
async def desk(app: App, world: World) -> Desk:
    return await Desk.of(app, world)


async def told(desk: Desk) -> None:
    """Let a second pass, and tell whoever is to be told."""
    assert isinstance(desk.app.clock, FixedClock)
    desk.app.clock.advance(seconds=2)
    await sweeper.sweep(desk.app)


async def heard(socket: ClientConnection, many: int) -> list[dict[str, Any]]:
    """So many messages, and what came with them."""
    messages: list[dict[str, Any]] = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(messages) < many:
            frame = orjson.loads(await socket.recv())
            if frame["type"] == "message":
                messages.append(frame["data"])
    return messages


async def test_a_diner_hears_of_a_price_and_of_no_order(desk: Desk) -> None:
    here = {"restaurantId": desk.world.restaurant_id, "locationId": str(desk.world.location_id)}
    stranger = Desk(desk.app, desk.world, {})
    status, opened, _ = await stranger.ask("realtime_negotiate", {"kind": "menu", **here})
    assert (status, opened["groups"]) == (200, [f"menu.{desk.world.location_id}"])
    async with connect(opened["url"], subprotocols=["json.webpubsub.azure.v1"]) as socket:  # type: ignore[list-item]
        await desk.price("soup", 1200, draft=False)
        await told(desk)
        [message] = await heard(socket, 1)
        assert message["event"] == "menu_changed"
        assert message["payload"] == {"locationId": here["locationId"], "menuId": str(desk.world.menu_id)}
        made = await previewing.preview(desk.app, desk.world.request("soup"), request_id="r")
        order_id = (await unpaid.place_without_payment(desk.app, made.preview_order_id, request_id="r")).order_id
        await desk.done_bare("orders_order_status", {"orderId": str(order_id), "orderStatus": "READY_FOR_PICKUP"})
        await desk.published(order_id)
        await desk.price("tea", 650, draft=False)
        await told(desk)
        assert [message["event"] for message in await heard(socket, 1)] == ["menu_changed"]


async def test_a_diner_joins_no_board_by_asking_for_a_menu(desk: Desk) -> None:
    stranger = Desk(desk.app, desk.world, {})
    here = {"restaurantId": desk.world.restaurant_id, "locationId": str(desk.world.location_id)}
    for more in ({"kind": "location"}, {"kind": "station", "stationId": str(desk.world.kitchen_id)}):
        assert (await stranger.ask("realtime_negotiate", {**here, **more}))[0] == 401
    status, refused, _ = await stranger.ask("realtime_negotiate", {"kind": "menu", **here, "groups": ["location.1"]})
    assert (status, refused["detail"][0]["field"]) == (400, "groups")
    _, opened, _ = await stranger.ask("realtime_negotiate", {"kind": "menu", **here})
    async with connect(opened["url"], subprotocols=["json.webpubsub.azure.v1"]) as socket:  # type: ignore[list-item]
        await socket.recv()
        join = {"type": "joinGroup", "group": f"location.{desk.world.location_id}", "ackId": 1}
        await socket.send(orjson.dumps(join).decode())
        answer = orjson.loads(await socket.recv())
        assert (answer["type"], answer["success"], answer["error"]["name"]) == ("ack", False, "Forbidden")


async def test_a_location_of_nobody_has_no_feed(desk: Desk) -> None:
    stranger = Desk(desk.app, desk.world, {})
    for restaurant, location in ((desk.world.restaurant_id, "0" * 24), ("demo-other", str(desk.world.location_id))):
        body = {"kind": "menu", "restaurantId": restaurant, "locationId": location}
        status, refused, _ = await stranger.ask("realtime_negotiate", body)
        assert (status, refused["code"]) == (404, "INVALID_LOCATION")
