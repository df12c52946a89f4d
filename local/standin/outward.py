"""Calls that a stand-in makes by itself: to the app on this machine, and to nobody else."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

TO_THIS_MACHINE = re.compile(r"http://(127\.0\.0\.1|localhost):\d+/\S{1,400}")
"""An address that may be called."""

_SECONDS = 15.0

_log = logging.getLogger(__name__)


class Outward:
    """The line out. The client is made by the first call: most stacks need none, and start sooner without."""

    def __init__(self) -> None:
        self._http: httpx.AsyncClient | None = None

    @property
    def http(self) -> httpx.AsyncClient:
        """The client."""
        import httpx

        if self._http is None:
            # Addresses are of this machine only, where nothing is encrypted: so no certificates are loaded.
            self._http = httpx.AsyncClient(trust_env=False, verify=False, timeout=_SECONDS)  # noqa: S501
        return self._http

    async def post(self, url: str, headers: Mapping[str, str], **body: Any) -> int | None:
        """Send a body, `data` or `content` as with httpx: the status of the answer, None where none came."""
        import httpx

        try:
            return (await self.http.post(url, headers=headers, **body)).status_code
        except httpx.HTTPError as error:
            _log.warning("nobody answered at %s: %s", url, type(error).__name__)
            return None

    async def close(self) -> None:
        """Hang up."""
        if self._http is not None:
            await self._http.aclose()
