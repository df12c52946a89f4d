/**
 * The orders of one location, for people who work there.
 *
 * Address: /board/?api=<API base>, and, to come back to a place, &restaurantId=..&locationId=..
 */

import { serverNow, stopwatch } from '../live/clock.js';
import { LiveConnection, POLL_EVERY_MS } from '../live/live.js';
import { LiveOrders } from '../live/orders.js';
import { isKnown } from '../live/servers.js';
import { clockIn, duration, el, isolated } from '../live/text.js';
import { arrange, card, laneOf, showAge } from './card.js';
import { Deeds } from './deeds.js';
import { inWords } from './dialog.js';
import { Panels, paceInWords } from './panels.js';
import { may } from './roles.js';
import { Session } from './session.js';
import { Settings } from './settings.js';
import { SignIn } from './sign_in.js';
import { Today } from './today.js';

const SNAPSHOT_EVERY_MS = 60_000;
const LANES = ['new', 'making', 'ready', 'over'];
const MOST_OVER = 50;

const at = (id) => document.getElementById(id);
const query = new URLSearchParams(location.search);
const api = query.get('api');
const session = api && isKnown(api) ? new Session(api, () => leaveDesk()) : null;
const signIn = session && new SignIn(session, entered);

let desk = null;
let drawn = new Map();
/** Where somebody was last: the order of the card, and the button's deed; null where that was no card. */
let lastUsed = null;

// Signing in

function show(name) {
  for (const id of ['sign-in', 'choose', 'desk']) at(id).hidden = id !== name;
}

function askWho() {
  show('sign-in');
  signIn.ask();
}

async function entered() {
  await takeInvitation();
  await choosePlace();
}

/** Takes the invitation that a link brought along, once; what is wrong with it is said, and the page goes on. */
async function takeInvitation() {
  const token = new URLSearchParams(location.hash.slice(1)).get('invitation');
  if (!token) return;
  history.replaceState(null, '', `${location.pathname}${location.search}`);
  try {
    await session.send('POST', 'people/invitations/take', { token });
    say('');
  } catch (error) {
    say(inWords(error));
  }
}

async function leave() {
  leaveDesk();
  await session.leave();
}

function leaveDesk() {
  desk?.connection.stop();
  desk = null;
  askWho();
}

// Choosing a place

async function choosePlace({ again = false } = {}) {
  const { data: restaurants } = await session.get(`restaurant/${encodeURIComponent(session.userId)}`);
  const places = (await Promise.all(restaurants.map((restaurant) => placesOf(restaurant)))).flat();
  const wanted = places.find(
    ({ restaurant, place }) => restaurant._id === query.get('restaurantId') && place._id === query.get('locationId'),
  );
  const only = places.length === 1 ? places[0] : null;
  if (!again && (wanted ?? only)) {
    openDesk(wanted ?? only);
    return;
  }
  show('choose');
  at('places').replaceChildren(...(places.length ? places.map(placeButton) : [el('li', {}, 'No restaurant has added you yet. Ask its owner for an invitation.')]));
}

async function placesOf(restaurant) {
  const { data } = await session.get(`restaurant/restaurants/${encodeURIComponent(restaurant._id)}/locations`);
  return data.map((place) => ({ restaurant, place }));
}

function placeButton(choice) {
  const button = el('button', { type: 'button' }, isolated(choice.place.name), el('span', { class: 'soft' }, ' ', isolated(choice.restaurant.name)));
  button.addEventListener('click', () => openDesk(choice));
  return el('li', {}, button);
}

// The desk

function openDesk({ restaurant, place }) {
  desk?.connection.stop();
  const ids = { restaurantId: restaurant._id, locationId: place._id };
  query.set('restaurantId', ids.restaurantId);
  query.set('locationId', ids.locationId);
  history.replaceState(null, '', `?${query}`);
  const here = `${encodeURIComponent(ids.restaurantId)}/${encodeURIComponent(ids.locationId)}`;
  const orders = new LiveOrders({
    // Today's, and older ones that are still open (contract 21, 22).
    readAll: () => session.get(`restaurant/orders/today/${here}?open=true`),
    readOne: async (id) => (await session.get(`restaurant/orders/${here}/${id}`)).data,
    changed: draw,
    failed: () => desk?.connection.refresh(),
  });
  const panels = new Panels({ session, ...ids, changed: readPlace });
  const settings = new Settings({ session, ...ids, changed: readPlace });
  const deeds = new Deeds({ session, ...ids, after: (id) => orders.fetch(id) });
  const connection = new LiveConnection({
    negotiate: () => session.send('POST', 'realtime/negotiate', { kind: 'location', ...ids }),
    // What concerns the place is shown beside the orders: without it they are still whole.
    catchUp: () => Promise.all([orders.catchUp(), readPlace().catch(() => {})]),
    receive: (message) => orders.receive(message),
    notice: hear,
    changed: showLine,
    polling: true,
  });
  const today = new Today({ session, ...ids, role: restaurant.role ?? 'kitchen', node: at('today'), failed: (error) => say(error ? inWords(error) : '') });
  drawn = new Map();
  desk = { ...ids, today, place, zone: place.timezone, role: restaurant.role ?? 'kitchen', orders, panels, settings, deeds, connection, pace: {}, attention: [] };
  at('location').textContent = place.name;
  at('restaurant').textContent = restaurant.name;
  for (const id of ['attention', 'settings', 'today-button']) at(id).hidden = !may(desk.role, 'manager');
  showToday(false);
  for (const lane of LANES) at(lane).replaceChildren();
  show('desk');
  connection.start();
}

/** What is told of no order's history: its pace, or that no screen of the kitchen has shown an order, or one has now. */
function hear({ event, payload }) {
  if (event === 'order_not_drawn' || event === 'order_drawn') desk?.orders.fetch(payload.orderId);
  if (event !== 'stock_low') readPlace().catch(() => {});
}

/** Shows how the day stands in the place of the orders, or the orders again. */
function showToday(wanted) {
  at('today-button').setAttribute('aria-pressed', String(wanted));
  at('today-button').classList.toggle('chosen', wanted);
  at('lanes').hidden = wanted;
  at('over-box').hidden = wanted;
  if (wanted) desk.today.show();
  else desk.today.hide();
}

/** What concerns the location: its pace, and what needs somebody. */
async function readPlace() {
  const mine = desk;
  if (!mine) return;
  mine.pace = await mine.settings.pace();
  if (may(mine.role, 'manager')) mine.attention = await mine.panels.attention();
  if (mine === desk) showPlace();
}

function showPlace() {
  const notes = paceInWords(desk.pace, desk.zone);
  at('paused').hidden = !notes;
  setText(at('paused'), notes);
  setText(at('attention-count'), String(desk.attention.length));
  at('attention').classList.toggle('urgent', desk.attention.length > 0);
}

function draw() {
  if (!desk) return;
  const clock = clockIn(desk.zone);
  const list = desk.orders.list();
  const before = drawn;
  drawn = new Map(list.map((order) => [order._id, drawOne(order, clock, before.get(order._id))]));
  for (const lane of LANES) {
    const mine = [...drawn.values()].filter(({ order }) => laneOf(order) === lane);
    if (lane === 'over') mine.reverse();
    arrange(at(lane), mine.slice(0, lane === 'over' ? MOST_OVER : undefined).map(({ node }) => node));
    setText(at(lane).parentElement.querySelector('.count'), String(mine.length));
  }
  bringFocusBack();
  const open = list.filter((order) => laneOf(order) === 'new').length;
  document.title = `${open ? `(${open}) ` : ''}${desk.place.name}`;
  desk.today.outdate();
  tick();
}

/** A card that is made anew takes the focus with it: it goes to the same button, or to what comes next of that order. */
function bringFocusBack() {
  const card = lastUsed && drawn.get(lastUsed.orderId)?.node;
  if (!card || document.activeElement !== document.body) return;
  const button = card.querySelector(`[data-act="${lastUsed.act}"]`) ?? card.querySelector('button');
  const shown = card.closest('details:not([open])')?.querySelector('summary') ?? button;
  shown?.focus({ preventScroll: true });
}

function noteUse({ target }) {
  if (target.closest('dialog')) return;
  const card = target.closest('.ticket');
  lastUsed = card && { orderId: card.dataset.orderId, act: target.closest('button')?.dataset.act };
}

function drawOne(order, clock, before) {
  const text = JSON.stringify(order);
  if (before?.text === text) return before;
  return { order, text, node: card(order, { clock, role: desk.role, act }) };
}

async function act(name, order, button) {
  button.disabled = true;
  say('');
  try {
    await desk.deeds.act(name, order);
  } catch (error) {
    say(error.code === 'ORDER_MOVED' ? `Order ${order.orderCode} was moved by somebody else meanwhile.` : inWords(error));
  } finally {
    button.disabled = false;
    bringFocusBack();
  }
}

function tick() {
  if (!desk) return;
  setText(at('clock'), clockIn(desk.zone)(serverNow()));
  for (const { node, order } of drawn.values()) showAge(node, order);
  showLine();
}

function showLine() {
  if (!desk) return;
  const { state, offlineSince, refusal } = desk.connection;
  at('dot').className = `dot ${{ live: 'good', polling: 'good', offline: 'bad' }[state] ?? ''}`;
  setText(at('line'), { live: 'Live', polling: `Checking every ${POLL_EVERY_MS / 1000} s`, offline: 'Offline' }[state] ?? 'Connecting');
  if (state === 'offline') {
    const forbidden = refusal?.status === 403;
    say(forbidden ? 'You do not work here any more, or not at this location.' : `Offline for ${duration(stopwatch() - offlineSince)}. What you see may be old.`, true);
  } else if (at('banner').dataset.line) {
    say('');
  }
}

/** A sentence above everything. `line`: it is about the connection, and goes with it. */
function say(text, line = false) {
  at('banner').hidden = !text;
  setText(at('banner'), text);
  if (line) at('banner').dataset.line = 'true';
  else delete at('banner').dataset.line;
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

async function begin() {
  if (!session.open) {
    askWho();
    return;
  }
  try {
    await entered();
  } catch (error) {
    if (error.status === 401) return;
    say(inWords(error));
    setTimeout(begin, 3000);
  }
}

if (!session) {
  say(api ? 'This address names a server that this page does not know.' : 'This address is not complete. Open the board from the start page.');
} else {
  at('leave').addEventListener('click', leave);
  at('leave-choice').addEventListener('click', leave);
  at('other-place').addEventListener('click', () => choosePlace({ again: true }));
  at('today-button').addEventListener('click', () => showToday(!desk.today.shown));
  at('pace').addEventListener('click', () => desk.panels.pace(desk.pace, desk.zone));
  at('sold-out').addEventListener('click', () => desk.panels.soldOut());
  at('settings').addEventListener('click', () => desk.settings.open());
  at('attention').addEventListener('click', () => desk.panels.showAttention(desk.attention, desk.zone));
  for (const kind of ['focusin', 'pointerdown']) document.addEventListener(kind, noteUse);
  setInterval(tick, 1000);
  setInterval(() => desk?.connection.refresh(), SNAPSHOT_EVERY_MS);
  begin();
}
