"""Signing in from the command line, the way the manager app does: a code is asked for, and typed in."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

_WITHIN_SECONDS = 30.0
_HEADERS = {"content-type": "application/json", "rid": "passwordless", "st-auth-mode": "header"}


class SignInError(Exception):
    """Nobody was signed in; the message says why."""


def access_token(api: str, core: str, email: str) -> str:
    """Sign somebody in through the app at the origin `api`, whose core's stand-in at `core` knows the code.

    Raises SignInError.
    """
    asked, _ = _post(f"{api}/login/signinup/code", {"email": email})
    attempt = {name: asked.get(name) for name in ("deviceId", "preAuthSessionId")}
    codes, _ = _call("GET", f"{core}/_local/codes")
    code = next((each for each in codes if each["preAuthSessionId"] == attempt["preAuthSessionId"]), None)
    if code is None:
        raise SignInError("the core's stand-in knows of no code")
    _, headers = _post(f"{api}/login/signinup/code/consume", {**attempt, "userInputCode": code["userInputCode"]})
    token = headers.get("st-access-token")
    if not token:
        raise SignInError("the app gave no access token")
    return token


def _post(url: str, body: Mapping[str, Any]) -> tuple[dict[str, Any], Mapping[str, str]]:
    said, headers = _call("POST", url, json.dumps(body))
    if said.get("status") != "OK":
        raise SignInError(f"{urlsplit(url).path} says {said.get('status') or said}")
    return said, headers


def _call(method: str, url: str, body: str | None = None) -> tuple[Any, Mapping[str, str]]:
    at = urlsplit(url)
    connection = http.client.HTTPConnection(at.netloc, timeout=_WITHIN_SECONDS)
    try:
        connection.request(method, at.path, body, _HEADERS)
        answer = connection.getresponse()
        said = json.loads(answer.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise SignInError(f"{url} does not answer ({type(error).__name__})") from None
    finally:
        connection.close()
    if answer.status != 200:
        raise SignInError(f"{at.path} answers {answer.status}: {said.get('message', '')}")
    return said, {name.lower(): value for name, value in answer.getheaders()}
