"""Money that an older system took is given back there, and written down at the board."""

from __future__ import annotations

from typing import Any

import pymongo
import pytest
from bson import ObjectId
from playwright.async_api import expect

from tests.e2e.screens import Screens
from tests.e2e.test_board import MANAGER, at_the_place, deed, on, unpaid_order
from tests.stack import Stack

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("name", "done"), [("refund", "given back"), pytest.param("cancel", "Cancelled", marks=pytest.mark.long)]
)
async def test_what_was_paid_outside_is_given_back_there_and_written_down(
    screens: Screens, stack: Stack, name: str, done: str
) -> None:
    order_id = await unpaid_order(stack)
    with pymongo.MongoClient[dict[str, Any]](stack.mongo_uri) as client:
        database = client[stack.db_name]
        # As the original server leaves it: a card's token, and no payment of ours.
        database.orders.update_one({"_id": ObjectId(order_id)}, {"$set": {"paymentId": "4f1c-of-the-original"}})
        board = await screens.board()
        await at_the_place(stack, board, MANAGER, "Capitol Hill")
        await deed(board, order_id, name).click()
        if name == "refund":
            await board.check("#refund-all")
        outside = board.locator("#dialog-body input[name=byHand]")
        await expect(outside).to_be_hidden()
        await board.fill("#dialog-body input[name=reason]", "The oven is broken")
        await board.click("#dialog-do")
        await expect(board.locator("#dialog-error")).to_contain_text("This order was paid outside")

        # It is not sent again until somebody says that it is done.
        sent: list[str] = []
        board.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
        await board.click("#dialog-do")
        assert await outside.evaluate("(box) => box.matches(':invalid')")
        await outside.check()
        await board.click("#dialog-do")
        await expect(board.locator("#dialog")).not_to_be_visible()
        assert len([url for url in sent if order_id in url]) == 1
        if name == "cancel":
            await board.locator("#over-box summary").click()
        await expect(on(board, order_id, "making" if name == "refund" else "over")).to_contain_text(done)

        order = database.orders.find_one({"_id": ObjectId(order_id)})
        assert order is not None
        assert [(one["byHand"], one["amountCents"]) for one in order["refunds"]] == [(True, order["totalPriceCents"])]
        diner = await screens.status(order_id)
        await expect(diner.locator("#amounts .back dd")).to_have_text(f"-${order['totalPriceCents'] / 100:.2f}")
        database.orders.delete_one({"_id": order["_id"]})
