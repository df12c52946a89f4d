"""Live connections of staff: who gets one, and that it closes when a session, a person or a device ends (rules 11).

Real sockets against the Web PubSub stand-in.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import jwt
import pytest
from bson import ObjectId
from pydantic import SecretStr

from shared.app import App
from shared.clock import FixedClock
from shared.domain.announcements import location_group, station_group
from shared.integrations.web_pubsub import WebPubSub
from shared.memory.kept import Kept
from shared.memory.slots import Memory
from shared.services.staff import signing_in
from shared.services.upkeep import sweeper
from tests.integration.core import Core, Visitor
from tests.integration.local_webpubsub.clients import Connector, Raw
from tests.integration.people.house import Headers, House
from tests.integration.people.test_devices import paired

KEY = "k" * 40


@pytest.fixture
async def house(app: App, core: Core) -> House:
    return await House.opened(app, core)


@pytest.fixture
async def owner(house: House) -> Headers:
    return await house.person("olga", "owner")


@pytest.fixture
async def sockets() -> AsyncIterator[Connector]:
    async with aiohttp.ClientSession() as session:
        yield Connector(session)


async def negotiate(house: House, who: Headers, kind: str = "location", **more: str) -> tuple[int, Any]:
    # The stand-in has a clock of its own, by which a URL of a minute ago opens nothing.
    house.app.clock.moment = max(house.app.clock.moment, datetime.now(UTC))  # type: ignore[attr-defined]
    return await house.call("realtime_negotiate", who, {"kind": kind, **house.here, **more})


async def screen(house: House, sockets: Connector, who: Headers, kind: str = "location", **more: str) -> Raw:
    """A screen that is connected."""
    status, answer = await negotiate(house, who, kind, **more)
    assert status == 200, answer
    return await sockets.open(answer["url"])


async def hears(house: House, raw: Raw, group: str | None = None) -> bool:
    """Whether the screen's connection is open: what is said to its group reaches it."""
    await house.app.live.send(group or location_group(house.world.location_id), {"event": "still there"})
    return bool((await raw.frame())["data"] == {"event": "still there"})


async def test_a_url_names_the_feed_alone_and_is_good_for_a_minute(
    house: House, owner: Headers, sockets: Connector
) -> None:
    status, answer = await negotiate(house, owner)
    assert status == 200 and answer["groups"] == [location_group(house.world.location_id)]
    claims = jwt.decode(answer["url"].partition("access_token=")[2], options={"verify_signature": False})
    handle = jwt.decode(owner["authorization"].partition(" ")[2], options={"verify_signature": False})["sessionHandle"]
    assert claims["webpubsub.group"] == [*answer["groups"], f"session.{handle}", f"person.olga.{house.restaurant_id}"]
    now = house.app.clock.now()
    assert (
        timedelta(seconds=-1)
        <= now + timedelta(minutes=1) - datetime.fromtimestamp(claims["exp"], UTC)
        < timedelta(seconds=2)
    )
    assert answer["expiresAt"] == (now + timedelta(minutes=1)).isoformat(timespec="milliseconds")[:-6] + "Z"
    house.app.clock.moment = datetime.now(UTC) - timedelta(minutes=2)  # type: ignore[attr-defined]
    _, old = await house.call("realtime_negotiate", owner, {"kind": "location", **house.here})
    assert await sockets.refused(old["url"]) == 401


async def test_a_device_hears_what_it_shows_and_nothing_else(house: House, owner: Headers, sockets: Connector) -> None:
    kitchen, bar = str(house.world.kitchen_id), str(house.world.bar_id)
    device_id, grill = await paired(house, owner, stationIds=[kitchen])
    _, expo = await paired(house, owner, role="expo", stationIds=[])
    assert await negotiate(house, grill) == (403, "FORBIDDEN")
    # A station that is not its own is nothing to it, like one of elsewhere and one that there is not.
    for foreign in (bar, str(ObjectId()), "nowhere"):
        assert await negotiate(house, grill, "station", stationId=foreign) == (400, "INVALID_REQUEST")
    for foreign in (str(ObjectId()), "nowhere"):
        assert await negotiate(house, owner, "station", stationId=foreign) == (400, "INVALID_REQUEST")
    raw = await screen(house, sockets, grill, "station", stationId=kitchen)
    assert await hears(house, raw, station_group(house.world.kitchen_id))
    for who in (expo, owner):
        assert await hears(house, await screen(house, sockets, who))
        assert (await negotiate(house, who, "station", stationId=bar))[0] == 200
    assert (await house.call("devices_revoke", owner, **house.here, deviceId=device_id))[0] == 200
    assert await negotiate(house, grill, "station", stationId=kitchen) == (401, "UNAUTHENTICATED")


async def test_revoking_a_device_closes_its_screen_and_no_other(
    house: House, owner: Headers, sockets: Connector
) -> None:
    lost_id, lost = await paired(house, owner, role="expo", stationIds=[])
    _, kept = await paired(house, owner, role="expo", stationIds=[])
    gone, stays, person = [await screen(house, sockets, who) for who in (lost, kept, owner)]
    assert (await house.call("devices_revoke", owner, **house.here, deviceId=lost_id))[0] == 200
    await gone.closed()
    assert await hears(house, stays) and (await person.frame())["data"]


async def test_removing_a_person_closes_all_that_it_has_open_in_this_restaurant(
    house: House, owner: Headers, sockets: Connector
) -> None:
    other = await House.opened(house.app, house.core)
    max_here = await house.person("max", "manager")
    row = {"restaurantId": other.restaurant_id, "role": "manager", "locationIds": None}
    await house.app.db.users.update_one(
        {"userId": "max"}, {"$push": {"restaurants": other.restaurant_id, "memberships": row}}
    )
    gone = [await screen(house, sockets, max_here) for _ in range(2)]
    elsewhere, stays = await screen(other, sockets, max_here), await screen(house, sockets, owner)
    assert (await house.people("remove", owner, personId="max"))[0] == 200
    for each in gone:
        await each.closed()
    assert await hears(house, stays) and await hears(other, elsewhere)
    assert await negotiate(house, max_here) == (403, "FORBIDDEN")


async def test_who_may_less_asks_anew(house: House, owner: Headers, sockets: Connector) -> None:
    max_here = await house.person("max", "manager")
    raw = await screen(house, sockets, max_here)
    assert (await house.people("change", owner, {"role": "kitchen"}, personId="max"))[0] == 200
    await raw.closed()
    assert await hears(house, await screen(house, sockets, max_here))


async def test_signing_out_closes_that_session_and_no_other(house: House, sockets: Connector) -> None:
    phone, tablet = Visitor(house.app, house.core), Visitor(house.app, house.core)
    for visitor in (phone, tablet):
        await visitor.signs_in(email="mia@example.com")
    row = {"restaurantId": house.restaurant_id, "role": "manager", "locationIds": None}
    both = {"restaurants": [house.restaurant_id], "memberships": [row]}
    await house.app.db.users.update_one({"email": "mia@example.com"}, {"$set": both})
    bearers = [{"authorization": f"Bearer {visitor.access}"} for visitor in (phone, tablet)]
    gone, stays = [await screen(house, sockets, bearer) for bearer in bearers]
    assert (await phone.call("signout", **bearers[0])).status_code == 200
    await gone.closed()
    assert await hears(house, stays)


async def test_the_access_token_of_a_session_that_ended_opens_nothing_and_changes_nothing(house: House) -> None:
    phone, tablet = Visitor(house.app, house.core), Visitor(house.app, house.core)
    for visitor in (phone, tablet):
        await visitor.signs_in(email="mia@example.com")
    row = {"restaurantId": house.restaurant_id, "role": "owner", "locationIds": None}
    both = {"restaurants": [house.restaurant_id], "memberships": [row]}
    await house.app.db.users.update_one({"email": "mia@example.com"}, {"$set": both})
    gone, stays = ({"authorization": f"Bearer {visitor.access}"} for visitor in (phone, tablet))
    seconds = [1000.0]
    elsewhere = replace(house.app, memory=Memory())
    elsewhere.memory._made[signing_in.SESSIONS] = Kept(signing_in.FRESH_SECONDS, most=9, clock=lambda: seconds[0])
    assert (await house.people("of_restaurant", gone, app=elsewhere))[0] == 200
    assert (await phone.call("signout", **gone)).status_code == 200
    kept = await house.app.db.ended_sessions.find_one({})
    assert kept is not None and kept["purgeAt"] - kept["endedAt"] == timedelta(minutes=70)
    # Where it ended it is known at once, elsewhere five seconds later.
    assert await negotiate(house, gone) == (401, "UNAUTHENTICATED")
    seconds[0] += signing_in.FRESH_SECONDS
    for app in (house.app, elsewhere):
        assert await house.people("of_restaurant", gone, app=app) == (401, "UNAUTHENTICATED")
        assert (await house.people("of_restaurant", stays, app=app))[0] == 200
    assert (await negotiate(house, stays))[0] == 200


async def test_a_url_that_was_handed_out_just_before_opens_nothing_that_lasts(
    house: House, owner: Headers, sockets: Connector, clock: FixedClock
) -> None:
    max_here = await house.person("max", "manager")
    device_id, device = await paired(house, owner, role="expo", stationIds=[])
    urls = [(await negotiate(house, who))[1]["url"] for who in (max_here, device)]
    assert (await house.people("remove", owner, personId="max"))[0] == 200
    assert (await house.call("devices_revoke", owner, **house.here, deviceId=device_id))[0] == 200
    late = [await sockets.open(url) for url in urls]
    stays = await screen(house, sockets, owner)
    assert (await sweeper.sweep(house.app)).closed == 0
    clock.advance(seconds=70)
    assert (await sweeper.sweep(house.app)).closed == 2
    for each in late:
        await each.closed()
    assert await hears(house, stays)
    assert await house.app.db.closings.count_documents({}) == 0


async def test_what_cannot_be_closed_now_is_closed_by_the_sweeper(
    house: House, owner: Headers, sockets: Connector
) -> None:
    max_here = await house.person("max", "manager")
    raw = await screen(house, sockets, max_here)
    nowhere = SecretStr(f"Endpoint=http://127.0.0.1:1;AccessKey={KEY};Version=1.0;")
    settings = house.app.settings.model_copy(update={"web_pubsub_connection_string": nowhere})
    cut_off = replace(house.app, live=WebPubSub(settings, house.app.clock))
    assert (await house.people("remove", owner, personId="max", app=cut_off))[0] == 200
    await cut_off.live.close()
    assert (await sweeper.sweep(house.app)).closed == 1
    await raw.closed()
