/** `connect` against the local stack: events in their order, whatever the network does. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { connect } from '../../index.js';
import { call, connections, Line, move, moveItem, order, place, seen, skip, stack, stations, until } from './stage.js';

const line = stack && new Line();
let station;

before(async () => {
  if (skip) return;
  await line.start();
  [station] = await stations();
});
after(() => line?.stop());

/** Connects through the line; what is watched is closed at the end of the test. */
function connected(context, options = {}) {
  const live = connect({ baseUrl: stack.api, WebSocket: line.WebSocket, ...options });
  context.after(() => live.close());
  return live;
}

const staff = () => ({ getToken: async () => stack.token });

/** Handlers that keep what they hear. */
function kept() {
  const heard = { events: [], states: [], statuses: [], refusals: [] };
  return {
    heard,
    handlers: {
      event: (message) => heard.events.push(message.event),
      state: (state) => heard.states.push(state),
      status: (status) => heard.statuses.push(status.status),
      refused: (error) => heard.refusals.push(error.status),
    },
  };
}

test('one order: each event once, also those that were missed while the line was cut', { skip }, async (context) => {
  const orderId = await order();
  const { heard, handlers } = kept();
  const watch = connected(context).watchOrder(orderId, handlers);
  await until(() => watch.state === 'live');
  assert.deepEqual(heard.statuses, ['ACCEPTED']);
  await move(orderId, 'READY_FOR_PICKUP');
  await until(() => heard.events.length === 1);

  line.blocked = true;
  line.cut();
  await until(() => watch.state !== 'live');
  await call('POST', `restaurant/${place.restaurantId}/${place.locationId}/orders/${orderId}/recall`, { body: {}, as: 'staff' });
  await move(orderId, 'READY_FOR_PICKUP');
  await move(orderId, 'PICKED_UP');
  line.blocked = false;
  await until(() => watch.state === 'live');
  await until(() => heard.events.length === 4);
  assert.deepEqual(heard.events, ['order_ready_for_pickup', 'order_recalled', 'order_ready_for_pickup', 'order_completed']);
  assert.equal(heard.statuses.at(-1), 'PICKED_UP');
});

test('a connection that is cut is taken up again, and no other is made', { skip }, async (context) => {
  const orderId = await order();
  const { heard, handlers } = kept();
  const watch = connected(context).watchOrder(orderId, handlers);
  const mine = async () => (await connections()).filter(({ groups }) => groups.includes(`order.${orderId}`));
  await until(() => watch.state === 'live');
  const [first] = await mine();
  assert.equal(first.subprotocol, 'json.reliable.webpubsub.azure.v1');
  for (let times = 0; times < 3; times += 1) {
    const before = heard.states.length;
    line.cut();
    await until(() => heard.states.length === before + 2);
    assert.deepEqual(heard.states.slice(before), ['offline', 'live']);
  }
  const after = await mine();
  assert.deepEqual(after.map(({ connectionId, lost }) => [connectionId, lost]), [[first.connectionId, false]]);
  await move(orderId, 'READY_FOR_PICKUP');
  await until(() => heard.events.length === 1);
  await until(async () => (await mine())[0].unacknowledged === 0, 'what came is acknowledged');
});

test('where the service does not speak the reliable form, the plain one does', { skip }, async (context) => {
  const orderId = await order();
  const { heard, handlers } = kept();
  class Plain extends line.WebSocket {
    constructor(url, subprotocols) {
      super(url, subprotocols.filter((name) => !name.includes('reliable')));
    }
  }
  const watch = connected(context, { WebSocket: Plain }).watchOrder(orderId, handlers);
  await until(() => watch.state === 'live');
  line.blocked = true;
  line.cut();
  await until(() => watch.state !== 'live');
  await move(orderId, 'READY_FOR_PICKUP');
  line.blocked = false;
  await until(() => watch.state === 'live' && heard.events.length === 1);
  const mine = (await connections()).filter(({ groups }) => groups.includes(`order.${orderId}`));
  assert.deepEqual(mine.map(({ subprotocol }) => subprotocol), ['json.webpubsub.azure.v1']);
});

test('a line that only falls silent is found out, and what was missed is told', { skip }, async (context) => {
  const orderId = await order();
  const { heard, handlers } = kept();
  const watch = connected(context).watchOrder(orderId, handlers);
  await until(() => watch.state === 'live');
  line.silence();
  await move(orderId, 'READY_FOR_PICKUP');
  await until(() => heard.events.length === 1 && watch.state === 'live');
  assert.deepEqual(heard.states, ['connecting', 'live', 'offline', 'live']);
  assert.deepEqual(heard.events, ['order_ready_for_pickup']);
});

test('two watches of one order, one after the other, see it both', { skip }, async (context) => {
  const orderId = await order();
  const live = connected(context);
  for (let times = 0; times < 2; times += 1) {
    const { heard, handlers } = kept();
    const watch = live.watchOrder(orderId, handlers);
    await until(() => watch.state === 'live');
    assert.deepEqual(heard.statuses, ['ACCEPTED']);
    watch.close();
  }
});

test('where websockets are blocked it polls, and goes live when they are not', { skip }, async (context) => {
  const orderId = await order();
  line.blocked = true;
  context.after(() => (line.blocked = false));
  const { heard, handlers } = kept();
  const watch = connected(context).watchOrder(orderId, handlers);
  await until(() => watch.state === 'polling');
  await move(orderId, 'READY_FOR_PICKUP');
  await until(() => heard.events.includes('order_ready_for_pickup'));
  assert.equal(watch.state, 'polling');
  assert.equal(heard.states.at(-1), 'polling');
  line.blocked = false;
  await until(() => watch.state === 'live');
  assert.deepEqual(heard.events, ['order_ready_for_pickup']);
});

test('the board of a location: a list that is always current', { skip }, async (context) => {
  let list = [];
  const { heard, handlers } = kept();
  const watch = connected(context, staff()).watchLocation(place, { ...handlers, orders: (orders) => (list = orders) });
  await until(() => watch.state === 'live');
  const orderId = await order();
  const mine = () => list.find(({ _id }) => _id === orderId);
  await until(() => mine()?.status === 'ACCEPTED' && heard.events.includes('order_received'));
  line.blocked = true;
  line.cut();
  await until(() => watch.state !== 'live');
  await move(orderId, 'READY_FOR_PICKUP');
  line.blocked = false;
  await until(() => mine().status === 'READY_FOR_PICKUP');
});

test('a location tells of its pace, which is of no order', { skip }, async (context) => {
  const wait = (waitMinutes) =>
    call('PATCH', `location-settings/restaurant/${place.restaurantId}/location/${place.locationId}/pace`, { body: { waitMinutes }, as: 'staff' });
  context.after(() => wait(0));
  const notices = [];
  const { heard, handlers } = kept();
  const watch = connected(context, staff()).watchLocation(place, { ...handlers, notice: (notice) => notices.push(notice) });
  await until(() => watch.state === 'live');
  await wait(15);
  await until(() => notices.some(({ event, payload }) => event === 'order_wait_time_updated' && payload.waitTime === 15));
  assert.deepEqual(heard.events, []);
});

test('a station: its orders come, and go when they are ready', { skip }, async (context) => {
  let list = [];
  let whole = null;
  const { heard, handlers } = kept();
  const watch = connected(context, staff()).watchStation(
    { ...place, stationId: station._id },
    { ...handlers, orders: (orders, answer) => ([list, whole] = [orders, answer]) },
  );
  await until(() => watch.state === 'live');
  assert.deepEqual(whole.stationTags, station.tags);
  const orderId = await order(station);
  const mine = () => list.find(({ _id }) => _id === orderId);
  await until(() => mine() && heard.events.includes('new_order'));
  await moveItem(orderId, mine().items[0].id, 'STARTED');
  await until(() => mine().items[0].startedAt);
  await move(orderId, 'READY_FOR_PICKUP');
  await until(() => !mine());
});

test('menus: which one is another now, also one that changed meanwhile', { skip }, async (context) => {
  const { menuId } = stack.demo.open;
  const path = `order-app/restaurants/${place.restaurantId}/locations/${place.locationId}/menus/${menuId}`;
  const { id } = (await call('GET', path)).body.data.items.find((item) => item.isAvailable);
  const available = (isAvailable) =>
    call('PATCH', `restaurant/${place.restaurantId}/location/${place.locationId}/menu/${menuId}/item/${id}/availability`, { body: { isAvailable }, as: 'staff' });
  context.after(() => available(true));
  const changed = [];
  const watch = connected(context).watchMenu(place, { changed: (menu) => changed.push(menu) });
  await until(() => watch.state === 'live');
  await available(false);
  await until(() => changed.includes(menuId));
  line.blocked = true;
  line.cut();
  await until(() => watch.state !== 'live');
  changed.length = 0;
  await available(true);
  line.blocked = false;
  await until(() => changed.includes(menuId));
});

test('who may not look is told so; a token that is too old is asked for anew', { skip }, async (context) => {
  const { heard, handlers } = kept();
  connected(context, { getToken: async () => 'wrong' }).watchLocation(place, handlers);
  await until(() => heard.refusals.includes(401));
  const asked = [];
  const getToken = async ({ renew }) => {
    asked.push(renew);
    return renew ? stack.token : 'wrong';
  };
  const watch = connected(context, { getToken }).watchLocation(place, {});
  await until(() => watch.state === 'live');
  assert.ok(asked.includes(true));
});

test('what a poller reads again is not sent again', { skip }, async () => {
  const at = `${place.restaurantId}/${place.locationId}`;
  for (const [as, pathOf] of [
    ['diner', (id) => `order-app/orders/${id}/status`],
    ['diner', (id) => `order-app/orders/${id}/events`],
    ['diner', (id) => `menu-app/order/${id}`],
    ['staff', () => `restaurant/orders/today/${at}?open=true`],
    ['staff', () => `stations/${at}/${station._id}/orders`],
  ]) {
    const orderId = await order(station);
    const path = pathOf(orderId);
    const tag = (await call('GET', path, { as })).headers.get('etag');
    const again = async () => (await call('GET', path, { as, headers: { 'if-none-match': tag } })).status;
    assert.equal(await again(), 304, path);
    await moveItem(orderId, (await seen(orderId)).items[0].id, 'STARTED');
    assert.equal(await again(), 200, path);
  }
});

test('closing ends it: nothing is heard, and the service keeps nothing', { skip }, async () => {
  const orderId = await order();
  const { heard, handlers } = kept();
  const live = connect({ baseUrl: stack.api, WebSocket: line.WebSocket });
  const watch = live.watchOrder(orderId, handlers);
  await until(() => watch.state === 'live');
  live.close();
  await until(async () => !(await connections()).some(({ groups }) => groups.includes(`order.${orderId}`)));
  await move(orderId, 'READY_FOR_PICKUP');
  assert.deepEqual(heard.events, []);
});
