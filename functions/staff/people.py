"""The people of a restaurant, and one's own account (contract 17, 18, 56)."""

from __future__ import annotations

from typing import Any

import azure.durable_functions as df

from shared.api import people as api
from shared.services.staff import invitations, leaving, people, restaurants
from shared.services.staff.people import By
from shared.web.access import in_path, oneself, signed_in, staff_of
from shared.web.endpoint import Call, Data, Reply, endpoint

bp = df.Blueprint()

_OWNER = staff_of(in_path("restaurantId"), least="owner")
_PEOPLE = "restaurant/{restaurantId}/people"


def _by(call: Call[Any]) -> By:
    return By(call.person, call.request_id)


@endpoint(bp, "GET", "restaurant/{userId}", allow=oneself(in_path("userId")))
async def my_restaurants(call: Call[None]) -> Data[list[api.MyRestaurant]]:
    """The restaurants to which one belongs; none is an empty list (contract 17)."""
    return Data(data=await restaurants.of_person(call.app, call.person.user_id))


@endpoint(
    bp,
    "POST",
    "restaurant/create/{userId}",
    allow=oneself(in_path("userId")),
    status=201,
    errors=restaurants.CREATE_REFUSALS,
)
async def create_restaurant(call: Call[None]) -> Data[api.Created]:
    """A new restaurant, of which one is the owner; five a day at most (contract 18)."""
    return Data(data=await restaurants.create(call.app, _by(call)))


@endpoint(bp, "POST", "users/delete-user", allow=signed_in, media=["text/plain"], errors=leaving.REFUSALS)
async def delete_user(call: Call[api.DeleteUser]) -> Reply[bytes]:
    """End one's account, or somebody's work in one's restaurants; the account goes where none is left (contract 56)."""
    await leaving.delete_user(call.app, call.body.user_id, _by(call))
    return Reply(b"User deleted", headers={"content-type": "text/plain"})


@endpoint(bp, "GET", _PEOPLE, allow=_OWNER)
async def of_restaurant(call: Call[None]) -> Data[api.People]:
    """Who works in a restaurant, the owners first, and who is invited to."""
    return Data(data=await people.of_restaurant(call.app, call.path["restaurantId"], call.person))


@endpoint(bp, "PATCH", _PEOPLE + "/{personId}", allow=_OWNER, errors=people.CHANGE_REFUSALS)
async def change(call: Call[api.ChangePerson]) -> Data[api.Person]:
    """Change what a person may do; the last owner stays one."""
    path = call.path
    return Data(data=await people.change(call.app, path["restaurantId"], path["personId"], call.body, _by(call)))


@endpoint(bp, "DELETE", _PEOPLE + "/{personId}", allow=_OWNER, errors=people.REMOVE_REFUSALS)
async def remove(call: Call[None]) -> Data[bool]:
    """End a person's work in a restaurant, and what it has on its screens; the last owner stays."""
    await people.remove(call.app, call.path["restaurantId"], call.path["personId"], _by(call))
    return Data(data=True)


@endpoint(bp, "POST", _PEOPLE + "/invitations", allow=_OWNER, status=201, errors=invitations.INVITE_REFUSALS)
async def invite(call: Call[api.Invite]) -> Data[api.Invited]:
    """Invite somebody for 24 hours; the answer holds the link that takes the invitation."""
    return Data(data=await invitations.invite(call.app, call.path["restaurantId"], call.body, _by(call)))


@endpoint(bp, "DELETE", _PEOPLE + "/invitations/{invitationId}", allow=_OWNER, errors=invitations.REVOKE_REFUSALS)
async def revoke_invitation(call: Call[None]) -> Data[bool]:
    """Take an invitation back."""
    await invitations.revoke(call.app, call.path["restaurantId"], call.path["invitationId"], _by(call))
    return Data(data=True)


@endpoint(bp, "POST", "people/invitations/take", allow=signed_in, errors=invitations.TAKE_REFUSALS)
async def take_invitation(call: Call[api.TakeInvitation]) -> Data[api.Joined]:
    """Take an invitation, once, signed in with its address; nobody becomes less by it."""
    return Data(data=await invitations.take(call.app, call.body.token, _by(call)))
