/** The page of one order's timeline. The order stands in the address, so that it can be handed on and read again. */

import { ApiError, getJson } from '../live/api.js';
import { el } from '../live/text.js';
import { curl } from './curl.js';

const DEEPEST = 3;
const POLL_MS = 2000;
const at = (id) => document.getElementById(id);
let found = { order: null, rows: [], without: [] };
let shown = '';
let chosen = { row: null, key: '' };

/** Asks for the order in the address; `quietly`: what stands there stays where nothing answers. */
async function look(quietly) {
  const order = new URLSearchParams(location.search).get('order');
  if (!order) return;
  if (at('order').value === '' && !quietly) at('order').value = order;
  try {
    found = await getJson(`/api/timeline?${new URLSearchParams({ order })}`);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (!quietly) tell(error.message);
    return;
  }
  draw();
}

function draw() {
  const kinds = [...document.querySelectorAll('#kinds input:checked')].map(({ value }) => value);
  const rows = found.rows.filter(({ kind }) => kinds.includes(kind));
  const text = JSON.stringify([found.order, rows.map(({ body, headers, ...seen }) => seen), found.workflow, found.without]);
  if (text === shown) return;
  shown = text;
  const { orderCode, _id: id, status } = found.order;
  const silent = found.without.length ? ` Does not answer: ${found.without.join(', ')}.` : '';
  tell(`Order ${orderCode ?? ''} ${id} ${(status ?? '').toLowerCase().replaceAll('_', ' ')}: ${rows.length} of ${found.rows.length} rows.${silent}`);
  showWorkflow(found.workflow);
  at('timeline').hidden = rows.length === 0;
  const depths = depthsOf(found.rows);
  const focused = document.activeElement?.closest('#rows tr')?.dataset.key;
  at('rows').replaceChildren(...rows.map((row) => line(row, rows[0].at, depths.get(row.id) ?? 0)));
  if (focused) [...at('rows').children].find(({ dataset }) => dataset.key === focused)?.querySelector('button').focus();
}

function showWorkflow(workflow) {
  at('workflow').hidden = !workflow;
  if (!workflow) return;
  at('workflow').href = `/api/orchestrations/${encodeURIComponent(workflow.instanceId)}`;
  at('workflow').textContent = `Its workflow ${workflow.name} is ${workflow.runtimeStatus.toLowerCase()}: the whole history`;
}

/** How deep each span lies within those that are there. */
function depthsOf(rows) {
  const parents = new Map(rows.filter(({ id }) => id).map(({ id, parent }) => [id, parent]));
  const depth = (id, deep = 0) => (deep < DEEPEST && parents.has(parents.get(id)) ? depth(parents.get(id), deep + 1) : deep);
  return new Map([...parents.keys()].map((id) => [id, depth(id)]));
}

function line(row, began, depth) {
  const open = el('button', { type: 'button', title: row.title }, el('span', { class: 'kind' }, row.kind), short(row));
  const drawn = el(
    'tr',
    { 'data-kind': row.kind, 'data-key': keyOf(row), ...(row.failed && { class: 'failed' }), ...(keyOf(row) === chosen.key && { 'aria-selected': 'true' }) },
    el('td', {}, after(row.at - began)),
    el('td', { class: `what depth-${depth}` }, open),
    el('td', {}, row.where),
    el('td', { class: 'sum' }, row.kind === 'request' ? String(row.answered ?? 'cut') : row.ms === undefined ? '' : `${row.ms.toFixed(1)} ms`),
  );
  open.addEventListener('click', () => choose(row, drawn));
  return drawn;
}

/** A request by the end of its path, which says what was asked; long ids say nothing. */
function short({ kind, title }) {
  if (kind !== 'request') return title;
  const [method, path] = title.split(' ');
  const parts = path.split('?')[0].split('/').map((part) => (/^[^.:]{20,}$/.test(part) && /\d/.test(part) ? '…' : part));
  return `${method} ${parts.length > 3 ? `…/${parts.slice(-2).join('/')}` : parts.join('/')}`.replace('…/…/', '…/');
}

/** What tells a row apart from all others, also once it is known how it ended. */
const keyOf = ({ kind, at: when, title, id }) => JSON.stringify([kind, when, title, id]);

const after = (seconds) => (seconds < 10 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(1)} s`);

function choose(row, drawn) {
  chosen = { row, key: keyOf(row) };
  for (const other of at('rows').querySelectorAll('[aria-selected]')) other.removeAttribute('aria-selected');
  drawn.setAttribute('aria-selected', 'true');
  at('title').textContent = row.title;
  at('copied').textContent = '';
  at('copy').hidden = row.kind !== 'request';
  const { headers } = row;
  at('body').textContent = JSON.stringify(headers ? { answered: row.answered, headers, body: row.body } : row.body, null, 2);
  at('detail').hidden = false;
}

async function copy() {
  const text = curl(chosen.row);
  try {
    await navigator.clipboard.writeText(text);
    at('copied').textContent = text.includes('***') ? 'Copied. *** stands for a secret: fill it in.' : 'Copied.';
  } catch {
    // The browser lets nobody write there: whoever wants it can mark it.
    at('body').textContent = text;
    at('copied').textContent = 'Mark and copy it below.';
  }
}

function tell(text) {
  at('said').textContent = text;
}

async function offerNewest() {
  const orders = await getJson('/api/orders').catch((error) => {
    if (!(error instanceof ApiError)) throw error;
    return [];
  });
  at('newest').replaceChildren(...orders.map(({ _id, orderCode, status }) => el('option', { value: _id }, `${orderCode ?? ''} ${status ?? ''}`)));
}

async function poll() {
  if (document.visibilityState === 'visible') await look(true);
  setTimeout(poll, POLL_MS);
}

at('find').addEventListener('submit', (event) => {
  event.preventDefault();
  const order = at('order').value.trim();
  history.replaceState(null, '', `?${new URLSearchParams({ order })}`);
  at('detail').hidden = true;
  at('workflow').hidden = true;
  chosen = { row: null, key: '' };
  shown = '';
  look(false);
});
at('kinds').addEventListener('change', () => found.order && draw());
at('copy').addEventListener('click', copy);
at('order').addEventListener('focus', offerNewest);
look(false);
setTimeout(poll, POLL_MS);
