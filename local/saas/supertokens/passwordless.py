"""Signing in by code: devices, their codes of six digits, five tries each, and the users who come of it."""

from __future__ import annotations

import base64
import hashlib
import secrets
import uuid
from dataclasses import dataclass, replace
from typing import Literal

from local.saas.supertokens.books import Books, Code, Device, Lifetimes, User, now_ms

MAX_TRIES = 5
"""The try that fails as this many ends the device: its owner has to begin anew."""

_KEPT_MS = 3_600_000

Status = Literal[
    "INCORRECT_USER_INPUT_CODE_ERROR",
    "EXPIRED_USER_INPUT_CODE_ERROR",
    "RESTART_FLOW_ERROR",
    "USER_INPUT_CODE_ALREADY_USED_ERROR",
]


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a code is not made or not taken; `failed` counts the device's tries where it can go on."""

    status: Status
    failed: int | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A code, and the device that it is for."""

    device: Device
    code: Code


@dataclass(frozen=True, slots=True)
class Presented:
    """What somebody presents to sign in: the digits with the device's id, or a link's code."""

    attempt: str
    device_id: str | None = None
    digits: str | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A code that was taken; `new` where it made the user."""

    device: Device
    user: User
    new: bool


class MismatchError(Exception):
    """The device's id and the attempt's do not belong together."""


class Passwordless:
    """What the core does about codes. A code's lifetime is looked at when it comes back."""

    def __init__(self, books: Books, lifetimes: Lifetimes) -> None:
        self._books = books
        self._lifetimes = lifetimes

    def begin(self, email: str | None, phone: str | None, digits: str | None) -> Made:
        """A new device with its first code."""
        self._clean()
        device_id = base64.b64encode(secrets.token_bytes(32)).decode()
        code = _code(digits or _six_digits())
        device = Device(device_id, _attempt(device_id), (code,), email=email, phone=phone)
        self._books.devices.put(device)
        return Made(device, code)

    def again(self, device_id: str, digits: str | None) -> Made | Refused:
        """Another code for a device; the earlier ones stay valid."""
        device = self._books.devices.get(_attempt(device_id))
        if device is None:
            return Refused("RESTART_FLOW_ERROR")
        known = {code.digits for code in device.codes}
        if digits in known:
            return Refused("USER_INPUT_CODE_ALREADY_USED_ERROR")
        while digits is None or digits in known:
            digits = _six_digits()
        code = _code(digits)
        device = replace(device, codes=(*device.codes, code))
        self._books.devices.put(device)
        return Made(device, code)

    def check(self, presented: Presented) -> Device | Refused:
        """The device whose code this is. A wrong or an expired one counts as a try. Raises MismatchError."""
        if presented.device_id is not None and _attempt(presented.device_id) != presented.attempt:
            raise MismatchError
        device = self._books.devices.get(presented.attempt)
        if device is None:
            return Refused("RESTART_FLOW_ERROR")
        code = next((code for code in device.codes if _is(code, presented)), None)
        if code is not None and code.made_at + self._lifetimes.code >= now_ms():
            return device
        if presented.device_id is None:
            return Refused("RESTART_FLOW_ERROR")
        return self._failed(device, expired=code is not None)

    def consume(self, presented: Presented) -> SignedIn | Refused:
        """Sign in: the codes of this address are over, and its user is made if there is none. Raises MismatchError."""
        device = self.check(presented)
        if isinstance(device, Refused):
            return device
        self.forget(device.email, device.phone)
        user = self.user_of(device.email, device.phone)
        new = user is None
        if user is None:
            user = User(str(uuid.uuid4()), now_ms(), device.email, device.phone)
            self._books.users.put(user)
        return SignedIn(device, user, new)

    def forget(self, email: str | None, phone: str | None) -> None:
        """Remove every code of an address."""
        for device in self.devices_of(email, phone):
            self._books.devices.drop(device.key)

    def forget_code(self, code_id: str) -> None:
        """Remove one code, and its device with the last one."""
        for device in self._books.devices.all():
            left = tuple(code for code in device.codes if code.id != code_id)
            if not left:
                self._books.devices.drop(device.key)
            elif left != device.codes:
                self._books.devices.put(replace(device, codes=left))

    def devices_of(self, email: str | None, phone: str | None) -> list[Device]:
        """The devices that wait for a code of this address."""
        return [each for each in self._books.devices.all() if (each.email, each.phone) == (email, phone)]

    def device(self, attempt: str) -> Device | None:
        """The device of an attempt."""
        return self._books.devices.get(attempt)

    def device_by_id(self, device_id: str) -> Device | None:
        """The device with this id."""
        return self._books.devices.get(_attempt(device_id))

    def user_of(self, email: str | None, phone: str | None) -> User | None:
        """The user with this address."""
        return next((each for each in self._books.users.all() if (each.email, each.phone) == (email, phone)), None)

    def open_codes(self) -> list[Made]:
        """Every code that would be taken now, newest first."""
        oldest = now_ms() - self._lifetimes.code
        made = [Made(device, code) for device in self._books.devices.all() for code in device.codes]
        return sorted((each for each in made if each.code.made_at >= oldest), key=lambda each: -each.code.made_at)

    def _clean(self) -> None:
        """Forget devices whose codes are long over. Until then, such a code is told from a wrong one."""
        oldest = now_ms() - self._lifetimes.code - _KEPT_MS
        for device in self._books.devices.all():
            if all(code.made_at < oldest for code in device.codes):
                self._books.devices.drop(device.key)

    def _failed(self, device: Device, *, expired: bool) -> Refused:
        failed = device.failed + 1
        if failed >= MAX_TRIES:
            self._books.devices.drop(device.key)
            return Refused("RESTART_FLOW_ERROR")
        self._books.devices.put(replace(device, failed=failed))
        return Refused("EXPIRED_USER_INPUT_CODE_ERROR" if expired else "INCORRECT_USER_INPUT_CODE_ERROR", failed)


def _is(code: Code, presented: Presented) -> bool:
    if presented.link is not None:
        return code.link == presented.link
    return code.digits == presented.digits


def _code(digits: str) -> Code:
    return Code(str(uuid.uuid4()), digits, secrets.token_urlsafe(32), now_ms())


def _six_digits() -> str:
    return f"{secrets.randbelow(1_000_000):06}"


def _attempt(device_id: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(device_id.encode()).digest()).rstrip(b"=").decode()
