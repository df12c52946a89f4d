/** The dialog of the cart: its lines, who orders, and the way to the checkout. */

import { el, isolated } from '../live/text.js';
import { at, setText } from './dom.js';
import { extras } from './line_texts.js';
import { t } from './menu_words.js';
import { stillCosts } from './price.js';
import { stepper } from './stepper.js';
import { money } from './words.js';

/** What the server takes for an e-mail address. */
const EMAIL = /^[^\s@"<>,;:()[\]\\]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}_-]{0,61}[\p{L}\p{N}])?\.)+\p{L}[\p{L}\p{N}_-]{0,61}[\p{L}\p{N}]$/u;

/** Ten digits, or a number of another country. */
const NUMBER = /^(\d{10}|\+[1-9]\d{6,14})$/;

/** What was typed as a number, without what only makes it readable. */
function numberOf(typed) {
  const digits = typed.replace(/\D/g, '');
  return typed.trim().startsWith('+') && !/^1\d{10}$/.test(digits) ? `+${digits}` : digits.replace(/^1(?=\d{10}$)/, '');
}

export class CartView {
  #cart;
  #options;

  /**
   * @param options.dishOf    the dish of a line as the menu has it now, or undefined
   * @param options.canOrder  whether orders are taken now
   * @param options.change    opens a line's dish
   * @param options.changed   called when the cart changed
   * @param options.checkout  called when the diner goes on
   */
  constructor(cart, options) {
    this.#cart = cart;
    this.#options = options;
  }

  open() {
    const dialog = at('cart');
    this.draw();
    dialog.showModal();
    dialog.querySelector('h2').focus();
  }

  /** Draws it anew; what is typed and where the focus is stay. */
  draw() {
    const dialog = at('cart');
    const typed = (id) => dialog.querySelector(`#${id}`)?.value ?? this.#cart.customer[id] ?? '';
    const texts = dialog.querySelector('#texts')?.checked ?? this.#cart.customer.texts ?? false;
    const person = { name: typed('name'), phone: typed('phone'), texts, email: typed('email') };
    const close = el('button', { type: 'button', class: 'close', 'aria-label': t('close') }, '×');
    close.addEventListener('click', () => dialog.close());
    const lines = this.#cart.lines.map((line) => this.#line(line));
    dialog.replaceChildren(
      close,
      el('h2', { id: 'cart-title', tabindex: '-1' }, t('yourOrder')),
      lines.length ? el('ul', { class: 'lines' }, lines) : el('p', {}, t('emptyCart')),
      ...(lines.length ? [this.#sum(), this.#form(person)] : []),
    );
  }

  #line(line) {
    const dish = this.#options.dishOf(line);
    const cents = stillCosts(dish, line);
    const name = el('strong', { tabindex: '-1' }, isolated(line.name));
    return el(
      'li',
      { 'data-id': line.id },
      el('p', { class: 'row' }, name, el('span', { class: 'numbers' }, money(line.quantity * (cents ?? line.unitCents)))),
      extras(line).map((extra) => el('p', { class: 'extra' }, extra)),
      cents === null && el('p', { class: 'wrong' }, t('goneFromMenu')),
      el(
        'p',
        { class: 'row' },
        stepper(line.name, line.quantity, (delta) => this.#count(line, delta)),
        dish && this.#button('change', 'changeOf', line, () => this.#options.change(line)),
        cents === null && this.#button('takeOut', null, line, () => this.#count(line, -line.quantity)),
      ),
    );
  }

  #button(label, name, line, act) {
    const button = el('button', { type: 'button', 'aria-label': name && t(name, { name: line.name }) }, t(label));
    button.addEventListener('click', act);
    return button;
  }

  /** The focus stays on the button that was pressed; where its line is gone, it goes to the title. */
  #count(line, delta) {
    this.#cart.change(line.id, delta);
    this.#options.changed();
    this.draw();
    const row = at('cart').querySelector(`li[data-id="${line.id}"]`);
    (row?.querySelectorAll('.stepper button')[delta < 0 ? 0 : 1] ?? at('cart').querySelector('h2')).focus();
  }

  #sum() {
    return el(
      'div',
      { class: 'sum' },
      el('p', { class: 'row' }, el('strong', {}, t('dishes')), el('strong', { class: 'numbers' }, money(this.#cart.cents))),
      el('p', { class: 'soft' }, t('beforeTax')),
    );
  }

  #form({ name, phone, texts, email }) {
    const wrong = el('p', { class: 'wrong', id: 'cart-wrong', role: 'alert', hidden: true });
    const field = (id, type, value, more) => {
      const input = el('input', { id, type, ...more });
      input.value = value;
      return el('div', { class: 'entry' }, el('label', { for: id }, t(id === 'name' ? 'yourName' : id)), input);
    };
    const wish = el('input', { id: 'texts', type: 'checkbox' });
    wish.checked = texts;
    const form = el(
      'form',
      { novalidate: true },
      field('name', 'text', name, { autocomplete: 'name', maxlength: 60, required: true }),
      field('phone', 'tel', phone, { autocomplete: 'tel-national', maxlength: 20 }),
      el('label', { class: 'option' }, wish, el('span', {}, t('texts'))),
      field('email', 'email', email, { autocomplete: 'email', maxlength: 254 }),
      wrong,
      el('button', { type: 'submit', class: 'primary wide', disabled: !this.#options.canOrder() }, t('checkout')),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit(form, wrong);
    });
    return form;
  }

  #submit(form, wrong) {
    const [name, phone, texts, email] = ['#name', '#phone', '#texts', '#email'].map((id) => form.querySelector(id));
    const number = numberOf(phone.value);
    const fault = !name.value.trim() ? [name, 'nameMissing']
      : number && !NUMBER.test(number) ? [phone, 'phoneWrong']
      : texts.checked && !number ? [phone, 'phoneMissing']
      : email.value.trim() && !EMAIL.test(email.value.trim()) ? [email, 'emailWrong'] : null;
    for (const input of [name, phone, email]) {
      input.toggleAttribute('aria-invalid', input === fault?.[0]);
      if (input === fault?.[0]) input.setAttribute('aria-describedby', 'cart-wrong');
      else input.removeAttribute('aria-describedby');
    }
    wrong.hidden = !fault;
    if (fault) {
      setText(wrong, t(fault[1]));
      fault[0].focus();
      return;
    }
    this.#cart.customer = { name: name.value.trim(), phone: number, texts: texts.checked, email: email.value.trim() };
    this.#cart.save();
    this.#options.checkout();
  }
}
