"""A process that publishes a planned draft, and is killed with it: `python -m tests.integration.menu.killed_publisher`.

Its arguments: the settings as JSON, the moment that its clock shows, the duty, and where it is killed: `claimed`
(before anything is written) or `committed` (before it can say so).
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from datetime import datetime

from shared.app import App
from shared.clock import FixedClock
from shared.documents.duties import Duty
from shared.services.duties import seeing
from shared.services.menu import publishing
from shared.settings import Settings
from shared.store.mongo.client import connect


async def main(settings: str, moment: str, duty_id: str, where: str) -> None:
    given = Settings.model_validate(json.loads(settings))
    app = App.over(connect(given), FixedClock(datetime.fromisoformat(moment)), given)

    async def killed(app: App, duty: Duty) -> None:
        if where == "committed":
            await publishing.publish_planned(app, duty)
        os.kill(os.getpid(), signal.SIGKILL)

    await seeing.see_to(app, duty_id, {publishing.drafts.PUBLICATION: killed})


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
