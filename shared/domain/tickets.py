"""A kitchen's ticket: what stands on the paper, line by line (rules 20)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Literal

from shared.documents.languages import Language
from shared.documents.orders import Order, OrderItem
from shared.domain.hours_texts import zone
from shared.domain.order_states import GIVEN_UP
from shared.domain.printable import CodePage, printable, wrapped

Size = Literal[1, 2, 3]
"""How many times as wide and as high as a plain letter."""

LETTERS = {58: 32, 80: 48}
"""How many plain letters a line has, by the paper's width in millimetres."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line on the paper. Its text is printable already."""

    text: str = ""
    size: Size = 1
    bold: bool = False
    centred: bool = False


@dataclass(frozen=True, slots=True)
class _Words:
    copy: str
    copy_note: str
    gone: str
    customer: str
    says: str
    missing: str
    one_item: str
    items: str
    of: str


_WORDS: dict[Language, _Words] = {
    "en": _Words(
        copy="* COPY *",
        copy_note="It may have been printed before.",
        gone="CANCELLED",
        customer="Name",
        says="Guest says",
        missing="not chosen",
        one_item="1 item",
        items="{} items",
        of="{} of {}",
    ),
    "es": _Words(
        copy="* COPIA *",
        copy_note="Puede haberse impreso antes.",
        gone="CANCELADO",
        customer="Nombre",
        says="Dice el cliente",
        missing="sin elegir",
        one_item="1 artículo",
        items="{} artículos",
        of="{} de {}",
    ),
    "pt": _Words(
        copy="* CÓPIA *",
        copy_note="Pode ter sido impresso antes.",
        gone="CANCELADO",
        customer="Nome",
        says="O cliente diz",
        missing="sem escolha",
        one_item="1 item",
        items="{} itens",
        of="{} de {}",
    ),
}


@dataclass(frozen=True, slots=True)
class Paper:
    """How a printer prints. `width`: millimetres. `page`: the code page of its letters."""

    width: int
    language: Language
    page: CodePage

    @property
    def letters(self) -> int:
        """How many plain letters a line has."""
        return LETTERS.get(self.width, min(LETTERS.values()))


def ticket(
    order: Order,
    timezone: str,
    paper: Paper,
    *,
    shown: Collection[str] | None = None,
    copy: bool = False,
    number: tuple[int, int] = (1, 1),
) -> list[Line]:
    """The ticket of an order.

    `timezone`: the location's, an IANA name. `shown`: the ids of the items that stand on it, all of them for None.
    `copy`: it may have been printed before. `number`: which of how many equal tickets it is.
    """
    words, ink = _WORDS[paper.language], _Ink(paper)
    items = [item for item in order.items if shown is None or item.id in shown]
    lines: list[Line] = []
    if copy:
        lines += [*ink.big(words.copy, 2), *ink.big(words.copy_note, 1)]
    if order.status in GIVEN_UP:
        lines += ink.big(words.gone, 2)
    lines += ink.big(order.order_code, 3)
    lines += ink.big(_table(order, words), 2)
    lines += ink.big(_when(order.began_at, timezone), 1)
    if order.customer.name.strip():
        lines += ink.plain(f"{words.customer}: {order.customer.name}", bold=True)
    lines.append(ink.rule())
    for many, item in _alike(items):
        lines += _dish(many, item, words, ink)
    lines.append(ink.rule())
    counted = words.one_item if len(items) == 1 else words.items.format(len(items))
    which = f"  {words.of.format(*number)}" if number[1] > 1 else ""
    lines += ink.plain(counted + which)
    return lines


class _Ink:
    """Texts as lines of one paper."""

    def __init__(self, paper: Paper) -> None:
        self._paper = paper

    def big(self, text: str, size: Size) -> list[Line]:
        """Centred lines; nothing for an empty text."""
        made = wrapped(printable(text, self._paper.page), self._paper.letters // size)
        return [Line(line, size, bold=True, centred=True) for line in made]

    def plain(self, text: str, *, indent: str = "", further: str | None = None, bold: bool = False) -> list[Line]:
        """Lines from the left; nothing for an empty text."""
        after = indent if further is None else further
        made = wrapped(printable(text, self._paper.page), self._paper.letters, indent=indent, further=after)
        return [Line(line, bold=bold) for line in made]

    def rule(self) -> Line:
        """A line across the paper."""
        return Line("-" * self._paper.letters)


def _table(order: Order, words: _Words) -> str:
    origin = order.origin
    return origin.name or (f"{words.says}: {origin.note}" if origin.note.strip() else "")


def _when(moment: datetime, timezone: str) -> str:
    return f"{moment.astimezone(zone(timezone) or UTC):%H:%M   %Y-%m-%d}"


def _alike(items: Sequence[OrderItem]) -> Iterator[tuple[int, OrderItem]]:
    """Neighbours that are the same dish in the same way, counted."""
    for _, group in groupby(items, key=_recipe):
        same = list(group)
        yield len(same), same[0]


def _recipe(item: OrderItem) -> tuple[object, ...]:
    modifiers = tuple(
        (one.name_for_staff, tuple(each.name_for_staff for each in one.options)) for one in item.modifiers
    )
    variants = tuple((each.name_for_staff, each.assumed) for each in item.variants)
    return item.menu_item_id, item.name_for_staff, variants, modifiers, item.notes, tuple(item.missing_for_staff)


def _dish(many: int, item: OrderItem, words: _Words, ink: _Ink) -> Iterator[Line]:
    yield from ink.plain(f"{many} x {item.name_for_staff}", further="    ", bold=True)
    for variant in item.variants:
        yield from ink.plain(variant.name_for_staff, indent="    ")
    for modifier in item.modifiers:
        chosen = ", ".join(option.name_for_staff for option in modifier.options)
        yield from ink.plain(f"{modifier.name_for_staff}: {chosen}", indent="    ", further="      ")
    for choice in item.missing_for_staff:
        yield from ink.plain(f"! {choice}: {words.missing}", indent="    ", further="      ", bold=True)
    if item.notes.strip():
        yield from ink.plain(f"> {item.notes.strip()}", indent="    ", further="      ", bold=True)
