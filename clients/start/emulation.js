/** The page of what is not emulated: the tables of docs/emulation.md. */

import { ApiError, getJson } from '../live/api.js';
import { el } from '../live/text.js';

const at = (id) => document.getElementById(id);
let services = [];

function show() {
  const only = at('lacking').checked;
  at('services').replaceChildren(
    ...services.map(({ service, rows }) => table(service, rows.filter(({ how }) => !only || how !== 'full'))).filter(Boolean),
  );
}

function table(service, rows) {
  if (!rows.length) return null;
  const head = el('tr', {}, el('th', {}, 'Operation'), el('th', {}, 'How far'), el('th', {}, 'What to know'));
  const body = rows.map(({ what, how, note }) =>
    el('tr', {}, el('td', { class: 'path' }, what), el('td', { class: how === 'full' ? 'soft' : 'code' }, how), el('td', {}, note)),
  );
  return el('section', { class: 'card' }, el('h2', {}, service), el('table', { class: 'emulated' }, el('thead', {}, head), el('tbody', {}, body)));
}

at('lacking').addEventListener('change', show);
try {
  services = await getJson('/api/emulation');
  show();
} catch (error) {
  if (!(error instanceof ApiError)) throw error;
  at('said').textContent = error.message;
}
