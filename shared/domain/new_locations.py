"""What a new location is made with (contract 20)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bson import ObjectId

QR_CODE_STYLE: dict[str, Any] = {
    "width": 300,
    "height": 300,
    "type": "svg",
    "data": "default",
    "margin": 10,
    "qrOptions": {"typeNumber": 0, "errorCorrectionLevel": "Q"},
    "imageOptions": {"hideBackgroundDots": True, "imageSize": 0.4, "margin": 5, "crossOrigin": "anonymous"},
    "dotsOptions": {"color": "#000000", "type": "square"},
    "backgroundOptions": {"color": "#ffffff"},
    "cornersSquareOptions": {"color": "#000000", "type": "square"},
    "cornersDotOptions": {"color": "#000000", "type": "square"},
    "shape": "square",
}
"""How the codes of a new location look."""


def new_location(location_id: ObjectId, restaurant_id: str, now: datetime) -> dict[str, Any]:
    """The document of a location that an owner has just made.

    It takes no payment: the original says that it does, and has no credentials for it (contract M10).
    """
    return {
        "_id": location_id,
        "restaurantId": restaurant_id,
        "locationSlug": "main-location",
        "name": "Main Location",
        "address": "",
        "timezone": "America/New_York",
        "isActive": True,
        "isMobile": False,
        "autoAcceptOrder": True,
        "readyWhenAllDone": True,
        "contact": {"email": ""},
        "payment": {"acceptPayment": False},
        "workingHours": [],
        "orderTiming": {"acceptOrdersAfterMinutes": 0, "stopOrdersBeforeMinutes": 0},
        "alertNumbers": [],
        "printers": [],
        "qrCodeStyle": QR_CODE_STYLE,
        "qrCodeImage": "",
        "qrCodeId": str(ObjectId()),
        "createdAt": now,
        "updatedAt": now,
    }
