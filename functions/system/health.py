"""For load balancers, deployments and people: does the app live, can it take orders?"""

from __future__ import annotations

import azure.durable_functions as df

from shared.api.health import Alive, Readiness
from shared.services.upkeep import build, health
from shared.web.access import anyone
from shared.web.endpoint import Probe, Reply, endpoint
from shared.web.runtime import SettingsInvalid

bp = df.Blueprint()


@endpoint(bp, "GET", "health/live", allow=anyone)
async def live(call: Probe) -> Alive:
    """Whether the process answers, and which code it runs."""
    return Alive(build=await build.build())


@endpoint(bp, "GET", "health/ready", allow=anyone, engine=True, replies={503: Readiness})
async def ready(call: Probe) -> Readiness | Reply[Readiness]:
    """Whether orders can be taken: 503 names what is missing; "degraded" names what orders go on without."""
    try:
        app = call.app()
    except SettingsInvalid as error:
        return Reply(health.without_settings(error.fields), status=503)
    found = await health.readiness(app)
    return Reply(found, status=503) if found.missing else found
