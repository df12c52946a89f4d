"""`orderbuddy privacy`: one diner's data handed out or erased, and what is not kept for ever."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from cli.connection import fail, with_app
from cli.output import add_row, say, say_json, show, table
from cli.progress import progress_bar
from shared.domain.persons import Person, person
from shared.services.support.privacy import erasing, exporting, forecasting, retention
from shared.store import erasures

LISTED = 50


def export(*, phone: str | None, email: str | None, restaurant: str | None, out: Path | None) -> None:
    """Print all that is kept of a person, as JSON, or write it into a file for the caller alone."""
    whose = _person(phone, email)
    with progress_bar() as progress:
        found = with_app(lambda app: exporting.export(app, whose, progress, restaurant_id=restaurant))
    plain = exporting.plain(found)
    if out is None:
        say_json(plain)
    else:
        _write(out, json.dumps(plain, indent=2, ensure_ascii=False))
        say(f"{len(found['orders']):,} orders and {len(found['previews']):,} previews written.")


def erase(*, phone: str | None, email: str | None, restaurant: str | None, dry_run: bool) -> None:
    """Take a person out of everything that names them, or tell how much would change."""
    whose = _person(phone, email)
    try:
        with progress_bar() as progress:
            done = with_app(lambda app: erasing.erase(app, whose, progress, restaurant_id=restaurant, dry_run=dry_run))
    except erasing.StillMovingError as error:
        fail(str(error))
    what = "would lose" if dry_run else "lost"
    say(
        f"{done.orders:,} orders and {done.previews:,} previews of {len(done.restaurants):,} restaurants "
        f"{what} this person, and {done.trail_rows:,} rows of the trail what they said."
    )
    if done.mentions:
        say(f"{done.mentions:,} orders and previews of others {what} what they say of this person.")
    if done.has_account:
        say("This person signs in here as well. The account stays: they end it, or an owner does.")
    if done.uses:
        say(f"{done.uses:,} counts of campaigns are gone.")


def list_erasures(*, as_json: bool) -> None:
    """The last erasures, without whom; of those that are not finished it says so."""
    found = with_app(lambda app: erasures.newest(app.db))
    if as_json:
        say_json([one.model_dump(mode="json", by_alias=True) for one in found])
        return
    rows = table("when", ">orders", ">previews", ">restaurants", "finished")
    for one in found[:LISTED]:
        finished = "no: run the same again" if one.ended_at is None else f"{one.ended_at:%Y-%m-%d %H:%M}"
        counts = (f"{one.orders:,}", f"{one.previews:,}", f"{one.restaurants:,}")
        add_row(rows, f"{one.at:%Y-%m-%d %H:%M}", *counts, finished)
    show("Erasures", rows)


def keep_no_longer() -> None:
    """Remove what is old enough."""
    with progress_bar() as progress:
        done = with_app(lambda app: retention.keep_no_longer(app, progress, seconds=retention.BY_HAND_SECONDS))
    say(f"{done.previews:,} old previews are gone; {done.orders:,} old orders lost their diner.")
    say(f"{done.histories:,} old orders lost their history; {done.attention:,} entries of attention are gone.")
    if not done.done:
        say("There is more: run it again.")


def forecast(*, as_json: bool) -> None:
    """Tell what would go now, and what goes by itself, and remove nothing."""
    with progress_bar() as progress:
        found = with_app(lambda app: forecasting.forecast(app, progress))
    if as_json:
        say_json([exporting.plain(asdict(kind)) for kind in found.kinds])
        return
    rows = table("what", ">would go", "older than", ">goes later", "the first", "the last", "by")
    for kind in found.kinds:
        goes = "" if kind.goes is None else f"{kind.goes:,}"
        dates = (kind.first, kind.last)
        left = f"{kind.left:,}" if kind.left else ""
        add_row(rows, kind.what, goes, _day(kind.before), left, *map(_day, dates), kind.by)
    show("What is not kept for ever", rows)
    if not found.done:
        say("There are more orders than could be counted in an hour.")


def _day(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d}"


def _person(phone: str | None, email: str | None) -> Person:
    try:
        return person(_typed(phone), _typed(email))
    except ValueError as error:
        fail(str(error), 2)


def _typed(value: str | None) -> str | None:
    # What stands on a command line, stands in the shell's history and in the list of processes.
    return sys.stdin.readline().strip() if value == "-" else value


def _write(path: Path, text: str) -> None:
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text + "\n")
    except FileExistsError:
        fail(f"There is a file {path} already.", 2)
    except OSError as error:
        fail(f"{path} cannot be written: {error.strerror}.")
