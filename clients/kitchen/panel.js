/** The page's one dialog. It closes by its button, by Escape, and when what it asks was done. */

import { ApiError } from '../live/api.js';
import { el } from '../live/text.js';
import { say } from './words.js';

const at = (id) => document.getElementById(id);

/** Opens the dialog with these nodes; what was open before goes. */
export function openPanel(title, nodes) {
  at('panel-title').textContent = title;
  tell('');
  at('panel-body').replaceChildren(...nodes.filter(Boolean));
  if (!at('panel').open) at('panel').showModal();
}

export function closePanel() {
  at('panel').close();
  at('panel-body').replaceChildren();
}

export function isPanelOpen() {
  return at('panel').open;
}

/** Says in the dialog what was done, or went wrong; "" takes it back. */
export function tell(text) {
  at('panel-said').hidden = !text;
  at('panel-said').textContent = text;
}

/**
 * A button of the dialog. `deed`: async; while it runs the button waits, and what it throws as ApiError is said.
 *
 * @param kind  'big' for what is done often, 'danger' for what loses something
 */
export function deedButton(label, deed, kind = '', attributes = {}) {
  const button = el('button', { type: 'button', class: kind, ...attributes }, label);
  button.addEventListener('click', () => run(button, deed));
  return button;
}

async function run(button, deed) {
  button.disabled = true;
  tell('');
  try {
    await deed();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    tell(error.status ? error.message : say('noNetwork'));
  } finally {
    button.disabled = false;
  }
}
