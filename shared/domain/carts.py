"""When two carts are the same cart, and which ids a cart's lines get."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from shared.domain.pricing import CartLine
from shared.ids import is_hex24


@dataclass(frozen=True, slots=True)
class Units:
    """The ids of one line's units, one for each unit. The first is the line's own id."""

    line_id: str
    unit_ids: tuple[str, ...]


def cart_key(location_id: str, origin_id: str, customer: tuple[str, ...], lines: Sequence[CartLine]) -> str | None:
    """A digest that is the same for the same cart sent again; None where two carts cannot be told apart (rules 3).

    The client makes the ids of the lines, 24 hex digits each, and they stay in one browser: so two diners with the same
    dishes differ. A cart with other ids, or with one id twice, has no key.
    """
    ids = [line.id for line in lines]
    if not ids or len(set(ids)) < len(ids) or not all(is_hex24(line_id) for line_id in ids):
        return None
    content = [
        location_id,
        origin_id,
        customer,
        sorted(
            [
                line.id.lower(),
                line.item_id,
                line.quantity,
                line.notes,
                line.variant_ids,
                [[choice.modifier_id, choice.option_ids] for choice in line.modifiers],
            ]
            for line in lines
        ),
    ]
    return hashlib.sha256(json.dumps(content, ensure_ascii=True).encode()).hexdigest()


def unit_ids(lines: Iterable[CartLine], new_id: Callable[[], str]) -> list[Units]:
    """Ids for all units. A line keeps an id of 24 hex digits that is new in the cart; else it gets another one."""
    seen: set[str] = set()
    result = []
    for line in lines:
        own = line.id.lower()
        line_id = own if is_hex24(own) and own not in seen else new_id()
        seen.add(line_id)
        result.append(Units(line_id, (line_id, *(new_id() for _ in range(line.quantity - 1)))))
    return result


def held_lines(line_ids: Iterable[str]) -> list[str]:
    """The line ids that a claim holds, each once: so an edited cart cannot become a second order of the same lines."""
    return list(dict.fromkeys(line_id.lower() for line_id in line_ids if is_hex24(line_id)))
