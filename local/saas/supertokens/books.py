"""What the core remembers: users, devices with their codes, and sessions. Each change of a row goes into a journal."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Generic, TypeVar

from local.standin.journal import Journal, JournalError

_DAY_MS = 24 * 60 * 60 * 1000


def now_ms() -> int:
    """Milliseconds since the epoch, in which the core tells every time but those in tokens."""
    return int(time.time() * 1000)


@dataclass(slots=True)
class Lifetimes:
    """The core's settings, in milliseconds. The code's is this project's (passwordless_code_lifetime)."""

    code: int = 600_000
    access_token: int = 3_600_000
    refresh_token: int = 100 * _DAY_MS


@dataclass(frozen=True, slots=True)
class User:
    """Somebody with one e-mail address or one phone number, not both."""

    id: str
    joined_at: int
    email: str | None = None
    phone: str | None = None

    @property
    def key(self) -> str:
        """The id."""
        return self.id


@dataclass(frozen=True, slots=True)
class Code:
    """A code that was sent. `link` is what a magic link would carry."""

    id: str
    digits: str
    link: str
    made_at: int


@dataclass(frozen=True, slots=True)
class Device:
    """One attempt to sign in, on one device. `attempt` is its public name (preAuthSessionId), a hash of its id.

    `failed`: how many wrong or expired codes were typed in.
    """

    id: str
    attempt: str
    codes: tuple[Code, ...]
    failed: int = 0
    email: str | None = None
    phone: str | None = None

    @property
    def key(self) -> str:
        """The attempt."""
        return self.attempt


@dataclass(frozen=True, slots=True)
class Session:
    """A session. `refresh_hash` is the hash, twice, of the refresh token that was last known to be in use."""

    handle: str
    user_id: str
    refresh_hash: str
    made_at: int
    expires_at: int
    in_token: Mapping[str, Any] = field(default_factory=dict)
    in_database: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The handle."""
        return self.handle


Row = TypeVar("Row", User, Device, Session)


class Table(Generic[Row]):
    """Rows by their key, oldest first."""

    def __init__(self, record: Callable[[dict[str, Any]], None], name: str) -> None:
        self._record = record
        self._name = name
        self._rows: dict[str, Row] = {}

    def get(self, key: str) -> Row | None:
        """The row with this key."""
        return self._rows.get(key)

    def all(self) -> list[Row]:
        """Every row."""
        return list(self._rows.values())

    def put(self, row: Row) -> None:
        """Add a row, or replace the one with its key."""
        self.put_back(row)
        self._record({"put": self._name, "row": asdict(row)})

    def drop(self, key: str) -> None:
        """Remove the row with this key, if it is there."""
        if self._rows.pop(key, None) is not None:
            self._record({"drop": self._name, "key": key})

    def put_back(self, row: Row) -> None:
        """Add a row that the journal has."""
        self._rows[row.key] = row

    def drop_again(self, key: str) -> None:
        """Remove a row as the journal says."""
        self._rows.pop(key, None)


class Books:
    """Everything that the core remembers; `written` has it on the disk."""

    def __init__(self, journal: Journal) -> None:
        """Read what earlier runs did. Raises JournalError."""
        self._journal = journal
        self.users: Table[User] = Table(journal.add, "users")
        self.devices: Table[Device] = Table(journal.add, "devices")
        self.sessions: Table[Session] = Table(journal.add, "sessions")
        for event in journal.past():
            try:
                self._apply(event)
            except (KeyError, TypeError) as error:
                raise JournalError(f"an event of another version stands in the core's journal: {error!r}") from None

    async def written(self) -> None:
        """Return when everything that was done so far is on the disk. Raises OSError."""
        await self._journal.written()

    def _apply(self, event: Mapping[str, Any]) -> None:
        match event:
            case {"put": "users", "row": row}:
                self.users.put_back(User(**row))
            case {"put": "devices", "row": row}:
                codes = tuple(Code(**code) for code in row["codes"])
                self.devices.put_back(Device(**{**row, "codes": codes}))
            case {"put": "sessions", "row": row}:
                self.sessions.put_back(Session(**row))
            case {"drop": "users", "key": key}:
                self.users.drop_again(key)
            case {"drop": "devices", "key": key}:
                self.devices.drop_again(key)
            case {"drop": "sessions", "key": key}:
                self.sessions.drop_again(key)
            case _:
                raise KeyError(*event)
