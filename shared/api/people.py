"""The people of a restaurant, and those who are invited."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from shared.api.base import Cleaned, Id, Instant, Reply, Request
from shared.api.menu import Restaurant

Role = Literal["kitchen", "service", "manager", "owner"]
"""What a person is in a restaurant. Each may do all that stands before it."""

LocationIds = Annotated[list[Id], Field(min_length=1, max_length=200)]


class Person(Reply):
    """Somebody who works in the restaurant. `email`, `phoneNumber`: "" where there is none. `locationIds` null: all of
    them. `isYou`: it is the caller."""

    person_id: str
    email: str
    phone_number: str
    role: Role
    location_ids: list[str] | None
    is_you: bool


class MyRestaurant(Restaurant):
    """A restaurant to which one belongs, and one's role there."""

    role: Role


class Invitation(Reply):
    """An invitation that can still be taken. `madeBy`: the person's id."""

    invitation_id: str
    address: str
    role: Role
    location_ids: list[str] | None
    made_by: str
    created_at: Instant
    expires_at: Instant


class People(Reply):
    """Who works in a restaurant, and who is invited to."""

    people: list[Person]
    invitations: list[Invitation]


class Invite(Request):
    """Invite somebody. `address`: an e-mail address, or a phone number with its +. `locationIds` null: all of them."""

    address: Annotated[str, Field(max_length=254, pattern=r"^(\+[1-9][0-9]{5,14}|[^@\s]+@[^@\s]+)$"), Cleaned]
    role: Role
    location_ids: LocationIds | None


class Invited(Invitation):
    """A new invitation. `link` leads whom it is for to the page that takes it; it holds the `token`, which is told here
    and never again."""

    link: str
    token: str
    mailed: bool = Field(description="Whether it was sent to the address by mail, too.")


class TakeInvitation(Request):
    """The token of an invitation."""

    token: Annotated[str, Field(min_length=1, max_length=200), Cleaned]


class Joined(Reply):
    """What one may do in the restaurant now."""

    restaurant_id: str
    role: Role
    location_ids: list[str] | None


class ChangePerson(Request):
    """What a person is from now on. What is left out stays as it is; `locationIds` null: all of them."""

    role: Role | None = None
    location_ids: LocationIds | None = None


class CreatedRestaurant(Reply):
    """A new restaurant."""

    id: str = Field(alias="_id")
    name: str
    concept: str
    logo: str
    created_at: str
    updated_at: str


class Created(Reply):
    """The envelope of a new restaurant (contract 18)."""

    restaurant: CreatedRestaurant


class DeleteUser(Request):
    """Whose account is to go (contract 56)."""

    user_id: Id
