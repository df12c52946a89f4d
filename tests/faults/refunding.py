"""Managers who give a dish of a paid order back, again until there is an answer, while the gateway misbehaves."""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx
from pymongo.errors import PyMongoError

from shared.ids import refund_id
from tests.faults.books import Found, Ledger
from tests.faults.matrix import CALLERS, GATEWAYS, HELD_SECONDS, Cell
from tests.faults.stage import NOT_KNOWN, Stage
from tests.patience import PATIENCE_SECONDS, eventually

_MOST_REFUNDS = 3
_PAUSE_SECONDS = 0.4


def ids_of(attempts: list[str]) -> list[str]:
    """The ids under which the gateway may know refunds of these attempts."""
    return [refund_id(one, number) for one in attempts for number in range(1, _MOST_REFUNDS + 1)]


@dataclass
class Refunding:
    """One dish that all callers of a cell give back. `said`: what each was answered at last."""

    stage: Stage
    cell: Cell
    preview_id: str
    said: list[tuple[int, Any] | None] = field(default_factory=list)
    unit: str = ""
    payment_id: str = ""

    async def begin(self) -> None:
        """Wait for the order, and let the gateway be as the cell wants."""

        async def placed() -> bool:
            order = await self.stage.order(self.preview_id)
            if order is None or not order["paymentId"]:
                return False
            self.unit, self.payment_id = order["items"][0]["id"], order["paymentId"]
            return True

        await eventually(placed, f"{self.preview_id} is no order")
        mode = GATEWAYS[self.cell.gateway].refunds
        if mode != "settles":
            await self.stage.fault(mode="settle", match=self.payment_id)
        if mode in ("decline", "drop_before", "drop_after", "stall", "hide"):
            held = {"seconds": HELD_SECONDS} if mode == "stall" else {}
            match = refund_id(self.payment_id, 1)
            # A look-up names the id alone.
            await self.stage.fault(mode=mode, match=match if mode == "hide" else f"tokenizedRefund {match}", **held)

    def callers(self) -> list[Any]:
        """What each caller does."""
        count, same = CALLERS[self.cell.callers]
        keys = [uuid.uuid4().hex] * count if same else [uuid.uuid4().hex for _ in range(count)]
        self.said = [None] * count
        return [self._give_back(at, key) for at, key in enumerate(keys)]

    @property
    def _here(self) -> str:
        place = self.stage.place.location
        return f"restaurant/{place['restaurantId']}/{place['locationId']}"

    async def _make_again(self) -> None:
        """A manager gives the declined dish back once more, while another one presses retry."""
        headers = {"authorization": f"Bearer {self.stage.bearer}"}
        url = f"{self.stage.stack.api_url}/{self._here}"
        by_hand = self.stage.http.post(
            f"{url}/orders/{self.preview_id}/refunds",
            json={"lines": [{"itemId": self.unit}], "reason": "It was cold."},
            headers={**headers, "idempotency-key": uuid.uuid4().hex},
            timeout=12,
        )
        retry = self.stage.http.post(f"{url}/attention/payment:{self.payment_id}/retry", headers=headers, timeout=12)
        await asyncio.gather(by_hand, retry)

    async def _give_back(self, at: int, key: str) -> None:
        path = f"{self._here}/orders/{self.preview_id}/refunds"
        headers = {"authorization": f"Bearer {self.stage.bearer}", "idempotency-key": key}
        body = {"lines": [{"itemId": self.unit}], "reason": "It was cold."}
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            with contextlib.suppress(httpx.HTTPError):
                answer = await self.stage.http.post(
                    f"{self.stage.stack.api_url}/{path}", json=body, headers=headers, timeout=12
                )
                said = answer.json()
                if answer.status_code < 500 and said.get("code") != "KEY_RUNNING":
                    self.said[at] = (answer.status_code, said)
                    return
            await asyncio.sleep(_PAUSE_SECONDS)

    async def go_on(self, over: asyncio.Event) -> None:
        """Settle what is to be settled meanwhile, find what is hidden, and let time pass, until it is over."""
        mode = GATEWAYS[self.cell.gateway].refunds
        while not over.is_set():
            with contextlib.suppress(httpx.HTTPError, PyMongoError):
                await self.stage.make_keys_old()
                refunds = await self.stage.refunds(self.payment_id) if self.payment_id else []
                if mode == "settles" and refunds:
                    await self.stage.fault(mode="settle", match=self.payment_id)
                if any(one["state"] == "declined" and not one.get("again") for one in refunds):
                    await self._make_again()
                if any(one["state"] == "unknown" for one in refunds):
                    await self.stage.fault(mode="ok", match=refund_id(self.payment_id, 1))
                    await self.stage.make_refunds_old(self.payment_id)
            await asyncio.sleep(_PAUSE_SECONDS)

    def left(self, found: Found) -> list[str]:
        """What is still under way."""
        paying = [one for one in found.payments if one["_id"] == self.payment_id]
        if not paying or not paying[0]["refunds"]:
            return ["nothing is given back yet"]
        payment = paying[0]
        known = NOT_KNOWN in (payment.get("needsAttention") or "")
        return [] if payment["state"] == "part_refunded" or known else [f"its payment is {payment['state']}"]

    def differences(self, found: Found, ledger: Ledger) -> list[str]:
        """Everything that is not as it must be, in words."""
        order = found.order
        if order is None:
            return ["there is no order"]
        told = []
        rows = [row for row in ledger.rows if row["ofExternalTransactionId"] == self.payment_id]
        made = [row["amountCents"] for row in rows if row["kind"] == "refund"]
        if len(made) > 1 or len(rows) > len(made):
            told.append(f"the gateway gave back {[(row['kind'], row['amountCents']) for row in rows]}")
        if made and made != [order.get("refundedCents")]:
            told.append(f"{made} cents went back, and the order says {order.get('refundedCents')}")
        payment = next(one for one in found.payments if one["_id"] == self.payment_id)
        if (payment["state"] == "part_refunded") != bool(made):
            told.append(f"the payment is {payment['state']}, and {made} cents went back")
        if [one["units"] for one in order.get("refunds", []) if not one.get("declined")] != [[self.unit]]:
            told.append(f"the order gives back {order.get('refunds')}")
        kinds = Counter(row["type"] for row in found.rows)
        if kinds["refunded"] - kinds["refund_declined"] != 1:
            told.append(f"{kinds['refunded']} refunds have rows, and {kinds['refund_declined']} declined ones")
        same = CALLERS[self.cell.callers][1]
        codes = Counter("none" if one is None else str(one[1].get("code") or one[0]) for one in self.said)
        wanted = {"200": len(self.said)} if same else {"200": 1, "LINE_REFUNDED": len(self.said) - 1}
        if GATEWAYS[self.cell.gateway].refunds == "decline":
            # Who comes after the gateway's no may be told yes.
            if "200" not in codes or codes.keys() - {"200", "LINE_REFUNDED"}:
                told.append(f"the callers were told {dict(codes)}")
        elif codes != Counter({code: times for code, times in wanted.items() if times}):
            told.append(f"the callers were told {dict(codes)}")
        return told
