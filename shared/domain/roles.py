"""Who may do what: the ladder of roles, and those who act (rules 11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

Role = Literal["kitchen", "service", "manager", "owner"]
"""What a person is in a restaurant. Each may do all that stands before it."""

LADDER: tuple[Role, ...] = get_args(Role)

DeviceRole = Literal["kitchen", "expo"]
"""What a screen is: `kitchen` shows some stations, `expo` the whole location."""


@dataclass(frozen=True, slots=True)
class Membership:
    """What a person may do in one restaurant. `locations` None: in all locations, and in the restaurant itself."""

    role: Role
    locations: frozenset[str] | None = None

    def may(self, least: Role) -> bool:
        """Whether this is the role `least` or a higher one."""
        return LADDER.index(self.role) >= LADDER.index(least)

    def reaches(self, location_id: str) -> bool:
        """Whether the location is one of this membership's; it must be the restaurant's besides."""
        return self.locations is None or location_id in self.locations


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something, as histories keep it. `id`: a user's or a device's, "" for the diner and the system."""

    kind: Literal["user", "device", "system", "diner"]
    id: str = ""
    role: str = ""

    @property
    def by(self) -> str:
        """The actor in one word: `user:<id>`, `device:<id>`, `system`, `diner`."""
        return f"{self.kind}:{self.id}" if self.id else self.kind


SYSTEM = Actor("system")
DINER = Actor("diner")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in. `memberships` are by restaurant id. `session`: its handle, "" for none."""

    user_id: str
    email: str = ""
    phone: str = ""
    memberships: Mapping[str, Membership] = field(default_factory=dict)
    session: str = ""

    def role_in(self, restaurant_id: str) -> Role | None:
        """This person's role there; None for no member."""
        membership = self.memberships.get(restaurant_id)
        return None if membership is None else membership.role

    def actor_in(self, restaurant_id: str) -> Actor:
        """This person as histories of that restaurant keep it."""
        return Actor("user", self.user_id, self.role_in(restaurant_id) or "")


@dataclass(frozen=True, slots=True)
class Device:
    """A screen of one location that is no person. It shows `station_ids`; `expo` shows the whole location."""

    id: str
    restaurant_id: str
    location_id: str
    role: DeviceRole
    station_ids: frozenset[str] = frozenset()
    name: str = ""

    def role_in(self, restaurant_id: str) -> None:
        """A device stands beside the ladder: it has no person's role."""
        return

    def actor_in(self, restaurant_id: str) -> Actor:
        """This device as histories keep it."""
        return Actor("device", self.id, self.role)


Caller = Person | Device
