"""What two pages say of the same thing, they say in the same words."""

from __future__ import annotations

import re

from local.supervisor.options import PROJECT

CLIENTS = PROJECT / "clients"


def test_the_checkout_and_the_status_page_translate_a_refused_payment_alike() -> None:
    checkout = (CLIENTS / "order" / "checkout_words.js").read_text()
    told = {
        tag: dict(re.findall(r"^    (\w+): '(.*)',$", body, re.MULTILINE))
        for tag, body in re.findall(r"^  (\w\w): \{\n(.*?)^  \},$", checkout, re.MULTILINE | re.DOTALL)
    }
    status = (CLIENTS / "status" / "words.js").read_text()
    shared = {
        english: (spanish, portuguese)
        for english, spanish, portuguese in re.findall(
            r"^  '(.*)': \{\n    es: '(.*)',\n    pt: '(.*)',\n  \},$", status, re.MULTILINE
        )
        if english in told["en"].values()
    }
    assert len(shared) == 6
    for key, english in told["en"].items():
        if english in shared:
            assert (told["es"][key], told["pt"][key]) == shared[english], key


def test_the_pages_of_ordering_write_money_and_times_as_the_status_page_does() -> None:
    ordering = (CLIENTS / "order" / "words.js").read_text()
    status = (CLIENTS / "status" / "words.js").read_text()
    written = dict(re.findall(r"(\w\w): '(\w\w-\w\w)'", ordering))
    assert written == dict(re.findall(r"^  (\w\w): \{\n.*?locale: '(.*?)',$", status, re.MULTILINE | re.DOTALL))
    assert set(written) == {"en", "es", "pt"}
