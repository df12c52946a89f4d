"""A restaurant and its locations, for its own people (contract 19, 20, 30, 31)."""

from __future__ import annotations

import azure.durable_functions as df

from shared.api import places as api
from shared.api.location_settings import NewLocation
from shared.services.places import locations, restaurants
from shared.web.access import in_path, staff_of
from shared.web.endpoint import Call, Data, endpoint

bp = df.Blueprint()

_DETAILS = "restaurant/restaurants/{restaurantId}/locationId/{locationId}"


@endpoint(
    bp,
    "GET",
    "restaurant/restaurants/{restaurantId}/locations",
    allow=staff_of(in_path("restaurantId"), least="kitchen", anywhere=True),
)
async def locations_of_person(call: Call[None]) -> Data[list[api.StaffLocation]]:
    """The restaurant's locations that the caller belongs to (contract 19)."""
    return Data(data=await locations.of_person(call.app, call.person, call.path["restaurantId"]))


@endpoint(
    bp,
    "POST",
    "restaurant/{restaurantId}/location/create",
    allow=staff_of(in_path("restaurantId"), least="owner"),
    status=201,
    errors=locations.CREATE_REFUSALS,
)
async def create_location(call: Call[NewLocation]) -> Data[api.CreatedLocation]:
    """Make a location with the defaults, but for what is sent; it takes no payment and is closed until it has hours
    (contract 20)."""
    restaurant_id = call.path["restaurantId"]
    actor = call.staff.actor_in(restaurant_id)
    return Data(data=await locations.create(call.app, actor, restaurant_id, call.body, request_id=call.request_id))


@endpoint(
    bp,
    "GET",
    _DETAILS + "/restaurantDetails",
    allow=staff_of(in_path("restaurantId"), least="kitchen", anywhere=True, ignoring=in_path("locationId")),
    errors=restaurants.REFUSALS,
)
async def details(call: Call[None]) -> Data[api.RestaurantDetails]:
    """What the restaurant says of itself; the location in the path says nothing (contract 30)."""
    return Data(data=await restaurants.details(call.app, call.path["restaurantId"]))


@endpoint(
    bp,
    "PATCH",
    _DETAILS + "/update-restaurantDetails",
    allow=staff_of(in_path("restaurantId"), least="manager", ignoring=in_path("locationId")),
    errors=restaurants.CHANGE_REFUSALS,
)
async def change_details(call: Call[api.RestaurantChange]) -> Data[bool]:
    """Change what the restaurant says of itself; the location in the path says nothing (contract 31)."""
    restaurant_id = call.path["restaurantId"]
    actor = call.staff.actor_in(restaurant_id)
    await restaurants.change(call.app, actor, restaurant_id, call.body, request_id=call.request_id)
    return Data(data=True)
