/** What a kitchen screen does with a cook's moves, without a browser: held, undone, sent once, kept, refused. */

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { Moves } from '../../../clients/kitchen/moves.js';
import { memoryStorage } from '../../../clients/kitchen/stored.js';

const SOON = 20;
const NEVER = 600_000;
const opened = [];

afterEach(() => {
  for (const one of opened.splice(0)) one.stop();
});

class Refusal extends Error {
  constructor(status, code = null) {
    super(code ?? `status ${status}`);
    this.status = status;
    this.code = code;
  }
}

/** A server that takes moves; `answers` are given first: an error is thrown, a promise waited for. */
function server(...answers) {
  const took = [];
  const send = async (move) => {
    took.push(move);
    const answer = answers.length ? await answers.shift() : { seq: took.length };
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { took, send, kinds: () => took.map((move) => `${move.kind} ${move.orderId}`) };
}

/** One lock, as a browser has it for all its tabs. */
function lock() {
  let last = Promise.resolve();
  return (_name, work) => {
    const mine = last.then(work);
    last = mine.catch(() => {});
    return mine;
  };
}

/** A tab of a screen. */
function tab(send, { store = memoryStorage(), holdMs = SOON, alone = lock() } = {}) {
  const moves = new Moves({ send, key: 'grill', store, holdMs, alone, changed: () => {} });
  opened.push(moves);
  return moves;
}

/** Looks again and again until something holds. */
async function until(holds) {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
}

function order(id, fields = {}) {
  return { _id: id, orderCode: `#${id}`, seq: 3, items: [{ id: 'bun' }, { id: 'tea' }], ...fields };
}

const state = (moves, id) => moves.of(id)?.state;

test('what is undone is never sent', async () => {
  const kitchen = server();
  const moves = tab(kitchen.send, { holdMs: NEVER });
  moves.bump(order('1'));
  assert.deepEqual([state(moves, '1'), moves.held().orderCode, moves.hides(order('1'))], ['held', '#1', true]);
  assert.ok(moves.held().msLeft > 0);
  assert.equal(moves.undo().orderId, '1');
  assert.deepEqual([moves.of('1'), moves.held(), moves.undo(), moves.hides(order('1'))], [null, null, null, false]);

  // A move that is not held comes after it: once it is through, the first one would be, too.
  moves.rush(order('2'), true);
  await until(() => state(moves, '2') === 'sent');
  assert.deepEqual(kitchen.kinds(), ['rush 2']);
});

test('undo takes the newest back, and the others go on', async () => {
  const kitchen = server();
  const moves = tab(kitchen.send, { holdMs: 60 });
  moves.bump(order('1'));
  moves.bump(order('2'));
  assert.equal(moves.held().orderCode, '#2');
  moves.undo();
  await until(() => state(moves, '1') === 'sent');
  assert.deepEqual(kitchen.kinds(), ['bump 1']);
});

test('a move is sent once, and covers an older picture', async () => {
  const kitchen = server({ seq: 7 });
  const moves = tab(kitchen.send);
  moves.bump(order('1'), { force: true });
  await until(() => state(moves, '1') === 'sent');
  await moves.retry();
  assert.equal(kitchen.took.length, 1);
  assert.equal(kitchen.took[0].force, true);
  assert.deepEqual([moves.hides(order('1', { seq: 7 })), moves.hides(order('1', { seq: 8 }))], [true, false]);
});

test('without a network it waits, is doubtful, and is sent once on return', async () => {
  const kitchen = server(new Refusal(0), { seq: 4 });
  const moves = tab(kitchen.send);
  moves.bump(order('1'));
  await until(() => moves.waiting === 1);
  assert.equal(state(moves, '1'), 'waiting');
  await moves.retry();
  assert.deepEqual([state(moves, '1'), moves.waiting], ['sent', 0]);
  await moves.retry();
  assert.equal(kitchen.took.length, 2);
});

test('what is made while nothing can be sent waits with the others', async () => {
  const kitchen = server(new Refusal(0));
  const moves = tab(kitchen.send);
  moves.bump(order('1'));
  await until(() => moves.waiting === 1);
  moves.bump(order('2'));
  await until(() => moves.waiting === 2);
  assert.deepEqual(kitchen.kinds(), ['bump 1']);
  await moves.retry();
  assert.deepEqual(kitchen.kinds(), ['bump 1', 'bump 1', 'bump 2']);
});

for (const status of [401, 408, 429, 500, 503]) {
  test(`an answer ${status} keeps the move, and it is tried again by itself`, async () => {
    const kitchen = server(new Refusal(status), { seq: 4 });
    const moves = tab(kitchen.send);
    moves.bump(order('1'));
    await until(() => state(moves, '1') === 'sent');
    assert.equal(kitchen.took.length, 2);
  });
}

test('a refusal tells the word of the server, until somebody says something new', async () => {
  const kitchen = server(new Refusal(409, 'ORDER_MOVED'));
  const moves = tab(kitchen.send);
  moves.bump(order('1'));
  await until(() => state(moves, '1') === 'refused');
  assert.deepEqual(moves.of('1').why, { status: 409, code: 'ORDER_MOVED', message: 'ORDER_MOVED' });
  assert.equal(moves.hides(order('1')), false);
  await moves.retry();
  assert.equal(kitchen.took.length, 1);

  moves.bump(order('1'));
  await until(() => state(moves, '1') === 'sent');
  assert.equal(kitchen.took.length, 2);
});

test('a refusal that was seen is forgotten', async () => {
  const moves = tab(server(new Refusal(404)).send);
  moves.bump(order('1'));
  await until(() => state(moves, '1') === 'refused');
  moves.forget('1');
  assert.equal(moves.of('1'), null);
});

test('moves of one order go one after the other, those of others meanwhile', async () => {
  let answer;
  const kitchen = server(new Promise((resolve) => (answer = resolve)));
  const moves = tab(kitchen.send);
  moves.strike(order('1'), { id: 'bun' }, true);
  await until(() => kitchen.took.length === 1);
  moves.bump(order('1'));
  moves.bump(order('2'));
  answer({});
  await until(() => state(moves, '1') === 'sent' && state(moves, '2') === 'sent');
  assert.deepEqual(kitchen.kinds().filter((kind) => kind.endsWith('1')), ['strike 1', 'bump 1']);
});

test('a strike goes at once, the one that finishes an order is held', async () => {
  const kitchen = server();
  const moves = tab(kitchen.send, { holdMs: NEVER });
  const one = order('1');
  moves.strike(one, one.items[0], true);
  await until(() => state(moves, '1') === 'sent');
  moves.strike(one, one.items[1], true);
  assert.deepEqual([state(moves, '1'), moves.isDone('1', one.items[0]), moves.isDone('1', one.items[1])], ['held', true, true]);
  moves.strike(one, one.items[1], false);
  assert.equal(moves.isDone('1', one.items[1]), false);
  moves.strike(one, one.items[0], false);
  await until(() => kitchen.took.length === 2);
  assert.deepEqual(kitchen.took.map(({ itemId, done }) => [itemId, done]), [['bun', true], ['bun', false]]);
});

test('the strike that leaves only what was given back is held, too: it makes the order ready', async () => {
  const kitchen = server();
  const moves = tab(kitchen.send, { holdMs: NEVER });
  const one = order('1', { items: [{ id: 'bun' }, { id: 'tea', voidedAt: '2026-03-01T12:30:00Z' }] });
  moves.strike(one, one.items[0], true);
  assert.equal(state(moves, '1'), 'held');
  assert.equal(moves.undo().itemId, 'bun');
  assert.deepEqual(kitchen.took, []);
});

test('an order that is called back while its bump is held was just not bumped', async () => {
  const kitchen = server();
  const moves = tab(kitchen.send, { holdMs: NEVER });
  moves.bump(order('1'));
  moves.recall(order('1'));
  assert.deepEqual([moves.of('1'), moves.hides(order('1'))], [null, false]);
  moves.recall(order('2'));
  await until(() => state(moves, '2') === 'sent');
  assert.deepEqual(kitchen.kinds(), ['recall 2']);
});

test('a recall uncovers what a bump has hidden', async () => {
  const moves = tab(server().send);
  moves.bump(order('1'));
  await until(() => state(moves, '1') === 'sent');
  moves.recall(order('1'));
  assert.equal(moves.hides(order('1')), false);
});

test('tabs of one screen send a move once, and all see how it stands', async () => {
  const kitchen = server();
  const shared = { store: memoryStorage(), alone: lock() };
  const [first, second] = [tab(kitchen.send, shared), tab(kitchen.send, shared)];
  first.bump(order('1'));
  second.bump(order('2'));
  await Promise.all([
    until(() => state(first, '1') === 'sent' && state(first, '2') === 'sent'),
    until(() => state(second, '2') === 'sent'),
  ]);
  await Promise.all([first.retry(), second.retry()]);
  assert.deepEqual(kitchen.kinds().sort(), ['bump 1', 'bump 2']);
});

test('a reload goes on where the page was', async () => {
  const kitchen = server();
  const store = memoryStorage();
  const before = tab(kitchen.send, { store, holdMs: 200 });
  before.bump(order('1'));
  before.stop();
  const after = tab(kitchen.send, { store });
  assert.equal(after.held().orderCode, '#1');
  await until(() => state(after, '1') === 'sent');
  assert.equal(kitchen.took.length, 1);
});

test('a page that died while it was sending leaves a move that is doubtful', async () => {
  const store = memoryStorage();
  const before = tab(() => new Promise(() => {}), { store });
  before.bump(order('1'));
  await until(() => state(before, '1') === 'sending');
  before.stop();
  const kitchen = server();
  const after = tab(kitchen.send, { store });
  await until(() => state(after, '1') === 'sent');
  assert.deepEqual(kitchen.took.map((move) => move.doubtful), [true]);
});

test('the first try of a move is not doubtful', async () => {
  const kitchen = server(new Refusal(0));
  const moves = tab(kitchen.send);
  moves.bump(order('1'));
  await until(() => moves.waiting === 1);
  await moves.retry();
  assert.deepEqual(kitchen.took.map((move) => move.doubtful), [false, true]);
});

test('a full storage loses no move', async () => {
  const full = { ...memoryStorage(), setItem: () => assert.fail('no room') };
  const kitchen = server();
  const moves = tab(kitchen.send, { store: full });
  moves.bump(order('1'));
  await until(() => state(moves, '1') === 'sent');
  assert.equal(kitchen.took.length, 1);
});

test('what cannot be read in the storage stops nothing', async () => {
  const store = memoryStorage();
  store.setItem('orderbuddy-kitchen-moves.grill.x', '{"id": ');
  store.setItem('orderbuddy-kitchen-moves.grill.y', '[]');
  const moves = tab(server().send, { store });
  moves.bump(order('1'));
  await until(() => state(moves, '1') === 'sent');
});

test('a move of yesterday is not sent, and a clock that was set holds nothing for an hour', async () => {
  const store = memoryStorage();
  const now = Date.now();
  const made = (id, at) => ({ id, number: 1, kind: 'bump', orderId: id, at, holdMs: SOON, state: 'held', doubtful: false });
  for (const move of [made('old', now - 25 * 3600_000), made('ahead', now + 3600_000)]) {
    store.setItem(`orderbuddy-kitchen-moves.grill.${move.id}`, JSON.stringify(move));
  }
  const kitchen = server();
  const moves = tab(kitchen.send, { store });
  await until(() => state(moves, 'ahead') === 'sent');
  assert.deepEqual([kitchen.kinds(), moves.of('old')], [['bump ahead'], null]);
});

test('the end of a day is said in parts of 200, and hides them all', async () => {
  const kitchen = server();
  const moves = tab(kitchen.send);
  const orders = Array.from({ length: 401 }, (_, number) => order(String(number)));
  moves.clear(orders, 'closing');
  assert.ok(orders.every((one) => moves.hides(one)));
  await until(() => state(moves, '0') === 'sent' && state(moves, '400') === 'sent');
  assert.deepEqual(kitchen.took.map((move) => move.orderIds.length), [200, 200, 1]);
});
