"""The audit of payments: silent where money is as it must be, and each kind of damage is found by its invariant, by the
gateway's own answers and by its ledger."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

from bson import ObjectId

from shared.clock import DatabaseClock
from shared.domain.tips import Tip
from shared.ids import external_id
from shared.services.ordering.steps import take_payment
from shared.services.paying.returning import return_money
from shared.services.support.audit.database import Report, audit, settle
from shared.services.support.gateway_books import Books, Ledger, LedgerRow, LookUps
from shared.services.support.voiding import abandon
from shared.settings import Settings
from shared.store.mongo.client import connect
from tests.integration.till import DECLINES, DROPS_AFTER, Till
from tests.integration.world import World

Damage = Callable[[Till, ObjectId], Coroutine[Any, Any, None]]


def ledger(till: Till) -> Ledger:
    async def load() -> list[LedgerRow]:
        return [LedgerRow.model_validate(row) for row in till.gateway.ledger()]

    return Ledger(load, {till.world.oid})


def look_ups(till: Till) -> LookUps:
    return LookUps(till.app.db, till.app.sealer, till.app.pay)


def books(till: Till) -> dict[str, Books]:
    return {"look-ups": look_ups(till), "ledger": ledger(till)}


async def checked(till: Till, by: Books | None) -> Report:
    return await audit(till.app.db, till.clock, books=by)


async def paid(till: Till, *dishes: str, **more: Any) -> ObjectId:
    key = await till.preview(*dishes)
    assert (await till.pay(key, till.token(), **more)).placed
    return key


async def given_up(till: Till) -> ObjectId:
    """A checkout whose approved payment a person gave back."""
    key = await till.preview()
    await till.claim(key, till.token())
    await take_payment(till.app, key)
    await return_money(till.app, str((await abandon(till.app, key, by="ann", reason="r")).payment_id))
    return key


async def change(till: Till, key: ObjectId, **fields: Any) -> None:
    result = await till.app.db.payments.update_one({"previewId": key}, {"$set": fields})
    assert result.modified_count == 1


async def moved(till: Till, key: ObjectId, *states: str, by: str) -> None:
    """Write moves into a payment's document, whoever may have made them."""
    steps = [{"state": state, "at": till.clock.now(), "by": by} for state in states]
    push = {"$push": {"history": {"$each": steps}}, "$set": {"state": states[-1], "nextLookAt": None}}
    await till.app.db.payments.update_one({"previewId": key}, push)


async def test_payments_as_the_checkout_makes_them_are_good(till: Till) -> None:
    await paid(till)
    await paid(till, "soup", "tea", tip=Tip(cents=200))
    declined = await till.preview()
    assert not (await till.pay(declined, till.token(DECLINES))).placed
    assert (await till.pay(declined, till.token())).placed
    await given_up(till)
    for name, by in books(till).items():
        report = await checked(till, by)
        assert (name, report.listed, report.unanswered, report.unchecked) == (name, [], [], {})
        assert report.compared["payments"] == report.compared["payments asked for at the gateway"] == 5
        assert report.on_their_way == []
    report = await checked(till, None)
    assert (report.listed, set(report.unchecked)) == ([], {1})


async def test_a_refund_that_the_document_knows_is_good(till: Till) -> None:
    key = await paid(till)
    await refund_at_gateway(till, key)
    [payment] = await till.attempts(key)
    refund = {
        "_id": till_refund(payment.id),
        "state": "done",
        "amountCents": 500,
        "at": till.clock.now(),
        "by": "person",
    }
    await change(till, key, refunds=[refund])
    await moved(till, key, "refunding", "part_refunded", by="person")
    for by in books(till).values():
        assert (await checked(till, by)).listed == []


def till_refund(payment_id: str) -> str:
    return external_id(f"{payment_id}:refund:1")


# What the gateway did, and the document does not know


async def refund_at_gateway(till: Till, key: ObjectId) -> None:
    till.gateway.fault(mode="settle", match=(await till.attempts(key))[0].id)
    [payment] = await till.attempts(key)
    assert till.merchant.refund(str(payment.gateway_id), till_refund(payment.id), "5.00").json()["transactionResponse"]


async def void_at_gateway(till: Till, key: ObjectId) -> None:
    [payment] = await till.attempts(key)
    till.merchant.void(str(payment.gateway_id), payment.void_id)


async def forget_the_capture(till: Till, key: ObjectId) -> None:
    await till.app.db.orders.delete_one({"_id": key})
    await till.app.db.order_events.delete_many({"orderId": key})
    await till.app.db.checkouts.delete_one({"_id": key})
    history = [{"state": state, "at": till.clock.now(), "by": "x"} for state in ("intent", "sent", "declined")]
    await change(till, key, state="declined", version=3, history=history, capturedCents=None)


async def say_more_than_was_captured(till: Till, key: ObjectId) -> None:
    await till.app.db.orders.update_one({"_id": key}, {"$set": {"totalPriceCents": 1101}})
    await change(till, key, amountCents=1101, capturedCents=1101)


# What the documents themselves contradict


async def change_the_sum(till: Till, key: ObjectId) -> None:
    await change(till, key, amountCents=1)


async def change_the_tip_of_the_order(till: Till, key: ObjectId) -> None:
    await till.app.db.orders.update_one({"_id": key}, {"$set": {"tipCents": 5}})


async def change_the_total_of_the_order(till: Till, key: ObjectId) -> None:
    await till.app.db.orders.update_one({"_id": key}, {"$set": {"totalPriceCents": 5}})


async def name_another_payment(till: Till, key: ObjectId) -> None:
    await till.app.db.orders.update_one({"_id": key}, {"$set": {"paymentId": "x"}})


async def lose_the_payment(till: Till, key: ObjectId) -> None:
    await till.app.db.payments.delete_one({"previewId": key})


async def forget_to_name_the_payment(till: Till, key: ObjectId) -> None:
    await lose_the_payment(till, key)
    await till.app.db.orders.update_one({"_id": key}, {"$set": {"paymentId": ""}})


async def pay_twice(till: Till, key: ObjectId) -> None:
    stored = await till.app.db.payments.find_one({"previewId": key})
    assert stored is not None
    await till.app.db.payments.insert_one({**stored, "_id": "second", "attempt": 2, "tokenHash": "x"})


async def capture_more_than_was_asked(till: Till, key: ObjectId) -> None:
    await change(till, key, capturedCents=1200)


async def lose_the_order(till: Till, key: ObjectId) -> None:
    for collection in ("orders", "checkouts"):
        await till.app.db[collection].delete_one({"_id": key})
    await till.app.db.order_events.delete_many({"orderId": key})


async def leave_it_approved(till: Till, key: ObjectId) -> None:
    await lose_the_order(till, key)
    long_ago = till.clock.now() - timedelta(minutes=1)
    history = [{"state": state, "at": long_ago, "by": "driver"} for state in ("intent", "sent", "approved")]
    await change(till, key, state="approved", history=history)


async def place_without_moving_the_payment(till: Till, key: ObjectId) -> None:
    await till.app.db.payments.update_one({"previewId": key}, {"$set": {"state": "approved"}, "$pop": {"history": 1}})


async def void_under_an_order(till: Till, key: ObjectId) -> None:
    await moved(till, key, "voiding", "voided", by="reconciler")


async def keep_the_money_of_a_cancelled_order(till: Till, key: ObjectId) -> None:
    await till.app.db.orders.update_one({"_id": key}, {"$set": {"status": "CANCELLED"}})


async def skip_a_state(till: Till, key: ObjectId) -> None:
    history = [{"state": state, "at": till.clock.now(), "by": "x"} for state in ("intent", "approved", "ordered")]
    await change(till, key, history=history)


async def begin_in_the_middle(till: Till, key: ObjectId) -> None:
    await till.app.db.payments.update_one({"previewId": key}, {"$pop": {"history": -1}})


async def stand_elsewhere(till: Till, key: ObjectId) -> None:
    await change(till, key, state="part_refunded")


async def count_a_move_too_many(till: Till, key: ObjectId) -> None:
    await till.app.db.payments.update_one({"previewId": key}, {"$inc": {"version": 1}})


async def say_that_it_never_left_without_having_called(till: Till, key: ObjectId) -> None:
    await lose_the_order(till, key)
    steps = [("intent", "diner"), ("sent", "driver"), ("cancelled", "reconciler")]
    history = [{"state": state, "at": till.clock.now(), "by": by} for state, by in steps]
    await change(till, key, state="cancelled", version=3, history=history, capturedCents=None)


async def keep_the_token(till: Till, key: ObjectId) -> None:
    await change(till, key, sealedToken="sealed:v1:x:y")


async def give_the_payment_to_a_stranger(till: Till, key: ObjectId) -> None:
    await change(till, key, restaurantId="somebody-else")


async def give_the_payment_anothers_preview(till: Till, key: ObjectId) -> None:
    other = await World(takes_payment=True).build(till.app)
    made = ObjectId()
    whose = {"restaurantId": other.restaurant_id, "locationId": other.location_id}
    await till.app.db.orders_preview.insert_one({"_id": made, **whose, "totalPriceCents": 1100})
    await change(till, key, previewId=made)


async def spoil_it(till: Till, key: ObjectId) -> None:
    await change(till, key, amountCents="much")


AT_THE_GATEWAY: list[tuple[Damage, int]] = [
    (refund_at_gateway, 1),
    (void_at_gateway, 1),
    (forget_the_capture, 1),
    (say_more_than_was_captured, 1),
]
DAMAGES: list[tuple[Damage, int]] = [
    (change_the_sum, 1),
    (change_the_tip_of_the_order, 1),
    (change_the_total_of_the_order, 1),
    (name_another_payment, 1),
    (lose_the_payment, 1),
    (forget_to_name_the_payment, 1),
    (pay_twice, 1),
    (capture_more_than_was_asked, 1),
    (lose_the_order, 3),
    (leave_it_approved, 3),
    (place_without_moving_the_payment, 3),
    (void_under_an_order, 3),
    (keep_the_money_of_a_cancelled_order, 3),
    (spoil_it, 4),
    (skip_a_state, 6),
    (begin_in_the_middle, 6),
    (stand_elsewhere, 6),
    (keep_the_token, 6),
    (count_a_move_too_many, 6),
    (say_that_it_never_left_without_having_called, 6),
    (give_the_payment_to_a_stranger, 7),
    (give_the_payment_anothers_preview, 7),
]


async def empty(till: Till) -> None:
    for collection in ("orders", "order_events", "checkouts", "orders_preview", "payments"):
        await till.app.db[collection].delete_many({})


async def test_each_kind_of_damage_in_the_documents_is_found(till: Till) -> None:
    missed = []
    for damage, invariant in DAMAGES:
        key = await paid(till)
        await damage(till, key)
        report = await checked(till, None)
        if not report.counts[invariant]:
            missed.append((damage.__name__, report.listed))
        await empty(till)
    assert missed == []


async def test_what_only_the_gateway_knows_is_found_by_look_ups_and_by_its_ledger(till: Till) -> None:
    missed = []
    for damage, invariant in AT_THE_GATEWAY:
        key = await paid(till)
        await damage(till, key)
        [payment] = await till.attempts(key)
        assert (await checked(till, None)).listed == []
        for name, by in books(till).items():
            found = [one for one in (await checked(till, by)).listed if one.what == f"payment {payment.id}"]
            if [one.invariant for one in found] != [invariant]:
                missed.append((damage.__name__, name, found))
        await empty(till)
    assert missed == []


async def test_a_double_capture_and_one_that_no_payment_knows_show_in_the_ledger(till: Till) -> None:
    key = await paid(till)
    [payment] = await till.attempts(key)
    till.merchant.checkout(till.token(), payment.id, "11.00")
    till.merchant.checkout(till.token(), "nobody-knows-it", "3.00")
    report = await checked(till, ledger(till))
    assert [(one.invariant, one.what) for one in report.listed] == [
        (1, f"payment {payment.id}"),
        (1, f"payment {payment.id}"),
        (1, "the gateway"),
    ]
    assert "captured 2 times" in report.listed[0].sentence
    assert "capture of 300 cents that no payment knows: nobody-knows-it" in report.listed[2].sentence


async def test_what_is_not_at_rest_is_listed_and_no_difference(till: Till) -> None:
    key = await till.preview()
    await till.claim(key, till.token(DROPS_AFTER))
    await take_payment(till.app, key)
    for by in books(till).values():
        report = await checked(till, by)
        assert report.listed == []
        assert report.on_their_way == [
            f"payment {(await till.attempts(key))[0].id} is unknown",
            f"checkout {key}",
        ]
    assert not await settle(till.app.db, 0.1)


async def test_a_gateway_that_does_not_answer_leaves_the_audit_open(till: Till) -> None:
    key = await paid(till)
    [payment] = await till.attempts(key)
    till.gateway.fault(mode="error", status=500, times=100, match=payment.id)
    report = await checked(till, look_ups(till))
    assert (report.listed, report.good) == ([], False)
    assert report.unanswered == [f"payment {payment.id}: answered 500"]
    till.gateway.fault(mode="ok", match=payment.id)
    await till.app.db.locations.update_one({"_id": till.world.location_id}, {"$set": {"payment.auth": ""}})
    assert "credentials" in (await checked(till, look_ups(till))).unanswered[0]


async def test_an_order_that_a_person_had_given_back_is_no_difference(till: Till) -> None:
    key = await paid(till)
    await void_at_gateway(till, key)
    await moved(till, key, "voiding", "voided", by="person")
    for by in books(till).values():
        assert (await checked(till, by)).listed == []


async def test_a_database_without_any_collection_is_good(settings: Settings) -> None:
    db = connect(settings)
    report = await audit(db, DatabaseClock())
    assert (report.differences, set(report.unchecked)) == (0, {1})
    await db.client.close()


async def test_a_payment_that_moves_while_it_is_asked_for_is_read_again(till: Till) -> None:
    key = await paid(till)

    class Moving(LookUps):
        """Gives the payment back between the reading of its document and the asking."""

        async def of(self, payment: Any) -> Any:
            if payment.state == "ordered":
                await void_at_gateway(till, key)
                await moved(till, key, "voiding", "voided", by="person")
            return await super().of(payment)

    assert (await checked(till, Moving(till.app.db, till.app.sealer, till.app.pay))).listed == []
