"""Somebody tries out stolen cards: every route that charges counts new tokens, and a location under fire is slowed for
those addresses alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from local.host.app import load_app
from local.supervisor.options import PROJECT
from shared.errors import TOKEN_USED
from shared.memory.slots import Memory
from shared.services.limits import declines
from shared.services.upkeep import reconciler
from shared.web.routes import ROUTES
from tests.integration.paying.test_payment_routes import WALLET, call
from tests.integration.till import APPROVES, DECLINES, Till
from tests.integration.world import World

ANN, BOB, CAROL = "203.0.113.7:50001", "203.0.113.8:50002", "203.0.113.9:50003"

Body = Callable[[Till, ObjectId, str], dict[str, Any]]

CHARGES: dict[str, Body] = {
    "payments_complete_transaction": lambda till, key, card: {
        "previewOrderId": str(key),
        "transactionToken": till.token(card),
    },
    "payments_complete_wallet_transaction": lambda till, key, card: {
        "previewOrderId": str(key),
        "transactionDetails": WALLET | {"token": {"data": f"{card}-{ObjectId()}"}},
    },
}
"""How a new token is tried by each route that charges."""


def limited(till: Till, **settings: Any) -> Till:
    given = till.app.settings.model_copy(update=settings)
    return replace(till, app=replace(till.app, settings=given, memory=Memory()))


@pytest.fixture(autouse=True)
def on_the_minute(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows are the clock's minutes: begin ten seconds into one. This machine may be slow to count."""
    monkeypatch.setattr("shared.store.limits.COUNT_SECONDS", 60)
    till.clock.moment = till.clock.moment.replace(minute=5, second=10, microsecond=0) + timedelta(hours=1)


async def tried(till: Till, sender: str | None, card: str = DECLINES, route: str = "", *, again: bool = False) -> int:
    """The status that a new cart gets for a new token (`again`: for the same token once more)."""
    name = route or next(iter(CHARGES))
    key = await till.preview()
    body = CHARGES[name](till, key, card)
    headers = {} if sender is None else {"x-forwarded-for": sender}
    status, _, told = await call(till.app, name, body, **headers)
    assert status != 429 or int(told["retry-after"]) > 0
    if again:
        assert (await call(till.app, name, body, **headers))[0] == status
    return status


def test_every_route_that_charges_is_known_here() -> None:
    load_app(PROJECT, {})
    # Only a route that takes a card's or a wallet's token can answer that it was used.
    assert {route.name for route in ROUTES if TOKEN_USED in route.errors} == set(CHARGES)


@pytest.mark.parametrize("route", CHARGES)
async def test_new_tokens_are_counted_by_every_route_that_charges(till: Till, route: str) -> None:
    tight = limited(till, payments_per_address_and_minute=5)
    statuses = [await tried(tight, ANN, route=route, again=True) for _ in range(5)]
    assert statuses == [200] * 5
    charges = till.charges()
    assert [await tried(tight, ANN, route=each) for each in (*CHARGES, *CHARGES)] == [429] * 4
    assert till.charges() == charges == 5
    assert await tried(tight, BOB, APPROVES, route) == 200
    till.clock.advance(minutes=1)
    assert await tried(tight, ANN, APPROVES, route) == 200


async def test_an_address_that_is_refused_the_card_fields_cannot_go_on_with_wallets(till: Till) -> None:
    """What was seen: with the limit at 5 and the address already refused, 20 wallet tokens were declined in 1.6 s."""
    tight = limited(till, payments_per_address_and_minute=5)
    path = {"restaurantId": till.world.restaurant_id}
    headers = {"x-forwarded-for": ANN}
    starts = [(await call(tight.app, "payments_start_transaction", b"", path, **headers))[0] for _ in range(6)]
    assert starts == [200] * 5 + [429]
    wallet = "payments_complete_wallet_transaction"
    assert [await tried(tight, ANN, route=wallet) for _ in range(20)] == [200] * 5 + [429] * 15
    assert till.charges() == 5


async def test_another_location_gives_no_fresh_allowance_for_ever_and_is_not_closed_by_this_one(till: Till) -> None:
    tight = limited(till, payments_per_address_and_minute=2, limits_over_all_locations=3)
    others = [replace(tight, world=await World(takes_payment=True).build(till.app)) for _ in range(2)]
    assert [await tried(tight, ANN) for _ in range(3)] == [200, 200, 429]
    assert [await tried(others[0], ANN) for _ in range(3)] == [200, 200, 429]
    # Three times as many over all locations, the refused ones among them.
    assert [await tried(others[1], ANN), await tried(others[1], BOB)] == [429, 200]


async def entries(till: Till) -> list[dict[str, Any]]:
    return await till.app.db.attention.find({}).to_list(10)


async def test_a_location_with_many_declines_is_told_and_slows_only_the_addresses_that_had_some(till: Till) -> None:
    tight = limited(till, payments_per_address_and_minute=8, declines_per_location=6)
    elsewhere = replace(tight, world=await World(takes_payment=True).build(till.app))
    assert [await tried(tight, ANN) for _ in range(5)] == [200] * 5
    assert await entries(till) == []
    assert await tried(tight, BOB) == 200
    [entry] = await entries(till)
    here = {"restaurantId": till.world.restaurant_id, "locationId": till.world.location_id}
    assert entry == {
        "_id": f"declines:{till.world.location_id}",
        **here,
        "kind": "declines",
        "reason": "Many payments are declined here: somebody may be trying out stolen cards.",
        "count": 6,
        "at": till.clock.now(),
    }
    till.clock.advance(minutes=1)
    tight = limited(tight)
    # Bob had one decline, and may try half of what he might. Ann had many, and is slowed as far as anybody is.
    assert [await tried(tight, BOB, APPROVES) for _ in range(5)] == [200] * 4 + [429]
    assert [await tried(tight, ANN) for _ in range(declines.SLOWEST + 1)] == [200] * declines.SLOWEST + [429]
    # Nobody else is slowed, whether there is an address or none.
    assert [await tried(tight, CAROL, APPROVES) for _ in range(8)] == [200] * 8
    assert await tried(tight, None, APPROVES) == 200
    assert [await tried(limited(elsewhere), ANN, APPROVES) for _ in range(5)] == [200] * 5


async def test_an_alarm_ends_by_itself_and_begins_anew(till: Till) -> None:
    tight = limited(till, payments_per_address_and_minute=8, declines_per_location=2)
    assert [await tried(tight, ANN) for _ in range(2)] == [200] * 2
    till.clock.advance(minutes=21)
    tight = limited(tight)
    assert [await tried(tight, ANN, APPROVES) for _ in range(8)] == [200] * 8
    [entry] = await entries(till)
    assert "endedAt" not in entry
    till.clock.advance(minutes=40)
    await reconciler.reconcile(tight.app)
    assert await declines.end_quiet(tight.app) == 1
    [entry] = await entries(till)
    assert entry["endedAt"] == till.clock.now()
    assert [await tried(tight, ANN) for _ in range(2)] == [200] * 2
    [entry] = await entries(till)
    assert ("endedAt" in entry, entry["count"]) == (False, 2)


async def test_the_address_of_an_attempt_is_a_digest_and_is_gone_with_the_gateway_s_word(till: Till) -> None:
    key = await till.preview()
    body = CHARGES["payments_complete_transaction"](till, key, APPROVES)
    headers = {"x-forwarded-for": ANN, "prefer": "respond-async"}
    assert (await call(till.app, "payments_complete_transaction", body, **headers))[0] in (200, 202)
    stored = await till.app.db.payments.find_one({"previewId": key})
    assert stored is not None
    assert stored["state"] in ("approved", "ordered")
    assert "askedFrom" not in stored
    assert "203.0.113.7" not in repr(stored)
