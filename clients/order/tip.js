/** The tip: none, a part of the dishes in percent, or an amount. The server's bound and its rounding (paying). */

import { el } from '../live/text.js';
import { t } from './checkout_words.js';
import { at } from './dom.js';
import { money } from './words.js';

const PERCENTS = [15, 18, 20];
const ALWAYS_ALLOWED_CENTS = 2000;

export class Tip {
  #subtotal = 0;
  #chosen = 0;
  #changed;

  /** `changed` is called when another tip is chosen. */
  constructor(changed) {
    this.#changed = changed;
  }

  /** Draws the choices for dishes of so many cents; what was chosen stays. */
  draw(subtotal) {
    if (subtotal === this.#subtotal) return;
    this.#subtotal = subtotal;
    const typed = at('tip-amount')?.value ?? '';
    const amount = el('input', { id: 'tip-amount', inputmode: 'decimal', autocomplete: 'off', 'aria-label': t('tipAmount'), maxlength: 9 });
    amount.value = typed;
    amount.addEventListener('input', () => this.#changed());
    const other = el('div', { id: 'tip-other', class: 'entry', hidden: this.#chosen !== 'other' }, el('span', {}, t('tipAmount')), amount);
    at('tip').replaceChildren(
      el('legend', {}, t('tip')),
      el(
        'div',
        { class: 'tips' },
        this.#choice(0, t('noTip')),
        PERCENTS.map((percent) => this.#choice(percent, `${percent} %`, money(part(subtotal, percent)))),
        this.#choice('other', t('otherTip')),
      ),
      other,
    );
  }

  #choice(value, label, note = null) {
    const input = el('input', { type: 'radio', name: 'tip', value, checked: this.#chosen === value });
    input.addEventListener('change', () => {
      this.#chosen = value;
      at('tip-other').hidden = value !== 'other';
      if (value === 'other') at('tip-amount').focus();
      this.#changed();
    });
    return el('label', { class: 'option' }, input, el('span', {}, label), note && el('small', { class: 'numbers soft' }, note));
  }

  /** The largest tip in cents. */
  get most() {
    return Math.max(this.#subtotal, ALWAYS_ALLOWED_CENTS);
  }

  /** The tip in cents, null where what was typed is none. */
  get cents() {
    if (this.#chosen !== 'other') return part(this.#subtotal, this.#chosen);
    const [, whole, rest = ''] = /^\s*\$?\s*(\d{1,5})(?:[.,](\d{0,2}))?\s*$/.exec(at('tip-amount').value) ?? [];
    const cents = whole === undefined ? null : Number(whole) * 100 + Number(rest.padEnd(2, '0'));
    return cents !== null && cents <= this.most ? cents : null;
  }

  /** What is sent: {} for none. */
  get body() {
    if (this.#chosen === 'other') return this.cents ? { tipCents: this.cents } : {};
    return this.#chosen ? { tipPercent: this.#chosen } : {};
  }
}

function part(subtotal, percent) {
  return Math.round((subtotal * percent) / 100);
}
