"""Where a message leads."""

from __future__ import annotations

from urllib.parse import quote

from shared.app import App
from shared.documents.orders import Order


def order_page(app: App, order: Order) -> str:
    """The order's page in the diners' app, "" where none is set up. Its address cannot be guessed, because the order's
    id cannot (contract 3.3)."""
    base = app.settings.menu_endpoint
    return f"{base}/status/{quote(order.restaurant_id, safe='')}/{order.id}" if base else ""
