"""`orderbuddy audit`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass

import typer
from pydantic import TypeAdapter, ValidationError

from cli.connection import clock_of, fail, with_database
from cli.output import say, say_json
from cli.progress import progress_bar
from shared.domain.invariants import TITLES
from shared.services.support.audit.database import Report, audit, settle
from shared.services.support.gateway_books import Books, Ledger, LedgerRow, LookUps, NoAnswerError
from shared.settings import Settings
from shared.store.mongo.client import Database
from shared.store.support.audit_payments import merchants

LISTED = 20
LEDGER_SECONDS = 60.0
_LEDGER = TypeAdapter(list[LedgerRow])


@dataclass(frozen=True, slots=True)
class _Outcome:
    """The report, and whether what was waited for came to rest (None: nothing was waited for)."""

    report: Report
    settled: bool | None

    @property
    def good(self) -> bool:
        return self.report.good and self.settled is not False


def run_audit(*, settle_seconds: float, gateway: bool, ledger_url: str | None, as_json: bool) -> None:
    """Check the database, tell what came of it; ends with 1 where something is not as it must be.

    What the gateway has of each payment is read in the ledger at `ledger_url`, else looked up, or, without `gateway`,
    left out.
    """
    outcome = with_database(lambda db, settings: _audit(db, settings, settle_seconds, gateway, ledger_url))
    if as_json:
        say_json(_as_json(outcome))
    else:
        _tell(outcome)
    if not outcome.good:
        raise typer.Exit(1)


async def _audit(
    db: Database, settings: Settings, settle_seconds: float, gateway: bool, ledger_url: str | None
) -> _Outcome:
    settled = await settle(db, settle_seconds) if settle_seconds > 0 else None
    clock = await clock_of(db, settings)
    try:
        async with _books(db, settings, gateway, ledger_url) as books:
            with progress_bar() as progress:
                return _Outcome(await audit(db, clock, progress, books=books), settled)
    except NoAnswerError as error:
        fail(str(error))


@asynccontextmanager
async def _books(
    db: Database, settings: Settings, gateway: bool, ledger_url: str | None
) -> AsyncIterator[Books | None]:
    if ledger_url is not None:
        yield Ledger(lambda: _ledger(ledger_url), await merchants(db))
    elif not gateway:
        yield None
    else:
        from shared.integrations.emergepay.client import EmergePay
        from shared.sealing import Sealer

        pay = EmergePay(settings)
        try:
            yield LookUps(db, Sealer.of(settings), pay)
        finally:
            await pay.close()


async def _ledger(url: str) -> list[LedgerRow]:
    """The rows of the ledger at `url`. Raises NoAnswerError."""
    import httpx

    try:
        async with httpx.AsyncClient(timeout=LEDGER_SECONDS, trust_env=False) as http:
            answer = await http.get(url)
            answer.raise_for_status()
        return _LEDGER.validate_json(answer.content)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NoAnswerError(f"The ledger cannot be read: {type(error).__name__}.") from None
    except ValidationError:
        raise NoAnswerError("What answers there is no ledger.") from None


def _as_json(outcome: _Outcome) -> dict[str, object]:
    report = outcome.report
    return {
        "ok": outcome.good,
        "settled": outcome.settled,
        "compared": dict(report.compared),
        "originalOrders": report.original_orders,
        "onTheirWay": {"count": len(report.on_their_way), "listed": report.on_their_way[:LISTED]},
        "unanswered": {"count": len(report.unanswered), "listed": report.unanswered[:LISTED]},
        "outOfReach": {"count": len(report.out_of_reach), "listed": report.out_of_reach[:LISTED]},
        "invariants": [
            {
                "number": number,
                "title": title,
                "differences": report.counts[number],
                "unchecked": report.unchecked.get(number),
            }
            for number, title in TITLES.items()
        ],
        "differences": {"count": report.differences, "listed": [asdict(difference) for difference in report.listed]},
    }


def _tell(outcome: _Outcome) -> None:
    report = outcome.report
    say("Compared " + ", ".join(f"{count:,} {what}" for what, count in report.compared.items()) + ".")
    if report.original_orders:
        say(f"{report.original_orders:,} orders are the original server's: checked for 3, 6 and 7 only.")
    if report.on_their_way:
        say(f"{len(report.on_their_way):,} on their way: {_few(report.on_their_way)}")
    if report.unanswered:
        say(f"{len(report.unanswered):,} could not be asked for at the gateway: {_few(report.unanswered)}")
    if report.out_of_reach:
        say(f"{len(report.out_of_reach):,} cannot be asked for any more: {_few(report.out_of_reach)}")
    for number, title in TITLES.items():
        count = report.counts[number]
        reason = report.unchecked.get(number)
        mark = f"{count:,} differences" if count else f"not compared: {reason}" if reason else "good"
        say(f"  {number}. {title}: {mark}")
        for difference in [one for one in report.listed if one.invariant == number][:LISTED]:
            say(f"       {difference.what} {difference.sentence}")
        if count > LISTED:
            say(f"       ... and {count - LISTED:,} more")
    if outcome.settled is False:
        say("What was on its way did not come to rest in the time given.")
    say(_in_all(outcome))


def _in_all(outcome: _Outcome) -> str:
    report = outcome.report
    if report.differences or outcome.settled is False:
        return "Something is not as it must be."
    if report.unchecked:
        return "What was compared is as it must be; not everything was."
    return "Everything is as it must be."


def _few(texts: list[str]) -> str:
    return ", ".join(texts[:5]) + (" ..." if len(texts) > 5 else "")
