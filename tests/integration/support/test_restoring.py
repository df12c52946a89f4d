"""The database was restored to an earlier moment, and the gateway knows more: whatever the moment, nobody pays for
nothing, and nothing is given back twice."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from bson import ObjectId

from shared.app import App
from shared.ids import external_id
from shared.services.ordering import previewing
from shared.services.ordering.steps import advance
from shared.services.orders import cancelling
from shared.services.paying.returning import return_money
from shared.services.support.audit.database import audit
from shared.services.support.gateway_books import Ledger, LedgerRow
from shared.services.support.restore.restoring import Restored, restore
from shared.services.support.voiding import abandon
from shared.services.upkeep.reconciler import reconcile
from shared.settings import Settings
from tests.integration.backups import FORGETFUL, Backup, back_up, bring_back, story
from tests.integration.local_saas.clients import StandIn
from tests.integration.till import APPROVES, DECLINES, DROPS_AFTER, Till, opened
from tests.integration.world import World


@asynccontextmanager
async def kitchen_that_waits(settings: Settings, gateway: StandIn) -> AsyncIterator[Till]:
    """A till whose kitchen accepts nothing by itself, so that diners may cancel."""
    async with opened(settings, gateway) as till:
        await till.app.db.locations.update_one({"_id": till.world.location_id}, {"$set": {"autoAcceptOrder": False}})
        yield till


def moves(till: Till) -> list[tuple[str, int]]:
    return [(row["kind"], row["amountCents"]) for row in till.merchant.rows()]


async def quiet(till: Till, keys: Sequence[ObjectId]) -> None:
    """Let everything come to rest, as the timers would in the next hour."""
    for _ in range(12):
        till.clock.advance(minutes=5)
        await reconcile(till.app)
        for key in keys:
            await advance(till.app, key)


async def differences(till: Till) -> list[Any]:
    async def load() -> list[LedgerRow]:
        return [LedgerRow.model_validate(row) for row in till.gateway.ledger()]

    return (await audit(till.app.db, till.clock, books=Ledger(load, {till.world.oid}))).listed


async def brought_back(till: Till, backup: Backup, key: ObjectId) -> Restored:
    """Restore, bring the payments up to date, and again, which must find nothing new to move."""
    await bring_back(till.app, backup)
    before = moves(till)
    first = await restore(till.app, [key])
    assert first.unanswered == []
    after = await back_up(till.app)
    again = await restore(till.app, [key])
    assert (again.unanswered, await back_up(till.app)) == ([], after)
    assert moves(till) == before, "bringing back only asks"
    return first


async def test_from_each_moment_of_a_payment_it_is_kept_with_its_order_or_given_back(
    settings: Settings, gateway: StandIn
) -> None:
    """Each moment with a payment of its own: preview made, intent stored, charged but not written down, placed."""
    found = []
    for moment in range(5):
        async with opened(settings, gateway) as till:
            told = story(till)
            await told.remember()
            key = await till.preview()
            await told.remember()
            assert (await told.diner.pay(key, till.token())).placed
            await told.remember()
            await brought_back(till, told.backups[moment], key)
            await quiet(till, [key])
            assert await differences(till) == []
            order = await till.order(key)
            assert till.kept_cents() == (1100 if order else 0)
            found.append((order is not None, till.moves(), await till.states(key)))
            await till.app.db.client.drop_database(till.app.db.name)
    gone = (False, ["capture", "void"], ["voided"])
    stays = (True, ["capture"], ["ordered"])
    assert found == [gone, gone, stays, stays, stays]


async def test_what_was_voided_after_the_moment_is_not_voided_again(settings: Settings, gateway: StandIn) -> None:
    async with kitchen_that_waits(settings, gateway) as till:
        told = story(till)
        await told.remember()
        key = await till.preview()
        await told.remember()
        assert (await told.diner.pay(key, till.token())).placed
        await told.remember()
        await cancelling.cancel(till.app, str(key), request_id="r")
        await told.remember()
        await return_money(told.app, (await till.attempts(key))[0].id)
        await told.remember()
        assert len(told.backups) == 9
        for number, backup in enumerate(told.backups):
            await brought_back(till, backup, key)
            await quiet(till, [key])
            assert (number, moves(till)) == (number, [("capture", 1100), ("void", 1100)])
            assert (number, await till.states(key), await differences(till)) == (number, ["voided"], [])


async def test_what_was_refunded_after_the_moment_is_not_refunded_again(settings: Settings, gateway: StandIn) -> None:
    async with kitchen_that_waits(settings, gateway) as till:
        told = story(till)
        await told.remember()
        key = await till.preview()
        await told.remember()
        assert (await told.diner.pay(key, till.token())).placed
        await told.remember()
        till.gateway.fault(mode="settle", match=(await till.attempts(key))[0].id)
        await cancelling.cancel(till.app, str(key), request_id="r")
        await told.remember()
        await return_money(told.app, (await till.attempts(key))[0].id)
        await told.remember()
        assert len(told.backups) == 9
        for number, backup in enumerate(told.backups):
            await brought_back(till, backup, key)
            await quiet(till, [key])
            assert (number, moves(till)) == (number, [("capture", 1100), ("refund", 1100)])
            assert (number, await till.states(key), await differences(till)) == (number, ["refunded"], [])


async def test_an_order_whose_money_is_back_is_shown_to_a_person(settings: Settings, gateway: StandIn) -> None:
    async with kitchen_that_waits(settings, gateway) as till:
        key = await till.preview()
        assert (await till.pay(key, till.token())).placed
        backup = await back_up(till.app)
        await cancelling.cancel(till.app, str(key), request_id="r")
        await return_money(till.app, (await till.attempts(key))[0].id)
        await brought_back(till, backup, key)
        assert "cancel the order" in (await till.checkout(key))["needsAttention"]


async def test_what_a_person_gave_up_after_the_moment_is_given_up(till: Till) -> None:
    key = await till.preview()
    await till.claim(key, till.token())
    await advance(till.app, key)
    assert await till.states(key) == ["approved"]
    backup = await back_up(till.app)
    await return_money(till.app, str((await abandon(till.app, key, by="ann", reason="r")).payment_id))
    done = await brought_back(till, backup, key)
    assert dict(done.done) == {"was voided before the restore, recorded": 1}
    stored = await till.checkout(key)
    assert (stored["state"], stored["decision"]["by"], stored["refusal"]["code"]) == (
        "abandoned",
        "restore",
        "PAYMENT_RETURNED",
    )
    await quiet(till, [key])
    assert (await till.states(key), till.moves(), await differences(till)) == (["voided"], ["capture", "void"], [])


async def test_a_payment_whose_answer_was_lost_is_found_out(till: Till) -> None:
    key = await till.preview()
    await till.claim(key, till.token(DROPS_AFTER))
    await advance(till.app, key)
    assert await till.states(key) == ["unknown"]
    done = await restore(till.app, [key])
    assert dict(done.done) == {"was charged, looked up": 1}
    await quiet(till, [key])
    assert (await till.states(key), till.kept_cents()) == (["ordered"], 1100)


async def test_a_declined_attempt_keeps_its_number(till: Till) -> None:
    key = await till.preview()
    backup = await back_up(till.app)
    assert not (await till.pay(key, till.token(DECLINES))).placed
    done = await brought_back(till, backup, key)
    assert dict(done.done) == {"was declined, recorded": 1}
    assert (await till.pay(key, till.token(APPROVES))).placed
    assert (await till.states(key), await differences(till)) == (["declined", "ordered"], [])


async def test_a_payment_that_an_order_names_is_its_own(till: Till) -> None:
    """Only some collections were restored."""
    key = await till.preview()
    await till.pay(key, till.token())
    await till.app.db.payments.delete_many({})
    done = await restore(till.app, [key])
    assert dict(done.done) == {"pays an order that names it, recorded": 1}
    assert (await till.states(key), await differences(till)) == (["ordered"], [])


async def test_a_refund_in_part_is_left_to_a_person(till: Till) -> None:
    key = await till.preview()
    backup = await back_up(till.app)
    await till.pay(key, till.token())
    [payment] = await till.attempts(key)
    till.gateway.fault(mode="settle", match=payment.id)
    till.merchant.refund(str(payment.gateway_id), external_id(f"{payment.id}:refund:1"), "4.00")
    await brought_back(till, backup, key)
    await quiet(till, [key])
    [payment] = await till.attempts(key)
    assert (payment.state, payment.kept_cents, till.kept_cents()) == ("part_refunded", 700, 700)
    assert "refunded in part" in str(payment.needs_attention)


async def test_a_preview_of_which_nothing_is_left_is_asked_of_every_merchant(till: Till) -> None:
    for _ in range(3):
        await World(takes_payment=True).build(till.app)
    await World(takes_payment=True, oid="").build(till.app)
    key = await till.preview()
    await till.pay(key, till.token())
    await bring_back(till.app, {name: [] for name in FORGETFUL})
    done = await restore(till.app, [key, ObjectId()])
    assert (done.unknown_here, dict(done.done), done.unanswered) == (
        2,
        {"has no order, recorded to be given back": 1},
        [],
    )
    [payment] = await till.attempts(key)
    assert (payment.state, payment.merchant_oid, payment.location_id) == (
        "voiding",
        till.world.oid,
        till.world.location_id,
    )
    await quiet(till, [])
    assert (await till.states(key), till.kept_cents(), await differences(till)) == (["voided"], 0, [])


async def test_a_dry_run_says_the_same_and_changes_nothing(till: Till) -> None:
    key = await till.preview()
    backup = await back_up(till.app)
    await till.pay(key, till.token())
    await bring_back(till.app, backup)
    said = await restore(till.app, [key], dry_run=True)
    assert await back_up(till.app) == backup
    done = await restore(till.app, [key])
    assert (said.done, said.listed) == (done.done, done.listed)


async def test_a_gateway_that_does_not_answer_is_told(till: Till) -> None:
    key = await till.preview()
    till.gateway.fault(mode="error", status=503, times=100, match=f"orgs/{till.world.oid}/")
    done = await restore(till.app, [key])
    till.gateway.fault(mode="ok", match=f"orgs/{till.world.oid}/")
    assert done.unanswered == [f"preview {key}: answered 503"]


async def test_locations_without_a_merchant_are_not_asked_about(app: App) -> None:
    world = await World(oid="").build(app)
    made = await previewing.preview(app, world.request("soup"), request_id="r")
    done = await restore(app, [ObjectId(made.preview_order_id)])
    assert (done.asked, done.unanswered, done.previews) == (0, [], 1)


async def test_an_old_intent_is_not_charged_after_the_restore(till: Till) -> None:
    """The gateway never heard of it: it is cancelled, and the diner may try again."""
    key = await till.preview()
    await till.claim(key, till.token())
    done = await restore(till.app, [key])
    assert not done.done
    till.clock.advance(seconds=timedelta(minutes=3).total_seconds())
    await advance(till.app, key)
    assert (await till.states(key), till.moves()) == (["cancelled"], [])
