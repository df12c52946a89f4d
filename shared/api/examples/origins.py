"""Examples of a location's codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.api import origins
from shared.api.examples.names import LOCATION_ID, ORIGIN_ID, RESTAURANT_ID

CODE = "k7m2p9xw4d"
_PICTURE = "data:image/png;base64,iVBORw0KGgo="
_ORIGIN = {
    "_id": ORIGIN_ID,
    "restaurantId": RESTAURANT_ID,
    "locationId": LOCATION_ID,
    "label": "Table 1",
    "qrCodeId": CODE,
    "qrCode": _PICTURE,
    "type": "table",
}
_STYLE = {
    "width": 300,
    "height": 300,
    "type": "svg",
    "data": "default",
    "margin": 10,
    "qrOptions": {"typeNumber": 0, "errorCorrectionLevel": "Q"},
    "imageOptions": {"hideBackgroundDots": True, "imageSize": 0.4, "margin": 5, "crossOrigin": "anonymous"},
    "dotsOptions": {"color": "#1a2b3c", "type": "rounded"},
    "backgroundOptions": {"color": "#ffffff"},
    "cornersSquareOptions": {"color": "#1a2b3c", "type": "square"},
    "cornersDotOptions": {"color": "#1a2b3c", "type": "square"},
    "shape": "square",
}
_STYLED = {"qrCodeStyle": _STYLE, "qrCodeImage": _PICTURE}

EXAMPLES: Mapping[Any, Mapping[str, Any]] = {
    origins.NewOrigin: {"table": {"name": "Table 1", "type": "table"}},
    origins.Origin: {"table": _ORIGIN},
    origins.OriginRange: {"tables": {"type": "table", "from": 1, "to": 40, "label": "Table {n}"}},
    origins.MadeOrigins: {"some": {"created": [_ORIGIN], "skipped": ["Table 2"]}},
    origins.OriginChange: {"label": {"label": "Table 1 (window)"}},
    origins.CodeMove: {"code": {"qrCodeId": CODE}},
    origins.Origins: {"codes": {**_STYLED, "originData": [_ORIGIN]}, "none": {**_STYLED, "originData": []}},
    origins.StyleChange: {"blue": _STYLED},
    origins.LinkSent: {"sent": {"data": None, "message": "QR code link sent"}},
    origins.Saved: {"saved": {"data": None, "message": "QR code style updated"}},
    origins.Scans: {
        "week": {
            "from": "2026-05-01",
            "to": "2026-05-07",
            "scans": 12,
            "origins": [
                {
                    "originId": ORIGIN_ID,
                    "label": "Table 1",
                    "scans": 12,
                    "days": [{"day": "2026-05-04", "scans": 9}, {"day": "2026-05-05", "scans": 3}],
                }
            ],
        }
    },
}
