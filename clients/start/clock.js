/** The page of the clock: the app's time and the engine's, frozen, moved, and let go again. */

import { ApiError, getJson, postJson } from '../live/api.js';
import { words } from './head.js';

const POLL_MS = 1000;
const at = (id) => document.getElementById(id);

async function poll() {
  if (document.visibilityState === 'visible') await show(getJson('/api/clock'));
  setTimeout(poll, POLL_MS);
}

async function show(asked) {
  try {
    const told = await asked;
    at('now').textContent = words(told);
    at('said').textContent = told.late?.length ? `These have not heard of it yet: ${told.late.join(', ')}` : '';
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    at('said').textContent = error.message;
  }
}

for (const button of document.querySelectorAll('[data-do]')) {
  const { do: deed, seconds } = button.dataset;
  button.addEventListener('click', () => show(postJson('/api/clock', { do: deed, ...(seconds && { seconds: Number(seconds) }) })));
}
at('jump').addEventListener('submit', (event) => {
  event.preventDefault();
  show(postJson('/api/clock', { do: 'jump', to: new Date(at('to').value).toISOString() }));
});
poll();
