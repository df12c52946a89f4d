"""Phones and screens that get pushes from the stand-ins of Firebase and of a browser's push service."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import Any

import httpx

from local.saas.fcm.vendor import FCM
from local.saas.web_push.vendor import WEB_PUSH
from shared.integrations.push import Subscription
from shared.settings import Settings


def push_settings(settings: Settings, base: str, **more: Any) -> Settings:
    """The settings as they lead to the stand-ins at `base`. Keywords are further settings."""
    told = {**FCM.settings(f"{base}/fcm"), **WEB_PUSH.settings(f"{base}/web_push")}
    lower = {name.lower(): value for name, value in told.items()}
    return Settings.model_validate({**settings.model_dump(), **lower, "webhooks_to_this_machine": True, **more})


def new_token() -> str:
    """A token that no other test uses."""
    return f"phone-{secrets.token_hex(6)}:{secrets.token_hex(12)}"


@dataclass(frozen=True)
class Pushes:
    """What came to the stand-ins, and what they do wrong."""

    base: str
    http: httpx.Client

    @classmethod
    def at(cls, base: str) -> Pushes:
        return cls(base, httpx.Client(trust_env=False, verify=False))

    def to(self, token: str) -> list[dict[str, Any]]:
        """What a phone shows, the first first."""
        return [one for one in self._get("fcm/_local/pushes") if one["token"] == token]

    def calls(self, token: str) -> int:
        """How often Firebase was asked to push to a token."""
        return sum(token in json.dumps(one["body"]) for one in self._get("fcm/_local/received"))

    def token_calls(self) -> int:
        """How often somebody asked for an access token."""
        return sum(one["path"].endswith("/token") for one in self._get("fcm/_local/received"))

    def tell(self, token: str, state: str) -> None:
        """From now on a token is that: `unregistered`, `mismatch`, `invalid` or `ok`."""
        self._post("fcm/_local/token", {"token": token, "state": state})

    def breaks(self, match: str, **fault: Any) -> None:
        """Something goes wrong with pushes to tokens, or with calls, in which `match` is found."""
        self._post("fcm/_local/fault", {"match": match, **fault})

    def browser(self, path: str = "to") -> tuple[str, Subscription]:
        """A browser that subscribed: its id, and how it is reached."""
        made = self._post("web_push/_local/subscribe", {})
        endpoint = f"{self.base}/web_push/{path}/{made['id']}"
        return made["id"], Subscription(endpoint, made["keys"]["p256dh"], made["keys"]["auth"])

    def shown(self, browser: str) -> list[dict[str, Any]]:
        """What a browser shows, with the headers of each."""
        return [one for one in self._get("web_push/_local/pushes") if one["browser"] == browser]

    def screen_calls(self, browser: str) -> int:
        """How often the browser's push service was called for it."""
        return sum(one["path"].endswith(browser) for one in self._get("web_push/_local/received"))

    def leave(self, browser: str) -> None:
        """The browser is gone."""
        self._post("web_push/_local/unsubscribe", {"id": browser})

    def screen_breaks(self, browser: str, **fault: Any) -> None:
        """Something goes wrong with pushes to one browser."""
        self._post("web_push/_local/fault", {"match": browser, **fault})

    def mend(self) -> None:
        """Nothing goes wrong any more."""
        for vendor in ("fcm", "web_push"):
            self._post(f"{vendor}/_local/fault", {"mode": "ok"})

    def _get(self, path: str) -> list[dict[str, Any]]:
        return list(self.http.get(f"{self.base}/{path}").json())

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self.http.post(f"{self.base}/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())
