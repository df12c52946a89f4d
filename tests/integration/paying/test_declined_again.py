"""A refund that the gateway declined is made again once, by retry or on the order (rules 14)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
from bson import ObjectId

from shared.domain.tips import Tip
from shared.ids import refund_id
from shared.services.upkeep import reconciler
from shared.web.routes import ROUTES
from tests.integration.counter import Counter
from tests.integration.till import Till
from tests.seeds import told_seed
from tests.web_calls import content, request

SOUP, TEA, TIP = 1100, 550, 200
ALL = SOUP + TEA + TIP


@dataclass(frozen=True)
class Desk:
    """A manager with one settled order of soup and tea, and a tip: what is given back goes at once."""

    manager: Counter
    key: ObjectId
    soup: str
    tea: str

    @property
    def till(self) -> Till:
        return self.manager.till

    async def retry(self) -> int:
        payment = await self.manager.payment(self.key)
        world = self.till.world
        path = {"restaurantId": world.restaurant_id, "locationId": str(world.location_id)}
        sent = request("POST", headers=self.manager.headers, path={**path, "entryId": f"payment:{payment.id}"})
        return (await ROUTES.named("attention_retry").handle(sent, app=self.till.app)).status_code

    async def listed(self) -> list[list[str]]:
        """The acts that each thing which needs a person offers."""
        world = self.till.world
        path = {"restaurantId": world.restaurant_id, "locationId": str(world.location_id)}
        sent = request("GET", headers=self.manager.headers, path=path)
        answer = await ROUTES.named("attention_listed").handle(sent, app=self.till.app)
        return [row["acts"] for row in content(answer)["data"]]

    async def declined(self, *units: str, **more: Any) -> None:
        """Give something back, which the gateway declines."""
        assert (await self.manager.refund(self.key, *units, **more))[0] == 200
        self.till.gateway.fault(mode="decline", match="tokenizedRefund", times=1)
        await self.till.time_passes(minutes=1)

    async def gives_back(self, *units: str, **more: Any) -> None:
        """Give something back, which goes."""
        assert (await self.manager.refund(self.key, *units, **more))[0] == 200
        await self.till.time_passes(minutes=1)

    async def is_so(self, *, given: int) -> None:
        """Gateway, payment, order and audit say that so many cents went back."""
        payment, order = await self.manager.payment(self.key), await self.manager.stored(self.key)
        assert (self.till.kept_cents(), payment.kept_cents, payment.left_cents) == (ALL - given,) * 3
        assert order["refundedCents"] == given
        assert await self.till.differences() == []


@pytest.fixture
async def desk(till: Till) -> Desk:
    manager = await Counter.of(till)
    key, [soup, tea] = await manager.order("soup", "tea", tip=Tip(TIP, None))
    await manager.settle(key)
    return Desk(manager, key, soup, tea)


async def test_a_dish_that_was_given_back_by_hand_meanwhile_is_not_made_again(desk: Desk) -> None:
    await desk.declined(desk.soup)
    assert await desk.listed() == [["retry", "dismiss"]]
    await desk.gives_back(desk.soup)
    assert (await desk.listed(), await desk.retry()) == ([], 404)
    await desk.is_so(given=SOUP)


async def test_by_hand_while_it_is_still_owed_and_a_retry_at_once_make_one_refund(desk: Desk) -> None:
    await desk.declined(desk.soup)
    said = await asyncio.gather(desk.manager.refund(desk.key, desk.soup), desk.retry(), desk.retry())
    assert 200 in (said[0][0], *said[1:])
    await desk.till.time_passes(minutes=1)
    assert desk.till.moves() == ["capture", "refund"]
    await desk.is_so(given=SOUP)


async def test_all_that_is_left_leaves_nothing_to_be_made_again(desk: Desk) -> None:
    await desk.declined(desk.soup)
    await desk.declined(amountCents=300)
    await desk.gives_back()
    assert (await desk.listed(), await desk.retry()) == ([], 404)
    await desk.is_so(given=ALL)


async def test_a_cancel_whose_void_became_a_declined_refund_is_made_again_whole_with_its_tip(desk: Desk) -> None:
    await desk.declined()
    assert await desk.listed() == [["retry", "dismiss"]]
    assert await desk.retry() == 200
    await desk.is_so(given=ALL)
    refunds = (await desk.manager.stored(desk.key))["refunds"]
    assert [(one["tipCents"], len(one["units"])) for one in refunds] == [(TIP, 2), (TIP, 2)]


async def test_another_dish_leaves_the_declined_one_a_persons(desk: Desk) -> None:
    await desk.declined(desk.soup)
    await desk.gives_back(desk.tea)
    assert await desk.listed() == [["retry", "dismiss"]]
    assert await desk.retry() == 200
    await desk.is_so(given=SOUP + TEA)
    units = [one["units"] for one in (await desk.manager.stored(desk.key))["refunds"]]
    assert units == [[desk.soup], [desk.tea], [desk.soup]]


async def test_an_amount_is_made_in_the_place_of_a_declined_amount_and_of_what_does_not_fit_any_more(
    desk: Desk,
) -> None:
    await desk.declined(amountCents=300)
    await desk.declined(desk.soup)
    await desk.gives_back(amountCents=400)
    # The soup still fits into what is left, and the first amount is seen to.
    assert await desk.listed() == [["retry", "dismiss"]]
    await desk.gives_back(amountCents=400)
    assert (await desk.listed(), await desk.retry()) == ([], 404)
    await desk.is_so(given=800)


async def test_what_somebody_took_off_the_list_does_not_come_back_to_it(desk: Desk) -> None:
    await desk.declined(desk.soup)
    payment = await desk.manager.payment(desk.key)
    world = desk.till.world
    path = {"restaurantId": world.restaurant_id, "locationId": str(world.location_id)}
    sent = request("POST", headers=desk.manager.headers, path={**path, "entryId": f"payment:{payment.id}"})
    assert (await ROUTES.named("attention_dismiss").handle(sent, app=desk.till.app)).status_code == 200
    await desk.gives_back(desk.tea)
    assert await desk.listed() == []
    await desk.is_so(given=TEA)


@pytest.mark.parametrize("play", range(6))
async def test_in_any_order_and_at_once_no_cent_more_goes_back_than_was_promised(desk: Desk, play: int) -> None:
    random = Random(told_seed() + play)

    async def act() -> None:
        what = random.choice(("soup", "tea", "amount", "all", "retry", "retry", "decline", "decline", "look", "look"))
        match what:
            case "soup" | "tea":
                await desk.manager.refund(desk.key, desk.soup if what == "soup" else desk.tea)
            case "amount":
                await desk.manager.refund(desk.key, amountCents=random.choice((100, 500)), tip=random.random() < 0.3)
            case "all":
                await desk.manager.refund(desk.key)
            case "retry":
                await desk.retry()
            case "decline":
                payment = await desk.manager.payment(desk.key)
                following = refund_id(payment.id, payment.drawn + 1)
                desk.till.gateway.fault(mode="decline", match=f"tokenizedRefund {following}", times=1)
            case _:
                await reconciler.reconcile(desk.till.app)

    for _ in range(12):
        await asyncio.gather(*(act() for _ in range(random.randint(1, 4))))
        desk.till.clock.advance(minutes=1)
        payment, order = await desk.manager.payment(desk.key), await desk.manager.stored(desk.key)
        assert 0 <= payment.left_cents == ALL - order.get("refundedCents", 0)
        assert desk.till.kept_cents() >= 0
    for _ in range(5):
        await desk.till.time_passes(minutes=1)
    given = (await desk.manager.stored(desk.key)).get("refundedCents", 0)
    await desk.is_so(given=given)
