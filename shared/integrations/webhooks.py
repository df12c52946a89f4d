"""Calls to restaurants' own systems: to addresses that anybody may have typed, so each is checked when connecting.

The name is looked up once for each try, every address of the answer is checked, and the connection goes to one of
exactly these: an answer of the name service that changes a moment later changes nothing. Redirects are not followed,
the environment's proxies are not used, no connection is kept.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING, Any, Protocol

from shared.domain.webhook_addresses import Address, AddressError, ip_of, is_refused, parsed
from shared.integrations import outside
from shared.settings import Settings

if TYPE_CHECKING:
    import ssl

    import httpcore

log = logging.getLogger("orderbuddy.webhooks")

SECONDS = 10.0
"""How long one call may take in all: name, connection, TLS, answer."""

CONNECT_SHARE = 0.4
"""How much of a call's time one address of a host may take to answer, so that there is time for the next."""

MAX_ANSWER_BYTES = 64 * 1024
MAX_RETRY_AFTER_DIGITS = 6
MAX_ADDRESSES = 16
LOOK_UPS_AT_A_TIME = 64
"""A thread waits for a name service that stalls up to half a minute, also when nobody waits for it any more. There are
enough for all tries of that time, so that one restaurant's dead names do not use up another's."""

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The IP addresses of a host's name. Raises OSError."""

Refuses = Callable[[IPv4Address | IPv6Address], bool]


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of one call. `status` None: no answer, and `error` says why; `is_unsent`: nothing of the call was
    written then, for certain. `body`: its first bytes. `retry_after`: in seconds, where the answer says so."""

    status: int | None
    ms: int
    error: str = ""
    body: bytes = b""
    is_unsent: bool = False
    retry_after: float | None = None

    @property
    def ok(self) -> bool:
        """Whether the receiver has it: any 2xx."""
        return self.status is not None and 200 <= self.status < 300


class Hooks(Protocol):
    """What reaches restaurants' own systems."""

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answered:
        """One call, which is made once. It raises nothing."""
        ...

    async def close(self) -> None:
        """Let go of what it holds."""
        ...


class _RefusedError(Exception):
    """The name leads where nothing is sent. Its own class: httpcore passes it on as it is."""


class WebhookClient:
    """Calls over HTTP/1.1, each on a connection of its own."""

    def __init__(
        self,
        settings: Settings,
        *,
        resolve: Resolve | None = None,
        refuses: Refuses | None = None,
        tls: ssl.SSLContext | None = None,
        seconds: float = SECONDS,
    ) -> None:
        """`resolve`, `refuses`, `tls`: for tests; unless given, the system's name service, what the rules say, and the
        usual authorities."""
        self._this_machine = settings.webhooks_to_this_machine
        self._look_ups: ThreadPoolExecutor | None = None
        self._resolve = resolve or self._by_the_system
        self._refuses = refuses or partial(is_refused, this_machine=self._this_machine)
        self._tls = tls
        self._seconds = seconds

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answered:
        import httpcore

        outside.begins("webhook")
        began = time.monotonic()

        def ms() -> int:
            return round((time.monotonic() - began) * 1000)

        def unsent(error: str) -> Answered:
            return Answered(None, ms(), error, is_unsent=True)

        try:
            address = parsed(url, this_machine=self._this_machine)
        except AddressError as error:
            return unsent(str(error))
        try:
            async with asyncio.timeout(self._seconds):
                status, content, retry_after = await self._call(address, body, headers)
        except TimeoutError:
            return Answered(None, ms(), f"no answer within {self._seconds:g} s")
        except _RefusedError:
            return unsent("the host's name leads to an address that webhooks cannot go to")
        except (httpcore.ConnectError, httpcore.ConnectTimeout, OSError) as error:
            return unsent(_why_no_connection(error))
        except Exception as error:
            # Its text may hold the URL, and that a secret.
            return Answered(None, ms(), f"the connection broke: {type(error).__name__}")
        return Answered(status, ms(), body=content, retry_after=retry_after)

    async def close(self) -> None:
        if self._look_ups is not None:
            self._look_ups.shutdown(wait=False, cancel_futures=True)
            self._look_ups = None

    async def _call(self, to: Address, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes, float | None]:
        import httpcore

        _quiet()
        timeouts = dict.fromkeys(("connect", "read", "write", "pool"), self._seconds)
        async with httpcore.AsyncConnectionPool(
            ssl_context=self._tls_context() if to.scheme == "https" else None,
            max_connections=1,
            max_keepalive_connections=0,
            network_backend=_backend(self._checked),
        ) as pool:
            url = httpcore.URL(scheme=to.scheme, host=to.host, port=to.port, target=to.target)
            sent = {**headers, "host": to.authority, "accept-encoding": "identity", "content-length": str(len(body))}
            async with pool.stream(
                "POST", url, headers=list(sent.items()), content=body, extensions={"timeout": timeouts}
            ) as response:
                read = bytearray()
                async for chunk in response.aiter_stream():
                    read += chunk
                    if len(read) >= MAX_ANSWER_BYTES:
                        break
                return response.status, bytes(read[:MAX_ANSWER_BYTES]), _retry_after(response.headers)

    async def _checked(self, host: str, port: int) -> list[str]:
        """The addresses that a host's name leads to, all of them checked. Raises _RefusedError and OSError."""
        found = list(await self._resolve(host, port))[:MAX_ADDRESSES]
        if not found:
            raise OSError("the name has no address")
        for text in found:
            address = ip_of(text)
            if address is None or self._refuses(address):
                log.warning("a webhook's host %s leads to an address that is refused", host)
                raise _RefusedError
        return found

    async def _by_the_system(self, host: str, port: int) -> Sequence[str]:
        # Threads of its own: a name service that stalls on purpose must not take those that the database needs.
        if self._look_ups is None:
            self._look_ups = ThreadPoolExecutor(LOOK_UPS_AT_A_TIME, thread_name_prefix="webhook-names")
        ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        rows = await asyncio.get_running_loop().run_in_executor(self._look_ups, ask)
        return list(dict.fromkeys(str(row[4][0]) for row in rows))

    def _tls_context(self) -> ssl.SSLContext:
        if self._tls is None:
            import httpx

            # Reading the authorities takes long: once.
            self._tls = httpx.create_ssl_context(trust_env=False)
        return self._tls


def _backend(checked: Callable[[str, int], Awaitable[list[str]]]) -> httpcore.AsyncNetworkBackend:
    """The network as httpcore knows it, which connects to checked addresses only. TLS is still that of the name."""
    import httpcore

    class Checked(httpcore.AsyncNetworkBackend):
        def __init__(self) -> None:
            self._network = httpcore.AnyIOBackend()

        async def connect_tcp(
            self,
            host: str,
            port: int,
            timeout: float | None = None,  # noqa: ASYNC109 - the interface is httpcore's
            local_address: str | None = None,
            socket_options: Iterable[Any] | None = None,
        ) -> httpcore.AsyncNetworkStream:
            last: Exception = OSError("the name has no address")
            for address in await checked(host, port):
                try:
                    return await self._network.connect_tcp(
                        address, port, (timeout or SECONDS) * CONNECT_SHARE, local_address, socket_options
                    )
                except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                    last = error
            raise last

        async def connect_unix_socket(
            self,
            path: str,
            timeout: float | None = None,  # noqa: ASYNC109
            socket_options: Iterable[Any] | None = None,
        ) -> httpcore.AsyncNetworkStream:
            raise httpcore.ConnectError("webhooks go over the network")

        async def sleep(self, seconds: float) -> None:
            await asyncio.sleep(seconds)

    return Checked()


def _retry_after(headers: Sequence[tuple[bytes, bytes]]) -> float | None:
    said = next((value for name, value in headers if name.lower() == b"retry-after"), b"")
    return float(said) if said.isdigit() and len(said) < MAX_RETRY_AFTER_DIGITS else None


def _quiet() -> None:
    # It writes URLs into the log, which may hold a receiver's secret.
    logging.getLogger("httpcore").setLevel(logging.WARNING)


def _why_no_connection(error: Exception) -> str:
    import ssl

    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"the certificate is not good: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError):
            return "no TLS connection"
        if isinstance(cause, socket.gaierror):
            return "the host's name is not known"
        cause = cause.__cause__ or cause.__context__
    return "no connection"
