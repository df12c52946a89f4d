/** The rules of the client that need no server: back-off, gaps, what is told once, and the old events of a picture. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { ApiError } from '../api.js';
import { delayAfter } from '../back_off.js';
import { LiveConnection } from '../live.js';
import { BoardEvents, DinerEvents, StationEvents } from '../old_events.js';
import { OrderSequence } from '../sequence.js';
import { SequencedWatch } from '../watch.js';

const HERE = { restaurantId: 'r', locationId: 'l' };
const LONG_AGO = '2020-01-01T00:00:00.000Z';
const SOON = '2100-01-01T00:00:00.000Z';

test('a try comes later each time, never later than the longest, and not at the same time on all screens', () => {
  const latest = [0, 1, 2, 3, 4, 5, 60].map((failures) => delayAfter(failures, 10_000, () => 1));
  assert.deepEqual(latest, [500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
  assert.equal(delayAfter(60, 10_000, () => 0), 6000);
  assert.notEqual(delayAfter(3, 10_000), delayAfter(3, 10_000));
});

test('a connection that was ended stays ended, also for who asks it to read again', async () => {
  let reads = 0;
  const connection = new LiveConnection({
    negotiate: () => Promise.reject(new ApiError(503, null)),
    catchUp: async () => (reads += 1),
    receive() {},
    changed() {},
    polling: true,
  });
  connection.start();
  while (connection.state !== 'polling') await pause(1);
  connection.stop();
  const before = reads;
  await connection.refresh();
  assert.deepEqual([reads, connection.state], [before, 'offline']);
});

test('an event is news once, and an older one never', () => {
  const sequence = new OrderSequence();
  const news = (seq, event) => sequence.accept({ orderId: 'a', seq, event });
  assert.deepEqual([news(2, 'order_accepted'), news(2, 'new_order'), news(2, 'new_order'), news(1, 'order_received')], [true, true, false, false]);
});

/** A watch that hears what it is given, and reads its pictures from a list. */
class Heard extends SequencedWatch {
  told = [];
  refreshed = 0;

  constructor() {
    const told = [];
    const keep = ({ orderId, seq, event }) => {
      if (event === 'breaks') throw new Error('a page is wrong');
      told.push(`${orderId}${seq} ${event}`);
    };
    super(null, {}, { event: keep });
    this.told = told;
  }

  refresh() {
    this.refreshed += 1;
  }

  hear(orderId, seq, event = 'changed') {
    this._receive({ orderId, seq, event, payload: {} });
  }

  picture(...seqs) {
    this._pictureRead(seqs);
  }
}

test('what comes after a gap waits until what was missed is read', () => {
  const watch = new Heard();
  watch.picture(['a', 2]);
  watch.hear('a', 3);
  watch.hear('a', 6);
  watch.hear('a', 7);
  assert.deepEqual([watch.told, watch.refreshed], [['a3 changed'], 2]);
  watch.picture(['a', 5]);
  assert.deepEqual(watch.told, ['a3 changed', 'a6 changed', 'a7 changed']);
  watch.hear('b', 4);
  assert.equal(watch.refreshed, 2, 'the first word of an order is no gap: a station hears of it when it is accepted');
});

test('what a picture shows already is no event, and two events of one change are two', () => {
  const watch = new Heard();
  watch.picture(['a', 3]);
  watch.hear('a', 3, 'order_accepted');
  watch.hear('a', 2, 'order_received');
  watch.hear('a', 4, 'order_accepted');
  watch.hear('a', 4, 'new_order');
  watch.hear('a', 4, 'new_order');
  assert.deepEqual(watch.told, ['a4 order_accepted', 'a4 new_order']);
});

test('a handler that fails takes nothing from the others', () => {
  const reported = [];
  globalThis.reportError = (error) => reported.push(error.message);
  const watch = new Heard();
  watch.hear('a', 1, 'breaks');
  watch.hear('a', 2);
  delete globalThis.reportError;
  assert.deepEqual([reported, watch.told], [['a page is wrong'], ['a2 changed']]);
});

test('a diner who joins late hears once where the order stands', () => {
  const told = [];
  const events = new DinerEvents((event) => told.push(event));
  events.status({ orderId: 'a', status: 'READY_FOR_PICKUP', seq: 4 });
  events.status({ orderId: 'a', status: 'PICKED_UP', seq: 5 });
  events.event({ event: 'order_completed', payload: {}, seq: 5 });
  assert.deepEqual(told, ['order_ready_for_pickup', 'order_completed']);
});

function order(id, status, { startedAt = LONG_AGO, items = [], seq = 1 } = {}) {
  return { _id: id, status, startedAt, items, seq, meta: { correlationId: `c-${id}` } };
}

function item(id, startedAt = null, completedAt = null) {
  return { id, startedAt, completedAt };
}

function board() {
  const told = [];
  const events = new BoardEvents(HERE, (event, payload) => told.push([event, payload]));
  return { told, events, names: () => told.splice(0).map(([event, { orderId, itemId }]) => [event, orderId, itemId].filter(Boolean).join(' ')) };
}

test('a board hears nothing of what it read itself, and then all that it missed', () => {
  const { events, told, names } = board();
  events.snapshot([order('a', 'CREATED'), order('b', 'ACCEPTED')]);
  assert.deepEqual(told, []);
  events.snapshot([order('a', 'ACCEPTED'), order('b', 'READY_FOR_PICKUP'), order('n', 'ACCEPTED', { startedAt: SOON })]);
  assert.deepEqual(told[0], ['order_accepted', { orderId: 'a', restaurantId: 'r', correlationId: 'c-a' }]);
  assert.deepEqual(told[2], ['order_received', { orderId: 'n', restaurantId: 'r', locationId: 'l', correlationId: 'c-n' }]);
  assert.deepEqual(names(), ['order_accepted a', 'order_ready_for_pickup b', 'order_received n', 'order_accepted n']);
  events.snapshot([order('a', 'CANCELLED'), order('b', 'ACCEPTED'), order('n', 'ACCEPTED')]);
  assert.deepEqual(names(), ['order_completed a', 'order_accepted b'], 'given up, and taken back');
});

test('an order that was there before a board joined is never told of as new', () => {
  const { events, names } = board();
  events.snapshot([order('a', 'CREATED')]);
  assert.deepEqual(names(), []);
  events.snapshot([order('a', 'ACCEPTED')]);
  assert.deepEqual(names(), ['order_accepted a']);
});

test('an order that the first picture did not have is new, whatever the clocks say', () => {
  const { events, names } = board();
  events.snapshot([]);
  events.snapshot([order('a', 'CREATED')]);
  assert.deepEqual(names(), ['order_received a']);
});

test('an order that was placed while a board joined is told of', () => {
  const { events, names } = board();
  events.snapshot([order('a', 'CREATED', { startedAt: SOON })]);
  assert.deepEqual(names(), ['order_received a']);
});

test('a board hears of items of those orders only that surely stand on it', () => {
  const { events, names } = board();
  events.snapshot([order('old', 'ACCEPTED', { items: [item('x')] })]);
  const started = (orderId) =>
    events.event({ event: 'dashboard_order_item_started', payload: { orderId, itemId: 'x', ...HERE }, orderId, seq: 9 });
  started('old');
  started('unknown');
  events.event({ event: 'order_received', payload: { orderId: 'new' }, orderId: 'new', seq: 1 });
  started('new');
  assert.deepEqual(names(), ['dashboard_order_item_started old x', 'order_received new'], 'a board without a printer drops new ones');
  events.acted('new');
  started('new');
  events.event({ event: 'order_completed', payload: { orderId: 'old' }, orderId: 'old', seq: 10 });
  started('old');
  assert.deepEqual(names(), ['dashboard_order_item_started new x', 'order_completed old']);
  events.joined();
  events.snapshot([order('old', 'ACCEPTED', { items: [item('x', LONG_AGO, LONG_AGO)] })]);
  events.snapshot([order('old', 'ACCEPTED', { items: [item('x', LONG_AGO, LONG_AGO), item('y', LONG_AGO)] })]);
  assert.deepEqual(names(), ['dashboard_order_item_started old y']);
});

test('a kitchen screen hears of orders that came and went meanwhile', () => {
  const told = [];
  const events = new StationEvents({ ...HERE, stationId: 's' }, (event, payload) => told.push([event, payload]));
  const tags = { stationTags: ['bar'] };
  events.snapshot([order('a', 'ACCEPTED', { items: [item('x')] }), order('b', 'ACCEPTED')], tags);
  assert.deepEqual(told, []);
  events.snapshot([order('a', 'ACCEPTED', { items: [item('x', LONG_AGO)] }), order('n', 'ACCEPTED')], tags);
  assert.deepEqual(told.splice(0), [
    ['order_item_started', { orderId: 'a', itemId: 'x', ...HERE, stationId: 's', stationTags: ['bar'] }],
    ['new_order', { orderId: 'n', stationTags: ['bar'], locationId: 'l', correlationId: 'c-n' }],
    ['order_ready_for_pickup', { restaurantId: 'r', orderId: 'b' }],
  ]);
  events.event({ event: 'order_cancelled', payload: { orderId: 'a' }, orderId: 'a', seq: 5 });
  events.event({ event: 'order_recalled', payload: { orderId: 'b' }, orderId: 'b', seq: 7 });
  assert.deepEqual(
    told.splice(0).map(([event, { orderId }]) => `${event} ${orderId}`),
    ['order_cancelled a', 'order_ready_for_pickup a', 'order_recalled b', 'new_order b'],
  );
  events.snapshot([order('b', 'ACCEPTED'), order('n', 'ACCEPTED')], tags);
  assert.deepEqual(told, []);
});
