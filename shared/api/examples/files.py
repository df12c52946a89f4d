"""Examples of pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.api import files
from shared.api.examples.names import RESTAURANT_ID

_UPLOAD_ID = "5b0e6c8f0d9a4f7f9f1a2b3c4d5e6f70"
_HASH = "9f86d081884c7d659a2feaa0c55ad015"
_STORE = "https://pictures.example.com/assets"
_LOGO = f"{_STORE}/{RESTAURANT_ID}/logo/{_HASH}-320.png"

EXAMPLES: Mapping[Any, Mapping[str, Any]] = {
    files.LogoUpload: {"logo": {"file": "(the bytes of a picture)"}},
    files.PictureUpload: {"dish": {"file": "(the bytes of a picture)", "folder": "menu"}},
    files.Picture: {"dish": {"imageUrl": f"{_STORE}/{RESTAURANT_ID}/menu/{_HASH}-1280.jpg"}},
    files.HungLogo: {"logo": {"data": _LOGO, "message": "Logo updated"}},
    files.UploadBegin: {"dish": {"folder": "menu"}},
    files.UploadDoor: {
        "door": {
            "uploadId": _UPLOAD_ID,
            "uploadUrl": f"https://pictures.example.com/incoming/{RESTAURANT_ID}/{_UPLOAD_ID}?sp=c&sig=...",
            "headers": {"x-ms-blob-type": "BlockBlob", "content-type": "application/octet-stream"},
            "expiresAt": "2026-05-04T18:10:00.000Z",
        }
    },
    files.UploadFinish: {"sent": {"uploadId": _UPLOAD_ID}},
}
"""A model -> its examples by name."""
