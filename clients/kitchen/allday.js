/** All day: what is still to be made over all tickets, and which tickets it stands on. */

import { counted, el, isolated } from '../live/text.js';
import { isOver } from './lines.js';
import { removed } from './removals.js';
import { say } from './words.js';

/**
 * The totals of what is still to be made, the largest first: [{key, name, count, choices, orderIds}].
 *
 * @param entries  [{id, items}] of the tickets
 */
export function totals(entries) {
  const open = entries.flatMap(({ id, items }) => items.filter((item) => !isOver(item)).map((item) => ({ id, item })));
  const kinds = counted(open, ({ item }) => [item.name, choicesOf(item)]);
  return kinds
    .map(({ item: { item }, units }) => ({
      key: JSON.stringify([item.name, choicesOf(item)]),
      name: item.name,
      count: units.length,
      choices: choicesOf(item),
      orderIds: new Set(units.map(({ id }) => id)),
    }))
    .sort((a, b) => b.count - a.count || a.name.localeCompare(b.name));
}

function choicesOf(item) {
  const options = (item.modifiers ?? []).flatMap((group) =>
    (group.options ?? []).map(({ name }) => {
      const left = removed(name, group.name);
      return left === null ? name : `${say('no')} ${left}`;
    }),
  );
  return [...(item.variants ?? []).map(({ name }) => name), ...options].join(', ');
}

/** Shows totals in a list; the line of key `lit` is pressed. Lines that stay keep their nodes. */
export function showTotals(list, found, lit) {
  const before = new Map([...list.children].map((line) => [line.dataset.key, line]));
  list.replaceChildren(...found.map((total) => line(total, before.get(total.key), total.key === lit)));
}

function line({ key, name, count, choices }, before, isLit) {
  const node =
    before ??
    el(
      'li',
      { 'data-key': key },
      el(
        'button',
        { type: 'button', 'data-deed': 'light' },
        el('span', { class: 'sum numbers' }),
        el('span', { class: 'what' }, isolated(name), choices ? el('span', { class: 'choices' }, choices) : null),
      ),
    );
  const button = node.firstElementChild;
  const text = String(count);
  if (button.firstElementChild.textContent !== text) button.firstElementChild.textContent = text;
  button.setAttribute('aria-pressed', String(isLit));
  return node;
}
