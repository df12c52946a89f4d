/** The forms of signing in: whom to send a code to, then the code. */

import { inWords } from './dialog.js';

/** The server says alike of every number that a code was sent. */
const STOPPED = ' A phone that has answered us with STOP gets none before it sends START to the same number.';

const at = (id) => document.getElementById(id);

export class SignIn {
  #session;
  #entered;

  /** @param entered  async; called when somebody has signed in. What it throws is said below the form. */
  constructor(session, entered) {
    this.#session = session;
    this.#entered = entered;
    at('ask').addEventListener('submit', (event) => submitting(event, () => this.#sendCode()));
    at('enter').addEventListener('submit', (event) => submitting(event, () => this.#enter()));
    at('other').addEventListener('click', () => this.ask());
  }

  /** Begins with the first form. */
  ask() {
    at('ask').hidden = false;
    at('enter').hidden = true;
    refuse('');
    at('contact').focus();
  }

  async #sendCode() {
    const contact = at('contact').value.trim();
    await this.#session.sendCode(contact);
    at('sent-to').textContent = `We sent a code to ${contact}.${contact.includes('@') ? '' : STOPPED}`;
    at('ask').hidden = true;
    at('enter').hidden = false;
    at('code').value = '';
    at('code').focus();
  }

  async #enter() {
    await this.#session.enter(at('code').value.replaceAll(' ', ''));
    await this.#entered();
  }
}

function refuse(text) {
  at('sign-in-error').hidden = !text;
  at('sign-in-error').textContent = text;
}

/** Runs what a form asks for, with its button off meanwhile. */
async function submitting(event, deed) {
  event.preventDefault();
  const button = event.target.querySelector('button[type=submit]');
  button.disabled = true;
  refuse('');
  try {
    await deed();
  } catch (error) {
    refuse(inWords(error));
  } finally {
    button.disabled = false;
  }
}
