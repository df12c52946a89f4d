/** Words for the screens: elements made from text (never from HTML), money, times and ages. */

/** An element with attributes and children; strings become text, null and false vanish. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/**
 * A text that a guest or a restaurant wrote, as a text of its own: a name that is read from the right leaves the words and
 * numbers beside it in their places.
 */
export function isolated(text) {
  return el('bdi', {}, text);
}

/** What there is of `parts`, with a dot between each two; a line ends before the dot, never after it. */
export function separated(parts) {
  return parts.filter(Boolean).flatMap((part, index) => (index ? [' ·\u00a0', part] : [part]));
}

/** A function that shows cents as a language writes them: 1250 -> "$12.50". */
export function moneyIn(locale) {
  const dollars = new Intl.NumberFormat(locale, { style: 'currency', currency: 'USD' });
  return (cents) => dollars.format(cents / 100);
}

/** 1250 -> "$12.50". */
export const money = moneyIn('en-US');

/** A function that shows a moment as "18:04" (or "18:04:05") in a zone; an unknown or absent zone means this device's. */
export function clockIn(zone, { seconds = false } = {}) {
  const parts = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', ...(seconds && { second: '2-digit' }) };
  return momentIn('en-GB', zone, parts);
}

/** A function that shows `parts` of a moment as a language writes them; an unknown or absent zone means this device's. */
export function momentIn(locale, zone, parts) {
  let format;
  try {
    format = new Intl.DateTimeFormat(locale, { ...parts, timeZone: zone || undefined });
  } catch {
    format = new Intl.DateTimeFormat(locale, parts);
  }
  return (moment) => format.format(new Date(moment));
}

/** How long something lasts, in the coarsest words that still help: "12 s", "3 min", "2 h 5 min". */
export function duration(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  return minutes(Math.floor(seconds / 60));
}

/** Whole minutes as "12 min" or "2 h 5 min". */
export function minutes(count) {
  const hours = Math.floor(count / 60);
  if (!hours) return `${count} min`;
  return count % 60 ? `${hours} h ${count % 60} min` : `${hours} h`;
}

/**
 * Lines that say the same, counted: an order holds one entry per unit, people read "2 x Flat white".
 * `keyOf` gives what must be equal; the first of each kind keeps its place.
 */
export function counted(items, keyOf) {
  const kinds = new Map();
  for (const item of items) {
    const key = JSON.stringify(keyOf(item));
    const kind = kinds.get(key);
    if (kind) kind.units.push(item);
    else kinds.set(key, { item, units: [item] });
  }
  return [...kinds.values()];
}

/** What was chosen for an item, one string per line: its variant, then each modifier with its options. */
export function choices(item) {
  const modifiers = (item.modifiers ?? []).filter((modifier) => modifier.options?.length);
  return [
    ...(item.variants ?? []).map((variant) => variant.name),
    ...modifiers.map((modifier) => `${modifier.name}: ${modifier.options.map((option) => option.name).join(', ')}`),
  ];
}
