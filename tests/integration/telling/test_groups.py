"""What groups are told: by as few calls as the service allows, and each group the same as before (rules 6)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import aiohttp
import pytest
from bson import ObjectId

from shared.api.base import iso
from shared.app import App
from shared.documents.orders import OrderEvent
from shared.domain.announcements import announce, location_group, order_group, station_group
from tests.integration.crew import Crew
from tests.integration.local_webpubsub.clients import JSON, Connector, Raw
from tests.integration.world import World
from tests.patience import eventually


@pytest.fixture
async def crew(app: App, world: World) -> Crew:
    app.clock.moment = max(app.clock.now(), datetime.now(UTC))  # type: ignore[attr-defined]
    return await Crew.of(app, world)


@pytest.fixture
async def sockets() -> AsyncIterator[Connector]:
    async with aiohttp.ClientSession() as session:
        yield Connector(session)


async def listening(crew: Crew, sockets: Connector, *groups: str) -> Raw:
    access = await crew.app.live.access(groups, now=crew.app.clock.now())
    return await sockets.open(access.url, JSON)


def service(crew: Crew) -> str:
    """Where the stand-in of the live service answers."""
    assert crew.app.settings.web_pubsub_connection_string is not None
    text = crew.app.settings.web_pubsub_connection_string.get_secret_value()
    return text.partition("Endpoint=")[2].partition(";")[0]


async def calls_about(crew: Crew, word: str) -> list[str]:
    """The addresses of the sends, as the service received them, whose message holds the word."""
    async with aiohttp.ClientSession() as session, session.get(f"{service(crew)}/_local/received") as answer:
        received = await answer.json()
    return [unquote(one["path"]) for one in received if ":send" in one["path"] and word in json.dumps(one["body"])]


async def test_an_order_for_two_stations_takes_four_calls_and_not_ten(crew: Crew, sockets: Connector) -> None:
    world = crew.world
    board = await listening(crew, sockets, location_group(world.location_id))
    stations = [await listening(crew, sockets, station_group(key)) for key in (world.kitchen_id, world.bar_id)]
    both = await listening(crew, sockets, station_group(world.bar_id), location_group(world.location_id))
    order_id = await crew.order("soup", "tea")
    rows = [OrderEvent.model_validate(row) for row in await crew.rows(order_id)]
    messages = [message for row in rows for message in announce(row)]
    assert len(messages) == 10
    for socket, group in (
        (board, location_group(world.location_id)),
        *zip(stations, (station_group(world.kitchen_id), station_group(world.bar_id)), strict=True),
    ):
        told = [message.data() for message in messages if message.group == group]
        assert [(await socket.frame())["data"] for _ in told] == told
    once = [(await both.frame())["data"]["event"] for _ in range(3)]
    assert once == ["order_received", "order_accepted", "new_order"]
    calls = await calls_about(crew, order_id)
    assert len(calls) == 4, calls
    everyone = [order_group(order_id), location_group(world.location_id)]
    everyone += [station_group(row["stationId"]) for row in rows[0].payload["stations"]]
    assert all(f"'{group}' in groups" in call for call in calls[:2] for group in everyone)
    assert [sorted(row.sent_to) for row in rows] == [sorted(everyone)] * 2


async def test_a_name_with_a_quote_is_a_name(crew: Crew, sockets: Connector) -> None:
    group = f"station.O'Brien's {ObjectId()}"
    socket = await listening(crew, sockets, group)
    await crew.app.live.send_to_groups(["nobody.here", group], {"event": "hello"})
    assert (await socket.frame())["data"] == {"event": "hello"}


async def test_where_a_filter_is_refused_each_group_is_told_by_itself(crew: Crew, sockets: Connector) -> None:
    board = await listening(crew, sockets, location_group(crew.world.location_id))
    fault = {"mode": "error", "status": 400, "match": "filter="}
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{service(crew)}/_local/fault", json=fault) as set_:
            assert set_.status == 200
        try:
            order_id = await crew.order("tea")
        finally:
            async with session.post(f"{service(crew)}/_local/fault", json={"mode": "ok"}) as taken_away:
                assert taken_away.status == 200
    assert [(await board.frame())["data"]["event"] for _ in range(2)] == ["order_received", "order_accepted"]
    for row in await crew.rows(order_id):
        assert {order_group(order_id), station_group(crew.world.bar_id)} <= set(row["sentTo"])


async def test_more_groups_than_a_filter_takes_are_told_by_several_calls(crew: Crew, sockets: Connector) -> None:
    word = str(ObjectId())
    groups = [f"station.{word}.{number}" for number in range(41)]
    last = await listening(crew, sockets, groups[-1])
    await crew.app.live.send_to_groups(groups, {"event": word})
    assert (await last.frame())["data"] == {"event": word}
    assert len(await calls_about(crew, word)) == 3


async def test_screens_and_boards_hear_that_orders_take_longer_or_are_paused(crew: Crew, sockets: Connector) -> None:
    world = crew.world
    places = [location_group(world.location_id), station_group(world.kitchen_id), station_group(world.bar_id)]
    screens = [await listening(crew, sockets, group) for group in places]

    async def heard() -> list[dict[str, Any]]:
        found = [(await screen.frame())["data"] for screen in screens]
        assert found[0] == found[1] == found[2]
        assert "orderId" not in found[0] and "seq" not in found[0]
        assert found[0]["event"] == "order_wait_time_updated"
        return [found[0]["payload"]]

    async def change(body: dict[str, Any], who: str = "bar") -> None:
        path = {"restaurantId": world.restaurant_id, "locationId": str(world.location_id)}
        assert (await crew.call(who, "location_settings_change_pace", body, **path))[0] == 200

    await change({"waitMinutes": 15})
    base = {"restaurantId": world.restaurant_id, "locationId": str(world.location_id)}
    assert await heard() == [base | {"waitTime": 15, "pausedUntil": None}]
    # What changes nothing is told to nobody.
    await change({"waitMinutes": 15})
    until = crew.app.clock.now() + timedelta(hours=1)
    await change({"pausedUntil": iso(until)})
    assert await heard() == [base | {"waitTime": 15, "pausedUntil": iso(until)}]

    async def is_done() -> bool:
        found = await crew.app.db.duties.find({"kind": "pace_changed"}).to_list()
        return [one["state"] for one in found] == ["done"]

    await eventually(is_done)
