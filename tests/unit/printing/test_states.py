"""What becomes of a ticket by what a printer says of it, and which printers print an order."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from bson import ObjectId

from shared.documents.places import KitchenPrinter, StationTags, StoredPrinter
from shared.domain.printing import (
    AGAIN_AFTER,
    MAX_SENDS,
    at_acceptance,
    at_creation,
    epson_condition,
    epson_report,
    next_state,
    star_condition,
    star_report,
    that_ask,
)

NOW = datetime(2026, 5, 4, 18, tzinfo=UTC)
BAR, GRILL = "66f1a0c2d4b8e3f5a7c90041", "66f1a0c2d4b8e3f5a7c90042"


def after(report: Any, *, sends: int = 1, doubt: bool = False, sent: bool = True) -> tuple[str, Any]:
    fields = next_state(report, sends=sends, doubt=doubt, sent=sent, now=NOW)
    return fields["state"], fields.get("doubt")


@pytest.mark.parametrize("code", ["200 OK", "OK", "ok", "211 OK, paper low"])
def test_a_ticket_that_came_out_is_printed(code: str) -> None:
    fields = next_state(star_report(code), sends=1, doubt=True, sent=True, now=NOW)
    assert (fields["state"], fields["printedAt"], fields["waitingSince"]) == ("printed", NOW, None)


def test_paper_that_ran_out_in_the_middle_makes_a_copy_and_uses_up_no_try() -> None:
    fields = next_state(star_report("410 Out of paper"), sends=MAX_SENDS, doubt=False, sent=True, now=NOW)
    assert (fields["state"], fields["doubt"], fields["sends"]) == ("queued", True, MAX_SENDS - 1)
    assert fields["notBefore"] == NOW + AGAIN_AFTER


def test_what_a_device_could_not_fetch_or_read_was_not_printed() -> None:
    assert after(star_report("511 Media decoding error")) == ("queued", False)
    assert after(star_report("520 Download failed"), sent=False) == ("queued", False)
    assert after(epson_report(False, "EX_BADPORT")) == ("queued", False)


def test_a_word_that_says_nothing_leaves_doubt() -> None:
    assert after(star_report("")) == ("queued", True)
    assert after(epson_report(False, "")) == ("queued", True)
    assert after(epson_report(False, "EX_TIMEOUT")) == ("queued", True)


def test_after_five_tries_it_is_a_persons() -> None:
    assert after(star_report("511 Media decoding error"), sends=MAX_SENDS)[0] == "failed"
    assert after(star_report("511 Media decoding error"), sends=MAX_SENDS, doubt=True)[0] == "doubtful"


@pytest.mark.parametrize(
    ("code", "condition"),
    [("200 OK", "ok"), ("", "ok"), ("410 Out of paper", "paper_out"), ("420", "cover_open"), ("430 ?", "error")],
)
def test_what_a_star_printer_says_of_itself(code: str, condition: str) -> None:
    assert star_condition(code) == condition


def test_what_an_epson_printer_says_of_itself() -> None:
    bits = (251658262, 0x00080000, 0x00000020, 0x00000800)
    assert [epson_condition(each) for each in bits] == ["ok", "paper_out", "cover_open", "error"]


def order(status: str, *stations: str) -> dict[str, Any]:
    return {"status": status, "routing": [{"stationId": each, "itemIds": []} for each in stations], "unrouted": []}


def test_an_order_is_printed_where_its_stations_are_and_when_the_printer_says() -> None:
    everywhere = KitchenPrinter(id="all", when="created")
    bar = KitchenPrinter(id="bar", station_ids=[BAR], when="created")
    grill = KitchenPrinter(id="grill", station_ids=[GRILL], when="accepted")
    printers = [everywhere, bar, grill]
    assert at_creation(printers, order("CREATED", BAR, GRILL)) == [everywhere, bar]
    assert at_creation(printers, order("ACCEPTED", BAR, GRILL)) == printers
    assert at_creation(printers, order("ACCEPTED", GRILL)) == [everywhere, grill]
    assert at_acceptance(printers, {BAR, GRILL}) == [grill]
    assert at_acceptance(printers, {BAR}) == []


def test_only_printers_that_ask_are_asked_about_and_a_station_that_is_gone_counts_no_more() -> None:
    rows = [
        StoredPrinter(id=ObjectId(), type="lan", name="orders"),
        StoredPrinter(id="bar", type="epson", station_ids=[BAR, GRILL]),
        StoredPrinter(id="gone", type="cloudprnt", station_ids=[GRILL]),
    ]
    found = that_ask(rows, [StationTags(id=ObjectId(BAR), tags=["bar"])])
    assert [(one.id, one.station_ids) for one in found] == [("bar", [BAR]), ("gone", [])]
