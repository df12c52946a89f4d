"""One call of each function of the store: what needs a person."""

from __future__ import annotations

from bson import ObjectId

from shared.ids import attempt_id
from shared.store.support import attention, attention_entries, gauges, privacy, purging
from tests.integration.store.seeded import NOW, Calls

CALLS: Calls = {
    "support.gauges.payments": lambda s: gauges.payments(s.db, ["unknown", "approved"]),
    "support.gauges.duties": lambda s: gauges.duties(s.db, ["due", "given_up"]),
    "support.gauges.overdue_checkouts": lambda s: gauges.overdue_checkouts(s.db, NOW),
    "support.gauges.unpublished_rows": lambda s: gauges.unpublished_rows(s.db),
    "support.attention.checkouts_flagged": lambda s: attention.checkouts_flagged(s.db),
    "support.attention.payments_staying": lambda s: attention.payments_staying(s.db, ["unknown"], NOW),
    "support.attention_entries.write": lambda s: attention_entries.write(
        s.db,
        "declines",
        s.world.location_id,
        restaurant_id=s.world.restaurant_id,
        location_id=s.world.location_id,
        reason="why",
        count=1,
        at=NOW,
    ),
    "support.attention_entries.count_one": lambda s: attention_entries.count_one(
        s.db,
        "message",
        f"texts:{s.world.location_id}",
        restaurant_id=s.world.restaurant_id,
        location_id=s.world.location_id,
        reason="why",
        at=NOW,
    ),
    "support.attention_entries.end_older": lambda s: attention_entries.end_older(s.db, "hours", NOW, at=NOW),
    "support.attention_entries.going_on": lambda s: attention_entries.going_on(s.db),
    "support.attention_entries.count_by_kind": lambda s: attention_entries.count_by_kind(s.db),
    "support.attention.dismiss": lambda s: attention.dismiss(s.db, s.order_id),
    "support.attention.count": lambda s: attention.count(s.db, [(["unknown"], NOW), (["voiding", "refunding"], NOW)]),
    "support.attention.checkouts_of": lambda s: attention.checkouts_of(s.db, *s.here),
    "support.attention.payments_of": lambda s: attention.payments_of(s.db, *s.here),
    "support.attention.payments_not_at_rest_of": lambda s: attention.payments_not_at_rest_of(s.db, *s.here),
    "support.attention.unflag_checkout": lambda s: s.committed(
        lambda session: attention.unflag_checkout(s.db, s.checkout_ids[14], session)
    ),
    "support.attention.unflag_payment": lambda s: s.committed(
        lambda session: attention.unflag_payment(s.db, attempt_id(s.order_id, 1), session)
    ),
    "support.attention_entries.one": lambda s: attention_entries.one(s.db, f"declines:{s.world.location_id}.0"),
    "support.attention_entries.of_location": lambda s: attention_entries.of_location(s.db, *s.here),
    "support.attention_entries.end": lambda s: s.committed(
        lambda session: attention_entries.end(s.db, f"declines:{s.world.location_id}.0", NOW, session)
    ),
    "support.privacy.page": lambda s: privacy.page(s.db, "orders", s.order_id),
    "support.privacy.count": lambda s: privacy.count(s.db, "orders"),
    "support.privacy.whole": lambda s: privacy.whole(s.db, "orders", s.order_id),
    "support.privacy.messages": lambda s: privacy.messages(s.db, s.order_id, ["text", "mail"]),
    "support.privacy.rows": lambda s: privacy.rows(s.db, s.order_id),
    "support.privacy.rewrite_row": lambda s: privacy.rewrite_row(s.db, f"{s.order_id}:1", {}),
    "support.privacy.hook_events": lambda s: privacy.hook_events(s.db, s.world.restaurant_id, 0),
    "support.privacy.rewrite_hook_event": lambda s: privacy.rewrite_hook_event(s.db, "e", {}, [s.order_id]),
    "support.privacy.trail_rows": lambda s: privacy.trail_rows(s.db, s.world.restaurant_id, ("", 0)),
    "support.privacy.erase": lambda s: privacy.erase(s.db, "orders_preview", {"_id": s.order_id}, {}, NOW),
    "support.privacy.previews": lambda s: privacy.previews(s.db, s.order_id),
    "support.privacy.delete_previews": lambda s: privacy.delete_previews(s.db, [ObjectId()]),
    "support.privacy.places": lambda s: privacy.places(s.db, None),
    "support.privacy.old_orders": lambda s: privacy.old_orders(s.db, s.here, None, NOW, limit=10, without="erasedAt"),
    "support.privacy.oddly_dated_orders": lambda s: privacy.oddly_dated_orders(s.db, s.here, NOW, 10, "erasedAt"),
    "support.privacy.delete_history": lambda s: privacy.delete_history(s.db, [s.order_id]),
    "support.privacy.seen_to": lambda s: privacy.seen_to(s.db, NOW, delete=True),
    "support.privacy.claimed": lambda s: privacy.claimed(s.db, [s.order_id]),
    "support.privacy.zone": lambda s: privacy.zone(s.db, s.world.location_id),
    "support.privacy.campaigns_with_limits": lambda s: privacy.campaigns_with_limits(s.db, s.world.restaurant_id),
    "support.privacy.forget_uses": lambda s: privacy.forget_uses(s.db, ["campaign:digest"]),
    "support.privacy.payments": lambda s: privacy.payments(s.db, s.order_id),
    "support.privacy.outdate_checkout": lambda s: privacy.outdate_checkout(s.db, s.order_id, NOW),
    "support.privacy.not_erased": lambda s: privacy.not_erased(s.db, [s.order_id]),
    "support.privacy.phones_of": lambda s: privacy.phones_of(s.db, "user"),
    "support.purging.left_to_mongodb": lambda s: purging.left_to_mongodb(s.db),
    "support.privacy.reach": lambda s: privacy.reach(s.db, s.world.location_id, "upTo", NOW),
}
