/** What the keys of a keyboard or a bump bar do, without a browser. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { ACTIONS, byKey, Keys, nameOf } from '../../../clients/kitchen/keys.js';

const map = JSON.parse(await readFile(new URL('../../../clients/kitchen/keys.json', import.meta.url), 'utf8'));

/** A key as a browser tells of it, with the focus on nothing. */
function press(key, more = {}) {
  let prevented = false;
  return {
    key,
    target: null,
    defaultPrevented: false,
    preventDefault: () => (prevented = true),
    get prevented() {
      return prevented;
    },
    ...more,
  };
}

/** A window that hears keys, and what they did. */
function kitchen(actions = ACTIONS) {
  const did = [];
  let hear;
  globalThis.window = { addEventListener: (_name, listener) => (hear = listener), removeEventListener: () => (hear = null) };
  globalThis.Element = class {};
  const keys = new Keys(map, Object.fromEntries(actions.map((action) => [action, () => did.push(action)])));
  keys.start();
  return { did, keys, press: (...what) => hear?.(press(...what)) };
}

test('keys have names, and those of the browser have none', () => {
  const names = [
    press('Enter'),
    press(' '),
    press('x'),
    press('X'),
    press('R', { shiftKey: true }),
    press('*', { shiftKey: true }),
    press('Enter', { shiftKey: true }),
    press('r', { ctrlKey: true }),
    press('Process', { isComposing: true }),
  ].map(nameOf);
  assert.deepEqual(names, ['Enter', 'Space', 'x', 'x', 'Shift+R', '*', 'Shift+Enter', null, null]);
});

test('each key does one thing, and what is wrong with a map is told', () => {
  assert.deepEqual(byKey(map).wrong, { unknown: [], twice: [] });
  const { keys, wrong } = byKey({ bump: ['Enter'], rush: ['Enter', 'p'], dance: ['d'] });
  assert.deepEqual([keys, wrong], [{ Enter: 'bump', p: 'rush' }, { unknown: ['dance'], twice: ['Enter'] }]);
});

test('a digit selects, and the same one at once again bumps', () => {
  const { did, press: push } = kitchen();
  for (const key of ['3', '3', '3', '4', '5', '5']) push(key);
  assert.deepEqual(did, ['select3', 'select3', 'bump', 'select3', 'select4', 'select5', 'select5', 'bump']);
});

test('a key that is held down moves about, and bumps once', () => {
  const { did, press: push } = kitchen();
  push('Enter');
  push('Enter', { repeat: true });
  push('3');
  push('3', { repeat: true });
  push('ArrowRight', { repeat: true });
  assert.deepEqual(did, ['bump', 'select3', 'next']);
});

test('a key of the browser, one that was dealt with, and one that means nothing do nothing', () => {
  const { did, press: push, keys } = kitchen();
  push('r', { ctrlKey: true });
  push('Enter', { defaultPrevented: true });
  push('q');
  keys.stop();
  push('Enter');
  assert.deepEqual(did, []);
});

test('one function may stand in for all tickets by number', () => {
  const did = [];
  let hear;
  globalThis.window = { addEventListener: (_name, listener) => (hear = listener) };
  new Keys(map, { select: (number) => did.push(number) }).start();
  hear(press('0'));
  hear(press('7'));
  assert.deepEqual(did, [10, 7]);
});
