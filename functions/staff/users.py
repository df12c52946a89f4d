"""What the staff's app tells of a new user (contract 55)."""

from __future__ import annotations

import azure.durable_functions as df

from shared.api import sign_in as api
from shared.services.staff import login
from shared.web.access import signed_in
from shared.web.endpoint import Call, endpoint

bp = df.Blueprint()


@endpoint(bp, "POST", "users/create-user", allow=signed_in, status=201, errors=login.CREATE_REFUSALS, leaves="nothing")
async def create_user(call: Call[api.CreateUser]) -> api.UserCreated:
    """Store who is signed in, with the address that they signed in by; what the body says counts for nothing.

    They are stored when they sign in: this answers the same id again (contract 55).
    """
    if call.body.email is None and call.body.phone_number is None:
        raise login.no_address()
    return api.UserCreated(user_id=await login.store_again(call.app, call.person.user_id))
