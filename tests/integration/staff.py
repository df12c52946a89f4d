"""People of a restaurant who are signed in: the headers that their requests bring along."""

from __future__ import annotations

from bson import ObjectId

from shared.app import App
from shared.domain.roles import Role

KEY = "k3y-of-the-demo"


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
    return {"authorization": f"Bearer {KEY}:{email}"}
