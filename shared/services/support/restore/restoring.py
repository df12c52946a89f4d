"""Bringing payments up to date with the gateway after the database was restored to an earlier moment.

Only the gateway knows what was charged, voided or refunded after that moment. Its external ids are made from the
previews' ids, and the engine still has those: so everything can be looked up. This charges nothing, gives nothing back
twice, and may run again. Run it before the host takes traffic again, or a diner may pay for the same cart twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from bson import ObjectId

from shared.app import App
from shared.documents.checkouts import Checkout
from shared.documents.orders import Preview
from shared.documents.payments import Payment
from shared.domain.payment_states import MOST_ATTEMPTS
from shared.integrations.pay import Merchant
from shared.memory.pool import each
from shared.services.paying import merchants
from shared.services.support.audit.report import Progress
from shared.services.support.gateway_books import LookUps, NoAnswerError
from shared.services.support.restore.restored_attempts import Known, deed_for
from shared.store import checkouts, payments, previews
from shared.store import merchants as places
from shared.store.support import audit as whole
from shared.store.support import restoring
from shared.store.support.restoring import PaidOrder

log = logging.getLogger("orderbuddy.payment")

AT_A_TIME = 8
MAX_MERCHANTS = 200
MAX_LISTED = 1000

Place = tuple[str, ObjectId | str]


@dataclass(slots=True)
class Restored:
    """What one run did.

    `previews`: how many it looked at. `asked`: how often it asked the gateway. `unknown_here`: previews that the
    database has nothing of. `done`: how often it did each deed, by its name. `listed`: what it did to each payment.
    `unanswered`: what could not be asked about; then run it again.
    """

    previews: int = 0
    asked: int = 0
    unknown_here: int = 0
    done: Counter[str] = field(default_factory=Counter)
    listed: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)


async def restore(
    app: App,
    preview_ids: Iterable[ObjectId],
    *,
    dry_run: bool = False,
    progress: Progress = lambda what, done, total: None,
) -> Restored:
    """Look up every attempt that there may have been to pay for these previews, and store what is missing.

    With `dry_run` it only says what it would do.
    """
    keys = list(dict.fromkeys(preview_ids))
    run = _Run(app, dry_run=dry_run)

    async def look(key: ObjectId) -> None:
        await run.preview(key)
        progress("previews", run.result.previews, len(keys))

    await each(keys, look, at_a_time=AT_A_TIME)
    return run.result


class _Run:
    def __init__(self, app: App, *, dry_run: bool) -> None:
        self._app = app
        self._dry_run = dry_run
        self._books = LookUps(app.db, app.sealer, app.pay)
        self._everyone: list[tuple[Place, Merchant]] | None = None
        self._lock = asyncio.Lock()
        self.result = Restored()

    async def preview(self, key: ObjectId) -> None:
        """Look at one preview. Where that fails, the others go on."""
        try:
            await self._preview(key)
        except NoAnswerError as error:
            self.result.unanswered.append(f"preview {key}: {error}")
        except Exception:
            log.exception("preview %s was not brought up to date", key)
            self.result.unanswered.append(f"preview {key}: it failed, the log says why")
        self.result.previews += 1

    async def _preview(self, key: ObjectId) -> None:
        app = self._app
        checkout, preview = await checkouts.get(app.db, key), await previews.get(app.db, key)
        order = await restoring.order(app.db, key)
        attempts = {payment.attempt: payment for payment in await payments.of_preview(app.db, key)}
        if checkout is None and preview is None and order is None and not attempts:
            self.result.unknown_here += 1
        asked = await self._who([one for one in (checkout, preview, order, *attempts.values()) if one is not None])
        if not asked:
            return
        place, merchant = asked[0]
        for attempt in _attempts(attempts, order):
            payment = attempts.get(attempt)
            known = Known(key, attempt, app.clock.now(), place, merchant.oid, checkout, preview, order, payment)
            await self._attempt(known, asked)

    async def _attempt(self, known: Known, asked: Sequence[tuple[Place, Merchant]]) -> None:
        """Ask each merchant that may have been paid, until one knows the attempt."""
        payment = known.payment
        if payment is not None and payment.merchant_oid != known.merchant_oid:
            raise NoAnswerError(f"payment {payment.id} was of another merchant than its location has now")
        for place, merchant in asked:
            self.result.asked += 1
            recorded = payment.drawn if payment else 0
            stands = await self._books.standing(merchant, known.payment_id, recorded)
            if stands.sale is not None or stands.declined:
                known = replace(known, place=place, merchant_oid=merchant.oid)
                break
        deed = deed_for(known, stands)
        if deed is None:
            return
        if not self._dry_run and not await deed.run(self._app):
            raise NoAnswerError(f"payment {known.payment_id} moved meanwhile")
        self.result.done[deed.name] += 1
        if len(self.result.listed) < MAX_LISTED:
            cents = f" ({deed.cents} cents)" if deed.cents else ""
            self.result.listed.append(f"payment {known.payment_id} of {known.preview_id}: {deed.name}{cents}")

    async def _who(self, related: Sequence[Checkout | Preview | PaidOrder | Payment]) -> list[tuple[Place, Merchant]]:
        """The merchants that may have been paid for a preview, each with a location. Raises NoAnswerError.

        That is its location's merchant, or nobody where the location has none. Where nothing here tells the location,
        it is every merchant.
        """
        if related:
            place = (related[0].restaurant_id, related[0].location_id)
            location = await places.of_location(self._app.db, *place)
            if location is not None and not location.payment.oid:
                return []
            return [(place, await self._books.merchant(*place))]
        async with self._lock:
            if self._everyone is None:
                self._everyone = await _paying(self._app)
        return self._everyone


def _attempts(attempts: dict[int, Payment], order: PaidOrder | None) -> Iterable[int]:
    """The attempts that there may have been.

    Nobody pays for an order that is placed. So where the payment of an order is known, there are no other attempts.
    """
    if order is not None and (not order.payment_id or order.payment_id in {one.id for one in attempts.values()}):
        return sorted(attempts)
    return range(1, MOST_ATTEMPTS + 1)


async def _paying(app: App) -> list[tuple[Place, Merchant]]:
    """Every merchant of the database, once, with one of its locations.

    Raises NoAnswerError where there is none, or too many.
    """
    found: dict[str, tuple[Place, Merchant]] = {}
    async for location in whole.locations(app.db):
        place = (str(location.get("restaurantId") or ""), location["_id"])
        merchant = await merchants.of_location(app.db, app.sealer, *place, even_if_off=True)
        if merchant is not None:
            found.setdefault(merchant.oid, (place, merchant))
    if not found or len(found) > MAX_MERCHANTS:
        raise NoAnswerError(f"nothing says which location it was of, and there are {len(found)} merchants to ask")
    return list(found.values())
