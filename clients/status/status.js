/**
 * The diner's page of one order.
 *
 * Address: /status/?api=<API base>&restaurantId=..&orderId=..   (the order's id is the secret; no sign-in)
 */

import { ApiError, getJson, postJson } from '../live/api.js';
import { stopwatch } from '../live/clock.js';
import { LiveConnection } from '../live/live.js';
import { OrderSequence } from '../live/sequence.js';
import { isKnown } from '../live/servers.js';
import { choices, clockIn, counted, el, isolated, money, separated } from '../live/text.js';
import { CANCELLABLE, ENDS, OVER, PENDING, STEPS, words } from './words.js';

const POLL_MS = 2000;
const SNAPSHOT_EVERY_MS = 60_000;
const QUIET_MS = 2000;

const at = (id) => document.getElementById(id);
const query = new URLSearchParams(location.search);
const api = query.get('api');
const orderId = query.get('orderId');
const clock = clockIn(null);
const clockWithSeconds = clockIn(null, { seconds: true });

const sequence = new OrderSequence();
/** When each event of the order happened, by event name; what a recall took back is not in it. */
const moments = new Map();
let order = null;
let status = null;
/** How far the event list was read: it moves only when the list was, so that no event is left out. */
let readTo = 0;

const connection = new LiveConnection({
  api,
  ask: { kind: 'order', orderId },
  catchUp,
  receive,
  changed: showLine,
});

/** Until there is an order, asks every two seconds how far it is; then follows it live. */
async function begin() {
  try {
    const now = await read('status');
    showLine(null);
    if (!PENDING.includes(now.status) && !OVER.includes(now.status)) {
      follow();
      return;
    }
    say(now.status, now.refusal);
    if (OVER.includes(now.status)) return;
  } catch (error) {
    if (error.status === 404) {
      say('NOT_FOUND');
      return;
    }
    showLine(error);
  }
  setTimeout(begin, POLL_MS);
}

function follow() {
  connection.start();
  setInterval(() => connection.refresh(), SNAPSHOT_EVERY_MS);
  setInterval(showLine, 1000);
}

/** Reads what was missed: the order itself once, its events since the last one read, and where it stands. */
async function catchUp() {
  order ??= await getJson(`${api}/menu-app/order/${encodeURIComponent(orderId)}`);
  showRestaurant();
  const events = await read(`events?after=${readTo}`);
  for (const event of events.data) happened(event);
  readTo = Math.max(readTo, events.lastSeq ?? 0);
  const now = await read('status');
  if (sequence.raise(orderId, now.seq)) status = now;
  show();
}

function receive(message) {
  if (message.orderId !== orderId) return;
  const gap = message.seq > sequence.of(orderId) + 1;
  if (!sequence.accept(message)) return;
  const known = statusAfter(message.event);
  if (gap || (!known && !isSilent(message.event))) {
    connection.refresh();
    return;
  }
  happened(message);
  readTo = Math.max(readTo, message.seq);
  status = { ...status, status: known ?? status.status, seq: message.seq, updatedAt: message.at };
  show();
  // From now on the kitchen can say better when it will be ready; and what is given back of an order that has ended.
  if (known === 'ACCEPTED' || ENDS[known]) connection.refresh();
}

/** Notes an event's time, and what it says about the money or the reason. */
function happened({ event, payload, at: moment }) {
  if (event === 'order_recalled') moments.delete('order_ready_for_pickup');
  moments.set(event, { moment, payload: payload ?? {} });
}

function statusAfter(event) {
  const end = Object.entries(ENDS).find(([, { event: name }]) => name === event);
  return end?.[0] ?? STEPS.find((step) => step.event === event)?.status ?? null;
}

function isSilent(event) {
  return event === 'order_item_started' || event === 'order_item_completed';
}

function read(path) {
  return getJson(`${api}/order-app/orders/${encodeURIComponent(orderId)}/${path}`);
}

function say(state, refusal) {
  const text = words(state, refusal);
  setText('headline', text.headline);
  setText('advice', text.advice);
  setText('next', text.next);
  document.title = order ? `${text.headline} · ${order.orderCode}` : text.headline;
}

function show() {
  if (!order || !status) return;
  const unanswered = status.status === 'CREATED' && status.unansweredSince;
  say(unanswered ? 'UNANSWERED' : status.status, reason() && { message: reason() });
  at('ticket').hidden = false;
  at('bill').hidden = false;
  setText('code', order.orderCode);
  showEstimate();
  at('cancelling').hidden = !CANCELLABLE.includes(status.status);
  at('steps').replaceChildren(...steps());
  at('items').replaceChildren(...counted(order.items, kind).map(line));
  at('amounts').replaceChildren(...amounts());
  at('for').replaceChildren(...whose());
}

/** For whom, and where: each a text of its own. */
function whose() {
  const { customer, origin } = order;
  const parts = separated([
    customer?.name && el('span', {}, 'For ', isolated(customer.name)),
    origin?.name && isolated(origin.name),
  ]);
  return parts.length ? parts : ['Your order'];
}

function reason() {
  const told = moments.get(ENDS[status.status]?.event)?.payload.reason;
  return told ? `The restaurant says: ${told}` : null;
}

function showEstimate() {
  const running = status.status === 'CREATED' || status.status === 'ACCEPTED';
  at('estimate').hidden = !(running && status.estimatedReadyAt);
  if (status.estimatedReadyAt) setText('estimate', `Ready at about ${clock(status.estimatedReadyAt)}`);
}

/** Asks back before it cancels: what is cancelled cannot be had again. */
function askBack(asking) {
  at('cancel').hidden = asking;
  for (const id of ['sure', 'yes', 'keep']) at(id).hidden = !asking;
  at(asking ? 'sure' : 'cancel').focus();
}

async function cancel() {
  at('yes').disabled = true;
  refuse('');
  try {
    const now = await postJson(`${api}/order-app/orders/${encodeURIComponent(orderId)}/cancel`, {});
    if (sequence.raise(orderId, now.seq)) status = now;
    show();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    refuse(error.status === 409 ? error.message : 'That did not work. Please try again.');
    connection.refresh();
  } finally {
    at('yes').disabled = false;
    askBack(false);
  }
}

function refuse(reason) {
  setText('refused', reason);
  at('refused').hidden = !reason;
}

function steps() {
  const end = ENDS[status.status];
  const reached = STEPS.findIndex((step) => step.status === status.status);
  const listed = end ? [...STEPS.filter((step) => moments.has(step.event)), end] : STEPS;
  const current = end ? listed.length - 1 : reached;
  return listed.map((step, index) => {
    const moment = index <= current && moments.get(step.event)?.moment;
    const place = index < current || step.status === 'PICKED_UP' ? 'done' : 'current';
    return el(
      'li',
      {
        class: index > current ? null : `${place}${step === end ? ' ended' : ''}`,
        'aria-current': index === current ? 'step' : null,
      },
      el('span', {}, step.name),
      moment ? el('time', { class: 'numbers', datetime: moment }, clock(moment)) : null,
    );
  });
}

function kind(item) {
  return [item.name, choices(item), item.notes ?? '', item.priceCents];
}

function line({ item, units }) {
  const extras = [...choices(item), item.notes].filter(Boolean);
  return el(
    'li',
    {},
    el(
      'p',
      { class: 'row' },
      el('span', {}, units.length > 1 ? `${units.length} × ` : null, isolated(item.name)),
      el('span', { class: 'numbers' }, money(item.priceCents * units.length)),
    ),
    extras.map((extra) => el('p', { class: 'extra' }, extra)),
  );
}

function amounts() {
  const { subtotalCents, taxCents, tipCents, totalPriceCents } = order;
  const discountCents = order.discountCents ?? order.discount?.amountCents;
  const refunded = status.refundedCents ?? order.refundedCents;
  const split = taxCents !== undefined && subtotalCents !== undefined;
  return [
    split && ['Subtotal', subtotalCents],
    split && taxCents > 0 && ['Tax', taxCents],
    discountCents > 0 && ['Discount', -discountCents],
    tipCents > 0 && ['Tip', tipCents],
    [split ? 'Total' : 'Total, tax included', totalPriceCents, 'total'],
    refunded > 0 && ['Refunded', -refunded],
  ]
    .filter(Boolean)
    .map(([name, cents, style]) => el('div', { class: style }, el('dt', {}, name), el('dd', {}, money(cents))));
}

async function showRestaurant() {
  const id = query.get('restaurantId') ?? order?.restaurantId;
  if (!id || at('restaurant').textContent) return;
  try {
    setText('restaurant', (await getJson(`${api}/order-app/restaurants/${encodeURIComponent(id)}`)).data.name);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}

/** Says so when the page may be behind; a hiccup of under two seconds is not worth a diner's worry. */
function showLine(failure) {
  const away = connection.state === 'offline' && stopwatch() - connection.offlineSince > QUIET_MS;
  const trouble = away || failure instanceof ApiError;
  at('banner').hidden = !trouble;
  if (trouble) setText('banner', 'No connection. Trying again.');
  if (connection.lastContactAt) {
    setText('updated', trouble ? `Last heard at ${clockWithSeconds(connection.lastContactAt)}` : 'Updates by itself');
  }
}

function setText(id, text) {
  if (at(id).textContent !== text) at(id).textContent = text;
}

at('cancel').addEventListener('click', () => askBack(true));
at('keep').addEventListener('click', () => askBack(false));
at('yes').addEventListener('click', cancel);

if (!api || !orderId) {
  say('NO_ADDRESS');
} else if (!isKnown(api)) {
  say('UNKNOWN_SERVER');
} else {
  showRestaurant();
  begin();
}
