"""Removing pictures that nothing has named for thirty days (rules 24.4).

A look takes one restaurant at a time, and reads what its logo, menus, drafts and versions name once for all of its
pictures that are due: no menu is read for each picture.

What somebody sent through a door and never finished goes after a day. The store has a rule for that, too; it does not
know each kind of file that can be sent (page blobs), and a local store has none.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from shared.app import App
from shared.documents.files import StoredPicture
from shared.domain.pictures import KEPT_UNNAMED_DAYS
from shared.integrations.files import FilesUnavailable
from shared.store import files

log = logging.getLogger("orderbuddy.files")

KEPT_UNNAMED = timedelta(days=KEPT_UNNAMED_DAYS)
BETWEEN_LOOKS = timedelta(days=1)
SENT_KEPT = timedelta(days=1)
AGAIN = timedelta(hours=1)
"""When a removal that the store did not take is tried again."""

MOST_AT_ONCE = 2000
MOST_SENT = 1000
MOST_ROUNDS = 20
"""A sweep comes to its end; the next one goes on."""


@dataclass(slots=True)
class Swept:
    """What a sweep did, or would do: how many pictures were looked for, and the ids of those removed. `failed`: the
    store did not take these removals, which are tried again."""

    looked: int = 0
    removed: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


async def sweep(app: App, *, dry_run: bool = False) -> Swept:
    """Look for the pictures that are due, and remove those that nothing has named for thirty days."""
    swept = Swept()
    if not app.files.is_set_up:
        return swept
    for _ in range(MOST_ROUNDS):
        due = await files.due(app.db, app.clock.now(), MOST_AT_ONCE)
        of_restaurant: dict[str, list[StoredPicture]] = defaultdict(list)
        for picture in due:
            of_restaurant[picture.restaurant_id].append(picture)
        for restaurant_id, pictures in of_restaurant.items():
            await _look(app, restaurant_id, pictures, swept, dry_run=dry_run)
        # What was looked for is due no more; a dry run would see the same again.
        if dry_run or len(due) < MOST_AT_ONCE:
            break
    return swept


def sent_before() -> datetime:
    """What was sent before this moment, by the store's own clock, is finished by nobody any more."""
    return datetime.now(UTC) - SENT_KEPT


async def sweep_incoming(app: App, *, dry_run: bool = False) -> list[str]:
    """Remove what was sent a day ago and made no picture, a thousand at most; their names. Raises FilesUnavailable."""
    if not app.files.is_set_up:
        return []
    names = await app.files.left_behind(sent_before(), MOST_SENT)
    for name in [] if dry_run else names:
        await app.files.drop_sent(name)
    return names


async def _look(
    app: App, restaurant_id: str, pictures: Sequence[StoredPicture], swept: Swept, *, dry_run: bool
) -> None:
    """Look for a restaurant's pictures that are due."""
    now = app.clock.now()
    named = await files.named(app.db, restaurant_id)
    swept.looked += len(pictures)
    goes = [picture for picture in pictures if _goes(picture, named, now)]
    if dry_run:
        swept.removed += [picture.id for picture in goes]
        return
    for picture in pictures:
        if picture.state == "removing" and picture.id in named:
            await files.stay(app.db, picture.id, now + BETWEEN_LOOKS)
        elif picture not in goes:
            since = None if picture.id in named else picture.unnamed_since or now
            await files.looked(app.db, picture, look_at=now + BETWEEN_LOOKS, unnamed_since=since)
    # Somebody may have sent one again meanwhile: then it stays. From here on, sending it waits.
    going = [picture for picture in goes if await files.go(app.db, picture, now + AGAIN)]
    if going:
        await _remove(app, going, await files.named(app.db, restaurant_id), swept)


def _goes(picture: StoredPicture, named: set[str], now: datetime) -> bool:
    if picture.state == "storing":
        # Nobody was ever told its address.
        return True
    if picture.id in named:
        return False
    return picture.state == "removing" or (
        picture.unnamed_since is not None and now - picture.unnamed_since >= KEPT_UNNAMED
    )


async def _remove(app: App, going: Sequence[StoredPicture], named: set[str], swept: Swept) -> None:
    """Remove pictures, but those that a menu has named since they were looked for."""
    for picture in going:
        if picture.id in named:
            await files.stay(app.db, picture.id, app.clock.now() + BETWEEN_LOOKS)
            continue
        try:
            await app.files.remove(picture.names)
        except FilesUnavailable as error:
            log.warning("a picture is not removed: %s", error)
            swept.failed.append(picture.id)
            continue
        await files.forget(app.db, picture.id)
        swept.removed.append(picture.id)
