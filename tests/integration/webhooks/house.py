"""A restaurant whose own systems are told what happens."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from shared.app import App
from shared.clock import FixedClock
from shared.integrations.webhooks import Answered, Hooks, WebhookClient
from shared.sealing import Sealer
from shared.services.webhooks import lanes
from shared.services.webhooks.lanes import Told
from tests.integration.crew import Crew
from tests.integration.receivers import Receiver
from tests.integration.till import KilledError
from tests.integration.world import World

PATIENCE_SECONDS = 60
"""How long a call to a receiver may take: on a busy machine it takes seconds, and no test here waits for its end."""


@dataclass
class Mortal:
    """The real client, in a process that is killed before its next call (`before`), or after it (`after`)."""

    hooks: Hooks
    ends: str = ""
    calls: list[str] = field(default_factory=list)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answered:
        self.calls.append(headers["OrderBuddy-Event-Id"])
        if self.ends == "before":
            raise KilledError
        answered = await self.hooks.post(url, body, headers)
        if self.ends == "after":
            raise KilledError
        return answered

    async def close(self) -> None:
        await self.hooks.close()


@dataclass(frozen=True)
class House:
    """`crew` works its orders; `clock` is the app's."""

    app: App
    crew: Crew
    clock: FixedClock

    @staticmethod
    async def of(app: App, world: World) -> House:
        """The same app, with a key for secrets, and let to call this machine."""
        given = app.settings.model_copy(update={"webhooks_to_this_machine": True})
        sealer = Sealer([secrets.token_bytes(32)], base64.b64encode(secrets.token_bytes(32)))
        open_app = replace(app, settings=given, sealer=sealer, hooks=WebhookClient(given, seconds=PATIENCE_SECONDS))
        assert isinstance(app.clock, FixedClock)
        return House(open_app, await Crew.of(open_app, world), app.clock)

    @property
    def restaurant_id(self) -> str:
        return self.crew.world.restaurant_id

    async def call(self, route: str, body: dict[str, Any] | None = None, *, query: str = "", **path: str) -> Any:
        """What a call of the owner answers, which must work."""
        status, answer = await self.crew.call(
            "owner", f"webhooks_{route}", body, query=query, restaurantId=self.restaurant_id, **path
        )
        assert status in (200, 201), (route, status, answer)
        return answer

    async def refused(self, route: str, body: dict[str, Any] | None = None, **path: str) -> tuple[int, Any]:
        return await self.crew.call("owner", f"webhooks_{route}", body, restaurantId=self.restaurant_id, **path)

    async def hook(self, receiver: Receiver | str, **more: Any) -> dict[str, Any]:
        """A webhook to there, as its maker sees it."""
        url = receiver if isinstance(receiver, str) else receiver.url
        return dict((await self.call("create", {"url": url, **more}))["data"])

    async def run(self) -> Told:
        """The timer comes by."""
        return await lanes.run(self.app)

    async def stored(self, made: Mapping[str, Any]) -> dict[str, Any]:
        """A webhook as the list shows it."""
        rows = (await self.call("listed"))["data"]
        return next(dict(row) for row in rows if row["webhookId"] == made["webhookId"])

    async def log(self, made: Mapping[str, Any], query: str = "") -> list[dict[str, Any]]:
        """What was sent to a webhook, the newest first."""
        page = await self.call("deliveries", query=query, webhookId=made["webhookId"])
        return [dict(row) for row in page["data"]]

    async def events(self, after: str = "", limit: int = 200) -> tuple[list[dict[str, Any]], str]:
        """A page of events, and where they go on."""
        page = await self.call("events", query=f"limit={limit}" + (f"&after={after}" if after else ""))
        return page["data"], page["next"]
