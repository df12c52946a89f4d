/** What an order costs, as the checkout shows it: each line, and the sums. */

import { el, isolated } from '../live/text.js';
import { t } from './checkout_words.js';
import { row } from './dom.js';
import { extras } from './line_texts.js';
import { money } from './words.js';

/** A line of the cart with its choices, for so many cents. */
export function billLine(line, cents) {
  const name = el('span', {}, line.quantity > 1 ? `${line.quantity} × ` : null, isolated(line.name));
  return el(
    'li',
    {},
    el('p', { class: 'row' }, el('strong', {}, name), el('span', { class: 'numbers' }, money(cents))),
    extras(line).map((extra) => el('p', { class: 'extra' }, extra)),
  );
}

/** The rows below the lines: a preview's sums, with a tip of so many cents. */
export function sums({ subtotalCents, taxCents, discountCents, discounts = [], totalPriceCents }, tipCents) {
  const off = discounts.length ? discounts.map(({ name, amountCents }) => [name, amountCents]) : [[t('discount'), discountCents]];
  return [
    row(t('subtotal'), subtotalCents),
    row(t('tax'), taxCents),
    ...off.filter(([, cents]) => cents > 0).map(([name, cents]) => row(name, -cents)),
    ...(tipCents ? [row(t('tip'), tipCents)] : []),
    row(t('total'), totalPriceCents + tipCents, 'total'),
  ];
}
