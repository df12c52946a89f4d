"""Sending one mail, and to whom none goes any more (rules 24.2).

Only a digest of such an address is kept. Somebody at the provider's desk, or its events, say when an address is good
again: then a person lifts the block.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shared.app import App
from shared.domain.letters.rendering import Written
from shared.integrations.delivery import Refused
from shared.integrations.mail import Attachment, Letter
from shared.store import mail_blocks

SUPPRESSED = "suppressed"
"""How a mail ends that is not sent, because its address had bounced, complained or unsubscribed."""


@dataclass(frozen=True, slots=True)
class Besides:
    """What goes with a mail. `sender_name`: in whose name it comes. `tags`: what its events bring back."""

    sender_name: str = ""
    attachments: Sequence[Attachment] = ()
    tags: Mapping[str, str] = field(default_factory=dict)


async def send(app: App, to: str, written: Written, besides: Besides | None = None) -> str:
    """Send a mail; returns the provider's id of it. Raises NotTaken, InDoubt and Refused: `suppressed` for an address
    that gets none, and then nobody is called."""
    if await is_blocked(app, to):
        raise Refused("no mails go to this address any more", SUPPRESSED)
    more = besides or Besides()
    return await app.mail.send(
        Letter(
            to=to,
            subject=written.subject,
            text=written.text,
            html=written.html,
            attachments=more.attachments,
            tags=more.tags,
            sender_name=more.sender_name,
        )
    )


async def is_blocked(app: App, address: str) -> bool:
    """Whether no mail goes to this address any more."""
    return await mail_blocks.since(app.db, digest(app, address)) is not None


async def allow(app: App, address: str) -> bool:
    """Let mails go to an address again; False where they did. SendGrid has a list of its own besides."""
    return await mail_blocks.lift(app.db, digest(app, address))


def digest(app: App, address: str) -> str:
    """How an address is kept: under the deployment's own key where it has one, which is never changed."""
    meant = f"mail {address.strip().lower()}".encode()
    key = app.settings.token_hash_key
    if key is None:
        return hashlib.sha256(meant).hexdigest()
    return hmac.new(key.get_secret_value().encode(), meant, hashlib.sha256).hexdigest()
