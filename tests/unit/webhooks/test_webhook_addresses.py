"""What an owner may type as the address of a webhook (rules 21)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import ValidationError

from shared.domain.webhook_addresses import Address, AddressError, parsed
from shared.domain.webhook_events import LONGEST_PAUSE, LONGEST_SILENCE, pause_after, silence_after, type_of_row
from shared.domain.webhook_signatures import signature
from shared.settings import Settings


def test_a_public_https_address_is_taken() -> None:
    assert parsed("https://A.example/x?y=1", this_machine=False) == Address("https", "a.example", 443, "/x?y=1")
    assert parsed("https://a.example:8443", this_machine=False).authority == "a.example:8443"
    assert parsed("https://[2606:4700::1]/", this_machine=False).authority == "[2606:4700::1]"


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example/",
        "ftp://a.example/",
        "https:///x",
        "https://a.example:22/",
        "https://a.example:99999/",
        "https://user:pass@a.example/",
        "https://a.example/#part",
        "https://a_b.example/",
        "https://a.example/\\evil",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://0x7f000001/",
        "https://2130706433/",
        "https://127.1/",
        "https://8.8.8.8%2f.a.example/",
        "https://8.8.8.8%25eth0/",
        "https://010.0.0.1./",
        "https://a.0X7F/",
        "https://10.0.0.1/",
        "https://169.254.169.254/metadata",
        "https://" + "a" * 2000,
        "https://bücher.example/",
        "a.example",
        "",
    ],
)
def test_any_other_is_refused(url: str) -> None:
    with pytest.raises(AddressError):
        parsed(url, this_machine=False)


def test_this_machine_is_for_the_local_stack_alone() -> None:
    assert parsed("http://127.0.0.1:7082/webhooks/in", this_machine=True).port == 7082
    assert parsed("http://localhost:7082/", this_machine=True).host == "localhost"
    hidden = "http://127.0.0.1%2f.a.example/"
    for url in ("http://a.example/", "https://a.example:7082/", "https://10.0.0.1/", hidden):
        with pytest.raises(AddressError):
            parsed(url, this_machine=True)
    given = {"mongodb_uri": "mongodb://x", "webhooks_to_this_machine": True}
    assert Settings.model_validate({**given, "app_env": "dev"}).webhooks_to_this_machine
    with pytest.raises(ValidationError) as refused:
        Settings.model_validate({**given, "app_env": "prod"})
    assert [row["loc"] for row in refused.value.errors()] == [("webhooks_to_this_machine",)]


def test_tries_are_spread_over_three_days() -> None:
    assert [pause_after(tries).total_seconds() for tries in (1, 2, 3, 4)] == [5, 10, 20, 40]
    assert pause_after(99) == LONGEST_PAUSE
    assert silence_after(1) == timedelta(seconds=5)
    assert silence_after(99) == LONGEST_SILENCE


def test_a_row_of_a_newer_release_is_told_under_its_own_name() -> None:
    assert type_of_row("order_waiting") == "order.waiting"
    assert type_of_row("split") == "order.split"


def test_a_signature_is_what_openssl_makes_of_the_same_text() -> None:
    made = signature(b'{"id":"ev_1"}', ["whsec_a", "whsec_b"], 1_780_000_000)
    assert made == (
        "t=1780000000,"
        "v1=6c340e1f4cef379b704d245a06d2c2ea969f4b660c35fe5c3305adb1ff833124,"
        "v1=1db397719ad6cdf2b9770ee5dcac93f7c3f960e53cd7f57b6dc24d90331cf99d"
    )
