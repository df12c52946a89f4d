"""Texts through Twilio's SDK to the stand-in: whatever happens, the order is unharmed and nothing is sent twice."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from local.saas.twilio.vendor import ACCOUNT_SID, PHONE_NUMBER
from local.supervisor.options import PROJECT
from shared.integrations.twilio_texts.client import TwilioTexts
from shared.services.messages import reaching
from shared.services.upkeep import doctor
from shared.settings import Settings
from shared.store import order_events
from tests import started
from tests.integration.local_saas.clients import StandIn
from tests.integration.messages.phones import API, NOBODY_LISTENS, Phones, texting, twilio_settings
from tests.patience import eventually, wait_until


async def test_a_diner_who_asked_gets_one_text_with_the_code_and_the_link_that_nobody_guesses(phones: Phones) -> None:
    order_id = await phones.order()
    [duty] = await phones.settled(order_id)
    order = await phones.app.db.orders.find_one({"_id": order_id})
    assert order is not None
    link = f"http://localhost:5173/status/{phones.world.restaurant_id}/{order_id}"
    assert phones.texts() == [
        f"OrderBuddy-Nonna: We have your order #{order['orderCode']}. Reply STOP for no more texts. {link}"
    ]
    assert (duty["state"], duty["about"], duty["providerId"][:2]) == ("sent", "created", "SM")
    [call] = phones.calls()
    assert call["path"] == f"/twilio/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
    assert call["body"]["From"] == PHONE_NUMBER
    assert call["body"]["StatusCallback"] == f"{API}/api/v1/inbound/twilio/status"
    assert call["headers"]["authorization"] == "***"
    # A duty holds nothing of a person.
    assert phones.number[-7:] not in str(duty)


async def test_nobody_who_did_not_ask_gets_one(phones: Phones) -> None:
    order_id = await phones.order(getSms=False)
    await phones.swept_after(20)
    assert await phones.duties(order_id) == []
    assert phones.calls() == []


async def test_a_placement_does_not_wait_for_a_text_that_hangs(phones: Phones) -> None:
    phones.fault("late", seconds=60)
    order_id = await phones.order()
    # The order is placed, and told; the call of Twilio is still on its way, or not yet begun.
    assert phones.texts() == []
    rows = await phones.app.db.order_events.find({"orderId": order_id}).to_list()
    assert rows and all(row["publishedAt"] for row in rows)
    await eventually(lambda: asyncio.to_thread(phones.calls))
    phones.told("fault", mode="ok", match=phones.number[1:])
    [duty] = await phones.settled(order_id)
    assert duty["state"] in ("sent", "doubtful")
    wait_until(phones.texts)
    assert len(phones.calls()) == 1


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ({"mode": "error", "status": 400}, "20400"),
        ({"mode": "error", "status": 404}, "20404"),
    ],
)
async def test_what_twilio_refuses_is_given_up(phones: Phones, fault: dict[str, Any], outcome: str) -> None:
    phones.fault(**fault)
    order_id = await phones.order()
    [duty] = await phones.settled(order_id)
    assert (duty["state"], duty["outcome"]) == ("given_up", outcome)
    await phones.swept_after(3600)
    assert len(phones.calls()) == 1
    assert [(one["count"], outcome in one["reason"]) for one in await phones.attention()] == [(1, True)]
    assert await phones.is_unharmed(order_id)


@pytest.mark.parametrize(
    "fault",
    [
        {"mode": "throttle", "retryAfter": 40},
        {"mode": "error", "status": 429},
        {"mode": "error", "status": 503},
    ],
)
async def test_what_twilio_did_not_take_is_sent_later_and_once(phones: Phones, fault: dict[str, Any]) -> None:
    phones.fault(times=1, **fault)
    order_id = await phones.order()
    [duty] = await phones.settled(order_id)
    assert duty["state"] == "due"
    wait = (duty["nextAt"] - phones.clock.now().replace(tzinfo=duty["nextAt"].tzinfo)).total_seconds()
    assert wait >= fault.get("retryAfter", 5)
    await phones.swept_after(wait - 1)
    assert phones.texts() == []
    await phones.swept_after(2)
    [duty] = await phones.settled(order_id)
    assert (duty["state"], duty["tries"]) == ("sent", 2)
    assert len(phones.texts()) == 1
    assert await phones.attention() == []
    assert await phones.is_unharmed(order_id)


@pytest.mark.parametrize(
    ("fault", "arrived"),
    [
        ({"mode": "error", "status": 500}, 0),
        ({"mode": "error", "status": 502}, 0),
        ({"mode": "drop_before"}, 0),
        ({"mode": "drop_after"}, 1),
        ({"mode": "garble"}, 1),
        # Longer than the 5 s that a call may take.
        ({"mode": "late", "seconds": 7}, 1),
    ],
)
async def test_what_nobody_knows_of_is_doubtful_and_never_sent_again(
    phones: Phones, fault: dict[str, Any], arrived: int
) -> None:
    phones.fault(times=1, **fault)
    order_id = await phones.order()
    [duty] = await phones.settled(order_id)
    assert duty["state"] == "doubtful"
    wait_until(lambda: len(phones.texts()) == arrived)
    await phones.swept_after(120)
    await phones.swept_after(3600)
    assert len(phones.calls()) == 1
    assert len(phones.texts()) == arrived
    assert [one["count"] for one in await phones.attention()] == [1]
    assert await phones.is_unharmed(order_id)


async def test_where_nobody_listens_it_is_tried_for_an_hour_and_given_up(
    settings: Settings, gateway: StandIn, indexed: None
) -> None:
    async with texting(settings, gateway, twilio_api_base=NOBODY_LISTENS) as phones:
        order_id = await phones.order()
        [duty] = await phones.settled(order_id)
        assert duty["state"] == "due"
        await phones.swept_after(30)
        [duty] = await phones.settled(order_id)
        assert (duty["state"], duty["tries"]) == ("due", 2)
        await phones.swept_after(3600)
        [duty] = await phones.settled(order_id)
        assert (duty["state"], duty["outcome"]) == ("given_up", "it could not go out for an hour")
        assert [one["count"] for one in await phones.attention()] == [1]
        assert await phones.is_unharmed(order_id)


async def test_what_could_not_go_out_goes_out_once_twilio_can_be_reached(
    settings: Settings, gateway: StandIn, indexed: None
) -> None:
    async with texting(settings, gateway, twilio_api_base=NOBODY_LISTENS) as phones:
        order_id = await phones.order()
        await phones.settled(order_id)
        reached = Settings.model_validate({**phones.app.settings.model_dump(), **twilio_settings(gateway)})
        back = Phones(replace(phones.app, sms=TwilioTexts(reached), settings=reached), phones.world, gateway)
        back.number = phones.number
        await back.swept_after(60)
        [duty] = await back.settled(order_id)
        assert duty["state"] == "sent"
        assert len(back.texts()) == 1


async def test_failures_of_an_hour_are_one_entry_with_a_count(phones: Phones) -> None:
    phones.fault("error", status=400)
    for _ in range(3):
        await phones.settled(await phones.order())
    assert [one["count"] for one in await phones.attention()] == [3]
    phones.clock.advance(hours=1)
    await phones.settled(await phones.order())
    assert sorted(one["count"] for one in await phones.attention()) == [1, 3]


async def test_rows_that_are_seen_to_twice_make_no_second_text(phones: Phones) -> None:
    order_id = await phones.order()
    await phones.settled(order_id)
    found = await phones.app.db.order_events.find({"orderId": order_id}).to_list()
    rows = [order_events.OrderEvent.model_validate(row) for row in found]
    await asyncio.gather(*(reaching.reach(phones.app, {order_id: rows}) for _ in range(4)))
    await asyncio.gather(*(phones.swept_after(0) for _ in range(3)))
    assert len(await phones.duties(order_id)) == 1
    assert len(phones.calls()) == 1


async def test_a_sender_that_is_killed_in_the_middle_leaves_a_doubtful_text_that_is_not_sent_again(
    settings: Settings, gateway: StandIn, indexed: None
) -> None:
    async with texting(settings, gateway, allow_message=False) as silent:
        order_id = await silent.order()
        texts = Settings.model_validate({**silent.app.settings.model_dump(), "allow_message": True})
        phones = Phones(replace(silent.app, sms=TwilioTexts(texts), settings=texts), silent.world, gateway)
        phones.number = silent.number
        rows = await phones.app.db.order_events.find({"orderId": order_id, "type": "created"}).to_list()
        found = {order_id: [order_events.OrderEvent.model_validate(row) for row in rows]}
        [duty_id] = (await reaching.reach(phones.app, found))[order_id]
        # Twilio takes its time, and does it all the same.
        phones.fault("late", seconds=60)
        told = json.dumps({name: _plain(value) for name, value in texts.model_dump().items() if value is not None})
        command = [sys.executable, "-m", "tests.integration.messages.killed_texter"]
        with subprocess.Popen(
            started.tied([*command, told, phones.clock.now().isoformat(), duty_id]), cwd=PROJECT
        ) as sender:
            await eventually(lambda: asyncio.to_thread(phones.calls))
            sender.send_signal(signal.SIGKILL)
            assert sender.wait(started.PATIENCE) == -signal.SIGKILL
        phones.told("fault", mode="ok", match=phones.number[1:])
        [duty] = await phones.duties(order_id)
        assert duty["state"] == "claimed"
        await phones.swept_after(30)
        assert (await phones.duties(order_id))[0]["state"] == "claimed"
        await phones.swept_after(31)
        [duty] = await phones.settled(order_id)
        assert (duty["state"], duty["outcome"]) == ("doubtful", "whoever was sending it is gone")
        await phones.swept_after(3600)
        wait_until(lambda: len(phones.texts()) == 1)
        assert len(phones.calls()) == 1
        assert [one["count"] for one in await phones.attention()] == [1]
        assert await phones.is_unharmed(order_id)


async def test_twilio_is_shown_the_account_and_checks_it(settings: Settings, gateway: StandIn, indexed: None) -> None:
    async with texting(settings, gateway, twilio_auth_token="another") as phones:
        [duty] = await phones.settled(await phones.order())
        assert (duty["state"], duty["outcome"]) == ("given_up", "20003")
        assert phones.texts() == []


async def test_only_the_text_true_switches_texts_on(settings: Settings, gateway: StandIn, indexed: None) -> None:
    given = {name.upper(): str(value) for name, value in twilio_settings(gateway).items()}
    base = {"MONGODB_URI": "mongodb://127.0.0.1/"}
    for told, on in (("true", True), ("True", False), ("1", False), ("yes", False), ("", False)):
        assert Settings.read({**base, **given, "ALLOW_MESSAGE": told}).sends_texts is on
    assert not Settings.read({**base, **given, "ALLOW_MESSAGE": "true", "TWILIO_AUTH_TOKEN": ""}).sends_texts


def _plain(value: Any) -> Any:
    return value.get_secret_value() if hasattr(value, "get_secret_value") else value


def test_doctor_names_what_keeps_texts_from_being_sent() -> None:
    told = {"MONGODB_URI": "mongodb://127.0.0.1/", "ALLOW_MESSAGE": "true", "TWILIO_ACCOUNT_SID": "AC1"}
    named = [one.subject for one in doctor._of_settings(Settings.read(told))]
    assert "TWILIO_AUTH_TOKEN" in named
    told |= {"TWILIO_AUTH_TOKEN": "t", "TWILIO_PHONE_NUMBER": "+15125550100"}
    named = [one.subject for one in doctor._of_settings(Settings.read(told))]
    assert "API_ENDPOINT" in named and "TWILIO_AUTH_TOKEN" not in named
    assert "API_ENDPOINT" not in [
        one.subject for one in doctor._of_settings(Settings.read({**told, "ALLOW_MESSAGE": "1"}))
    ]
