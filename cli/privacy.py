"""`orderbuddy privacy`: one diner's data handed out or erased, and what is not kept for ever."""

from __future__ import annotations

from cli.connection import fail, with_app, with_database
from cli.output import say, say_json
from cli.progress import progress_bar
from shared.domain.persons import Person, person
from shared.services.support.privacy import erasing, exporting, retention


def show(*, phone: str | None, email: str | None, restaurant: str | None) -> None:
    """Print all that is kept of a person, as JSON."""
    whose = _person(phone, email)
    with progress_bar() as progress:
        found = with_database(lambda db, _: exporting.export(db, whose, progress, restaurant_id=restaurant))
    say_json(exporting.plain(found))


def erase(*, phone: str | None, email: str | None, restaurant: str | None, dry_run: bool) -> None:
    """Take a person out of everything that names them, or tell how much would change."""
    whose = _person(phone, email)
    with progress_bar() as progress:
        done = with_app(lambda app: erasing.erase(app, whose, progress, restaurant_id=restaurant, dry_run=dry_run))
    what = "would lose" if dry_run else "lost"
    say(
        f"{done.orders:,} orders and {done.previews:,} previews of {len(done.restaurants):,} restaurants "
        f"{what} this person" + ("." if dry_run else f", and {done.trail_rows:,} rows of the trail what they said.")
    )


def keep_no_longer(*, dry_run: bool) -> None:
    """Remove what is old enough, or tell how much would go."""
    with progress_bar() as progress:
        done = with_app(
            lambda app: retention.keep_no_longer(app, progress, dry_run=dry_run, seconds=retention.BY_HAND_SECONDS)
        )
    what = "would go" if dry_run else "are gone"
    loses = "would lose" if dry_run else "lost"
    say(f"{done.previews:,} old previews {what}; {done.orders:,} old orders {loses} their diner.")
    if not done.done:
        say("There is more: run it again.")


def _person(phone: str | None, email: str | None) -> Person:
    try:
        return person(phone, email)
    except ValueError as error:
        fail(str(error), 2)
