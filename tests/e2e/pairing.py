"""A manager who pairs kitchen screens, for the tests of the screens in a browser."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import httpx
import pymongo
from bson import ObjectId
from playwright.async_api import Page

from tests.e2e.screens import Screens
from tests.patience import PATIENCE_SECONDS
from tests.stack import Stack


class Manager:
    """The owner of the open location, at the staff's app."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._place: dict[str, Any] = stack.demo["open"]

    @property
    def stations(self) -> list[str]:
        """The ids of the location's stations."""
        return list(self._place["stationIds"])

    async def device(
        self, stations: Sequence[str] = (), *, name: str = "Grill", role: str = "kitchen"
    ) -> dict[str, Any]:
        """A device that waits for its code; by default of the first station."""
        body = {
            "restaurantId": self._place["restaurantId"],
            "locationId": self._place["locationId"],
            "name": name,
            "role": role,
            "stationIds": list(stations or ([] if role == "expo" else self.stations[:1])),
        }
        made: dict[str, Any] = (await self._call("POST", "devices", json=body))["data"]
        return made

    async def revoke(self, device_id: str) -> None:
        """End a device."""
        await self._call("DELETE", f"devices/{self._place['restaurantId']}/{self._place['locationId']}/{device_id}")

    async def expire(self, device_id: str) -> None:
        """Let the ten minutes of a device's code be over."""
        async with pymongo.AsyncMongoClient[dict[str, Any]](self._stack.mongo_uri) as client:
            await client[self._stack.db_name].devices.update_one(
                {"_id": ObjectId(device_id)}, {"$set": {"codeExpiresAt": datetime(2026, 1, 1, tzinfo=UTC)}}
            )

    async def _call(self, method: str, path: str, **options: Any) -> Any:
        headers = {"authorization": f"Bearer {self._stack.token()}"}
        async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False, headers=headers) as http:
            answer = await http.request(method, f"{self._stack.api_url}/{path}", **options)
        assert answer.is_success, answer.text
        return answer.json()


def kitchen_address(stack: Stack, *, code: str | None = None, **query: str) -> str:
    """The kitchen's page as a device opens it."""
    asked = f"?{urlencode(query)}" if query else ""
    return f"{stack.console_url}/kitchen/{asked}{f'#device={code}' if code else ''}"


async def paired(screens: Screens, stack: Stack, **device: Any) -> Page:
    """A screen that a manager has just paired by the link, live."""
    made = await Manager(stack).device(**device)
    page = await screens.opened(kitchen_address(stack, code=made["code"]))
    await page.locator("#line", has_text="Live").wait_for()
    return page
