"""Codes to sign in with go out by mail or by text, and nobody waits for it (rules 12, 24.1, 24.2).

Whoever asks is answered at once and alike, whether the code arrives or not: also where the number has said STOP, or too
many codes go out by text. It is in no duty and in no log: a code that is lost with a process is asked for again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from shared.app import App
from shared.domain import texts
from shared.domain.letters import to_staff
from shared.integrations.delivery import InDoubt, NotTaken, Refused
from shared.integrations.identity import Target
from shared.integrations.sms import OptedOut
from shared.memory.slots import Slot
from shared.services.messages import mailing, numbers, text_budget
from shared.services.messages.texts import NO_NUMBER, STOPPED
from shared.store import opt_outs

log = logging.getLogger("orderbuddy.messages")

MOST_RUNNING = 50
TRIES = 3
PAUSE_SECONDS = 2.0

RUNNING: Slot[set[asyncio.Task[None]]] = Slot(set)


def reaches(app: App, target: Target) -> bool:
    """Whether this deployment can send a code there."""
    return app.mail.is_set_up if target.kind == "email" else app.sms.is_set_up


async def send(app: App, target: Target, code: str, *, works_here: bool) -> None:
    """Send a code, soon. Where too many are on their way already, it is not sent. `works_here`: to one of a
    restaurant's people, whom no flood of strangers may lock out."""
    running = app.memory[RUNNING]
    if len(running) >= MOST_RUNNING:
        log.warning("a code was not sent: %d are on their way", len(running))
        return
    task = asyncio.get_running_loop().create_task(_deliver(app, target, code, works_here=works_here))
    running.add(task)
    task.add_done_callback(running.discard)


async def _deliver(app: App, target: Target, code: str, *, works_here: bool) -> None:
    try:
        if target.kind == "email":
            written = await asyncio.to_thread(to_staff.sign_in_code, code)
            await _tried(lambda: mailing.send(app, target.address, written, asked_for=True), once=False)
        else:
            await _text(app, target.address, code, works_here=works_here)
    except (NotTaken, InDoubt) as error:
        log.warning("a code was not sent, or perhaps not: %s", error)
    except Refused as error:
        log.warning("a code was not sent: %s", error.code)
    except Exception:
        log.exception("a code was not sent")


async def _text(app: App, address: str, code: str, *, works_here: bool) -> None:
    """Text a code, unless the number has said STOP. Raises NotTaken, InDoubt, Refused and PyMongoError."""
    number = numbers.read(app, address, "")
    if number is None:
        raise Refused(NO_NUMBER, NO_NUMBER)
    key = numbers.key(app, number)
    if await opt_outs.is_stopped(app.db, key):
        raise Refused(STOPPED.outcome, STOPPED.outcome)
    spent = () if works_here else await text_budget.spend_for_code(app)
    try:
        # A text that is in doubt may have arrived, and costs money: it is not sent again.
        await _tried(lambda: app.sms.send(number, texts.sign_in(code), followed=False), once=True)
    except OptedOut:
        await opt_outs.stop(app.db, key, app.clock.now())
        raise
    except NotTaken:
        await text_budget.give_back(app, spent)
        raise


async def _tried(send: Callable[[], Awaitable[str]], *, once: bool) -> None:
    """Send, a few times where it was not taken; `once`: never again what may have been. Raises as `send`."""
    for _ in range(TRIES - 1):
        try:
            await send()
            return
        except NotTaken:
            pass
        except InDoubt:
            if once:
                raise
        await asyncio.sleep(PAUSE_SECONDS)
    await send()
