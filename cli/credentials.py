"""`orderbuddy credentials`: merchants' accounts at the payment gateway, kept sealed, and webhooks' secrets where the
sealing key changes. No secret is ever printed."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from getpass import getpass

import typer

from cli.connection import fail, with_database
from cli.output import say
from shared.documents.merchants import MerchantLocation
from shared.ids import stored_id
from shared.sealing import PREFIX, Sealer, SealError
from shared.services.paying.merchants import seal_context
from shared.services.webhooks import secrets
from shared.settings import Settings
from shared.store import credentials, merchants
from shared.store.mongo.client import Database

MAX_TOKEN = 1000


@dataclass(slots=True)
class _Sealed:
    """What became of each location that holds a token, and of each secret of a webhook."""

    sealed: list[str] = field(default_factory=list)
    resealed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    changed_meanwhile: list[str] = field(default_factory=list)
    unreadable: dict[str, str] = field(default_factory=dict)


def seal(*, dry_run: bool) -> None:
    """Seal what is in clear, and seal again what an older key sealed; ends with 1 where one could not be read."""
    done = with_database(lambda db, settings: _seal_all(db, _sealer(settings), dry_run=dry_run))
    for name, whose in (("sealed", done.sealed), ("sealed again", done.resealed)):
        for one in whose:
            say(f"{'would be ' if dry_run else ''}{name}  {one}")
    for one in done.changed_meanwhile:
        say(f"changed meanwhile, run this again  {one}")
    for one, reason in done.unreadable.items():
        say(f"cannot be opened  {one}: {reason}", err=True)
    verb = "would be " if dry_run else ""
    say(
        f"{len(done.sealed)} {verb}sealed, {len(done.resealed)} {verb}sealed again, {len(done.kept)} kept, "
        f"{len(done.changed_meanwhile)} changed meanwhile, {len(done.unreadable)} cannot be opened."
    )
    if done.unreadable or done.changed_meanwhile:
        raise typer.Exit(1)


def set_credentials(restaurant_id: str, location: str, oid: str, *, force: bool) -> None:
    """Give a location its merchant; the token comes from standard input."""
    oid = oid.strip()
    if not oid or len(oid) > MAX_TOKEN:
        fail("The organisation's id is empty or too long.", code=2)
    auth = _token_of_stdin()
    key = stored_id(location)

    async def work(db: Database, settings: Settings) -> MerchantLocation:
        before = await merchants.of_location(db, restaurant_id, key)
        if before is None:
            fail(f"Restaurant {restaurant_id} has no location {key}.")
        if before.payment.oid not in ("", oid) and not force:
            waiting = await credentials.payments_not_at_rest(db, key)
            if waiting:
                fail(
                    f"{waiting} payments of this location are on their way, and another organisation does not know "
                    "them: wait until they are at rest, or say --force."
                )
        sealed = _sealer(settings).seal(auth, seal_context(key))
        if not await credentials.set_merchant(db, restaurant_id, key, oid=oid, auth=sealed):
            fail(f"Restaurant {restaurant_id} has no location {key} any more.")
        return before

    before = with_database(work)
    say(f"Location {key} is paid by organisation {oid}; its token is sealed.")
    if not before.payment.accept_payment:
        say("It does not take payment now: payment.acceptPayment is not true.")


def _sealer(settings: Settings) -> Sealer:
    if settings.sealing_keys is None:
        fail("SEALING_KEYS is not set: there is nothing to seal with.")
    return Sealer.of(settings)


async def _seal_all(db: Database, sealer: Sealer, *, dry_run: bool) -> _Sealed:
    done = _Sealed()
    async for location in credentials.with_auth(db):
        token = _Stored(f"location {location.id}", location.payment.auth.get_secret_value(), seal_context(location.id))
        await _seal_one(sealer, token, done, None if dry_run else partial(credentials.replace_auth, db, location.id))
    async for hook in credentials.webhooks(db):
        replace = None if dry_run else partial(credentials.replace_secret, db, hook.id)
        for key in secrets.good(hook, datetime.now(UTC)):
            stored = _Stored(f"webhook {hook.id}", key.sealed, secrets.seal_context(hook.id))
            await _seal_one(sealer, stored, done, replace)
    return done


@dataclass(frozen=True, slots=True)
class _Stored:
    """A secret as it is stored: whose, its text, and what it is bound to once it is sealed."""

    whose: str
    text: str
    context: str


async def _seal_one(
    sealer: Sealer, stored: _Stored, done: _Sealed, replace: Callable[..., Awaitable[bool]] | None
) -> None:
    """Seal one secret; `replace` stores it, unless it was changed meanwhile. None: only say what would be done."""
    old = stored.text
    try:
        plain = sealer.open(old, stored.context) if sealer.is_sealed(old) else old
    except SealError as error:
        done.unreadable[stored.whose] = str(error)
        return
    if sealer.is_newest(old):
        done.kept.append(stored.whose)
        return
    if replace is not None and not await replace(old=old, new=sealer.seal(plain, stored.context)):
        done.changed_meanwhile.append(stored.whose)
        return
    (done.resealed if sealer.is_sealed(old) else done.sealed).append(stored.whose)


def _token_of_stdin() -> str:
    given = getpass("The gateway's token: ") if sys.stdin.isatty() else sys.stdin.readline(MAX_TOKEN + 2)
    token = given.strip()
    if token.startswith(PREFIX):
        fail("That is a sealed token: the gateway's own is needed.", code=2)
    if not token or len(token) > MAX_TOKEN or not token.isascii() or not token.isprintable():
        fail("The token is read from standard input: one line of printable ASCII characters, 1000 at most.", code=2)
    return token
