/** What a line costs and which choices it needs: the server's own rules, so that a page shows no other price. */

/** The cents of one unit: the size's price, else the dish's; then each choice after the free ones. */
export function unitCents(dish, variantId, chosen) {
  const size = dish.variants.find((variant) => variant.id === variantId);
  let cents = (size ?? dish).priceCents;
  for (const modifier of dish.modifiers) {
    (chosen.get(modifier.id) ?? []).forEach((optionId, place) => {
      if (place >= modifier.freeChoices) cents += chargeOf(modifier, optionId);
    });
  }
  return Math.max(0, cents);
}

function chargeOf(modifier, optionId) {
  if (modifier.extraChoicePriceCents > 0) return modifier.extraChoicePriceCents;
  return modifier.options.find((option) => option.id === optionId)?.priceCents ?? 0;
}

/** How many options of a modifier may be chosen. */
export function mostChoices(modifier) {
  if (modifier.selectionMode === 'single') return 1;
  return modifier.maxChoices > 0 ? Math.min(modifier.maxChoices, modifier.options.length) : modifier.options.length;
}

/** The size that is chosen where nobody has chosen yet: the default one, else the first; null without sizes. */
export function firstSize(dish) {
  return (dish.variants.find((variant) => variant.default) ?? dish.variants[0])?.id ?? null;
}

/** The required modifiers of a dish of which nothing is chosen. */
export function missing(dish, chosen) {
  return dish.modifiers.filter((one) => one.required && one.options.length > 0 && !chosen.get(one.id)?.length);
}

/** A line that is in the cart, as the menu of now has it: its unit's cents, or null where it cannot be ordered so any more. */
export function stillCosts(dish, line) {
  if (!dish || (line.variant && !dish.variants.some((size) => size.id === line.variant.id))) return null;
  const known = line.modifiers.every(({ id, options }) => {
    const modifier = dish.modifiers.find((one) => one.id === id);
    return modifier && options.every((option) => modifier.options.some((one) => one.id === option.id));
  });
  const chosen = chosenOf(line);
  return known && missing(dish, chosen).length === 0 ? unitCents(dish, line.variant?.id, chosen) : null;
}

/** What is chosen in a line: modifier id -> option ids, in the order of choosing. */
export function chosenOf(line) {
  return new Map(line.modifiers.map(({ id, options }) => [id, options.map((option) => option.id)]));
}
