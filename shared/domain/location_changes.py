"""What of a location's settings is to be stored, of what its people sent (contract 46, rules 17).

A value that is sent as it is stored passes, also one that could not be stored today: the existing app sends all seven
settings at each save. Everything else is checked, and refused by the name of its field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bson import ObjectId

from shared.api import location_settings as api
from shared.documents.places import AlertNumber, StoredLocation
from shared.domain import contact_texts, field_faults, hours_writing
from shared.domain.business_days import LATEST_MINUTE
from shared.domain.field_faults import wrong
from shared.domain.hours_texts import start, zone

REFUSALS = (*field_faults.REFUSALS,)

MAX_ALERT_NUMBERS = 20
MAX_ADDRESS = 300
LONGEST_MARGIN = 24 * 60
"""The most minutes after opening or before closing in which no orders are taken."""

Fields = dict[str, Any]
"""Stored fields by their names in the database."""


def same_place(sent: api.LocationSettingsChange, restaurant_id: str, location_id: str) -> None:
    """Raises Problem (REFUSALS) where the body names another restaurant or location than the path."""
    for field, told, here in (
        ("restaurantId", sent.restaurant_id, restaurant_id),
        ("locationId", sent.location_id, location_id),
    ):
        if told is not None and told != here:
            raise wrong(field, "This is another one than in the address.")


def of_settings(sent: api.LocationSettingsChange, stored: StoredLocation, raw: Mapping[str, Any]) -> Fields:
    """The fields that change. `raw`: the document as it is stored. Raises Problem (REFUSALS)."""
    fields: Fields = {}
    if sent.timezone is not None and sent.timezone != stored.timezone:
        fields["timezone"] = time_zone(sent.timezone)
    if sent.working_hours is not None:
        fields["workingHours"] = hours_writing.week(sent.working_hours, rows_of(raw, "workingHours"), "workingHours")
    if sent.order_timing is not None:
        fields |= _timing(sent.order_timing, stored, raw)
    if sent.alert_numbers is not None and not _are_there(sent.alert_numbers, stored):
        fields["alertNumbers"] = _alert_numbers(sent.alert_numbers, raw)
    if sent.address and sent.address != stored.address:
        fields["address"] = address(sent.address)
    if sent.auto_accept_order not in (None, stored.auto_accept_order):
        fields["autoAcceptOrder"] = sent.auto_accept_order
    if sent.contact is not None and sent.contact.email is not None and sent.contact.email != stored.contact.email:
        fields["contact"] = {**_part(raw, "contact"), "email": _email(sent.contact.email)}
    return _cleared(fields, sent, raw)


def _cleared(fields: Fields, sent: api.LocationSettingsChange, raw: Mapping[str, Any]) -> Fields:
    both = {
        "address": bool(sent.address),
        "contact.email": sent.contact is not None and bool(sent.contact.email),
        "alertNumbers": bool(sent.alert_numbers),
    }
    for name in sent.clear:
        if both[name]:
            raise wrong("clear", f"{name} is sent, and is to be taken away.")
        if name == "address":
            fields["address"] = ""
        elif name == "alertNumbers":
            fields["alertNumbers"] = []
        else:
            fields["contact"] = {**_part(raw, "contact"), "email": ""}
    return fields


def _timing(sent: api.OrderTimingChange, stored: StoredLocation, raw: Mapping[str, Any]) -> Fields:
    """The timing whole, if it changes: a half that is not sent stays."""
    timing = was = _part(raw, "orderTiming")
    there = stored.order_timing
    for name, minutes, before in (
        ("acceptOrdersAfterMinutes", sent.accept_orders_after_minutes, there.accept_orders_after_minutes),
        ("stopOrdersBeforeMinutes", sent.stop_orders_before_minutes, there.stop_orders_before_minutes),
    ):
        if minutes is None or minutes == before:
            continue
        if not 0 <= minutes <= LONGEST_MARGIN:
            raise wrong(f"orderTiming.{name}", f"These are 0 to {LONGEST_MARGIN} minutes.")
        timing = {**timing, name: minutes}
    return {} if timing is was else {"orderTiming": timing}


def _are_there(sent: Sequence[api.AlertNumberSent], stored: StoredLocation) -> bool:
    told = [(one.id or "", one.phone_number) for one in sent]
    return told == [(str(one.id), one.phone_number) for one in stored.alert_numbers]


def _alert_numbers(sent: Sequence[api.AlertNumberSent], raw: Mapping[str, Any]) -> list[dict[str, Any]]:
    if len(sent) > MAX_ALERT_NUMBERS:
        raise wrong("alertNumbers", f"There are at most {MAX_ALERT_NUMBERS} numbers.")
    there = {str(AlertNumber.model_validate(row).id): row for row in rows_of(raw, "alertNumbers")}
    found = []
    for index, one in enumerate(sent):
        known = there.pop(one.id, None) if one.id else None
        if known is not None and AlertNumber.model_validate(known).phone_number == one.phone_number:
            found.append(known)
            continue
        number = contact_texts.phone(one.phone_number)
        if number is None:
            message = "This is no phone number: use ten digits, or one with its + and country code."
            raise wrong(f"alertNumbers.{index}.phoneNumber", message)
        found.append({**(known or {"_id": ObjectId()}), "phoneNumber": number})
    return found


def of_details(sent: api.LocationDetailsChange) -> Fields:
    """The fields of what a location is, as they are sent. Raises Problem (REFUSALS)."""
    fields: Fields = {}
    plain = {"name": sent.name, "locationSlug": sent.location_slug, "isMobile": sent.is_mobile}
    plain |= {"staffLanguage": sent.staff_language, "dailySummary": sent.daily_summary}
    fields |= {name: value for name, value in plain.items() if value is not None}
    if sent.supported_languages is not None:
        if "en" not in sent.supported_languages:
            raise wrong("supportedLanguages", "English (en) is always one of them.")
        fields["supportedLanguages"] = sorted(set(sent.supported_languages), key=("en", "es", "pt").index)
    if sent.business_day_starts_at is not None:
        fields["businessDayStartsAt"] = _business_day(sent.business_day_starts_at)
    return fields


def of_new(sent: api.NewLocation) -> Fields:
    """The fields that a new location begins with instead of the usual ones. Raises Problem (REFUSALS)."""
    fields = of_details(sent)
    if sent.timezone is not None:
        fields["timezone"] = time_zone(sent.timezone)
    if sent.address is not None:
        fields["address"] = sent.address
    return fields


def differing(fields: Mapping[str, Any], raw: Mapping[str, Any]) -> Fields:
    """Those of the fields that are not stored as they are. A name may lead into a part: `payment.acceptPayment`."""
    return {name: value for name, value in fields.items() if value != value_at(raw, name, ...)}


def value_at(raw: Mapping[str, Any], name: str, absent: Any = None) -> Any:
    """What is stored under a name, which may lead into a part; `absent` where nothing is."""
    found: Any = raw
    for step in name.split("."):
        if not isinstance(found, Mapping) or step not in found:
            return absent
        found = found[step]
    return found


def time_zone(text: str) -> str:
    """The time zone's own name. Raises Problem (REFUSALS)."""
    found = zone(text)
    if found is None:
        raise wrong("timezone", "This is no time zone: use a name such as America/New_York.")
    return found.key


def address(text: str) -> str:
    """An address. Raises Problem (REFUSALS)."""
    if len(text) > MAX_ADDRESS:
        raise wrong("address", f"An address has at most {MAX_ADDRESS} characters.")
    return text


def _email(text: str) -> str:
    if text and not contact_texts.is_email(text):
        raise wrong("contact.email", "This is no e-mail address.")
    return text


def _business_day(text: str) -> str:
    written = hours_writing.time_of_day("businessDayStartsAt", text)
    if (start(written) or 0) > LATEST_MINUTE:
        raise wrong("businessDayStartsAt", "A business day begins at 12:00 at the latest.")
    return written


def rows_of(raw: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The rows of a stored list; what stands there besides is left out."""
    found = raw.get(name)
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def _part(raw: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = raw.get(name)
    return dict(found) if isinstance(found, dict) else {}
