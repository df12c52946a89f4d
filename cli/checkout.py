"""`orderbuddy checkout show` and `advance`: where one checkout stands, and a push for it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from bson import ObjectId

from cli.checkout_lines import Stored, instance_lines, lines
from cli.connection import clock_of, fail, with_app, with_database
from cli.output import say
from shared.integrations.durable.admin import EngineAdmin, EngineAdminError, Instance
from shared.money import dollars
from shared.services.support.finding import Match, find
from shared.settings import Settings
from shared.store import checkouts, order_events, orders, payments, previews
from shared.store.mongo.client import Database
from shared.text import isolated

if TYPE_CHECKING:
    from shared.app import App
    from shared.domain.checkout_states import Next

ENGINE_KEY = "ORDERBUDDY_ENGINE_KEY"


def show_checkout(text: str, engine_url: str | None) -> None:
    """Print what is stored of one checkout: its preview, attempts to pay, order, and what screens were told; with
    `engine_url` also where the engine's instance stands."""

    async def read(db: Database) -> tuple[ObjectId, Stored]:
        key = await resolved(db, text)
        return key, await _stored(db, key)

    key, stored = with_database(lambda db, _: read(db))
    if stored.nothing:
        fail(f"There is no preview, checkout, payment or order {key}. Those at rest are purged after 7 or 30 days.")
    for line in lines(stored):
        say(line)
    if engine_url:
        for line in _engine_lines(engine_url, key):
            say(line)


def advance_checkout(text: str) -> None:
    """Run the next step that the stored state allows, and say what comes then."""
    following = with_app(lambda app: _advance(app, text))
    if following.step is None:
        say("Nothing is left to do.")
    else:
        say(f"Next: {following.step}, {following.at.isoformat() if following.at else 'at once'}.")


async def resolved(db: Database, text: str) -> ObjectId:
    """The one checkout that `text` means; several are listed, and none or several end the command."""
    clock = await clock_of(db, Settings.read())
    try:
        matches = await find(db, clock, text)
    except ValueError:
        fail(
            f"{text!r} is no id of a preview, an order or a payment, no gateway id that is known, no order code, and "
            "not the last 4 or more digits of a phone.",
            code=2,
        )
    if not matches:
        fail(f"There is no order of the last two days with the code or the phone {text}.")
    if len(matches) > 1:
        for line in _match_lines(matches):
            say(line)
        fail(f"{text} may mean any of these: say which by its id.")
    return matches[0].key


def _match_lines(matches: Sequence[Match]) -> Iterator[str]:
    for match in matches:
        if match.order is not None:
            order = match.order
            what = f"{order.order_code}, {order.status}, {order.began_at.isoformat(timespec='seconds')}"
            total, by, where = order.total_price_cents, order.customer.name, order.location_id
        elif match.preview is not None:
            what, preview = "no order", match.preview
            total, by, where = preview.total_price_cents, preview.customer.name, preview.location_id
        else:
            continue
        yield f"{match.key}  {what}, {dollars(total)}, by {isolated(by) or '?'}, location {where}"


async def _stored(db: Database, key: ObjectId) -> Stored:
    return Stored(
        preview=await previews.get(db, key),
        checkout=await checkouts.get(db, key),
        payments=await payments.of_preview(db, key),
        order=await orders.get(db, key),
        rows=await order_events.after(db, key, 0),
    )


async def _advance(app: App, text: str) -> Next:
    from shared.services.ordering.steps import advance

    key = await resolved(app.db, text)
    if await checkouts.get(app.db, key) is None:
        fail(f"There is no checkout {key}.")
    return await advance(app, key)


def _engine_lines(url: str, key: ObjectId) -> Iterator[str]:
    async def ask() -> Instance | None:
        async with EngineAdmin(url, os.environ.get(ENGINE_KEY)) as engine:
            return await engine.instance(str(key))

    try:
        yield from instance_lines(asyncio.run(ask()))
    except EngineAdminError as error:
        yield f"engine    not known: {error}"
