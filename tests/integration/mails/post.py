"""A restaurant whose mails go to the stand-in of SendGrid: orders, the clock, and what arrived."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, replace
from typing import Any

import httpx
from bson import ObjectId

from local.saas.sendgrid.vendor import API_KEY, FROM, PUBLIC_KEY
from shared.app import App
from shared.clock import FixedClock
from shared.integrations.sendgrid_mail.client import SendGridMail
from shared.memory.slots import Memory
from shared.services.messages import reaching
from shared.services.ordering import previewing, steps
from shared.services.ordering.claiming import Asker, claim
from shared.services.upkeep import sweeper
from shared.settings import Settings
from tests.integration.world import World
from tests.patience import eventually


def mail_settings(url: str) -> dict[str, str]:
    """The settings that lead to a stand-in."""
    return {
        "sendgrid_api_key": API_KEY,
        "from_email": FROM,
        "sendgrid_api_url": url,
        "sendgrid_webhook_public_key": PUBLIC_KEY,
    }


def with_mail(app: App, url: str, **more: Any) -> App:
    """The app as another process of a deployment that sends mails there."""
    made = Settings.model_validate({**app.settings.model_dump(), **mail_settings(url), **more})
    return replace(app, settings=made, mail=SendGridMail(made), memory=Memory())


@dataclass(frozen=True)
class Post:
    """One restaurant, and the address of one diner that no other test uses."""

    app: App
    world: World
    url: str
    address: str
    http: httpx.Client

    @classmethod
    async def of(cls, app: App, url: str) -> Post:
        world = await World().build(app)
        address = f"ann-{secrets.token_hex(6)}@diner.example"
        return cls(with_mail(app, url), world, url, address, httpx.Client(trust_env=False, verify=False))

    @property
    def clock(self) -> FixedClock:
        assert isinstance(self.app.clock, FixedClock)
        return self.app.clock

    async def order(self, *dishes: str, **more: Any) -> ObjectId:
        """An order that is placed; its receipt is not sent yet."""
        customer = {"name": "Ann", "phone": "5550100200", "email": self.address, **more.pop("customer", {})}
        cart = self.world.request(*(dishes or ("soup",)), customer=customer, **more)
        made = await previewing.preview(self.app, cart, request_id="r")
        key = ObjectId(made.preview_order_id)
        await claim(self.app, key, Asker("r"))
        await steps.run(self.app, "place_order", key)
        return key

    async def sweep(self) -> None:
        """Let the sweeper run, once what was left unsent is old enough for it.

        What sends already must be done first: a jump of the clock would take it for gone.
        """
        await eventually(self._is_idle)
        self.clock.advance(seconds=6)
        await sweeper.sweep(self.app)
        await sweeper.sweep(self.app)

    async def _is_idle(self) -> bool:
        return not self.app.memory[reaching.RUNNING]

    async def duty(self, order_id: ObjectId, seq: int = 1) -> dict[str, Any]:
        found = await self.app.db.duties.find_one({"_id": f"mail:{order_id}:{seq}"})
        assert found is not None
        return found

    async def attention(self) -> list[dict[str, Any]]:
        """What the location's people read of messages that did not go out."""
        query = {"kind": "message", "locationId": self.world.location_id}
        return await self.app.db.attention.find(query).to_list()

    def mails(self, to: str | None = None) -> list[dict[str, Any]]:
        """What arrived at an address, the first first."""
        found = self.http.get(f"{self.url}/_local/mails").json()
        return [one for one in found if one["to"] == [to or self.address]]

    def calls(self) -> list[dict[str, Any]]:
        """What the stand-in was called with for this diner."""
        received = self.http.get(f"{self.url}/_local/received").json()
        return [one for one in received if self.address in json.dumps(one["body"])]

    def fault(self, **fault: Any) -> None:
        answer = self.http.post(f"{self.url}/_local/fault", json=fault)
        assert answer.status_code == 200, answer.text

    def breaks(self, **fault: Any) -> None:
        """Something goes wrong with this diner's mails only."""
        self.fault(match=self.address, **fault)
