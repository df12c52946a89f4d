"""What decides about money is read inside the transaction: an older read beside it decides nothing (rules 3, 4)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

from bson import ObjectId

from shared.integrations.pay import Declined
from shared.services.menu import catalog
from shared.services.ordering.steps import place_order, take_payment
from shared.services.orders import cancelling
from shared.services.paying.outcomes import record
from shared.services.support import voiding
from shared.services.upkeep import reconciler
from shared.store import payments
from shared.store.mongo.client import connect
from tests.integration.old_reads import OldReads
from tests.integration.till import Till


@asynccontextmanager
async def seeing(till: Till, collection: str, key: Any, old: dict[str, Any] | None) -> AsyncIterator[Till]:
    """The same till in a process whose reads outside a transaction show a document as it was."""
    settings = till.app.settings
    reads = OldReads(settings.mongodb_uri.get_secret_value(), settings.db_name)
    reads.show(collection, key, old)
    db = connect(settings, event_listeners=[reads])
    assert await db[collection].find_one({"_id": key}) == old
    yield replace(till, app=replace(till.app, db=db))
    await db.client.close()
    reads.close()


async def stored(till: Till, collection: str, key: Any) -> dict[str, Any]:
    found = await till.app.db[collection].find_one({"_id": key})
    assert found is not None
    return dict(found)


async def accepts_by_hand(till: Till) -> None:
    await till.app.db.locations.update_one({"_id": till.world.location_id}, {"$set": {"autoAcceptOrder": False}})


async def test_a_cancel_that_sees_its_payment_as_it_was_before_the_order_gives_it_back(till: Till) -> None:
    """The order was off, the money was kept, and nobody was asked to look."""
    await accepts_by_hand(till)
    key = await till.preview()
    await till.claim(key, till.token())
    await take_payment(till.app, key)
    [before] = await till.app.db.payments.find({"previewId": key}).to_list()
    await place_order(till.app, key)
    async with seeing(till, "payments", before["_id"], before) as late:
        assert (await cancelling.cancel(late.app, str(key), request_id="r")).status == "CANCELLED"
    assert await till.states(key) == ["voiding"]
    await reconciler.reconcile(till.app)
    assert (await till.states(key), till.kept_cents()) == (["voided"], 0)
    assert await till.differences() == []


async def test_a_cancel_that_does_not_see_its_checkout_gives_back_the_portions(till: Till) -> None:
    await accepts_by_hand(till)
    soup = {"_id": till.world.menu_id, "items.id": "soup"}
    await till.app.db.menus.update_one(soup, {"$set": {"items.$.dailyStock": 1}})
    catalog.forget(till.app, till.world.restaurant_id, till.world.location_id)
    key = await till.preview()
    assert (await till.pay(key, till.token())).placed
    async with seeing(till, "checkouts", key, None) as late:
        assert (await cancelling.cancel(late.app, str(key), request_id="r")).status == "CANCELLED"
    [count] = await till.app.db.stock.find({}).to_list()
    assert (count["n"], "heldLines" in await till.checkout(key)) == (0, False)


async def test_a_decline_that_sees_its_checkout_unclaimed_opens_it_again(till: Till) -> None:
    """The payment was over and the checkout claimed by it for ever: the diner could neither pay nor order."""
    key = await till.preview()
    before = await stored(till, "checkouts", key)
    await till.claim(key, till.token())
    [payment] = await till.attempts(key)
    assert await payments.move(till.app.db, payment, "sent", at=till.clock.now(), by="driver")
    async with seeing(till, "checkouts", key, before) as late:
        await record(late.app, payment.id, Declined("Decline"), by="driver")
    assert (await till.states(key), (await till.checkout(key))["state"]) == (["declined"], "open")
    assert (await till.pay(key, till.token())).placed


async def test_a_person_who_does_not_see_the_payment_gives_up_nothing(till: Till) -> None:
    """The checkout was given up as one that had not charged anybody, and its payment stayed approved."""
    key = await till.preview()
    await till.claim(key, till.token())
    await take_payment(till.app, key)
    [payment] = await till.attempts(key)
    async with seeing(till, "payments", payment.id, None) as late:
        with suppress(voiding.CannotAbandonError):
            await voiding.abandon(late.app, ObjectId(key), by="ann", reason="no bread")
    standing = ((await till.checkout(key))["state"], await till.states(key))
    assert standing in (("claimed", ["approved"]), ("abandoned", ["voiding"]))
    await place_order(till.app, key)
    await reconciler.reconcile(till.app)
    assert await till.differences() == []


async def test_a_claims_payment_is_no_stray_for_who_sees_the_checkout_before_its_claim(till: Till) -> None:
    key = await till.preview()
    before = await stored(till, "checkouts", key)
    await till.claim(key, till.token())
    await take_payment(till.app, key)
    async with seeing(till, "checkouts", key, before) as late:
        payment = await voiding.stray(late.app, key)
        assert payment is not None
        assert not await voiding.return_stray(late.app, payment)
    await place_order(till.app, key)
    assert await till.states(key) == ["ordered"]


async def test_two_moves_that_end_where_they_began_are_not_one(till: Till) -> None:
    """refunding -> part_refunded -> refunding: a worker that saw the first refund must not end the second."""
    key = await till.preview()
    assert (await till.pay(key, till.token())).placed
    now = till.clock.now()

    async def move(to: Any) -> bool:
        [payment] = await till.attempts(key)
        return await payments.move(till.app.db, payment, to, at=now, by="person")

    assert await move("refunding")
    [seen] = await till.attempts(key)
    assert await move("part_refunded")
    assert await move("refunding")
    assert not await payments.move(till.app.db, seen, "refunded", at=now, by="reconciler")
    assert not await payments.note(till.app.db, seen, look_at=None)
    [payment] = await till.attempts(key)
    assert (payment.state, payment.version) == ("refunding", len(payment.history))


async def test_a_payment_of_an_older_release_counts_from_its_next_move(till: Till) -> None:
    key = await till.preview()
    await till.claim(key, till.token())
    await till.app.db.payments.update_one({"previewId": key}, {"$unset": {"version": ""}})
    [payment] = await till.attempts(key)
    assert payment.version == 0
    await take_payment(till.app, key)
    await place_order(till.app, key)
    [payment] = await till.attempts(key)
    assert (payment.state, payment.version) == ("ordered", 3)
    assert await till.differences() == []
