"""A process that clears orders, and is killed in the middle: `python -m tests.integration.kitchen.killed_clearer`.

Its arguments: the settings as JSON; the moment that its clock shows; restaurant, location and screen by commas; the
orders by commas; and after how many cleared ones it dies.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from datetime import datetime

from shared.api.kitchen import Clear
from shared.app import App
from shared.clock import FixedClock
from shared.domain.roles import Device
from shared.ids import stored_id
from shared.services.kitchen import clearing
from shared.services.kitchen.acting import Act
from shared.settings import Settings
from shared.store.mongo.client import connect


async def main(settings: str, moment: str, place: str, order_ids: str, many: str) -> None:
    given = Settings.model_validate(json.loads(settings))
    app = App.over(connect(given), FixedClock(datetime.fromisoformat(moment)), given)
    restaurant_id, location_id, screen = place.split(",")

    async def die() -> None:
        query = {"locationId": stored_id(location_id), "clearedAt": {"$exists": True}}
        while await app.db.orders.count_documents(query) < int(many):
            await asyncio.sleep(0)
        os.kill(os.getpid(), signal.SIGKILL)

    act = await Act.at(
        app, Device("pass", restaurant_id, location_id, "expo"), (restaurant_id, location_id), screen, "r"
    )
    await asyncio.gather(clearing.clear(act, Clear(order_ids=order_ids.split(","))), die())


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
