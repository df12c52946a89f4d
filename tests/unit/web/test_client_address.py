"""Whose request it is, by X-Forwarded-For."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.web.client_address import client_address

ANN = "203.0.113.7"


@pytest.mark.parametrize(
    ("header", "hops", "address"),
    [
        (ANN, 1, ANN),
        (f"{ANN}:51234", 1, ANN),
        (f"  {ANN} ", 1, ANN),
        (f'"{ANN}:51234"', 1, ANN),
        (f"198.51.100.1, {ANN}", 1, ANN),
        (f"198.51.100.1,,{ANN}:80", 1, ANN),
        (f"1.1.1.1, {ANN}, 10.0.0.4:80", 2, ANN),
        (f"{ANN}, 10.0.0.4", 2, ANN),
        ("2001:db8:1:2:3:4:5:6", 1, "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::6]", 1, "2001:db8:1:2::/64"),
        ("[2001:db8:1:2:ffff::6]:443", 1, "2001:db8:1:2::/64"),
        ("2001:DB8:0001:0002::9", 1, "2001:db8:1:2::/64"),
        ("fe80::1%eth0", 1, "fe80::/64"),
        (f"::ffff:{ANN}", 1, ANN),
        (f"[::ffff:{ANN}]:443", 1, ANN),
    ],
)
def test_the_entry_that_our_own_proxies_wrote_counts(header: str, hops: int, address: str) -> None:
    assert client_address(header, hops) == address


def test_a_header_that_passed_fewer_proxies_counts_by_its_first_entry() -> None:
    assert client_address(ANN, 3) == ANN
    assert client_address(f"{ANN}, 10.0.0.4", 5) == ANN


@pytest.mark.parametrize("header", [None, "", " ", ",", f"{ANN},", "unknown", "1.2.3", "[::1", "1.2.3.4:x", "٣.1.1.1"])
def test_without_a_readable_entry_there_is_no_address(header: str | None) -> None:
    assert client_address(header, 1) is None


def test_without_proxies_no_header_is_believed() -> None:
    assert client_address(ANN, 0) is None


@given(st.text(max_size=200))
def test_whatever_a_client_sends_the_proxy_s_entry_counts(sent: str) -> None:
    assert client_address(f"{sent}, {ANN}:4711", 1) == ANN
    assert client_address(f"{sent}, {ANN}, 10.0.0.4:80", 2) == ANN


@given(st.text(max_size=200), st.integers(0, 4))
def test_nothing_that_is_sent_breaks_it(header: str, hops: int) -> None:
    found = client_address(header, hops)
    assert found is None or len(found) <= 43
