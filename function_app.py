"""The app that Azure Functions loads: registers the blueprints, nothing else."""

from __future__ import annotations

import azure.durable_functions as df
import azure.functions as func

from functions.diner import menu_app, order_app, payments
from functions.staff import pos, stations
from functions.system import api_docs, checkout, front_door, health, realtime, timers

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)
for area in (order_app, menu_app, payments, pos, stations, realtime, checkout, timers, health, api_docs, front_door):
    app.register_functions(area.bp)
