"""An Epson printer at its address, by Server Direct Print."""

from __future__ import annotations

from datetime import timedelta
from xml.etree import ElementTree

import pytest

from shared.app import App
from shared.clock import FixedClock
from shared.services.printing.devices import MAX_RESULTS, results_of
from tests.integration.crew import Crew
from tests.integration.printing.printers import about, jobs, make, result
from tests.integration.world import World

EPOS = "{http://www.epson-pos.com/schemas/2011/03/epos-print}"


@pytest.fixture
async def crew(app: App) -> Crew:
    return await Crew.of(app, await World().build(app))


def job_of(answer: bytes) -> tuple[str, bytes]:
    """A job's id, and its commands."""
    root = ElementTree.fromstring(answer)
    job_id = root.findtext("./ePOSPrint/Parameter/printjobid")
    commands = root.findtext(f"./ePOSPrint/PrintData/{EPOS}epos-print/{EPOS}command")
    assert job_id and commands
    return job_id, bytes.fromhex(commands)


async def test_an_order_is_printed_once(crew: Crew) -> None:
    made = await make(crew, "epson", copies=2)
    device = made.epson(crew.app)
    assert await device.ask() == b""
    await crew.order("soup")
    job_id, paper = job_of(await device.ask())
    assert (paper.count(b"1 x Soup"), paper.count(b"\x1dV"), b"COPY" in paper) == (2, 2, False)
    assert b"1 of 2" in paper and b"2 of 2" in paper
    assert await device.tell(job_id, success=True) == 200
    assert await device.ask() == b""
    assert [job["state"] for job in await jobs(crew, made)] == ["printed"]


async def test_a_result_that_was_lost_gives_a_copy(crew: Crew) -> None:
    made = await make(crew, "epson")
    device = made.epson(crew.app)
    await crew.order("soup")
    await device.ask()
    job_id, paper = job_of(await device.ask())
    assert b"COPY" in paper
    assert await device.tell(job_id, success=True) == 200
    assert [job["state"] for job in await jobs(crew, made)] == ["printed"]


async def test_a_printer_that_ran_out_of_paper_prints_once_there_is_some(crew: Crew) -> None:
    made = await make(crew, "epson")
    device = made.epson(crew.app)
    await crew.order("soup")
    job_id, _ = job_of(await device.ask())
    await device.tell(job_id, success=False, code="EPTR_REC_EMPTY", status=0x00080000)
    assert (await about(crew, made))["state"] == "paper_out"
    assert await device.ask() == b""
    assert isinstance(crew.app.clock, FixedClock)
    crew.app.clock.advance(seconds=timedelta(seconds=31).total_seconds())
    again, paper = job_of(await device.ask())
    assert (again, b"COPY" in paper) == (job_id, True)
    await device.tell(job_id, success=True)
    assert (await about(crew, made))["state"] == "ok"


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "<",
        "nonsense",
        "<PrintResponseInfo/>",
        result("66f1a0c2d4b8e3f5a7c90099", success=True),
        result("no id", success=True),
        "<a>" + "<ePOSPrint>" * 3000 + "</ePOSPrint>" * 3000 + "</a>",
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a><ePOSPrint>&x;</ePOSPrint></a>',
        "<!DOCTYPE a [" + '<!ENTITY b "bb">' + "]><a>&b;</a>",
    ],
)
async def test_a_result_that_nobody_can_read_changes_nothing(crew: Crew, answer: str) -> None:
    made = await make(crew, "epson")
    device = made.epson(crew.app)
    await crew.order("soup")
    await device.ask()
    assert (await device.send(ConnectionType="SetResponse", ResponseFile=answer))[0] == 200
    assert [job["state"] for job in await jobs(crew, made)] == ["sent"]


def test_of_many_results_in_one_message_only_the_first_are_read() -> None:
    """Each costs a look at the database, and a printer is sent one ticket at a time."""
    many = "".join(
        f"<ePOSPrint><Parameter><printjobid>{n}</printjobid></Parameter>"
        '<PrintResponse><response success="true" code=""/></PrintResponse></ePOSPrint>'
        for n in range(100)
    )
    found = results_of(f"<PrintResponseInfo>{many}</PrintResponseInfo>")
    assert [one.job_id for one in found] == [str(n) for n in range(MAX_RESULTS)]


@pytest.mark.parametrize("encoding", ["utf-16", "shift_jis", "zlib", "rot13", "mbcs", "nonsense"])
async def test_whatever_encoding_a_printer_names_its_result_is_heard(crew: Crew, encoding: str) -> None:
    made = await make(crew, "epson")
    device = made.epson(crew.app)
    await crew.order("soup")
    job_id, _ = job_of(await device.ask())
    said = result(job_id, success=True).replace('encoding="utf-8"', f'encoding="{encoding}"')
    assert (await device.send(ConnectionType="SetResponse", ResponseFile=said))[0] == 200
    assert [job["state"] for job in await jobs(crew, made)] == ["printed"]


async def test_another_device_and_a_body_that_is_no_form_get_nothing(crew: Crew) -> None:
    made = await make(crew, "epson")
    await made.epson(crew.app).ask()
    await crew.order("soup")
    other = made.epson(crew.app, "other")
    assert (await other.send(ConnectionType="GetRequest"))[0] == 404
    assert (await other.send(ConnectionType="SetResponse", ResponseFile=""))[0] == 404
    assert (await made.epson(crew.app, "").send(ConnectionType="GetRequest"))[0] == 404
    assert (await made.star(crew.app).poll())[0] == 404
