/** The page of requests: what each service was asked, and asking it again. */

import { ApiError, getJson, postJson } from '../live/api.js';
import { clockIn, el } from '../live/text.js';

const POLL_MS = 1000;
const MOST = 100;
const clock = clockIn(null, { seconds: true });

const at = (id) => document.getElementById(id);
let shown = '';
let chosen = null;

async function poll() {
  if (document.visibilityState === 'visible') await look().catch((error) => {
    if (!(error instanceof ApiError)) throw error;
  });
  setTimeout(poll, POLL_MS);
}

async function look() {
  if (!at('service').options.length) {
    const names = Object.keys(await getJson('/api/services'));
    at('service').replaceChildren(...names.map((name) => el('option', {}, name)));
    if (names.includes('host')) at('service').value = 'host';
  }
  const service = at('service').value;
  const calls = (await getJson(`/api/${service}/received`)).slice(-MOST).reverse();
  const text = JSON.stringify([service, calls]);
  if (text === shown) return;
  shown = text;
  at('none').hidden = calls.length > 0;
  at('calls').replaceChildren(...calls.map((call) => row(service, call)));
}

function row(service, call) {
  const open = el('button', { type: 'button' }, 'Again…');
  open.addEventListener('click', () => choose(service, call));
  return el(
    'tr',
    {},
    el('td', {}, clock(call.at)),
    el('td', { class: 'path' }, `${call.method} ${call.path}`),
    el('td', {}, call.answered === null ? 'nothing' : String(call.answered)),
    el('td', {}, call.again ? open : ''),
  );
}

function choose(service, call) {
  chosen = { service, call };
  at('title').textContent = `${call.method} ${call.path}`;
  at('body').value = call.body === null ? '' : JSON.stringify(call.body, null, 2);
  at('answer').hidden = true;
  at('again').hidden = false;
  at('again').scrollIntoView({ block: 'nearest' });
}

async function send() {
  const { service, call } = chosen;
  const asked = { number: call.number };
  const before = call.body === null ? '' : JSON.stringify(call.body, null, 2);
  try {
    if (at('body').value !== before) asked.body = JSON.parse(at('body').value);
    const { answered, body } = await postJson(`/api/${service}/rerun`, asked);
    tell(`${answered || 'The line was cut.'}\n${typeof body === 'string' ? body : JSON.stringify(body, null, 2)}`);
  } catch (error) {
    if (!(error instanceof ApiError) && !(error instanceof SyntaxError)) throw error;
    tell(error.message);
  }
}

function tell(text) {
  at('answer').textContent = text;
  at('answer').hidden = false;
}

at('service').addEventListener('change', () => look());
at('send').addEventListener('click', send);
at('close').addEventListener('click', () => {
  at('again').hidden = true;
});
poll();
