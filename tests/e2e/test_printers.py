"""Ticket printers over HTTP, and kill -9 of the host between a ticket and the printer's word for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pymongo
import pytest
from bson import ObjectId
from playwright.async_api import expect

from local.supervisor.options import OFFSETS
from tests.e2e.screens import Screens
from tests.patience import PATIENCE_SECONDS, wait_until
from tests.stack import Stack

MAKES = pytest.mark.parametrize("kind", ["cloudprnt", "epson"])
CLOUDPRNT = pytest.mark.parametrize("kind", ["cloudprnt", pytest.param("epson", marks=pytest.mark.long)])
EPSON = pytest.mark.parametrize("kind", ["epson", pytest.param("cloudprnt", marks=pytest.mark.long)])
"""With one make each time, and with the other in the long run."""


@dataclass
class Pass:
    """The café's pass: printers that a manager connects, orders that are placed, and what came out."""

    stack: Stack
    http: httpx.Client
    jobs: Any
    made: list[dict[str, str]] = field(default_factory=list)

    def connect(self, kind: str) -> str:
        """A printer of this make; its name."""
        answer = self.http.post(f"{self.stack.console_url}/api/printer/connect", json={"kind": kind})
        assert answer.status_code == 200, answer.text
        self.made.append(answer.json())
        return str(answer.json()["name"])

    def order(self) -> ObjectId:
        """An order at the café."""
        answer = self.http.post(f"{self.stack.console_url}/api/demo-order", json={"location": "open"})
        assert answer.status_code == 200, answer.text
        return ObjectId(answer.json()["orderId"])

    def mode(self, name: str, mode: str) -> None:
        """What is wrong with a printer from now on."""
        answer = self.http.post(f"{self.stack.console_url}/api/printer/mode", json={"name": name, "mode": mode})
        assert answer.status_code == 200, answer.text

    def papers(self, order: ObjectId) -> list[dict[str, Any]]:
        """The papers of an order, oldest first."""
        tickets = {str(job["_id"]) for job in self.jobs.find({"orderId": order})}
        found = self.http.get(f"{self.stack.console_url}/api/printer/papers").json()["papers"]
        return [paper for paper in found if paper["job"] in tickets]

    def comes_out(self, order: ObjectId, many: int) -> list[str]:
        """Wait for so many papers of an order; the first line of each."""
        found = wait_until(lambda: (got := self.papers(order)) and len(got) >= many and got, f"no {many} papers")
        assert all(paper["strays"] == 0 and paper["cuts"] == 1 for paper in found)
        return [paper["rows"][0]["text"] for paper in found]

    def state(self, order: ObjectId) -> str:
        """How the order's one ticket stands."""
        [job] = self.jobs.find({"orderId": order})
        return str(job["state"])

    def is_printed(self, order: ObjectId) -> None:
        """Wait until the ticket is at its end."""
        wait_until(lambda: self.state(order) == "printed", lambda: f"the ticket is {self.state(order)}")


@pytest.fixture
def kitchen(stack: Stack) -> Iterator[Pass]:
    with (
        httpx.Client(trust_env=False, timeout=PATIENCE_SECONDS) as http,
        pymongo.MongoClient[dict[str, Any]](stack.mongo_uri) as client,
    ):
        there = Pass(stack, http, client[stack.db_name].print_jobs)
        yield there
        stack.all_up()
        place, owner = stack.demo["open"], {"authorization": f"Bearer {stack.token()}"}
        for made in there.made:
            stand_in = f"http://127.0.0.1:{stack.base + OFFSETS['saas']}/printer/_local/throw-away"
            assert http.post(stand_in, json={"name": made["name"]}).status_code == 200
            path = f"printers/{place['restaurantId']}/{place['locationId']}/{made['printerId']}"
            assert http.delete(f"{stack.api_url}/{path}", headers=owner).status_code == 200


@MAKES
def test_an_order_comes_out_once(kitchen: Pass, kind: str) -> None:
    kitchen.connect(kind)
    order = kitchen.order()
    assert "COPY" not in kitchen.comes_out(order, 1)[0]
    kitchen.is_printed(order)
    assert len(kitchen.papers(order)) == 1


@CLOUDPRNT
def test_a_host_that_is_killed_before_the_printers_word_costs_a_copy_and_no_ticket(kitchen: Pass, kind: str) -> None:
    name = kitchen.connect(kind)
    kitchen.mode(name, "hold")
    order = kitchen.order()
    assert "COPY" not in kitchen.comes_out(order, 1)[0]
    kitchen.stack.kill("host")
    # It says so three times to nobody, or to a host that is back: then there is no copy.
    kitchen.mode(name, "mute")
    kitchen.mode(name, "ok")
    kitchen.stack.start("host")
    kitchen.is_printed(order)
    papers = [paper["rows"][0]["text"] for paper in kitchen.papers(order)]
    assert ["COPY" in first for first in papers] in ([False], [False, True])


@EPSON
def test_a_printer_that_waits_until_the_host_is_back_prints_once(kitchen: Pass, kind: str) -> None:
    name = kitchen.connect(kind)
    kitchen.mode(name, "hold")
    order = kitchen.order()
    kitchen.comes_out(order, 1)
    kitchen.stack.kill("host")
    kitchen.stack.start("host")
    kitchen.mode(name, "ok")
    kitchen.is_printed(order)
    assert len(kitchen.papers(order)) == 1


@CLOUDPRNT
def test_a_printer_that_loses_power_prints_the_ticket_when_it_is_back(kitchen: Pass, kind: str) -> None:
    name = kitchen.connect(kind)
    kitchen.mode(name, "die_before")
    order = kitchen.order()
    assert "COPY" in kitchen.comes_out(order, 1)[0]
    kitchen.is_printed(order)
    kitchen.mode(name, "die_after")
    order = kitchen.order()
    assert ["COPY" in first for first in kitchen.comes_out(order, 2)] == [False, True]
    kitchen.is_printed(order)
    assert len(kitchen.papers(order)) == 2


def test_paper_that_ran_out_holds_tickets_back_until_there_is_some(kitchen: Pass) -> None:
    name = kitchen.connect("cloudprnt")
    kitchen.mode(name, "paper_out")
    place = kitchen.stack.demo["open"]
    listed = f"{kitchen.stack.api_url}/cloud-printers/{place['restaurantId']}/{place['locationId']}"
    owner = {"authorization": f"Bearer {kitchen.stack.token()}"}

    def state() -> str:
        return str(kitchen.http.get(listed, headers=owner).json()["data"][-1]["state"])

    wait_until(lambda: state() == "paper_out", lambda: f"the printer is {state()}")
    order = kitchen.order()
    assert kitchen.papers(order) == []
    kitchen.mode(name, "ok")
    assert "COPY" not in kitchen.comes_out(order, 1)[0]
    kitchen.is_printed(order)


@pytest.mark.browser
async def test_the_start_page_shows_the_paper(screens: Screens, kitchen: Pass) -> None:
    start = await screens.start_page()
    name = kitchen.connect("cloudprnt")
    await expect(start.locator("#printers")).to_contain_text(name)
    await start.click("#demo")
    await expect(start.locator("#papers .paper").first).to_contain_text("item")


def test_no_log_of_the_stack_holds_a_printers_secret(kitchen: Pass) -> None:
    kitchen.connect("epson")
    order = kitchen.order()
    kitchen.comes_out(order, 1)
    with pymongo.MongoClient[dict[str, Any]](kitchen.stack.mongo_uri) as client:
        assert client[kitchen.stack.db_name].printers.count_documents({"lastPollAt": {"$exists": True}}) > 0
    journal = (kitchen.stack.data_dir.root / "saas" / "printer.jsonl").read_text()
    secrets = {part.split("/")[-2] for part in journal.split('"') if part.startswith("http://")}
    assert secrets
    logs = "".join(each.read_text(errors="replace") for each in (kitchen.stack.data_dir.root / "logs").iterdir())
    assert not any(secret in logs for secret in secrets)
