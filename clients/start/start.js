/** The local stack's start page: what runs, where the screens are, and what orders and checkouts do right now. */

import { getJson, postJson } from '../live/api.js';
import { clockIn, el, money } from '../live/text.js';
import { pairScreen } from './devices.js';
import { nameRestaurants, nameStation } from './names.js';
import { pay } from './pay.js';
import { personRow } from './people.js';
import { connect, papers, printerRow } from './printers.js';
import { Runs } from './runs.js';

const POLL_MS = 1000;
const HEALTH = { ok: 'Up', silent: 'Does not answer', down: 'Down' };

const at = (id) => document.getElementById(id);
const clock = clockIn(null, { seconds: true });
const runs = new Runs(at('runs'));
const drawn = new Map();
let stack = null;
let restaurants = new Map();
let codes = new Map();

/** Asks for everything about once a second while somebody looks; one question that fails does not hide the others. */
async function poll() {
  if (document.visibilityState === 'visible') {
    const [parts, orders, orchestrations, people, printed] = await Promise.allSettled([
      getJson('/api/stack'),
      getJson('/api/orders'),
      getJson('/api/orchestrations'),
      getJson('/api/people'),
      getJson('/api/printer/papers'),
    ]);
    showContact(parts);
    if (parts.value) showStack(parts.value);
    if (people.value) showPeople(people.value);
    if (printed.value) showPrinters(printed.value);
    if (orders.value) await showOrders(orders.value);
    if (orchestrations.value) {
      at('no-runs').hidden = orchestrations.value.length > 0;
      await runs.show(orchestrations.value, codes);
    }
  }
  setTimeout(poll, POLL_MS);
}

function showContact({ status }) {
  at('banner').hidden = status === 'fulfilled';
  setText('banner', 'The stack does not answer. Was it stopped? Start it again with: make run');
}

function showStack(found) {
  stack = found;
  // An invitation's link leads to the staff's app, which on this machine is the board.
  if (location.hash.startsWith('#invitation=')) location.replace(`${found.screens.board}${location.hash}`);
  // So does a device's, to the kitchen display.
  if (location.hash.startsWith('#device=')) location.replace(`/kitchen/${location.hash}`);
  const parts = Object.entries(found.parts);
  const trouble = parts.filter(([, part]) => part.health !== 'ok').map(([name]) => name);
  const limits = appTrouble(found.app);
  at('dot').className = `dot ${trouble.length ? 'bad' : limits ? '' : 'good'}`;
  setText('health', trouble.length ? `Not up: ${trouble.join(', ')}` : (limits ?? `All ${parts.length} parts are up`));
  at('pay').hidden = !found.parts.saas;
  at('pairing').hidden = !found.parts.saas || !found.demo?.open;
  draw('parts', found.parts, () => parts.map(partRow));
  draw('screens', found.screens, () => screens(found));
}

/** What the app says of itself in health/ready, when something is amiss. */
function appTrouble(app) {
  if (!app) return 'The API does not answer';
  const lacks = [...(app.missing ?? []), ...(app.degraded ?? [])];
  return lacks.length ? `The API is without: ${lacks.join(', ')}` : null;
}

function partRow([name, { health, pid, url }]) {
  return el(
    'tr',
    {},
    el('td', {}, name),
    el('td', {}, el('span', { class: `dot ${health === 'ok' ? 'good' : 'bad'}` }), ` ${HEALTH[health] ?? health}`),
    el('td', {}, pid ? String(pid) : ''),
    el('td', { class: 'address' }, new URL(url).host),
  );
}

function screens({ apiUrl, screens: links }) {
  const kitchens = links.kitchen.map(({ url }) => {
    const link = el('a', { href: url, target: '_blank' }, 'Kitchen display');
    const place = el('span', { class: 'soft' });
    nameStation(url).then(({ station, location }) => {
      link.textContent = `Kitchen display: ${station}`;
      place.textContent = location;
    }, () => drawn.delete('screens'));
    return el('li', {}, link, place);
  });
  return [
    links.order && el('li', {}, el('a', { href: links.order, target: '_blank' }, 'Order as a diner'), el('span', { class: 'soft' }, 'as who scans the code at a table')),
    links.orderAndPay && el('li', {}, el('a', { href: links.orderAndPay, target: '_blank' }, 'Order and pay as a diner'), el('span', { class: 'soft' }, 'with the test card 4111111111111111')),
    el('li', {}, el('a', { href: links.board, target: '_blank' }, "Board: the staff's orders"), el('span', { class: 'soft' }, 'sign in as one of the people below')),
    ...kitchens,
    kitchens.length ? null : el('li', { class: 'soft' }, 'No demo data, so there is no station to show.'),
    el('li', {}, el('a', { href: `${apiUrl}/health/ready`, target: '_blank' }, 'Health of the API')),
  ].filter(Boolean);
}

function showPeople(people) {
  at('people-card').hidden = people.length === 0;
  draw('people', people, () => people.map(personRow));
}

function showPrinters({ printers, papers: found }) {
  at('printers-card').hidden = !stack?.parts.saas || !stack.demo?.open;
  draw('printers', printers, () => printers.map(printerRow));
  draw('papers', found, () => papers(found));
}

async function showOrders(orders) {
  codes = new Map(orders.map((order) => [order._id, order.orderCode]));
  at('no-orders').hidden = orders.length > 0;
  at('orders-table').hidden = orders.length === 0;
  if (stack) restaurants = await nameRestaurants(stack.apiUrl, orders.map((order) => order.restaurantId));
  draw('orders', [orders, [...restaurants]], () => orders.map(orderRow));
}

function orderRow(order) {
  const { _id, orderCode, status, restaurantId, startedAt, totalPriceCents } = order;
  return el(
    'tr',
    { 'data-order-id': _id },
    el('td', {}, el('a', { href: statusUrl(restaurantId, _id), target: '_blank', class: 'code' }, orderCode ?? _id)),
    el('td', {}, (status ?? '').replaceAll('_', ' ').toLowerCase()),
    el('td', {}, restaurants.get(restaurantId) ?? restaurantId ?? ''),
    el('td', {}, startedAt ? clock(startedAt) : ''),
    el('td', { class: 'sum' }, typeof totalPriceCents === 'number' ? money(totalPriceCents) : ''),
    el('td', {}, el('a', { href: `/start/timeline.html?${new URLSearchParams({ order: _id })}` }, 'Timeline')),
  );
}

function statusUrl(restaurantId, orderId) {
  return `/status/?${new URLSearchParams({ api: stack?.apiUrl ?? '', restaurantId, orderId })}`;
}

async function placeDemoOrder() {
  const button = at('demo');
  button.disabled = true;
  setText('placed', 'Placing…');
  try {
    const { orderId, orderCode, statusUrl: page } = await postJson('/api/demo-order', { location: 'open' });
    at('placed').replaceChildren(
      `Order ${orderCode ?? orderId} is placed: `,
      el('a', { id: 'placed-status', href: page, target: '_blank' }, "the diner's page"),
    );
  } catch (error) {
    setText('placed', error.message);
  } finally {
    button.disabled = false;
  }
}

async function payForDemoOrder(event) {
  event.preventDefault();
  const button = event.submitter ?? at('pay').querySelector('button');
  button.disabled = true;
  try {
    await pay(stack.apiUrl, at('card').value, (...said) => at('paid').replaceChildren(...said));
  } finally {
    button.disabled = false;
  }
}

/** Draws a list again only when what it shows changed, so that a link can be clicked and text selected. */
function draw(id, shown, make) {
  const text = JSON.stringify(shown);
  if (drawn.get(id) === text) return;
  drawn.set(id, text);
  at(id).replaceChildren(...make());
}

function setText(id, text) {
  if (at(id).textContent !== text) at(id).textContent = text;
}

at('connect-printer').addEventListener('click', () => connect((said) => setText('connected', said)));
for (const role of ['kitchen', 'expo']) {
  at(`pair-${role}`).addEventListener('click', () => pairScreen(role, (...said) => at('paired').replaceChildren(...said)));
}
at('demo').addEventListener('click', placeDemoOrder);
at('pay').addEventListener('submit', payForDemoOrder);
poll();
