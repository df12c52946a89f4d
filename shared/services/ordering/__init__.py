"""From a cart to an order: preview, claim, place."""
