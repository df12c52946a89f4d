"""The stand-in of the sign-in service's core, and somebody who signs in through the app's own routes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import azure.functions as func
import httpx

from local.saas.supertokens.vendor import API_KEY
from shared.app import App
from shared.web import login
from shared.web.runtime import Given
from tests.web_calls import content, request


@dataclass(frozen=True)
class Tokens:
    """A session as the core gives it."""

    handle: str
    access: str
    refresh: str

    @property
    def bearer(self) -> dict[str, str]:
        """The header of a request in this session."""
        return {"authorization": f"Bearer {self.access}"}

    @property
    def cookie(self) -> dict[str, str]:
        """The same as a browser sends it."""
        return {"cookie": f"sAccessToken={self.access}"}


@dataclass(frozen=True)
class Core:
    """The core's stand-in at `url`."""

    url: str
    # Nothing is encrypted on this machine, and reading the certificates of the world takes longer than any call.
    http: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False, verify=False))

    def session(self, user_id: str) -> Tokens:
        """A session of somebody, without a code."""
        body = {"userId": user_id, "userDataInJWT": {}, "userDataInDatabase": {}, "useDynamicSigningKey": True}
        made = self._post("/public/recipe/session", body | {"enableAntiCsrf": False})
        return Tokens(made["session"]["handle"], made["accessToken"]["token"], made["refreshToken"]["token"])

    def expired(self, user_id: str) -> Tokens:
        """A session whose access token is over already."""
        self.switch("lifetimes", accessTokenSeconds=0)
        try:
            return self.session(user_id)
        finally:
            self.switch("lifetimes", accessTokenSeconds=None)

    def refreshed(self, tokens: Tokens) -> Tokens:
        """The session after a refresh whose tokens nobody has used yet."""
        body = {"refreshToken": tokens.refresh, "enableAntiCsrf": False, "useDynamicSigningKey": True}
        made = self._post("/recipe/session/refresh", body)
        return Tokens(made["session"]["handle"], made["accessToken"]["token"], made["refreshToken"]["token"])

    def add_user(self, user_id: str, email: str) -> None:
        """Somebody with an account, unless they have one."""
        self.switch("users", id=user_id, email=email)

    def code(self, address: str) -> str:
        """The newest code of an e-mail address or a phone number."""
        shown = self.http.get(f"{self.url}/_local/codes").json()
        return next(str(one["userInputCode"]) for one in shown if address in (one["email"], one["phoneNumber"]))

    def calls(self) -> Counter[str]:
        """What it was asked lately, by path."""
        return Counter(one["path"] for one in self.http.get(f"{self.url}/_local/received").json())

    def switch(self, switch: str, **body: Any) -> None:
        """Work one of its switches."""
        answer = self.http.post(f"{self.url}/_local/{switch}", json=body)
        assert answer.status_code == 200, answer.text

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self.http.post(f"{self.url}{path}", json=body, headers={"api-key": API_KEY})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@dataclass
class Visitor:
    """Somebody in front of the app's sign-in, with a browser's cookies or a page's headers."""

    app: App
    core: Core
    mode: str = "header"
    address: str = "10.0.0.1"
    cookies: dict[str, str] = field(default_factory=dict)
    access: str = ""
    refresh: str = ""

    async def call(self, path: str, body: Any = None, method: str = "POST", **headers: str) -> func.HttpResponse:
        """One of the service's routes."""
        sent = {"rid": "anti-csrf", "st-auth-mode": self.mode, "fdi-version": "4.1"}
        sent |= {"x-forwarded-for": self.address}
        if self.cookies:
            sent["cookie"] = self._cookie()
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return await self._sent(method, path, body, sent)

    async def posts_from(self, origin: str, path: str) -> func.HttpResponse:
        """What a page's form does: the browser adds its cookies, and says where the page is from."""
        return await self._sent("POST", path, None, {"origin": origin, "cookie": self._cookie()})

    def _cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    async def _sent(self, method: str, path: str, body: Any, headers: dict[str, str]) -> func.HttpResponse:
        asked = request(method, f"/login/{path}", body if body is not None else b"", headers=headers)
        answer = await login.answer(asked, Given(self.app), path=path)
        for cookie in answer.headers.get_all("set-cookie"):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        self.access = answer.headers.get("st-access-token", self.access)
        self.refresh = answer.headers.get("st-refresh-token", self.refresh)
        return answer

    async def asks(self, **target: str) -> dict[str, Any]:
        """For a code."""
        answer = await self.call("signinup/code", target)
        assert answer.status_code == 200, answer.get_body()
        return dict(content(answer))

    async def signs_in(self, **target: str) -> dict[str, Any]:
        """By the code that was sent; the answer."""
        asked = await self.asks(**target)
        attempt = {name: asked[name] for name in ("deviceId", "preAuthSessionId")}
        code = self.core.code(next(iter(target.values())))
        answer = await self.call("signinup/code/consume", attempt | {"userInputCode": code})
        assert answer.status_code == 200, answer.get_body()
        return dict(content(answer))
