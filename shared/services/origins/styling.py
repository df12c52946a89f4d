"""How a location's codes look (contract 39, rules 18)."""

from __future__ import annotations

from typing import Any

from shared.api import origins as api
from shared.app import App
from shared.documents.origins import QrStyle
from shared.domain.new_locations import QR_CODE_STYLE
from shared.domain.qr_styles import LEAST_CONTRAST, contrast
from shared.domain.roles import Actor
from shared.errors import INVALID_REQUEST, LOCATION_NOT_FOUND, Problem
from shared.ids import stored_id
from shared.services.trail import writing as trail
from shared.store import origins, places
from shared.store.mongo.client import Session

REFUSALS = (LOCATION_NOT_FOUND, INVALID_REQUEST)

_SHOWN_OF_PICTURE = 40
"""So many characters of a picture stand in the trail."""


def shown_style(style: QrStyle) -> api.QrStyle:
    """A style as an answer. A location that has none yet has the one that new locations are made with."""
    if not style.width:
        style = QrStyle.model_validate(QR_CODE_STYLE)
    return api.QrStyle.model_validate(style.model_dump())


async def change(
    app: App, actor: Actor, restaurant_id: str, location_id: str, wanted: api.StyleChange, *, request_id: str
) -> None:
    """Store how the codes look; the same again is fine, and changes nothing. Raises Problem (REFUSALS)."""
    here = (restaurant_id, stored_id(location_id))
    style = wanted.qr_code_style.model_dump(by_alias=True, exclude_none=True)
    fields: dict[str, Any] = {"qrCodeStyle": style, "qrCodeImage": wanted.qr_code_image}
    new = QrStyle.model_validate(style)

    async def body(session: Session) -> None:
        found = await origins.styled(app.db, *here, session)
        if found is None:
            raise Problem(LOCATION_NOT_FOUND)
        if found.qr_code_style == new and found.qr_code_image == wanted.qr_code_image:
            return
        if found.qr_code_style != new:
            _refuse_pale(new)
        await places.change_location(app.db, *here, fields, at=app.clock.now(), session=session)
        await trail.leave(
            app,
            session,
            actor,
            restaurant_id=restaurant_id,
            location_id=here[1],
            action="location.qr_style_changed",
            target=("location", here[1]),
            before=_for_trail(found.qr_code_style, found.qr_code_image),
            after=_for_trail(new, wanted.qr_code_image),
            request_id=request_id,
        )

    await trail.changing(app, restaurant_id, body)


def _refuse_pale(style: QrStyle) -> None:
    """Raises Problem INVALID_REQUEST for a code that no phone can read: it is dark, on a ground that is light."""
    ground = style.background_options.color
    for field, tint in (
        ("dotsOptions", style.dots_options),
        ("cornersSquareOptions", style.corners_square_options),
        ("cornersDotOptions", style.corners_dot_options),
    ):
        if contrast(tint.color, ground) < LEAST_CONTRAST:
            name = f"qrCodeStyle.{field}.color"
            message = "Choose a darker colour, or a lighter ground: phones cannot read this."
            raise Problem(INVALID_REQUEST, f"{name}: {message}", detail=[{"field": name, "message": message}])


def _for_trail(style: QrStyle, image: str) -> dict[str, Any]:
    whole = style.model_dump(by_alias=True)
    return {
        **whole,
        "image": whole["image"][:_SHOWN_OF_PICTURE],
        "data": whole["data"][:_SHOWN_OF_PICTURE],
        "qrCodeImage": image[:_SHOWN_OF_PICTURE],
    }
