"""What a code holds, and an origin as its people see it (rules 18)."""

from __future__ import annotations

from shared.api import origins as api
from shared.app import App
from shared.documents.origins import StoredOrigin
from shared.errors import LINKS_NOT_SET_UP, Problem

REFUSALS = (LINKS_NOT_SET_UP,)


def base(app: App) -> str:
    """Where codes lead to: a setting, never the host of a request. Raises Problem LINKS_NOT_SET_UP."""
    if app.settings.link_base is None:
        raise Problem(LINKS_NOT_SET_UP)
    return f"{app.settings.link_base}/q/"


def shown(origin: StoredOrigin) -> api.Origin:
    """An origin as an answer."""
    return api.Origin(
        _id=str(origin.id),
        restaurant_id=origin.restaurant_id,
        location_id=str(origin.location_id),
        label=origin.label,
        qr_code_id=origin.qr_code_id,
        qr_code=origin.qr_code,
        type=origin.type,
    )
