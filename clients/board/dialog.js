/** The page's one dialog: a question, what to fill in, and one deed that may fail and be tried again. */

import { ApiError } from '../live/api.js';
import { el } from '../live/text.js';

/** What a request that was sent before is told, in words for people. */
const SENT_BEFORE = {
  KEY_REUSED: 'This was sent already, with another choice. Close this, and look at the order first.',
  KEY_RUNNING: 'This was sent already, and is not done yet. Wait a moment, then press it again.',
};

const at = (id) => document.getElementById(id);
let running = null;
let question = 0;

at('dialog-cancel').addEventListener('click', () => at('dialog').close());
at('dialog').addEventListener('close', () => {
  running = null;
  question += 1;
});
at('dialog')
  .querySelector('form')
  .addEventListener('submit', (event) => {
    event.preventDefault();
    run();
  });

/**
 * Asks. `body`: nodes to show. `label`: of the button that does it, null for a dialog that only shows. `deed`: async; what
 * it throws as ApiError is shown, and the dialog stays.
 */
export function ask({ title, body, label = null, danger = false, deed = null }) {
  running = deed;
  question += 1;
  at('dialog-title').textContent = title;
  at('dialog-body').replaceChildren(...body);
  at('dialog-do').hidden = label === null;
  at('dialog-do').textContent = label ?? '';
  at('dialog-do').className = danger ? 'primary danger' : 'primary';
  at('dialog-do').disabled = false;
  at('dialog-cancel').textContent = label === null ? 'Close' : 'Back';
  complain('');
  if (!at('dialog').open) at('dialog').showModal();
}

/** Which question is shown now: who reads before asking on sees by it that the dialog was closed meanwhile. */
export function asked() {
  return question;
}

/** Says in the open dialog what went wrong; "" takes it back. */
export function complain(text) {
  at('dialog-error').hidden = !text;
  at('dialog-error').textContent = text;
}

/** Does it. Who has closed the dialog meanwhile, and opened another, is left alone. */
async function run() {
  const deed = running;
  if (!deed) return;
  at('dialog-do').disabled = true;
  complain('');
  try {
    await deed();
    if (running === deed) at('dialog').close();
  } catch (error) {
    const words = inWords(error);
    if (running === deed) complain(words);
  } finally {
    if (running === deed) at('dialog-do').disabled = false;
  }
}

/** An error in words for people. Throws what is no ApiError. */
export function inWords(error) {
  if (!(error instanceof ApiError) && error.name !== 'SignInError') throw error;
  if (error.status === 0) return 'The server did not answer. Nothing is lost: press it again.';
  if (error.body?.code in SENT_BEFORE) return SENT_BEFORE[error.body.code];
  const field = error.body?.detail?.[0];
  if (!field?.message || error.message.includes(field.message)) return error.message;
  return `${error.message} (${field.field}: ${field.message})`;
}

/** A field for a reason, which must be given. */
export function reasonField(placeholder) {
  const input = el('input', { name: 'reason', maxlength: 200, required: true, placeholder });
  return { label: el('label', { class: 'field' }, 'Reason', input), value: () => input.value.trim() };
}
