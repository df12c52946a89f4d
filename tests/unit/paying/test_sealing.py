"""Sealing secrets at rest, and the settings that paying needs."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.sealing import Sealer, SealError
from shared.settings import Settings

OLD, NEW, OTHER = (bytes([number]) * 32 for number in (1, 2, 3))
HASH_KEY = b"h" * 32
SECRET = "bearer-token-of-a-merchant"
HERE = "location:1"


def sealer(*keys: bytes) -> Sealer:
    return Sealer(list(keys), HASH_KEY)


def encoded(*keys: bytes) -> str:
    return ",".join(base64.b64encode(key).decode() for key in keys)


def settings(**given: Any) -> Settings:
    return Settings.model_validate({"mongodb_uri": "mongodb://localhost", **given})


@given(text=st.text(), context=st.text(), key=st.binary(min_size=32, max_size=32))
def test_what_is_sealed_opens_and_cannot_be_read(text: str, context: str, key: bytes) -> None:
    one = sealer(key)
    try:
        sealed = one.seal(text, context)
    except UnicodeEncodeError:
        assert re.search("[\ud800-\udfff]", text + context)
        return
    assert one.open(sealed, context) == text
    assert re.fullmatch(r"sealed:v1:[0-9a-f]{8}:[A-Za-z0-9+/=]+", sealed)
    assert one.is_sealed(sealed) and one.is_newest(sealed)


def test_the_same_text_is_never_sealed_alike() -> None:
    assert len({sealer(NEW).seal(SECRET, HERE) for _ in range(100)}) == 100


def test_it_opens_only_where_it_was_sealed_for() -> None:
    sealed = sealer(NEW).seal(SECRET, HERE)
    for elsewhere in ("location:2", "payment:1", "", HERE + " "):
        with pytest.raises(SealError):
            sealer(NEW).open(sealed, elsewhere)


def test_every_bit_of_it_counts() -> None:
    sealed = sealer(NEW).seal(SECRET, HERE)
    head, encoded_part = sealed.rsplit(":", 1)
    raw = base64.b64decode(encoded_part)
    for position in range(len(raw)):
        changed = bytes([*raw[:position], raw[position] ^ 1, *raw[position + 1 :]])
        with pytest.raises(SealError):
            sealer(NEW).open(f"{head}:{base64.b64encode(changed).decode()}", HERE)


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "plain",
        "sealed:v1:",
        "sealed:v1:ffffffff:",
        "sealed:v2:x:y",
        "{head}:",
        "{head}:AAAA",
        "{head}:no base64!",
        "{head}:ü",
    ],
)
def test_what_was_never_sealed_does_not_open(broken: str) -> None:
    head = sealer(NEW).seal(SECRET, HERE).rsplit(":", 1)[0]
    with pytest.raises(SealError):
        sealer(NEW).open(broken.format(head=head), HERE)


def test_the_newest_key_seals_and_every_key_opens() -> None:
    before = sealer(OLD).seal(SECRET, HERE)
    between = sealer(NEW, OLD)
    assert between.open(before, HERE) == SECRET
    assert not between.is_newest(before)
    after = between.seal(SECRET, HERE)
    assert between.is_newest(after) and sealer(NEW).open(after, HERE) == SECRET
    with pytest.raises(SealError, match="does not hold"):
        sealer(NEW).open(before, HERE)
    with pytest.raises(SealError, match="does not hold"):
        sealer(OTHER).open(after, HERE)


def test_the_key_id_is_the_beginning_of_the_key_s_hash() -> None:
    # What is stored under it must be found again by every later version.
    assert sealer(NEW).seal(SECRET, HERE).split(":")[2] == "75877bb4"
    assert sealer(OLD).seal(SECRET, HERE).split(":")[2] == "72cd6e84"


def test_a_text_that_was_sealed_once_opens_for_ever() -> None:
    stored = "sealed:v1:75877bb4:AAAAAAAAAAAAAAAAOBdbvIBec9RE+cbNTa/zuIbH4/x6fSOlOYKBkMLAsHcyHDnGp6CPuct7"
    assert sealer(NEW).open(stored, HERE) == SECRET


def test_a_hash_is_the_same_for_the_same_token_and_key() -> None:
    assert sealer().token_hash("t") == sealer(NEW).token_hash("t")
    assert sealer().token_hash("t") != sealer().token_hash("u")
    assert Sealer([], b"i" * 32).token_hash("t") != sealer().token_hash("t")
    assert sealer().token_hash("t") == "bf929fb9f3e23fb0e5c549e9c15d90a43b5ee182aa84be32227ebee2d7cfe3a3"


def test_without_keys_nothing_is_sealed_opened_or_hashed() -> None:
    none = Sealer.of(settings())
    for work in (
        lambda: none.seal("x", HERE),
        lambda: none.open("sealed:v1:ffffffff:AA", HERE),
        lambda: none.token_hash("x"),
    ):
        with pytest.raises(SealError):
            work()
    assert not none.is_sealed("x") and not none.is_newest("sealed:v1:ffffffff:AA")


def test_no_error_and_no_object_holds_a_secret() -> None:
    one = sealer(NEW, OLD)
    said = [repr(one), str(one)]
    sealed = one.seal(SECRET, HERE)
    for wrong in (sealed[:-8] + "AAAAAAA=", sealed.replace("v1:", "v1:0")):
        with pytest.raises(SealError) as failed:
            one.open(wrong, HERE)
        said += [repr(failed.value), repr(failed.value.__cause__)]
    for secret in (SECRET, encoded(NEW), repr(NEW), sealed):
        assert all(secret not in text for text in said)


# The settings


def paying(**changed: Any) -> Settings:
    given = {
        "emergepay_environment_url": "https://gateway.example/v1/",
        "sealing_keys": encoded(NEW, OLD),
        "token_hash_key": "k" * 32,
    }
    return settings(**(given | changed))


def test_a_deployment_takes_payment_only_with_all_three() -> None:
    whole = paying()
    assert whole.takes_payment
    assert whole.emergepay_environment_url == "https://gateway.example/v1"
    assert whole.sealing_key_list() == [NEW, OLD]
    assert not settings().takes_payment and settings().sealing_key_list() == []
    for name in ("emergepay_environment_url", "sealing_keys", "token_hash_key"):
        for unset in (None, "", "  ", "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/x)"):
            assert not paying(**{name: unset}).takes_payment


@pytest.mark.parametrize(
    "wrong",
    [
        {"sealing_keys": "c2hvcnQ="},
        {"sealing_keys": "not base64!" * 4},
        {"sealing_keys": encoded(NEW) + ","},
        {"sealing_keys": encoded(b"x" * 31)},
        {"sealing_keys": encoded(b"x" * 33)},
        {"sealing_keys": encoded(*[NEW] * 11)},
        {"token_hash_key": "SECRETLY-too-short"},
        {"emergepay_environment_url": "http://gateway.example/v1"},
        {"emergepay_environment_url": "https://user:SECRET@gateway.example/v1"},
        {"emergepay_environment_url": "https://gateway.example/v1?key=SECRET"},
        {"emergepay_environment_url": "https://gateway.example/v1#SECRET"},
        {"emergepay_environment_url": "gateway.example"},
        {"emergepay_environment_url": "ftp://gateway.example"},
        {"emergepay_environment_url": "https:///v1"},
        {"emergepay_environment_url": "https://[::1/v1"},
        {"gateway_timeout_seconds": 0.05},
        {"gateway_timeout_seconds": 61},
        {"payment_lost_after_seconds": 0},
        {"paid_wait_seconds": 121},
    ],
)
def test_a_wrong_setting_is_refused_without_being_repeated(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as failed:
        paying(**wrong)
    assert "SECRET" not in str(failed.value)
    assert all(str(value) not in str(failed.value) for name, value in wrong.items() if name == "sealing_keys")


def test_the_machine_itself_may_be_spoken_to_in_clear() -> None:
    for url in ("http://127.0.0.1:7082/emergepay/v1", "http://localhost:1/v1", "http://[::1]:1/v1"):
        assert paying(emergepay_environment_url=url).emergepay_environment_url == url


def test_settings_do_not_show_their_secrets() -> None:
    shown = f"{paying()!r} {paying()}"
    assert "k" * 32 not in shown and encoded(NEW) not in shown
