"""What a cart costs, rebuilt from the stored menus. Nothing that a client says about names or prices counts.

Source: (contract 3.1). Unknown ids, more than `maxChoices` options, a modifier or an option twice, and an empty cart
are refused. A missing required choice, and two variants in one line, are refused only for strict callers (design, where
two rules collide). A line holds each name twice: as the diner read it, and in the language of the staff.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from shared.documents.languages import Language
from shared.documents.menu import Menu, MenuItem, Modifier, Variant
from shared.documents.places import Campaign
from shared.domain.campaigns import Discount, Dish, add_up
from shared.domain.menu_times import Rest, Resting, refuse_resting, served_at
from shared.errors import CART_INVALID, ITEM_SOLD_OUT, MENU_NOT_AVAILABLE, MENU_NOT_ORDERABLE, Problem
from shared.money import Breakdown, Cents

REFUSALS = (CART_INVALID, ITEM_SOLD_OUT, MENU_NOT_AVAILABLE, MENU_NOT_ORDERABLE)

MAX_UNITS = 200


@dataclass(frozen=True, slots=True)
class ModifierChoice:
    """What a diner chose of one modifier, in the order of choosing: the free ones come first."""

    modifier_id: str
    option_ids: tuple[str, ...]
    name: str = ""
    option_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CartLine:
    """One line of a cart, with ids only; `name` tells the language in which the diner read the menu."""

    id: str
    item_id: str
    quantity: int = 1
    name: str = ""
    notes: str = ""
    variant_ids: tuple[str, ...] = ()
    modifiers: tuple[ModifierChoice, ...] = ()


@dataclass(frozen=True, slots=True)
class PricedOption:
    """A variant or an option that was chosen, with its names and price from the menu.

    `assumed`: nobody chose it. It is the dish's default variant, and the line's price does not count it.
    """

    id: str
    name: str
    staff_name: str
    price: Cents
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class PricedModifier:
    """A modifier with what was chosen of it."""

    id: str
    name: str
    staff_name: str
    options: tuple[PricedOption, ...]


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line as the kitchen and the till will see it.

    `missing`: the names of required choices that were not made. `staff_missing`: the same in the staff's language.
    """

    line: CartLine
    name: str
    staff_name: str
    unit_price: Cents
    variants: tuple[PricedOption, ...]
    modifiers: tuple[PricedModifier, ...]
    station_tags: tuple[str, ...]
    category_id: str
    missing: tuple[str, ...]
    staff_missing: tuple[str, ...]

    @property
    def price(self) -> Cents:
        """What the whole line costs."""
        return Cents(self.unit_price * self.line.quantity)


@dataclass(frozen=True, slots=True)
class PricedCart:
    """All lines and what they come to. `tax_percent`: the rate of the menu that they are from. `discounts`: what the
    discount consists of."""

    lines: tuple[PricedLine, ...]
    amounts: Breakdown
    tax_percent: Decimal
    discounts: tuple[Discount, ...] = ()


@dataclass(slots=True)
class _Pricing:
    """How a cart is priced, and everything that is wrong with it: a client is told all faults at once."""

    strict: bool
    staff_language: Language
    rows: list[dict[str, str]] = field(default_factory=list)
    sold_out: list[dict[str, str]] = field(default_factory=list)

    def gone(self, where: str, name: str) -> None:
        """Note that something is sold out."""
        self.sold_out.append({"field": where, "message": f"{name} is sold out."})

    def add(self, where: str, message: str) -> None:
        self.rows.append({"field": where, "message": message})

    def raise_if_any(self) -> None:
        if self.rows:
            raise Problem(CART_INVALID, self.rows[0]["message"], detail=self.rows)


def price_cart(
    menus: Sequence[Menu],
    lines: Sequence[CartLine],
    campaign: Campaign | None,
    *,
    strict: bool,
    left: Mapping[str, int] | None = None,
    resting: Resting | None = None,
    staff_language: Language = "en",
) -> PricedCart:
    """Price `lines` from the location's `menus` and take off what `campaign` gives (contract 3.1).

    `left`: portions that are left today, by item id, of dishes that have a daily stock. `resting`: what is not served
    now. `staff_language`: in which language the location's staff read the lines.
    Raises Problem (REFUSALS). CART_INVALID has a row for each fault, with its field.
    """
    pricing = _Pricing(strict, staff_language)
    if not lines:
        pricing.add("items", "The cart is empty.")
    if sum(line.quantity for line in lines) > MAX_UNITS:
        pricing.add("items", f"An order holds {MAX_UNITS} dishes at most.")
    rests: list[Rest] = []
    wanted: Counter[str] = Counter()
    priced: list[PricedLine] = []
    used: dict[str, Menu] = {}
    for index, line in enumerate(lines):
        where = f"items.{index}"
        found = _find(menus, line.item_id, resting)
        if found is None:
            pricing.add(f"{where}.menuItemId", f"{_called(line)} is not on the menu.")
            continue
        menu, item = found
        used[str(menu.id)] = menu
        wanted[item.id] += line.quantity
        shortage = _shortage(item, wanted[item.id], left or {})
        rest = resting.section(menu, item.category_id) if resting and not shortage else None
        if rest is not None:
            rests.append(rest)
            shortage = f"{item.name.in_language('en')} is not served right now. {rest.sentence}".rstrip()
        if shortage:
            pricing.sold_out.append({"field": f"{where}.menuItemId", "message": shortage})
            continue
        priced.append(_price_line(item, line, where, pricing))
    pricing.raise_if_any()
    if pricing.sold_out:
        extra = served_at(rests) if len(rests) == len(pricing.sold_out) else {}
        raise Problem(ITEM_SOLD_OUT, pricing.sold_out[0]["message"], detail=pricing.sold_out, extra=extra)
    if any(menu.withdrawn for menu in used.values()):
        raise Problem(MENU_NOT_AVAILABLE)
    if resting:
        refuse_resting(used.values(), resting)
    rates = {menu.tax for menu in used.values()}
    if None in rates:
        raise Problem(MENU_NOT_ORDERABLE)
    if len(rates) > 1:
        pricing.add("items", "These dishes are taxed differently; please order them separately.")
        pricing.raise_if_any()
    rate = rates.pop()
    assert rate is not None
    amounts, discounts = add_up([Dish(line.category_id, line.price) for line in priced], rate, campaign)
    return PricedCart(tuple(priced), amounts, rate, discounts)


def _find(menus: Iterable[Menu], item_id: str, resting: Resting | None) -> tuple[Menu, MenuItem] | None:
    found = [(menu, item) for menu in menus for item in menu.items if item.id == item_id]
    best = (one for one in found if one[1].can_be_ordered and not one[0].withdrawn and not _rests(*one, resting))
    return next(best, found[0] if found else None)


def _rests(menu: Menu, item: MenuItem, resting: Resting | None) -> bool:
    if not resting:
        return False
    return resting.menu(menu) is not None or resting.section(menu, item.category_id) is not None


def _shortage(item: MenuItem, wanted: int, left: Mapping[str, int]) -> str:
    """Why there is not enough of a dish; "" where there is."""
    name = item.name.in_language("en")
    portions = left.get(item.id) if item.can_be_ordered else 0
    if portions is None or wanted <= portions:
        return ""
    return f"There are only {portions} left of {name}." if portions else f"{name} is sold out."


def _called(line: CartLine) -> str:
    return line.name or "This dish"


def _price_line(item: MenuItem, line: CartLine, where: str, pricing: _Pricing) -> PricedLine:
    variants, price = _price_variants(item, line, where, pricing)
    modifiers: list[PricedModifier] = []
    seen: set[str] = set()
    for index, choice in enumerate(line.modifiers):
        here = f"{where}.modifiers.{index}"
        modifier = next((m for m in item.modifiers if m.id == choice.modifier_id), None)
        if modifier is None:
            pricing.add(f"{here}.id", f"{_called(line)} has no such choice.")
            continue
        if modifier.id in seen:
            pricing.add(f"{here}.id", f"{modifier.name.filled()['en']} is in the line twice.")
            continue
        seen.add(modifier.id)
        chosen, charge = _price_choice(modifier, choice, here, pricing)
        modifiers.append(chosen)
        price += charge
    not_made = [modifier.name for modifier in item.modifiers if modifier.required and not _made(modifier, line)]
    missing = tuple(name.in_language("en") for name in not_made)
    if pricing.strict:
        for name in missing:
            pricing.add(f"{where}.modifiers", f"{_called(line)}: please choose {name}.")
    return PricedLine(
        line=line,
        name=item.name.like(line.name),
        staff_name=item.name.in_language(pricing.staff_language),
        unit_price=Cents(max(0, price)),
        variants=variants,
        modifiers=tuple(modifiers),
        station_tags=tuple(item.station_tags),
        category_id=item.category_id,
        missing=missing,
        staff_missing=tuple(name.in_language(pricing.staff_language) for name in not_made),
    )


def _price_variants(
    item: MenuItem, line: CartLine, where: str, pricing: _Pricing
) -> tuple[tuple[PricedOption, ...], int]:
    """The chosen variants and the unit's price without modifiers: the last variant's, else the item's own.

    Where none is chosen, the item's default variant stands in the line, so that the kitchen knows which one to make.
    The price stays the item's own (contract 3.1).
    """
    if pricing.strict and len(line.variant_ids) > 1:
        pricing.add(f"{where}.variants", f"{_called(line)}: please choose one size.")
    price = item.price_cents
    chosen: list[PricedOption] = []
    for index, variant_id in enumerate(line.variant_ids):
        variant = next((v for v in item.variants if v.id == variant_id), None)
        if variant is None:
            pricing.add(f"{where}.variants.{index}.id", f"{_called(line)} does not come in this size.")
            continue
        if not variant.is_available:
            pricing.gone(f"{where}.variants.{index}.id", f"{item.name.in_language('en')} ({variant.name})")
        price = variant.price_cents
        chosen.append(_variant(variant))
    default = None if line.variant_ids else item.default_variant
    if default is not None:
        if not default.is_available:
            pricing.gone(f"{where}.variants", f"{item.name.in_language('en')} ({default.name})")
        chosen.append(_variant(default, assumed=True))
    return tuple(chosen), price


def _variant(variant: Variant, *, assumed: bool = False) -> PricedOption:
    return PricedOption(variant.id, variant.name, variant.name, Cents(variant.price_cents), assumed)


def _made(modifier: Modifier, line: CartLine) -> bool:
    return any(choice.modifier_id == modifier.id and choice.option_ids for choice in line.modifiers)


def _price_choice(
    modifier: Modifier, choice: ModifierChoice, where: str, pricing: _Pricing
) -> tuple[PricedModifier, int]:
    """The chosen options and their charge (contract 3.1, step 3).

    The first `free_choices` are free. Each later one costs the modifier's extra price where it has one, else its own.
    """
    name = modifier.name.in_language("en")
    limit = 1 if pricing.strict and modifier.selection_mode == "single" else modifier.max_choices
    if 0 < limit < len(choice.option_ids):
        pricing.add(f"{where}.options", f"{name}: at most {limit} can be chosen.")
    charge = 0
    options: list[PricedOption] = []
    for index, option_id in enumerate(choice.option_ids):
        option = next((o for o in modifier.options if o.id == option_id), None)
        if option is None:
            pricing.add(f"{where}.options.{index}.id", f"{name} has no such option.")
            continue
        if any(earlier.id == option.id for earlier in options):
            pricing.add(f"{where}.options.{index}.id", f"{option.name.filled()['en']} is chosen twice.")
            continue
        if not option.is_available:
            pricing.gone(f"{where}.options.{index}.id", option.name.in_language("en"))
        if index >= modifier.free_choices:
            charge += modifier.extra_choice_price_cents if modifier.extra_choice_price_cents > 0 else option.price_cents
        sent = choice.option_names[index] if index < len(choice.option_names) else ""
        staff_name = option.name.in_language(pricing.staff_language)
        options.append(PricedOption(option.id, option.name.like(sent), staff_name, Cents(option.price_cents)))
    staff_name = modifier.name.in_language(pricing.staff_language)
    return PricedModifier(modifier.id, modifier.name.like(choice.name), staff_name, tuple(options)), charge
