"""`orderbuddy audit`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import typer

from cli.connection import with_database
from cli.progress import progress_bar
from shared.clock import DatabaseClock
from shared.domain.invariants import TITLES
from shared.services.audit import Report, audit, settle
from shared.settings import Settings
from shared.store.client import Database, refresh_clock

LISTED = 20


@dataclass(frozen=True, slots=True)
class _Outcome:
    """The report, and whether what was waited for came to rest (None: nothing was waited for)."""

    report: Report
    settled: bool | None

    @property
    def good(self) -> bool:
        return not self.report.differences and self.settled is not False


def run_audit(*, settle_seconds: float, as_json: bool) -> None:
    """Check the database, tell what came of it; ends with 1 where something is not as it must be."""
    outcome = with_database(lambda db, _settings: _audit(db, _settings, settle_seconds))
    if as_json:
        typer.echo(json.dumps(_as_json(outcome), indent=2))
    else:
        _tell(outcome)
    if not outcome.good:
        raise typer.Exit(1)


async def _audit(db: Database, _: Settings, settle_seconds: float) -> _Outcome:
    settled = await settle(db, settle_seconds) if settle_seconds > 0 else None
    clock = DatabaseClock()
    await refresh_clock(db, clock)
    with progress_bar() as progress:
        return _Outcome(await audit(db, clock, progress), settled)


def _as_json(outcome: _Outcome) -> dict[str, object]:
    report = outcome.report
    return {
        "ok": outcome.good,
        "settled": outcome.settled,
        "compared": dict(report.compared),
        "originalOrders": report.original_orders,
        "onTheirWay": {"count": len(report.on_their_way), "listed": report.on_their_way[:LISTED]},
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
    typer.echo("Compared " + ", ".join(f"{count:,} {what}" for what, count in report.compared.items()) + ".")
    if report.original_orders:
        typer.echo(f"{report.original_orders:,} orders are the original server's: checked for 3, 6 and 7 only.")
    if report.on_their_way:
        few = ", ".join(report.on_their_way[:5]) + (" ..." if len(report.on_their_way) > 5 else "")
        typer.echo(f"{len(report.on_their_way):,} on their way: {few}")
    for number, title in TITLES.items():
        count = report.counts[number]
        reason = report.unchecked.get(number)
        mark = f"{count:,} differences" if count else f"not checked: {reason}" if reason else "good"
        typer.echo(f"  {number}. {title}: {mark}")
        for difference in [one for one in report.listed if one.invariant == number][:LISTED]:
            typer.echo(f"       {difference.what} {difference.sentence}")
        if count > LISTED:
            typer.echo(f"       ... and {count - LISTED:,} more")
    if outcome.settled is False:
        typer.echo("What was on its way did not come to rest in the time given.")
    typer.echo("Everything is as it must be." if outcome.good else "Something is not as it must be.")
