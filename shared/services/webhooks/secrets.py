"""The secrets that events are signed with: sealed at rest, told once (rules 21)."""

from __future__ import annotations

from datetime import datetime

from bson import ObjectId

from shared.app import App
from shared.documents.webhooks import Webhook, WebhookSecret
from shared.domain.webhook_signatures import BOTH_FOR, MAX_SECRETS
from shared.errors import WEBHOOKS_NOT_SET_UP, Problem
from shared.sealing import SealError

REFUSALS = (WEBHOOKS_NOT_SET_UP,)


def sealed(app: App, webhook_id: ObjectId, text: str, now: datetime) -> WebhookSecret:
    """A secret as it is stored: it opens for this webhook alone. Raises Problem (REFUSALS)."""
    try:
        return WebhookSecret(sealed=app.sealer.seal(text, seal_context(webhook_id)), made_at=now)
    except SealError:
        raise Problem(WEBHOOKS_NOT_SET_UP) from None


def opened(app: App, webhook: Webhook, now: datetime) -> list[str]:
    """The secrets that are good now, the newest first. Raises SealError."""
    return [app.sealer.open(one.sealed, seal_context(webhook.id)) for one in good(webhook, now)]


def good(webhook: Webhook, now: datetime) -> list[WebhookSecret]:
    """The stored secrets that are good now, the newest first."""
    return [one for one in webhook.keys if one.until is None or one.until > now]


def replaced(webhook: Webhook, newest: WebhookSecret, now: datetime) -> list[WebhookSecret]:
    """The secrets once `newest` has taken the place of the one before, which is good for a day more."""
    before = [
        one if one.until is not None else one.model_copy(update={"until": now + BOTH_FOR}) for one in good(webhook, now)
    ]
    return [newest, *before][:MAX_SECRETS]


def seal_context(webhook_id: ObjectId) -> str:
    """What a webhook's sealed secrets are bound to."""
    return f"webhook:{webhook_id}"
