/** The page of faults: what each service does wrong on purpose. It uses the same API that scripts and tests use. */

import { ApiError, getJson, postJson } from '../live/api.js';
import { el } from '../live/text.js';

const POLL_MS = 1000;
const WORDS = {
  error: 'answers an error',
  stall: 'holds the call',
  late: 'holds the call, then does it anyway',
  drop_before: 'cuts the line before the work',
  drop_after: 'does it, then cuts the line',
  throttle: 'says: too many, come again later',
  duplicate: 'does it twice',
  reorder: 'lets the next call overtake it',
  garble: 'does it, and answers rubbish',
  decline: 'says no',
  hide: 'finds nothing',
  settle: 'settles what was captured',
};
const NUMBERS = ['times', 'seconds', 'status', 'retryAfter', 'chance', 'seed'];

const at = (id) => document.getElementById(id);
let services = {};
let shown = '';

async function poll() {
  if (document.visibilityState === 'visible') await look();
  setTimeout(poll, POLL_MS);
}

async function look() {
  try {
    services = await getJson('/api/services');
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    at('said').textContent = error.message;
    return;
  }
  const text = JSON.stringify(services);
  if (text === shown) return;
  shown = text;
  const names = Object.keys(services).filter((name) => services[name].modes.length > 1);
  if (at('service').options.length !== names.length) {
    at('service').replaceChildren(...names.map((name) => el('option', {}, name)));
    showModes();
  }
  const rows = Object.entries(services).flatMap(([name, { standing }]) => standing.map((fault) => row(name, fault)));
  at('none').hidden = rows.length > 0;
  at('table').hidden = rows.length === 0;
  at('standing').replaceChildren(...rows);
}

function showModes() {
  const modes = services[at('service').value]?.modes ?? [];
  const known = modes.filter((mode) => mode in WORDS);
  at('mode').replaceChildren(...known.map((mode) => el('option', { value: mode }, WORDS[mode])));
}

function row(name, { mode, match, met, left, chance, seed, ...more }) {
  const off = el('button', { type: 'button' }, 'Take away');
  off.addEventListener('click', () => tell(name, { mode: 'ok', match: match ?? '' }, 'Taken away.'));
  const details = Object.entries(more).filter(([key]) => key !== 'times').map(([key, value]) => `${key} ${value}`);
  return el(
    'tr',
    {},
    el('td', {}, name),
    el('td', {}, [WORDS[mode] ?? mode, ...details].join(', ')),
    el('td', {}, match ?? 'anything'),
    el('td', {}, String(met)),
    el('td', {}, left === null ? 'all' : String(left)),
    el('td', {}, chance === undefined ? '' : String(chance)),
    el('td', {}, seed === undefined ? '' : String(seed)),
    el('td', {}, off),
  );
}

async function tell(name, fault, done) {
  try {
    const { seed } = await postJson(`/api/${name}/fault`, fault);
    at('said').textContent = seed === undefined ? done : `${done} Seed ${seed}.`;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    at('said').textContent = error.message;
  }
  await look();
}

at('service').addEventListener('change', showModes);
at('form').addEventListener('submit', (event) => {
  event.preventDefault();
  const fault = { mode: at('mode').value };
  if (at('match').value) fault.match = at('match').value;
  for (const name of NUMBERS) if (at(name).value !== '') fault[name] = Number(at(name).value);
  tell(at('service').value, fault, 'It stands.');
});
poll();
