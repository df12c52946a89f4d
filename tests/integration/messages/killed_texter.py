"""A process that sends one text, to be killed with it: `python -m tests.integration.messages.killed_texter`.

Its arguments: the settings as JSON, the moment that its clock shows, and the duty.
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import datetime

from shared.app import App
from shared.clock import FixedClock
from shared.services.duties import seeing
from shared.services.messages import texts
from shared.settings import Settings
from shared.store.mongo.client import connect


async def main(settings: str, moment: str, duty_id: str) -> None:
    given = Settings.model_validate(json.loads(settings))
    app = App.over(connect(given), FixedClock(datetime.fromisoformat(moment)), given)
    await seeing.see_to(app, duty_id, texts.KINDS)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
