"""A process that erases a person, and is killed with `kill -9` before the first order goes.

Its arguments: the settings as JSON, and the phone.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime

from shared.app import App
from shared.clock import FixedClock
from shared.domain.persons import person
from shared.services.support.privacy import erasing
from shared.settings import Settings
from shared.store.mongo.client import connect
from shared.store.support import privacy


async def _main() -> None:
    settings = Settings.model_validate_json(sys.argv[1])
    app = App.over(connect(settings), FixedClock(datetime.now(UTC)), settings)

    async def killed(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    privacy.erase = killed  # type: ignore[assignment]
    await erasing.erase(app, person(sys.argv[2], None), lambda *_: None)


asyncio.run(_main())
