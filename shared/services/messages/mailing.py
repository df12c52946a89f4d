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


UNWANTED = frozenset({"spamreport", "unsubscribe", "group_unsubscribe"})
"""The reasons for which mails stop because somebody wants none, though they would arrive."""


@dataclass(frozen=True, slots=True)
class Besides:
    """What goes with a mail. `sender_name`: in whose name it comes. `tags`: what its events bring back."""

    sender_name: str = ""
    attachments: Sequence[Attachment] = ()
    tags: Mapping[str, str] = field(default_factory=dict)


async def send(app: App, to: str, written: Written, besides: Besides | None = None, *, asked_for: bool = False) -> str:
    """Send a mail; returns the provider's id of it. Raises NotTaken, InDoubt and Refused: `suppressed` for an address
    that gets none, and then nobody is called.

    `asked_for`: whoever has the address asks for this very mail. What somebody had enough of before does not keep it
    back: else a stranger's receipts could lock them out.
    """
    if await is_blocked(app, to, asked_for=asked_for):
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


async def is_blocked(app: App, address: str, *, asked_for: bool = False) -> bool:
    """Whether no mail goes to this address any more; `asked_for`: none that its owner asks for."""
    block = await mail_blocks.one(app.db, digest(app, address))
    return block is not None and not (asked_for and block.reason in UNWANTED)


async def allow(app: App, address: str) -> bool:
    """Let mails go to an address again; False where they did. SendGrid has a list of its own besides."""
    return await mail_blocks.lift(app.db, digest(app, address))


def digest(app: App, address: str) -> str:
    """How an address is kept: under a key of the deployment's own: the one that never changes, where it
    has that."""
    meant = f"mail {address.strip().lower()}".encode()
    key = app.settings.token_hash_key or app.settings.mongodb_uri
    return hmac.new(key.get_secret_value().encode(), meant, hashlib.sha256).hexdigest()
