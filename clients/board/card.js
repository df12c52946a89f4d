/** How an order looks on the board, and what may be done with it. */

import { serverNow } from '../live/clock.js';
import { choices, counted, el, isolated, minutes, money, separated } from '../live/text.js';
import { may } from './roles.js';

const WARM_MINUTES = 10;
const HOT_MINUTES = 20;
const RECALL_MINUTES = 60;
const ENDS = { PICKED_UP: 'Picked up', REJECTED: 'Rejected', CANCELLED: 'Cancelled' };
const COUNTER = { cash: 'Paid in cash', card_at_counter: 'Paid by card at the counter' };

/** The lane that an order stands in: new, making, ready or over. */
export function laneOf(order) {
  return { CREATED: 'new', ACCEPTED: 'making', READY_FOR_PICKUP: 'ready' }[order.status] ?? 'over';
}

/** The card of an order. `act(name, order)` is called when a button is pressed. */
export function card(order, { clock, role, act }) {
  const node = el(
    'article',
    { class: 'ticket', 'data-order-id': order._id, 'data-status': order.status, 'aria-label': `Order ${order.orderCode}` },
    el(
      'header',
      {},
      el('span', { class: 'code' }, order.orderCode),
      el('span', { class: 'age numbers' }),
      el('span', { class: 'who' }, who(order, clock)),
    ),
    order.notDrawnSince ? el('p', { class: 'missing' }, 'No kitchen screen has shown this order. Tell the kitchen.') : null,
    order.unansweredSince && order.status === 'CREATED' ? el('p', { class: 'missing' }, 'Nobody has accepted this order yet. The guest was told.') : null,
    el('ul', { class: 'items' }, counted(marked(order), sameLine).map(item)),
    el('p', { class: 'sum' }, sums(order)),
    el(
      'div',
      { class: 'buttons no-print' },
      actions(order, role).map(([name, label, style]) => {
        const button = el('button', { type: 'button', class: style, 'data-act': name, 'aria-label': `${label}: order ${order.orderCode}` }, label);
        button.addEventListener('click', () => act(name, order, button));
        return button;
      }),
    ),
  );
  showAge(node, order);
  return node;
}

/** Brings a card's age up to date, with a calm step of colour. */
export function showAge(node, order) {
  const running = laneOf(order) === 'new' || laneOf(order) === 'making';
  const waited = Math.max(0, Math.floor((serverNow() - Date.parse(order.startedAt)) / 60_000));
  const text = running ? minutes(waited) : (ENDS[order.status] ?? '');
  const age = node.querySelector('.age');
  if (age.textContent !== text) age.textContent = text;
  node.classList.toggle('warm', running && waited >= WARM_MINUTES && waited < HOT_MINUTES);
  node.classList.toggle('hot', running && waited >= HOT_MINUTES);
}

/** What this role may do with an order now: name, label, style. The first is what comes next. */
function actions(order, role) {
  const manager = may(role, 'manager');
  const found = [];
  const refundable = manager && order.paid && comesTo(order) > (order.refundedCents ?? 0);
  switch (order.status) {
    case 'CREATED':
      found.push(['accept', 'Accept', 'primary']);
      if (manager) found.push(['reject', 'Reject', 'danger']);
      break;
    case 'ACCEPTED':
      found.push(['ready', 'Ready', 'primary']);
      break;
    case 'READY_FOR_PICKUP':
      found.push(['done', 'Picked up', 'primary']);
      if (readySince(order) < RECALL_MINUTES) found.push(['recall', 'Back to the kitchen', '']);
      break;
    default:
  }
  if (owed(order) && may(role, 'service')) found.push(['pay', 'Take payment', '']);
  if (refundable && !ended(order)) found.push(['refund', 'Refund', '']);
  if (manager && ['CREATED', 'ACCEPTED', 'READY_FOR_PICKUP'].includes(order.status)) found.push(['cancel', 'Cancel', 'danger']);
  return found;
}

/** What an order comes to with its tip, in cents. */
function comesTo(order) {
  return order.totalPriceCents + (order.tipCents ?? 0);
}

/** Whether somebody must still take money for an order: staff typed it in, or a guest ordered without paying. */
function owed(order) {
  return !order.paid && comesTo(order) > 0 && !ended(order);
}

function ended(order) {
  return order.status === 'REJECTED' || order.status === 'CANCELLED';
}

/** Puts the cards into this order, moving only those that are not in place, so that nothing flickers. */
export function arrange(parent, wanted) {
  const keep = new Set(wanted);
  for (const child of [...parent.children]) if (!keep.has(child)) child.remove();
  wanted.forEach((node, index) => {
    if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] ?? null);
  });
}

function readySince(order) {
  return (serverNow() - Date.parse(order.readyAt ?? order.startedAt)) / 60_000;
}

function who(order, clock) {
  const phone = order.customer?.phone;
  return separated([
    place(order.origin),
    order.customer?.name && isolated(order.customer.name),
    phone ? el('a', { href: `tel:${phone}` }, phone) : null,
    order.startedAt ? clock(order.startedAt) : null,
  ]);
}

function place(origin) {
  if (origin?.name) return isolated(origin.name);
  return origin?.note ? el('span', { class: 'unsure' }, 'Guest wrote: ', isolated(origin.note)) : null;
}

/** The items, each with whether it is given back. */
function marked({ items, refundedItemIds = [] }) {
  return items.map((one) => ({ ...one, refunded: refundedItemIds.includes(one.id) }));
}

function sameLine(one) {
  return [one.name, choices(one), one.notes ?? '', one.missing ?? [], one.refunded, progress(one)];
}

function item({ item: one, units }) {
  const state = one.refunded ? 'Given back' : progress(one);
  return el(
    'li',
    { class: one.refunded ? 'refunded' : state === 'Done' ? 'done' : null },
    el('p', { class: 'name' }, units.length > 1 ? [el('span', { class: 'many numbers' }, `${units.length} ×`), ' '] : null, isolated(one.name)),
    choices(one).map((choice) => el('p', { class: 'choice' }, choice)),
    one.missing?.length ? el('p', { class: 'missing' }, 'Not chosen: ', isolated(one.missing.join(', ')), '. Ask the guest.') : null,
    one.notes ? el('p', { class: 'note' }, one.notes) : null,
    state ? el('p', { class: 'mark' }, state) : null,
  );
}

function progress(one) {
  if (one.completedAt) return 'Done';
  return one.startedAt ? 'Started' : '';
}

function sums(order) {
  const paid = owed(order) ? 'Not paid yet' : COUNTER[order.counter];
  return separated([
    el('strong', { class: 'numbers' }, money(comesTo(order))),
    order.tipCents > 0 ? `tip of ${money(order.tipCents)} in it` : null,
    order.refundedCents > 0 ? `${money(order.refundedCents)} given back` : null,
    paid,
  ]);
}
