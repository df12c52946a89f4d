"""The local stack's receiver of webhooks: it shows what came, checks the signature, and goes wrong on demand."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.integration.local_saas.clients import StandIn
from tests.integration.webhooks.house import House


class Local:
    """The receiver of the session's stand-in, at an address of the test's own."""

    def __init__(self, stand_in: StandIn, name: str) -> None:
        self.base = f"http://127.0.0.1:{stand_in.port}/webhooks"
        self.http, self.name = stand_in.http, name
        self.url = f"{self.base}/in/{name}"

    async def do(self, what: str, **body: Any) -> None:
        answer = await asyncio.to_thread(self.http.post, f"{self.base}/_local/{what}", json=body)
        assert answer.status_code == 200, answer.text

    async def events(self) -> list[dict[str, Any]]:
        shown = await asyncio.to_thread(self.http.get, f"{self.base}/_local/events")
        return [one for one in shown.json() if one["name"] == self.name]


@pytest.fixture
def local(gateway: StandIn, house: House) -> Local:
    return Local(gateway, house.restaurant_id)


async def test_it_shows_what_came_and_whether_the_signature_is_good(house: House, local: Local) -> None:
    made = await house.hook(local.url)
    sent = (await house.call("send_test", webhookId=made["webhookId"]))["data"]
    await local.do("secret", name=local.name, secret=made["secret"])
    await house.call("send_test", webhookId=made["webhookId"])
    await local.do("secret", name=local.name, secret="whsec_other")
    refused = (await house.call("send_test", webhookId=made["webhookId"]))["data"]
    assert [one["signature"] for one in await local.events()] == ["unknown", "good", "bad"]
    assert [one["answered"] for one in await local.events()] == [200, 200, 400]
    assert (await local.events())[0]["id"] == sent["eventId"]
    assert (refused["state"], refused["status"]) == ("failed", 400)


async def test_it_fails_cuts_the_line_and_sends_elsewhere_on_demand(house: House, local: Local) -> None:
    made = await house.hook(local.url)

    async def result() -> tuple[str, int | None]:
        sent = (await house.call("send_test", webhookId=made["webhookId"]))["data"]
        return sent["state"], sent["status"]

    await local.do("fault", mode="error", status=502, times=1, match=local.name)
    assert await result() == ("failed", 502)
    await local.do("fault", mode="drop_before", times=1, match=local.name)
    assert await result() == ("failed", None)
    await local.do("redirect", name=local.name, to=local.url)
    assert await result() == ("failed", 307)
    await local.do("redirect", name=local.name, to="")
    assert await result() == ("done", 200)
    assert len(await local.events()) == 4
