"""Who may call is said whole, or the app does not start; and what each role may do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import azure.durable_functions as df
import pytest
from pydantic import BaseModel, Field, RootModel

from shared.app import App
from shared.domain.roles import LADDER, Membership
from shared.errors import ORDER_NOT_FOUND
from shared.web.access import (
    Allow,
    anyone,
    by_kind,
    in_body,
    in_path,
    oneself,
    signed_in,
    staff_of,
    staff_through,
    this_printer,
)
from shared.web.call import Probe
from shared.web.endpoint import Call, endpoint
from shared.web.routes import RouteTable

PATH, LOCATION_TOO = staff_of(in_path("restaurantId"), least="kitchen"), in_path("locationId")
BODY = staff_of(in_body("restaurantId"), least="kitchen")
BODY_LOCATION = staff_of(in_body("restaurantId"), in_body("locationId"), least="kitchen")
THERE = "things/{restaurantId}"


class OfRestaurant(BaseModel):
    """A body that names a restaurant."""

    restaurant_id: str = Field(alias="restaurantId")


class OfLocation(OfRestaurant):
    """A body that names a location, too."""

    location_id: str = Field(alias="locationId")


class Perhaps(BaseModel):
    """A body that may leave it out."""

    restaurant_id: str = Field("", alias="restaurantId")


class Listed(BaseModel):
    """A body that names many."""

    restaurant_id: list[str] = Field(alias="restaurantId")


class Open(BaseModel):
    """A kind for everyone."""

    kind: Literal["open"]


class Closed(OfLocation):
    """Two kinds for staff."""

    kind: Literal["closed", "shut"]


class Feed(RootModel[Open | Closed]):
    """A body of several kinds."""


async def nothing(call: Call[None]) -> None: ...


async def asked(call: Call[None, OfLocation]) -> None: ...


async def restaurant(call: Call[OfRestaurant]) -> None: ...


async def location(call: Call[OfLocation]) -> None: ...


async def perhaps(call: Call[Perhaps]) -> None: ...


async def listed(call: Call[Listed]) -> None: ...


async def feed(call: Call[Feed]) -> None: ...


async def probe(call: Probe) -> None: ...


async def found_nowhere(_app: App, _document: str) -> None:
    """Nothing is anywhere."""


def declared(path: str, handler: Callable[[Any], Any], allow: Allow) -> RouteTable:
    table = RouteTable()
    endpoint(df.Blueprint(), "POST", path, allow=allow, table=table)(handler)
    return table


@pytest.mark.parametrize(
    ("path", "handler", "allow"),
    [
        (THERE, nothing, PATH),
        (THERE + "/{locationId}", nothing, staff_of(in_path("restaurantId"), LOCATION_TOO, least="owner")),
        ("things", restaurant, BODY),
        ("things", location, BODY_LOCATION),
        (THERE, feed, anyone),
        ("things", feed, by_kind({"open": anyone, "closed": BODY_LOCATION, "shut": BODY_LOCATION})),
    ],
)
def test_a_rule_that_fits_its_route_is_taken(path: str, handler: Callable[[Any], Any], allow: Allow) -> None:
    assert len(declared(path, handler, allow)) == 1


@pytest.mark.parametrize(
    ("path", "handler", "allow", "why"),
    [
        # Nobody could say whose staff it is: until now any staff of any restaurant were let in.
        ("things", nothing, PATH, "no required text restaurantId in the path"),
        ("things/{rid}", nothing, PATH, "no required text restaurantId in the path"),
        ("things", nothing, BODY, "no required text restaurantId in the body"),
        ("things", perhaps, BODY, "no required text restaurantId in the body"),
        ("things", listed, BODY, "no required text restaurantId in the body"),
        (THERE, nothing, staff_of(in_path("restaurantId"), LOCATION_TOO, least="owner"), "no required text locationId"),
        ("things/{shop}", nothing, staff_of(in_path("shop"), least="owner"), "shop is not what requests call a"),
        (THERE, nothing, staff_of(in_path("restaurantId"), in_path("restaurantId"), least="owner"), "is not what"),
        # A foreign restaurant or location would pass unseen.
        (THERE + "/{locationId}", nothing, PATH, "nobody would look at locationId in the path"),
        (THERE, restaurant, BODY, "nobody would look at restaurantId in the path"),
        (THERE, restaurant, PATH, "nobody would look at restaurantId in the body"),
        ("things", location, BODY, "nobody would look at locationId in the body"),
        (THERE, asked, PATH, "nobody would look at restaurantId in the query"),
        # Kinds that nobody spoke of.
        ("things", feed, by_kind({"open": anyone, "closed": BODY_LOCATION}), "the body's kinds are"),
        ("things", feed, by_kind({"open": anyone, "closed": BODY_LOCATION, "gone": anyone}), "the body's kinds are"),
        ("things", feed, by_kind({"open": BODY, "closed": BODY_LOCATION, "shut": BODY_LOCATION}), "no required text"),
        ("things", feed, by_kind({"open": anyone, "closed": BODY, "shut": BODY_LOCATION}), "nobody would look at"),
        ("things", restaurant, by_kind({"open": anyone}), "the body's kinds are"),
        ("things", nothing, by_kind({"open": anyone}), "the body's kinds are"),
        ("things", feed, BODY_LOCATION, "no required text restaurantId in the body"),
        (THERE, probe, PATH, "cannot know who calls"),
    ],
)
def test_a_staff_route_that_does_not_say_whose_staff_may_call_is_refused_at_import(
    path: str, handler: Callable[[Any], Any], allow: Allow, why: str
) -> None:
    with pytest.raises(TypeError, match=why):
        declared(path, handler, allow)


PRINTER = this_printer(in_path("printerId"), in_path("secret"))


def test_a_printer_shows_its_id_and_its_secret_in_the_path_and_names_no_place() -> None:
    assert len(declared("printing/{printerId}/{secret}", nothing, PRINTER)) == 1
    for path, why in (
        ("printing/{printerId}", "shows its secret in the path"),
        ("printing/{secret}", "shows its printerId in the path"),
        ("printing/{restaurantId}/{printerId}/{secret}", "nobody would look at restaurantId"),
    ):
        with pytest.raises(TypeError, match=why):
            declared(path, nothing, PRINTER)
    with pytest.raises(TypeError, match="shows its secret in the path"):
        declared("printing/{printerId}/{secret}", nothing, this_printer(in_path("printerId"), in_body("secret")))


def test_a_rule_for_staff_cannot_be_made_by_halves() -> None:
    unchecked: Any = staff_of
    for given in ({}, {"least": "owner"}, {"restaurant": in_path("restaurantId")}):
        with pytest.raises(TypeError):
            unchecked(**given)


@pytest.mark.parametrize(
    ("path", "handler", "allow"),
    [
        ("people/{userId}", nothing, oneself(in_path("userId"))),
        ("me", nothing, signed_in),
        (THERE + "/{locationId}", nothing, staff_of(in_path("restaurantId"), least="owner", ignoring=LOCATION_TOO)),
        ("orders/{orderId}", nothing, staff_through(found_nowhere, in_path("orderId"), ORDER_NOT_FOUND, least="owner")),
    ],
)
def test_other_ways_to_say_who_may_call_are_taken(path: str, handler: Callable[[Any], Any], allow: Allow) -> None:
    assert len(declared(path, handler, allow)) == 1


@pytest.mark.parametrize(
    ("path", "handler", "allow", "why"),
    [
        ("people/{personId}", nothing, oneself(in_path("userId")), "no required text userId in the path"),
        (THERE, nothing, signed_in, "nobody would look at restaurantId in the path"),
        (THERE, nothing, staff_of(in_path("restaurantId"), least="owner", ignoring=LOCATION_TOO), "to be ignored"),
        (
            THERE + "/{locationId}",
            nothing,
            staff_of(in_path("restaurantId"), LOCATION_TOO, least="owner", anywhere=True),
            "not both",
        ),
        (
            "orders",
            nothing,
            staff_through(found_nowhere, in_path("orderId"), ORDER_NOT_FOUND, least="owner"),
            "orderId",
        ),
        (
            "orders/{orderId}",
            location,
            staff_through(found_nowhere, in_path("orderId"), ORDER_NOT_FOUND, least="owner"),
            "nobody would look at restaurantId in the body",
        ),
    ],
)
def test_other_ways_that_do_not_fit_are_refused_at_import(
    path: str, handler: Callable[[Any], Any], allow: Allow, why: str
) -> None:
    with pytest.raises(TypeError, match=why):
        declared(path, handler, allow)


def test_each_role_may_do_what_stands_below_it() -> None:
    for place, role in enumerate(LADDER):
        assert [Membership(role).may(least) for least in LADDER] == [n <= place for n in range(4)]


def test_who_belongs_to_some_locations_reaches_no_other() -> None:
    some = Membership("owner", frozenset({"a", "b"}))
    assert [some.reaches(location) for location in ("a", "b", "c")] == [True, True, False]
    assert Membership("owner").reaches("c")
