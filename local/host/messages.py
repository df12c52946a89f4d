"""HTTP on both sides of a function: what the worker makes of a request, and what is sent for its answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from functools import lru_cache
from http.cookies import Morsel, SimpleCookie
from typing import Any
from urllib.parse import quote, unquote

import azure.functions as func
from azure.functions.http import HttpRequest

# What PathString leaves as it is: unreserved characters, sub-delimiters, and : @ /
_PATH_SAFE = "/-._~!$&'()*+,;=:@"
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "upgrade", "content-length"})
_NO_BODY = frozenset({204, 205, 304})
_NAMES_REMEMBERED = 512
_KEPT_IN_URL = re.compile(r"(%[0-9A-Fa-f]{2})")

Headers = Iterable[tuple[bytes, bytes]]


class UnusableResultError(TypeError):
    """A function returned what cannot be an HTTP answer."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer: `headers` without lengths, `cookies` are whole Set-Cookie values."""

    status: int
    headers: MutableMapping[str, str]
    body: bytes
    cookies: tuple[str, ...] = ()

    def to_asgi(self) -> list[tuple[bytes, bytes]]:
        """The header lines, with the body's length where a body is allowed."""
        lines = [(_name_on_the_wire(name), value.encode("ascii")) for name, value in self.headers.items()]
        lines += [(b"set-cookie", cookie.encode("ascii")) for cookie in self.cookies]
        if self.status not in _NO_BODY:
            lines.append((b"content-length", b"%d" % len(self.body)))
        return lines


def read_headers(lines: Headers) -> dict[str, str]:
    """Header lines by name in lower case; repeated ones are joined, as ASP.NET does."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in lines:
        name = raw_name.decode("latin-1")
        try:
            value = raw_value.decode()
        except UnicodeDecodeError:
            value = raw_value.decode("latin-1")
        if name in headers:
            value = f"{headers[name]}{'; ' if name == 'cookie' else ','}{value}"
        headers[name] = value
    return headers


def read_query(query: str) -> dict[str, str]:
    """Query parameters as the worker gets them: repeats, in any letter case, joined; empty values left out."""
    names: dict[str, str] = {}
    values: dict[str, str] = {}
    for pair in query.split("&"):
        if not pair:
            continue
        raw_name, _, raw_value = pair.partition("=")
        name, value = unquote(raw_name.replace("+", " ")), unquote(raw_value.replace("+", " "))
        known = names.setdefault(name.lower(), name)
        values[known] = f"{values[known]},{value}" if known in values else value
    return {name: value for name, value in values.items() if value}


def url_path(path: str) -> str:
    """A decoded path in a URL again."""
    if path.isascii() and "%" not in path:
        return quote(path, safe=_PATH_SAFE)
    return "".join(
        part if _KEPT_IN_URL.fullmatch(part) else quote(part, safe=_PATH_SAFE) for part in _KEPT_IN_URL.split(path)
    )


def make_request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    query: Mapping[str, str],
    route_parameters: Mapping[str, str],
    body: bytes,
) -> func.HttpRequest:
    """The request object that the worker would make."""
    return HttpRequest(
        method,
        url,
        headers=headers,
        params=query,
        route_params=route_parameters,
        body_type="bytes",
        body=body,
    )


def make_reply(result: Any) -> Reply:
    """What is sent for a function's result. Raises UnusableResultError where that is no answer, or cannot be sent."""
    if isinstance(result, func.HttpResponse):
        return _from_response(result)
    if isinstance(result, str):
        return Reply(200, {"content-type": "text/plain; charset=utf-8"}, result.encode())
    raise UnusableResultError(f"an HTTP function must return a str or an HttpResponse, not {type(result).__name__}")


def _from_response(response: func.HttpResponse) -> Reply:
    headers: dict[str, str] = {}
    cookies: tuple[str, ...] = ()
    for name, value in response.headers:
        lowered = _checked_name(name)
        if lowered == "set-cookie":
            cookies = (*cookies, *_cookie_lines(value))
        elif lowered not in _HOP_BY_HOP:
            # One value per name reaches the host: the last.
            headers[lowered] = value if value.isascii() and value.isprintable() else _header_value(lowered, value)
    status = int(response.status_code)
    if not 200 <= status <= 599:
        raise UnusableResultError(f"{status} is not the status of an answer")
    body = b"" if status in _NO_BODY else response.get_body()
    if "content-type" not in headers:
        mimetype = response.mimetype
        headers["content-type"] = (
            f"{mimetype}; charset={response.charset}" if mimetype.startswith("text/") else mimetype
        )
    return Reply(status, headers, body, cookies)


# As strict as Azure's web server, which sends no name that is no token, no control character, and only ASCII.


@lru_cache(_NAMES_REMEMBERED)
def _checked_name(name: str) -> str:
    lowered = name.lower()
    if _HEADER_NAME.fullmatch(lowered) is None:
        raise UnusableResultError(f"the header '{lowered}' cannot be sent")
    return lowered


@lru_cache(_NAMES_REMEMBERED)
def _name_on_the_wire(name: str) -> bytes:
    return name.encode("ascii")


def _header_value(name: str, value: str) -> str:
    if not value.isascii() or not value.replace("\t", " ").isprintable():
        raise UnusableResultError(f"the header '{name}' cannot be sent")
    return value


def _cookie_lines(text: str) -> Iterable[str]:
    """The worker reads a Set-Cookie value with http.cookies, and the host writes it anew: so do we."""
    return [_header_value("set-cookie", _cookie_line(morsel)) for morsel in SimpleCookie(text).values()]


def _cookie_line(morsel: Morsel[str]) -> str:
    parts = [f"{morsel.key}={quote(morsel.value, safe='-._~')}"]
    if morsel["expires"]:
        parts.append(f"expires={morsel['expires']}")
    if morsel["max-age"]:
        parts.append(f"max-age={morsel['max-age']}")
    if morsel["domain"]:
        parts.append(f"domain={morsel['domain']}")
    parts.append(f"path={morsel['path'] or '/'}")
    if morsel["secure"]:
        parts.append("secure")
    if morsel["samesite"]:
        parts.append(f"samesite={morsel['samesite'].lower()}")
    if morsel["httponly"]:
        parts.append("httponly")
    return "; ".join(parts)
