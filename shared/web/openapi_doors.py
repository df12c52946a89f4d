"""Who may call a route, as the OpenAPI document says it."""

from __future__ import annotations

from shared.web.access import Allow, ByKind, StaffOf, StaffThrough, ThisDevice, ThisPrinter, anyone

SCHEMES: dict[str, dict[str, str]] = {
    "staff": {
        "type": "http",
        "scheme": "bearer",
        "description": (
            "A person who signed in. At the server's root, `POST /login/signinup/code` with `email` or `phoneNumber` "
            "has a code sent. `POST /login/signinup/code/consume` with `deviceId` and `preAuthSessionId` of its answer "
            "and the code as `userInputCode` answers the token in the header `st-access-token`. It holds for an hour; "
            "`POST /login/session/refresh`, with the `st-refresh-token` as the bearer, gives the next."
        ),
    },
    "device": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "A paired screen: `Device <token>`, with the token that `POST /devices/claim` answered.",
    },
}
"""What a caller shows, by the names that `security_of` uses."""

_SCREENS = {"none": "", "expo": ", and for `expo` screens", "any": ", and for paired screens"}


def security_of(allow: Allow) -> list[dict[str, list[str]]] | None:
    """What a caller shows to this door, each entry by itself enough; None for a door that asks for nothing."""
    if allow is anyone or isinstance(allow, ThisPrinter):
        return None
    if isinstance(allow, ThisDevice):
        return [{"device": []}]
    shown = ["staff", "device"] if _for_screens(allow) else ["staff"]
    security: list[dict[str, list[str]]] = [{scheme: []} for scheme in shown]
    return [*security, {}] if allow.public else security


def whom(allow: Allow) -> str:
    """Which roles and screens a door is for, in a sentence; "" where it is for no certain ones."""
    if not isinstance(allow, StaffOf | StaffThrough):
        return ""
    above = "" if allow.least == "owner" else " and those above it"
    return f"For the role `{allow.least}`{above}{_SCREENS[allow.devices]}."


def _for_screens(allow: Allow) -> bool:
    rules = allow.rules.values() if isinstance(allow, ByKind) else (allow,)
    return any(isinstance(rule, StaffOf | StaffThrough) and rule.devices != "none" for rule in rules)
