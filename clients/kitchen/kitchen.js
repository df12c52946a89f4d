/**
 * The kitchen display: of one station, or of the whole location (`expo`). Whose screen it is: screen.js.
 */

import { serverNow, stopwatch } from '../live/clock.js';
import { LiveConnection } from '../live/live.js';
import { LiveOrders } from '../live/orders.js';
import { clockIn } from '../live/text.js';
import { showTotals, totals } from './allday.js';
import { stayAwake } from './awake.js';
import { Board } from './board.js';
import { Deeds } from './deeds.js';
import { showDock } from './dock.js';
import { Drawn } from './drawn.js';
import { stayFresh } from './fresh.js';
import { Gestures } from './gestures.js';
import { Keys, readKeys } from './keys.js';
import { Lane } from './lane.js';
import { showLine } from './line.js';
import { Moves } from './moves.js';
import { News } from './news.js';
import { Panels } from './panels.js';
import { picture } from './picture.js';
import { renew } from './pushes.js';
import { EXPO, openScreen } from './screen.js';
import { Chime } from './sound.js';
import { Ticket } from './ticket.js';
import { follow, say, sayAll } from './words.js';

const SNAPSHOT_EVERY_MS = 60_000;
/** How loud a sound is that somebody wants to hear again, who had turned it all the way down. */
const HEARD_VOLUME = 0.6;
const GIVEN_UP = new Set(['order_cancelled', 'order_rejected']);

const at = (id) => document.getElementById(id);

sayAll();
const { api, stationId, screenId, station } = await openScreen();
const expo = stationId === EXPO;
const news = new News();
const chime = new Chime(showSound);
const moves = new Moves({ send: (move) => station.send(move), changed: redraw, key: screenId });
const board = new Board(at('board'), makeTicket);
const lane = new Lane(at('lane'), at('lane-tickets'), makeTicket);
const drawn = new Drawn((orders) => station.seen(orders));

/** What is shown now (picture.js). */
let entries = [];
/** Orders that were given up, where the server has not listed them as such yet. */
let justCancelled = [];
/** What the lit tickets are of: the key of a total, or null. */
let lit = null;
let saidUntil = 0;
let wasWhole = false;

const orders = new LiveOrders({
  readAll,
  readOne: (id) => station.order(id),
  changed: redraw,
  failed: () => connection.refresh(),
});
const connection = new LiveConnection({
  api,
  negotiate: () => station.negotiate(),
  catchUp: () => orders.catchUp(),
  receive,
  notice: () => connection.refresh(),
  changed: showConnection,
  polling: true,
});
const panels = new Panels({ station, moves, chime, expo, entries: () => entries, refresh: () => connection.refresh() });
const deeds = new Deeds({ board, moves, news, panels, expo, entries: () => entries, tick, say: tell, toggleAllDay, light, sound: turnSoundOn });
const gestures = new Gestures(document.body, deeds.touches, redraw);

async function readAll() {
  const found = await station.orders();
  justCancelled = [];
  if (follow(station.known.staffLanguage)) sayAll();
  return found;
}

/** An order that was given up stays in sight, as it was, until the server lists it among those. */
function receive(message) {
  if (GIVEN_UP.has(message.event)) {
    const gone = orders.list().find((order) => order._id === message.orderId);
    if (gone) justCancelled.push(gone);
    connection.refresh();
  }
  orders.receive(message);
}

/** Tickets do not change under a finger: while one is down they wait for it. */
function redraw() {
  if (!station.known || gestures.isDown) return;
  const cancelled = [...(station.known.cancelledOrders ?? []), ...justCancelled];
  entries = picture({ orders: orders.list(), cancelled, moves, expo });
  const { added, changed, cancelled: gaveUp, ready } = news.take(entries);
  ring({ added, changed, gaveUp, ready });
  const context = { say, clock: clockIn(station.known.timezone), expo, ageing: station.known.ageing };
  board.show(entries.filter(({ items }) => items.length).map((entry) => ({ ...entry, context })));
  lane.show(entries.filter(({ unrouted }) => unrouted.length).map((entry) => ({ ...entry, items: entry.unrouted, context })));
  at('empty').hidden = entries.length > 0;
  showNames();
  showAllDay();
  tick();
}

function makeTicket({ order, items, mark, context }) {
  return new Ticket(order, items, mark, context);
}

function ring({ added, changed, gaveUp, ready }) {
  const kind = gaveUp ? 'cancelled' : added ? 'new' : changed ? 'changed' : expo && ready ? 'ready' : null;
  if (!kind) return;
  chime.ring(kind);
  chime.repeat(true, kind);
}

function showNames() {
  const { stationName, locationName } = station.known;
  document.title = `${entries.length ? `(${entries.length}) ` : ''}${stationName}`;
  setText(at('station'), stationName);
  setText(at('location'), locationName ?? '');
  setText(at('count'), entries.length === 1 ? say('openOrder') : say('openOrders', { count: entries.length }));
}

/** What changes by itself: ages, clocks, and how long a bump can still be undone. */
function tick() {
  if (!station.known) return;
  setText(at('clock'), clockIn(station.known.timezone)(serverNow()));
  for (const ticket of [...board.tickets, ...lane.tickets]) {
    ticket.age();
    ticket.toggle('new', news.isUntouched(ticket.order._id));
  }
  board.settle();
  if (!news.count) chime.repeat(false);
  showDock({ board, moves, known: station.known, said: stopwatch() < saidUntil });
  showConnection();
  markDrawn();
}

function markDrawn() {
  const seen = new Set([...board.inSight(), ...lane.inSight()]);
  drawn.mark(entries.filter(({ id }) => seen.has(id)).map(({ order }) => order));
}

function showConnection() {
  showLine(connection, station.known?.timezone);
  const isWhole = connection.state === 'live' || connection.state === 'polling';
  if (isWhole && !wasWhole) moves.retry();
  wasWhole = isWhole;
}

function showAllDay() {
  if (at('all-day').hidden) return;
  const found = totals(entries);
  if (!found.some(({ key }) => key === lit)) lit = null;
  showTotals(at('totals'), found, lit);
  const ids = found.find(({ key }) => key === lit)?.orderIds;
  for (const ticket of [...board.tickets, ...lane.tickets]) ticket.toggle('lit', Boolean(ids?.has(ticket.order._id)));
}

function toggleAllDay() {
  const isShown = at('all-day').hidden;
  at('all-day').hidden = !isShown;
  document.querySelector('[data-deed="allDay"]').setAttribute('aria-pressed', String(isShown));
  if (!isShown) light(null);
  redraw();
}

/** Lights the tickets of a total; that of the lit one puts the light out. */
function light(key) {
  lit = key === lit ? null : key;
  for (const ticket of [...board.tickets, ...lane.tickets]) ticket.toggle('lit', false);
  showAllDay();
}

/** Says something for a moment, where the undo bar is. */
function tell(text) {
  saidUntil = stopwatch() + 4000;
  setText(at('said'), text);
  tick();
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function showSound() {
  const { state } = chime;
  at('sound').hidden = state === 'on';
  setText(at('sound'), say(state === 'muted' ? 'soundMuted' : 'sound'));
}

async function turnSoundOn() {
  chime.muted = false;
  if (chime.volume === 0) chime.volume = HEARD_VOLUME;
  await chime.test();
}

/** Somebody touched a ticket: it is no news any more. */
function touched(event) {
  const id = event.target.closest?.('[data-order-id]')?.dataset.orderId;
  if (id && news.touch(id)) tick();
}

async function startKeys() {
  new Keys(await readKeys(), deeds.keys).start();
}

function start() {
  showSound();
  at('sound').addEventListener('click', turnSoundOn);
  document.addEventListener('pointerdown', touched);
  connection.start();
  drawn.start();
  startKeys();
  setInterval(tick, 1000);
  setInterval(() => connection.refresh(), SNAPSHOT_EVERY_MS);
  new ResizeObserver(() => board.arrange()).observe(at('board'));
  window.addEventListener('scroll', markDrawn, { passive: true });
  stayAwake();
  renew();
  stayFresh(api, () => entries.length === 0 && moves.waiting === 0 && !moves.held());
}

start();
