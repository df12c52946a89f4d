"""The app keeps what openapi.json says: Schemathesis makes requests from the document, and every check is on."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from local.host.app import load_app
from local.supervisor.options import PROJECT
from shared.web import openapi
from shared.web.routes import ROUTES
from tests.integration.example_world import Served, served
from tests.integration.local_saas.clients import StandIn
from tests.seeds import told_seed

PHASES = ("Examples", "Coverage", "Fuzzing", "Stateful")
ALONE = ("Examples", "Coverage", "Fuzzing")
"""The phases in which each route is asked by itself."""
TURNS = 8
QUICK_SEED = 1
QUICK_SECONDS = 1800
"""It takes some fifteen; a busy machine may be many times slower."""

Done = subprocess.CompletedProcess[str]

SETTINGS = """
hooks = "tests.integration.schemathesis_hooks"
request-timeout = 120
continue-on-failure = true

[auth.openapi.staff]
bearer = "{token}"

# A schema tells a good request from a bad one; it does not know what has happened before. These are answers to good
# requests: payment is taken there (402), the preview has expired (410).
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "401", "402", "403", "404", "409", "410", "429", "5xx"]

# A bad request is refused for what is seen first: its size (413), or a version that holds no more (412).
[checks.negative_data_rejection]
expected-statuses = [
    "400", "401", "403", "404", "405", "406", "409", "412", "413", "415", "422", "428", "429", "5xx",
]

# No schema says which locations and stations belong to the place that a body names, that a name is more than control
# characters, and that whoever rejects an order says why.
[[operations]]
include-operation-id = [
    "people_invite", "people_change", "devices_make", "realtime_negotiate", "stations_create", "orders_order_status",
    "printers_add", "printers_cloud_add", "printers_cloud_change", "printers_print_again", "printers_jobs_listed",
]
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "400", "401", "402", "403", "404", "409", "410", "429", "5xx"]

# Nor does it say what is a day, how many lie between two, and where a list goes on.
[[operations]]
include-operation-id = [
    "reports_order_history", "reports_sales_by_item", "reports_sales_by_origin",
    "location_reports_sales_report", "location_reports_sales_table", "location_reports_order_rows",
    "location_reports_order_table", "location_reports_payment_rows", "location_reports_payment_table",
    "location_reports_refund_rows", "location_reports_refund_table",
    "restaurant_reports_sales_report", "restaurant_reports_sales_table", "restaurant_reports_order_rows",
    "restaurant_reports_order_table", "restaurant_reports_payment_rows", "restaurant_reports_payment_table",
    "restaurant_reports_refund_rows", "restaurant_reports_refund_table",
]
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "400", "401", "402", "403", "404", "409", "410", "429", "5xx"]

# A schema does not know what a menu may hold: how long its texts are, what its prices are, and which ids it has.
[[operations]]
include-operation-id = [
    "menu_editing_save_category", "menu_editing_sort_category", "menu_editing_sort", "menu_editing_save_item",
    "menu_editing_change_variant", "menu_editing_change_modifier", "menu_editing_change_option",
    "menu_editing_delete_category", "menu_service_category_availability", "menu_service_variant_availability",
    "menu_service_option_availability", "menu_service_stock", "menu_keeping_make", "menu_keeping_change",
    "menu_keeping_copy", "menu_batch_items", "restaurant_menus_item_availability", "menu_editing_delete_item",
    "menu_editing_delete_variant", "menu_editing_delete_modifier", "menu_editing_delete_option",
    "menu_keeping_archive", "menu_keeping_restore",
    "menu_drafts_discard", "menu_drafts_publish", "menu_drafts_withdraw", "menu_drafts_undo", "menu_drafts_history",
    "menu_schedules_live", "menu_schedules_draft", "menu_draft_editing_change", "menu_draft_editing_save_category",
    "menu_draft_editing_sort_category", "menu_draft_editing_sort", "menu_draft_editing_delete_category",
    "menu_draft_editing_save_item", "menu_draft_editing_delete_item", "menu_draft_editing_change_variant",
    "menu_draft_editing_delete_variant", "menu_draft_editing_change_modifier", "menu_draft_editing_delete_modifier",
    "menu_draft_editing_change_option", "menu_draft_editing_delete_option", "menu_draft_editing_batch",
]
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "400", "401", "403", "404", "409", "412", "429", "5xx"]

# A schema does not know which sections and codes a location has, which ranges and spans of days are too long, which
# colours a phone tells apart, what a cursor is, and which version a caller saw.
[[operations]]
include-operation-id = [
    "campaigns_create", "campaigns_listed", "campaigns_change", "campaigns_delete", "origins_create_range",
    "origins_change_style", "origins_change", "origins_delete", "origins_move_code", "origins_scans",
    "origins_send_link",
]
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "400", "401", "403", "404", "409", "412", "429", "5xx"]

# No schema says where a webhook may go, and what a cursor holds.
[[operations]]
include-operation-id = ["webhooks_create", "webhooks_change", "webhooks_deliveries", "webhooks_events"]
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "400", "401", "403", "404", "409", "412", "429", "5xx"]

# A schema does not know which times, dates, weekdays, phones and addresses can be read, nor whose ids the path names.
[[operations]]
include-operation-id = [
    "location_settings_change", "location_settings_change_details", "location_settings_change_payment",
    "location_settings_change_activity", "location_settings_change_pace", "location_settings_change_acceptance",
    "location_settings_change_ageing",
    "restaurant_create_location", "restaurant_change_details", "hours_change",
    "hours_change_special_days", "hours_put_special_day", "hours_delete_special_day", "hours_change_pace_schedule",
    "stations_change", "stations_delete", "printers_change",
]
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "400", "401", "403", "404", "409", "412", "429", "5xx"]

# No schema says what is a picture; and this host keeps none, and says so (503).
[[operations]]
include-operation-id = ["files_upload_logo", "files_upload", "files_begin_upload", "files_finish_upload"]
[operations.checks.not_a_server_error]
expected-statuses = ["2xx", "4xx", "503"]
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "400", "401", "403", "404", "409", "413", "429", "503"]

# One of two addresses must be there, and null is none: existing clients send either.
[[operations]]
include-operation-id = "users_create_user"
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "400", "401", "403", "429", "5xx"]

# A schema does not know the menu: dishes that are on none are answered with 400 (CART_INVALID). Any other 400 of a
# cart that the schema allows is a failure of the check in the hooks.
[[operations]]
include-operation-id = ["order_app_preview_order", "pos_restaurant_order"]
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "400", "401", "402", "403", "404", "409", "410", "429", "5xx"]
"""


@pytest.fixture(scope="module")
def app(
    mongo_uri: str, web_pubsub: str, gateway: StandIn, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    load_app(PROJECT, {})
    with served(mongo_uri, web_pubsub, gateway, tmp_path_factory.mktemp("schemathesis")) as running:
        yield running


def run(app: Served, folder: Path, *options: str, seed: int, seconds: float, document: Path | None = None) -> Done:
    """What Schemathesis says of the app, by the app's own document or by another."""
    settings = folder / "schemathesis.toml"
    settings.write_text(SETTINGS.format(token=app.bearer.removeprefix("Bearer ")))
    where = [f"{app.base}openapi.json"] if document is None else [str(document), "--url", app.base]
    return subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(settings)),
            *("run", *where, "--checks", "all", "--seed", str(seed)),
            *("--no-color", "--generation-database", "none", *options),
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def holds(app: Served, done: Done, routes: int, phases: Sequence[str] = PHASES) -> None:
    """Fail with the report where it found anything, or left anything out."""
    assert done.returncode == 0, f"{done.stdout[-20_000:]}{done.stderr[-2000:]}"
    assert f"Tested: {routes}\n" in done.stdout, done.stdout
    assert [f"✅ {phase}\n" in done.stdout for phase in phases] == [True] * len(phases), done.stdout
    assert "unexpected:" not in app.host.output


def described_names() -> list[str]:
    """All routes but the document's own."""
    operations = (one for path in openapi.document()["paths"].values() for one in path.values())
    return sorted(one["operationId"] for one in operations)


def only(names: Iterable[str]) -> Iterator[str]:
    """The options that leave all other routes out."""
    for name in names:
        yield from ("--include-operation-id", name)


def test_some_routes_keep_what_the_document_says(app: Served, tmp_path: Path) -> None:
    """In each run other ones, as the seed says; what is sent to each is always the same."""
    some = described_names()[told_seed() % TURNS :: TURNS]
    alone = ("--phases", ",".join(ALONE).lower())
    done = run(app, tmp_path, "--max-examples", "3", *alone, *only(some), seed=QUICK_SEED, seconds=QUICK_SECONDS)
    holds(app, done, len(some), ALONE)


@pytest.mark.long
def test_the_app_keeps_what_the_document_says(app: Served, tmp_path: Path) -> None:
    done = run(app, tmp_path, "--max-examples", "6", seed=QUICK_SEED, seconds=QUICK_SECONDS)
    assert len(described_names()) == len(ROUTES) - 1
    holds(app, done, len(ROUTES) - 1)


@pytest.mark.long
def test_the_app_keeps_it_for_minutes(app: Served, tmp_path: Path) -> None:
    # The report says the seed.
    holds(app, run(app, tmp_path, "--max-time", "300", seed=secrets.randbelow(2**31), seconds=1800), len(ROUTES) - 1)


def test_a_document_that_does_not_fit_is_found_out(app: Served, tmp_path: Path) -> None:
    described = openapi.document()
    paths, schemas = described["paths"], described["components"]["schemas"]
    del paths["/order-app/restaurants/{restaurantId}"]["get"]["responses"]["404"]
    del schemas["Alive"]["properties"]["status"]["const"]
    schemas["Alive"]["properties"]["status"]["type"] = "integer"
    schemas["PlacementRequest"]["properties"]["previewOrderId"] = {"type": "integer"}
    asked = ("order_app_restaurant", "health_live", "payments_place_order_without_payment")
    said = does_not_hold(app, tmp_path, described, *asked)
    for found in ("Undocumented status code", "Response violates schema", "Schema-valid request rejected"):
        assert found in said, said


@pytest.mark.long
def test_a_cart_that_the_document_allows_and_the_app_does_not_is_found_out(app: Served, tmp_path: Path) -> None:
    described = openapi.document()
    described["components"]["schemas"]["CartItem"]["properties"]["quantity"]["maximum"] = 1000
    said = does_not_hold(app, tmp_path, described, "order_app_preview_order")
    assert "a valid cart was refused with INVALID_REQUEST" in said, said


def does_not_hold(app: Served, folder: Path, described: dict[str, Any], *names: str) -> str:
    """What Schemathesis says of some operations of a document that the app does not keep."""
    document = folder / "openapi.json"
    document.write_text(json.dumps(described))
    done = run(
        app, folder, *only(names), "--phases", "coverage", seed=QUICK_SEED, seconds=QUICK_SECONDS, document=document
    )
    assert done.returncode == 1
    return done.stdout
