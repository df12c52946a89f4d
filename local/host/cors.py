"""Cross-origin requests, answered by the platform before a function sees them."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass

from local.host.messages import Reply


@dataclass(frozen=True, slots=True)
class Cors:
    """The origins that browsers may call from, and whether with cookies. Without any, answers stay as they are."""

    origins: frozenset[str]
    credentials: bool = False

    @property
    def enabled(self) -> bool:
        """Whether the platform answers preflights."""
        return bool(self.origins)

    def preflight(self, method: str, headers: Mapping[str, str]) -> Reply | None:
        """The answer to a preflight, with no permission for a foreign origin. None for any other request."""
        if method != "OPTIONS" or "access-control-request-method" not in headers or "origin" not in headers:
            return None
        reply = Reply(204, {}, b"")
        if self.allow(headers["origin"], reply.headers):
            reply.headers["access-control-allow-methods"] = headers["access-control-request-method"]
            if "access-control-request-headers" in headers:
                reply.headers["access-control-allow-headers"] = headers["access-control-request-headers"]
        return reply

    def allow(self, origin: str, headers: MutableMapping[str, str]) -> bool:
        """Add the permission for `origin` to an answer's headers. False, and nothing, for a foreign origin."""
        if "*" in self.origins and not self.credentials:
            headers["access-control-allow-origin"] = "*"
            return True
        vary = headers.get("vary")
        headers["vary"] = f"{vary}, Origin" if vary else "Origin"
        if origin not in self.origins and "*" not in self.origins:
            return False
        headers["access-control-allow-origin"] = origin
        if self.credentials:
            headers["access-control-allow-credentials"] = "true"
        return True
