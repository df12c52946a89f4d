"""What Schemathesis is told beyond its settings: one check more, and how long it may wait for an answer."""

from __future__ import annotations

from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, HookContext, Response

SHARED = {
    **{
        f"/origins/{{restaurantId}}/{{locationId}}/{name}": {"PATCH", "DELETE"}
        for name in ("bulk", "logo", "qr-style", "scans", "sheet.pdf")
    },
    "/restaurant/order-status": {"GET", "HEAD"},
    "/restaurant/{restaurantId}/people/invitations": {"PATCH", "DELETE"},
    "/restaurant/{restaurantId}/webhooks/events": {"PATCH", "DELETE"},
}
"""Addresses that fit another route's pattern, too (`restaurant/{userId}`, `people/{personId}`), and its methods."""

CARTS = ("order_app_preview_order", "pos_restaurant_order")


@schemathesis.check
def only_the_menu_refuses_a_valid_cart(ctx: CheckContext, response: Response, case: Case) -> None:
    """A cart that the document allows may be answered with 400 because its dishes are on no menu, or because its diner
    cannot be reached as they ask, and for no other reason: what else a cart must be, the document says."""
    meta = case.meta
    if case.operation.definition.raw.get("operationId") not in CARTS or response.status_code != 400:
        return
    if meta is not None and meta.generation.mode.is_positive:
        answer = response.json()
        reached = {one["field"] for one in answer["detail"]} <= {"customer.phone", "customer.email"}
        assert reached or answer["code"] == "CART_INVALID", f"a valid cart was refused with {answer['code']}"


@schemathesis.hook
def before_call(context: HookContext, case: Case, kwargs: dict[str, Any]) -> None:
    """Wait a second at most for news of an order: a good wait is as good as another, and takes up to twenty."""
    wait = case.query.get("wait") if case.query else None
    if wait in range(2, 21):
        case.query["wait"] = 1


@schemathesis.hook
def after_call(context: HookContext, case: Case, response: Response) -> None:
    """Take the methods of the other route from `Allow`: the document tells them at the other route's address."""
    others = SHARED.get(case.operation.path, set())
    if others and "allow" in response.headers:
        told = [each.strip() for each in ",".join(response.headers["allow"]).split(",")]
        response.headers["allow"] = [", ".join(each for each in told if each not in others)]
