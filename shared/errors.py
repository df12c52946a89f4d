"""The one catalogue of errors: what can go wrong, its status and its sentence for people.

Services raise `Problem` with a code of this catalogue; only the endpoint decorator turns it into HTTP:
`{"statusCode", "message", "detail", "code", "requestId"}`. The OpenAPI document is made from the same entries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """A stable, machine-readable code with the HTTP status and the sentence that go with it."""

    code: str
    status: int
    message: str


class Problem(Exception):  # noqa: N818 - the field's word (RFC 9457); it is an answer, not a failure of ours
    """An answer that is not a success.

    `detail` lists what exactly is wrong (for 400: `{"field", "message"}` rows); `extra` holds further keys of the
    body (such as `orderId`, `opensAt`, `preview`); `retry_after` is in seconds and becomes the Retry-After header;
    `headers` are further response headers (such as Allow), `cookies` whole Set-Cookie values.
    """

    def __init__(
        self,
        code: ErrorCode,
        message: str | None = None,
        *,
        detail: Sequence[Mapping[str, Any]] = (),
        extra: Mapping[str, Any] | None = None,
        retry_after: int | None = None,
        headers: Mapping[str, str] | None = None,
        cookies: Sequence[str] = (),
    ) -> None:
        super().__init__(message or code.message)
        self.code = code
        self.message = message or code.message
        self.detail = list(detail)
        self.extra = dict(extra or {})
        self.retry_after = retry_after
        self.headers = dict(headers or {})
        self.cookies = tuple(cookies)


# What any route may answer
INVALID_REQUEST = ErrorCode("INVALID_REQUEST", 400, "The request is not valid.")
MALFORMED_JSON = ErrorCode("MALFORMED_JSON", 400, "The body is not valid JSON.")
UNAUTHENTICATED = ErrorCode("UNAUTHENTICATED", 401, "Sign in to do this.")
FORBIDDEN = ErrorCode("FORBIDDEN", 403, "This is not yours to see or change.")
NOT_FOUND = ErrorCode("NOT_FOUND", 404, "There is nothing at this address.")
METHOD_NOT_ALLOWED = ErrorCode("METHOD_NOT_ALLOWED", 405, "This address does not answer this method.")
BODY_TOO_LARGE = ErrorCode("BODY_TOO_LARGE", 413, "The body is too large.")
UNSUPPORTED_MEDIA_TYPE = ErrorCode("UNSUPPORTED_MEDIA_TYPE", 415, "Send the body as application/json.")
INTERNAL = ErrorCode("INTERNAL", 500, "Something went wrong on our side. Please try again.")
TOO_MANY_REQUESTS = ErrorCode("TOO_MANY_REQUESTS", 429, "That was asked too often. Please try again in a moment.")
UNAVAILABLE = ErrorCode("UNAVAILABLE", 503, "We are busy right now. Please try again in a moment.")

# What signing in may answer (rules 12)
SIGN_IN_NOT_SET_UP = ErrorCode("SIGN_IN_NOT_SET_UP", 503, "Nobody can sign in here yet: no codes can be sent.")

# What the restaurant's data may lack
RESTAURANT_NOT_FOUND = ErrorCode("INVALID_RESTAURANT", 404, "INVALID_RESTAURANT")
LOCATION_NOT_FOUND = ErrorCode("INVALID_LOCATION", 404, "INVALID_LOCATION")
MENU_NOT_FOUND = ErrorCode("INVALID_MENU", 404, "Invalid menu")
SPECIAL_DAY_NOT_FOUND = ErrorCode("SPECIAL_DAY_NOT_FOUND", 404, "This location has no such special day.")
STATION_NOT_FOUND = ErrorCode("STATION_NOT_FOUND", 404, "Station not found")
STATION_IN_USE = ErrorCode(
    "STATION_IN_USE", 409, "A screen or a printer has this station alone. Give it another one, or remove it first."
)
MENU_ITEM_NOT_FOUND = ErrorCode("MENU_ITEM_NOT_FOUND", 404, "Menu item not found")
MENU_ARCHIVED = ErrorCode("MENU_ARCHIVED", 409, "This menu is in the archive. Restore it first.")
MENU_TOO_LARGE = ErrorCode("MENU_TOO_LARGE", 409, "A menu cannot be this large. Make two of it.")
MENU_CATEGORY_NOT_FOUND = ErrorCode("MENU_CATEGORY_NOT_FOUND", 404, "Menu category not found")
MENU_CHOICE_NOT_FOUND = ErrorCode("MENU_CHOICE_NOT_FOUND", 404, "This dish has no such size or choice.")
CATEGORY_NOT_EMPTY = ErrorCode(
    "CATEGORY_NOT_EMPTY", 409, "There are dishes in this category: say where they go, or that they go, too."
)
SLUG_TAKEN = ErrorCode("SLUG_TAKEN", 409, "Another menu of this location has this address.")
TOO_MANY_OF_THEM = ErrorCode("TOO_MANY_OF_THEM", 409, "There are as many of these as there may be.")
PRINTER_NOT_FOUND = ErrorCode("PRINTER_NOT_FOUND", 404, "This location has no such printer.")
PRINTER_OF_ANOTHER_KIND = ErrorCode(
    "PRINTER_OF_ANOTHER_KIND", 409, "A printer in the location's own network has no address and no tickets here."
)
DRAFT_NOT_FOUND = ErrorCode("DRAFT_NOT_FOUND", 404, "This menu has no draft.")
DRAFT_EXISTS = ErrorCode("DRAFT_EXISTS", 409, "Somebody has begun a draft of this menu already. Please look at it.")
DRAFT_PLANNED = ErrorCode(
    "DRAFT_PLANNED", 409, "This draft is to be published at a set time. Withdraw that before you change it."
)
DRAFT_CONFLICT = ErrorCode(
    "DRAFT_CONFLICT",
    409,
    "The live menu was changed meanwhile where this draft changes it, too. Please compare the two.",
)
DRAFT_EMPTY = ErrorCode("DRAFT_EMPTY", 409, "This draft changes nothing of the live menu.")
MENU_VERSION_NOT_FOUND = ErrorCode("MENU_VERSION_NOT_FOUND", 404, "This menu has no such version, or not any more.")
ATTENTION_NOT_FOUND = ErrorCode("ATTENTION_NOT_FOUND", 404, "Nothing here needs a person under this id.")
ATTENTION_ACT_REFUSED = ErrorCode("ATTENTION_ACT_REFUSED", 409, "That cannot be done about it now.")
GONE = ErrorCode("GONE", 410, "This way of ordering is gone: preview the cart, then place the preview.")
ORDER_NOT_FOUND = ErrorCode("ORDER_NOT_FOUND", 404, "Order not found")
PREVIEW_NOT_FOUND = ErrorCode("PREVIEW_NOT_FOUND", 404, "This order preview does not exist.")

# What the codes on tables may answer (rules 18)
LINKS_NOT_SET_UP = ErrorCode("LINKS_NOT_SET_UP", 503, "No codes can be made here yet: LINK_BASE is not set.")
ORIGIN_NOT_FOUND = ErrorCode("ORIGIN_NOT_FOUND", 404, "This location has no such code.")
ORIGIN_OF_CAMPAIGN = ErrorCode(
    "ORIGIN_OF_CAMPAIGN", 409, "A campaign that is on uses this code. Switch the campaign off first."
)
CAMPAIGN_NOT_FOUND = ErrorCode("CAMPAIGN_NOT_FOUND", 404, "This location has no such campaign.")
CAMPAIGN_USED = ErrorCode("CAMPAIGN_USED", 409, "Orders had this campaign. Switch it off instead.")
CAMPAIGN_WITHOUT_CODE = ErrorCode("CAMPAIGN_WITHOUT_CODE", 409, "The code of this campaign is gone. Make another one.")
CODE_LEADS_NOWHERE = ErrorCode("CODE_LEADS_NOWHERE", 404, "This code leads nowhere.")

# What mails may be answered (rules 24.2)
MAILS_NOT_SET_UP = ErrorCode("MAILS_NOT_SET_UP", 503, "No mails are sent here yet.")
MAIL_NOT_SENT = ErrorCode("MAIL_NOT_SENT", 503, "The mail was not sent, or perhaps not. Please try again in a moment.")

# What a cart may get wrong
CART_INVALID = ErrorCode("CART_INVALID", 400, "Something in the cart cannot be ordered like this.")
ORIGIN_INVALID = ErrorCode(
    "ORIGIN_INVALID", 400, "This code belongs to another restaurant or location. Please scan the code at your table."
)
ITEM_SOLD_OUT = ErrorCode("ITEM_SOLD_OUT", 409, "A dish in the cart is sold out.")
MENU_NOT_AVAILABLE = ErrorCode("MENU_NOT_AVAILABLE", 409, "This menu is not served right now.")
MENU_NOT_ORDERABLE = ErrorCode(
    "MENU_NOT_ORDERABLE", 409, "The menu has no tax rate, so nothing can be ordered from it."
)

TOO_MANY_PREVIEWS = ErrorCode(
    "TOO_MANY_PREVIEWS", 429, "Too many orders are being prepared. Please try again in a moment."
)

# What a checkout may answer (rules 3)
LOCATION_CLOSED = ErrorCode("LOCATION_CLOSED", 409, "This restaurant does not take orders right now.")
PAYMENT_REQUIRED = ErrorCode("PAYMENT_REQUIRED", 402, "This restaurant takes payment with the order.")
ORDER_RUNNING = ErrorCode("ORDER_RUNNING", 409, "These dishes are already in an order.")
PREVIEW_STALE = ErrorCode("PREVIEW_STALE", 409, "Prices have changed. Please look at your order again.")
PREVIEW_EXPIRED = ErrorCode("PREVIEW_EXPIRED", 410, "This order preview has expired. Please go back to your cart.")
PLACEMENT_PENDING = ErrorCode(
    "PLACEMENT_PENDING", 503, "Your order is on its way to the kitchen. Please try again in a moment."
)

# What staff may not do with an order (any more)
ORDER_MOVED = ErrorCode("ORDER_MOVED", 409, "This order has moved on. Please look at it again.")
ITEMS_NOT_DONE = ErrorCode("ITEMS_NOT_DONE", 409, "Something of this order is not done yet.")
ORDER_ITEM_NOT_FOUND = ErrorCode("ORDER_ITEM_NOT_FOUND", 404, "Order or item not found")

# What a diner may not take back any more
CANNOT_CANCEL = ErrorCode("CANNOT_CANCEL", 409, "The kitchen has this order already. Please ask the staff.")
ORDER_NOT_PLACED_YET = ErrorCode(
    "ORDER_NOT_PLACED_YET", 409, "Your order is on its way to the kitchen. Please try again in a moment."
)

# What a request with an Idempotency-Key may answer
KEY_REUSED = ErrorCode("KEY_REUSED", 409, "This Idempotency-Key was sent with another body before.")
KEY_RUNNING = ErrorCode("KEY_RUNNING", 409, "The first request with this Idempotency-Key is still running.")

# What a request with If-Match may answer
VERSION_CHANGED = ErrorCode("VERSION_CHANGED", 412, "This was changed meanwhile. Please look at it again.")

# What giving money back may answer
REFUND_TOO_LARGE = ErrorCode("REFUND_TOO_LARGE", 409, "That is more than is left to give back.")
LINE_REFUNDED = ErrorCode("LINE_REFUNDED", 409, "This dish is given back already.")
COUNTER_PAYMENT_FIXED = ErrorCode("COUNTER_PAYMENT_FIXED", 409, "How this order was paid cannot be changed any more.")
REFUND_BY_HAND = ErrorCode(
    "REFUND_BY_HAND", 409, "This order was paid outside: give the money back there, and say that it is done."
)

# What paying may answer
PAYMENT_PENDING = ErrorCode("PAYMENT_PENDING", 503, "We are checking your payment. Please try again in a moment.")
PAYMENT_UNAVAILABLE = ErrorCode(
    "PAYMENT_UNAVAILABLE", 503, "Payments cannot be taken right now. Please try again in a moment."
)
NO_MERCHANT = ErrorCode(
    "NO_MERCHANT", 409, "This location has no account at the payment gateway that can be used. Set its merchant first."
)
PAYMENT_NOT_TAKEN = ErrorCode("PAYMENT_NOT_TAKEN", 409, "This restaurant does not take payment with the order.")
PAYMENT_RETURNED = ErrorCode("PAYMENT_RETURNED", 410, "This order could not be placed, and your payment is given back.")
LOCATION_REQUIRED = ErrorCode(
    "LOCATION_REQUIRED", 409, "This restaurant's locations are paid apart: say which preview is to be paid."
)
TIP_TOO_LARGE = ErrorCode("TIP_TOO_LARGE", 409, "The tip is larger than this order allows.")
TOKEN_USED = ErrorCode("TOKEN_USED", 409, "This card entry was used for another order. Please enter the card again.")
TOKEN_OF_ANOTHER_MERCHANT = ErrorCode(
    "TOKEN_OF_ANOTHER_MERCHANT", 409, "The card was entered for another location. Please enter it again."
)

# What the people and the screens of a restaurant may be answered (rules 11)
LAST_OWNER = ErrorCode("LAST_OWNER", 409, "A restaurant needs an owner. Make somebody else an owner first.")
PERSON_NOT_FOUND = ErrorCode("PERSON_NOT_FOUND", 404, "This restaurant has no such person.")
TOO_MANY_PEOPLE = ErrorCode("TOO_MANY_PEOPLE", 409, "This restaurant has as many people as it can have.")
INVITATION_NOT_FOUND = ErrorCode(
    "INVITATION_NOT_FOUND", 404, "This invitation does not exist, was used, or does not hold any more."
)
INVITATION_OF_ANOTHER = ErrorCode(
    "INVITATION_OF_ANOTHER",
    409,
    "This invitation is for another address. Sign in with the address that it was made for.",
)
TOO_MANY_RESTAURANTS = ErrorCode("TOO_MANY_RESTAURANTS", 429, "You have made enough restaurants for one day.")
DEVICE_NOT_FOUND = ErrorCode("DEVICE_NOT_FOUND", 404, "This location has no such device.")
DEVICE_CODE_NOT_FOUND = ErrorCode(
    "DEVICE_CODE_NOT_FOUND", 404, "This code does not exist, was used, or does not hold any more."
)
TOO_MANY_DEVICES = ErrorCode("TOO_MANY_DEVICES", 409, "This location has as many devices as it can have.")

# What a restaurant's webhooks may be answered (rules 21)
WEBHOOK_NOT_FOUND = ErrorCode("WEBHOOK_NOT_FOUND", 404, "This restaurant has no such webhook.")
DELIVERY_NOT_FOUND = ErrorCode("DELIVERY_NOT_FOUND", 404, "This webhook has no such delivery, or no longer.")
WEBHOOKS_NOT_SET_UP = ErrorCode(
    "WEBHOOKS_NOT_SET_UP", 503, "Webhooks cannot be made here yet: there is no key to seal their secrets with."
)

# What keeping pictures may be answered (rules 24)
FILES_NOT_SET_UP = ErrorCode("FILES_NOT_SET_UP", 503, "No pictures can be kept here yet: no storage is set up.")
FILES_UNAVAILABLE = ErrorCode(
    "FILES_UNAVAILABLE", 503, "Pictures cannot be kept right now. Please try again in a moment."
)
UPLOAD_NOT_FOUND = ErrorCode("UPLOAD_NOT_FOUND", 404, "Nothing was sent under this id, or it is too long ago.")
