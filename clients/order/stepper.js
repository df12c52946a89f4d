/** How many: minus, a number, plus. */

import { el } from '../live/text.js';
import { t } from './menu_words.js';

/** The buttons for `quantity` of what is called `name`; `change(delta)` is called with -1 or 1. */
export function stepper(name, quantity, change) {
  const button = (label, sign, delta) => {
    const made = el('button', { type: 'button', 'aria-label': t(label, { name }) }, sign);
    made.addEventListener('click', () => change(delta));
    return made;
  };
  return el(
    'span',
    { class: 'stepper' },
    button('fewer', '−', -1),
    el('output', { class: 'numbers' }, String(quantity)),
    button('more', '+', 1),
  );
}
