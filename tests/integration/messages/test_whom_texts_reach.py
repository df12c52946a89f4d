"""Who is texted what: diners in their language, alert numbers, phones that sign in; and never more than is allowed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from bson import ObjectId

from shared.domain.screens import SHOWN_WITHIN
from shared.memory.slots import Memory
from shared.services.ordering import previewing
from shared.settings import Settings
from tests.integration.counter import Counter
from tests.integration.crew import Crew
from tests.integration.kitchen.test_seen import see
from tests.integration.local_saas.clients import StandIn
from tests.integration.messages.phones import NUMBERS, Phones, texting, twilio_settings
from tests.integration.till import Till, opened


@pytest.fixture
async def paying(settings: Settings, gateway: StandIn, indexed: None) -> AsyncIterator[tuple[Till, Phones]]:
    """A till whose restaurant texts."""
    async with opened(settings, gateway, **twilio_settings(gateway)) as till:
        yield till, Phones(till.app, till.world, gateway)


async def cook(phones: Phones, *, accepts: bool = True) -> Phones:
    """Alert numbers for the location; orders wait for its people unless it `accepts` by itself."""
    alerts = [{"_id": ObjectId(), "phoneNumber": next(NUMBERS)[2:]} for _ in range(2)]
    change = {"alertNumbers": alerts, "autoAcceptOrder": accepts, "staffLanguage": "es"}
    await phones.app.db.locations.update_one({"_id": phones.world.location_id}, {"$set": change})
    return phones


async def alert_numbers(phones: Phones) -> list[str]:
    location = await phones.app.db.locations.find_one({"_id": phones.world.location_id})
    assert location is not None
    return [f"+1{one['phoneNumber']}" for one in location["alertNumbers"]]


async def test_a_diner_hears_in_their_language_of_each_step(phones: Phones) -> None:
    order_id = await phones.order(language="pt")
    await phones.settled(order_id)
    crew = await Crew.of(phones.app, phones.world)
    assert (await crew.move("kitchen", str(order_id), "READY_FOR_PICKUP"))[0] == 200
    await phones.settled(order_id, count=2)
    assert (await crew.move("manager", str(order_id), "CANCELLED", reason="Sem gás"))[0] == 200
    await phones.settled(order_id, count=3)
    placed, ready, cancelled = (text.partition(" http")[0].partition(": ")[2] for text in phones.texts())
    code = (await crew.stored(str(order_id)))["orderCode"]
    assert placed == f"Recebemos o seu pedido #{code}. Responda STOP para nao receber mais mensagens."
    assert ready == f"O seu pedido #{code} esta pronto para retirar."
    assert cancelled == f"O seu pedido #{code} foi cancelado. (Sem gas)"


async def test_a_diner_hears_that_an_order_is_rejected_and_why(phones: Phones) -> None:
    await cook(phones, accepts=False)
    order_id = await phones.order(language="en")
    await phones.settled(order_id)
    crew = await Crew.of(phones.app, phones.world)
    assert (await crew.move("manager", str(order_id), "REJECTED", reason="No bread left"))[0] == 200
    _, duty = await phones.settled(order_id, count=2)
    assert (duty["about"], duty["state"]) == ("rejected", "sent")
    code = (await crew.stored(str(order_id)))["orderCode"]
    assert f"#{code}" in phones.texts()[-1] and "(No bread left)" in phones.texts()[-1]


async def test_what_is_given_back_is_said(paying: tuple[Till, Phones]) -> None:
    till, phones = paying
    wanted = {"customer": {"name": "Ann", "phone": phones.number}, "getSms": True}
    preview_id = await till.preview("soup", "tea", **wanted)
    assert (await till.pay(preview_id, till.token())).order_id
    await phones.settled(preview_id)
    counter = await Counter.of(till)
    order = await counter.stored(preview_id)
    tea = next(item["id"] for item in order["items"] if item["menuItemId"] == "tea")
    assert (await counter.refund(preview_id, tea))[0] == 200
    await phones.settled(preview_id, count=2)
    phones.clock.advance(seconds=1)
    assert (await counter.cancel(preview_id))[0] == 200
    await phones.settled(preview_id, count=3)
    _, refunded, cancelled = phones.texts()
    assert f"You get $5.50 of your order #{order['orderCode']} back." in refunded
    assert f"Your order #{order['orderCode']} is cancelled. You get $11.00 back. (The oven is broken.)" in cancelled


async def test_alert_numbers_hear_of_an_order_and_of_one_that_nobody_accepts(phones: Phones) -> None:
    await cook(phones, accepts=False)
    order_id = await phones.order()
    await phones.settled(order_id, "alert", count=2)
    await phones.swept_after(301)
    await phones.settled(order_id, "alert", count=4)
    await phones.settled(order_id, "text", count=2)
    order = await phones.app.db.orders.find_one({"_id": order_id})
    assert order is not None
    for number in await alert_numbers(phones):
        new, waiting = phones.texts(number)
        assert new == f"OrderBuddy-Nonna: Pedido nuevo #{order['orderCode']}, $11.00. (Old Town)"
        assert waiting == f"OrderBuddy-Nonna: Nadie ha aceptado aun el pedido #{order['orderCode']}. (Old Town)"
        # The order's page is its diner's.
        assert "http" not in new + waiting
    assert "has not answered" in phones.texts()[-1]


async def test_nobody_hears_that_an_order_waits_once_it_is_answered(phones: Phones) -> None:
    await cook(phones, accepts=False)
    order_id = await phones.order()
    await phones.settled(order_id, "alert", count=2)
    phones.fault("error", status=503)
    await phones.swept_after(301)
    [_, waiting] = await phones.settled(order_id, count=2)
    assert waiting["state"] == "due"
    crew = await Crew.of(phones.app, phones.world)
    assert (await crew.move("kitchen", str(order_id), "ACCEPTED"))[0] == 200
    phones.told("fault", mode="ok", match=phones.number[1:])
    await phones.swept_after(60)
    [_, waiting] = await phones.settled(order_id, count=2)
    assert waiting["state"] == "dropped"
    assert len(phones.texts()) == 1


async def test_alert_numbers_hear_of_an_order_that_no_screen_shows_with_the_alarm_or_not_at_all(phones: Phones) -> None:
    await cook(phones)
    crew = await Crew.of(phones.app, phones.world)
    await see(crew, "bar", phones.world.bar_id)
    order_id = await phones.order("tea")
    await phones.settled(order_id, "alert", count=2)
    phones.clock.advance(seconds=SHOWN_WITHIN.total_seconds())
    await phones.swept_after(1)
    found = await phones.settled(order_id, "alert", count=4)
    assert [duty["about"] for duty in found].count("not_drawn") == 2
    order = await crew.stored(str(order_id))
    for number in await alert_numbers(phones):
        said = f"Ninguna pantalla de cocina ha mostrado el pedido #{order['orderCode']}. (Old Town)"
        assert phones.texts(number)[-1] == f"OrderBuddy-Nonna: {said}"
    await phones.swept_after(60)
    assert len(await phones.duties(order_id, "alert")) == 4


class TestBudgets:
    async def test_a_number_gets_so_many_texts_in_an_hour(
        self, settings: Settings, gateway: StandIn, indexed: None
    ) -> None:
        async with texting(settings, gateway, texts_per_number_and_hour=2) as phones:
            phones.clock.advance(minutes=60 - phones.clock.now().minute)
            ends = [(await phones.settled(await phones.order()))[0] for _ in range(4)]
            assert [end["state"] for end in ends] == ["sent", "sent", "given_up", "given_up"]
            assert ends[-1]["outcome"] == "more texts in an hour than are allowed"
            assert [one["count"] for one in await phones.attention()] == [2]
            other = replace(phones, number=next(NUMBERS))
            assert (await other.settled(await other.order()))[0]["state"] == "sent"
            phones.clock.advance(hours=1)
            assert (await phones.settled(await phones.order()))[0]["state"] == "sent"
            assert len(phones.texts()) == 3

    async def test_a_locations_diners_get_so_many_and_its_alert_numbers_as_many(
        self, settings: Settings, gateway: StandIn, indexed: None
    ) -> None:
        async with texting(settings, gateway, texts_per_location_and_hour=3) as phones:
            phones.clock.advance(minutes=60 - phones.clock.now().minute)
            states = []
            for _ in range(4):
                diner = replace(phones, number=next(NUMBERS))
                states.append((await diner.settled(await diner.order()))[0]["state"])
            assert states == ["sent", "sent", "sent", "given_up"]
            await cook(phones)
            ends = await phones.settled(await phones.order(getSms=False), "alert", count=2)
            assert [end["state"] for end in ends] == ["sent", "sent"]

    async def test_what_was_not_taken_does_not_count(self, settings: Settings, gateway: StandIn, indexed: None) -> None:
        async with texting(settings, gateway, texts_per_number_and_hour=1) as phones:
            phones.clock.advance(minutes=60 - phones.clock.now().minute)
            phones.fault("error", status=503, times=2)
            order_id = await phones.order()
            await phones.settled(order_id)
            for _ in range(2):
                await phones.swept_after(300)
            assert (await phones.settled(order_id))[0]["state"] == "sent"


class TestNumbers:
    async def preview(self, phones: Phones, phone: str, **more: Any) -> tuple[int, Any]:
        crew = await Crew.of(phones.app, phones.world)
        cart = phones.world.cart("soup", customer={"name": "Ann", "phone": phone}, **{"getSms": True, **more})
        return await crew.call("kitchen", "order_app_preview_order", cart)

    @pytest.mark.parametrize("phone", ["(512) 555-0123", "+44 20 7946 0958", "5125550123", " +1 512-555-0123 "])
    async def test_that_texts_go_to_are_taken_and_stay_as_they_were_typed(self, phones: Phones, phone: str) -> None:
        status, answer = await self.preview(phones, phone)
        assert status == 200, answer
        stored = await phones.app.db.orders_preview.find_one({"_id": ObjectId(answer["data"]["previewOrderId"])})
        assert stored is not None and stored["customer"]["phone"] == phone.strip()

    @pytest.mark.parametrize("phone", ["abc", "555 x12", "911", "+1 900 555 1234"])
    async def test_that_texts_do_not_go_to_are_refused_where_a_text_is_wanted(self, phones: Phones, phone: str) -> None:
        status, answer = await self.preview(phones, phone)
        assert (status, answer["code"]) == (400, "INVALID_REQUEST")
        assert [one["field"] for one in answer["detail"]] == ["customer.phone"]
        assert (await self.preview(phones, phone, getSms=False))[0] == 200

    async def test_are_needed_by_a_strict_client_that_wants_texts(self, phones: Phones) -> None:
        assert (await self.preview(phones, "", strict=True))[0] == 400
        assert (await self.preview(phones, ""))[0] == 200

    async def test_without_a_country_code_are_of_the_locations_country(self, phones: Phones) -> None:
        assert (await self.preview(phones, "020 7946 0958"))[0] == 400
        place = {"_id": phones.world.location_id}
        await phones.app.db.locations.update_one(place, {"$set": {"timezone": "Europe/London"}})
        abroad = replace(phones, app=replace(phones.app, memory=Memory()))
        assert (await self.preview(abroad, "020 7946 0958"))[0] == 200


async def test_a_stale_cart_keeps_the_wish_for_texts(phones: Phones) -> None:
    customer = {"name": "Ann", "phone": phones.number}
    made = await previewing.preview(
        phones.app, phones.world.request("soup", customer=customer, getSms=True, language="es"), request_id="r"
    )
    stored = await phones.app.db.orders_preview.find_one({"_id": ObjectId(made.preview_order_id)})
    assert stored is not None and (stored["getSms"], stored["language"]) == (True, "es")
