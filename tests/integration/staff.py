"""People of a restaurant who are signed in: the headers that their requests bring along."""

from __future__ import annotations

from functools import lru_cache

from bson import ObjectId

from shared.app import App
from shared.domain.roles import Role
from tests.integration.core import Core


async def signed_in_as(
    app: App, restaurant_id: str, role: Role, locations: list[str] | None = None, *, user_id: str | None = None
) -> dict[str, str]:
    """Make a person with this role in the restaurant (`locations` None: at all of them), and sign them in."""
    user_id = user_id or f"u-{ObjectId()}"
    email = f"{user_id}@example.com"
    await app.db.users.insert_one(
        {
            "userId": user_id,
            "email": email,
            "restaurants": [restaurant_id],
            "memberships": [{"restaurantId": restaurant_id, "role": role, "locationIds": locations}],
        }
    )
    return headers_of(app, user_id, email)


def headers_of(app: App, user_id: str, email: str | None = None) -> dict[str, str]:
    """The headers of somebody who is signed in, in a session of its own. `email`: make the account, too."""
    core = _core(app.settings.supertokens_connection_uri or "")
    if email is not None:
        core.add_user(user_id, email)
    return core.session(user_id).bearer


@lru_cache
def _core(url: str) -> Core:
    return Core(url)
