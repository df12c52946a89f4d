"""What a handler receives, and what it may return."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic

from pydantic import BaseModel, ConfigDict
from typing_extensions import TypeVar

from shared.app import App
from shared.domain import versions
from shared.domain.roles import Actor, Caller, Device, Person
from shared.errors import FORBIDDEN, Problem
from shared.web.access import unauthenticated
from shared.web.client_address import client_address

BodyT = TypeVar("BodyT")
QueryT = TypeVar("QueryT", default=Any)
DataT = TypeVar("DataT")
AnswerT = TypeVar("AnswerT")


@dataclass(frozen=True, slots=True)
class Call(Generic[BodyT, QueryT]):
    """One request, checked: `Call[PreviewRequest]` for a body, `Call[None]` for none, `Call[None, Filter]` for a query.

    `caller`: the person or the device that is signed in, None for diners. `headers`: their names are in lower case.
    `prefer_async`: the caller wants to ask again later instead of waiting (`Prefer: respond-async`). `request_digest`:
    tells the request again, where it was sent with an Idempotency-Key. `if_match`: the version that the
    caller saw, where it says one.
    """

    app: App
    body: BodyT
    path: Mapping[str, str]
    query: QueryT
    request_id: str
    caller: Caller | None
    headers: Mapping[str, str]
    prefer_async: bool
    request_digest: str | None = None
    if_match: int | None = None

    @property
    def staff(self) -> Caller:
        """Who is signed in. Raises Problem UNAUTHENTICATED where nobody is: on a route for staff that cannot be."""
        if self.caller is None:
            raise unauthenticated()
        return self.caller

    @property
    def person(self) -> Person:
        """The person who is signed in. Raises like `staff`, and FORBIDDEN for a device."""
        if not isinstance(self.staff, Person):
            raise Problem(FORBIDDEN)
        return self.staff

    @property
    def device(self) -> Device:
        """The device that calls. Raises like `staff`, and FORBIDDEN for a person."""
        if not isinstance(self.staff, Device):
            raise Problem(FORBIDDEN)
        return self.staff

    @property
    def place(self) -> tuple[str, str]:
        """The restaurant and the location that the path names."""
        return self.path["restaurantId"], self.path["locationId"]

    @property
    def actor(self) -> Actor:
        """Who acts, in the role that they have in the restaurant that the path names. Raises like `staff`."""
        return self.staff.actor_in(self.path["restaurantId"])

    @property
    def client_address(self) -> str | None:
        """The caller's network address, for counting only; None where it is unknown."""
        return client_address(self.headers.get("x-forwarded-for"), self.app.settings.proxy_hops)


@dataclass(frozen=True, slots=True)
class Probe:
    """For a handler that must answer when nothing else does: `app()` makes no call to the outside.

    It raises SettingsInvalid where the app cannot be made.
    """

    app: Callable[[], App]
    request_id: str


class Data(BaseModel, Generic[DataT]):
    """The envelope `{"data": ...}`."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    data: DataT


@dataclass(frozen=True, slots=True)
class Reply(Generic[AnswerT]):
    """An answer with a status or headers of its own. `status` None: the route's. Header names in lower case.

    `cookies`: whole Set-Cookie values.
    """

    body: AnswerT
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: tuple[str, ...] = ()


def tagged(data: DataT, version: int) -> Reply[Data[DataT]]:
    """The answer about a document that has versions: with its `etag`."""
    return Reply(Data(data=data), headers={"etag": versions.tag(version)})
