"""Rules that every route of the app keeps, and its description."""

from __future__ import annotations

import ast
import inspect
import typing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

import shared.documents
from local.host.app import load_app
from shared import errors
from shared.errors import ORDER_NOT_FOUND
from shared.services.orders import moving
from shared.web import openapi
from shared.web.access import (
    ThisPrinter,
    anyone,
    by_kind,
    in_body,
    in_path,
    oneself,
    signed_in,
    staff_of,
    staff_through,
    this_device,
    this_printer,
)
from shared.web.routes import ROUTES, Route

ROOT = Path(__file__).parents[3]


MENUS_OF_MANAGERS = (
    "menu_editing_save_category",
    "menu_editing_sort_category",
    "menu_editing_sort",
    "menu_editing_delete_category",
    "menu_editing_save_item",
    "menu_editing_delete_item",
    "menu_editing_change_variant",
    "menu_editing_delete_variant",
    "menu_editing_change_modifier",
    "menu_editing_delete_modifier",
    "menu_editing_change_option",
    "menu_editing_delete_option",
    "menu_service_stock",
    "menu_keeping_make",
    "menu_keeping_change",
    "menu_keeping_archive",
    "menu_keeping_restore",
    "menu_keeping_copy",
    "menu_batch_items",
    "menu_drafts_begin",
    "menu_drafts_read",
    "menu_drafts_discard",
    "menu_drafts_changes",
    "menu_drafts_publish",
    "menu_drafts_withdraw",
    "menu_drafts_history",
    "menu_drafts_version",
    "menu_drafts_undo",
    "menu_schedules_live",
    "menu_schedules_draft",
    "menu_draft_editing_change",
    "menu_draft_editing_save_category",
    "menu_draft_editing_sort_category",
    "menu_draft_editing_sort",
    "menu_draft_editing_delete_category",
    "menu_draft_editing_save_item",
    "menu_draft_editing_delete_item",
    "menu_draft_editing_change_variant",
    "menu_draft_editing_delete_variant",
    "menu_draft_editing_change_modifier",
    "menu_draft_editing_delete_modifier",
    "menu_draft_editing_change_option",
    "menu_draft_editing_delete_option",
    "menu_draft_editing_batch",
)


@pytest.fixture(scope="module")
def routes() -> list[Route]:
    """The table, after function_app.py was loaded as in Azure."""
    load_app(ROOT, {})
    return list(ROUTES)


@pytest.fixture(scope="module")
def document(routes: list[Route]) -> dict[str, Any]:
    return openapi.document()


def test_every_route_is_a_function_of_its_own(routes: list[Route]) -> None:
    served = {function.name for function in load_app(ROOT, {}).http}
    doors = {"front_door", "links", "live_events", "login", "mail_events", "text_reply", "text_status"}
    assert served == {route.name for route in routes} | doors


def test_every_route_says_what_it_does(routes: list[Route]) -> None:
    for route in routes:
        assert route.summary.endswith("."), route.name
        assert not inspect.isfunction(getattr(route.handler, "__wrapped__", None)), route.name


def test_who_may_call_which_route(routes: list[Route]) -> None:
    """A new route for staff is a new line here."""
    closed = {route.name: route.allow for route in routes if route.allow is not anyone}
    of_path = staff_of(in_path("restaurantId"), in_path("locationId"), least="kitchen")
    of_restaurant = staff_of(in_path("restaurantId"), least="kitchen")
    of_body = staff_of(in_body("restaurantId"), in_body("locationId"), least="kitchen")
    owner = staff_of(in_path("restaurantId"), least="owner")
    of_order = staff_through(moving.place_of, in_body("orderId"), ORDER_NOT_FOUND, least="kitchen", devices="any")
    assert closed == {
        "location_settings_change_pace": replace(of_path, devices="any"),
        "location_settings_change_ageing": replace(of_path, least="manager"),
        "location_settings_change_acceptance": replace(of_path, least="manager"),
        "location_settings_read": of_path,
        "location_settings_change": replace(of_path, least="manager", echoed=True),
        "location_settings_change_details": replace(of_path, least="manager"),
        "location_settings_change_activity": replace(of_path, least="owner"),
        "location_settings_change_payment": replace(of_path, least="owner"),
        "hours_read": replace(of_path, devices="any"),
        "hours_change": replace(of_path, least="manager"),
        "hours_change_special_days": replace(of_path, least="manager"),
        "hours_put_special_day": replace(of_path, least="manager"),
        "hours_delete_special_day": replace(of_path, least="manager"),
        "hours_pace": replace(of_path, devices="any"),
        "hours_change_pace_schedule": replace(of_path, least="manager"),
        "orders_today": replace(of_path, devices="expo"),
        "orders_one": replace(of_path, devices="expo"),
        "orders_order_status": of_order,
        "orders_recall": replace(of_path, devices="any"),
        "orders_ready": replace(of_path, devices="any"),
        "stations_open_orders": replace(of_path, devices="any"),
        "kitchen_screens_bump": replace(of_path, devices="any"),
        "kitchen_screens_recall": replace(of_path, devices="any"),
        "kitchen_screens_recallable": replace(of_path, devices="any"),
        "kitchen_screens_rush": replace(of_path, devices="any"),
        "kitchen_screens_dismiss": replace(of_path, devices="any"),
        "kitchen_screens_clear": replace(of_path, devices="any"),
        "stations_one_order": replace(of_path, devices="any"),
        "stations_order_item": of_order,
        "campaigns_listed": of_path,
        "campaigns_summary": replace(of_path, least="manager"),
        "campaigns_create": replace(of_path, least="manager"),
        "campaigns_change": replace(of_path, least="manager"),
        "campaigns_delete": replace(of_path, least="manager"),
        "origins_listed": of_path,
        "origins_png": of_path,
        "origins_svg": of_path,
        "origins_scans": replace(of_path, least="manager"),
        "origins_sheet": replace(of_path, least="manager"),
        "origins_create": replace(of_path, least="manager"),
        "origins_create_range": replace(of_path, least="manager"),
        "origins_change": replace(of_path, least="manager"),
        "origins_change_style": replace(of_path, least="manager"),
        "origins_delete": replace(of_path, least="manager"),
        "origins_move_code": replace(of_path, least="manager"),
        "origins_send_link": replace(of_path, least="manager"),
        "people_my_restaurants": oneself(in_path("userId")),
        "people_create_restaurant": oneself(in_path("userId")),
        "people_delete_user": signed_in,
        "people_of_restaurant": owner,
        "people_change": owner,
        "people_remove": owner,
        "people_invite": owner,
        "people_revoke_invitation": owner,
        "people_take_invitation": signed_in,
        "devices_make": replace(of_body, least="manager"),
        "devices_roll": this_device,
        "devices_of_location": replace(of_path, least="manager"),
        "devices_revoke": replace(of_path, least="manager"),
        **{name: replace(of_path, least="manager") for name in MENUS_OF_MANAGERS},
        "pos_restaurant_order": replace(of_body, least="service"),
        "pos_menus": of_path,
        "pos_menu": of_path,
        "printers_add": replace(of_path, least="manager"),
        "printers_listed": of_path,
        "printers_remove": replace(of_path, least="manager"),
        "printers_cloud_listed": of_path,
        "printers_cloud_add": replace(of_path, least="manager"),
        "printers_cloud_change": replace(of_path, least="manager"),
        "printers_give_address": replace(of_path, least="manager"),
        "printers_revoke_address": replace(of_path, least="manager"),
        "printers_jobs_listed": replace(of_path, devices="expo"),
        "printers_print_again": replace(of_path, devices="expo"),
        **dict.fromkeys(
            ("printing_star_poll", "printing_star_fetch", "printing_star_confirm", "printing_epson_call"),
            this_printer(in_path("printerId"), in_path("secret")),
        ),
        "pushes_subscribe": staff_of(in_body("restaurantId"), least="kitchen", anywhere=True),
        "pushes_unsubscribe": signed_in,
        **dict.fromkeys(("pushes_of_screen", "pushes_subscribe_screen", "pushes_unsubscribe_screen"), this_device),
        "refunds_cancel": replace(of_path, least="manager"),
        "refunds_payment": replace(of_path, least="service"),
        "refunds_refund": replace(of_path, least="manager"),
        "reports_order_history": replace(of_path, least="manager"),
        "reports_sales_summary": replace(of_path, least="manager"),
        "reports_sales_by_item": replace(of_path, least="manager"),
        "reports_sales_by_origin": replace(of_path, least="manager"),
        "location_reports_sales_report": replace(of_path, least="manager"),
        "location_reports_sales_table": replace(of_path, least="manager"),
        "location_reports_order_rows": replace(of_path, least="manager"),
        "location_reports_order_table": replace(of_path, least="manager"),
        "location_reports_payment_rows": replace(of_path, least="manager"),
        "location_reports_payment_table": replace(of_path, least="manager"),
        "location_reports_refund_rows": replace(of_path, least="manager"),
        "location_reports_refund_table": replace(of_path, least="manager"),
        "restaurant_reports_sales_report": owner,
        "restaurant_reports_sales_table": owner,
        "restaurant_reports_order_rows": owner,
        "restaurant_reports_order_table": owner,
        "restaurant_reports_payment_rows": owner,
        "restaurant_reports_payment_table": owner,
        "restaurant_reports_refund_rows": owner,
        "restaurant_reports_refund_table": owner,
        "location_reports_today_now": replace(of_path, least="manager"),
        "restaurant_reports_today_now": owner,
        "restaurant_change_details": replace(of_restaurant, least="manager", ignored=in_path("locationId")),
        "files_upload_logo": replace(of_restaurant, least="manager", ignored=in_path("locationId")),
        "files_upload": replace(of_restaurant, least="manager", anywhere=True),
        "files_begin_upload": replace(of_restaurant, least="manager", anywhere=True),
        "files_finish_upload": replace(of_restaurant, least="manager", anywhere=True),
        "restaurant_create_location": replace(of_restaurant, least="owner"),
        "restaurant_details": replace(of_restaurant, anywhere=True, ignored=in_path("locationId")),
        "restaurant_locations_of_person": replace(of_restaurant, anywhere=True),
        "restaurant_menus_item_availability": replace(of_path, devices="any"),
        "menu_service_category_availability": replace(of_path, devices="any"),
        "menu_service_variant_availability": replace(of_path, devices="any"),
        "menu_service_option_availability": replace(of_path, devices="any"),
        "restaurant_menus_menu": replace(of_path, devices="any"),
        "restaurant_menus_menus": replace(of_path, devices="any"),
        "stations_change": replace(of_path, least="manager"),
        "stations_delete": replace(of_path, least="manager"),
        "printers_change": replace(of_path, least="manager"),
        "stations_create": replace(of_body, least="manager"),
        "stations_listed": replace(of_path, devices="any"),
        "screens_listed": replace(of_path, devices="expo"),
        "screens_seen": replace(of_path, devices="any"),
        "attention_advance": replace(of_path, least="manager"),
        "attention_dismiss": replace(of_path, least="manager"),
        "attention_listed": replace(of_path, least="manager"),
        "attention_retry": replace(of_path, least="manager"),
        "attention_void": replace(of_path, least="manager"),
        "trail_page": replace(of_restaurant, least="owner"),
        "trail_table": replace(of_restaurant, least="owner"),
        "users_create_user": signed_in,
        "webhooks_create": owner,
        "webhooks_listed": owner,
        "webhooks_change": owner,
        "webhooks_delete": owner,
        "webhooks_rotate_secret": owner,
        "webhooks_send_test": owner,
        "webhooks_deliveries": owner,
        "webhooks_send_again": owner,
        "webhooks_events": owner,
        "realtime_negotiate": by_kind(
            {
                "order": anyone,
                "menu": anyone,
                "location": replace(of_body, devices="expo"),
                "station": replace(of_body, devices="any"),
            }
        ),
    }


def test_every_reply_is_a_model_of_the_api_and_never_a_document(routes: list[Route]) -> None:
    for route in routes:
        for hint in (route.reply, *route.replies.values()):
            for model in _models(hint, set()):
                assert not model.__module__.startswith(shared.documents.__name__), (route.name, model)
                assert model.__module__.startswith(("shared.api.", "shared.web.", "functions.")), (route.name, model)


def test_only_the_description_itself_has_a_reply_without_a_type(routes: list[Route]) -> None:
    assert [route.name for route in routes if route.reply is Any] == ["api_docs_openapi_json"]
    files = [route.name for route in routes if route.reply is bytes]
    assert files == [route.name for route in routes if route.media != ("application/json",)]


def test_the_catalogue_s_codes_are_unique() -> None:
    codes = [value.code for value in vars(errors).values() if isinstance(value, errors.ErrorCode)]
    assert len(codes) == len(set(codes))


def test_every_route_is_described(routes: list[Route], document: dict[str, Any]) -> None:
    for route in routes:
        operation = document["paths"][f"/{route.path}"][route.method.lower()]
        assert operation["operationId"] == route.name
        assert str(route.status) in operation["responses"]
        assert {p["name"] for p in operation["parameters"] if p["in"] == "path"} == set(route.parameters)
        assert ("requestBody" in operation) == (route.body is not None)
        assert ("security" in operation) == (route.allow is not anyone and not isinstance(route.allow, ThisPrinter))
        for error in route.errors:
            assert error.code in operation["responses"][str(error.status)]["description"]


def test_the_description_says_whom_a_route_is_for(document: dict[str, Any]) -> None:
    invite = document["paths"]["/restaurant/{restaurantId}/people/invitations"]["post"]
    assert invite["description"].endswith("For the role `owner`.")
    assert invite["security"] == [{"staff": []}]
    station = document["paths"]["/stations/{restaurantId}/{locationId}/{stationId}/orders"]["get"]
    assert station["description"].endswith("For the role `kitchen` and those above it, and for paired screens.")
    assert station["security"] == [{"staff": []}, {"device": []}]
    assert document["paths"]["/devices/roll"]["post"]["security"] == [{"device": []}]
    assert document["components"]["securitySchemes"].keys() == {"staff", "device"}


def test_shared_models_are_described_once_with_the_names_that_clients_see(document: dict[str, Any]) -> None:
    preview = document["components"]["schemas"]["Preview"]
    assert "previewOrderId" in preview["properties"]
    assert document["components"]["schemas"]["Error"]["required"][0] == "statusCode"


def test_no_module_of_functions_makes_a_route_without_the_decorator() -> None:
    # The doors beside it: the front door, the sign-in service's own routes, the codes on tables, and what outside
    # services tell.
    doors = ("front_door.py", "links.py", "live_events.py", "login.py", "mail_events.py", "text_events.py")
    files = sorted((ROOT / "functions").rglob("*.py"))
    assert len(files) > 11
    for file in files:
        called = {node.func.attr for node in ast.walk(ast.parse(file.read_text())) if _is_method_call(node)}
        assert "route" not in called or file.name in doors, file.name


def _is_method_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)


def _models(hint: Any, seen: set[type[BaseModel]]) -> set[type[BaseModel]]:
    if isinstance(hint, type) and issubclass(hint, BaseModel) and hint not in seen:
        seen.add(hint)
        for field in hint.model_fields.values():
            _models(field.annotation, seen)
    for argument in typing.get_args(hint):
        _models(argument, seen)
    return seen
