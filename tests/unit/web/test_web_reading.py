"""What is wrong with a request is said in words that help, before anything is done."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import azure.durable_functions as df
import azure.functions as func
import pytest
from pydantic import BaseModel, Field, RootModel

from shared.api.base import Form, Multipart, Request, Sent
from shared.web.access import anyone
from shared.web.endpoint import Call, endpoint
from shared.web.reading import read_multipart
from shared.web.routes import RouteTable
from tests.web_calls import BOUNDARY, MULTIPART, content, multipart, offline_app, request


class Line(Request):
    """A line of a cart."""

    menu_item_id: str = Field(min_length=1, max_length=10)
    quantity: int = Field(1, ge=1, le=99)


class Cart(Request):
    """A cart."""

    items: list[Line] = Field(max_length=3)
    note: str | int | None = None
    anything: Any = None


class ByOrder(Request):
    """One member of a union."""

    kind: Literal["order"]
    order_id: str


class ByPlace(Request):
    """Another."""

    kind: Literal["place"]
    place_id: str


class Feed(RootModel[Annotated[ByOrder | ByPlace, Field(discriminator="kind")]]):
    """A union as a body."""


class Page(BaseModel):
    """A query."""

    after: int = Field(0, ge=0)


bp, table = df.Blueprint(), RouteTable()


@endpoint(bp, "POST", "carts", allow=anyone, table=table)
async def cart(call: Call[Cart]) -> int:
    return len(call.body.items)


@endpoint(bp, "POST", "feeds", allow=anyone, table=table)
async def feed(call: Call[Feed]) -> str:
    return call.body.root.kind


@endpoint(bp, "GET", "pages/{pageId}", allow=anyone, table=table)
async def page(call: Call[None, Page]) -> int:
    return int(call.query.after)


async def send(body: Any, name: str = "cart", **headers: str) -> func.HttpResponse:
    sent = request("POST", "/x", body, headers={key.replace("_", "-"): value for key, value in headers.items()})
    return await table.named(f"test_web_reading_{name}").handle(sent, app=offline_app(max_body_bytes=5000))


SOUP = {"menuItemId": "soup", "quantity": 2}


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({"items": [{**SOUP, "quantity": "2"}]}, "items.0.quantity", "Input should be a valid integer."),
        ({"items": [{**SOUP, "quantity": 0}]}, "items.0.quantity", "Input should be greater than or equal to 1."),
        ({"items": [SOUP, {**SOUP, "menuItemId": "x" * 11}]}, "items.1.menuItemId", "at most 10 characters."),
        ({"items": [SOUP] * 4}, "items", "at most 3 items"),
        ({"items": [], "foo": 1}, "foo", "This field is not known here."),
        ({}, "items", "This field is required."),
        ({"items": [{}]}, "items.0.menuItemId", "This field is required."),
        ({"items": None}, "items", "Input should be a valid array."),
        ({"items": [7]}, "items.0", "Input should be an object."),
        ({"items": [], "note": []}, "note", "Input should be a valid string."),
    ],
)
async def test_a_wrong_field_is_named_with_what_is_wrong(body: Any, field: str, message: str) -> None:
    response = await send(body)
    answer = content(response)
    assert (response.status_code, answer["code"]) == (400, "INVALID_REQUEST")
    assert answer["detail"][0]["field"] == field
    assert message in answer["detail"][0]["message"]
    assert answer["message"] == f"{field}: {answer['detail'][0]['message']}"


async def test_the_member_of_a_union_is_no_part_of_a_field_s_name() -> None:
    answer = content(await send({"kind": "order"}, "feed"))
    assert answer["detail"] == [{"field": "orderId", "message": "This field is required."}]


@pytest.mark.parametrize("kind", ["parcel", None, {"$ne": 1}, "x" * 4000])
async def test_a_kind_that_there_is_not_is_answered_with_those_there_are(kind: Any) -> None:
    answer = content(await send({"kind": kind}, "feed"))
    assert answer["detail"] == [{"field": "kind", "message": "This is one of 'order', 'place'."}]
    answer = content(await send({}, "feed"))
    assert answer["detail"] == [{"field": "kind", "message": "This field is required."}]


async def test_a_field_has_one_spelling_only() -> None:
    answer = content(await send({"kind": "order", "order_id": "x"}, "feed"))
    assert [row["field"] for row in answer["detail"]] == ["orderId", "order_id"]


async def test_at_most_twenty_mistakes_are_listed() -> None:
    answer = content(await send({f"key{n}": n for n in range(100)}))
    assert len(answer["detail"]) == 20


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"nonsense",
        b'{"items": NaN}',
        b'{"items": [], "anything": Infinity}',
        b'{"items": [], "anything": 1e999}',
        b'{"items": [], "note": "\xff"}',
        b'{"items": [], "note": "\\ud800"}',
        b'{"items": [], "note": "a\x00b"}',
        b'{"items": []} {}',
        b'{"items": [], "anything": ' + b"[" * 33 + b"]" * 33 + b"}",
        b'{"items": [], "anything": ' + b'{"a":' * 33 + b"1" + b"}" * 33 + b"}",
        b"[" * 2500 + b"]" * 2500,
    ],
    ids=lambda body: body[:30].decode(errors="replace"),
)
async def test_what_is_not_json_is_malformed(body: bytes) -> None:
    response = await send(body)
    assert (response.status_code, content(response)["code"]) == (400, "MALFORMED_JSON")


@pytest.mark.parametrize(
    "body",
    [
        b'{"items": [], "anything": ' + b"[" * 30 + b"]" * 30 + b"}",
        b'{"items": [], "anything": "' + b"[{" * 40 + b'"}',
        b'{"items": [], "anything": [' + b"[]," * 40 + b"[]]}",
    ],
)
async def test_brackets_that_do_not_nest_are_fine(body: bytes) -> None:
    assert (await send(body)).status_code == 200


@pytest.mark.parametrize("body", [b"", b" \r\n"])
async def test_a_body_that_is_not_there_is_missed(body: bytes) -> None:
    response = await send(body, content_type="application/json")
    assert (response.status_code, content(response)["message"]) == (400, "Send a JSON body.")


async def test_a_body_above_the_limit_is_refused() -> None:
    response = await send(b'{"items": [], "note": "' + b"x" * 5000 + b'"}')
    assert (response.status_code, content(response)["code"]) == (413, "BODY_TOO_LARGE")


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("Application/JSON", 200),
        ("application/merge-patch+json", 200),
        ("", 200),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("application/jsonp", 415),
    ],
)
async def test_only_json_is_read(content_type: str, status: int) -> None:
    assert (await send({"items": []}, content_type=content_type)).status_code == status


@pytest.mark.parametrize(
    ("query", "status"), [("", 200), ("?after=3", 200), ("?after=-1", 400), ("?after=x", 400), ("?utm_source=qr", 200)]
)
async def test_a_query_is_read_as_what_it_spells(query: str, status: int) -> None:
    sent = request("GET", f"/pages/1{query}", path={"pageId": "1"})
    response = await table.named("test_web_reading_page").handle(sent, app=offline_app())
    assert response.status_code == status
    if status == 400:
        assert content(response)["detail"][0]["field"] == "after"


@pytest.mark.parametrize("value", ["x" * 129, "a\x00b", "a\nb", "\x7f"])
async def test_an_id_that_cannot_be_one_names_nothing(value: str) -> None:
    sent = request("GET", "/pages/1", path={"pageId": value})
    response = await table.named("test_web_reading_page").handle(sent, app=offline_app())
    assert (response.status_code, content(response)["code"]) == (404, "NOT_FOUND")


class Word(Form):
    """What a device sends."""

    kind: str = Field(alias="Kind", max_length=5)
    text: str = Field("", alias="Text")


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"Kind=a&Text=%3Cx%3E+y&More=1", "application/x-www-form-urlencoded", 200),
        (b"Kind=a&Kind=b", "application/x-www-form-urlencoded; charset=utf-8", 200),
        (b"Kind=a", None, 200),
        (b"Kind=a", "application/json", 415),
        (b"Kind=a", "application/x-www-form-urlencodedly", 415),
        (b"", "application/x-www-form-urlencoded", 400),
        (b"Text=x", "application/x-www-form-urlencoded", 400),
        (b"Kind=toolong", "application/x-www-form-urlencoded", 400),
        (b"Kind=\xff", "application/x-www-form-urlencoded", 400),
        (b"&".join(b"a=%d" % n for n in range(51)), "application/x-www-form-urlencoded", 400),
    ],
)
async def test_a_form_is_read_like_a_body(body: bytes, kind: str | None, status: int) -> None:
    heard: list[Word] = []
    table = RouteTable()

    @endpoint(df.Blueprint(), "POST", "words", allow=anyone, table=table)
    async def say(call: Call[Word]) -> None:
        heard.append(call.body)

    headers = {} if kind is None else {"content-type": kind}
    answer = await next(iter(table)).handle(request("POST", "/x", body, headers=headers), app=offline_app())
    assert (answer.status_code, [word.kind for word in heard]) == (status, ["a"] if status == 200 else [])
    assert all(word.text in ("", "<x> y") for word in heard)


class Parcel(Multipart):
    """A file and a word."""

    file: Sent
    word: str = Field("none", max_length=5)


NOISE = random.Random(7).randbytes(300_000)
HARD_TO_SPLIT = [b"", b"x", NOISE, b"\0" * 2_000_000, b"\r" * 2_000_000, b"\n" * 2_000_000, b"\r\n--" * 400_000]


@pytest.mark.parametrize("content", [*HARD_TO_SPLIT, f"\r\n--{BOUNDARY[:-1]}".encode() * 50_000])
@pytest.mark.parametrize("order", [("file", "word"), ("word", "file"), ("file",)])
def test_a_file_in_a_form_is_read_byte_by_byte(content: bytes, order: Sequence[str]) -> None:
    parts = {"file": content, "word": "soup"}
    read = read_multipart(Parcel, multipart({name: parts[name] for name in order}), MULTIPART)
    assert (read.file, read.word) == (content, "soup" if "word" in order else "none")


@pytest.mark.parametrize(
    "kind",
    [MULTIPART, MULTIPART.replace("boundary=", 'charset=utf-8; Boundary="') + '"', MULTIPART + "; charset=utf-8"],
)
def test_each_way_to_name_the_boundary_is_read(kind: str) -> None:
    assert read_multipart(Parcel, multipart({"file": b"soup"}), kind).file == b"soup"


def test_of_a_part_that_comes_twice_the_first_counts() -> None:
    once = multipart({"file": b"first"}).removesuffix(f"--{BOUNDARY}--\r\n".encode())
    assert read_multipart(Parcel, once + multipart({"file": b"second"}), MULTIPART).file == b"first"
