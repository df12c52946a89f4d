/** Ticket printers of this machine: what is wrong with each on purpose, and the paper that came out of them. */

import { postJson } from '../live/api.js';
import { clockIn, el } from '../live/text.js';

const SHOWN = 6;
const MODES = {
  ok: 'works',
  paper_out: 'is out of paper',
  cover_open: 'is open',
  stall: 'does not ask',
  hold: 'prints, and says nothing yet',
  die_before: 'dies before it prints',
  die_after: 'dies before it says so',
  mute: 'prints, and nobody hears of it',
};
const clock = clockIn(null, { seconds: true });

/** Adds a printer to the demo's café. `tell` is called with how it went. */
export async function connect(tell) {
  tell('Connecting…');
  try {
    await postJson('/api/printer/connect', { location: 'open' });
    tell('Connected: place a demo order.');
  } catch (error) {
    tell(error.message);
  }
}

export function printerRow({ name, kind, mode }) {
  const choice = el(
    'select',
    { 'aria-label': `What is wrong with ${name}` },
    Object.entries(MODES).map(([value, words]) => el('option', { value, ...(value === mode ? { selected: '' } : {}) }, words)),
  );
  choice.addEventListener('change', () => postJson('/api/printer/mode', { name, mode: choice.value }));
  return el('li', {}, `${name} `, el('span', { class: 'soft' }, kind === 'epson' ? 'Epson ' : 'Star '), choice);
}

/** The newest papers, newest first. */
export function papers(found) {
  return found.slice(-SHOWN).reverse().map(paper);
}

function paper({ at, name, rows }) {
  return el(
    'figure',
    { class: 'paper' },
    el('figcaption', { class: 'soft' }, `${name}, ${clock(at)}`),
    el('pre', {}, rows.map(({ text, size, bold, centred }) => el('span', { class: `row size-${size}${bold ? ' bold' : ''}${centred ? ' centred' : ''}` }, text || ' '))),
  );
}
