"""The small restaurant of all examples: its ids, and what is said in three languages."""

from __future__ import annotations

RESTAURANT_ID = "demo-nonna"
LOCATION_ID = "66f1a0c2d4b8e3f5a7c90001"
MENU_ID = "66f1a0c2d4b8e3f5a7c90002"
ORIGIN_ID = "66f1a0c2d4b8e3f5a7c90003"
STATION_ID = "66f1a0c2d4b8e3f5a7c90004"
ENTRY_ID = "payment:5f0c7b0e-6a53-5d1c-9a43-0a6f3c1d2e4b"
CAMPAIGN_ID = "66f1a0c2d4b8e3f5a7c90041"
PRINTER_ID = "66f1a0c2d4b8e3f5a7c90005"
PRINTER_SECRET = "2gq0mF0pXb3s7Zt1Yc5vQk9LwR8nHd4jTe6uAiSoBfE"  # noqa: S105 - an example, of no printer
MAC = "00:11:62:0d:6b:2a"
JOB_ID = "66f1a0c2d4b8e3f5a7c9000e"
ORDER_ID = "66f1a0c2d4b8e3f5a7c90009"
OWNER_ID = "0c7d1d9e-5b3f-4a56-8a3e-2f1f6f0c9b11"
PERSON_ID = "5f0f5d7a-2d1a-4f0e-9d59-6f8d3c1b7a42"
INVITATION_ID = "66f1a0c2d4b8e3f5a7c9000c"
DEVICE_ID = "66f1a0c2d4b8e3f5a7c9000d"
WEBHOOK_ID = "66f1a0c2d4b8e3f5a7c9000e"
DELIVERY_ID = "66f1a0c2d4b8e3f5a7c9000e:ev_6a3f0c1b2d4e5f60718293a4b5c6d7e8"
LINE_IDS = ("66f1a0c2d4b8e3f5a7c9000a", "66f1a0c2d4b8e3f5a7c9000b")
ENTERED_CARD = "3f6c2a5e9b0d4c1f8a7e6d5c4b3a2918"
REQUEST_ID = "0b9f1c1e-6d2a-4c55-9d0e-2f6b8f0c7a11"


def texts(en: str, es: str, pt: str) -> dict[str, str]:
    """A text in the three languages."""
    return {"en": en, "es": es, "pt": pt}
