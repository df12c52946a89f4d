"""All that is kept of one person, to be handed to them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from shared.app import App
from shared.documents.people import User
from shared.domain.persons import Person
from shared.services.messages import mailing, numbers, reaching
from shared.services.support.privacy import accounts, recording
from shared.services.support.privacy.finding import Progress, documents_of
from shared.store import erasures, mail_blocks, opt_outs
from shared.store.support import privacy

MESSAGES = tuple(reaching.KINDS)

_INSIDE = (
    "cartKey",
    "trace",
    "heldLines",
    "paymentId",
    "showBy",
    "notDrawnSince",
    "stationMarks",
    "routing",
    "unrouted",
)
"""How the house works with an order: nothing of it is the person's. A payment's id may be a token of the original."""


async def export(app: App, person: Person, progress: Progress, *, restaurant_id: str | None = None) -> dict[str, Any]:
    """The person's orders with what was paid for them and their messages, their previews, in which orders of others
    somebody wrote of them, their accounts as staff, whether they get no more texts and mails, and when they were erased
    before."""
    db = app.db
    orders: list[dict[str, Any]] = []
    previews: list[dict[str, Any]] = []
    mentions: list[dict[str, Any]] = []
    async for named in documents_of(db, person, progress, restaurant_id=restaurant_id):
        document = await privacy.whole(db, named.where, named.id)
        if document is None:
            continue
        if named.mentioned:
            # The rest of it is somebody else's.
            mentions.append({name: document.get(name) for name in ("_id", "restaurantId", "startedAt")})
            continue
        shown = {name: value for name, value in document.items() if name not in _INSIDE}
        if named.where == "orders_preview":
            previews.append(shown)
            continue
        messages = await privacy.messages(db, named.id, MESSAGES)
        paid = await privacy.payments(db, named.id)
        orders.append({**shown, "payments": paid, "messages": messages})
    whose = {"phone": person.phone, "email": person.email}
    return {
        "person": {name: value for name, value in whose.items() if value},
        "orders": orders,
        "previews": previews,
        "mentionedIn": mentions,
        "accounts": [await _account(app, user, restaurant_id) for user in await accounts.of_person(app, person)],
        **await _no_more(app, person),
        "erasedAt": [one.at for one in await erasures.of_person(db, recording.digests(app, person))],
    }


async def _account(app: App, user: User, restaurant_id: str | None) -> dict[str, Any]:
    """What is kept of somebody who signs in with the number or the address."""
    roles = [each.model_dump(by_alias=True) for each in user.memberships if restaurant_id in (None, each.restaurant_id)]
    kept = user.model_dump(by_alias=True, include={"email", "phone_number", "created_at"})
    return {**kept, "memberships": roles, "phonesWithPushes": await privacy.phones_of(app.db, user.user_id)}


async def _no_more(app: App, person: Person) -> dict[str, Any]:
    """That much is kept of whoever wants no more texts or mails, by digests of the number and the address."""
    told: dict[str, Any] = {}
    if person.phone:
        told["textsStopped"] = await opt_outs.is_stopped(app.db, numbers.key(app, person.phone))
    if person.email:
        block = await mail_blocks.one(app.db, mailing.digest(app, person.email))
        told["mailsStoppedSince"] = None if block is None else block.at
    return told


def plain(value: Any) -> Any:
    """A stored value as JSON has it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, dict):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
