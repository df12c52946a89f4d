/** The stand-in for socket.io-client, used as the two existing apps use the original: what they emit, and what they listen to. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import io, { io as named } from '../../socketio.js';
import { Line, move, moveItem, order, place, seen, skip, stack, stations, until } from './stage.js';

const line = stack && new Line();
let station;

before(async () => {
  if (skip) return;
  await line.start();
  [station] = await stations();
  // Where the manager app keeps who is signed in.
  globalThis.sessionStorage = { getItem: (key) => (key === 'storev2-session-storage' ? JSON.stringify({ state: { auth: { token: stack.token } } }) : null) };
});
after(() => line?.stop());

/** A page's socket, and all that it hears. */
function opened(context) {
  const socket = io(stack.api, { WebSocket: line.WebSocket });
  const heard = [];
  socket.onAny((event, payload) => heard.push({ event, payload }));
  context.after(() => socket.disconnect());
  const names = (orderId) => heard.filter(({ payload }) => payload.orderId === orderId).map(({ event }) => event);
  return { socket, heard, names };
}

/** The network of a page goes, and comes again when `meanwhile` is done. */
async function away(socket, meanwhile) {
  line.blocked = true;
  line.cut();
  await meanwhile();
  line.blocked = false;
}

test('it looks like the original from its first moment on', () => {
  assert.equal(io, named);
  const socket = io('http://127.0.0.1:1/api/v1');
  assert.ok(socket.connected, 'the apps look once, and give up where it is not');
  const calls = [];
  const listener = () => calls.push('on');
  assert.equal(socket.on('x', listener).once('x', listener).off('x', listener), socket);
  assert.equal(socket.listeners('x').length, 1);
  socket.off('x');
  assert.equal(socket.hasListeners('x'), false);
  socket.on('disconnect', (reason) => calls.push(reason));
  assert.equal(socket.emit('order_completed', { restaurantId: 'r', orderId: 'o' }), socket);
  assert.equal(typeof socket.id, 'string');
  socket.disconnect().disconnect();
  assert.deepEqual([socket.connected, socket.id, calls], [false, undefined, ['io client disconnect']]);
  socket.emit('order_joined', { orderId: 'o' });
});

test('who listens is told that it is connected, after the call', async () => {
  const socket = io('http://127.0.0.1:1/api/v1');
  const calls = await new Promise((resolve) => socket.once('connect', () => resolve('connected')));
  assert.equal(calls, 'connected');
  socket.disconnect();
});

test('the diner who has just ordered', { skip }, async (context) => {
  const { socket, names } = opened(context);
  const orderId = await order();
  if (socket.connected) socket.emit('order_joined', { orderId });
  const told = [];
  const ready = () => told.push('ready');
  const completed = () => told.push('completed');
  socket.on('order_ready_for_pickup', ready);
  socket.on('order_completed', completed);
  // The status page joins by the bare id, again at each visit.
  socket.emit('order_joined', orderId);
  await move(orderId, 'READY_FOR_PICKUP');
  await until(() => told.length === 1);
  socket.off('order_ready_for_pickup', ready);
  socket.off('order_completed', completed);
  socket.on('order_completed', completed);
  await move(orderId, 'PICKED_UP');
  await until(() => told.length === 2);
  assert.deepEqual(told, ['ready', 'completed']);
  assert.deepEqual(names(orderId).filter((event) => event !== 'order_accepted'), ['order_ready_for_pickup', 'order_completed']);
});

test('the diner who opens the link from the text message', { skip }, async (context) => {
  const orderId = await order();
  await move(orderId, 'READY_FOR_PICKUP');
  const { socket, heard } = opened(context);
  socket.emit('order_joined', orderId);
  await until(() => heard.some(({ event }) => event === 'order_ready_for_pickup'));
  await away(socket, () => move(orderId, 'PICKED_UP'));
  await until(() => heard.some(({ event }) => event === 'order_completed'));
});

test('the orders board', { skip }, async (context) => {
  const { socket, heard, names } = opened(context);
  socket.emit('store_joined', place);
  const first = await order();
  await until(() => names(first).includes('order_accepted'));
  const { correlationId } = (await seen(first)).meta;
  const payload = (event) => heard.find((each) => each.event === event && each.payload.orderId === first).payload;
  assert.deepEqual(payload('order_received'), { orderId: first, ...place, correlationId });
  assert.deepEqual(payload('order_accepted'), { orderId: first, restaurantId: place.restaurantId, correlationId });

  // What the board itself did over HTTP, it tells the others of: the server does that.
  await move(first, 'READY_FOR_PICKUP');
  socket.emit('order_ready_for_pickup', { restaurantId: place.restaurantId, orderId: first });
  await until(() => names(first).includes('order_ready_for_pickup'));

  let second;
  await away(socket, async () => {
    await move(first, 'PICKED_UP');
    second = await order();
  });
  await until(() => names(first).includes('order_completed') && names(second).includes('order_accepted'));
  assert.deepEqual(names(first), ['order_received', 'order_accepted', 'order_ready_for_pickup', 'order_completed']);
  assert.deepEqual(names(second), ['order_received', 'order_accepted']);
});

test('an item of an order that the board does not show breaks no board', { skip }, async (context) => {
  const { socket, names } = opened(context);
  socket.emit('store_joined', place);
  const orderId = await order();
  await until(() => names(orderId).includes('order_accepted'));
  const [item] = (await seen(orderId)).items;
  await moveItem(orderId, item.id, 'STARTED');
  const next = await order();
  await until(() => names(next).includes('order_received'), 'what was sent before has come, too');
  // The board's own act shows that it has the order.
  socket.emit('order_item_completed', { ...place, orderId, itemId: item.id, stationTags: item.stationTags });
  await moveItem(orderId, item.id, 'COMPLETED');
  await until(() => names(orderId).includes('dashboard_order_item_completed'));
  assert.ok(!names(orderId).includes('dashboard_order_item_started'));
});

test('the kitchen screen of a station', { skip }, async (context) => {
  const { socket, heard, names } = opened(context);
  const joined = { ...place, stationId: station._id };
  socket.emit('store_joined', place);
  socket.emit('station_joined', { ...joined, stationTags: station.tags });
  const welcomes = () => heard.filter(({ event }) => event === 'station_connected');
  await until(() => welcomes().length === 1);
  assert.deepEqual(welcomes()[0].payload, { success: true, stationId: station._id, locationId: place.locationId });
  socket.emit('station_joined', { ...joined, stationTags: station.tags });
  assert.equal(welcomes().length, 2);

  const first = await order(station);
  await until(() => names(first).includes('new_order'));
  const { payload } = heard.find(({ event }) => event === 'new_order');
  assert.deepEqual([payload.orderId, payload.locationId], [first, place.locationId]);
  assert.deepEqual(payload.stationTags, station.tags);
  const [item] = (await seen(first)).items;
  await moveItem(first, item.id, 'STARTED');
  await until(() => names(first).includes('order_item_started'));
  const started = heard.find(({ event }) => event === 'order_item_started').payload;
  assert.deepEqual(started, { orderId: first, itemId: item.id, ...joined, stationTags: station.tags });

  let second;
  await away(socket, async () => {
    await moveItem(first, item.id, 'COMPLETED');
    await move(first, 'READY_FOR_PICKUP');
    second = await order(station);
  });
  await until(() => names(first).includes('order_ready_for_pickup') && names(second).includes('new_order'));
  await move(second, 'CANCELLED');
  await until(() => names(second).includes('order_ready_for_pickup'), 'the only event at which these screens take a ticket down');
});

test('who may not join, and who says no place, hears an exception and no more', { skip }, async (context) => {
  const { socket, heard } = opened(context);
  const elsewhere = { restaurantId: place.restaurantId, locationId: 'f'.repeat(24) };
  socket.emit('store_joined', elsewhere);
  socket.emit('station_joined', null);
  socket.emit('order_joined');
  socket.emit('order_joined', { orderId: 'f'.repeat(24) });
  await until(() => heard.length >= 4);
  assert.deepEqual(new Set(heard.map(({ event }) => event)), new Set(['exception']));
  assert.deepEqual(
    heard.map(({ payload }) => payload.cause.pattern).sort(),
    ['order_joined', 'order_joined', 'station_joined', 'store_joined'],
  );
});
