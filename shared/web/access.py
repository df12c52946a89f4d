"""Who may call a route: a value that every route gives, and that cannot be given by halves.

    allow=anyone
    allow=staff_of(in_path("restaurantId"), in_path("locationId"), least="kitchen")
    allow=by_kind({"order": anyone, "location": staff_of(in_body("restaurantId"), least="kitchen")})

A staff route says where its restaurant comes from, and its location where the request names one. `check` holds the
value against the route when the route is declared. What does not fit is refused there, at import: a place that the
route does not have, a restaurant or a location in the request that nobody would look at, a kind that is not spoken of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, get_args

from pydantic import BaseModel, RootModel
from pydantic.fields import FieldInfo

from shared.errors import FORBIDDEN, Problem
from shared.web.signing_in import Role, Staff, unauthenticated

RESTAURANT, LOCATION = "restaurantId", "locationId"
"""The names under which every request names a restaurant and a location."""


@dataclass(frozen=True, slots=True)
class Named:
    """What a request consists of, for `Allow.check`: the names in its path, and the models of its body and query."""

    path: Sequence[str]
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None


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
    def reads_body(self) -> bool:
        """Whether the body decides."""
        ...

    def check(self, named: Named) -> None:
        """Raises TypeError where this says too little, or the wrong thing, of such requests."""
        ...

    def admit(self, person: Staff | None, path: Mapping[str, str], body: Any) -> None:
        """Let this person in. Raises Problem UNAUTHENTICATED or FORBIDDEN."""
        ...


@dataclass(frozen=True, slots=True)
class Anyone:
    """The route is open; a bearer is not even looked at."""

    public = True
    reads_bearer = False
    reads_body = False

    def check(self, named: Named) -> None:
        """Everything is open to everyone."""

    def admit(self, person: Staff | None, path: Mapping[str, str], body: Any) -> None:
        """Whoever it is."""


anyone = Anyone()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request names a restaurant or a location."""

    part: Literal["path", "body"]
    name: str

    def of(self, path: Mapping[str, str], body: Any) -> str:
        """What this request names there."""
        value = path[self.name] if self.part == "path" else getattr(body, _attribute(type(body), self.name))
        return str(value)


def in_path(name: str) -> Place:
    """The parameter `name` of the route's path."""
    return Place("path", name)


def in_body(name: str) -> Place:
    """The field `name` of the body, as clients write it. It must be a required text."""
    return Place("body", name)


@dataclass(frozen=True, slots=True)
class StaffOf:
    """Only staff of the restaurant, and of the location where the request names one, with the role `least` or more."""

    restaurant: Place
    location: Place | None
    least: Role

    public = False
    reads_bearer = True

    @property
    def reads_body(self) -> bool:
        return any(place.part == "body" for place in self._places())

    def check(self, named: Named) -> None:
        for place, name in zip(self._places(), (RESTAURANT, LOCATION), strict=False):
            if place.name != name:
                raise TypeError(f"{place.name} is not what requests call a {name}")
            if not _has(named, place):
                raise TypeError(f"there is no required text {place.name} in the {place.part}")
        for part, name in _named(named):
            if not any((place.part, place.name) == (part, name) for place in self._places()):
                raise TypeError(f"nobody would look at {name} in the {part}: say that it is whose staff may call")

    def admit(self, person: Staff | None, path: Mapping[str, str], body: Any) -> None:
        if person is None:
            raise unauthenticated()
        location = None if self.location is None else self.location.of(path, body)
        if not person.may(self.least, self.restaurant.of(path, body), location):
            raise Problem(FORBIDDEN)

    def _places(self) -> list[Place]:
        return [self.restaurant] if self.location is None else [self.restaurant, self.location]


def staff_of(restaurant: Place, location: Place | None = None, *, least: Role) -> StaffOf:
    """Only staff of the restaurant that the request names there, and of its location, with the role `least` or more."""
    return StaffOf(restaurant, location, least)


@dataclass(frozen=True, slots=True)
class ByKind:
    """The body's `kind` decides. A bearer that is sent must be a good one, whatever the kind."""

    rules: Mapping[str, Anyone | StaffOf]

    reads_bearer = True
    reads_body = True

    @property
    def public(self) -> bool:
        return any(rule.public for rule in self.rules.values())

    def check(self, named: Named) -> None:
        kinds = dict(_kinds(named.body))
        if kinds.keys() != self.rules.keys():
            raise TypeError(f"the body's kinds are {sorted(kinds)}, and rules are given for {sorted(self.rules)}")
        for kind, rule in self.rules.items():
            rule.check(Named(named.path, kinds[kind], named.query))

    def admit(self, person: Staff | None, path: Mapping[str, str], body: Any) -> None:
        self.rules[body.root.kind].admit(person, path, body.root)


def by_kind(rules: Mapping[str, Anyone | StaffOf]) -> ByKind:
    """For a body of several kinds: who may send which."""
    return ByKind(dict(rules))


def _named(named: Named) -> Iterator[tuple[str, str]]:
    """Where such a request names a restaurant or a location."""
    for name in (RESTAURANT, LOCATION):
        if name in named.path:
            yield "path", name
        if _field(named.body, name) is not None:
            yield "body", name
        if _field(named.query, name) is not None:
            yield "query", name


def _has(named: Named, place: Place) -> bool:
    if place.part == "path":
        return place.name in named.path
    found = _field(named.body, place.name)
    return found is not None and found.is_required() and found.annotation is str


def _field(model: type[BaseModel] | None, name: str) -> FieldInfo | None:
    """The field that clients write as `name`."""
    fields = model.model_fields if model is not None else {}
    return next((field for key, field in fields.items() if (field.alias or key) == name), None)


def _attribute(model: type[BaseModel], name: str) -> str:
    return next(key for key, field in model.model_fields.items() if (field.alias or key) == name)


def _kinds(body: type[BaseModel] | None) -> Iterator[tuple[str, type[BaseModel]]]:
    """The kinds of a body, and the model of each."""
    if body is None or not issubclass(body, RootModel):
        return
    root = body.model_fields["root"]
    for member in get_args(root.annotation) or (root.annotation,):
        for kind in get_args(member.model_fields["kind"].annotation):
            yield kind, member
