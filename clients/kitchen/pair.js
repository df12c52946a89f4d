/** The page of a screen that is nobody's yet: a form for the device's code, or for the station that it shows. */

import { exchange } from '../live/api.js';
import { language, speaker } from '../live/language.js';
import { el } from '../live/text.js';
import { chooseStation, claim, pairedDevice } from './device.js';
import { WORDS } from './pair-words.js';

const CODE_LENGTH = 8;
const SAID = { 0: 'offline', 404: 'unknown', 429: 'many' };

const words = speaker(WORDS);

/** Says why there is no screen to show, and nothing else. */
export function say(key) {
  document.body.replaceChildren(el('p', { id: 'banner', class: 'banner', role: 'alert' }, words(key)));
}

/**
 * Asks for a device's code, and opens the screen once it is paired.
 *
 * `code`: one that the address brought; a screen that is not paired yet takes it at once. `was`: it was paired until now.
 */
export function askForCode(api, { code = null, was = false } = {}) {
  if (document.getElementById('pairing')) return;
  const device = pairedDevice();
  forgetCodeInAddress();
  const input = el('input', {
    id: 'code',
    name: 'code',
    class: 'numbers',
    required: true,
    maxlength: 20,
    autocomplete: 'off',
    autocapitalize: 'characters',
    spellcheck: 'false',
    'aria-describedby': 'how said',
  });
  input.value = code ?? '';
  const said = el('p', { id: 'said', class: 'said', role: 'alert' });
  const button = el('button', { type: 'submit', class: 'primary' }, words('pair'));
  const form = el('form', { id: 'pairing', novalidate: true }, el('label', { for: 'code' }, words('code')), input, said, button);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    pair(api, { input, said, button });
  });
  door(
    el('h1', {}, words('title')),
    el('p', { id: 'how' }, words(was ? 'was' : 'how')),
    code && device ? el('p', {}, words('again', { name: device.name })) : null,
    form,
    device && (was || code) ? asItWas(was ? 'tryAgain' : 'keep') : null,
  );
  input.focus();
  if (code && !device) form.requestSubmit();
}

/** Asks which of its stations a device shows here, and opens it. */
export async function askForStation({ api, restaurantId, locationId, stationIds }, headers) {
  const path = [restaurantId, locationId].map(encodeURIComponent).join('/');
  let names = new Map();
  try {
    const { data } = (await exchange(`${api}/stations/${path}`, { headers, cache: 'no-store' })).body;
    names = new Map(data.map((station) => [station._id, station.name]));
  } catch (error) {
    if (error.status === 401) {
      askForCode(api, { was: true });
      return;
    }
  }
  const buttons = stationIds.map((id, index) => {
    const button = el('button', { type: 'button', class: 'primary' }, names.get(id) ?? String(index + 1));
    button.addEventListener('click', () => {
      chooseStation(id);
      location.reload();
    });
    return el('li', {}, button);
  });
  door(el('h1', {}, words('stations')), el('ul', { id: 'stations' }, buttons));
}

async function pair(api, { input, said, button }) {
  if (input.value.replace(/[^\p{L}\p{N}]/gu, '').length !== CODE_LENGTH) {
    tell(words('short'));
    return;
  }
  button.disabled = true;
  button.textContent = words('pairing');
  said.textContent = '';
  try {
    await claim(api, input.value);
    location.reload();
  } catch (error) {
    tell(words(SAID[error.status] ?? 'failed', { message: error.message }));
  }

  function tell(text) {
    said.textContent = text;
    button.disabled = false;
    button.textContent = words('pair');
    input.focus();
    input.select();
  }
}

/** Back to how the screen was: where the server had only lost sight of it, nothing needs to be paired. */
function asItWas(key) {
  const button = el('button', { type: 'button' }, words(key));
  button.addEventListener('click', () => location.reload());
  return button;
}

/** A code that stays in the address is read over the shoulder, and tried again with each reload. */
function forgetCodeInAddress() {
  if (location.hash.includes('device=')) history.replaceState(null, '', location.pathname + location.search);
}

function door(...children) {
  document.documentElement.lang = language();
  document.title = children[0].textContent;
  document.body.replaceChildren(el('main', { class: 'door' }, ...children));
}
