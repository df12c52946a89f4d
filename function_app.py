"""The app that Azure Functions loads: registers the blueprints, and has telemetry begin where a setting asks for it."""

from __future__ import annotations

import azure.durable_functions as df
import azure.functions as func

from functions.diner import menu_app, order_app, payments
from functions.staff import (
    attention,
    campaigns,
    devices,
    files,
    hours,
    kitchen_screens,
    location_reports,
    location_settings,
    menu_batch,
    menu_draft_editing,
    menu_drafts,
    menu_editing,
    menu_keeping,
    menu_schedules,
    menu_service,
    orders,
    origins,
    people,
    pos,
    printers,
    pushes,
    refunds,
    reports,
    restaurant,
    restaurant_menus,
    restaurant_reports,
    screens,
    stations,
    trail,
    users,
    webhooks,
)
from functions.system import (
    api_docs,
    checkout,
    file_timer,
    front_door,
    health,
    links,
    live_events,
    login,
    mail_events,
    mail_timer,
    printing,
    realtime,
    text_events,
    timers,
    webhook_timer,
)
from shared.integrations import telemetry

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)
DINER = (order_app, menu_app, payments)
STAFF = (
    people,
    devices,
    orders,
    refunds,
    pos,
    restaurant,
    restaurant_menus,
    menu_batch,
    menu_editing,
    menu_keeping,
    menu_service,
    menu_draft_editing,
    menu_drafts,
    menu_schedules,
    stations,
    screens,
    kitchen_screens,
    printers,
    pushes,
    trail,
    reports,
    location_reports,
    restaurant_reports,
    attention,
    hours,
    location_settings,
    origins,
    campaigns,
    users,
    webhooks,
    files,
)
SYSTEM = (
    realtime,
    live_events,
    mail_events,
    text_events,
    checkout,
    timers,
    webhook_timer,
    mail_timer,
    file_timer,
    health,
    printing,
    api_docs,
    login,
    links,
    front_door,
)
for area in (*DINER, *STAFF, *SYSTEM):
    app.register_functions(area.bp)
telemetry.start_soon()
