"""One call of each function of the store: addresses that no mail goes to."""

from __future__ import annotations

from shared.documents.mail_blocks import MailBlock
from shared.store import duties, locations, mail_blocks
from tests.integration.store.seeded import NOW, Calls

_BLOCK = MailBlock(_id="0f", reason="bounce", event_id="e", at=NOW)


CALLS: Calls = {
    "duties.tell_delivery": lambda s: duties.tell_delivery(s.db, {"mail:1:1": ("delivered", ["processed"])}),
    "locations.with_daily_summary": lambda s: locations.with_daily_summary(s.db),
    "mail_blocks.block": lambda s: mail_blocks.block(s.db, [_BLOCK]),
    "mail_blocks.one": lambda s: mail_blocks.one(s.db, "0f"),
    "mail_blocks.lift": lambda s: mail_blocks.lift(s.db, "0f"),
}
