"""The stand-in of the SuperTokens core, and somebody who calls it through the real SDK."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import httpx

from local.saas.supertokens.vendor import API_KEY
from local.supervisor.options import PROJECT
from tests import started

from .clients import StandIn

Answer = dict[str, Any]


class Sdk:
    """The SDK in its own process."""

    def __init__(self, connection_uri: str, api_key: str = API_KEY) -> None:
        command = [sys.executable, "-m", "tests.integration.local_saas.sdk", connection_uri, api_key]
        self._process = subprocess.Popen(
            started.tied(command), cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def __call__(self, act: str, **given: Any) -> Answer:
        """What the SDK says, or the name of the error that it raises, as `status`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"act": act, "given": given}) + "\n")
        self._process.stdin.flush()
        said = self._process.stdout.readline()
        assert said, "the SDK's process ended"
        return dict(json.loads(said))

    def close(self) -> None:
        started.end(self._process)
        if self._process.stdin is not None:
            self._process.stdin.close()


@dataclass
class Core:
    """The core in a running process of stand-ins, its switches, and the SDK."""

    stand_in: StandIn
    sdk: Sdk

    @property
    def url(self) -> str:
        """SUPERTOKENS_CONNECTION_URI."""
        return f"http://127.0.0.1:{self.stand_in.port}/supertokens"

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """A call as it goes over the wire, with the key unless `headers` brings another."""
        given = {"api-key": API_KEY, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.stand_in.http.request(method, f"{self.url}{path}", json=body, headers=given)

    def look(self, name: str) -> Any:
        """What `/_local` shows."""
        return self.stand_in.http.get(f"{self.url}/_local/{name}").json()

    def switch(self, switch: str, **body: Any) -> Answer:
        answer = self.stand_in.http.post(f"{self.url}/_local/{switch}", json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def signed_in(self, email: str, **payload: Any) -> Answer:
        """A session of somebody who typed in the code that was sent."""
        asked = self.sdk("ask", email=email)
        done = self.sdk("consume", attempt=asked["attempt"], digits=asked["digits"])
        return self.sdk("begin", user=done["user"]["id"], payload=payload)
