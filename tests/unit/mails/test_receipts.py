"""What stands on a receipt: the sums of the API, the diner's language, the location's clock, and hostile names as text
(rules 24.2)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from bson import ObjectId

from shared.documents.orders import Order
from shared.documents.places import Restaurant, StoredLocation
from shared.domain.letters import formats, to_staff
from shared.domain.letters.receipt import receipt
from shared.domain.letters.rendering import Written
from shared.domain.letters.samples import samples

LINK = "https://menu.example/status/nonna/000000000000000000000001"
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}{% raw %}",
    "evil\r\nBcc: everybody@example.com",
    "\u202egnp.exe",
    "x" * 5000,
    "مطعم",
]


class Tags(HTMLParser):
    """Which tags and attributes an HTML has, and the text between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def item(name: str, cents: int, **more: Any) -> dict[str, Any]:
    return {"id": str(ObjectId()), "menuItemId": name, "name": name, "priceCents": cents, **more}


def order(**more: Any) -> Order:
    soup = item("Soup", 1000, variants=[{"id": "l", "name": "Large", "priceCents": 200}])
    tea = item("Tea", 500, modifiers=[{"id": "m", "name": "Milk", "options": [{"id": "o", "name": "Oat"}]}])
    return Order.model_validate(
        {
            "_id": ObjectId("000000000000000000000001"),
            "orderCode": "K7M",
            "restaurantId": "nonna",
            "locationId": ObjectId(),
            "status": "ACCEPTED",
            "paymentId": "p",
            "paidWith": "card",
            "customer": {"name": "Ann", "email": "ann@diner.example"},
            "origin": {"name": "Table 4"},
            "items": [soup, {**soup, "id": "soup-2"}, tea],
            "subtotalCents": 2500,
            "taxCents": 256,
            "taxPercent": "10.25",
            "discountCents": 300,
            "discounts": [{"campaignId": "c", "name": "Lunch", "type": "flat", "amountCents": 300}],
            "totalPriceCents": 2456,
            "tipCents": 400,
            "startedAt": datetime(2026, 12, 1, 1, 5, tzinfo=UTC),
            **more,
        }
    )


def place(**more: Any) -> StoredLocation:
    told = {"_id": ObjectId(), "name": "Old Town", "address": "1 Main St", "timezone": "America/Chicago"}
    return StoredLocation.model_validate({**told, **more})


def nonna(name: str = "Nonna", logo: str = "") -> Restaurant:
    return Restaurant.model_validate({"_id": "nonna", "name": name, "logo": logo})


def test_it_says_what_was_ordered_what_it_came_to_and_how_it_was_paid() -> None:
    made = receipt(order(), nonna(), place(), LINK)
    assert made.subject == "Thank you for your order: K7M - Nonna"
    assert made.text.splitlines() == [
        "Thank you for your order",
        "",
        "Nonna",
        "Old Town",
        "1 Main St",
        "",
        "Order: K7M",
        "Placed: Nov 30, 2026, 7:05 PM CST",
        "Name: Ann",
        "For: Table 4",
        "",
        "2 x Soup  $20.00",
        "    Large",
        "1 x Tea  $5.00",
        "    Milk: Oat",
        "",
        "Subtotal  $25.00",
        "Discount: Lunch  −$3.00",
        "Tax (10.25 %)  $2.56",
        "Tip  $4.00",
        "Total  $28.56",
        "Payment: Card",
        "",
        f"Follow your order: {LINK}",
        "",
        "--",
        "You get this mail because this address was given with the order.",
    ]


def test_the_html_says_the_same_as_the_text() -> None:
    made = receipt(order(), nonna(), place(), LINK)
    shown = " ".join(" ".join(Tags(made.html).texts).split())
    for said in ("K7M", "2 × Soup", "Large", "Milk: Oat", "−$3.00", "$2.56", "$28.56", "Nov 30, 2026, 7:05 PM CST"):
        assert said in shown
    assert f'href="{LINK}"' in made.html


@pytest.mark.parametrize(
    ("language", "when", "total"),
    [("es", "30 nov 2026, 19:05 CST", "Total"), ("pt", "30 de nov. de 2026, 19:05 CST", "Total")],
)
def test_it_is_in_the_diners_language(language: str, when: str, total: str) -> None:
    made = receipt(order(language=language), nonna(), place(), LINK)
    assert when in made.text and f"{total}  $28.56" in made.text
    assert f'lang="{language}"' in made.html
    assert "Thank you" not in made.text + made.html


def test_what_was_given_back_is_marked_and_taken_off() -> None:
    refunds = [{"_id": "r", "amountCents": 968, "units": ["soup-2"], "at": datetime.now(UTC)}]
    made = receipt(order(refunds=refunds, refundedCents=968), nonna(), place(), LINK)
    assert made.subject.startswith("Your updated receipt")
    lines = made.text.splitlines()
    assert "1 x Soup  $10.00" in lines and "1 x Soup (refunded)  $10.00" in lines
    assert lines[lines.index("Total  $28.56") + 1 :][:2] == ["Refunded  −$9.68", "You pay  $18.88"]


@pytest.mark.parametrize(("status", "title"), [("CANCELLED", "was cancelled"), ("REJECTED", "could not take")])
def test_an_order_that_ended_early_is_said_to_have(status: str, title: str) -> None:
    made = receipt(order(status=status, refundedCents=2856), nonna(), place(), LINK)
    assert title in made.subject and "You pay  $0.00" in made.text


@pytest.mark.parametrize(
    ("paid", "said"),
    [
        ({"paidWith": "wallet"}, "Digital wallet"),
        ({"paidWith": ""}, "Paid online"),
        ({"paymentId": "", "paidWith": ""}, "At the restaurant"),
        ({"paymentId": "", "paidWith": "", "status": "REJECTED"}, "Nothing to pay"),
        ({"paymentId": "", "counter": {"kind": "cash"}}, "Cash"),
        ({"paymentId": "", "counter": {"kind": "unpaid"}}, "At the restaurant"),
    ],
)
def test_how_it_was_paid(paid: dict[str, Any], said: str) -> None:
    assert f"Payment: {said}" in receipt(order(**paid), nonna(), place(), LINK).text


def test_an_order_of_the_original_without_amounts_adds_up_all_the_same() -> None:
    old = order(subtotalCents=0, taxCents=0, taxPercent=None, discountCents=0, discounts=[], totalPriceCents=2756)
    text = receipt(old, nonna(), place(), "").text
    assert "Subtotal  $25.00" in text and "Tax  $2.56" in text and "Total  $31.56" in text
    assert "Discount" not in text and "http" not in text


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_text_and_nothing_else(name: str) -> None:
    plain = Tags(receipt(order(), nonna(), place(), LINK).html)
    evil = item(name, 1000, notes=name, variants=[{"id": "v", "name": name, "priceCents": 0}])
    given = order(
        items=[evil, item("Tea", 1500)],
        customer={"name": name, "email": "ann@diner.example"},
        origin={"name": name},
        discounts=[{"campaignId": "c", "name": name, "type": "flat", "amountCents": 300}],
    )
    made = receipt(given, nonna(name, logo=f"https://x.example/{name}"), place(name=name, address=name), LINK)
    found = Tags(made.html)
    assert {tag for tag, _ in found.tags} <= {tag for tag, _ in plain.tags} | {"img"}
    assert [one for one in found.tags if any(key.startswith("on") for key in one[1])] == []
    assert all(one["src"].startswith("https://x.example/") for tag, one in found.tags if tag == "img" and one["src"])
    assert "\n" not in made.subject and "\r" not in made.subject and len(made.subject) <= formats.MAX_SUBJECT
    assert not re.search("[\u202a-\u202e\x00-\x08\x0b-\x1f]", made.subject + made.text + made.html)
    assert max(len(line) for line in made.text.splitlines()) < 500
    assert "49" not in made.text.replace("$", "")  # no template runs in what people write


LURES = [
    "Hi evil.com click",
    "https://evil.example/login",
    "evil\uff0ecom",
    "evil\u3002com",
    "evil\u200b.com",
    "//evil.co",
]
_LINKS = re.compile("[\\w\u200b][.\uff0e\u3002][\u200b]?[a-z]{2}|//")


def links(made: Written) -> list[str]:
    """What a mail program would make a link of in what a mail shows, but our own."""
    shown = [made.subject, made.text, *Tags(re.sub(r"(?s)<style>.*?</style>", "", made.html)).texts]
    ours = re.compile(r"https://(?:menu|store|codes)\.example/\S*")
    return [found for one in shown for found in _LINKS.findall(ours.sub("", one))]


@pytest.mark.parametrize("name", LURES)
def test_nothing_that_people_wrote_is_a_link_in_any_mail(name: str) -> None:
    evil = item(name, 1000, notes=name, variants=[{"id": "v", "name": name, "priceCents": 0}])
    given = order(
        items=[evil, item("Tea", 1500)],
        customer={"name": name, "email": "ann@diner.example"},
        origin={"note": name},
        discounts=[{"campaignId": "c", "name": name, "type": "flat", "amountCents": 300}],
    )
    until = datetime(2026, 12, 1, 1, 5, tzinfo=UTC)
    told = to_staff.Invited(name, "manager", "https://store.example/#invitation=x", until, "America/Chicago")
    sold = to_staff.Day(12, 30000, 500, 29500, 3000, 32500, 4000, 1000, [to_staff.Sold(name, 9)])
    mine = receipt(given, nonna(name), place(name=name, address=name), LINK)
    assert "evil" in mine.html and LINK in mine.text
    for made in (
        mine,
        to_staff.invitation(told, "en"),
        to_staff.qr_code(name, name, name, "https://codes.example/q/abc", "en"),
        to_staff.summary(name, name, date(2026, 11, 30), sold, "en"),
    ):
        assert "evil" in made.subject and "evil" in made.text and links(made) == []
    assert links(Written("", "see evil.com", "")) != []


@pytest.mark.parametrize(
    "logo", ["http://plain.example/l.png", "javascript:alert(1)", "data:image/png;base64,aaaa", "//x.y/l"]
)
def test_a_mail_fetches_no_picture_but_a_logo_by_https(logo: str) -> None:
    assert "<img" not in receipt(order(), nonna(logo=logo), place(), LINK).html
    assert (
        'src="https://x.example/l.png"' in receipt(order(), nonna(logo="https://x.example/l.png"), place(), LINK).html
    )


def letters() -> dict[str, Written]:
    until = datetime(2026, 12, 1, 1, 5, tzinfo=UTC)
    told = to_staff.Invited("Nonna", "manager", "https://store.example/#invitation=x", until, "America/Chicago")
    sold = to_staff.Day(12, 30000, 500, 29500, 3000, 32500, 4000, 1000, [to_staff.Sold("Soup", 9)])
    return {
        "receipt": receipt(order(), nonna(), place(), LINK),
        "code": to_staff.sign_in_code("123456"),
        "invitation": to_staff.invitation(told, "es"),
        "qr": to_staff.qr_code("Table 4", "Nonna", "Old Town", "https://codes.example/q/abc", "pt"),
        "summary": to_staff.summary("Nonna", "Old Town", date(2026, 11, 30), sold, "en"),
    }


@pytest.mark.parametrize("name", letters())
def test_every_mail_is_whole_dark_mode_safe_and_readable_without_html(name: str) -> None:
    made = letters()[name]
    found = Tags(made.html)
    metas = {one.get("name"): one.get("content") for tag, one in found.tags if tag == "meta"}
    assert metas["color-scheme"] == "light dark" and "prefers-color-scheme: dark" in made.html
    assert made.html.startswith("<!doctype html>") and "{{" not in made.html and "{%" not in made.html
    assert len(made.text) > 60 and "<" not in made.text and "\n\n\n" not in made.text
    # What has a colour of its own has a class, by which dark mode gives it another.
    bare = [one for tag, one in found.tags if "color:" in (one.get("style") or "") and not one.get("class")]
    assert bare == []
    assert {one.get("role") for tag, one in found.tags if tag == "table"} <= {"presentation", None}


def test_there_is_a_sample_of_each_template_and_all_add_up() -> None:
    made = list(samples())
    assert {one.template.partition(",")[0] for one in made} == set(letters())
    assert {one.language for one in made if one.template == "receipt"} == {"en", "es", "pt"}
    assert all("$39.21" in one.written.text for one in made if one.template.startswith("receipt"))
    assert {address for one in made for address in re.findall(r'src="([a-z]+:)', one.written.html)} == {"data:"}


def test_a_code_to_sign_in_with_is_in_no_subject_and_in_three_languages() -> None:
    made = to_staff.sign_in_code("123456")
    assert "123456" in made.text and "123456" in made.html and "123456" not in made.subject
    assert all(said in made.text for said in ("Your code", "Su código", "Seu código"))


def test_a_day_tells_its_sums_its_dishes_and_how_to_get_no_more_of_them() -> None:
    text = letters()["summary"].text
    assert "Orders: 12" in text and "Gross sales: $300.00" in text and "Refunds: −$10.00" in text
    assert "9 x Soup" in text and "Switch it off" in text


def test_an_invitation_says_until_when_it_holds() -> None:
    made = letters()["invitation"]
    assert "30 nov 2026, 19:05 CST" in made.text and "gerente" in made.text
    assert "https://store.example/#invitation=x" in made.text
