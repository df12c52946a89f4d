"""A charge that surely never left for the gateway ends its attempt at once; one in doubt waits (rules 4)."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from bson import ObjectId

from local.mongod import free_port
from shared.domain.payment_states import ATTEMPTS, MOST_ATTEMPTS
from shared.errors import Problem
from shared.integrations.emergepay.client import EmergePay
from shared.integrations.pay import NotSent
from shared.services.menu import catalog
from shared.services.ordering.steps import advance, take_payment
from shared.services.paying.outcomes import record
from shared.store import payments
from tests.integration.scripted_gateway import bytes_only, serving
from tests.integration.till import DECLINES, DROPS_BEFORE, Till


@asynccontextmanager
async def reaching(till: Till, url: str) -> AsyncIterator[Till]:
    """The same till, in an app that knows the gateway by this address."""
    settings = till.app.settings.model_copy(update={"emergepay_environment_url": url})
    pay = EmergePay(settings)
    yield replace(till, app=replace(till.app, pay=pay, settings=settings))
    await pay.close()


@asynccontextmanager
async def down(till: Till) -> AsyncIterator[Till]:
    """The same till, while nobody listens where the gateway is."""
    async with reaching(till, f"http://127.0.0.1:{free_port()}/v1") as away:
        yield away


async def limit_soup(till: Till) -> None:
    query = {"_id": till.world.menu_id, "items.id": "soup"}
    await till.app.db.menus.update_one(query, {"$set": {"items.$.dailyStock": 1}})
    catalog.forget(till.app, till.world.restaurant_id, till.world.location_id)


async def test_the_diner_hears_at_once_and_pays_with_a_fresh_card_entry(till: Till) -> None:
    """She waited ten minutes for "we are checking your payment", though nobody had been asked for it."""
    await limit_soup(till)
    key, token = await till.preview(), till.token()
    async with down(till) as away:
        told = await away.pay(key, token)
    assert (told.placed, told.code, told.result_status, told.result_message) == (
        False,
        "PAYMENT_CANCELLED",
        "false",
        "Decline",
    )
    [payment] = await till.attempts(key)
    assert [(step.state, step.by) for step in payment.history[1:]] == [("sent", "driver"), ("cancelled", "driver")]
    assert (payment.version, payment.sealed_token, payment.next_look_at) == (3, None, None)
    checkout = await till.checkout(key)
    assert (checkout["state"], checkout["refusal"]["code"], "heldLines" in checkout) == (
        "open",
        "PAYMENT_CANCELLED",
        False,
    )
    assert "enter your card again" in checkout["refusal"]["message"]
    # What it took is back in the same transaction, so the last soup is hers with the next card.
    assert await till.pay(key, token) == told
    assert (await till.pay(key, till.token())).placed
    assert await till.pay(key, token) == await till.pay(key, token)
    assert (await till.states(key), till.charges(), till.moves()) == (["cancelled", "ordered"], 1, ["capture"])
    assert await till.differences() == []


async def _plain(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """What speaks no TLS."""
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    writer.close()


@pytest.mark.parametrize("url", ["http://gateway.invalid/v1", "https://127.0.0.1:{port}/v1"], ids=["no name", "no TLS"])
async def test_no_connection_is_no_charge(till: Till, url: str) -> None:
    server = await asyncio.start_server(_plain, "127.0.0.1", 0)
    key = await till.preview()
    async with server, reaching(till, url.format(port=server.sockets[0].getsockname()[1])) as away:
        assert (await away.pay(key, till.token())).code == "PAYMENT_CANCELLED"


async def _reset(writer: asyncio.StreamWriter) -> None:
    """Hang up hard on who has asked."""
    raw: socket.socket = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@pytest.mark.parametrize("script", [_reset, bytes_only(b"")], ids=["reset", "closed"])
async def test_a_line_that_was_open_is_in_doubt_and_waits(till: Till, script: Any) -> None:
    key = await till.preview()
    async with serving(script) as gateway, reaching(till, gateway.url) as away:
        await away.claim(key, till.token())
        await take_payment(away.app, key)
        assert (await till.states(key), len(gateway.heard)) == (["unknown"], 1)
    assert (await till.checkout(key))["state"] == "claimed"


async def test_who_hears_of_it_after_others_have_begun_to_look_ends_nothing(till: Till) -> None:
    """The one call came back late: by then a look-up may have met anything."""
    key = await till.preview()
    await till.claim(key, till.token(DROPS_BEFORE))
    await take_payment(till.app, key)
    [payment] = await till.attempts(key)
    assert payment.state == "unknown"
    await record(till.app, payment.id, NotSent("no connection"), by="driver")
    assert await till.states(key) == ["unknown"]


async def test_it_counts_as_none_of_the_five_attempts(till: Till) -> None:
    key = await till.preview()
    async with down(till) as away:
        for _ in range(ATTEMPTS + 1):
            assert (await away.pay(key, till.token())).code == "PAYMENT_CANCELLED"
    for _ in range(ATTEMPTS - 1):
        assert (await till.pay(key, till.token(DECLINES))).code == "PAYMENT_DECLINED"
    async with down(till) as away:
        assert (await away.pay(key, till.token())).code == "PAYMENT_CANCELLED"
    await advance(till.app, key)
    assert (await till.checkout(key))["state"] == "open"
    assert (await till.pay(key, till.token(DECLINES))).code == "PAYMENT_DECLINED"
    with pytest.raises(Problem) as refused:
        await till.pay(key, till.token())
    assert refused.value.code.code == "PREVIEW_EXPIRED"
    await till.time_passes(seconds=6)
    assert (await till.checkout(key))["state"] == "expired"
    assert (len(await till.attempts(key)), till.moves()) == (2 * ATTEMPTS + 2, [])
    assert await till.differences() == []


async def test_an_outage_does_not_fill_the_database_with_attempts(till: Till) -> None:
    key = await till.preview()
    async with down(till) as away:
        for _ in range(MOST_ATTEMPTS):
            assert (await away.pay(key, till.token())).code == "PAYMENT_CANCELLED"
        with pytest.raises(Problem) as refused:
            await away.pay(key, till.token())
    assert refused.value.code.code == "PREVIEW_EXPIRED"
    assert len(await till.attempts(key)) == MOST_ATTEMPTS


async def test_several_drivers_at_once_end_one_attempt_once(till: Till) -> None:
    key = await till.preview()
    await till.claim(key, till.token())
    async with down(till) as away:
        await asyncio.gather(*(take_payment(away.app, key) for _ in range(8)))
    [payment] = await till.attempts(key)
    assert (payment.state, payment.version, (await till.checkout(key))["state"]) == ("cancelled", 3, "open")


async def test_the_next_attempt_is_told_by_its_own_number_after_a_restore(till: Till) -> None:
    """Attempts that never left have numbers, too: what was paid after them is found at the gateway."""
    from shared.services.support.restore.restoring import restore

    key = await till.preview()
    async with down(till) as away:
        for _ in range(ATTEMPTS + 1):
            await away.pay(key, till.token())
    assert (await till.pay(key, till.token())).placed
    [payment] = [one for one in await till.attempts(key) if one.state == "ordered"]
    for collection in ("payments", "orders", "order_events", "checkouts"):
        await till.app.db[collection].delete_many({})
    done = await restore(till.app, [ObjectId(key)])
    found = await payments.get(till.app.db, payment.id)
    assert found is not None, done
    assert (found.attempt, found.state) == (ATTEMPTS + 2, "voiding")
