"""What the diner's page says: every state in every language, in the restaurant's time and the language's money."""

from __future__ import annotations

import re
from typing import Any

import pymongo
import pytest
from bson import ObjectId
from playwright.async_api import expect

from shared.domain import decline_texts
from shared.errors import CANNOT_CANCEL, ORDER_NOT_PLACED_YET, PAYMENT_RETURNED
from shared.services.ordering.giving_up import NOTHING_CHARGED
from tests.e2e.screens import Diner, Screens, Staff, Station
from tests.e2e.status_states import CHECKOUTS, LANGUAGES, ORDERS, OVERFLOWING, SAID, in_language, shows
from tests.patience import eventually
from tests.stack import Stack

pytestmark = [pytest.mark.long, pytest.mark.browser]


def shape(said: Any) -> Any:
    """Which keys there are and how long each list is, and of each text, which `{names}` it fills in."""
    if isinstance(said, dict):
        return {key: shape(part) for key, part in said.items()}
    return len(said) if isinstance(said, list) else sorted(re.findall(r"{\w+}", said))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_each_state_of_an_order_in_each_language(
    screens: Screens, diner: Diner, staff: Staff, station: Station, language: str
) -> None:
    order_id = await diner.order(tag=station.tag)
    page = await screens.status(order_id)
    for state, fields in ORDERS.items():
        await staff.change(order_id, **{"waitingAt": None, "refundedCents": 0, **fields})
        await in_language(page, language)
        await shows(page, SAID[language][state])
        await expect(page.locator("html")).to_have_attribute("lang", language)
        assert await page.evaluate(OVERFLOWING) == []


@pytest.mark.parametrize("language", LANGUAGES)
async def test_each_state_of_a_cart_that_is_no_order_in_each_language(
    screens: Screens, stack: Stack, diner: Diner, station: Station, language: str
) -> None:
    preview_id = await diner.preview(tag=station.tag)
    page = await screens.status(preview_id)
    async with pymongo.AsyncMongoClient[dict[str, Any]](stack.mongo_uri) as client:
        checkouts = client[stack.db_name].checkouts
        # Nobody wakes it, so it stays as each state's fields say.
        found = await checkouts.find_one({"_id": ObjectId(preview_id)})
        assert found is not None
        for state, fields in CHECKOUTS.items():
            asleep = {"state": "open", "claim": None, "refusal": None, "nextWakeAt": None, **fields}
            await checkouts.update_one({"_id": found["_id"]}, {"$set": asleep, "$inc": {"version": 1}})
            await in_language(page, language)
            await shows(page, SAID[language][state])
            await expect(page.locator("#ticket")).to_be_hidden()
            await expect(page.locator("#restaurant")).to_have_text("Larkspur Coffee & Bakehouse")
        await checkouts.delete_one({"_id": found["_id"]})
        await client[stack.db_name].orders_preview.delete_one({"_id": found["_id"]})
    await in_language(page, language)
    await shows(page, SAID[language]["NOT_FOUND"])


async def test_what_the_server_says_is_said_in_each_language(screens: Screens) -> None:
    page = await screens.status("f" * 24)
    words = await page.evaluate("orderPage.words")
    assert list(words) == list(LANGUAGES)
    for table in words.values():
        assert shape(table) == shape(words["en"])
    server = await page.evaluate("orderPage.serverWords")
    assert set(server) == {
        *decline_texts.SENTENCES.values(),
        decline_texts.NOT_SENT,
        decline_texts.ENTRY_INVALID,
        decline_texts.LOST,
        PAYMENT_RETURNED.message,
        NOTHING_CHARGED,
        CANNOT_CANCEL.message,
        ORDER_NOT_PLACED_YET.message,
    }
    assert all(set(said) == {"es", "pt"} for said in server.values())


@pytest.mark.parametrize("browser_language", ["es-MX", "pt-PT", "de-DE"])
async def test_the_page_speaks_as_all_pages_do(screens: Screens, browser_language: str) -> None:
    page = await screens.status("f" * 24)
    await page.context.add_init_script(
        f"Object.defineProperty(Navigator.prototype, 'languages', {{ get: () => ['{browser_language}', 'en'] }})"
    )
    for asked in ("", "&lang=pt", "&lang=xx"):
        for chosen in ("", "es", "xx"):
            await page.goto(f"{re.sub('&lang=..', '', page.url)}{asked}")
            await page.evaluate("(tag) => localStorage.setItem('ob.lang', tag)", chosen)
            await page.reload()
            mine, theirs = await page.evaluate(
                "async () => [orderPage.language(), (await import('/live/language.js')).language()]"
            )
            assert mine == theirs


async def test_a_diner_chooses_a_language_and_the_page_keeps_it(
    screens: Screens, diner: Diner, station: Station
) -> None:
    page = await screens.status(await diner.order(tag=station.tag))
    total = page.locator("#amounts .total dd")
    await expect(page.locator("#headline")).to_have_text("Being made")
    await expect(total).to_have_text(re.compile(r"\$\d+\.\d\d"))
    await expect(page.locator("#steps time").first).to_have_text(re.compile(r"\d{1,2}:\d\d\s[AP]M"))

    portuguese = page.get_by_role("button", name="Português")
    await portuguese.click()
    await expect(page.locator("#headline")).to_have_text("Em preparo")
    await expect(portuguese).to_have_attribute("aria-pressed", "true")
    await expect(portuguese).to_be_focused()
    await expect(total).to_have_text(re.compile(r"US\$\s\d+,\d\d"))
    await expect(page.locator("#steps time").first).to_have_text(re.compile(r"^\d\d:\d\d$"))
    await expect(page.locator("html")).to_have_attribute("lang", "pt")
    await page.reload()
    await expect(page.locator("#steps li.current")).to_contain_text("Aceito")


async def test_times_are_the_restaurants(screens: Screens, stack: Stack, diner: Diner, station: Station) -> None:
    order_id = await diner.order(tag=station.tag)
    page = await screens.status(order_id)
    zone = "Pacific/Kiritimati"
    place = stack.demo["open"]
    async with pymongo.AsyncMongoClient[dict[str, Any]](stack.mongo_uri) as client:
        locations = client[stack.db_name].locations
        before = await locations.find_one_and_update(
            {"_id": ObjectId(place["locationId"])}, {"$set": {"timezone": zone}}
        )
        try:

            async def is_told() -> bool:
                await page.reload()
                await expect(page.locator("#steps time").first).to_be_visible()
                return bool(
                    await page.evaluate(
                        """(zone) => [...document.querySelectorAll('#steps time')].every((node) =>
                            node.textContent === orderPage.clock(node.dateTime, zone)
                            && node.textContent !== orderPage.clock(node.dateTime))""",
                        zone,
                    )
                )

            await eventually(is_told, "the times are not those of the location's zone", every=0.3)
        finally:
            assert before is not None
            await locations.update_one({"_id": before["_id"]}, {"$set": {"timezone": before["timezone"]}})
