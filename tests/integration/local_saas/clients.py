"""The stand-in as a process of its own, and a merchant who calls its payment gateway over HTTP."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests import started


@dataclass
class StandIn:
    """A running stand-in. It can be killed and started again on the same port and data. `environment`: beside ours."""

    data_dir: Path
    port: int = 0
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None
    # Nothing is encrypted on this machine, and reading the certificates of the world takes longer than any call.
    http: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False, verify=False))

    def start(self) -> None:
        command = [sys.executable, "-m", "local", "saas", "--port", str(self.port), "--data-dir", str(self.data_dir)]
        self.process, self.port = started.start(command, {**os.environ, **self.environment})

    @property
    def running(self) -> bool:
        """Whether its process is alive."""
        return self.process is not None and self.process.poll() is None

    def stop(self, how: int = signal.SIGTERM) -> int:
        """End it by a signal, and return its exit code."""
        self.process.send_signal(how)
        return started.end_of(self.process)

    @property
    def url(self) -> str:
        """Where the gateway's stand-in answers."""
        return f"http://127.0.0.1:{self.port}/emergepay"

    @property
    def gateway_url(self) -> str:
        """The base of the gateway's own API: EMERGEPAY_ENVIRONMENT_URL."""
        return f"{self.url}/v1"

    def fault(self, **fault: Any) -> dict[str, Any]:
        """Set a fault."""
        answer = self.http.post(f"{self.url}/_local/fault", json=fault)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def ledger(self) -> list[dict[str, Any]]:
        """What really happened, oldest first."""
        return list(self.http.get(f"{self.url}/_local/ledger").json())

    def received(self) -> list[dict[str, Any]]:
        """The last calls, newest last."""
        return list(self.http.get(f"{self.url}/_local/received").json())


@dataclass
class Merchant:
    """A merchant with a key, whose calls go over the wire as its SDK's would."""

    stand_in: StandIn
    oid: str = field(default_factory=lambda: f"m-{secrets.token_hex(6)}")
    key: str | None = None
    timeout: float = started.PATIENCE

    def call(self, method: str, path: str, data: Any = None, *, raw: bytes | None = None) -> httpx.Response:
        key = f"test-key-{self.oid}" if self.key is None else self.key
        headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
        body = raw if raw is not None else None if data is None else json.dumps({"transactionData": data}).encode()
        url = f"{self.stand_in.gateway_url}/orgs/{self.oid}/transactions/{path}"
        return self.stand_in.http.request(method, url, content=body, headers=headers, timeout=self.timeout)

    def start(self, card: str | None = None, **more: Any) -> str:
        """A token for hosted fields, with a card typed in."""
        sale = {"transactionType": "CreditSale", "method": "hostedFields", "submissionType": "manual"}
        token = str(self.call("POST", "start", sale).json()["transactionToken"])
        if card is not None:
            answer = self.type_in(token, cardNumber=card, **more)
            assert answer.status_code == 200, answer.text
        return token

    def type_in(self, token: str, **fields: Any) -> httpx.Response:
        """What a diner's browser sends from the hosted fields."""
        return self.stand_in.http.post(f"{self.stand_in.url}/hosted-fields/{token}", json=fields)

    def checkout(self, token: str, external_id: str, amount: str = "12.34", **more: Any) -> httpx.Response:
        return self.call("PUT", f"checkout/{token}", {"amount": amount, "externalTransactionId": external_id, **more})

    def wallet(self, token_data: Any, external_id: str, amount: str = "12.34", **more: Any) -> httpx.Response:
        wallet = {"type": "applePay", "isSandbox": True, "billing": {}, "card": {}, "token": {"data": token_data}}
        sale = {"amount": amount, "transactionType": "CreditSale", "externalTransactionId": external_id}
        return self.call("POST", "wallets", {**wallet, **sale, **more})

    def look_up(self, external_id: str) -> httpx.Response:
        return self.call("GET", external_id)

    def void(self, unique_id: str, external_id: str) -> httpx.Response:
        return self.call("PUT", "void", {"uniqueTransId": unique_id, "externalTransactionId": external_id})

    def refund(self, unique_id: str, external_id: str, amount: str) -> httpx.Response:
        data = {"uniqueTransId": unique_id, "amount": amount, "externalTransactionId": external_id}
        return self.call("PUT", "tokenizedRefund", data)

    def rows(self) -> list[dict[str, Any]]:
        """This merchant's rows of the ledger."""
        return [row for row in self.stand_in.ledger() if row["oid"] == self.oid]

    def calls(self) -> list[dict[str, Any]]:
        """What the stand-in recorded of this merchant's calls."""
        return [call for call in self.stand_in.received() if f"/orgs/{self.oid}/" in call["path"]]


def said(answer: httpx.Response) -> dict[str, Any]:
    """The gateway's transactionResponse."""
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["transactionResponse"])


def new_id() -> str:
    """An external id that nobody used."""
    return str(uuid.uuid4())


def line_after(port: int, request: bytes) -> bytes:
    """Everything that comes back on a TCP line until the other side ends it; b"" for a line cut without an answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=started.PATIENCE) as line:
        line.sendall(request)
        heard = b""
        try:
            while chunk := line.recv(65536):
                heard += chunk
        except ConnectionResetError:
            pass
        return heard
