/**
 * The kitchen display of one station (screen.js: whose screen it is).
 */

import { serverNow, stopwatch } from '../live/clock.js';
import { LiveConnection } from '../live/live.js';
import { LiveOrders } from '../live/orders.js';
import { clockIn, duration } from '../live/text.js';
import { stayAwake } from './awake.js';
import { stayFresh } from './fresh.js';
import { openScreen } from './screen.js';
import { Chime } from './sound.js';
import { showAge, ticket } from './ticket.js';

const SNAPSHOT_EVERY_MS = 60_000;
const NEW_FOR_MS = 8000;
const HEARD_MOST = 5000;
const ZOOMS = [1.25, 1, 0.86, 0.74];

const at = (id) => document.getElementById(id);
const { api, station } = await openScreen();

/** When each order was first seen here, by the stopwatch: a chime rings once per order, never for those of the first picture. */
const firstSeen = new Map();
let firstPicture = true;
let drawn = new Map();

const chime = new Chime(showSound);
const orders = new LiveOrders({
  readAll: () => station.orders(),
  readOne: (id) => station.order(id),
  changed: show,
  failed: () => connection.refresh(),
});
const connection = new LiveConnection({
  api,
  negotiate: () => station.negotiate(),
  catchUp: () => orders.catchUp(),
  receive: (message) => orders.receive(message),
  changed: showLine,
});

function show() {
  const list = orders.list();
  const { stationName, locationName, timezone } = station.known;
  const clock = clockIn(timezone);
  announce(list);
  document.title = `${list.length ? `(${list.length}) ` : ''}${stationName}`;
  at('station').textContent = stationName;
  at('location').textContent = locationName ?? '';
  at('count').textContent = list.length === 1 ? '1 open order' : `${list.length} open orders`;
  const before = drawn;
  drawn = new Map(list.map((order) => [order._id, draw(order, clock, before.get(order._id))]));
  const cards = [...drawn.values()];
  arrange(at('board'), cards.map((card) => card.made));
  arrange(at('lane-tickets'), cards.map((card) => card.unrouted));
  at('lane').hidden = !cards.some((card) => card.unrouted);
  at('empty').hidden = list.length > 0;
  tick();
  fit();
}

function draw(order, clock, before) {
  const text = JSON.stringify(order);
  if (before?.text === text) return before;
  const mine = order.items.filter((item) => !item.unrouted);
  const others = order.items.filter((item) => item.unrouted);
  return { order, text, made: ticket(order, mine, { clock }), unrouted: ticket(order, others, { clock }) };
}

/** Puts the tickets into this order, moving only those that are not in place, so that nothing flickers. */
function arrange(parent, nodes) {
  const wanted = nodes.filter(Boolean);
  const keep = new Set(wanted);
  for (const child of [...parent.children]) if (!keep.has(child)) child.remove();
  wanted.forEach((node, index) => {
    if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] ?? null);
  });
}

function announce(list) {
  const fresh = list.filter((order) => !firstSeen.has(order._id));
  for (const order of fresh) firstSeen.set(order._id, firstPicture ? -Infinity : stopwatch());
  if (fresh.length && !firstPicture) chime.ring();
  firstPicture = false;
  while (firstSeen.size > HEARD_MOST) firstSeen.delete(firstSeen.keys().next().value);
}

function tick() {
  at('clock').textContent = clockIn(station.known?.timezone)(serverNow());
  for (const [id, card] of drawn) {
    const isNew = stopwatch() - firstSeen.get(id) < NEW_FOR_MS;
    for (const node of [card.made, card.unrouted]) {
      if (!node) continue;
      node.classList.toggle('new', isNew);
      showAge(node, card.order);
    }
  }
  showMore();
  showLine();
}

/** The largest size at which no order is out of sight; past the smallest, a line says how many are. */
function fit() {
  at('more').hidden = true;
  for (const zoom of ZOOMS) {
    document.documentElement.style.setProperty('--zoom', zoom);
    if (at('board').scrollWidth <= at('board').clientWidth) break;
  }
  showMore();
}

function showMore() {
  const board = at('board');
  const edge = board.getBoundingClientRect().right;
  const beyond = [...board.children].filter((node) => node.getBoundingClientRect().right > edge).length;
  at('more').hidden = beyond === 0;
  at('more').textContent = beyond === 1 ? '1 more order to the right' : `${beyond} more orders to the right`;
}

function showLine() {
  const { state, refusal } = connection;
  at('dot').className = `dot ${{ live: 'good', offline: 'bad' }[state] ?? ''}`;
  setText(at('line'), { live: 'Live', offline: 'Offline' }[state] ?? 'Connecting');
  if (state === 'offline') setText(at('banner'), refusal ? refused(refusal) : offline());
  if (at('banner').hidden !== (state !== 'offline')) {
    at('banner').hidden = state !== 'offline';
    fit();
  }
}

function offline() {
  const since = `Offline for ${duration(stopwatch() - connection.offlineSince)}.`;
  if (!connection.lastContactAt) return `${since} No orders could be read yet.`;
  const clock = clockIn(station.known?.timezone, { seconds: true });
  return `${since} This picture is from ${clock(connection.lastContactAt)}.`;
}

function refused({ status }) {
  if (status === 401 || status === 403) return 'This screen may not show this station. Open it again from the manager app.';
  if (status === 404) return 'This station no longer exists. Open another one from the manager app.';
  return `${offline()} The server has a problem.`;
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function showSound() {
  at('sound').hidden = chime.allowed;
}

async function turnSoundOn() {
  await chime.allow();
  chime.ring();
}

showSound();
at('sound').addEventListener('click', turnSoundOn);
connection.start();
setInterval(tick, 1000);
setInterval(() => connection.refresh(), SNAPSHOT_EVERY_MS);
window.addEventListener('resize', fit);
at('board').addEventListener('scroll', showMore);
stayAwake();
stayFresh(api, () => drawn.size === 0);
