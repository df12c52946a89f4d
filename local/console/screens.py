"""Links to the screens, ready to be opened: each carries the address of the API and the ids it is for.

A kitchen display is opened by the demo's kitchen person, who is signed in for it at the core's stand-in. Such a token
is good for an hour; the start page has a fresh one again.
"""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from local.console.view import PlanView, StackView
from local.saas.supertokens.vendor import API_KEY

_FRESH_SECONDS = 20 * 60.0


class PersonSession:
    """The session of one of the demo's people, renewed long before its token is over. `who`: as the demo calls them."""

    def __init__(self, http: httpx.AsyncClient, who: str) -> None:
        self._http = http
        self._who = who
        self._token = ""
        self._made_at = -_FRESH_SECONDS

    async def token(self, stack: StackView) -> str:
        """A token; "" where nobody can be signed in: no demo data, another core, or a core that does not answer."""
        user_id = (stack.demo.get(self._who) or {}).get("userId")
        core = stack.plan.core_url
        if core is None or user_id is None:
            return ""
        if time.monotonic() - self._made_at >= _FRESH_SECONDS:
            session = {"userId": user_id, "userDataInJWT": {}, "userDataInDatabase": {}, "useDynamicSigningKey": True}
            try:
                answer = await self._http.post(
                    f"{core}/recipe/session", json=session | {"enableAntiCsrf": False}, headers={"api-key": API_KEY}
                )
                self._token = str(answer.raise_for_status().json()["accessToken"]["token"])
            except (httpx.HTTPError, KeyError, ValueError):
                return ""
            self._made_at = time.monotonic()
        return self._token


def kitchen_links(stack: StackView, token: str) -> list[dict[str, str]]:
    """The kitchen displays of the demo locations that the start page orders from, one for each station.

    The location that takes no payment comes first. Empty without demo data.
    """
    places = [stack.demo.get(name) or {} for name in ("open", "payment")]
    stations = [(place, station) for place in places for station in place.get("stationIds") or []]
    return [kitchen_link(stack.plan, place, station, token) for place, station in stations]


def kitchen_link(plan: PlanView, place: dict[str, Any], station_id: str, token: str) -> dict[str, str]:
    """One station's display. The token stands behind the #, so that no server and no log sees it."""
    query = urlencode(
        {
            "api": plan.api_url,
            "restaurantId": place.get("restaurantId", ""),
            "locationId": place.get("locationId", ""),
            "stationId": station_id,
        }
    )
    return {
        "stationId": station_id,
        "url": f"{plan.console_url}/kitchen/?{query}#token={quote(token)}",
    }


def board_url(plan: PlanView) -> str:
    """The staff's board, with nobody signed in."""
    return f"{plan.console_url}/board/?{urlencode({'api': plan.api_url})}"


def order_url(stack: StackView, place: str = "open") -> str | None:
    """The diner's menu, as the code at a table of a demo location leads to it; None without demo data."""
    origin = (stack.demo.get(place) or {}).get("originId")
    return f"{stack.plan.console_url}/order/entry/{origin}" if origin else None


def status_url(plan: PlanView, restaurant_id: str, order_id: str) -> str:
    """The diner's page of an order."""
    query = urlencode({"api": plan.api_url, "restaurantId": restaurant_id, "orderId": order_id})
    return f"{plan.console_url}/status/?{query}"
