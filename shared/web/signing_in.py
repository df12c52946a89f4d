"""Who calls: the person or the device behind what a request brings along."""

from __future__ import annotations

from collections.abc import Mapping

from shared.app import App
from shared.domain.roles import Caller
from shared.services.staff import signing_in
from shared.web.access import unauthenticated


async def caller_of(app: App, headers: Mapping[str, str]) -> Caller | None:
    """The caller of a request; None where it brings nothing along. Raises Problem UNAUTHENTICATED for what is bad."""
    header = headers.get("authorization")
    if header is None:
        return None
    scheme, _, token = header.strip().partition(" ")
    caller: Caller | None = None
    if scheme.lower() == "bearer":
        caller = await signing_in.by_demo_key(app, token.strip())
    elif scheme.lower() == "device":
        caller = await signing_in.device(app, token.strip())
    if caller is None:
        raise unauthenticated()
    return caller
