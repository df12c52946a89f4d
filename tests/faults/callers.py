"""Diners who pay over HTTP like the existing app, and tap again after an answer that got lost."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

from shared.sealing import Sealer
from tests.e2e.diners import cart_of, line
from tests.faults.matrix import CALLERS, GATEWAYS, HELD_SECONDS, Cell
from tests.http_client import Connection
from tests.patience import PATIENCE_SECONDS, eventually

ANSWERS_WITHIN_SECONDS = 12.0
_PAUSES = (0.1, 0.2, 0.4, 0.7)
_GOOD_CARD = "4111111111111111"
_TIPS: tuple[dict[str, int], ...] = ({}, {"tipCents": 150}, {"tipPercent": 18})


@dataclass
class Caller:
    """One phone that completes a payment. `answers` are all that it heard; `said` is the first that is one."""

    token: str
    token_hash: str
    path: str
    body: dict[str, Any]
    answers: list[str] = field(default_factory=list)
    said: tuple[int, Any] | None = None

    async def complete(self, api_url: str) -> None:
        """Complete until there is an answer."""
        self.said = await self.answer(api_url)

    async def answer(self, api_url: str) -> tuple[int, Any] | None:
        """Tap until there is an answer that is neither a 5xx nor a cut line; None where patience is at its end."""
        pauses = itertools.chain(_PAUSES, itertools.repeat(_PAUSES[-1]))
        deadline = time.monotonic() + PATIENCE_SECONDS
        async with Connection(api_url, timeout=ANSWERS_WITHIN_SECONDS) as connection:
            while time.monotonic() < deadline:
                said = await self.ask(connection)
                if said is not None and said[0] < 500:
                    return said
                await asyncio.sleep(next(pauses))
        return None

    async def ask(self, connection: Connection) -> tuple[int, Any] | None:
        """Tap once; None where the line was cut."""
        try:
            status, body = await connection.post(self.path, self.body)
        except ConnectionError:
            self.answers.append("cut")
            return None
        if isinstance(body, dict):
            # Another one in each answer.
            body.pop("requestId", None)
        code = body.get("code") if isinstance(body, dict) else None
        self.answers.append(f"{status} {code}" if code else f"{status}")
        return status, body


@dataclass
class Party:
    """The callers of one cell around one preview. `tokens` has no two alike."""

    preview_id: str
    line_ids: list[str]
    callers: list[Caller]
    fields_url: str

    @property
    def by_token(self) -> dict[str, Caller]:
        """One caller for each token."""
        return {caller.token: caller for caller in self.callers}

    @property
    def answered(self) -> bool:
        """Whether every caller has an answer."""
        return all(caller.said is not None for caller in self.callers)

    async def take_other_cards(self, http: httpx.AsyncClient) -> None:
        """Whoever is not charged yet takes a card that works."""
        await asyncio.gather(*(type_in(http, f"{self.fields_url}/{token}", _GOOD_CARD) for token in self.by_token))


async def type_in(http: httpx.AsyncClient, url: str, card: str, seconds: float | None = None) -> None:
    """Enter a card into the gateway's fields."""
    given = {"cardNumber": card} | ({} if seconds is None else {"seconds": seconds})
    (await http.post(url, json=given)).raise_for_status()


@dataclass(frozen=True)
class Place:
    """Where the callers order: the API, the gateway's fields, a location that takes payment, and what it sells."""

    api_url: str
    fields_url: str
    location: dict[str, Any]
    dishes: list[str]
    sealer: Sealer


async def invite(cell: Cell, dice: random.Random, place: Place, http: httpx.AsyncClient) -> Party:
    """Price a cart, and give each caller a token with the card of the cell's gateway."""
    dishes = dice.sample(place.dishes, 2)
    line_ids = [secrets.token_hex(12) for _ in dishes]
    lines = [line(*each) for each in zip(line_ids, dishes, strict=True)]
    priced = await _post(http, f"{place.api_url}/order-app/cart/preview-order", cart_of(place.location, lines))
    preview_id = str(priced["data"]["previewOrderId"])
    count, same = CALLERS[cell.callers]
    gateway = GATEWAYS[cell.gateway]
    # A wallet's card cannot be changed once it is drawn.
    by_wallet = gateway.wallets and (same or not wants_other_cards(cell)) and dice.random() < 0.3
    make = _wallet if by_wallet else _card
    made = [await make(cell, preview_id, dice, place, http) for _ in range(1 if same else count)]
    return Party(preview_id, line_ids, made if not same else [_twin(made[0]) for _ in range(count)], place.fields_url)


def wants_other_cards(cell: Cell) -> bool:
    """Whether those who have a token of their own take a card that works once the first was heard of."""
    return (
        not CALLERS[cell.callers][1]
        and cell.gateway not in ("fine", "away")
        and GATEWAYS[cell.gateway].refunds is None
        and cell.step != "expired"
    )


async def _card(cell: Cell, preview_id: str, dice: random.Random, place: Place, http: httpx.AsyncClient) -> Caller:
    start = f"{place.api_url}/payments/start-transaction/{place.location['restaurantId']}"
    token = str((await _post(http, start, {"previewOrderId": preview_id}))["transactionToken"])
    gateway = GATEWAYS[cell.gateway]
    await type_in(http, f"{place.fields_url}/{token}", gateway.card, HELD_SECONDS)
    body = {"previewOrderId": preview_id, "transactionToken": token, **dice.choice(_TIPS)}
    return Caller(token, place.sealer.token_hash(f"card:{token}"), "payments/complete-transaction", body)


async def _wallet(cell: Cell, preview_id: str, dice: random.Random, place: Place, _: httpx.AsyncClient) -> Caller:
    token = {"data": f"{GATEWAYS[cell.gateway].card}-{secrets.token_hex(8)}"}
    details = {"type": "applePay", "isSandbox": True, "billing": {}, "card": {}, "token": token}
    body = {"previewOrderId": preview_id, "transactionDetails": details, **dice.choice(_TIPS)}
    token_hash = place.sealer.token_hash(f"wallet:{json.dumps(token, sort_keys=True)}")
    return Caller(token["data"], token_hash, "payments/complete-upi-transaction", body)


async def _post(http: httpx.AsyncClient, url: str, body: dict[str, Any]) -> dict[str, Any]:
    """Post, again after a 5xx: what has just been started may be slow. Raises httpx.HTTPError."""

    async def answered() -> httpx.Response | None:
        answer = await http.post(url, json=body)
        return answer if answer.status_code < 500 else None

    answer = await eventually(answered, f"no answer but 5xx: {url}", every=_PAUSES[-1])
    assert answer is not None
    return dict(answer.raise_for_status().json())


def _twin(caller: Caller) -> Caller:
    return Caller(caller.token, caller.token_hash, caller.path, caller.body)
