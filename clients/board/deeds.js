/** What staff do with one order. What moves it is sent at once; what cannot be taken back asks first. */

import { choices, el, isolated, money } from '../live/text.js';
import { ask, reasonField } from './dialog.js';

const MOVES = { accept: 'ACCEPTED', ready: 'READY_FOR_PICKUP', done: 'PICKED_UP' };

/** The deeds of one location. `after(id)`: called when an order was changed, to read it anew. */
export class Deeds {
  #session;
  #here;
  #after;

  constructor({ session, restaurantId, locationId, after }) {
    this.#session = session;
    this.#here = `restaurant/${encodeURIComponent(restaurantId)}/${encodeURIComponent(locationId)}/orders`;
    this.#after = after;
  }

  /** Does what a card's button is called. Throws ApiError where it was sent at once and refused. */
  async act(name, order) {
    if (name in MOVES) await this.#move(order, MOVES[name]);
    else if (name === 'recall') await this.#post(order, 'recall');
    else this[name](order);
  }

  reject(order) {
    const reason = reasonField('Sold out, closing, …');
    ask({
      title: `Reject order ${order.orderCode}?`,
      body: [el('p', {}, told(order, 'all the money')), reason.label],
      label: 'Reject it',
      danger: true,
      deed: () => this.#move(order, 'REJECTED', { reason: reason.value() }),
    });
  }

  cancel(order) {
    const reason = reasonField('Why?');
    const giving = this.#giving(order, 'cancel');
    ask({
      title: `Cancel order ${order.orderCode}?`,
      body: [el('p', {}, told(order, 'all that is left of the money, tip included,')), reason.label, giving.label],
      label: 'Cancel it',
      danger: true,
      deed: () => giving.send({ reason: reason.value() }),
    });
  }

  refund(order) {
    const back = order.refundedItemIds ?? [];
    const lines = order.items.filter((item) => !back.includes(item.id));
    const boxes = lines.map((item) => lineField(item));
    const all = el('input', { type: 'checkbox', id: 'refund-all' });
    const reason = reasonField('Cold, wrong dish, …');
    const giving = this.#giving(order, 'refunds');
    const look = () => {
      boxes.forEach(({ box }) => (box.disabled = all.checked));
      const chosen = all.checked || boxes.some(({ box }) => box.checked);
      all.setCustomValidity(chosen ? '' : 'Choose a dish, or all that is left.');
    };
    [all, ...boxes.map(({ box }) => box)].forEach((box) => box.addEventListener('change', look));
    look();
    const body = () => {
      if (all.checked) return {};
      return { lines: boxes.filter(({ box }) => box.checked).map(({ item }) => ({ itemId: item.id })) };
    };
    ask({
      title: `Give money back for order ${order.orderCode}`,
      body: [
        el('fieldset', {}, el('legend', {}, 'Which dishes? Their share of tax and discount is counted in.'), boxes.map(({ label }) => label)),
        el('label', { class: 'check' }, all, el('span', {}, 'All that is left, tip included')),
        reason.label,
        giving.label,
      ],
      label: 'Give it back',
      danger: true,
      deed: () => giving.send({ ...body(), reason: reason.value() }),
    });
  }

  pay(order) {
    const cash = el('input', { type: 'radio', name: 'kind', value: 'cash', checked: true });
    const card = el('input', { type: 'radio', name: 'kind', value: 'card_at_counter' });
    const key = crypto.randomUUID();
    ask({
      title: `Take ${money(order.totalPriceCents + (order.tipCents ?? 0))} for order ${order.orderCode}`,
      body: [
        el('label', { class: 'check' }, cash, el('span', {}, 'Cash')),
        el('label', { class: 'check' }, card, el('span', {}, 'Card, on the terminal at the counter')),
      ],
      label: 'It is paid',
      deed: () => this.#post(order, 'payment', { payment: cash.checked ? 'cash' : 'card_at_counter' }, key),
    });
  }

  /**
   * Gives money of an order back. Where it was paid outside, the server can give nothing back and says so; then a box
   * asks whether somebody has done it there, and what is sent again is only written down. That is another request than
   * the one that was refused, so it has a key of its own.
   */
  #giving(order, path) {
    const box = el('input', { type: 'checkbox', name: 'byHand' });
    const label = el('label', { class: 'check', hidden: true }, box, el('span', {}, 'I have given the money back there. Write it down.'));
    let key = crypto.randomUUID();
    const send = async (body) => {
      try {
        await this.#post(order, path, box.checked ? { ...body, byHand: true } : body, key);
      } catch (error) {
        if (error.code === 'REFUND_BY_HAND') {
          label.hidden = false;
          box.required = true;
          key = crypto.randomUUID();
        }
        throw error;
      }
    };
    return { label, send };
  }

  async #move(order, orderStatus, more = {}) {
    await this.#changing(order, () =>
      this.#session.send('POST', 'restaurant/order-status', { orderId: order._id, orderStatus, ...more }),
    );
  }

  async #post(order, path, body = {}, key = null) {
    const more = key ? { 'idempotency-key': key } : {};
    await this.#changing(order, () => this.#session.send('POST', `${this.#here}/${order._id}/${path}`, body, more));
  }

  /** Whatever comes of it, the order is read anew: where it was refused, somebody else was first. */
  async #changing(order, deed) {
    try {
      await deed();
    } finally {
      this.#after(order._id);
    }
  }
}

/** What becomes of the guest of an order that is given up. `what` goes back, where it was paid. */
function told(order, what) {
  return order.paid ? `The guest is told, and gets ${what} back.` : 'The guest is told. Nothing was paid.';
}

function lineField(item) {
  const box = el('input', { type: 'checkbox', value: item.id });
  const chosen = choices(item).join(', ');
  const label = el(
    'label',
    { class: 'check' },
    box,
    el('span', {}, isolated(item.name), chosen ? el('span', { class: 'soft' }, ` ${chosen}`) : null),
    el('span', { class: 'numbers' }, money(item.priceCents)),
  );
  return { item, box, label };
}
