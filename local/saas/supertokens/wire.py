"""The core's JSON: what the SDK sends, read strictly, and what it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException

from local.saas.supertokens.books import Code, Device, Session, User
from local.saas.supertokens.passwordless import MAX_TRIES, Made, Presented, Refused, SignedIn
from local.saas.supertokens.sessions import Granted, Token

VERSION = "5.4"
"""The interface's version that the stand-in speaks."""

TENANT = "public"
OK = "OK"
_MAX_TEXT = 4_096

TENANT_ANSWER: Mapping[str, Any] = {
    "status": OK,
    "tenantId": TENANT,
    "emailPassword": {"enabled": True},
    "passwordless": {"enabled": True},
    "thirdParty": {"enabled": True, "providers": []},
    "webauthn": {"enabled": True},
    "firstFactors": None,
    "requiredSecondaryFactors": None,
    "coreConfig": {},
}


def optional(data: Mapping[str, Any], name: str) -> str | None:
    """A text that may be missing or null. Raises HTTPException 400, as all of these do."""
    value = data.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not 0 < len(value) <= _MAX_TEXT:
        raise HTTPException(400, f"Field name '{name}' is invalid in JSON input")
    return value


def text(data: Mapping[str, Any], name: str) -> str:
    """A text that must be there."""
    value = optional(data, name)
    if value is None:
        raise HTTPException(400, f"Field name '{name}' is missing in JSON input")
    return value


def mapping(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object that must be there."""
    value = data.get(name)
    if not isinstance(value, dict):
        raise HTTPException(400, f"Field name '{name}' is invalid in JSON input")
    return value


def flag(data: Mapping[str, Any], name: str, default: bool = False) -> bool:
    """A boolean."""
    value = data.get(name, default)
    if not isinstance(value, bool):
        raise HTTPException(400, f"Field name '{name}' is invalid in JSON input")
    return value


def texts(data: Mapping[str, Any], name: str) -> list[str]:
    """A list of texts that must be there."""
    value = data.get(name)
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise HTTPException(400, f"Field name '{name}' is invalid in JSON input")
    return value


def address(data: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The e-mail address, in small letters, or the phone number: one of them, or neither."""
    email, phone = optional(data, "email"), optional(data, "phoneNumber")
    if email is not None and phone is not None:
        raise HTTPException(400, "Please provide exactly one of email or phoneNumber")
    return (email.strip().lower() if email else None), phone


def presented(data: Mapping[str, Any]) -> Presented:
    """A code that comes back: digits with the device's id, or a link's code."""
    attempt, device_id = text(data, "preAuthSessionId"), optional(data, "deviceId")
    digits, link = optional(data, "userInputCode"), optional(data, "linkCode")
    if (link is None) == (device_id is None or digits is None):
        raise HTTPException(400, "Please provide one of (linkCode) or (deviceId+userInputCode) and not both")
    return Presented(attempt, device_id, digits, link)


def without_anti_csrf(data: Mapping[str, Any]) -> None:
    """Anti-CSRF tokens are not asked for: the stand-in makes none."""
    if flag(data, "enableAntiCsrf"):
        raise HTTPException(400, "The stand-in knows no anti-CSRF tokens: use VIA_CUSTOM_HEADER or NONE")


def code_made(made: Made, lifetime_ms: int) -> dict[str, Any]:
    """A new code."""
    return {
        "status": OK,
        "preAuthSessionId": made.device.attempt,
        "codeId": made.code.id,
        "deviceId": made.device.id,
        "userInputCode": made.code.digits,
        "linkCode": made.code.link,
        "codeLifetime": lifetime_ms,
        "timeCreated": made.code.made_at,
    }


def code_refused(refused: Refused) -> dict[str, Any]:
    """A code that is not made, or not taken."""
    if refused.failed is None:
        return {"status": refused.status}
    tries = {"failedCodeInputAttemptCount": refused.failed, "maximumCodeInputAttempts": MAX_TRIES}
    return {"status": refused.status, **tries}


def checked(device: Device) -> dict[str, Any]:
    """A code that would be taken."""
    return {"status": OK, "consumedDevice": _device(device)}


def signed_in(done: SignedIn) -> dict[str, Any]:
    """A code that was taken."""
    return {
        "status": OK,
        "createdNewUser": done.new,
        "user": user(done.user),
        "recipeUserId": done.user.id,
        "consumedDevice": _device(done.device),
    }


def devices(found: list[Device], lifetime_ms: int) -> dict[str, Any]:
    """Devices that wait for a code; the codes themselves are not told."""

    def code(each: Code) -> dict[str, Any]:
        return {"codeId": each.id, "timeCreated": each.made_at, "codeLifetime": lifetime_ms}

    listed = [{**_device(device), "codes": [code(each) for each in device.codes]} for device in found]
    return {"status": OK, "devices": listed}


def user(found: User) -> dict[str, Any]:
    """A user."""
    contact = _contact(found.email, found.phone)
    return {
        "id": found.id,
        "isPrimaryUser": False,
        "tenantIds": [TENANT],
        "timeJoined": found.joined_at,
        "emails": [found.email] if found.email else [],
        "phoneNumbers": [found.phone] if found.phone else [],
        "thirdParty": [],
        "webauthn": {"credentialIds": []},
        "loginMethods": [
            {
                "recipeId": "passwordless",
                "recipeUserId": found.id,
                "tenantIds": [TENANT],
                "timeJoined": found.joined_at,
                "verified": True,
                **contact,
            }
        ],
    }


def granted(done: Granted) -> dict[str, Any]:
    """A session, with the tokens that are new."""
    answer: dict[str, Any] = {"status": OK, "session": {**_session(done.session), **_kept(done.session)}}
    if done.access is not None:
        answer["accessToken"] = _token(done.access)
    if done.refresh is not None:
        answer["refreshToken"] = _token(done.refresh)
    return answer


def stolen(session: Session) -> dict[str, Any]:
    """A refresh token that came back when it was old."""
    return {"status": "TOKEN_THEFT_DETECTED", "session": _session(session)}


def session_kept(session: Session) -> dict[str, Any]:
    """All that the core knows of a session."""
    return {
        "status": OK,
        "sessionHandle": session.handle,
        "userId": session.user_id,
        "recipeUserId": session.user_id,
        "userDataInDatabase": session.in_database,
        "expiry": session.expires_at,
        "timeCreated": session.made_at,
        **_kept(session),
    }


def changed(_session: Session) -> dict[str, Any]:
    """A session that was changed."""
    return {"status": OK}


def refused(status: str, message: str = "") -> dict[str, Any]:
    """A status that is not OK, with a message where the SDK reads one."""
    return {"status": status, "message": message} if message else {"status": status}


def _session(session: Session) -> dict[str, Any]:
    return {"handle": session.handle, "userId": session.user_id, "recipeUserId": session.user_id}


def _kept(session: Session) -> dict[str, Any]:
    return {"userDataInJWT": session.in_token, "tenantId": TENANT}


def _token(token: Token) -> dict[str, Any]:
    return {"token": token.text, "expiry": token.expires_at, "createdTime": token.made_at}


def _device(device: Device) -> dict[str, Any]:
    contact = _contact(device.email, device.phone)
    return {"preAuthSessionId": device.attempt, "failedCodeInputAttemptCount": device.failed, **contact}


def _contact(email: str | None, phone: str | None) -> dict[str, str]:
    return {name: value for name, value in (("email", email), ("phoneNumber", phone)) if value is not None}
