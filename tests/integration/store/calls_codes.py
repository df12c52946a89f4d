"""One call of each function of the store: codes, their scans, and campaigns."""

from __future__ import annotations

from bson import ObjectId

from shared.documents.origins import ScannedOrigin
from shared.store import campaign_uses, campaigns, origins, scans
from tests.integration.store.seeded import NOW, Calls, Seeded

SCANNED = ScannedOrigin(id=ObjectId(), restaurant_id="r", location_id=ObjectId())


async def _changed(s: Seeded) -> None:
    found = await s.db.campaigns.find_one({"restaurantId": s.world.restaurant_id})
    assert found is not None
    await s.committed(lambda session: campaigns.change(s.db, found["_id"], {"name": "N"}, NOW, session))


USES = f"{ObjectId()}:digest"

CALLS: Calls = {
    "campaign_uses.used": lambda s: campaign_uses.used(s.db, USES),
    "campaign_uses.open_count": lambda s: campaign_uses.open_count(s.db, USES, NOW),
    "campaign_uses.use": lambda s: s.committed(lambda session: campaign_uses.use(s.db, USES, 1, NOW, session)),
    "campaign_uses.give_back": lambda s: s.committed(lambda session: campaign_uses.give_back(s.db, USES, session)),
    "campaigns.of_location": lambda s: campaigns.of_location(s.db, *s.here, limit=2, after=(NOW, ObjectId())),
    "campaigns.one": lambda s: campaigns.one(s.db, *s.here, ObjectId()),
    "campaigns.count": lambda s: s.committed(lambda session: campaigns.count(s.db, *s.here, session, running=True)),
    "campaigns.insert": lambda s: s.committed(lambda session: campaigns.insert(s.db, {"originId": 1}, session)),
    "campaigns.change": _changed,
    "campaigns.delete": lambda s: s.committed(lambda session: campaigns.delete(s.db, ObjectId(), session)),
    "campaigns.summary": lambda s: campaigns.summary(s.db, *s.here, str(s.world.origin_id)),
    "campaigns.uses_origin": lambda s: s.committed(
        lambda session: campaigns.uses_origin(s.db, s.world.origin_id, session)
    ),
    "origins.of_location": lambda s: origins.of_location(s.db, *s.here),
    "origins.one": lambda s: origins.one(s.db, *s.here, s.world.origin_id),
    "origins.with_code": lambda s: s.committed(lambda session: origins.with_code(s.db, *s.here, "code", session)),
    "origins.types": lambda s: origins.types(s.db, *s.here, [s.world.origin_id]),
    "origins.count": lambda s: s.committed(lambda session: origins.count(s.db, *s.here, session)),
    "origins.labels_among": lambda s: origins.labels_among(s.db, *s.here, ["Table 1", "Table 9"]),
    "origins.insert": lambda s: s.committed(lambda session: origins.insert(s.db, [{"_id": ObjectId()}], session)),
    "origins.change": lambda s: s.committed(
        lambda session: origins.change(s.db, s.world.origin_id, {"label": "T"}, session, without=["ownCode"])
    ),
    "origins.delete": lambda s: s.committed(lambda session: origins.delete(s.db, ObjectId(), session)),
    "origins.scanned": lambda s: origins.scanned(s.db, f"code.1.{s.world.location_id}"),
    "origins.styled": lambda s: origins.styled(s.db, *s.here),
    "scans.count_one_more": lambda s: scans.count_one_more(s.db, SCANNED, "2026-11-24", NOW),
    "scans.of_location": lambda s: scans.of_location(s.db, *s.here, "2026-11-18", "2026-11-24"),
}
