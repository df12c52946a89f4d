"""A restaurant whose people and screens get pushes: orders, the clock, and who wants them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Any

from bson import ObjectId

from shared.app import App
from shared.clock import FixedClock
from shared.documents.pushes import PushScreen
from shared.integrations.fcm.client import Fcm
from shared.integrations.web_push.client import WebPush
from shared.memory.slots import Memory
from shared.services.messages import reaching
from shared.services.ordering import previewing, steps
from shared.services.ordering.claiming import Asker, claim
from shared.services.upkeep import sweeper
from shared.store import push_screens, push_tokens
from tests.integration.pushes.phones import Pushes, new_token, push_settings
from tests.integration.world import World


def with_pushes(app: App, base: str, **more: Any) -> App:
    """The app as another process of a deployment that sends pushes to the stand-ins at `base`."""
    made = push_settings(app.settings, base, **more)
    return replace(app, settings=made, push=Fcm(made), web_push=WebPush(made), memory=Memory())


@dataclass(frozen=True)
class House:
    """One restaurant with one location."""

    app: App
    world: World
    pushes: Pushes

    @classmethod
    async def of(cls, app: App, pushes: Pushes, *, auto_accepts: bool = True) -> House:
        return cls(with_pushes(app, pushes.base), await World(auto_accepts=auto_accepts).build(app), pushes)

    async def close(self) -> None:
        await self.app.push.close()
        await self.app.web_push.close()

    @property
    def clock(self) -> FixedClock:
        assert isinstance(self.app.clock, FixedClock)
        return self.app.clock

    async def person(self, *, locations: list[str] | None = None) -> str:
        """Somebody who works here; `locations` None: at all locations."""
        user_id = f"u-{ObjectId()}"
        membership = {"restaurantId": self.world.restaurant_id, "role": "kitchen", "locationIds": locations}
        restaurants = [self.world.restaurant_id]
        await self.app.db.users.insert_one({"userId": user_id, "restaurants": restaurants, "memberships": [membership]})
        return user_id

    async def phone(self, user_id: str | None = None) -> str:
        """A phone of a person that gets pushes."""
        token = new_token()
        await push_tokens.put(
            self.app.db,
            token,
            user_id=user_id or await self.person(),
            platform="android",
            restaurant_id=self.world.restaurant_id,
            now=self.clock.now(),
        )
        return token

    async def screen(self, path: str = "to", *, stations: list[str] | None = None) -> str:
        """A paired screen whose browser gets pushes, of these stations or of the whole location; its browser's id at
        the push service."""
        browser, to = self.pushes.browser(path)
        here = {"restaurantId": self.world.restaurant_id, "locationId": self.world.location_id}
        shows = {"role": "expo"} if stations is None else {"role": "kitchen", "stationIds": stations}
        key = ObjectId()
        now = self.clock.now()
        await self.app.db.devices.insert_one({"_id": key, **here, **shows, "claimedAt": now})
        screen = PushScreen(
            id=key,
            restaurant_id=self.world.restaurant_id,
            location_id=self.world.location_id,
            endpoint=to.endpoint,
            p256dh=to.p256dh,
            auth=to.auth,
        )
        await push_screens.put(self.app.db, screen, now)
        return browser

    async def order(self, dish: str = "soup") -> ObjectId:
        """An order that is placed; nobody was told of it yet."""
        made = await previewing.preview(self.app, self.world.request(dish), request_id="r")
        key = ObjectId(made.preview_order_id)
        await claim(self.app, key, Asker("r"))
        await steps.run(self.app, "place_order", key)
        return key

    async def sweep(self) -> None:
        """Let the sweeper run, once what was left undone is old enough for it, and what it sets going."""
        await self._idle()
        self.clock.advance(seconds=6)
        for _ in range(2):
            await sweeper.sweep(self.app)
            await self._idle()

    async def _idle(self) -> None:
        while running := self.app.memory[reaching.RUNNING]:
            await asyncio.gather(*running)

    async def duty(self, order_id: ObjectId, kind: str = "push", seq: int = 1) -> dict[str, Any] | None:
        """The duty of a push; None where none was written."""
        return await self.app.db.duties.find_one({"_id": f"{kind}:{order_id}:{seq}"})

    async def state(self, order_id: ObjectId, kind: str = "push") -> str:
        """How a push's duty stands."""
        found = await self.duty(order_id, kind)
        assert found is not None
        return str(found["state"])

    async def attention(self) -> list[int]:
        """How many failures each entry counts that the location's people read of messages."""
        query = {"kind": "message", "locationId": self.world.location_id}
        return [one["count"] async for one in self.app.db.attention.find(query)]
