/** How an order looks on the kitchen display. */

import { serverNow } from '../live/clock.js';
import { choices, counted, el, isolated, minutes, separated } from '../live/text.js';

const WARM_MINUTES = 10;
const HOT_MINUTES = 20;

/** A ticket with some of an order's items, or null when there are none to show. */
export function ticket(order, items, { clock }) {
  if (!items.length) return null;
  const node = el(
    'article',
    { class: 'ticket', 'data-order-id': order._id },
    el(
      'header',
      {},
      el('span', { class: 'code' }, order.orderCode),
      el('span', { class: 'age numbers' }),
      el('span', { class: 'who' }, who(order, clock)),
    ),
    el('ul', { class: 'items' }, counted(items, sameLine).map(line)),
  );
  showAge(node, order);
  return node;
}

/** Brings a ticket's waiting time up to date, with a calm step of colour. */
export function showAge(node, order) {
  const waited = Math.max(0, Math.floor((serverNow() - Date.parse(order.startedAt)) / 60_000));
  node.querySelector('.age').textContent = Number.isNaN(waited) ? '' : minutes(waited);
  node.classList.toggle('warm', waited >= WARM_MINUTES && waited < HOT_MINUTES);
  node.classList.toggle('hot', waited >= HOT_MINUTES);
}

/** Where the guest sits, the guest's name, and the time of the order. What guests wrote moves nothing else. */
function who(order, clock) {
  const time = order.startedAt ? clock(order.startedAt) : null;
  return separated([place(order.origin), order.customer?.name && isolated(order.customer.name), time]);
}

/** A table of the restaurant, or what the guest wrote in its place, marked as such. */
function place(origin) {
  if (origin?.name) return isolated(origin.name);
  return origin?.note ? el('span', { class: 'unsure' }, 'Guest wrote: ', isolated(origin.note)) : null;
}

function sameLine(item) {
  return [item.name, choices(item), item.notes ?? '', item.missing ?? [], progress(item)];
}

function line({ item, units }) {
  const state = progress(item);
  return el(
    'li',
    { class: state === 'Done' ? 'done' : null },
    el(
      'p',
      { class: 'name' },
      units.length > 1 ? [el('span', { class: 'many numbers' }, `${units.length} ×`), ' '] : null,
      isolated(item.name),
    ),
    choices(item).map((choice) => el('p', { class: 'choice' }, choice)),
    item.missing?.length ? el('p', { class: 'missing' }, 'Not chosen: ', isolated(item.missing.join(', ')), '. Ask the guest.') : null,
    item.notes ? el('p', { class: 'note' }, item.notes) : null,
    state ? el('p', { class: 'mark' }, state) : null,
  );
}

function progress(item) {
  if (item.completedAt) return 'Done';
  return item.startedAt ? 'Started' : '';
}
