"""Pictures that staff send (contract 40, 57)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.api.base import Id, Instant, Multipart, Reply, Request, Sent

MOST_BYTES = 10 * 1024 * 1024
"""How large a picture may be that somebody sends."""

BODY_BYTES = MOST_BYTES + 16 * 1024
"""How large a body may be that holds one: there are other parts beside it."""

Folder = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$",
        description="What the picture is for, such as `menu`; it becomes a part of the picture's address.",
    ),
]


class LogoUpload(Multipart):
    """A restaurant's logo."""

    file: Sent = Field(description="A JPEG, PNG, WebP or GIF, of at most 10 MiB.")


class PictureUpload(Multipart):
    """A picture, such as a dish's."""

    file: Sent = Field(description="A JPEG, PNG, WebP or GIF, of at most 10 MiB.")
    folder: Folder = "menu"


class Picture(Reply):
    """A picture that is kept."""

    image_url: str = Field(description="Where everybody finds it, as a JPEG, or as a PNG where it is transparent.")


class HungLogo(Reply):
    """The logo's address."""

    data: str
    message: str


class UploadBegin(Request):
    """Asks to send a picture past this API."""

    folder: Folder = "menu"


class UploadDoor(Reply):
    """Where one file may be sent to, once, with `PUT` and these headers, until a time. It is no picture before the
    upload is finished."""

    upload_id: str
    upload_url: str
    headers: dict[str, str]
    expires_at: Instant


class UploadFinish(Request):
    """Makes a picture of what was sent."""

    upload_id: Id
