"""The timers: the sweeper, the reconciler, the daily list, and the engine's housekeeping (rules 1, 4 and 8)."""

from __future__ import annotations

import logging
from dataclasses import asdict
from datetime import timedelta

import azure.durable_functions as df
import azure.functions as func

from shared.integrations.engine import EngineError
from shared.services.staff import leaving
from shared.services.support.privacy import retention
from shared.services.upkeep import daily_list, gauges, instances, locations, reconciler, sweeper
from shared.store.mongo.client import allow_long_work
from shared.web.runtime import get_app, with_engine

bp = df.Blueprint()
log = logging.getLogger("orderbuddy.timers")

ENDED_KEPT_FOR = timedelta(days=7)


@bp.timer_trigger(arg_name="timer", schedule="*/10 * * * * *", run_on_startup=False)
@bp.generic_input_binding(arg_name="engine", type="durableClient")
async def sweep(timer: func.TimerRequest, engine: str) -> None:
    """Wake or advance checkouts that have not moved, and publish what was left; every 10 s."""
    allow_long_work()
    app = with_engine(await get_app(), engine)
    swept = await sweeper.sweep(app)
    if any(asdict(swept).values()):
        log.info("swept: %s", asdict(swept))


@bp.timer_trigger(arg_name="timer", schedule="0 * * * * *", run_on_startup=False)
@bp.generic_input_binding(arg_name="engine", type="durableClient")
async def reconcile(timer: func.TimerRequest, engine: str) -> None:
    """Find out what became of payments that nobody knows about, give back what is to be given back, and look after
    what the people of a location must see, and after accounts that are to go; every minute."""
    allow_long_work()
    app = with_engine(await get_app(), engine)
    done = await reconciler.reconcile(app)
    if any(asdict(done).values()):
        log.info("reconciled: %s", asdict(done))
    await locations.look_after(app)
    await leaving.finish(app)
    await gauges.tell(app)


@bp.timer_trigger(arg_name="timer", schedule="0 5 * * * *", run_on_startup=False)
async def write_daily_list(timer: func.TimerRequest) -> None:
    """Store once a day what yesterday's payments came to; it runs every hour, so that no day is missed."""
    allow_long_work()
    await daily_list.write_yesterday(await get_app())


@bp.timer_trigger(arg_name="timer", schedule="30 */5 * * * *", run_on_startup=False)
@bp.generic_input_binding(arg_name="engine", type="durableClient")
async def terminate_instances(timer: func.TimerRequest, engine: str) -> None:
    """Terminate orchestrations that go on an hour after their checkout came to rest; every five minutes."""
    allow_long_work()
    looked = await instances.look(with_engine(await get_app(), engine))
    if any(asdict(looked).values()):
        log.info("instances of checkouts at rest: %s", asdict(looked))


@bp.timer_trigger(arg_name="timer", schedule="0 17 3 * * *", run_on_startup=False)
@bp.generic_input_binding(arg_name="engine", type="durableClient")
async def purge_ended_instances(timer: func.TimerRequest, engine: str) -> None:
    """Forget orchestrations that ended a week ago; once a day."""
    app = with_engine(await get_app(), engine)
    try:
        purged = await app.engine.purge_ended(app.clock.now() - ENDED_KEPT_FOR)
    except EngineError as error:
        log.warning("ended instances not purged: %s", error)
        return
    log.info("%d ended instances purged", purged)


@bp.timer_trigger(arg_name="timer", schedule="0 41 2 * * *", run_on_startup=False)
async def keep_no_longer(timer: func.TimerRequest) -> None:
    """Remove what is not kept for ever, a bounded part of it each night (rules 24.6)."""
    allow_long_work()
    done = await retention.keep_no_longer(await get_app(), lambda what, done, total: None)
    log.info("not kept any longer: %s", asdict(done))
