"""EmergePay, the payment gateway (contract 5.7): typed outcomes of each call, and nothing tried twice.

What the gateway did is told apart from what it refused and from what nobody can tell; a caller that gets `Unknown`
must look up, never call again. Tokens, credentials and wallets are in no log line, no outcome and no exception.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar
from urllib.parse import quote

from pydantic import SecretStr

from shared.settings import Settings

if TYPE_CHECKING:
    import httpx

CONNECT_SECONDS = 5.0
MAX_CONNECTIONS = 50
MAX_ANSWER_BYTES = 64 * 1024
MAX_SEGMENT = 1000
MAX_MESSAGE = 200
REFUSALS = frozenset({400, 401, 402, 403, 404, 410, 422})
"""Statuses by which the gateway says that it did not do it; only with a JSON object, since a proxy has them, too."""

WALLET_FIELDS = ("type", "isSandbox", "billing", "card", "token")
DECLINES = frozenset({"decline", "declined", "do not honor", "insufficient funds"})
"""What a wallet's answer without a resultStatus may say for no."""

Condition = Literal["open", "settled", "void", "unsaid"]
_CONDITIONS: dict[str, Condition] = {"open": "open", "settled": "settled", "void": "void", "voided": "void"}
_AMOUNT = re.compile(r"([0-9]{1,10})(?:\.([0-9]{1,2})0*)?\Z")
_TAIL = re.compile(r"([0-9]{4})\Z")

log = logging.getLogger("orderbuddy.gateway")


class GatewayError(Exception):
    """The gateway gave no token to pay with: try again later."""


@dataclass(frozen=True, slots=True)
class Merchant:
    """Who is paid: a location's organisation at the gateway, and its bearer token."""

    oid: str
    auth: SecretStr


@dataclass(frozen=True, slots=True)
class Amounts:
    """What is charged, in cents: `cents` is the whole sum, of which the tip and the tax are parts."""

    cents: int
    tip_cents: int
    tax_cents: int

    def __post_init__(self) -> None:
        if self.cents <= 0 or self.tip_cents < 0 or self.tax_cents < 0:
            raise ValueError("a charge is of more than nothing, its tip and tax of nothing or more")


@dataclass(frozen=True, slots=True)
class Approved:
    """The gateway did it. `gateway_id` is its own id of the transaction; `amount_cents` is what it says it moved,
    which may differ from what was asked (of a void: 0 where it does not say)."""

    gateway_id: str
    amount_cents: int
    message: str
    card_tail: str | None
    brand: str | None


@dataclass(frozen=True, slots=True)
class Declined:
    """The gateway did not do it, and says so in `message`."""

    message: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody can tell whether the gateway did it: look it up."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotFound:
    """The gateway does not know this transaction, now: it may still come to know it."""


@dataclass(frozen=True, slots=True)
class Sale:
    """A transaction that was found, and in which condition it is: only a settled one needs a refund."""

    approved: Approved
    condition: Condition


Charge = Approved | Declined | Unknown
Found = Sale | Declined | NotFound | Unknown
Outcome = TypeVar("Outcome", Charge, Found)


class Pay(Protocol):
    """What takes and gives back money."""

    async def start(self, merchant: Merchant) -> str:
        """A token for the card fields in the diner's browser. Raises GatewayError."""
        ...

    async def charge_card(
        self, merchant: Merchant, *, token: str, external_id: str, amounts: Amounts, reference: str
    ) -> Charge:
        """Charge the card that the diner's browser tied to `token`. `external_id` is ours, to look it up by;
        `reference` is shown to the merchant."""
        ...

    async def charge_wallet(
        self, merchant: Merchant, *, wallet: Mapping[str, Any], external_id: str, amounts: Amounts, reference: str
    ) -> Charge:
        """Charge what the diner's wallet (Apple Pay, Google Pay) gave."""
        ...

    async def look_up(self, merchant: Merchant, external_id: str) -> Found:
        """What became of a charge, a void or a refund."""
        ...

    async def void(self, merchant: Merchant, *, gateway_id: str, external_id: str) -> Charge:
        """Undo a charge that is not settled yet; `external_id` is the void's own."""
        ...

    async def refund(self, merchant: Merchant, *, gateway_id: str, external_id: str, cents: int) -> Charge:
        """Give back `cents` of a settled charge; `external_id` is the refund's own."""
        ...

    async def acknowledge(self, merchant: Merchant, external_id: str) -> bool:
        """Tell the gateway that its answer has arrived; whether it heard."""
        ...

    async def close(self) -> None:
        """Let go of the connections."""
        ...


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: dict[str, Any] | None

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_refusal(self) -> bool:
        return self.status in REFUSALS and self.body is not None


class _NoAnswerError(Exception):
    """The gateway may have done it or not."""


class _NotAskedError(Exception):
    """The gateway was certainly not asked: what it would have been asked with is unusable."""


class EmergePay:
    """The gateway over HTTP."""

    def __init__(self, settings: Settings) -> None:
        self._base = settings.emergepay_environment_url
        self._seconds = settings.gateway_timeout_seconds
        self._made: tuple[asyncio.AbstractEventLoop, httpx.AsyncClient] | None = None

    async def start(self, merchant: Merchant) -> str:
        began = time.monotonic()
        data = {"transactionType": "CreditSale", "method": "hostedFields", "submissionType": "manual"}
        try:
            answer = await self._ask(merchant, "POST", ("start",), data)
        except (_NoAnswerError, _NotAskedError) as error:
            reason = str(error)
        else:
            token = (answer.body or {}).get("transactionToken")
            if answer.is_success and isinstance(token, str) and 0 < len(token) <= MAX_SEGMENT:
                _tell("start", "-", "Started", began)
                return token
            reason = f"answered {answer.status} without a token"
        _tell("start", "-", "Failed", began, reason)
        raise GatewayError(reason)

    async def charge_card(
        self, merchant: Merchant, *, token: str, external_id: str, amounts: Amounts, reference: str
    ) -> Charge:
        data = _charge(amounts, external_id, reference)
        return await self._do(merchant, "PUT", ("checkout", token), data, cents=amounts.cents)

    async def charge_wallet(
        self, merchant: Merchant, *, wallet: Mapping[str, Any], external_id: str, amounts: Amounts, reference: str
    ) -> Charge:
        # No other field of the diner's: it might mean something to the gateway.
        data = {name: wallet[name] for name in WALLET_FIELDS if name in wallet}
        data |= {"transactionType": "CreditSale"} | _charge(amounts, external_id, reference)
        return await self._do(merchant, "POST", ("wallets",), data, cents=amounts.cents)

    async def void(self, merchant: Merchant, *, gateway_id: str, external_id: str) -> Charge:
        data = {"uniqueTransId": gateway_id, "externalTransactionId": external_id}
        return await self._do(merchant, "PUT", ("void",), data, cents=0)

    async def refund(self, merchant: Merchant, *, gateway_id: str, external_id: str, cents: int) -> Charge:
        data = {"uniqueTransId": gateway_id, "amount": _text(cents), "externalTransactionId": external_id}
        return await self._do(merchant, "PUT", ("tokenizedRefund",), data, cents=cents)

    async def look_up(self, merchant: Merchant, external_id: str) -> Found:
        began = time.monotonic()
        try:
            found = _found(await self._ask(merchant, "GET", (external_id,)), external_id)
        except (_NoAnswerError, _NotAskedError) as error:
            found = Unknown(str(error))
        return _told("look-up", external_id, found, began)

    async def acknowledge(self, merchant: Merchant, external_id: str) -> bool:
        began = time.monotonic()
        try:
            heard = (await self._ask(merchant, "PUT", ("acknowledgements", external_id), {})).is_success
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

    async def _do(
        self, merchant: Merchant, method: str, path: tuple[str, ...], data: dict[str, Any], *, cents: int
    ) -> Charge:
        """Ask once for what moves money, and say what came of it."""
        began, external_id = time.monotonic(), data["externalTransactionId"]
        outcome: Charge
        try:
            outcome = _outcome(await self._ask(merchant, method, path, data, external_id), external_id, cents)
        except _NotAskedError as error:
            outcome = Declined(str(error))
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
    ) -> _Answer:
        """One call. Raises _NotAskedError before it, _NoAnswerError from when it may have been heard."""
        import httpx

        auth = merchant.auth.get_secret_value()
        if not auth or not auth.isascii() or not auth.isprintable():
            raise _NotAskedError("the merchant's credentials cannot be used")
        headers = {"authorization": f"Bearer {auth}"} | ({"idempotency-key": key} if key else {})
        try:
            content = None if data is None else json.dumps({"transactionData": data} if data else {}).encode()
        except (TypeError, ValueError, RecursionError):
            raise _NotAskedError("what to pay with cannot be sent") from None
        if content is not None:
            headers["content-type"] = "application/json"
        url = self._address(merchant, path)
        try:
            # httpx bounds each wait for a piece of the answer, and not the whole.
            async with asyncio.timeout(self._seconds):
                client = self._client()
                async with client.stream(method, url, content=content, headers=headers) as response:
                    return _Answer(response.status_code, _json_object(await _read(response)))
        except TimeoutError:
            raise _NoAnswerError(f"no answer within {self._seconds:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            # Its text may hold the URL, and that the token.
            raise _NoAnswerError(f"no answer: {type(error).__name__}") from None

    def _address(self, merchant: Merchant, path: tuple[str, ...]) -> str:
        if self._base is None:
            raise _NotAskedError("EMERGEPAY_ENVIRONMENT_URL is not set")
        parts = ("orgs", merchant.oid, "transactions", *path)
        if any(part in ("", ".", "..") or len(part) > MAX_SEGMENT for part in parts):
            raise _NotAskedError("no address can be made of the merchant's id or the transaction's")
        return "/".join((self._base, *(quote(part, safe="") for part in parts)))

    def _client(self) -> httpx.AsyncClient:
        """The process's client, made at first use, and again for another event loop."""
        loop = asyncio.get_running_loop()
        if self._made is None or self._made[0] is not loop:
            import httpx

            for name in ("httpx", "httpcore"):
                # They write URLs, which hold the token, into the log.
                logging.getLogger(name).setLevel(logging.WARNING)
            client = httpx.AsyncClient(
                timeout=httpx.Timeout(self._seconds, connect=min(CONNECT_SECONDS, self._seconds)),
                # A kept connection that the gateway has just closed would leave a charge unknown for no reason.
                limits=httpx.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=0),
                headers={"accept": "application/json", "accept-encoding": "identity"},
                follow_redirects=False,
                trust_env=False,
            )
            self._made = (loop, client)
        return self._made[1]


def _charge(amounts: Amounts, external_id: str, reference: str) -> dict[str, Any]:
    data = {
        "amount": _text(amounts.cents),
        "externalTransactionId": external_id,
        "transactionReference": reference,
    }
    if amounts.tip_cents:
        data["tipAmount"] = _text(amounts.tip_cents)
    if amounts.tax_cents:
        data["taxAmount"] = _text(amounts.tax_cents)
    return data


async def _read(response: httpx.Response) -> bytes:
    """The answer's bytes, as they came. Raises _NoAnswerError where there are too many."""
    read = bytearray()
    async for chunk in response.aiter_raw():
        read += chunk
        if len(read) > MAX_ANSWER_BYTES:
            raise _NoAnswerError(f"answered {response.status_code} with too much")
    return bytes(read)


def _json_object(raw: bytes) -> dict[str, Any] | None:
    try:
        read = json.loads(raw, parse_float=Decimal)
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None


def _outcome(answer: _Answer, external_id: str, cents: int | None) -> Charge:
    """What an answer says of a transaction; `cents` is its amount where the answer does not say."""
    if answer.is_refusal:
        # Its own text may repeat what it was asked with.
        return Declined(f"refused with status {answer.status}")
    if not answer.is_success:
        return Unknown(f"answered {answer.status}")
    said = (answer.body or {}).get("transactionResponse")
    if not isinstance(said, dict):
        return Unknown("answered without a transactionResponse")
    about = said.get("externalTransactionId")
    if about is not None and str(about).casefold() != external_id.casefold():
        return Unknown("answered about another transaction")
    message = _word(said.get("resultMessage"), MAX_MESSAGE)
    done = _verdict(said.get("resultStatus"), message)
    if done is None:
        return Unknown("answered neither yes nor no")
    return _approved(said, message, cents) if done else Declined(message)


def _verdict(status: object, message: str) -> bool | None:
    """Yes, no, or neither."""
    if status is None:
        # As wallets answer: the message alone decides.
        return True if message == "Approved" else False if message.casefold() in DECLINES else None
    if status in ("true", True):
        return True
    return False if status in ("false", False) and message != "Approved" else None


def _approved(said: dict[str, Any], message: str, cents: int | None) -> Approved | Unknown:
    gateway_id = said.get("uniqueTransId")
    if not isinstance(gateway_id, str) or not 0 < len(gateway_id) <= MAX_SEGMENT:
        return Unknown("approved without an id")
    for field in ("amountProcessed", "amount"):
        if said.get(field) is not None:
            cents = _cents(said[field])
            break
    if cents is None:
        return Unknown("approved without an amount that can be read")
    tail = _TAIL.search(_word(said.get("maskedAccount"), 40))
    brand = _word(said.get("accountCardType"), 40)
    return Approved(gateway_id, cents, message, tail[1] if tail else None, brand or None)


def _found(answer: _Answer, external_id: str) -> Found:
    if answer.status == 404 and answer.body is not None:
        return NotFound()
    if not answer.is_success:
        # Even a refusal: it is about the question, and says nothing of the transaction.
        return Unknown(f"answered {answer.status}")
    said = (answer.body or {}).get("transactionResponse")
    is_void = isinstance(said, dict) and "void" in _word(said.get("transactionType"), 40).casefold()
    outcome = _outcome(answer, external_id, 0 if is_void else None)
    if not isinstance(outcome, Approved) or not isinstance(said, dict):
        return outcome if isinstance(outcome, Declined | Unknown) else Unknown("answered without a transactionResponse")
    condition = _word(said.get("transactionStatus"), 40).casefold()
    return Sale(outcome, _CONDITIONS.get(condition, "unsaid"))


def _word(value: object, longest: int) -> str:
    """A short text for people; whatever is none is "" """
    return "".join(letter for letter in value[:longest] if letter.isprintable()) if isinstance(value, str) else ""


def _text(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _cents(value: object) -> int | None:
    """Cents of a decimal text (or JSON number) with two places at most; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    match = _AMOUNT.match(str(value))
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0")) if match else None


def _told(what: str, external_id: str, outcome: Outcome, began: float) -> Outcome:
    reason = outcome.reason if isinstance(outcome, Unknown) else ""
    _tell(what, external_id, type(outcome).__name__, began, reason)
    return outcome


def _tell(what: str, external_id: str, outcome: str, began: float, reason: str = "") -> None:
    milliseconds = round((time.monotonic() - began) * 1000)
    level = logging.WARNING if reason else logging.INFO
    log.log(level, "gateway %s %s: %s in %d ms %s", what, external_id, outcome, milliseconds, reason)
