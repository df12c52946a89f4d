"""What pushes to a location's staff say, in the staff's language (rules 24.3)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from shared.documents.languages import Language

_WORDS: Mapping[str, Mapping[Language, tuple[str, str]]] = {
    # The English is the original's, to the letter (contract 3.11).
    "created": {
        "en": ("New Order", "Order #{code} received!"),
        "es": ("Pedido nuevo", "¡Pedido #{code} recibido!"),
        "pt": ("Novo pedido", "Pedido #{code} recebido!"),
    },
    "order_waiting": {
        "en": ("Order waiting", "Nobody has accepted order #{code} yet."),
        "es": ("Pedido en espera", "Nadie ha aceptado aún el pedido #{code}."),
        "pt": ("Pedido à espera", "Ninguém aceitou ainda o pedido #{code}."),
    },
}


_TAG_LETTERS = 24


def tag(about: str, order_id: object) -> str:
    """What is the same for a push that goes out twice, and tells nothing of the order's id."""
    return hashlib.sha256(f"{about}:{order_id}".encode()).hexdigest()[:_TAG_LETTERS]


def title_and_body(about: str, code: str, language: Language) -> tuple[str, str]:
    """What a push says of a row of this kind. Raises KeyError for a row that staff are not told of by push."""
    title, body = _WORDS[about][language]
    return title, body.format(code=code)
