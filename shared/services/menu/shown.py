"""From a stored menu to what clients read of it: the parts that diners and staff read alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, cast

from shared.api import menu as api
from shared.documents.menu import Category, MenuItem, Modifier, Translated
from shared.domain.menu_times import Rest

Said = Callable[[Translated], api.Texts]
"""How a stored text is told in the three languages."""


def filled(text: Translated) -> api.Texts:
    """The text in all three languages, each gap filled from another."""
    return api.Texts(**text.filled())


def category(stored: Category, said: Said, rest: Rest | None = None) -> api.MenuCategory:
    """A section of a menu. `rest`: it is not served now."""
    return api.MenuCategory(
        id=stored.id,
        name=said(stored.name),
        description=said(stored.description),
        sort_order=stored.sort_order,
        emoji=stored.emoji or "",
        is_served=rest is None,
        served_at=rest.until if rest else None,
    )


def item_fields(item: MenuItem, said: Said) -> dict[str, Any]:
    """What everybody reads of a dish, by the names of the models' fields."""
    return {
        "id": item.id,
        "name": said(item.name),
        "description": said(item.description),
        "image_urls": item.image_urls,
        "category_id": item.category_id,
        "price_cents": item.price_cents,
        "station_tags": item.station_tags,
        "variants": [
            api.MenuVariant(
                id=variant.id,
                name=variant.name,
                price_cents=variant.price_cents,
                default=variant.default,
                is_available=variant.is_available,
                sold_out_until=variant.sold_out_until,
            )
            for variant in item.variants
        ],
        "modifiers": [_modifier(modifier, said) for modifier in item.modifiers],
    }


def _modifier(modifier: Modifier, said: Said) -> api.MenuModifier:
    return api.MenuModifier(
        id=modifier.id,
        name=said(modifier.name),
        type="upsell" if modifier.type == "upsell" else "standard",
        required=modifier.required,
        selection_mode=_known_mode(modifier.selection_mode),
        max_choices=modifier.max_choices,
        free_choices=modifier.free_choices,
        extra_choice_price_cents=modifier.extra_choice_price_cents,
        options=[
            api.MenuOption(
                id=option.id,
                name=said(option.name),
                price_cents=option.price_cents,
                is_available=option.is_available,
                sold_out_until=option.sold_out_until,
            )
            for option in modifier.options
        ],
    )


def _known_mode(mode: str) -> Literal["single", "max", "multiple"]:
    return cast(Any, mode) if mode in ("single", "max", "multiple") else "multiple"
