"""What is left of a number that was texted, and of one that asked for a code (rules 12, 24.1, 24.6)."""

from __future__ import annotations

import logging

import pytest
from bson import json_util

from shared.domain.persons import person
from shared.services.support.privacy import erasing
from tests.integration.core import Core
from tests.integration.messages.phones import Phones
from tests.integration.messages.test_codes_to_sign_in import asked, telling


async def naming(phones: Phones) -> set[str]:
    """The collections in which the number stands anywhere, in any writing."""
    db = phones.app.db
    found = {name: json_util.dumps(await db[name].find().to_list()) for name in await db.list_collection_names()}
    return {name for name, text in found.items() if phones.number[2:] in text}


async def test_it_stands_in_the_order_alone_and_goes_with_it(
    phones: Phones, core: Core, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    await phones.settled(await phones.order())
    await asked(telling(phones), core, phones.number)
    assert len(phones.texts()) == 2
    assert await naming(phones) == {"orders", "orders_preview"}
    done = await erasing.erase(phones.app, person(phones.number, None), lambda what, done, total: None)
    assert (done.orders, done.has_account) == (1, False)
    assert await naming(phones) == set()
    said = [one.getMessage() for one in caplog.records if one.levelno >= logging.INFO]
    assert said and not [line for line in said if phones.number[2:] in line]
