"""Who signs in (contract 2.7, rules 11)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.documents.base import Document, Moment, Rows, StoredId, Text, TextOrNone, Texts, TextsOrNone


class StoredMembership(Document):
    """What a person may do in one restaurant. `location_ids` null: in all locations; absent: in none."""

    restaurant_id: Text = ""
    role: Text = ""
    location_ids: TextsOrNone = Field(default_factory=list)


class User(Document):
    """A person with an account. `restaurants` is what the original reads and writes, `memberships` what counts here.
    Both are always written together. `leaving_at`: the account is to go, and is absent else."""

    id: StoredId = Field(alias="_id")
    user_id: Text
    email: TextOrNone = None
    phone_number: TextOrNone = None
    restaurants: Texts = Field(default_factory=list)
    memberships: Annotated[list[StoredMembership], Rows] = Field(default_factory=list)
    leaving_at: Moment = None
    created_at: Moment = None
    updated_at: Moment = None


class Invitation(Document):
    """What somebody may become who has its token and signs in with its address. It is taken once.

    `address`: an e-mail address in lower case, or a phone number with its +. `made_by`: the user id of the owner whose
    right it needs. `location_ids` as a membership's. `purge_at`: when it is forgotten, taken or not.
    """

    id: StoredId = Field(alias="_id")
    restaurant_id: Text
    address: Text
    role: Text
    location_ids: TextsOrNone = Field(default_factory=list)
    token_hash: Text
    made_by: Text
    created_at: Moment = None
    expires_at: Moment = None
    taken_at: Moment = None
    taken_by: Text = ""
    purge_at: Moment = None


class StoredDevice(Document):
    """A screen that was paired, or is to be. `revoked_at`: from then on it may nothing.

    `code_hash` until its code is used. `made_by`: the user id of whoever made the code, whose right it
    needs.
    `token_hashes`: the token in use, then the one that it is rolled to, until that is first used.
    """

    id: StoredId = Field(alias="_id")
    restaurant_id: Text = ""
    location_id: StoredId = ""
    name: Text = ""
    role: Text = ""
    station_ids: Texts = Field(default_factory=list)
    made_by: Text = ""
    code_hash: TextOrNone = None
    code_expires_at: Moment = None
    token_hashes: Texts = Field(default_factory=list)
    model: Text = ""
    app_version: Text = ""
    created_at: Moment = None
    claimed_at: Moment = None
    seen_at: Moment = None
    revoked_at: Moment = None
    purge_at: Moment = None


class Closing(Document):
    """Live connections that are to be closed: all of `group`, at `next_at`, and once more at `again_at` if that is set.

    `purge_at`: when nobody tries any more.
    """

    id: StoredId = Field(alias="_id")
    group: Text
    next_at: Moment = None
    again_at: Moment = None
    purge_at: Moment = None


class EndedSession(Document):
    """A session that was signed out or revoked; `id`: its handle. `purge_at`: when no access token of it is good."""

    id: Text = Field(alias="_id")
    ended_at: Moment = None
    purge_at: Moment = None
