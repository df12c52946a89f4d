"""What a request names: the restaurant, the location, the person, and where it says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from pydantic import BaseModel, RootModel
from pydantic.fields import FieldInfo

from shared.app import App
from shared.domain.roles import Caller

RESTAURANT, LOCATION, USER = "restaurantId", "locationId", "userId"
"""The names under which every request names a restaurant, a location and a person."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as `Allow.admit` sees it. `caller`: who is signed in, if anyone. `body`: None until it is read.
    `headers`: {} where nobody may be let in by them."""

    app: App
    caller: Caller | None
    path: Mapping[str, str]
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def named(self, name: str) -> str:
        """What the path, else the body, names so; "" where neither does."""
        if name in self.path:
            return self.path[name]
        body = self.body.root if isinstance(self.body, RootModel) else self.body
        if not isinstance(body, BaseModel):
            return ""
        fields = type(body).model_fields.items()
        return next((str(getattr(body, key)) for key, field in fields if (field.alias or key) == name), "")


@dataclass(frozen=True, slots=True)
class Named:
    """What a request consists of, for `Allow.check`: the names in its path, and the models of its body and query."""

    path: Sequence[str]
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request names a restaurant or a location."""

    part: Literal["path", "body"]
    name: str

    def of(self, path: Mapping[str, str], body: Any) -> str:
        """What this request names there."""
        value = path[self.name] if self.part == "path" else getattr(body, attribute(type(body), self.name))
        return str(value)


def in_path(name: str) -> Place:
    """The parameter `name` of the route's path."""
    return Place("path", name)


def in_body(name: str) -> Place:
    """The field `name` of the body, as clients write it. It must be a required text."""
    return Place("body", name)


def nothing_unseen(named: Named, seen: Sequence[Place]) -> None:
    """Raises TypeError where such a request names a restaurant or a location that nobody would look at."""
    for part, name in _named(named):
        if not any((place.part, place.name) == (part, name) for place in seen):
            raise TypeError(f"nobody would look at {name} in the {part}: say that it is whose staff may call")


def _named(named: Named) -> Iterator[tuple[str, str]]:
    """Where such a request names a restaurant or a location."""
    for name in (RESTAURANT, LOCATION):
        if name in named.path:
            yield "path", name
        if _field(named.body, name) is not None:
            yield "body", name
        if _field(named.query, name) is not None:
            yield "query", name


def has(named: Named, place: Place) -> bool:
    if place.part == "path":
        return place.name in named.path
    found = _field(named.body, place.name)
    return found is not None and found.is_required() and found.annotation is str


def _field(model: type[BaseModel] | None, name: str) -> FieldInfo | None:
    """The field that clients write as `name`."""
    fields = model.model_fields if model is not None else {}
    return next((field for key, field in fields.items() if (field.alias or key) == name), None)


def attribute(model: type[BaseModel], name: str) -> str:
    return next(key for key, field in model.model_fields.items() if (field.alias or key) == name)


def kinds(body: type[BaseModel] | None) -> Iterator[tuple[str, type[BaseModel]]]:
    """The kinds of a body, and the model of each."""
    if body is None or not issubclass(body, RootModel):
        return
    root = body.model_fields["root"]
    for member in get_args(root.annotation) or (root.annotation,):
        for kind in get_args(member.model_fields["kind"].annotation):
            yield kind, member
