"""What texts say: to diners in their language, to a location's alert numbers in its staff's (rules 24.1).

Each takes at most two segments, and GSM letters where that can be: names are shortened, accents are left off.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from shared.documents.languages import Language
from shared.domain.gsm import loses_letters, segments, to_gsm
from shared.money import dollars
from shared.text import without_links

MOST_SEGMENTS = 2
LONGEST_NAME = 40
LONGEST_REASON = 100
_FEWEST_LETTERS = 2
LONGEST_CODE = 12
_HOUSE = "OrderBuddy"

_DINERS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "created": "We have your order #{code}. Reply STOP for no more texts.",
        "ready": "Your order #{code} is ready for pickup.",
        "rejected": "The restaurant cannot make your order #{code}.",
        "cancelled": "Your order #{code} is cancelled.",
        "refunded": "You get {amount} of your order #{code} back.",
        "order_waiting": "The restaurant has not answered your order #{code} yet. You can still cancel it:",
        "back": "You get {amount} back.",
    },
    "es": {
        "created": "Tenemos su pedido #{code}. Responda STOP para no recibir más mensajes.",
        "ready": "Su pedido #{code} está listo para recoger.",
        "rejected": "El restaurante no puede preparar su pedido #{code}.",
        "cancelled": "Su pedido #{code} está cancelado.",
        "refunded": "Se le devuelven {amount} de su pedido #{code}.",
        "order_waiting": "El restaurante aún no ha respondido a su pedido #{code}. Todavía puede cancelarlo:",
        "back": "Se le devuelven {amount}.",
    },
    "pt": {
        "created": "Recebemos o seu pedido #{code}. Responda STOP para não receber mais mensagens.",
        "ready": "O seu pedido #{code} está pronto para retirar.",
        "rejected": "O restaurante não pode preparar o seu pedido #{code}.",
        "cancelled": "O seu pedido #{code} foi cancelado.",
        "refunded": "{amount} do seu pedido #{code} são devolvidos.",
        "order_waiting": "O restaurante ainda não respondeu ao seu pedido #{code}. Ainda pode cancelá-lo:",
        "back": "{amount} são devolvidos.",
    },
}

_STAFF: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "created": "New order #{code}, {amount}.",
        "order_waiting": "Nobody has accepted order #{code} yet.",
        "not_drawn": "No kitchen screen has shown order #{code}.",
    },
    "es": {
        "created": "Pedido nuevo #{code}, {amount}.",
        "order_waiting": "Nadie ha aceptado aún el pedido #{code}.",
        "not_drawn": "Ninguna pantalla de cocina ha mostrado el pedido #{code}.",
    },
    "pt": {
        "created": "Novo pedido #{code}, {amount}.",
        "order_waiting": "Ninguém aceitou ainda o pedido #{code}.",
        "not_drawn": "Nenhuma tela da cozinha mostrou o pedido #{code}.",
    },
}

_SIGN_IN = "{code} is your sign-in code for OrderBuddy. Tell it to nobody."


@dataclass(frozen=True, slots=True)
class ToDiner:
    """What a diner's text is made of. `about`: the kind of the row. `cents`: what goes back with it. `reason`: what the
    restaurant says. `link`: to the order's page, "" where there is none."""

    about: str
    restaurant: str
    code: str
    language: Language
    link: str = ""
    cents: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ToStaff:
    """What an alert is made of. `about`: the kind of the row, or `not_drawn`. `cents`: the order's total."""

    about: str
    restaurant: str
    location: str
    code: str
    language: Language
    cents: int = 0


def to_diner(said: ToDiner) -> str:
    """The text to a diner. Raises KeyError for a row that diners are not told of."""
    words = _DINERS[said.language]
    amount = dollars(said.cents)
    sentences = [words[said.about].format(code=said.code[:LONGEST_CODE], amount=amount)]
    if said.about in ("rejected", "cancelled") and said.cents:
        sentences.append(words["back"].format(amount=amount))
    return _fitting(said.restaurant, " ".join(sentences), said.link, _one_line(said.reason))


def to_staff(said: ToStaff) -> str:
    """The text to an alert number. Raises KeyError for what staff are not told of."""
    sentence = _STAFF[said.language][said.about].format(code=said.code[:LONGEST_CODE], amount=dollars(said.cents))
    return _fitting(said.restaurant, sentence, "", _one_line(said.location))


def sign_in(code: str) -> str:
    """The text with a sign-in code: the code first, so that a phone shows it at once."""
    return _SIGN_IN.format(code=code)


def _fitting(name: str, sentence: str, link: str, more: str) -> str:
    """The longest of these texts that fits: first what is `more` is shortened and goes, then the name, then the link.

    A name in another alphabet is read by its own guests: where the whole fits in wider letters, it stays.
    """
    name = _one_line(name)
    if loses_letters(name):
        wide = _first_that_fits(_joined(shorter, sentence, "", link) for shorter in _shorter(name, LONGEST_NAME))
        if wide is not None:
            return wide
        name = ""
    name, sentence = _one_line(to_gsm(name)), to_gsm(sentence)
    more = "" if loses_letters(more) else _one_line(to_gsm(more))
    whole = next(_shorter(name, LONGEST_NAME), "")
    tries = (
        *(_joined(whole, sentence, shorter, link) for shorter in _shorter(more, LONGEST_REASON)),
        *(_joined(shorter, sentence, "", link) for shorter in _shorter(name, LONGEST_NAME)),
        _joined("", sentence, "", link),
    )
    return _first_that_fits(tries) or _joined("", sentence, "", "")


def _first_that_fits(texts: Iterable[str]) -> str | None:
    return next((text for text in texts if segments(text) <= MOST_SEGMENTS), None)


def _shorter(text: str, most: int) -> Iterator[str]:
    """A text, or what of it `most` letters leave, then the same shorter and shorter; nothing of an empty one."""
    if text and len(text) <= most:
        yield text
    for length in range(min(len(text) - 1, most), _FEWEST_LETTERS, -1):
        yield text[: length - 1].rstrip() + "."


def _joined(name: str, sentence: str, more: str, link: str) -> str:
    """`OrderBuddy-Nonna: Your order ... (more) link`."""
    head = f"{_HOUSE}-{name}:" if name else f"{_HOUSE}:"
    return " ".join(part for part in (head, sentence, f"({more})" if more else "", link) if part)


def _one_line(text: str) -> str:
    """What somebody wrote, on one line, and nothing in it a link: the one in a text is ours."""
    return " ".join(without_links(text).split())
