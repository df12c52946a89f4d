"""One call of each function of the store: reports."""

from __future__ import annotations

from datetime import timedelta

from bson import ObjectId

from shared.ids import attempt_id
from shared.store import reports, today
from tests.integration.store.seeded import NOW, Calls, Seeded


def _span(s: Seeded) -> reports.Span:
    return reports.Span(*s.here, NOW - timedelta(days=1), NOW + timedelta(days=1))


async def _history(s: Seeded) -> None:
    page = await reports.newest(s.db, _span(s), 20, whole=True)
    assert page.next is not None
    await reports.newest(s.db, _span(s), 20, after=page.next, whole=True)


async def _refunds(s: Seeded) -> None:
    for number, refund in enumerate(("a", "b")):
        made = {"_id": refund, "amountCents": 1, "at": NOW - timedelta(minutes=number)}
        await s.db.orders.update_one({"_id": s.order_id}, {"$push": {"refunds": made}})
    [first, _] = await reports.refunds(s.db, _span(s), 20)
    assert first.refunds[0].at is not None
    place = reports.RefundPlace(first.refunds[0].at, first.refunds[0].id)
    assert len(await reports.refunds(s.db, _span(s), 20, after=place)) == 1


CALLS: Calls = {
    "reports.newest": _history,
    "reports.oldest": lambda s: reports.oldest(
        s.db, _span(s), 20, after=reports.Position(NOW - timedelta(minutes=60), ObjectId())
    ),
    "reports.refunds": _refunds,
    "reports.kinds_of_payments": lambda s: reports.kinds_of_payments(s.db, [attempt_id(s.order_id, 1)]),
    "reports.enders": lambda s: reports.enders(s.db, [s.order_id]),
    "today.of_locations": lambda s: today.of_locations(
        s.db, [today.Wanted(_span(s), [NOW - timedelta(days=2), NOW - timedelta(days=1), NOW + timedelta(days=1)])]
    ),
    "today.sold_out": lambda s: today.sold_out(s.db, s.world.restaurant_id, [s.world.location_id], NOW),
    "reports.names_on_menus": lambda s: reports.names_on_menus(s.db, *s.here),
}
