"""Examples of the people of a restaurant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.api import people
from shared.api.examples.names import INVITATION_ID, LOCATION_ID, OWNER_ID, PERSON_ID, RESTAURANT_ID

_WAITER: dict[str, Any] = {"role": "service", "locationIds": [LOCATION_ID]}
_PERSON: dict[str, Any] = {
    "personId": PERSON_ID,
    "email": "ana@example.com",
    "phoneNumber": "",
    **_WAITER,
    "isYou": False,
}
_INVITATION: dict[str, Any] = {
    "invitationId": INVITATION_ID,
    "address": "leo@example.com",
    **_WAITER,
    "madeBy": OWNER_ID,
    "createdAt": "2026-05-04T18:00:00.000Z",
    "expiresAt": "2026-05-05T18:00:00.000Z",
}
_EXAMPLE = "b0VvY3Z6dDR3N2Fqc2x2a3E5ZDFyeHBtMG5oYnlmZQ"

EXAMPLES: Mapping[Any, Mapping[str, Any]] = {
    people.People: {
        "two": {
            "people": [
                {
                    "personId": OWNER_ID,
                    "email": "owner@example.com",
                    "phoneNumber": "",
                    "role": "owner",
                    "locationIds": None,
                    "isYou": True,
                },
                _PERSON,
            ],
            "invitations": [_INVITATION],
        }
    },
    people.Person: {"waiter": _PERSON},
    people.MyRestaurant: {
        "owner": {"_id": RESTAURANT_ID, "name": "Nonna", "concept": "Trattoria", "logo": "", "role": "owner"},
    },
    people.ChangePerson: {"promoted": {"role": "manager"}, "everywhere": {"locationIds": None}},
    people.Invite: {"waiter": {"address": "leo@example.com", **_WAITER}},
    people.Invited: {
        "waiter": {
            **_INVITATION,
            "link": f"https://staff.example.com/#invitation={_EXAMPLE}",
            "token": _EXAMPLE,
            "mailed": True,
        }
    },
    people.TakeInvitation: {"taken": {"token": _EXAMPLE}},
    people.Joined: {"waiter": {"restaurantId": RESTAURANT_ID, **_WAITER}},
    people.Created: {
        "new": {
            "restaurant": {
                "_id": "store-3f2a9c1e-4821",
                "name": "New Restaurant",
                "concept": "Default Concept",
                "logo": "",
                "createdAt": "2026-05-04T18:00:00.000Z",
                "updatedAt": "2026-05-04T18:00:00.000Z",
            }
        }
    },
    people.DeleteUser: {"somebody": {"userId": PERSON_ID}},
}
