"""One call of each function of the store: messages to people, and who wants none."""

from __future__ import annotations

from shared.store import duties, limits, opt_outs
from tests.integration.store.seeded import NOW, Calls

CALLS: Calls = {
    "duties.delivered": lambda s: duties.delivered(s.db, "SM1", "sent", before=("queued",)),
    "limits.count_one_less": lambda s: limits.count_one_less(s.db, f"{s.world.location_id}.day.1"),
    "opt_outs.is_stopped": lambda s: opt_outs.is_stopped(s.db, "digest"),
    "opt_outs.hear": lambda s: opt_outs.hear(s.db, "digest", "SM2", NOW, stopped=False),
    "opt_outs.stop": lambda s: opt_outs.stop(s.db, "digest", NOW),
}
