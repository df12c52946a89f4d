"""Texts and prices as menus on the web write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from shared.domain.menu_import.jsonld import Graph, Node, each, local_name, path_of
from shared.money import Cents

LANGUAGES = ("en", "es", "pt")
MAX_NAME = 200
MAX_DESCRIPTION = 2_000
MAX_PRICE_CENTS = 10_000_000
MAX_IMAGES = 10

_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*\Z")
_PRICE = re.compile(r"(?:US)?\$?\s*(-?[0-9]{1,9}(?:\.[0-9]{1,9})?)\s*(?:USD)?\Z")


class PriceError(Exception):
    """A price that is not taken; the message is the reason."""


def translated(graph: Graph, node: Node, name: str, limit: int) -> dict[str, str]:
    """The text under `name` in all three languages, gaps filled with English; {} where there is none."""
    found = _languages(graph, node, name, limit)
    if not found:
        return {}
    if graph.notes.first_time(path_of(node, name)):
        graph.notes.languages.update(found.keys())
        graph.notes.filled.update(language for language in LANGUAGES if language not in found)
    spare = found.get("en") or next(iter(found.values()))
    return {language: found.get(language, spare) for language in LANGUAGES}


def untranslated(graph: Graph, node: Node, name: str, limit: int) -> str:
    """The text under `name` where a menu keeps one for all languages: the English one; "" where there is none."""
    found = _languages(graph, node, name, limit)
    if len(set(found.values())) > 1:
        graph.notes.unplaced(path_of(node, name), "One name is kept for all languages here: the English one.")
    return found.get("en") or next(iter(found.values()), "")


def _languages(graph: Graph, node: Node, name: str, limit: int) -> dict[str, str]:
    found: dict[str, str] = {}
    for path, tag, text in _tagged(graph, node, name):
        language = tag.split("-")[0].lower()
        if language not in LANGUAGES:
            graph.notes.unplaced(path, f"Menus are kept in English, Spanish and Portuguese; this is {tag[:20]}.")
            continue
        tidy = " ".join(text.split())
        if len(tidy) > limit:
            graph.notes.remark(path, f"Cut to {limit} characters.")
            tidy = tidy[:limit].rstrip()
        if tidy:
            found.setdefault(language, tidy)
    return found


def nothing() -> dict[str, str]:
    """A text that is empty in every language: clients need the keys (contract 1.9)."""
    return dict.fromkeys(LANGUAGES, "")


def _tagged(graph: Graph, node: Node, name: str) -> Iterator[tuple[str, str, str]]:
    """(path, language tag, text) of each form a text may have."""
    for path, value in each(node, name):
        if isinstance(value, str):
            yield path, graph.language, value
        elif isinstance(value, dict) and isinstance(value.get("@value"), str):
            tag = value.get("@language")
            yield path, tag if isinstance(tag, str) else graph.language, value["@value"]
        elif isinstance(value, dict) and value and all(_LANGUAGE_TAG.match(key) for key in value):
            for tag, text in value.items():
                if isinstance(text, str):
                    yield f"{path}.{tag}", tag, text
                else:
                    graph.notes.unplaced(f"{path}.{tag}", "A text was expected here.")
        else:
            graph.notes.unplaced(path, "A text was expected here.")


def cents(value: Any, currency: Any = None) -> Cents:
    """A price as exact cents. Raises PriceError: no number, negative, parts of a cent, another currency."""
    if currency is not None and str(currency).strip().upper() not in ("USD", ""):
        raise PriceError(f"Prices are in US dollars; this one is in {str(currency)[:20]}.")
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise PriceError("There is no price.")
    written = str(value).strip()
    match = _PRICE.match(written)
    if match is None:
        raise PriceError(f"{written[:30]!r} is not a price such as 4.75.")
    amount = Decimal(match[1]) * 100
    if amount < 0:
        raise PriceError(f"The price {written[:30]} is below zero.")
    if amount != amount.to_integral_value():
        raise PriceError(f"The price {written[:30]} has parts of a cent.")
    if amount > MAX_PRICE_CENTS:
        raise PriceError(f"The price {written[:30]} is too high to be one.")
    return Cents(int(amount))


def offer_price(graph: Graph, offer: Node) -> Cents:
    """What an offer costs: its own price, or its price specification's. Raises PriceError."""
    if "price" in offer.fields:
        return cents(offer.fields["price"], offer.fields.get("priceCurrency"))
    specifications = graph.children(offer, "priceSpecification")
    if specifications:
        first = specifications[0].fields
        return cents(first.get("price"), first.get("priceCurrency", offer.fields.get("priceCurrency")))
    if "lowPrice" in offer.fields or "highPrice" in offer.fields:
        raise PriceError("A price range is no price; name each size with its own price.")
    raise PriceError("There is no price.")


def flag(graph: Graph, node: Node, name: str, default: bool) -> bool:
    """A yes or no; anything else is reported and is `default`."""
    if name not in node.fields:
        return default
    value = node.fields[name]
    if isinstance(value, bool):
        return value
    graph.notes.unplaced(path_of(node, name), "Only true or false can stand here.")
    return default


def whole(graph: Graph, node: Node, name: str, default: int, limit: int = 100) -> int:
    """A whole number from 0 to `limit`; anything else is reported and is `default`."""
    if name not in node.fields:
        return default
    value = node.fields[name]
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= limit:
        return value
    graph.notes.unplaced(path_of(node, name), f"Only a whole number from 0 to {limit} can stand here.")
    return default


def word(graph: Graph, node: Node, name: str, allowed: tuple[str, ...], default: str) -> str:
    """One word of `allowed`; anything else is reported and is `default`."""
    if name not in node.fields:
        return default
    value = node.fields[name]
    if isinstance(value, str) and value in allowed:
        return value
    graph.notes.unplaced(path_of(node, name), f"Only {', '.join(allowed)} can stand here.")
    return default


def words(graph: Graph, node: Node, name: str) -> list[str]:
    """Short words, such as tags, each once."""
    found: dict[str, None] = {}
    for path, value in each(node, name):
        if isinstance(value, str) and 0 < len(value.strip()) <= 50:
            found[value.strip()] = None
        else:
            graph.notes.unplaced(path, "A short word was expected here.")
    return list(found)


def images(graph: Graph, node: Node) -> list[str]:
    """The addresses of an item's pictures."""
    found: dict[str, None] = {}
    for path, value in each(node, "image"):
        address = value
        if isinstance(value, dict):
            parts = {local_name(key): part for key, part in value.items()}
            address = parts.get("contentUrl") or parts.get("url") or parts.get("@id")
        if not isinstance(address, str) or not address.startswith(("https://", "http://")) or len(address) > 2_000:
            graph.notes.unplaced(path, "Only the web address of a picture can stand here.")
        elif len(found) == MAX_IMAGES:
            graph.notes.unplaced(path, f"An item has at most {MAX_IMAGES} pictures.")
        else:
            found[address] = None
    return list(found)
