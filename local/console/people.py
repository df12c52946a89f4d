"""Who may sign in here, and with which code. Codes are shown to whoever sits at this machine, and logged nowhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def rows(demo: Mapping[str, Any], codes: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The demo's people in their order, then everybody else whom a code was sent to, newest first.

    Each has an `address`, the demo's a `name` and a `userId`; `code` is the newest code that the core takes now, good
    `until` then. `codes` are the stand-in's, newest first.
    """
    people: dict[str, dict[str, Any]] = {
        person["email"]: {"name": name, "userId": person["userId"], "address": person["email"]}
        for name, person in demo.items()
        if isinstance(person, dict) and person.keys() >= {"userId", "email"}
    }
    for each in codes:
        address = each.get("email") or each.get("phoneNumber") or ""
        row = people.setdefault(address, {"address": address})
        row.setdefault("code", each["userInputCode"])
        row.setdefault("until", each["until"])
    return list(people.values())
