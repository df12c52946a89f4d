"""Who may call a route: a value that every route gives, and that cannot be given by halves.

    allow=anyone
    allow=signed_in
    allow=oneself(in_path("userId"))
    allow=this_device
    allow=staff_here(least="kitchen", devices="any")
    allow=staff_of(in_body("restaurantId"), in_body("locationId"), least="manager")
    allow=staff_through(moving.place_of, in_body("orderId"), ORDER_NOT_FOUND, least="kitchen")
    allow=this_printer(in_path("printerId"), in_path("secret"))
    allow=by_kind({"order": anyone, "location": staff_of(in_body("restaurantId"), least="kitchen")})

A staff route says where its restaurant comes from, and its location where the request names one. `check` holds the
value against the route when the route is declared. What does not fit is refused there, at import: a place that the
route does not have, a restaurant or a location in the request that nobody would look at, a kind that is not spoken of.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from shared.app import App
from shared.domain.roles import Caller, Device, Person, Role
from shared.errors import FORBIDDEN, TOO_MANY_REQUESTS, UNAUTHENTICATED, ErrorCode, Problem
from shared.services.printing import doors
from shared.services.staff import admitting
from shared.services.staff.admitting import Devices, Wanted
from shared.web.client_address import client_address
from shared.web.named import (
    LOCATION,
    RESTAURANT,
    USER,
    Asked,
    Named,
    Place,
    has,
    in_body,
    in_path,
    kinds,
    nothing_unseen,
)

__all__ = [
    "Allow",
    "Anyone",
    "ByKind",
    "SignedIn",
    "StaffOf",
    "StaffThrough",
    "ThisDevice",
    "ThisPrinter",
    "anyone",
    "by_kind",
    "in_body",
    "in_path",
    "oneself",
    "signed_in",
    "staff_here",
    "staff_of",
    "staff_through",
    "this_device",
    "this_printer",
    "unauthenticated",
]


def unauthenticated(message: str | None = None) -> Problem:
    """The answer to whoever must sign in first. `message`: what clients of the sign-in service read of a 401."""
    return Problem(UNAUTHENTICATED, message, headers={"www-authenticate": "Bearer"})


class Allow(Protocol):
    """Who may call."""

    @property
    def public(self) -> bool:
        """Whether some requests are answered without a bearer."""
        ...

    @property
    def reads_bearer(self) -> bool:
        """Whether a bearer that is sent must be a good one."""
        ...

    @property
    def refusals(self) -> tuple[ErrorCode, ...]:
        """What it may refuse with."""
        ...

    @property
    def reads_body(self) -> bool:
        """Whether the body decides."""
        ...

    def check(self, named: Named) -> None:
        """Raises TypeError where this says too little, or the wrong thing, of such requests."""
        ...

    async def admit(self, asked: Asked) -> Caller | None:
        """Let the caller in, as it is known now. Raises Problem (`refusals`)."""
        ...


@dataclass(frozen=True, slots=True)
class Anyone:
    """The route is open; a bearer is not even looked at."""

    public = True
    reads_bearer = False
    reads_body = False
    refusals: tuple[ErrorCode, ...] = ()

    def check(self, named: Named) -> None:
        """Everything is open to everyone."""

    async def admit(self, asked: Asked) -> Caller | None:
        """Whoever it is."""
        return asked.caller


anyone = Anyone()

_REFUSALS = (UNAUTHENTICATED, *admitting.REFUSALS)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Any person who is signed in. `only`: only the one whose id stands there."""

    only: Place | None = None

    public = False
    reads_bearer = True
    refusals = (UNAUTHENTICATED, FORBIDDEN)

    @property
    def reads_body(self) -> bool:
        return self.only is not None and self.only.part == "body"

    def check(self, named: Named) -> None:
        if self.only is not None and (self.only.name != USER or not has(named, self.only)):
            raise TypeError(f"there is no required text {USER} in the {self.only.part}")
        nothing_unseen(named, [] if self.only is None else [self.only])

    async def admit(self, asked: Asked) -> Caller | None:
        if asked.caller is None:
            raise unauthenticated()
        if not isinstance(asked.caller, Person):
            raise Problem(FORBIDDEN)
        if self.only is not None and self.only.of(asked.path, asked.body) != asked.caller.user_id:
            raise Problem(FORBIDDEN)
        return asked.caller


signed_in = SignedIn()


def oneself(user: Place) -> SignedIn:
    """Only the person whose id the request names there."""
    return SignedIn(user)


@dataclass(frozen=True, slots=True)
class ThisDevice:
    """Only a device, for what is about itself."""

    public = False
    reads_bearer = True
    reads_body = False
    refusals = (UNAUTHENTICATED, FORBIDDEN)

    def check(self, named: Named) -> None:
        nothing_unseen(named, [])

    async def admit(self, asked: Asked) -> Caller | None:
        if asked.caller is None:
            raise unauthenticated()
        if not isinstance(asked.caller, Device):
            raise Problem(FORBIDDEN)
        return asked.caller


this_device = ThisDevice()


@dataclass(frozen=True, slots=True)
class StaffOf:
    """Only staff of the restaurant, and of the location where the request names one, with the role `least` or more.

    `anywhere`: the request names no location, and whoever belongs to one of them may; else only who belongs to all.
    `ignored`: a location that the request names and that says nothing. `echoed`: the body may name both again, and the
    service refuses others than these.
    """

    restaurant: Place
    location: Place | None
    least: Role
    devices: Devices = "none"
    anywhere: bool = False
    ignored: Place | None = None
    echoed: bool = False

    public = False
    reads_bearer = True
    refusals = _REFUSALS

    @property
    def reads_body(self) -> bool:
        return any(place.part == "body" for place in self._places())

    def check(self, named: Named) -> None:
        for place, name in zip(self._places(), (RESTAURANT, LOCATION), strict=False):
            if place.name != name:
                raise TypeError(f"{place.name} is not what requests call a {name}")
            if not has(named, place):
                raise TypeError(f"there is no required text {place.name} in the {place.part}")
        if self.ignored is not None and (self.ignored.name != LOCATION or not has(named, self.ignored)):
            raise TypeError(f"there is no {LOCATION} in the {self.ignored.part} to be ignored")
        if self.location is not None and self.anywhere:
            raise TypeError("whoever belongs to one location may, or who belongs to this one: not both")
        also = [] if self.ignored is None else [self.ignored]
        if self.echoed:
            also += [in_body(RESTAURANT), in_body(LOCATION)]
        nothing_unseen(named, [*self._places(), *also])

    async def admit(self, asked: Asked) -> Caller | None:
        if asked.caller is None:
            raise unauthenticated()
        location = None if self.location is None else self.location.of(asked.path, asked.body)
        restaurant = self.restaurant.of(asked.path, asked.body)
        wanted = Wanted(self.least, restaurant, location, anywhere=self.anywhere, devices=self.devices)
        return await admitting.admit(asked.app, asked.caller, wanted)

    def _places(self) -> list[Place]:
        return [self.restaurant] if self.location is None else [self.restaurant, self.location]


def staff_of(
    restaurant: Place,
    location: Place | None = None,
    *,
    least: Role,
    devices: Devices = "none",
    anywhere: bool = False,
    ignoring: Place | None = None,
    echoed: bool = False,
) -> StaffOf:
    """Only staff of the restaurant that the request names there, and of its location, with the role `least` or more.

    Without a location it is an act on the restaurant itself, for people of all its locations; with `anywhere`, for
    people of any. `devices`: which screens may, too. `ignoring`: a location that the request names for nothing.
    `echoed`: the body may name both again; whoever answers refuses others there.
    """
    return StaffOf(restaurant, location, least, devices, anywhere, ignoring, echoed)


def staff_here(*, least: Role, devices: Devices = "none", echoed: bool = False) -> StaffOf:
    """`staff_of` the restaurant and the location that the path names."""
    return staff_of(in_path(RESTAURANT), in_path(LOCATION), least=least, devices=devices, echoed=echoed)


@dataclass(frozen=True, slots=True)
class ThisPrinter:
    """Only a printer, at its own address: the path holds its id and its secret. It is nobody who is signed in.

    The service looks besides whether it is the device that was the first to ask there.
    """

    printer: Place
    secret: Place

    public = True
    reads_bearer = False
    reads_body = False
    refusals = doors.REFUSALS

    def check(self, named: Named) -> None:
        for place in (self.printer, self.secret):
            if place.part != "path" or not has(named, place):
                raise TypeError(f"a printer shows its {place.name} in the path")
        nothing_unseen(named, [])

    async def admit(self, asked: Asked) -> Caller | None:
        address = client_address(asked.headers.get("x-forwarded-for"), asked.app.settings.proxy_hops)
        await doors.admit(asked.app, self.printer.of(asked.path, None), self.secret.of(asked.path, None), address)
        return None


def this_printer(printer: Place, secret: Place) -> ThisPrinter:
    """Only the printer whose id and secret the path holds there. A wrong one is answered like an unknown address."""
    return ThisPrinter(printer, secret)


Find = Callable[[App, str], Awaitable[tuple[str, str] | None]]
"""The restaurant and the location of a document, by the id that the request names; None where there is none."""


@dataclass(frozen=True, slots=True)
class StaffThrough:
    """Only staff of the location that a document belongs to. A foreign document is answered like an unknown one."""

    find: Find
    document: Place
    missing: ErrorCode
    least: Role
    devices: Devices = "none"

    public = False
    reads_bearer = True

    @property
    def refusals(self) -> tuple[ErrorCode, ...]:
        return UNAUTHENTICATED, FORBIDDEN, TOO_MANY_REQUESTS, self.missing

    @property
    def reads_body(self) -> bool:
        return self.document.part == "body"

    def check(self, named: Named) -> None:
        if not has(named, self.document):
            raise TypeError(f"there is no required text {self.document.name} in the {self.document.part}")
        nothing_unseen(named, [self.document])

    async def admit(self, asked: Asked) -> Caller | None:
        if asked.caller is None:
            raise unauthenticated()
        found = await self.find(asked.app, self.document.of(asked.path, asked.body))
        if found is None:
            raise Problem(self.missing)
        restaurant, location = found
        wanted = Wanted("kitchen", restaurant, location, devices="any")
        try:
            caller = await admitting.admit(asked.app, asked.caller, wanted)
        except Problem as problem:
            raise Problem(self.missing) if problem.code is FORBIDDEN else problem from None
        # The document is theirs to see: now it is said plainly where the role is too low.
        return await admitting.admit(asked.app, caller, Wanted(self.least, restaurant, location, devices=self.devices))


def staff_through(
    find: Find, document: Place, missing: ErrorCode, *, least: Role, devices: Devices = "none"
) -> StaffThrough:
    """Only staff of the location of the document that the request names there, with the role `least` or more.

    `find` tells the document's restaurant and location; `missing` answers for an unknown and for a foreign one alike.
    """
    return StaffThrough(find, document, missing, least, devices)


@dataclass(frozen=True, slots=True)
class ByKind:
    """The body's `kind` decides. A bearer that is sent must be a good one, whatever the kind."""

    rules: Mapping[str, Anyone | StaffOf]
    refusals = _REFUSALS

    reads_bearer = True
    reads_body = True

    @property
    def public(self) -> bool:
        return any(rule.public for rule in self.rules.values())

    def check(self, named: Named) -> None:
        members = dict(kinds(named.body))
        if members.keys() != self.rules.keys():
            raise TypeError(f"the body's kinds are {sorted(members)}, and rules are given for {sorted(self.rules)}")
        for kind, rule in self.rules.items():
            rule.check(Named(named.path, members[kind], named.query))

    async def admit(self, asked: Asked) -> Caller | None:
        kind = asked.body.root
        return await self.rules[kind.kind].admit(replace(asked, body=kind))


def by_kind(rules: Mapping[str, Anyone | StaffOf]) -> ByKind:
    """For a body of several kinds: who may send which."""
    return ByKind(dict(rules))
