"""The console's timeline of one order: everything that was asked for it, its workflow, and the page that shows it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pymongo
import pytest
from bson import ObjectId
from playwright.async_api import Page, expect

from tests.e2e.order_pages import arrived, choose
from tests.e2e.screens import Screens
from tests.e2e.visits import EMAIL, House, Visit, calling, saas, spans_of, stored
from tests.patience import eventually
from tests.stack import Stack

TOLD = ("duty text", "duty alert", "duty mail", "duty push", "duty web_push")
SENT = {"created:text", "created:alert", "created:mail", "created:push", "created:web_push"}


@pytest.fixture(scope="module")
def stack(telling_stack: Stack) -> Stack:
    telling_stack.all_up()
    return telling_stack


@pytest.fixture(scope="module")
async def http(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(stack) as client:
        yield client


@pytest.fixture(scope="module")
async def told(stack: Stack, http: httpx.AsyncClient, house: House) -> Visit:
    """An order of which everybody is told who can be: its diner by text and mail, the staff by text and push."""
    visit = await ordered(stack, http)
    assert visit.trace is not None
    await spans_of(visit, visit.trace, *TOLD)

    async def is_told() -> bool:
        with pymongo.MongoClient[dict[str, Any]](stack.mongo_uri) as client:
            rows = client[stack.db_name].duties.find({"orderId": ObjectId(visit.order_id), "about": "created"})
            ends = {f"created:{row['kind']}": (row["state"], row.get("delivery", "")) for row in rows}
        heard = {kind: ends.get(f"created:{kind}", ("", "")) for kind in ("text", "alert")}
        sent = {name for name, (state, _) in ends.items() if state == "sent"}
        return sent == SENT and all(delivery == "delivered" for _, delivery in heard.values())

    await eventually(is_told, every=0.25)
    return visit


async def ordered(stack: Stack, http: httpx.AsyncClient) -> Visit:
    visit = Visit(stack, http)
    await visit.scan()
    await visit.preview(email=EMAIL)
    await visit.pay()
    await visit.becomes_an_order()
    return visit


async def timeline(stack: Stack, http: httpx.AsyncClient, order: str) -> dict[str, Any]:
    answer = await http.get(f"{stack.console_url}/api/timeline", params={"order": order})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def requests_of(shown: dict[str, Any]) -> list[tuple[str, str]]:
    """Each request: whom it asked, and the end of its path."""
    return [
        (row["where"], row["url"].rpartition("/")[2].rpartition(":")[2])
        for row in shown["rows"]
        if row["kind"] == "request"
    ]


async def test_an_order_is_one_timeline(stack: Stack, http: httpx.AsyncClient, told: Visit) -> None:
    shown = await timeline(stack, http, told.order_id)
    code = stored(stack, "orders", told.order_id)["orderCode"]
    assert shown["order"]["orderCode"] == code and shown["without"] == []
    rows = shown["rows"]
    assert {row["kind"] for row in rows} == {"request", "workflow", "span", "database", "event", "log"}
    assert rows == sorted(rows, key=lambda row: row["at"])
    assert [row["title"] for row in rows if row["kind"] == "event"] == ["1 created", "2 accepted"]
    assert (await timeline(stack, http, code))["order"]["_id"] == told.order_id
    for order, status in (("x", 400), ("f" * 24, 404), ("' or 1", 400)):
        answer = await http.get(f"{stack.console_url}/api/timeline", params={"order": order})
        assert answer.status_code == status


CALLS = {
    "twilio": ("send Twilio",),
    "sendgrid": ("send SendGrid",),
    "fcm": ("send Firebase",),
    "web_push": ("send web push",),
    "webpubsub": ("webpubsub send",),
    "durable": ("engine start", "engine wake"),
}
"""The services that the app called for the order, and its spans of that."""


async def test_a_request_is_there_though_it_does_not_name_the_order(
    stack: Stack, http: httpx.AsyncClient, told: Visit
) -> None:
    asked: Counter[tuple[str, str]] = Counter()
    many: dict[str, tuple[int, int]] = {}

    async def agree() -> bool:
        """Each call that the app tells of is there. Spans come seconds later than requests."""
        nonlocal asked
        shown = await timeline(stack, http, told.order_id)
        asked = Counter(requests_of(shown))
        spans = Counter(row["title"] for row in shown["rows"] if row["kind"] == "span")
        for service, names in CALLS.items():
            there = sum(times for (where, _), times in asked.items() if where == service)
            many[service] = there, sum(spans[name] for name in names)
        return all(there == said for there, said in many.values())

    await eventually(agree, lambda: f"requests and spans: {many}", every=0.25)
    # Firebase is asked for a token where none is at hand, then to push; neither says of which order.
    assert asked["fcm", "token"] <= 1 and asked["fcm", "send"] == 1
    # The diner's text leads to the order, that of the staff only has its code.
    assert asked["twilio", "Messages.json"] == 2 and asked["sendgrid", "send"] == 1
    assert many["web_push"] == (1, 1)
    # What pays for it is asked for before there is an order; what became of a text is told by the text's own id.
    assert asked["emergepay", "start"] == 1 and asked["host", "status"] >= 2


async def test_no_request_of_another_order_is_there(stack: Stack, http: httpx.AsyncClient, told: Visit) -> None:
    other = await ordered(stack, http)
    assert other.trace is not None
    await spans_of(other, other.trace, *TOLD)
    rows = (await timeline(stack, http, other.order_id))["rows"]
    requests = json.dumps([row for row in rows if row["kind"] == "request"])
    code = stored(stack, "orders", told.order_id)["orderCode"]
    assert told.order_id not in requests and str(told.trace) not in requests and f"#{code}" not in requests


async def test_the_workflow_stands_in_it_step_by_step(stack: Stack, http: httpx.AsyncClient, told: Visit) -> None:
    shown = await timeline(stack, http, told.order_id)
    assert shown["workflow"]["instanceId"] == told.order_id and shown["workflow"]["name"].startswith("checkout_v")
    steps = [row for row in shown["rows"] if row["kind"] == "workflow"]
    titles = [row["title"] for row in steps]
    assert titles[0] == f"begins {shown['workflow']['name']}"
    assert [title for title in titles if title in ("activity take_payment", "activity place_order")]
    whole = (await http.get(f"{stack.console_url}/api/orchestrations/{told.order_id}")).json()
    done = [one["FunctionName"] for one in whole["historyEvents"] if one["EventType"] == "TaskCompleted"]
    assert Counter(done) == Counter(row["title"].removeprefix("activity ") for row in steps if "ms" in row)
    stack.kill("durable")
    try:
        shown = await timeline(stack, http, told.order_id)
        assert shown["workflow"] is None and "durable" in shown["without"]
    finally:
        stack.start("durable")


# The page


async def opened(screens: Screens, stack: Stack, order_id: str) -> Page:
    page = await screens.opened(f"{stack.console_url}/start/timeline.html?order={order_id}")
    await expect(page.locator("#rows tr").first).to_be_visible()
    return page


def rows(page: Page, kind: str) -> Any:
    return page.locator(f'#rows tr[data-kind="{kind}"]')


@pytest.mark.browser
async def test_an_order_is_chosen_and_its_kinds_are_sieved(screens: Screens, stack: Stack, told: Visit) -> None:
    page = await screens.opened(f"{stack.console_url}/start/timeline.html")
    code = stored(stack, "orders", told.order_id)["orderCode"]
    await page.get_by_label("Order", exact=True).fill(code)
    await page.get_by_role("button", name="Show").click()
    await expect(page.locator("#said")).to_contain_text(f"Order {code} {told.order_id}")
    assert page.url.endswith(f"?order={code}")
    await expect(rows(page, "request").first).to_be_visible()
    await expect(rows(page, "database")).to_have_count(0)
    await page.get_by_label("Database").check()
    await expect(rows(page, "database").first).to_be_visible()
    for name in ("Requests", "Spans", "Log", "Database", "Events"):
        await page.get_by_label(name, exact=True).uncheck()
    await expect(page.locator('#rows tr:not([data-kind="workflow"])')).to_have_count(0)
    await expect(rows(page, "workflow").first).to_contain_text("begins checkout_v")
    link = page.get_by_role("link", name="Its workflow checkout_v")
    async with page.expect_navigation():
        await link.click()
    assert '"historyEvents"' in await page.content()
    await page.goto(f"{stack.console_url}/start/timeline.html?order={'f' * 24}")
    await expect(page.locator("#said")).to_have_text("There is no such order.")


@pytest.mark.browser
async def test_a_body_is_opened_and_copied_as_a_command(screens: Screens, stack: Stack, told: Visit) -> None:
    page = await opened(screens, stack, told.order_id)
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    push = rows(page, "request").filter(has_text="messages:send")
    await push.get_by_role("button").click()
    await expect(push).to_have_attribute("aria-selected", "true")
    await expect(page.locator("#body")).to_contain_text('"title": "New Order"')
    await expect(page.locator("#body")).to_contain_text(str(told.trace))
    await page.get_by_role("button", name="Copy as curl").click()
    await expect(page.locator("#copied")).to_contain_text("Copied.")
    copied = str(await page.evaluate("navigator.clipboard.readText()"))
    assert copied.startswith(f"curl -X POST '{saas(stack)}/fcm/v1/projects/")
    assert "'authorization: ***'" in copied and "New Order" in copied
    # What is no request is shown, and not offered as one.
    step = rows(page, "workflow").filter(has_text="activity place_order").first
    await step.get_by_role("button").click()
    await expect(page.locator("#body")).to_contain_text('"FunctionName": "place_order"')
    await expect(page.get_by_role("button", name="Copy as curl")).to_be_hidden()


@pytest.mark.browser
async def test_two_orders_of_one_tab_are_two_timelines(screens: Screens, stack: Stack) -> None:
    page = await screens.scanned()
    menu, traces = page.url, set()
    for _ in range(2):
        await page.goto(menu)
        await choose(page, "Sparkling water")
        await page.locator("#open-cart").click()
        await page.locator("#name").fill("Ada")
        await page.locator("#cart form button[type=submit]").click()
        await page.locator("#go").click()
        order_id = await arrived(page)
        traces.add(stored(stack, "orders", order_id)["trace"].split("-")[1])
    assert len(traces) == 2


@pytest.mark.browser
async def test_what_was_chosen_stays_so_while_more_comes(screens: Screens, stack: Stack, told: Visit) -> None:
    page = await opened(screens, stack, told.order_id)
    first = rows(page, "event").filter(has_text="1 created")
    await first.get_by_role("button").click()
    moved = {"orderId": told.order_id, "orderStatus": "READY_FOR_PICKUP"}
    await told.ask("POST", "restaurant/order-status", moved, authorization=f"Bearer {stack.token()}")
    await expect(rows(page, "event").last).to_contain_text("ready")
    await expect(first).to_have_attribute("aria-selected", "true")
    await expect(first.get_by_role("button")).to_be_focused()
