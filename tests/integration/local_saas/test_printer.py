"""The stand-in's own eyes: what it reads in a printer's bytes, and how it is told what to do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.saas.printer.books import masked
from local.saas.printer.paper import read
from tests.integration.local_saas.clients import StandIn


@pytest.fixture
def stand_in(tmp_path: Path) -> Iterator[StandIn]:
    running = StandIn(tmp_path)
    running.start()
    yield running
    running.stop()


def tell(stand_in: StandIn, what: str, **body: Any) -> tuple[int, dict[str, Any]]:
    answer = stand_in.http.post(f"http://127.0.0.1:{stand_in.port}/printer/_local/{what}", json=body)
    return answer.status_code, answer.json()


def shown(stand_in: StandIn, what: str) -> Any:
    return stand_in.http.get(f"http://127.0.0.1:{stand_in.port}/printer/_local/{what}").json()


def test_a_stray_byte_is_seen_and_a_command_is_not_one() -> None:
    body = b"\x1b@\x1b\x1dt\x20\x1b\x1da\x01\x1bi\x02\x02\x1bEK7P\n\x1b\x1da\x00\x1bi\x00\x00\x1bFa\x07b\n\x1bd\x03"
    paper = read("application/vnd.star.line", body)
    assert [(row.text, row.size, row.bold, row.centred) for row in paper.rows] == [
        ("K7P", 3, True, True),
        ("ab", 1, False, False),
    ]
    assert (paper.cuts, paper.strays) == (1, 1)
    assert read("text/plain", b"a\x1b\nb").strays == 1


def test_an_address_is_shown_without_its_secret() -> None:
    shown = masked("http://127.0.0.1:7071/api/v1/printing/66f1/s3cret/cloudprnt")
    assert shown == "http://127.0.0.1:7071/api/v1/printing/66f1/***/cloudprnt"


def test_a_printer_is_there_again_after_kill_9_and_can_be_thrown_away(stand_in: StandIn) -> None:
    address = "http://127.0.0.1:1/api/v1/printing/66f1/s3cret/cloudprnt"
    assert tell(stand_in, "printer", name="pass", kind="cloudprnt", address=address)[0] == 200
    stand_in.stop(9)
    stand_in.start()
    [there] = shown(stand_in, "printers")
    assert (there["name"], there["mode"], "s3cret" in repr(there)) == ("pass", "ok", False)
    assert tell(stand_in, "mode", name="pass", mode="paper_out")[0] == 200
    assert shown(stand_in, "printers")[0]["mode"] == "paper_out"
    assert tell(stand_in, "throw-away", name="pass")[0] == 200
    assert shown(stand_in, "printers") == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"kind": "dot matrix"},
        {"address": "https://example.com/api/v1/printing/a/b/epson"},
        {"address": None},
        {"device": ""},
    ],
)
def test_what_is_no_printer_is_refused(stand_in: StandIn, wrong: dict[str, Any]) -> None:
    good = {"name": "pass", "kind": "epson", "address": "http://127.0.0.1:1/api/v1/printing/a/b/epson"}
    status, said = tell(stand_in, "printer", **good | wrong)
    assert (status, bool(said["message"])) == (400, True)
    assert tell(stand_in, "mode", name="nobody", mode="ok")[0] == 400
