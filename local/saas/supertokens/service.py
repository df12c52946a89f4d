"""The core's own API: its calls, with the key and the version before them."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import BaseRoute

from local.saas.supertokens import masks, wire
from local.saas.supertokens.books import Books, Lifetimes
from local.saas.supertokens.calls import Call
from local.saas.supertokens.keys import Keys
from local.saas.supertokens.passwordless import Passwordless
from local.saas.supertokens.session_calls import SessionCalls
from local.saas.supertokens.sessions import Sessions
from local.saas.supertokens.switches import CoreSwitches
from local.saas.supertokens.user_calls import UserCalls
from local.standin.conduct import Asked, Conduct, Work
from local.standin.faults import Faults
from local.standin.journal import Journal
from local.standin.received import Received
from local.standin.switches import Switches


class SuperTokens:
    """The stand-in on its journal and its keys."""

    def __init__(self, journal: Journal, keys: Keys, stopping: asyncio.Event, *, api_key: str) -> None:
        """Read what earlier runs did. Raises JournalError."""
        self._journal = journal
        self._keys = keys
        self._api_key = api_key
        books, lifetimes, faults = Books(journal), Lifetimes(), Faults()
        passwordless, sessions = Passwordless(books, lifetimes), Sessions(books, keys, lifetimes)
        received = Received()
        self._beside = CoreSwitches(
            books, keys, passwordless, sessions, lifetimes=lifetimes, faults=faults, received=received
        )
        self._conduct = Conduct(faults, received, stopping=stopping, masks=masks, written=books.written, names=_whom)
        self._calls = (
            *UserCalls(books, passwordless, sessions, lifetimes).calls(),
            *SessionCalls(sessions).calls(),
            Call("GET", "/recipe/multitenancy/tenant/v2", lambda _: dict(wire.TENANT_ANSWER), of_tenant=True),
        )

    @property
    def switches(self) -> Switches:
        """`/_local`, with the codes."""
        return self._beside.switches

    def routes(self) -> list[BaseRoute]:
        """The core's calls."""
        return [
            self._conduct.route("GET", "/.well-known/jwks.json", self._jwks),
            self._conduct.route("GET", "/apiversion", _versions),
            *(
                self._route(call, prefix)
                for call in self._calls
                for prefix in (("", f"/{wire.TENANT}") if call.of_tenant else ("",))
            ),
        ]

    async def close(self) -> None:
        """Write what is not on the disk yet, and close the journal."""
        self._journal.close()

    def _route(self, call: Call, prefix: str) -> BaseRoute:
        def with_key(asked: Asked) -> Work:
            self._let_in(asked.request)
            data = asked.request.query_params if call.method == "GET" else asked.body
            return Work(lambda: call.act(data))

        return self._conduct.route(call.method, prefix + call.path, with_key)

    def _let_in(self, request: Request) -> None:
        given = request.headers.get("api-key", "")
        if not hmac.compare_digest(given.encode(), self._api_key.encode()):
            raise HTTPException(401, "Invalid API key")
        version = request.headers.get("cdi-version", wire.VERSION)
        if version != wire.VERSION:
            raise HTTPException(400, f"cdi-version {version} not supported")

    def _jwks(self, _asked: Asked) -> Work:
        return Work(lambda: {"keys": self._keys.public()})


def _versions(_asked: Asked) -> Work:
    return Work(lambda: {"versions": [wire.VERSION]})


def _whom(body: Mapping[str, Any]) -> str:
    """What a fault's match may name beside the method and the path."""
    return " ".join(str(body[name]) for name in ("email", "phoneNumber", "userId") if body.get(name))
