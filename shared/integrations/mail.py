"""E-mail, as the rest of the app sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from shared.integrations.delivery import NotTaken


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a mail. `content_id`: where the HTML shows it as a picture (`cid:...`)."""

    name: str
    media_type: str
    content: bytes
    content_id: str | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to one address, as HTML and as plain text. `tags`: what the provider tells back with each event of it;
    never personal. `sender_name`: in whose name it comes; the address is the deployment's."""

    to: str
    subject: str
    text: str
    html: str
    attachments: Sequence[Attachment] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    sender_name: str = ""


class Mail(Protocol):
    """What sends mails."""

    @property
    def is_set_up(self) -> bool:
        """Whether this deployment sends mails."""
        ...

    async def send(self, letter: Letter) -> str:
        """Send one mail; returns the provider's id of it. Raises NotTaken, Refused and InDoubt."""
        ...

    async def close(self) -> None:
        """Let go of the connections."""
        ...


class NoMail:
    """Where no mails are sent."""

    is_set_up = False

    async def send(self, letter: Letter) -> str:
        raise NotTaken("no mails are sent here")

    async def close(self) -> None:
        pass
