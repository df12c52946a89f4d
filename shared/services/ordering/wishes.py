"""How a diner wants to hear of the order: whether that can be done (rules 24.1)."""

from __future__ import annotations

from shared.api import ordering as api
from shared.app import App
from shared.documents.places import Location
from shared.domain import field_faults
from shared.domain.field_faults import wrong
from shared.services.messages import numbers

REFUSALS = field_faults.REFUSALS

NO_NUMBER = "Texts can be sent to no such number."


def check_number(app: App, cart: api.PreviewRequest, location: Location) -> None:
    """Whoever wants texts must say where they go. Raises Problem (REFUSALS).

    The original's app may send the wish without a number; then nobody is texted. Where no texts are sent at all, any
    text is a number.
    """
    if not app.sms.is_set_up:
        return
    typed = (cart.customer.phone or "").strip()
    if cart.get_sms is not True or (not typed and not cart.strict):
        return
    if numbers.read(app, typed, location.timezone) is None:
        raise wrong("customer.phone", NO_NUMBER)
