"""What the sign-in service's own routes take (contract 5.1). Its clients send more, which says nothing here."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.api.base import Cleaned, Reply, Request, RequestPart

_Text = Annotated[str, Field(max_length=254), Cleaned]
_Token = Annotated[str, Field(max_length=512), Cleaned]


class AskForCode(RequestPart):
    """Where the code goes: one of the two."""

    email: _Text | None = None
    phone_number: _Text | None = None
    should_try_linking_with_session_user: bool | None = None


class AskAgain(RequestPart):
    """For a further code to the same place."""

    device_id: _Token
    pre_auth_session_id: _Token
    should_try_linking_with_session_user: bool | None = None


class TryCode(RequestPart):
    """A code that somebody typed in."""

    device_id: _Token
    pre_auth_session_id: _Token
    user_input_code: _Token
    should_try_linking_with_session_user: bool | None = None


class CreateUser(Request):
    """What the staff's app tells of a new user. It says nothing: the session knows better (contract 55)."""

    user_id: _Token
    created_at: int | float | _Token
    email: _Text | None = None
    phone_number: _Text | None = None


class UserCreated(Reply):
    """The id of the stored user, which is not the id of the sign-in service."""

    user_id: str
