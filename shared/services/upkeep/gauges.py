"""What waits, as gauges (rules 24.5). A timer that runs every minute anyway reads them, where somebody listens."""

from __future__ import annotations

import logging
from datetime import timedelta

from pymongo.errors import PyMongoError

from shared.app import App
from shared.documents.duties import OPEN_STATES
from shared.domain.payment_states import GIVING_BACK, RUNNING
from shared.store.support import gauges as counts
from shared.telemetry import measures, traces

log = logging.getLogger("orderbuddy.telemetry")

NOT_AT_REST = (*sorted(RUNNING), "approved", *sorted(GIVING_BACK))
ENDS_OF_MESSAGES = ("given_up", "doubtful")
OVERDUE_AFTER = timedelta(seconds=30)


async def tell(app: App) -> None:
    """Say how much waits. What cannot be counted is said the next time."""
    if not traces.on():
        return
    try:
        for state, many in (await counts.payments(app.db, NOT_AT_REST)).items():
            measures.gauge("paymentsByState", many, {"state": state})
        for state, many in (await counts.duties(app.db, (*OPEN_STATES, *ENDS_OF_MESSAGES))).items():
            measures.gauge("dutiesByState", many, {"state": state})
        overdue = await counts.overdue_checkouts(app.db, app.clock.now() - OVERDUE_AFTER)
        measures.gauge("overdueCheckouts", overdue)
        measures.gauge("unpublishedRows", await counts.unpublished_rows(app.db))
    except PyMongoError as error:
        log.info("gauges not read: %s", type(error).__name__)
