"""The address that a diner gives for the receipt (rules 24.2)."""

from __future__ import annotations

import pytest

from shared.errors import Problem
from shared.services.ordering import previewing
from tests.integration.mails.post import Post


@pytest.mark.parametrize(
    "given", ["ann", "ann@", "ann@x", "a b@x.example", "ann@x.example,bob@x.example", "ann@x.example\nBcc: b@x.example"]
)
async def test_what_is_no_address_is_refused_by_its_name(post: Post, given: str) -> None:
    cart = post.world.request("soup", customer={"name": "Ann", "phone": "", "email": given})
    with pytest.raises(Problem) as refused:
        await previewing.preview(post.app, cart, request_id="r")
    assert refused.value.code.status == 400
    assert [one["field"] for one in refused.value.detail] == ["customer.email"]


async def test_an_address_is_kept_with_the_order_and_none_is_none(post: Post) -> None:
    order_id = await post.order(customer={"email": f" {post.address} "})
    order = await post.app.db.orders.find_one({"_id": order_id})
    assert order is not None and order["customer"]["email"] == post.address
    order_id = await post.order("tea", customer={"email": None})
    order = await post.app.db.orders.find_one({"_id": order_id})
    assert order is not None and "email" not in order["customer"]
