"""One call of each function of the store: checkouts, orders and what goes with them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from bson import ObjectId

from shared.documents.checkouts import Claim, Decision, Refusal
from shared.documents.duties import Duty
from shared.store import board, checkout_views, checkouts, duties, limits, order_events, orders, previews, resting
from tests.integration.store.seeded import NOW, Calls, Seeded, then

CLAIM = Claim(kind="none", attempt=0, request_id="r", at=NOW)


async def _place(s: Seeded) -> None:
    claimed = await s.checkout(0, state="claimed", claim=CLAIM.model_dump(by_alias=True))
    await s.committed(
        lambda session: checkouts.place(
            s.db, [claimed], placed_at=NOW, duties=[], next_wake_at=None, purge_at=NOW, over_by=[NOW], session=session
        )
    )


def _claimed(s: Seeded) -> Duty:
    return Duty(_id=f"waiting:{s.order_id}", order_id=s.order_id, state="claimed", tries=1)


async def _reopen(s: Seeded) -> None:
    claimed = await s.checkout(12, state="claimed", claim=CLAIM.model_dump(by_alias=True))
    refusal = Refusal(attempt=1, code="PAYMENT_DECLINED", message="No.", at=NOW)
    await s.committed(lambda session: checkouts.reopen(s.db, claimed, refusal=refusal, expires_at=NOW, session=session))


async def _abandon(s: Seeded) -> None:
    claimed = await s.checkout(13, state="claimed", claim=CLAIM.model_dump(by_alias=True))
    refusal = Refusal(attempt=1, code="PAYMENT_RETURNED", message="No.", at=NOW)
    decision = Decision(by="ann", reason="", at=NOW)
    await s.committed(
        lambda session: checkouts.abandon(
            s.db, claimed, refusal=refusal, decision=decision, purge_at=NOW, over_by=NOW, session=session
        )
    )


async def _expire(s: Seeded) -> None:
    opened = await s.checkout(7)
    await s.committed(lambda session: checkouts.expire(s.db, opened, purge_at=NOW, over_by=NOW, session=session))


async def _due(s: Seeded) -> None:
    for paying in (False, True):
        await checkouts.due(s.db, NOW + timedelta(minutes=10), 100, paying=paying)


async def _release(s: Seeded, index: int, release: Callable[..., Awaitable[None]]) -> None:
    placed = await s.checkout(index, state="placed", heldLines=[f"line-{index}"])
    await s.committed(lambda session: release(s.db, placed, session))


async def _cancel(s: Seeded) -> None:
    order = await orders.get(s.db, s.order_id)
    assert order is not None
    await s.committed(
        lambda session: orders.change(s.db, order, {"status": "CANCELLED"}, rows=1, at=NOW, session=session)
    )


async def _record(s: Seeded) -> None:
    rows = await order_events.unpublished(s.db, s.order_id)
    await order_events.record(s.db, [order_events.Sent(rows[0], ["g"])], rows[1:2], NOW)


CALLS: Calls = {
    "checkout_views.for_claim": lambda s: checkout_views.for_claim(s.db, s.checkout_ids[0], paid=True),
    "checkout_views.for_driver": lambda s: checkout_views.for_driver(s.db, s.checkout_ids[0]),
    "checkout_views.for_drivers": lambda s: checkout_views.for_drivers(s.db, s.checkout_ids[:10]),
    "checkouts.insert": lambda s: checkouts.insert(s.db, checkouts.opened(ObjectId(), *s.here, NOW, "new")),
    "checkouts.get": lambda s: checkouts.get(s.db, s.checkout_ids[0]),
    "checkouts.trace_of": lambda s: checkouts.trace_of(s.db, s.checkout_ids[0]),
    "checkouts.by_cart_key": lambda s: checkouts.by_cart_key(s.db, f"{s.checkout_ids[0]}"),
    "checkouts.holders": lambda s: checkouts.holders(s.db, s.world.location_id, [f"{s.order_id}", "x"], ObjectId()),
    "checkouts.extend": lambda s: then(s.checkout(2), lambda found: checkouts.extend(s.db, found, NOW)),
    "checkouts.claim": lambda s: then(s.checkout(3), lambda found: checkouts.claim(s.db, found, CLAIM, ["l"])),
    "checkouts.release_lines": lambda s: _release(s, 4, checkouts.release_lines),
    "checkouts.release_cart_key": lambda s: _release(s, 5, checkouts.release_cart_key),
    "checkouts.release_cart": lambda s: _release(s, 6, checkouts.release_cart),
    "checkouts.place": _place,
    "checkouts.expire": _expire,
    "checkouts.reopen": _reopen,
    "checkouts.abandon": _abandon,
    "checkouts.due": _due,
    "checkouts.take_due": lambda s: checkouts.take_due(s.db, s.checkout_ids[8], NOW + timedelta(hours=2)),
    "checkouts.flag": lambda s: checkouts.flag(s.db, s.checkout_ids[9], "why"),
    "checkouts.states": lambda s: checkouts.states(s.db, s.checkout_ids[:10]),
    "resting.due": lambda s: resting.due(s.db, NOW, 100),
    "resting.take_due": lambda s: resting.take_due(s.db, s.order_id, NOW, NOW),
    "resting.over": lambda s: resting.over(s.db, s.order_id),
    "limits.count_one_more": lambda s: limits.count_one_more(s.db, f"{s.world.location_id}.day.1", "ab", purge_at=NOW),
    "limits.count_in": lambda s: s.committed(
        lambda session: limits.count_in(s.db, f"{s.world.location_id}.day.1", purge_at=NOW, session=session)
    ),
    "limits.counted": lambda s: limits.counted(s.db, f"{s.world.location_id}.day.1"),
    "limits.count_decline": lambda s: limits.count_decline(s.db, f"{s.world.location_id}.day.2", "ab", purge_at=NOW),
    "limits.declines": lambda s: limits.declines(s.db, [f"{s.world.location_id}.day.{n}" for n in (1, 2)]),
    "limits.open_previews": lambda s: limits.open_previews(s.db, s.world.location_id, NOW, 20),
    "order_events.insert": lambda s: s.committed(
        lambda session: order_events.insert(
            s.db,
            [
                order_events.row(
                    dict(zip(("_id", "restaurantId", "locationId"), (s.order_id, *s.here), strict=True)),
                    3,
                    "ready",
                    {},
                    by="staff",
                    at=NOW,
                )
            ],
            session,
        )
    ),
    "order_events.after": lambda s: order_events.after(s.db, s.order_id, 1),
    "order_events.reaching": lambda s: order_events.reaching(s.db, NOW, 100),
    "order_events.reached": lambda s: order_events.reached(s.db, [f"{s.order_id}:1"]),
    "order_events.unpublished": lambda s: order_events.unpublished(s.db, s.order_id),
    "order_events.record": _record,
    "order_events.orders_waiting": lambda s: order_events.orders_waiting(s.db, NOW, 10, but=[s.order_id]),
    "duties.insert": lambda s: s.committed(
        lambda session: duties.insert(s.db, [duties.due("k", ObjectId(), NOW)], session)
    ),
    "duties.renew": lambda s: s.committed(
        lambda session: duties.renew(s.db, duties.menu_changed(s.here, None, NOW), session)
    ),
    "duties.insert_once": lambda s: duties.insert_once(s.db, duties.menu_changed(s.here, ObjectId(), NOW)),
    "duties.insert_missing": lambda s: duties.insert_missing(s.db, [duties.due("k", ObjectId(), NOW)]),
    "duties.get": lambda s: duties.get(s.db, f"waiting:{s.order_id}"),
    "duties.ids_due": lambda s: duties.ids_due(s.db, ["waiting"], NOW, 100),
    "duties.claim": lambda s: duties.claim(s.db, f"waiting:{s.order_id}", NOW, again_at=NOW),
    "duties.finish": lambda s: duties.finish(s.db, _claimed(s), NOW),
    "duties.narrow": lambda s: duties.narrow(s.db, _claimed(s), ["a"]),
    "duties.drop": lambda s: s.committed(lambda session: duties.drop(s.db, "waiting", s.order_id, NOW, session)),
    "orders.the": lambda s: orders.the(s.db, s.order_id),
    "orders.get": lambda s: orders.get(s.db, s.order_id),
    "orders.progress": lambda s: orders.progress(s.db, s.order_id),
    "orders.standings": lambda s: orders.standings(s.db, [s.order_id, *s.checkout_ids]),
    "orders.whole": lambda s: orders.whole(s.db, [s.order_id, *s.checkout_ids[:5]]),
    "orders.exists": lambda s: orders.exists(s.db, s.order_id),
    "orders.insert": lambda s: s.committed(lambda session: orders.insert(s.db, [{"_id": ObjectId()}], session)),
    "orders.of_location": lambda s: orders.of_location(s.db, *s.here, s.order_id),
    "orders.open_for_location": lambda s: orders.open_for_location(s.db, *s.here, ["CREATED", "ACCEPTED"]),
    "orders.of_kitchen": lambda s: orders.of_kitchen(
        s.db, *s.here, made_since=NOW - timedelta(hours=1), waiting_since=NOW - timedelta(hours=1)
    ),
    "orders.change": _cancel,
    "orders.place_of": lambda s: orders.place_of(s.db, s.order_id),
    "board.of_location": lambda s: board.of_location(s.db, *s.here, NOW - timedelta(hours=26), older=True),
    "board.given_up": lambda s: board.given_up(s.db, *s.here, NOW - timedelta(minutes=30)),
    "board.ready": lambda s: board.ready(s.db, *s.here),
    "orders.placed_among": lambda s: orders.placed_among(s.db, [s.order_id]),
    "orders.take_numbers": lambda s: orders.take_numbers(s.db, s.world.location_id, "day.1", 8, NOW),
    "orders.follow_payment": lambda s: then(
        orders.get(s.db, s.order_id),
        lambda found: s.committed(
            lambda session: orders.follow_payment(
                s.db, found, refunded_cents=1, declined=(), more=None, at=NOW, session=session
            )
        ),
    ),
    "orders.keep_refund": lambda s: s.committed(
        lambda session: orders.keep_refund(s.db, s.order_id, {"_id": "refund"}, 100, session=session)
    ),
    "previews.insert": lambda s: previews.insert(s.db, {"_id": ObjectId()}),
    "previews.get": lambda s: previews.get(s.db, s.order_id),
    "previews.stored": lambda s: previews.stored(s.db, s.order_id),
    "previews.delete_unclaimed": lambda s: previews.delete_unclaimed(s.db, s.checkout_ids[10]),
    "previews.purge_at": lambda s: s.committed(
        lambda session: previews.purge_at(s.db, [s.checkout_ids[11]], NOW, session)
    ),
}
