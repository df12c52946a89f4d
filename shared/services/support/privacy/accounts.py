"""Whether a diner is one of a restaurant's people, too: their account is no order, and stays when those are erased."""

from __future__ import annotations

from shared.app import App
from shared.documents.people import User
from shared.domain.persons import Person
from shared.store import users


async def of_person(app: App, person: Person) -> list[User]:
    """The accounts with the person's address or number."""
    found = [
        await users.by_email(app.db, person.email) if person.email else None,
        await users.by_phone(app.db, person.phone) if person.phone else None,
    ]
    return list({user.user_id: user for user in found if user is not None}.values())
