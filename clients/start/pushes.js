/** The page of pushes: a phone for each token, and a screen for each browser, with what it shows. */

import { ApiError, getJson } from '../live/api.js';
import { clockIn, el, isolated } from '../live/text.js';

const POLL_MS = 1000;
const clock = clockIn(null, { seconds: true });

const at = (id) => document.getElementById(id);
let shown = '';

async function poll() {
  if (document.visibilityState === 'visible') await look().catch(tell);
  setTimeout(poll, POLL_MS);
}

async function look() {
  const pushes = await getJson('/api/pushes');
  const text = JSON.stringify(pushes);
  if (text === shown) return;
  shown = text;
  at('said').textContent = pushes.length ? '' : 'Nothing was pushed yet. Subscribe a phone or a kitchen screen, and place a demo order.';
  const devices = new Map();
  for (const one of pushes) devices.set(one.to, [...(devices.get(one.to) ?? []), one]);
  // The newest push comes first, on each device and of all devices.
  at('phones').replaceChildren(...[...devices].reverse().map(([to, own]) => device(to, own)));
}

function device(to, pushes) {
  const name = `${pushes[0].kind === 'phone' ? 'Phone' : 'Screen'} ${to.length > 24 ? `${to.slice(0, 23)}…` : to}`;
  return el('section', { class: 'phone', 'data-to': to, 'aria-label': name }, el('h2', {}, name), el('ol', {}, newestOfEachTag(pushes).map(note)));
}

/** A device shows the last of those with one tag. */
function newestOfEachTag(pushes) {
  const byTag = new Map();
  for (const one of pushes) {
    const { count = 0 } = byTag.get(one.tag) ?? {};
    byTag.delete(one.tag);
    byTag.set(one.tag, { ...one, count: count + 1 });
  }
  return [...byTag.values()].reverse();
}

function note({ at: moment, title, body, count }) {
  const times = count > 1 ? `, came ${count} times` : '';
  return el(
    'li',
    {},
    el('div', { class: 'bubble' }, el('strong', {}, isolated(title)), el('p', {}, isolated(body))),
    el('p', { class: 'soft' }, `${clock(moment)}${times}`),
  );
}

function tell(error) {
  if (!(error instanceof ApiError)) throw error;
  at('said').textContent = error.message;
}

poll();
