"""Codes to sign in with go out by mail or by text, and nobody waits for it (rules 12, 24.2).

Whoever asks is answered at once and alike, whether the code arrives or not. It is in no duty and in no log: a code that
is lost with a process is asked for again.
"""

from __future__ import annotations

import asyncio
import logging

from shared.app import App
from shared.domain import texts
from shared.domain.letters import to_staff
from shared.integrations.delivery import InDoubt, NotTaken, Refused
from shared.integrations.identity import Target
from shared.memory.slots import Slot
from shared.services.messages import mailing, numbers
from shared.services.messages.texts import NO_NUMBER

log = logging.getLogger("orderbuddy.messages")

MOST_RUNNING = 50
TRIES = 3
PAUSE_SECONDS = 2.0

RUNNING: Slot[set[asyncio.Task[None]]] = Slot(set)


def reaches(app: App, target: Target) -> bool:
    """Whether this deployment can send a code there."""
    return app.mail.is_set_up if target.kind == "email" else app.sms.is_set_up


async def send(app: App, target: Target, code: str) -> None:
    """Send a code, soon. Where too many are on their way already, it is not sent."""
    running = app.memory[RUNNING]
    if len(running) >= MOST_RUNNING:
        log.warning("a code was not sent: %d are on their way", len(running))
        return
    task = asyncio.get_running_loop().create_task(_deliver(app, target, code))
    running.add(task)
    task.add_done_callback(running.discard)


async def _deliver(app: App, target: Target, code: str) -> None:
    for left in reversed(range(TRIES)):
        try:
            await _once(app, target, code)
        except (NotTaken, InDoubt) as error:
            # A text that is in doubt may have arrived, and costs money: it is not sent again.
            if not left or (target.kind == "phone" and isinstance(error, InDoubt)):
                log.warning("a code was not sent, or perhaps not: %s", error)
                return
            await asyncio.sleep(PAUSE_SECONDS)
        except Refused as error:
            log.warning("a code was not sent: %s", error.code)
            return
        except Exception:
            log.exception("a code was not sent")
            return
        else:
            return


async def _once(app: App, target: Target, code: str) -> None:
    if target.kind == "email":
        written = await asyncio.to_thread(to_staff.sign_in_code, code)
        await mailing.send(app, target.address, written, asked_for=True)
    else:
        number = numbers.read(app, target.address, "")
        if number is None:
            raise Refused(NO_NUMBER, NO_NUMBER)
        await app.sms.send(number, texts.sign_in(code), followed=False)
