/** The dialog in which a dish is chosen: its size, its choices by their rules, a note, and how many. */

import { el, isolated } from '../live/text.js';
import { newId } from './cart.js';
import { at, setText, told } from './dom.js';
import { t } from './menu_words.js';
import { pictureOf } from './pictures.js';
import { chosenOf, firstSize, missing, mostChoices, unitCents } from './price.js';
import { stepper } from './stepper.js';
import { money } from './words.js';

const LONGEST_NOTE = 300;

/**
 * Opens the dialog for a dish, or for a line of it that is in the cart already; `taken(line)` is called once it is chosen.
 * `canOrder` false shows the dish without a way to order it.
 */
export function openDish(dish, { line = null, canOrder, taken }) {
  const dialog = at('dish');
  const chosen = line ? chosenOf(line) : new Map();
  let size = line ? (line.variant?.id ?? null) : firstSize(dish);
  let quantity = line?.quantity ?? 1;

  const note = el('textarea', { id: 'note', rows: 2, maxlength: LONGEST_NOTE, placeholder: t('noteHint') });
  note.value = line?.notes ?? '';
  const wrong = el('p', { class: 'wrong', role: 'alert', hidden: true });
  const count = el('div', { class: 'count' });
  const go = el('button', { type: 'submit', class: 'primary wide' });

  function draw() {
    setText(go, t(line ? 'save' : 'add', { amount: money(quantity * unitCents(dish, size, chosen)) }));
    count.replaceChildren(el('span', {}, t('quantity')), stepper(told(dish.name), quantity, changeQuantity));
  }

  function changeQuantity(delta) {
    quantity = Math.min(99, Math.max(1, quantity + delta));
    draw();
    count.querySelectorAll('button')[delta < 0 ? 0 : 1].focus();
  }

  function submit(event) {
    event.preventDefault();
    const [lacking] = missing(dish, chosen);
    wrong.hidden = !lacking;
    if (lacking) {
      setText(wrong, t('pleaseChoose', { name: told(lacking.name) }));
      form.querySelector(`fieldset[data-id="${CSS.escape(lacking.id)}"] input`)?.focus();
      return;
    }
    taken(lineOf());
    dialog.close();
  }

  function lineOf() {
    const variant = dish.variants.find((one) => one.id === size);
    return {
      id: line?.id ?? newId(),
      menuItemId: dish.id,
      name: told(dish.name),
      quantity,
      variant: variant ? { id: variant.id, name: variant.name } : null,
      modifiers: dish.modifiers.filter((one) => chosen.get(one.id)?.length).map((one) => modifierOf(one, chosen.get(one.id))),
      notes: note.value.trim(),
      unitCents: unitCents(dish, size, chosen),
    };
  }

  const picture = pictureOf(dish, '(min-width: 30rem) 480px, 100vw');
  const close = el('button', { type: 'button', class: 'close', 'aria-label': t('close') }, '×');
  close.addEventListener('click', () => dialog.close());
  const form = el(
    'form',
    { novalidate: true },
    picture && el('img', { class: 'large', ...picture, alt: '', width: 480, height: 270, decoding: 'async' }),
    el('h2', { id: 'dish-name', tabindex: '-1' }, isolated(told(dish.name))),
    told(dish.description) && el('p', { class: 'soft' }, told(dish.description)),
    dish.variants.length > 0 && sizes(dish.variants, size, (id) => {
      size = id;
      draw();
    }),
    dish.modifiers.filter((one) => one.options.length > 0).map((one) => choices(one, chosen, draw)),
    canOrder && el('div', { class: 'note' }, el('label', { for: 'note' }, t('note')), note),
    canOrder && count,
    wrong,
    canOrder && go,
  );
  form.addEventListener('submit', submit);
  draw();
  dialog.replaceChildren(close, form);
  dialog.showModal();
  form.querySelector('h2').focus();
  dialog.scrollTop = 0;
}

function modifierOf(modifier, optionIds) {
  const options = optionIds.map((id) => modifier.options.find((option) => option.id === id)).filter(Boolean);
  return { id: modifier.id, name: told(modifier.name), options: options.map(({ id, name }) => ({ id, name: told(name) })) };
}

function sizes(variants, size, choose) {
  return el(
    'fieldset',
    { class: 'choice' },
    el('legend', {}, t('size')),
    variants.map(({ id, name, priceCents }) => option('radio', 'size', name, money(priceCents), id === size, () => choose(id))),
  );
}

/** One modifier. Who may choose one gets radio buttons; who may choose several gets boxes, up to the most. */
function choices(modifier, chosen, changed) {
  const most = mostChoices(modifier);
  const single = most === 1;
  const picked = () => chosen.get(modifier.id) ?? [];

  function choose(id, on) {
    if (single) chosen.set(modifier.id, id ? [id] : []);
    else chosen.set(modifier.id, on ? [...picked(), id] : picked().filter((one) => one !== id));
    limit();
    changed();
  }

  const options = modifier.options.map(({ id, name, priceCents }) => {
    const price = modifier.extraChoicePriceCents > 0 ? 0 : priceCents;
    const label = price > 0 ? `+${money(price)}` : '';
    return option(single ? 'radio' : 'checkbox', modifier.id, told(name), label, picked().includes(id), (on) => choose(id, on));
  });
  const nothing = single && !modifier.required && option('radio', modifier.id, t('none'), '', !picked().length, () => choose(null));

  function limit() {
    if (single) return;
    for (const box of options.map((one) => one.querySelector('input'))) box.disabled = !box.checked && picked().length >= most;
  }

  limit();
  return el(
    'fieldset',
    { class: 'choice', 'data-id': modifier.id },
    el('legend', {}, isolated(told(modifier.name)), ' ', el('small', {}, rule(modifier, most))),
    nothing,
    options,
  );
}

/** The rule of a modifier in words. */
function rule(modifier, most) {
  const { required, freeChoices, extraChoicePriceCents, options } = modifier;
  return [
    required && t('required'),
    most === 1 ? t('chooseOne') : most < options.length && t('chooseUpTo', { count: most }),
    freeChoices > 0 && t('firstFree', { count: freeChoices }),
    extraChoicePriceCents > 0 && t('thenEach', { price: money(extraChoicePriceCents) }),
  ]
    .filter(Boolean)
    .join(' · ');
}

function option(type, name, label, price, checked, change) {
  const input = el('input', { type, name, checked });
  input.addEventListener('change', () => change(input.checked));
  return el('label', { class: 'option' }, input, el('span', {}, isolated(label)), price && el('span', { class: 'numbers soft' }, price));
}
