"""One call of each function of the store: payments, refunds, merchants and keys of requests."""

from __future__ import annotations

from datetime import timedelta

from bson import ObjectId

from shared.documents.keys import KeptKey
from shared.documents.payments import Refund
from shared.ids import attempt_id
from shared.store import keys, merchants, payment_tokens, payments, refunds
from tests.integration.store.seeded import FAR, NOW, Calls, payment_row, then

KEY = KeptKey(id="k", body_hash="h", state="running", run="r", taken_at=NOW, purge_at=FAR)
OWED = Refund(id="refund", state="owed", amount_cents=1, at=NOW, by="r")

CALLS: Calls = {
    "merchants.of_location": lambda s: merchants.of_location(s.db, *s.here),
    "merchants.paying": lambda s: merchants.paying(s.db, s.world.restaurant_id),
    "payment_tokens.keep": lambda s: payment_tokens.keep(s.db, "hash", "oid", NOW),
    "payment_tokens.oid_of": lambda s: payment_tokens.oid_of(s.db, "hash"),
    "payments.insert": lambda s: s.committed(
        lambda session: payments.insert(s.db, payment_row(s.here, ObjectId(), NOW), session)
    ),
    "payments.get": lambda s: payments.get(s.db, attempt_id(s.order_id, 1)),
    "payments.by_token_hash": lambda s: payments.by_token_hash(s.db, f"{s.order_id}"),
    "payments.by_gateway_id": lambda s: payments.by_gateway_id(s.db, f"g-{s.order_id}"),
    "payments.of_preview": lambda s: payments.of_preview(s.db, s.order_id),
    "payments.of_previews": lambda s: payments.of_previews(s.db, [s.order_id, *s.checkout_ids[:20]]),
    "payments.move": lambda s: then(
        s.payment(), lambda found: payments.move(s.db, found, "voiding", at=NOW, by="person", look_at=NOW)
    ),
    "payments.must_move": lambda s: then(
        s.payment(),
        lambda found: s.committed(
            lambda session: payments.must_move(s.db, found, "refunding", at=NOW, by="r", session=session)
        ),
    ),
    "payments.note": lambda s: then(s.payment(), lambda found: payments.note(s.db, found, look_at=NOW)),
    "keys.take": lambda s: keys.take(s.db, KEY),
    "keys.take_over": lambda s: keys.take_over(s.db, KEY, "other", NOW),
    "keys.finish": lambda s: keys.finish(s.db, KEY.id, KEY.run, {"status": 200}),
    "keys.drop": lambda s: keys.drop(s.db, KEY.id, KEY.run),
    "refunds.change": lambda s: then(
        s.payment(),
        lambda found: refunds.change(s.db, found, "refund", "intent", {"state": "sent"}, look_at=NOW),
    ),
    "refunds.send": lambda s: then(s.payment(), lambda found: refunds.send(s.db, found, OWED, number=1, deadline=NOW)),
    "refunds.must_replace": lambda s: then(
        s.payment(),
        lambda found: s.committed(
            lambda session: refunds.must_replace(s.db, found, refunds.stored(found), look_at=NOW, session=session)
        ),
    ),
    "payments.due": lambda s: payments.due(s.db, NOW - timedelta(minutes=70), 100),
    "payments.take_due": lambda s: payments.take_due(s.db, attempt_id(s.order_id, 1), NOW, NOW),
    "payments.flag": lambda s: payments.flag(s.db, attempt_id(s.order_id, 1), "why"),
    "payments.put_off": lambda s: payments.put_off(s.db, attempt_id(s.order_id, 1), NOW),
    "payments.needing_attention": lambda s: payments.needing_attention(s.db),
}
