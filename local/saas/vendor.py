"""What a vendor has to bring to be stood in for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from local.standin.switches import Switches


class Service(Protocol):
    """A vendor's stand-in while it runs."""

    @property
    def switches(self) -> Switches:
        """Its `/_local`."""
        ...

    def routes(self) -> Sequence[BaseRoute]:
        """Every other route, below the vendor's path."""
        ...

    async def close(self) -> None:
        """Write what must be kept, and let go of it."""
        ...


@dataclass(frozen=True, slots=True)
class Vendor:
    """A vendor of the registry. Its stand-in answers below `/{name}`.

    `settings` gives the app's settings that lead to the stand-in at an address; a person's own settings win over them.
    `open` starts the stand-in on a data directory; it lets held calls go once the event is set. It raises JournalError
    where the data cannot be used. `signed_at`: a path of its own besides, at the root, where callers sign the path of
    each call. The service checks by itself who calls there, pages of other addresses too.
    """

    name: str
    settings: Callable[[str], Mapping[str, str]]
    open: Callable[[Path, asyncio.Event], Service]
    signed_at: str = ""
