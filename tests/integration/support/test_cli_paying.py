"""`orderbuddy checkout` for the person whom a diner calls: found by whatever is at hand, shown, given up, listed."""

from __future__ import annotations

import json
from datetime import timedelta
from getpass import getuser
from typing import Any

import pytest
from bson import ObjectId
from pymongo import monitoring

from shared.clock import DatabaseClock
from shared.domain.tips import Tip
from shared.services.ordering.steps import take_payment
from shared.services.support.finding import find
from shared.services.support.voiding import abandon
from shared.store.mongo.client import connect
from tests.integration.cli import Ran, orderbuddy
from tests.integration.explained import Captured, faults
from tests.integration.till import DECLINES, DROPS_AFTER, Till
from tests.integration.world import World


async def run(till: Till, *arguments: str, **environment: str) -> Ran:
    given = till.app.settings
    secrets = {
        "EMERGEPAY_ENVIRONMENT_URL": given.emergepay_environment_url or "",
        "SEALING_KEYS": given.sealing_keys.get_secret_value() if given.sealing_keys else "",
        "TOKEN_HASH_KEY": given.token_hash_key.get_secret_value() if given.token_hash_key else "",
        "GATEWAY_TIMEOUT_SECONDS": "10",
    }
    return await orderbuddy(given, *arguments, **secrets, **environment)


async def checkout(till: Till, *arguments: str) -> Ran:
    return await run(till, "checkout", *arguments)


async def paid(till: Till, *dishes: str, **more: Any) -> ObjectId:
    key = await till.preview(*dishes)
    assert (await till.pay(key, till.token(), **more)).placed
    return key


async def unknown(till: Till) -> ObjectId:
    key = await till.preview()
    await till.claim(key, till.token(DROPS_AFTER))
    await take_payment(till.app, key)
    return key


async def approved(till: Till) -> ObjectId:
    key = await till.preview()
    await till.claim(key, till.token())
    await take_payment(till.app, key)
    return key


async def test_show_tells_every_attempt_and_no_secret(till: Till) -> None:
    key, first, second = await till.preview(), till.token(DECLINES), till.token()
    await till.pay(key, first)
    assert (await till.pay(key, second, tip=Tip(cents=200))).placed
    ran = await checkout(till, "show", str(key))
    declined, ordered = await till.attempts(key)
    assert ran.code == 0, ran
    for line in (
        f"payment   {declined.id}, attempt 1, card, declined",
        "  outcome: PAYMENT_DECLINED, answered 'Decline', ",
        f"payment   {ordered.id}, attempt 2, card, ordered",
        "  $13.00, of which tip $2.00, tax $1.00; captured $13.00",
        f"ending in 1111, at the gateway {ordered.gateway_id}",
        ", by diner",
        ", by driver",
        "order     ",
    ):
        assert line in ran.out, (line, ran.out)
    assert "refusal: " not in ran.out
    for secret in (first, second, declined.token_hash, ordered.token_hash, "5550100200", "sealed:"):
        assert secret not in ran.out


async def test_a_checkout_is_found_by_whatever_is_at_hand(till: Till) -> None:
    key = await paid(till)
    [payment] = await till.attempts(key)
    order = await till.order(key)
    assert order is not None
    for text in (str(key), payment.id, payment.id.upper(), str(payment.gateway_id), order["orderCode"], "0200"):
        ran = await checkout(till, "show", text)
        assert (ran.code, f"preview   {key}" in ran.out) == (0, True), (text, ran)
    assert (await checkout(till, "show", order["orderCode"].lower())).code == 0


async def test_several_are_listed_and_none_is_said(till: Till) -> None:
    first, second, waits = await paid(till), await paid(till, "tea"), await unknown(till)
    await till.preview("bread")
    ran = await checkout(till, "show", "100200")
    assert ran.code == 1
    assert sorted(line.split()[0] for line in ran.out.splitlines()) == sorted(map(str, (first, second, waits)))
    assert f"{waits}  no order, $11.00, by Ann" in ran.out
    assert "say which by its id" in ran.err
    ran = await checkout(till, "show", "9999")
    assert (ran.code, ran.out, ran.err) == (
        1,
        "",
        "There is no order of the last two days with the code or the phone 9999.\n",
    )
    await till.app.db.orders.update_one(
        {"_id": first}, {"$set": {"startedAt": till.clock.now() - timedelta(days=3), "customer.phone": "1"}}
    )
    ran = await checkout(till, "show", "0200")
    assert str(second) in ran.out


async def test_searching_reads_no_whole_collection(till: Till) -> None:
    await paid(till)
    await unknown(till)
    for _ in range(20):
        await World().build(till.app)
    captured = Captured()
    listeners: list[monitoring.CommandListener] = [captured]
    db = connect(till.app.settings, event_listeners=listeners)
    for text, matches in (("0200", 2), ("XYZ", 0)):
        captured.take()
        assert len(await find(db, DatabaseClock(), text)) == matches
        commands = captured.take()
        assert len(commands) > 20
        found = [fault for command in commands for fault in await faults(db, command)]
        assert [fault for fault in found if "reads a whole collection" in fault] == []
    await db.client.close()


async def test_void_says_what_it_will_do_and_asks(till: Till) -> None:
    key = await approved(till)
    ran = await checkout(till, "void", str(key))
    assert ran.code == 1
    assert "Its payment of $11.00 (VISA ending in 1111) is approved, and will be given back." in ran.out
    assert "Do it?" in ran.out
    assert await till.states(key) == ["approved"]
    ran = await checkout(till, "void", str(key), "--yes", "--reason", "no bread left")
    [payment] = await till.attempts(key)
    assert (ran.code, ran.out.splitlines()[-2:]) == (
        0,
        [f"Checkout {key} is abandoned.", f"Payment {payment.id} is voided."],
    )
    assert (till.moves(), till.kept_cents()) == (["capture", "void"], 0)
    assert "no bread left" in (await checkout(till, "show", str(key))).out
    ran = await checkout(till, "void", str(key), "--yes")
    assert (ran.code, "abandoned before" in ran.err) == (1, True)


async def test_void_waits_for_a_charge_and_leaves_orders_alone(till: Till) -> None:
    ran = await checkout(till, "void", str(await unknown(till)), "--yes")
    assert (ran.code, "Wait until the gateway has said it" in ran.err) == (1, True)
    ran = await checkout(till, "void", str(await paid(till)), "--yes")
    assert (ran.code, "Cancel the order" in ran.err) == (1, True)
    assert (await checkout(till, "void", str(ObjectId()), "--yes")).code == 1


async def test_what_cannot_be_voided_at_once_is_left_to_the_reconciler(till: Till) -> None:
    key = await approved(till)
    till.gateway.fault(mode="error", status=503, times=100, match=f"orgs/{till.world.oid}/")
    ran = await checkout(till, "void", str(key), "--yes")
    till.gateway.fault(mode="ok", match=f"orgs/{till.world.oid}/")
    assert (ran.code, ran.out.strip().endswith("is voiding: the reconciler gives it back.")) == (0, True)
    till.clock.advance(minutes=2)
    await till.app.db.payments.update_many({}, {"$set": {"nextLookAt": till.clock.now() - timedelta(hours=1)}})
    ran = await run(till, "reconcile")
    assert (ran.code, "1 given back" in ran.out) == (0, True), ran
    assert (await till.states(key), till.kept_cents()) == (["voided"], 0)


async def test_attention_lists_what_waits_for_a_person(till: Till) -> None:
    assert (await checkout(till, "attention")).out == "Nothing needs a person.\n"
    long_ago = till.clock.now() - timedelta(hours=2)
    waits, stuck, flagged = await unknown(till), await approved(till), await till.preview("tea")
    await abandon(till.app, stuck, by="ann", reason="r")
    for key in (waits, stuck):
        await till.app.db.payments.update_one({"previewId": key}, {"$set": {"history.$[].at": long_ago}})
    await till.app.db.checkouts.update_one({"_id": flagged}, {"$set": {"needsAttention": "for a test"}})
    young = await unknown(till)
    ran = await checkout(till, "attention")
    assert (ran.code, ran.out.splitlines()[-1]) == (0, "3 need a person."), ran
    assert f"checkout  {flagged}, open: for a test" in ran.out
    assert f"$11.00 of checkout {waits}, unknown since" in ran.out
    assert f"$11.00 of checkout {stuck}, voiding since" in ran.out
    assert str(young) not in ran.out
    said = json.loads((await checkout(till, "attention", "--json")).out)
    assert (said["count"], [one["reason"] for one in said["payments"]]) == (
        3,
        ["unknown for long", "not given back for long"],
    )


async def test_who_was_seen_to_is_taken_off_the_list(till: Till) -> None:
    key = await paid(till)
    [payment] = await till.attempts(key)
    await till.app.db.payments.update_one({"_id": payment.id}, {"$set": {"needsAttention": "for a test"}})
    assert "1 need a person." in (await checkout(till, "attention")).out
    assert (await checkout(till, "dismiss", payment.id)).code == 0
    assert (await checkout(till, "attention")).out == "Nothing needs a person.\n"
    ran = await checkout(till, "dismiss", payment.id)
    assert (ran.code, "is not flagged" in ran.err) == (1, True)


async def test_an_approved_payment_that_nothing_waits_for_is_given_back(till: Till) -> None:
    key = await approved(till)
    await till.app.db.checkouts.update_one(
        {"_id": key}, {"$set": {"state": "expired", "claim": None}, "$unset": {"heldLines": ""}}
    )
    ran = await checkout(till, "void", str(key), "--reason", "a friend's table", "--yes")
    [payment] = await till.attempts(key)
    assert (ran.code, ran.out.splitlines()[-1]) == (0, f"Payment {payment.id} is voided."), ran
    assert "is approved, though nothing waits for it" in ran.out
    [row] = await till.app.db.trail.find({"restaurantId": till.world.restaurant_id}).to_list()
    assert (row["action"], row["target"]["id"], row["reason"]) == ("payment.voided", payment.id, "a friend's table")
    assert (row["actor"]["kind"], row["actor"]["id"]) == ("system", getuser())
    assert ((await till.checkout(key))["state"], till.moves()) == ("expired", ["capture", "void"])


@pytest.mark.parametrize("how", [[], ["--ledger"], ["--no-gateway"]])
async def test_audit_compares_with_the_gateway(till: Till, how: list[str]) -> None:
    key = await paid(till)
    arguments = [*how, f"{till.gateway.url}/_local/ledger"] if how == ["--ledger"] else how
    good = await run(till, "audit", *arguments)
    assert (good.code, "Everything is as it must be." in good.out) == (0, how != ["--no-gateway"]), good
    assert ("not compared" in good.out) == (how == ["--no-gateway"])
    [payment] = await till.attempts(key)
    till.merchant.void(str(payment.gateway_id), payment.void_id)
    bad = await run(till, "audit", *arguments)
    if how == ["--no-gateway"]:
        assert bad.code == 0
    else:
        assert bad.code == 1
        assert f"payment {payment.id} keeps 0 cents at the gateway (1100 - 1100 - 0), but 1100 by its" in bad.out
    said = json.loads((await run(till, "audit", "--json", *arguments)).out)
    assert (said["compared"]["payments"], said["ok"]) == (1, bad.code == 0)


async def test_audit_waits_for_payments_and_says_what_it_could_not_ask(till: Till) -> None:
    key = await till.preview()
    await till.claim(key, till.token(DROPS_AFTER))
    await take_payment(till.app, key)
    ran = await run(till, "audit", "--settle", "0.3")
    assert (ran.code, "did not come to rest" in ran.out) == (1, True)
    assert f"payment {(await till.attempts(key))[0].id} is unknown" in ran.out
    till.gateway.fault(mode="error", status=500, times=100, match=f"orgs/{till.world.oid}/")
    ran = await run(till, "audit")
    till.gateway.fault(mode="ok", match=f"orgs/{till.world.oid}/")
    assert (ran.code, "1 could not be asked for at the gateway" in ran.out) == (1, True), ran
    ran = await run(till, "audit", "--ledger", till.gateway.url)
    assert (ran.code, ran.err.startswith("The ledger cannot be read")) == (1, True), ran
