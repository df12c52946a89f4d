"""Phones of diners and of a restaurant's people, at the stand-in of Twilio: what they got, and what they send."""

from __future__ import annotations

import itertools
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from bson import ObjectId

from local.saas.twilio.vendor import ACCOUNT_SID, AUTH_TOKEN, PHONE_NUMBER
from shared.app import App
from shared.clock import FixedClock
from shared.services.ordering import previewing, steps
from shared.services.ordering.claiming import Asker, claim
from shared.services.support.audit.database import audit
from shared.services.upkeep import sweeper
from shared.settings import Settings
from shared.store.mongo.client import connect
from tests.integration.databases import ensure_indexes
from tests.integration.local_saas.clients import StandIn
from tests.integration.world import World
from tests.patience import eventually

NOBODY_LISTENS = "http://127.0.0.1:9"
API = "http://127.0.0.1:7071"
"""The tests' API_ENDPOINT."""


def numbers() -> Iterator[str]:
    """Numbers that nobody else uses at this stand-in."""
    begin = os.getpid() * 1000
    return (f"+1212{200_0000 + (begin + more) % 800_0000}" for more in itertools.count())


NUMBERS = numbers()


@dataclass
class Phones:
    """A restaurant whose App texts through the stand-in."""

    app: App
    world: World
    stand_in: StandIn
    number: str = field(default_factory=lambda: next(NUMBERS))

    @property
    def clock(self) -> FixedClock:
        assert isinstance(self.app.clock, FixedClock)
        return self.app.clock

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.stand_in.port}/twilio"

    def told(self, what: str, **body: Any) -> dict[str, Any]:
        """Tell the stand-in something."""
        answer = self.stand_in.http.post(f"{self.url}/_local/{what}", json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def fault(self, mode: str, **more: Any) -> None:
        """Break the calls that text this diner."""
        # In the body of a form a plus is written so.
        self.told("fault", mode=mode, match=self.number[1:], **more)

    def texts(self, number: str | None = None) -> list[str]:
        """What a phone got, oldest first."""
        found = self.stand_in.http.get(f"{self.url}/_local/texts").json()
        return [text["body"] for text in found if text["way"] == "out" and text["to"] == (number or self.number)]

    def calls(self, number: str | None = None) -> list[dict[str, Any]]:
        """Each call of Twilio's API for a phone, also one that failed."""
        found = self.stand_in.http.get(f"{self.url}/_local/received").json()
        return [call for call in found if (number or self.number)[1:] in str(call["body"])]

    async def order(self, *dishes: str, **more: Any) -> ObjectId:
        """Order with a wish for texts."""
        customer = {"name": "Ann", "phone": self.number}
        wanted = {"customer": customer, "getSms": True, **more}
        made = await previewing.preview(self.app, self.world.request(*(dishes or ("soup",)), **wanted), request_id="r")
        key = ObjectId(made.preview_order_id)
        await claim(self.app, key, Asker("r"))
        await steps.place_order(self.app, key)
        order = await self.app.db.orders.find_one({"_id": key})
        assert order is not None
        return key

    async def duties(self, order_id: ObjectId, kind: str = "text") -> list[dict[str, Any]]:
        """The duties to text of an order, in the order of their rows."""
        return await self.app.db.duties.find({"orderId": order_id, "kind": kind}).sort("seq", 1).to_list()

    async def settled(self, order_id: ObjectId, kind: str = "text", count: int = 1) -> list[dict[str, Any]]:
        """The duties, once there are so many and nobody is at any of them."""

        async def at_rest() -> list[dict[str, Any]] | None:
            found = await self.duties(order_id, kind)
            resting = [one for one in found if one["state"] != "claimed" and (one["state"] != "due" or one["tries"])]
            return found if len(found) == count == len(resting) else None

        return await eventually(at_rest)

    async def swept_after(self, seconds: float) -> None:
        """The sweeper runs so much later."""
        self.clock.advance(seconds=seconds)
        await sweeper.sweep(self.app)

    async def attention(self) -> list[dict[str, Any]]:
        """What the location's people are told of texts."""
        query = {"locationId": self.world.location_id, "kind": "message"}
        return await self.app.db.attention.find(query).to_list()

    async def is_unharmed(self, order_id: ObjectId) -> bool:
        """Whether the order is as if nobody had been texted, and all invariants hold."""
        order = await self.app.db.orders.find_one({"_id": order_id})
        checkout = await self.app.db.checkouts.find_one({"_id": order_id})
        assert order is not None and checkout is not None
        report = await audit(self.app.db, self.clock)
        return order["status"] == "ACCEPTED" and checkout["state"] == "placed" and report.good


def twilio_settings(stand_in: StandIn) -> dict[str, Any]:
    """The settings that lead to the stand-in."""
    return {
        "twilio_account_sid": ACCOUNT_SID,
        "twilio_auth_token": AUTH_TOKEN,
        "twilio_phone_number": PHONE_NUMBER,
        "twilio_api_base": f"http://127.0.0.1:{stand_in.port}/twilio",
        "allow_message": True,
    }


@asynccontextmanager
async def texting(settings: Settings, stand_in: StandIn, **more: Any) -> AsyncIterator[Phones]:
    """A restaurant that texts."""
    told = Settings.model_validate({**settings.model_dump(), **twilio_settings(stand_in), **more})
    db = connect(told)
    await ensure_indexes(db)
    app = App.over(db, FixedClock(datetime.now(UTC)), told)
    try:
        yield Phones(app, await World().build(app), stand_in)
    finally:
        await app.close()
        await db.client.close()


def signed_form(url: str, form: dict[str, str], token: str = AUTH_TOKEN) -> tuple[bytes, dict[str, str]]:
    """A form as Twilio sends it: its body and headers, signed by the SDK's own hand."""
    from twilio.request_validator import RequestValidator

    signature = RequestValidator(token).compute_signature(url, form)
    headers = {"content-type": "application/x-www-form-urlencoded", "x-twilio-signature": signature}
    return urlencode(form).encode(), headers
