"""Calls to addresses that anybody may have typed: nothing is sent where it must not go (rules 21)."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import secrets
import socket
import ssl
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shared.integrations.webhooks import MAX_ANSWER_BYTES, WebhookClient
from shared.settings import Settings
from tests.integration.receivers import receiving

PORT = 8443
BODY = b'{"id": "ev_1"}'


def settings(*, this_machine: bool = True) -> Settings:
    return Settings.model_validate(
        {"app_env": "local", "mongodb_uri": "mongodb://nowhere", "webhooks_to_this_machine": this_machine}
    )


def loopback(third: int) -> str:
    """An address of this machine that no other test listens at."""
    return f"127.{third}.{secrets.randbelow(254) + 1}.{secrets.randbelow(254) + 1}"


class Names:
    """A name service under the test's control: each look-up gets the next answer, the last one for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's TLS with a certificate for hooks.example, and a client's that trusts it."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("hooks.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, private = tmp_path / "cert.pem", tmp_path / "key.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem, private)
    return server, ssl.create_default_context(cafile=str(pem))


async def test_a_call_goes_to_the_checked_address_and_its_tls_is_that_of_the_name(
    certificate: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    here, seen = loopback(11), []
    server, trusting = certificate
    server.sni_callback = lambda _socket, name, _context: seen.append(name)
    client = WebhookClient(settings(), resolve=Names([here]), tls=trusting)
    async with receiving(here, PORT, tls=server) as receiver:
        answered = await client.post("https://hooks.example:8443/in?key=k", BODY, {"x-one": "1"})
        assert (answered.ok, answered.status, answered.body, answered.error) == (True, 200, b"ok", "")
        [call] = receiver.got
        assert (call.line, call.body) == ("POST /in?key=k HTTP/1.1", BODY)
        assert (call.headers["host"], call.headers["x-one"]) == ("hooks.example:8443", "1")
        assert seen == ["hooks.example"]
        other = await client.post("https://other.example:8443/in", BODY, {})
        assert (other.ok, other.status) == (False, None)
        assert other.error.startswith("the certificate is not good")
        assert len(receiver.got) == 1


async def test_a_certificate_of_nobody_is_refused(certificate: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    here = loopback(12)
    client = WebhookClient(settings(), resolve=Names([here]))
    async with receiving(here, PORT, tls=certificate[0]) as receiver:
        answered = await client.post("https://hooks.example:8443/", BODY, {})
        assert answered.error.startswith("the certificate is not good")
        assert receiver.got == []


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "168.63.129.16",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "ff02::1",
    ],
)
async def test_a_name_that_leads_into_a_network_of_ours_is_refused(address: str) -> None:
    client = WebhookClient(settings(this_machine=False), resolve=Names([address]))
    answered = await client.post("https://hooks.example/", BODY, {})
    assert (answered.status, answered.error) == (
        None,
        "the host's name leads to an address that webhooks cannot go to",
    )


async def test_one_bad_address_among_good_ones_is_enough() -> None:
    good, bad = loopback(13), loopback(14)

    def refuses(address: Any) -> bool:
        return address == ipaddress.ip_address(bad)

    client = WebhookClient(settings(), resolve=Names([good, bad]), refuses=refuses)
    async with receiving(good, PORT) as receiver, receiving(bad, PORT) as private:
        answered = await client.post("https://hooks.example:8443/", BODY, {})
        assert "cannot go to" in answered.error
        assert (receiver.connections, private.connections) == (0, 0)


async def test_a_name_that_is_changed_between_the_look_and_the_connection_leads_nowhere_else(
    certificate: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    """It is looked up once for each try: what it says a moment later counts for the next try, and is refused there."""
    public, private_address = loopback(15), loopback(16)
    names = Names([public], [private_address])
    client = WebhookClient(
        settings(),
        resolve=names,
        refuses=lambda address: address == ipaddress.ip_address(private_address),
        tls=certificate[1],
    )
    async with (
        receiving(public, PORT, tls=certificate[0]) as receiver,
        receiving(private_address, PORT, tls=certificate[0]) as private,
    ):
        assert (await client.post("https://hooks.example:8443/", BODY, {})).ok
        assert names.asked == ["hooks.example"]
        assert "cannot go to" in (await client.post("https://hooks.example:8443/", BODY, {})).error
        assert names.asked == ["hooks.example"] * 2
        assert (len(receiver.got), private.connections) == (1, 0)


async def test_a_redirect_is_not_followed() -> None:
    client = WebhookClient(settings())
    async with receiving() as receiver, receiving() as inside:
        receiver.always = f"HTTP/1.1 307 Go\r\nlocation: {inside.url}\r\ncontent-length: 0\r\n\r\n".encode()
        answered = await client.post(receiver.url, BODY, {})
        assert (answered.ok, answered.status) == (False, 307)
        assert (len(receiver.got), inside.connections) == (1, 0)


async def test_an_address_that_stalls_is_given_up() -> None:
    client = WebhookClient(settings(), seconds=0.3)
    async with receiving() as receiver:
        receiver.always = "stall"
        answered = await client.post(receiver.url, BODY, {})
        assert (answered.status, answered.error) == (None, "no answer within 0.3 s")

    async def never(host: str, port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    nameless = WebhookClient(settings(), seconds=0.3, resolve=never)
    assert (await nameless.post("https://hooks.example/", BODY, {})).error == "no answer within 0.3 s"


async def test_names_that_stall_do_not_keep_others_from_being_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can end a thread that waits for a name service, also once the call was given up."""
    real, over = socket.getaddrinfo, threading.Event()

    def look_up(host: str, *given: Any, **more: Any) -> Any:
        if host.startswith("stalls"):
            over.wait()
        return real(host, *given, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    client = WebhookClient(settings(), seconds=0.3)
    try:
        stalled = [client.post(f"https://stalls{n}.example/", BODY, {}) for n in range(24)]
        assert {each.error for each in await asyncio.gather(*stalled)} == {"no answer within 0.3 s"}
        client._seconds = 60
        async with receiving() as receiver:
            assert (await client.post(receiver.url.replace("127.0.0.1", "localhost"), BODY, {})).ok
    finally:
        over.set()
        await client.close()


async def test_an_answer_without_end_is_cut() -> None:
    client = WebhookClient(settings())
    async with receiving() as receiver:
        receiver.always = b"HTTP/1.1 200 OK\r\ncontent-length: 9000000\r\n\r\n" + b"x" * 9_000_000
        answered = await client.post(receiver.url, BODY, {})
        assert (answered.ok, len(answered.body)) == (True, MAX_ANSWER_BYTES)


async def test_the_environment_s_proxy_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    client = WebhookClient(settings())
    async with receiving() as receiver, receiving() as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert (await client.post(receiver.url, BODY, {})).ok
        assert (len(receiver.got), proxy.connections) == (1, 0)


@pytest.mark.parametrize(("answer", "error"), [("cut", "the connection broke"), (b"nonsense\r\n\r\n", "the conn")])
async def test_what_breaks_is_said_and_nothing_is_raised(answer: bytes | str, error: str) -> None:
    client = WebhookClient(settings())
    async with receiving() as receiver:
        receiver.always = answer
        answered = await client.post(receiver.url, BODY, {})
        assert answered.status is None
        assert answered.error.startswith(error)
    assert (await client.post(receiver.url, BODY, {})).error == "no connection"
    assert (await client.post("https://nobody.invalid/", BODY, {})).error == "the host's name is not known"
    await client.close()
