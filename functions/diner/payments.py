"""Paying, and placing an order with or without payment (contract 13 to 16)."""

from __future__ import annotations

from typing import Any, Literal

import azure.durable_functions as df

from shared.api import paying as api
from shared.domain.tips import Tip
from shared.services.ordering import paid, unpaid
from shared.services.ordering.paid import Completion
from shared.services.paying import tokens
from shared.services.paying.attempts import Paying
from shared.web.access import anyone
from shared.web.endpoint import Call, Reply, endpoint
from shared.web.routes import API_PREFIX

bp = df.Blueprint()


@endpoint(
    bp,
    "POST",
    "payments/start-transaction/{restaurantId}",
    allow=anyone,
    errors=tokens.START_REFUSALS,
)
async def start_transaction(call: Call[api.StartRequest]) -> api.Started:
    """A token for the card fields, of the merchant who will be paid: the preview's location's, else the restaurant's
    only one (contract 13)."""
    token = await tokens.start(
        call.app, call.path["restaurantId"], call.body.preview_order_id, address=call.client_address
    )
    return api.Started(transaction_token=token)


@endpoint(
    bp,
    "POST",
    "payments/complete-transaction",
    allow=anyone,
    engine=True,
    errors=[*tokens.REFUSALS, *paid.REFUSALS],
    replies={202: api.PlacementPending},
)
async def complete_transaction(
    call: Call[api.CardPayment],
) -> api.CardCompletion | Reply[api.PlacementPending]:
    """Pay for a preview by card and place it; the same token never pays twice (contract 14)."""
    body = call.body
    how = tokens.by_card(call.app, body.transaction_token, Tip(body.tip_cents, body.tip_percent))
    done = await _complete(call, body.preview_order_id, how)
    if done.pending:
        return _pending(str(done.order_id), how)
    return api.CardCompletion(transaction=_transaction(done), order_id=_order_id(done))


@endpoint(
    bp,
    "POST",
    "payments/complete-upi-transaction",
    allow=anyone,
    engine=True,
    errors=[*tokens.REFUSALS, *paid.REFUSALS],
    replies={202: api.PlacementPending},
)
async def complete_wallet_transaction(
    call: Call[api.WalletPayment],
) -> api.WalletCompletion | Reply[api.PlacementPending]:
    """Pay for a preview by Apple Pay or Google Pay and place it; the name of the path is historical (contract 15)."""
    body = call.body
    wallet = body.transaction_details.model_dump(by_alias=True, exclude_unset=True)
    how = tokens.by_wallet(call.app, wallet, Tip(body.tip_cents, body.tip_percent))
    done = await _complete(call, body.preview_order_id, how)
    if done.pending:
        return _pending(str(done.order_id), how)
    transaction = api.WalletTransaction(transaction_response=_transaction(done))
    return api.WalletCompletion(transaction=transaction, order_id=_order_id(done))


async def _complete(call: Call[Any], preview_order_id: str, how: Paying) -> Completion:
    return await paid.complete(
        call.app,
        preview_order_id,
        how,
        request_id=call.request_id,
        wait=not call.prefer_async,
        address=call.client_address,
    )


def _transaction(done: Completion) -> api.Transaction:
    return api.Transaction(
        result_status=done.result_status,
        result_message=done.result_message,
        amount_processed=done.amount,
        code=done.code,
    )


def _order_id(done: Completion) -> str:
    return str(done.order_id) if done.placed else ""


def _pending(order_id: str, how: Paying | None = None) -> Reply[api.PlacementPending]:
    status_url = f"/{API_PREFIX}order-app/orders/{order_id}/status"
    status: Literal["PLACING", "CHECKING_PAYMENT"] = "CHECKING_PAYMENT" if how else "PLACING"
    pending = api.PlacementPending(order_id=order_id, status=status, status_url=status_url)
    return Reply(pending, status=202, headers={"location": status_url})


@endpoint(
    bp,
    "POST",
    "payments/place-order-without-payment",
    allow=anyone,
    engine=True,
    errors=unpaid.REFUSALS,
    replies={202: api.PlacementPending},
)
async def place_order_without_payment(
    call: Call[api.PlacementRequest],
) -> api.Placement | Reply[api.PlacementPending]:
    """Place a preview where no payment is taken; again, it answers with the same order (contract 16)."""
    claimed = await unpaid.place_without_payment(
        call.app, call.body.preview_order_id, request_id=call.request_id, wait=not call.prefer_async
    )
    order_id = str(claimed.order_id)
    return api.Placement(order_id=order_id) if claimed.placed else _pending(order_id)
