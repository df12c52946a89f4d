"""Owners make webhooks, change them, and send by hand (rules 21)."""

from __future__ import annotations

import pytest

from shared.app import App
from tests.integration.crew import Crew
from tests.integration.receivers import Receiver
from tests.integration.webhooks.house import House
from tests.integration.world import World


async def test_the_secret_is_told_once_and_stored_sealed(house: House, receiver: Receiver) -> None:
    made = await house.hook(receiver)
    assert made["secret"].startswith("whsec_")
    assert "secret" not in await house.stored(made)
    [stored] = await house.app.db.webhooks.find().to_list()
    assert made["secret"] not in str(stored)
    [left] = await house.app.db.trail.find({"action": "webhook.created"}).to_list()
    assert made["secret"] not in str(left)
    assert "sealed:" not in str(left)


async def test_both_secrets_sign_for_a_day_after_one_is_rotated(house: House, receiver: Receiver) -> None:
    made = await house.hook(receiver)
    new = (await house.call("rotate_secret", webhookId=made["webhookId"]))["data"]
    assert (await house.stored(made))["oldSecretUntil"] == new["oldSecretUntil"]
    await house.crew.order()
    await house.run()
    assert receiver.got[-1].headers["orderbuddy-signature"].count("v1=") == 2
    assert receiver.got[-1].signed_by(made["secret"])
    assert receiver.got[-1].signed_by(new["secret"])
    house.clock.advance(hours=24)
    await house.crew.order()
    await house.run()
    assert not receiver.got[-1].signed_by(made["secret"])
    assert receiver.got[-1].signed_by(new["secret"])
    assert (await house.stored(made))["oldSecretUntil"] is None


@pytest.mark.parametrize("url", ["http://a.example/", "https://10.0.0.1/", "https://a.example:22/", "x", "https://a b"])
async def test_an_address_that_is_none_is_refused_and_the_field_named(house: House, url: str) -> None:
    status, answer = await house.refused("create", {"url": url})
    assert (status, answer["detail"][0]["field"]) == (400, "url")


async def test_a_restaurant_has_twenty_at_most(house: House, receiver: Receiver) -> None:
    for _ in range(20):
        await house.hook(receiver)
    status, answer = await house.refused("create", {"url": receiver.url})
    assert (status, answer["code"]) == (409, "TOO_MANY_OF_THEM")


async def test_a_deployment_without_a_key_for_secrets_says_so(app: App) -> None:
    crew = await Crew.of(app, await World().build(app))
    body = {"url": "https://pos.example.com/"}
    status, answer = await crew.call("owner", "webhooks_create", body, restaurantId=crew.world.restaurant_id)
    assert (status, answer["code"]) == (503, "WEBHOOKS_NOT_SET_UP")


async def test_a_change_holds_for_the_version_that_was_seen(house: House, receiver: Receiver) -> None:
    made = await house.hook(receiver, events=["order.created"])
    where = {"webhookId": made["webhookId"]}
    assert (await house.call("change", {"events": None}, **where))["data"]["events"] is None
    assert (await house.stored(made))["url"] == receiver.url
    house.crew.headers["owner"]["if-match"] = '"0"'
    status, answer = await house.refused("change", {"isActive": False}, **where)
    assert (status, answer["code"]) == (412, "VERSION_CHANGED")
    house.crew.headers["owner"]["if-match"] = '"1"'
    assert (await house.call("change", {"isActive": False}, **where))["data"]["isActive"] is False
    del house.crew.headers["owner"]["if-match"]
    await house.crew.order()
    await house.run()
    assert receiver.got == []
    assert (await house.refused("change", {"isActive": True}, webhookId="0" * 24))[0] == 404


async def test_a_test_is_sent_once_and_says_how_it_went(house: House, receiver: Receiver) -> None:
    made = await house.hook(receiver)
    sent = (await house.call("send_test", webhookId=made["webhookId"]))["data"]
    assert (sent["state"], sent["status"], sent["type"], sent["tries"]) == ("done", 200, "webhook.test", 1)
    assert receiver.got[-1].json["data"] == {"webhookId": made["webhookId"]}
    assert receiver.got[-1].signed_by(made["secret"])
    receiver.always = 404
    failed = (await house.call("send_test", webhookId=made["webhookId"]))["data"]
    assert (failed["state"], failed["status"]) == ("failed", 404)
    house.clock.advance(hours=1)
    await house.run()
    assert len(receiver.got) == 2
    # A test is no event of the restaurant.
    assert (await house.events())[0] == []


async def test_what_was_sent_is_sent_again_by_hand(house: House, receiver: Receiver) -> None:
    made = await house.hook(receiver)
    receiver.always = 500
    await house.crew.order()
    await house.run()
    [row] = await house.log(made)
    receiver.always = 200
    where = {"webhookId": made["webhookId"], "deliveryId": row["deliveryId"]}
    again = (await house.call("send_again", **where))["data"]
    assert (again["state"], again["tries"]) == ("done", 2)
    assert (await house.stored(made))["failures"] == 0
    again = (await house.call("send_again", **where))["data"]
    assert (again["state"], again["tries"]) == ("done", 3)
    assert len({call.json["id"] for call in receiver.got}) == 1
    other = await house.hook(receiver)
    status, _ = await house.refused("send_again", webhookId=other["webhookId"], deliveryId=row["deliveryId"])
    assert status == 404


async def test_sending_by_hand_is_no_way_to_knock_for_ever(house: House, receiver: Receiver) -> None:
    made = await house.hook(receiver)
    for _ in range(30):
        await house.call("send_test", webhookId=made["webhookId"])
    status, answer = await house.refused("send_test", webhookId=made["webhookId"])
    assert (status, answer["code"]) == (429, "TOO_MANY_REQUESTS")
    another = await house.hook(receiver)
    assert (await house.refused("send_test", webhookId=another["webhookId"]))[0] == 429
    assert len(receiver.got) == 30
    house.clock.advance(minutes=1)
    await house.call("send_test", webhookId=made["webhookId"])


async def test_the_log_goes_on_page_by_page(house: House, receiver: Receiver) -> None:
    made = await house.hook(receiver)
    for _ in range(5):
        await house.crew.order()
        house.clock.advance(seconds=1)
    await house.run()
    whole = await house.log(made)
    pages, after = [], ""
    while after is not None:
        query = f"limit=2&after={after}" if after else "limit=2"
        page = await house.call("deliveries", query=query, webhookId=made["webhookId"])
        pages += page["data"]
        after = page["next"]
    assert [row["deliveryId"] for row in pages] == [row["deliveryId"] for row in whole]
    assert len(whole) == 5


async def test_a_deleted_webhook_is_sent_nothing_more(house: House, receiver: Receiver) -> None:
    made = await house.hook(receiver)
    other = await house.hook(receiver.url.replace("key=k", "key=other"))
    receiver.always = 500
    await house.crew.order()
    await house.run()
    await house.call("delete", webhookId=made["webhookId"])
    receiver.always, receiver.got = 200, []
    house.clock.advance(minutes=1)
    await house.run()
    assert [call.line for call in receiver.got] == ["POST /events?key=other HTTP/1.1"]
    assert [row["webhookId"] for row in (await house.call("listed"))["data"]] == [other["webhookId"]]
    assert (await house.refused("deliveries", webhookId=made["webhookId"]))[0] == 404
