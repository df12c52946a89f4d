/** Shows what each key of a keyboard or a bump bar does on the kitchen display, and lets nothing else happen. */

import { language, speaker } from '../live/language.js';
import { el } from '../live/text.js';
import { ACTIONS, byKey, nameOf, readKeys } from './keys.js';
import { WORDS } from './keys-words.js';

const words = speaker(WORDS);
const at = (id) => document.getElementById(id);
let keys = {};

/** "select3" is one word for ten actions. */
function does(action) {
  const number = /^select(\d+)$/.exec(action)?.[1];
  return number ? words('select', { number }) : words(action);
}

function show(event) {
  // Whoever has no mouse leaves by Tab and the link.
  const isLeaving = event.key === 'Tab' || (event.target === at('back') && event.key === 'Enter');
  if (!isLeaving) event.preventDefault();
  const name = nameOf(event);
  const action = keys[name] ?? null;
  at('pressed').classList.toggle('unknown', action === null);
  at('key').textContent = name ?? event.key;
  at('does').textContent = action ? does(action) : words(name === null ? 'browser' : 'nothing');
  for (const row of at('map').children) row.classList.toggle('now', row.dataset.action === action);
}

function goBack(event) {
  if (history.length < 2) return;
  event.preventDefault();
  history.back();
}

function row(action, names) {
  return el(
    'tr',
    { 'data-action': action },
    el('td', {}, does(action)),
    el('td', {}, names.length ? names.map((name) => el('kbd', {}, name)) : words('none')),
  );
}

async function open() {
  document.documentElement.lang = language();
  document.title = words('title');
  for (const id of ['title', 'how', 'all', 'head-does', 'head-keys', 'back']) at(id).textContent = words(id);
  at('does').textContent = words('wait');
  window.addEventListener('keydown', show);
  window.addEventListener('keyup', (event) => event.key !== 'Tab' && event.target !== at('back') && event.preventDefault());
  at('pressed').focus();
  // Back to the very screen that somebody came from; its address says whose it is.
  at('back').addEventListener('click', goBack);
  let map;
  try {
    map = await readKeys();
  } catch {
    tell([words('unread')]);
    return;
  }
  const found = byKey(map);
  keys = found.keys;
  at('map').replaceChildren(...ACTIONS.map((action) => row(action, map[action] ?? [])));
  const { unknown, twice } = found.wrong;
  tell([
    unknown.length && words('unknown', { actions: unknown.join(', ') }),
    twice.length && words('twice', { keys: twice.join(', ') }),
  ]);
}

function tell(wrong) {
  const said = wrong.filter(Boolean);
  at('wrong').hidden = said.length === 0;
  at('wrong').textContent = said.join(' ');
}

open();
