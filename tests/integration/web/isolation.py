"""Everyone who must not, at every door: the cases of the isolation walk, made from the route table itself.

A route's `allow` says whom it admits. Each case is a call by somebody, or with an id, that it must refuse. A new route
is walked the day it is written; one whose body nobody wrote an example for fails the walk.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel, RootModel

from shared.domain.roles import LADDER
from shared.errors import FORBIDDEN, NOT_FOUND, UNAUTHENTICATED
from shared.web.access import Anyone, ByKind, SignedIn, StaffOf, StaffThrough, ThisDevice, ThisPrinter
from shared.web.named import Place
from shared.web.routes import Route

NAMED = ("restaurantId", "locationId")
SCOPED = ("itemId", "paymentId", "categoryId", "variantId", "modifierId", "optionId")
"""Ids that say nothing without the document they stand in, and one that existing clients send and nobody reads."""

NO_IDS = ("date", "day", "version")
"""Parameters that name a day or a number, and nothing of anybody's."""


@dataclass(frozen=True)
class Case:
    """One call that must be refused. `actor`: who calls. `ids`: what is not one's own, by where it stands and its name.

    `status`, `code`: the refusal; status 0: 400, 403 or 404. `like`: another id in the same place that must get the
    same answer, if any.
    """

    route: Route
    kind: str
    actor: str
    ids: tuple[tuple[str, str, str], ...]
    status: int
    code: str | None
    like: str | None = None

    @property
    def title(self) -> str:
        """The case in one line."""
        there = ", ".join(f"{whose} {name} in the {part}" for part, name, whose in self.ids) or "own ids"
        kind = f" ({self.kind})" if self.kind else ""
        return f"{self.route.method} {self.route.path}{kind}: {self.actor}, {there}"


def is_for_staff(route: Route) -> bool:
    """Whether some requests of this route need somebody who is signed in."""
    return not isinstance(route.allow, Anyone)


def cases_of(route: Route) -> Iterator[Case]:
    """All calls of a route that must be refused; each is another one."""
    allow = route.allow
    if isinstance(allow, ByKind):
        for kind, rule in allow.rules.items():
            if isinstance(rule, StaffOf):
                yield from _of_staff(route, kind, rule)
    elif isinstance(allow, StaffOf):
        yield from _of_staff(route, "", allow)
    elif isinstance(allow, StaffThrough):
        yield from _of_through(route, allow)
    elif isinstance(allow, SignedIn):
        yield from _of_signed_in(route, allow)
    elif isinstance(allow, ThisDevice):
        yield from _of_this_device(route)
    elif isinstance(allow, ThisPrinter):
        yield from _of_this_printer(route)
    if is_for_staff(route):
        yield from _of_other_ids(route)


STRANGERS = ("nobody", "expired session", "nonsense", "revoked device", "device that never was")
"""Whoever is not signed in, in each way."""

ELSEWHERE = ("owner there", "kitchen device there", "expo device there", "device of another restaurant")
"""People and screens of another location, and of another restaurant."""

OUTSIDERS = ("owner of another restaurant", "person who was removed", "person without a restaurant", "unknown role")
"""People who are signed in and belong to no location of the restaurant."""


def one_of_each_group(cases: Sequence[Case], number: int) -> list[Case]:
    """The cases of one route, with one of the strangers, one of the outsiders and one from elsewhere, as they are
    refused by the same rule: another one for each number."""
    kept = []
    for group in ((), STRANGERS, OUTSIDERS, ELSEWHERE):
        by_kind: dict[str, list[Case]] = {}
        for case in cases:
            if _group(case) == group:
                by_kind.setdefault(case.kind, []).append(case)
        for some in by_kind.values():
            kept += [some[number % len(some)]] if group else some
    return kept


def _group(case: Case) -> tuple[str, ...]:
    return next((group for group in (STRANGERS, OUTSIDERS, ELSEWHERE) if case.actor in group and not case.ids), ())


def _of_staff(route: Route, kind: str, rule: StaffOf) -> Iterator[Case]:
    def case(actor: str, *ids: tuple[str, str, str]) -> Case:
        return Case(route, kind, actor, ids, 403, FORBIDDEN.code)

    for actor in STRANGERS:
        yield Case(route, kind, actor, (), 401, UNAUTHENTICATED.code)
    for actor in OUTSIDERS:
        yield case(actor)
    for role in LADDER[: LADDER.index(rule.least)]:
        yield case(f"{role} here")
    where = _part(rule.restaurant)
    for whose in ("foreign", "unknown"):
        yield case("owner", (where, "restaurantId", whose))
    if rule.location is None:
        yield from _of_restaurant(case, rule)
        return
    if rule.devices in ("none", "expo"):
        yield case("kitchen device here")
    if rule.devices == "none":
        yield case("expo device here")
    for actor in ELSEWHERE:
        yield case(actor)
    at = _part(rule.location)
    for whose in ("foreign", "unknown"):
        yield case("owner", (at, "locationId", whose))
    yield case("owner here", (at, "locationId", "other"))
    yield case("owner here", (where, "restaurantId", "foreign"), (at, "locationId", "foreign"))
    yield case("expo device here", (at, "locationId", "other"))


def _of_restaurant(case: Any, rule: StaffOf) -> Iterator[Case]:
    yield case("device of another restaurant")
    if rule.anywhere:
        if rule.devices in ("none", "expo"):
            yield case("kitchen device here")
        if rule.devices == "none":
            yield case("expo device here")
        return
    yield case("owner here")
    yield case("kitchen device here")
    yield case("expo device here")


def _of_through(route: Route, rule: StaffThrough) -> Iterator[Case]:
    part, name = _part(rule.document), rule.document.name
    missing = rule.missing

    def hidden(actor: str, whose: str) -> Case:
        return Case(route, "", actor, ((part, name, whose),), missing.status, missing.code, like="unknown")

    for actor in STRANGERS:
        yield Case(route, "", actor, (), 401, UNAUTHENTICATED.code)
    for actor in (
        *OUTSIDERS,
        "owner there",
        "kitchen device there",
        "expo device there",
        "device of another restaurant",
    ):
        yield Case(route, "", actor, (), missing.status, missing.code, like="unknown")
    for role in LADDER[: LADDER.index(rule.least)]:
        yield Case(route, "", f"{role} here", (), 403, FORBIDDEN.code)
    if rule.devices in ("none", "expo"):
        yield Case(route, "", "kitchen device here", (), 403, FORBIDDEN.code)
    if rule.devices == "none":
        yield Case(route, "", "expo device here", (), 403, FORBIDDEN.code)
    yield hidden("owner", "foreign")
    yield hidden("owner", "unknown")
    yield hidden("owner here", "other")
    yield hidden("expo device here", "other")


def _of_signed_in(route: Route, rule: SignedIn) -> Iterator[Case]:
    for actor in STRANGERS:
        yield Case(route, "", actor, (), 401, UNAUTHENTICATED.code)
    for actor in ("kitchen device here", "expo device here"):
        yield Case(route, "", actor, (), 403, FORBIDDEN.code)
    if rule.only is not None:
        for whose in ("foreign", "unknown", "other"):
            ids = ((_part(rule.only), "userId", whose),)
            yield Case(route, "", "owner", ids, 403, FORBIDDEN.code)


def _of_this_device(route: Route) -> Iterator[Case]:
    for actor in STRANGERS:
        yield Case(route, "", actor, (), 401, UNAUTHENTICATED.code)
    for actor in ("owner", *OUTSIDERS):
        yield Case(route, "", actor, (), 403, FORBIDDEN.code)


def _of_this_printer(route: Route) -> Iterator[Case]:
    """A printer's address: its id without its secret is nothing, whoever is signed in, and so is another's secret."""
    wrong = (
        (("path", "secret", "unknown"),),
        (("path", "secret", "other"),),
        (("path", "secret", "foreign"),),
        (("path", "printerId", "other"),),
        (("path", "printerId", "foreign"),),
        (("path", "printerId", "unknown"),),
    )
    for actor in ("nobody", "owner", "expo device here"):
        for ids in wrong:
            yield Case(route, "", actor, ids, NOT_FOUND.status, NOT_FOUND.code, like="unknown")


INERT = {
    ("users_create_user", "userId"),
    ("location_settings_change_payment", "emergepayWalletsPublicId"),
    ("screens_seen", "screenId"),
}
"""Ids that existing clients send and nobody reads: who it is, the session says. An id at another service. And what a
page calls itself, which is looked for among the station's own screens only."""


def _of_other_ids(route: Route) -> Iterator[Case]:
    """Ids that the access rule does not look at: a foreign one is answered like an unknown one."""
    seen = {place.name for place in _looked_at(route)}
    for name in route.parameters:
        if name in seen or name in NAMED or name in NO_IDS or name == "userId":
            continue
        there = ("foreign", "other") if "locationId" in route.parameters else ("foreign",)
        for whose in () if name in SCOPED else there:
            yield Case(route, "", "owner", (("path", name, whose),), 404, None, like="unknown")
        yield Case(route, "", "owner", (("path", name, "unknown"),), 404, None)
    opened = (
        {kind for kind, rule in route.allow.rules.items() if rule.public} if isinstance(route.allow, ByKind) else ()
    )
    for kind, name in ids_in_body(route):
        if name in seen or name in NAMED or name in SCOPED or kind in opened or (route.name, name) in INERT:
            continue
        # Whoever may act on the whole restaurant may name any of its locations; an upload is of no location.
        for whose in (
            ("foreign", "unknown")
            if name in ("locationIds", "userId", "toLocationId", "uploadId")
            else ("foreign", "other", "unknown")
        ):
            like = None if whose == "unknown" else "unknown"
            yield Case(route, kind, "owner", (("body", name, whose),), 0, None, like=like)


def _looked_at(route: Route) -> list[Place]:
    allow = route.allow
    if isinstance(allow, StaffThrough):
        return [allow.document]
    if isinstance(allow, SignedIn):
        return [] if allow.only is None else [allow.only]
    if isinstance(allow, ThisPrinter):
        return [allow.printer, allow.secret]
    return []


def ids_in_body(route: Route) -> list[tuple[str, str]]:
    """The kind and the name of each field of the body that holds an id or a list of ids."""
    found = []
    for kind, model in kinds_of(route.body):
        for key, field in model.model_fields.items():
            name = field.alias or key
            if name.endswith(("Id", "Ids")) and name not in NAMED:
                found.append((kind, name))
    return found


def kinds_of(body: type[BaseModel] | None) -> list[tuple[str, type[BaseModel]]]:
    """The models of a body by its `kind`; "" for a body of one kind."""
    if body is None:
        return []
    if issubclass(body, RootModel):
        from shared.web.named import kinds

        return list(kinds(body))
    return [("", body)]


def _part(place: Place) -> str:
    return place.part


def without_location(route: Route) -> Route:
    """A mutant: the same route, and nobody looks at the location."""
    assert isinstance(route.allow, StaffOf)
    return replace(route, allow=replace(route.allow, location=None, anywhere=True))


def with_allow(route: Route, allow: Any) -> Route:
    """A mutant: the same route, and somebody else may call."""
    return replace(route, allow=allow)


Ids = Mapping[str, Any]
