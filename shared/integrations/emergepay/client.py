"""EmergePay, the payment gateway, over HTTP (contract 5.7). Each call is made once, and has a typed outcome.

No token, credential or wallet is in a log line, an outcome or an exception.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from shared.integrations.emergepay.answers import (
    MAX_ID,
    Answer,
    charge_outcome,
    given_back_outcome,
    json_object,
    look_up_outcome,
    start_token,
)
from shared.integrations.pay import (
    Amounts,
    Approved,
    Charge,
    Condition,
    Declined,
    EntryRefused,
    Found,
    GatewayError,
    GivenBack,
    Merchant,
    NotFound,
    NotSent,
    Pay,
    Sale,
    Unknown,
)
from shared.integrations.quiet import hush
from shared.money import plain
from shared.settings import Settings
from shared.telemetry import traces

if TYPE_CHECKING:
    import httpx

__all__ = [
    "Amounts",
    "Approved",
    "Charge",
    "Condition",
    "Declined",
    "EmergePay",
    "EntryRefused",
    "Found",
    "GatewayError",
    "GivenBack",
    "Merchant",
    "NotFound",
    "NotSent",
    "Pay",
    "Sale",
    "Unknown",
]

CONNECT_SECONDS, CONNECT_SHARE = 5.0, 0.25
"""How long a call's connection may take, and which part of the call's time where that is longer."""

MAX_CONNECTIONS = 200
"""More calls than one process ever makes at once: so a look-up never waits behind charges that stall."""

MAX_ANSWER_BYTES = 64 * 1024
WALLET_FIELDS = ("type", "isSandbox", "billing", "card", "token")
_NO_ADDRESS = "no address can be made of the merchant's id or the transaction's"

log = logging.getLogger("orderbuddy.gateway")
Outcome = TypeVar("Outcome", Charge, GivenBack, Found)


class _NoAnswerError(Exception):
    """The gateway may have done it or not."""


class _NotReachedError(_NoAnswerError):
    """No connection came about, so that not one byte of the call left."""


class _NotAskedError(Exception):
    """The gateway was certainly not asked: the request could not be made."""


class EmergePay:
    """The gateway over HTTP."""

    def __init__(self, settings: Settings) -> None:
        self._base = settings.emergepay_environment_url
        self._seconds = settings.gateway_timeout_seconds
        self._moves_money = moves_money(self._base or "")
        self._made: tuple[asyncio.AbstractEventLoop, httpx.AsyncClient] | None = None

    async def start(self, merchant: Merchant) -> str:
        began = time.monotonic()
        data = {"transactionType": "CreditSale", "method": "hostedFields", "submissionType": "manual"}
        try:
            answer = await self._ask(merchant, "POST", ("start",), data, what="start")
        except (_NoAnswerError, _NotAskedError) as error:
            reason = str(error)
        else:
            token = start_token(answer)
            if token is not None:
                _tell("start", "-", "Started", began)
                return token
            reason = f"answered {answer.status} without a token"
        _tell("start", "-", "Failed", began, reason)
        raise GatewayError(reason)

    async def charge_card(
        self, merchant: Merchant, *, token: str, external_id: str, amounts: Amounts, reference: str
    ) -> Charge:
        data = _charge(amounts, external_id, reference)
        return await self._take(merchant, "PUT", ("checkout", token), data, cents=amounts.cents)

    async def charge_wallet(
        self, merchant: Merchant, *, wallet: Mapping[str, Any], external_id: str, amounts: Amounts, reference: str
    ) -> Charge:
        data = wallet_data(wallet, moves_money=self._moves_money) | _charge(amounts, external_id, reference)
        return await self._take(merchant, "POST", ("wallets",), data, cents=amounts.cents)

    async def void(self, merchant: Merchant, *, gateway_id: str, external_id: str) -> GivenBack:
        data = {"uniqueTransId": gateway_id, "externalTransactionId": external_id}
        return await self._give_back(merchant, ("void",), data, cents=0)

    async def refund(self, merchant: Merchant, *, gateway_id: str, external_id: str, cents: int) -> GivenBack:
        data = {"uniqueTransId": gateway_id, "amount": plain(cents), "externalTransactionId": external_id}
        return await self._give_back(merchant, ("tokenizedRefund",), data, cents=cents)

    async def look_up(self, merchant: Merchant, external_id: str) -> Found:
        began = time.monotonic()
        try:
            found = look_up_outcome(await self._ask(merchant, "GET", (external_id,), what="look-up"), external_id)
        except (_NoAnswerError, _NotAskedError) as error:
            found = Unknown(str(error))
        return _told("look-up", external_id, found, began)

    async def acknowledge(self, merchant: Merchant, external_id: str) -> bool:
        began = time.monotonic()
        try:
            path = ("acknowledgements", external_id)
            heard = (await self._ask(merchant, "PUT", path, {}, what="acknowledge")).is_success
        except (_NoAnswerError, _NotAskedError):
            heard = False
        _tell("acknowledge", external_id, "Heard" if heard else "Failed", began)
        return heard

    async def close(self) -> None:
        if self._made is not None:
            loop, client = self._made
            self._made = None
            # What belongs to another loop can only be forgotten.
            if loop is asyncio.get_running_loop():
                await client.aclose()

    async def _take(
        self, merchant: Merchant, method: str, path: tuple[str, ...], data: dict[str, Any], *, cents: int
    ) -> Charge:
        """Ask once for a charge, and say what came of it."""
        began, external_id = time.monotonic(), data["externalTransactionId"]
        outcome: Charge
        try:
            answer = await self._ask(merchant, method, path, data, external_id, what=path[0])
            outcome = charge_outcome(answer, external_id, cents)
        except _NotAskedError as error:
            outcome = Declined(str(error))
        except _NotReachedError as error:
            outcome = NotSent(str(error))
        except _NoAnswerError as error:
            outcome = Unknown(str(error))
        return _told(path[0], external_id, outcome, began)

    async def _give_back(
        self, merchant: Merchant, path: tuple[str, ...], data: dict[str, Any], *, cents: int
    ) -> GivenBack:
        """Ask once for a void or a refund, and say what came of it."""
        began, external_id = time.monotonic(), data["externalTransactionId"]
        outcome: GivenBack
        try:
            answer = await self._ask(merchant, "PUT", path, data, external_id, what=path[0])
            outcome = given_back_outcome(answer, external_id, cents)
        except _NotAskedError as error:
            outcome = Declined(str(error))
        except _NotReachedError as error:
            outcome = NotSent(str(error))
        except _NoAnswerError as error:
            outcome = Unknown(str(error))
        return _told(path[0], external_id, outcome, began)

    async def _ask(
        self,
        merchant: Merchant,
        method: str,
        path: tuple[str, ...],
        data: dict[str, Any] | None = None,
        key: str | None = None,
        *,
        what: str,
    ) -> Answer:
        """One call, by the name that traces have for it.

        Raises _NotAskedError where it was not made, _NotReachedError where no connection for it came about, and
        _NoAnswerError where the gateway may have heard it.
        """
        with traces.span(f"gateway {what}", kind="client") as span:
            answer = await self._call(merchant, method, path, data, key)
            span.note({"http.response.status_code": answer.status})
        return answer

    async def _call(
        self, merchant: Merchant, method: str, path: tuple[str, ...], data: dict[str, Any] | None, key: str | None
    ) -> Answer:
        auth = merchant.auth.get_secret_value()
        if not auth or not auth.isascii() or not auth.isprintable():
            raise _NotAskedError("the merchant's credentials cannot be used")
        headers = {"authorization": f"Bearer {auth}", **traces.header()} | ({"idempotency-key": key} if key else {})
        try:
            content = None if data is None else json.dumps({"transactionData": data} if data else {}).encode()
        except (TypeError, ValueError, RecursionError):
            raise _NotAskedError("what to pay with cannot be sent") from None
        if content is not None:
            headers["content-type"] = "application/json"
        url = self._address(merchant, path)
        import httpx

        try:
            # Making the first one takes long, and is no part of the call.
            client = self._client()
            # httpx bounds each wait for a piece of the answer, and not the whole.
            async with asyncio.timeout(self._seconds):
                async with client.stream(method, url, content=content, headers=headers) as response:
                    return Answer(response.status_code, json_object(await _read(response)))
        except TimeoutError:
            raise _NoAnswerError(f"no answer within {self._seconds:g} s") from None
        except _NoAnswerError:
            raise
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            # Name, TCP or TLS: httpcore raises these in `_connect` alone, which ends before the call's first byte. The
            # call has a connection of its own, since none is kept, and none is tried twice.
            raise _NotReachedError(f"no connection: {type(error).__name__}") from None
        except Exception as error:
            # Whatever it was, nobody can tell what it cut off. Its text may hold the URL, and that the token.
            raise _NoAnswerError(f"no answer: {type(error).__name__}") from None

    def _address(self, merchant: Merchant, path: tuple[str, ...]) -> str:
        if self._base is None:
            raise _NotAskedError("EMERGEPAY_ENVIRONMENT_URL is not set")
        parts = ("orgs", merchant.oid, "transactions", *path)
        if any(part in ("", ".", "..") or len(part) > MAX_ID for part in parts):
            raise _NotAskedError(_NO_ADDRESS)
        try:
            return "/".join((self._base, *(quote(part, safe="") for part in parts)))
        except UnicodeError:
            raise _NotAskedError(_NO_ADDRESS) from None

    def _client(self) -> httpx.AsyncClient:
        """The process's client, made at first use, and again for another event loop."""
        loop = asyncio.get_running_loop()
        if self._made is None or self._made[0] is not loop:
            import httpx

            hush()
            client = httpx.AsyncClient(
                timeout=httpx.Timeout(self._seconds, connect=_connect_seconds(self._seconds)),
                # A kept connection that the gateway has just closed would leave a charge unknown for no reason.
                limits=httpx.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=0),
                headers={"accept": "application/json", "accept-encoding": "identity"},
                follow_redirects=False,
                trust_env=False,
            )
            self._made = (loop, client)
        return self._made[1]


def moves_money(url: str) -> bool:
    """Whether this is the real gateway, neither its sandbox nor a stand-in on this machine."""
    return url.startswith("https:") and "sandbox" not in url


def wallet_data(wallet: Mapping[str, Any], *, moves_money: bool) -> dict[str, Any]:
    """The fields of a diner's wallet that the gateway gets, and no others: another might mean something to it.

    Where real money moves, the gateway is never told that it is a wallet for tests.
    """
    told = {name: wallet[name] for name in WALLET_FIELDS if name in wallet}
    return told | {"transactionType": "CreditSale"} | ({"isSandbox": False} if moves_money else {})


def _charge(amounts: Amounts, external_id: str, reference: str) -> dict[str, Any]:
    data = {
        "amount": plain(amounts.cents),
        "externalTransactionId": external_id,
        "transactionReference": reference,
    }
    if amounts.tip_cents:
        data["tipAmount"] = plain(amounts.tip_cents)
    if amounts.tax_cents:
        data["taxAmount"] = plain(amounts.tax_cents)
    return data


async def _read(response: httpx.Response) -> bytes:
    """The answer's bytes, as they came. Raises _NoAnswerError where there are too many."""
    read = bytearray()
    async for chunk in response.aiter_raw():
        read += chunk
        if len(read) > MAX_ANSWER_BYTES:
            raise _NoAnswerError(f"answered {response.status_code} with too much")
    return bytes(read)


def _told(what: str, external_id: str, outcome: Outcome, began: float) -> Outcome:
    reason = outcome.reason if isinstance(outcome, Unknown | NotSent | EntryRefused) else ""
    _tell(what, external_id, type(outcome).__name__, began, reason)
    return outcome


def _tell(what: str, external_id: str, outcome: str, began: float, reason: str = "") -> None:
    traces.note({"gateway.outcome": outcome})
    milliseconds = round((time.monotonic() - began) * 1000)
    level = logging.WARNING if reason else logging.INFO
    why = f": {reason}" if reason else ""
    log.log(level, "gateway %s %s: %s in %d ms%s", what, external_id, outcome, milliseconds, why)


def _connect_seconds(seconds: float) -> float:
    return max(min(CONNECT_SECONDS, seconds), seconds * CONNECT_SHARE)
