"""Requests and responses as the SDK wants them. Only `client.py` imports this, and only at first use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Literal
from urllib.parse import unquote

from supertokens_python.framework.request import BaseRequest
from supertokens_python.framework.response import BaseResponse
from supertokens_python.recipe.session import SessionContainer

from shared.integrations.identity import SignInCall, Written

_BETWEEN_COOKIES = re.compile("[;,]")


def cookies_of(header: str | None) -> dict[str, str]:
    """The cookies of a Cookie header, also of one that somebody on the way joined by commas; the first of a name."""
    found: dict[str, str] = {}
    for pair in _BETWEEN_COOKIES.split(header or ""):
        name, separator, value = pair.strip().partition("=")
        if separator:
            found.setdefault(name, value)
    return found


class Request(BaseRequest):
    """A request of ours."""

    def __init__(self, call: SignInCall) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._call = call
        self._headers = dict(call.headers)
        if "cookie" in self._headers:
            # The SDK looks into the header itself, and knows only one way to join cookies.
            self._headers["cookie"] = "; ".join(_BETWEEN_COOKIES.split(self._headers["cookie"]))
        self._cookies = cookies_of(self._headers.get("cookie"))
        self._session: SessionContainer | None = None

    def get_original_url(self) -> str:
        return self._call.url

    def get_query_param(self, key: str, default: str | None = None) -> str | None:
        return self._call.query.get(key, default)

    def get_query_params(self) -> dict[str, Any]:
        return dict(self._call.query)

    async def json(self) -> Any:
        return dict(self._call.body)

    async def form_data(self) -> dict[str, Any]:
        return {}

    def method(self) -> str:
        return self._call.method

    def get_cookie(self, key: str) -> str | None:
        return self._cookies.get(key)

    def get_header(self, key: str) -> str | None:
        return self._headers.get(key.lower())

    def get_session(self) -> SessionContainer | None:
        return self._session

    def set_session(self, session: SessionContainer) -> None:
        self._session = session

    def set_session_as_none(self) -> None:
        self._session = None

    def get_path(self) -> str:
        return self._call.path


class Response(BaseResponse):
    """What the SDK answers."""

    def __init__(self, content: Mapping[str, Any] | None = None, status_code: int = 200) -> None:
        super().__init__(dict(content or {}), status_code)
        self.headers: dict[str, str] = {}
        self.cookies: list[str] = []

    @property
    def written(self) -> Written:
        """The headers and the cookies."""
        return Written(dict(self.headers), tuple(self.cookies))

    def set_cookie(  # noqa: PLR0917 - the SDK's own signature
        self,
        key: str,
        value: str,
        expires: int,
        path: str = "/",
        domain: str | None = None,
        secure: bool = False,
        httponly: bool = False,
        samesite: Literal["lax", "strict", "none"] = "lax",
    ) -> None:
        """`expires`: milliseconds since 1970; 0 deletes the cookie."""
        until = format_datetime(datetime.fromtimestamp(expires / 1000, UTC), usegmt=True)
        # The platform escapes a cookie's value, and the SDK has done so already: once is enough.
        parts = [f"{key}={unquote(value)}", f"Expires={until}", f"Path={path}", f"SameSite={samesite.capitalize()}"]
        parts += [f"Domain={domain}"] if domain else []
        parts += ["Max-Age=0"] if expires <= 0 else []
        parts += ["Secure"] if secure else []
        parts += ["HttpOnly"] if httponly else []
        self.cookies.append("; ".join(parts))

    def set_header(self, key: str, value: str) -> None:
        self.headers[key.lower()] = value

    def get_header(self, key: str) -> str | None:
        return self.headers.get(key.lower())

    def remove_header(self, key: str) -> None:
        self.headers.pop(key.lower(), None)

    def set_status_code(self, status_code: int) -> None:
        self.status_code = status_code

    def set_json_content(self, content: dict[str, Any]) -> None:
        self.content = content

    def set_html_content(self, content: str) -> None:
        raise NotImplementedError("no recipe of ours answers with a page")

    def redirect(self, url: str) -> BaseResponse:
        raise NotImplementedError("no recipe of ours redirects")
