"""`python -m local saas` as the supervisor runs it: what it keeps through kill -9, and how it ends."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.integration.local_stack.foreign import FOREIGN, all_refused_but, statuses

from .clients import Merchant, StandIn, new_id, said


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "local", "saas", *arguments], check=False, capture_output=True, text=True, timeout=120
    )


def test_what_happened_outlives_kill_9(own_stand_in: StandIn) -> None:
    merchant = Merchant(own_stand_in)
    token, charged, refused, voided = merchant.start("4000000000000002"), new_id(), new_id(), new_id()
    other_token = merchant.start()
    unique_id = said(merchant.checkout(other_token, charged))["uniqueTransId"]
    merchant.checkout(token, refused)
    void_id = said(merchant.checkout(other_token, voided))["uniqueTransId"]
    merchant.void(void_id, new_id())
    own_stand_in.fault(mode="settle", match=charged)
    merchant.refund(unique_id, new_id(), "10.00")
    before = merchant.rows()
    assert [row["kind"] for row in before] == ["capture", "capture", "void", "refund"]

    own_stand_in.stop(signal.SIGKILL)
    own_stand_in.start()
    assert merchant.rows() == before
    assert said(merchant.look_up(charged))["transactionStatus"] == "Settled"
    assert said(merchant.look_up(voided))["transactionStatus"] == "Void"
    assert said(merchant.look_up(refused))["resultMessage"] == "Decline"
    assert said(merchant.checkout(token, new_id()))["resultMessage"] == "Decline", "a token keeps its card"
    assert said(merchant.refund(unique_id, new_id(), "2.35"))["resultStatus"] == "false", "2.34 are left"
    assert said(merchant.refund(unique_id, new_id(), "2.34"))["resultStatus"] == "true"


def test_whatever_was_answered_is_there_after_kill_9_among_many_calls(own_stand_in: StandIn) -> None:
    merchant = Merchant(own_stand_in)
    token = merchant.start()
    answered: list[str] = []
    killed = threading.Event()

    def charge_on_and_on() -> None:
        while not killed.is_set():
            external_id = new_id()
            try:
                merchant.checkout(token, external_id)
            except httpx.HTTPError:
                return
            answered.append(external_id)

    with ThreadPoolExecutor(8) as callers:
        for _ in range(8):
            callers.submit(charge_on_and_on)
        while len(answered) < 100:
            time.sleep(0.01)
        own_stand_in.stop(signal.SIGKILL)
        killed.set()
    own_stand_in.start()
    kept = [row["externalTransactionId"] for row in merchant.rows()]
    assert set(answered) <= set(kept)
    assert len(kept) == len(set(kept)) <= len(answered) + 8


def test_a_line_that_was_cut_short_is_forgotten(own_stand_in: StandIn) -> None:
    merchant, external_id = Merchant(own_stand_in), new_id()
    merchant.checkout(merchant.start(), external_id)
    own_stand_in.stop(signal.SIGKILL)
    with (own_stand_in.data_dir / "emergepay.jsonl").open("ab") as journal:
        journal.write(b'{"event":"transac')
    own_stand_in.start()
    again = new_id()
    merchant.checkout(merchant.start(), again)
    own_stand_in.stop(signal.SIGKILL)
    own_stand_in.start()
    assert [row["externalTransactionId"] for row in merchant.rows()] == [external_id, again]


def test_a_ledger_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "emergepay.jsonl").write_bytes(b"not json\n")
    result = _run("--port", "0", "--data-dir", str(tmp_path))
    assert result.returncode == 1
    assert "line 1" in result.stderr
    assert "Traceback" not in result.stderr


def test_two_processes_do_not_write_one_ledger(own_stand_in: StandIn) -> None:
    result = _run("--port", "0", "--data-dir", str(own_stand_in.data_dir))
    assert result.returncode == 1
    assert "another process" in result.stderr


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = _run("--port", str(port), "--data-dir", str(tmp_path))
    assert result.returncode == 1
    assert str(port) in result.stderr
    assert "Traceback" not in result.stderr


def test_it_says_that_it_is_well(own_stand_in: StandIn) -> None:
    health = own_stand_in.http.get(f"http://127.0.0.1:{own_stand_in.port}/_local/health")
    assert (health.status_code, health.json()) == (200, {"status": "ok"})
    assert own_stand_in.http.get(f"{own_stand_in.url}/nothing").status_code == 501


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
async def test_it_ends_and_charges_nobody_while_calls_are_held(own_stand_in: StandIn, how: int) -> None:
    merchant = Merchant(own_stand_in)
    token = merchant.start()
    # Held for ten minutes: it ends before only because it lets go.
    own_stand_in.fault(mode="late", seconds=600, match=merchant.oid)
    calling = asyncio.create_task(asyncio.to_thread(merchant.checkout, token, new_id()))
    while not any("checkout" in call["path"] for call in merchant.calls()):
        await asyncio.sleep(0.02)
    assert await asyncio.to_thread(own_stand_in.stop, how) == 0
    with pytest.raises(httpx.HTTPError):
        await calling
    own_stand_in.start()
    assert merchant.rows() == []


def test_a_page_elsewhere_cannot_drive_the_stand_ins(own_stand_in: StandIn) -> None:
    merchant = Merchant(own_stand_in)
    token, start = merchant.start(), f"{own_stand_in.gateway_url}/orgs/{merchant.oid}/transactions/start"
    for url, body in (
        (f"{own_stand_in.url}/_local/fault", {"mode": "settle"}),
        (f"{own_stand_in.url}/hosted-fields/{token}", {"cardNumber": "4000000000000002"}),
    ):
        assert statuses("POST", url, json=body) == all_refused_but(200)
    assert statuses("POST", start, json={}, headers={"authorization": "x"}) == all_refused_but(401)
    foreign_host = [403 if "host" in headers else 200 for headers in FOREIGN]
    assert statuses("GET", f"{own_stand_in.url}/_local/ledger") == [*foreign_host, 200]
