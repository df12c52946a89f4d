"""One call of each function of the store: reports."""

from __future__ import annotations

from datetime import timedelta

from bson import ObjectId

from shared.store import reports
from tests.integration.store.seeded import NOW, Calls, Seeded


def _span(s: Seeded) -> reports.Span:
    return reports.Span(*s.here, NOW - timedelta(days=1), NOW + timedelta(days=1))


async def _history(s: Seeded) -> None:
    page = await reports.newest(s.db, _span(s), 20, whole=True)
    assert page.next is not None
    await reports.newest(s.db, _span(s), 20, after=page.next, whole=True)


CALLS: Calls = {
    "reports.newest": _history,
    "reports.oldest": lambda s: reports.oldest(
        s.db, _span(s), 20, after=reports.Position(NOW - timedelta(minutes=60), ObjectId())
    ),
    "reports.names_on_menus": lambda s: reports.names_on_menus(s.db, *s.here),
}
