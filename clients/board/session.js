/**
 * Who is signed in, by a code that comes by mail or text. The tokens go in headers, so that no cookie of this page can be
 * used by another one; they are kept on this device until somebody signs out.
 */

import { ApiError, exchange, withJson } from '../live/api.js';

const KEY = 'orderbuddy-board-session';
const AS_HEADERS = { 'st-auth-mode': 'header', rid: 'session' };
const SAID = {
  INCORRECT_USER_INPUT_CODE_ERROR: 'That is not the code. Please look again.',
  EXPIRED_USER_INPUT_CODE_ERROR: 'The code is too old. Ask for a new one.',
  RESTART_FLOW_ERROR: 'That took too long, or too many tries. Ask for a new code.',
  GENERAL_ERROR: 'That is no e-mail address, and no mobile number with its country, such as +1 512 555 0100.',
  SIGN_IN_UP_NOT_ALLOWED: 'This address cannot sign in here.',
};

/** Why signing in did not go on, in words for people. `again`: a new code is needed. */
export class SignInError extends Error {
  constructor(status) {
    super(SAID[status] ?? 'Signing in did not work. Please try again.');
    this.name = 'SignInError';
    this.again = status !== 'INCORRECT_USER_INPUT_CODE_ERROR';
  }
}

export class Session {
  #api;
  #root;
  #tokens = read();
  #asked = null;
  #refreshing = null;
  #ended;

  /**
   * @param api    base address of the API; signing in happens at the root of its server
   * @param ended  called when the session is over and nobody is signed in any more
   */
  constructor(api, ended) {
    this.#api = api;
    this.#root = new URL(api, location.href).origin;
    this.#ended = ended;
  }

  /** Whether somebody is signed in, as far as this page knows. */
  get open() {
    return this.#tokens !== null;
  }

  /** The id of who is signed in. */
  get userId() {
    const [, payload] = this.#tokens.access.split('.');
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (one) => one.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes)).sub;
  }

  /** Has a code sent to a mail address or a phone number. Throws ApiError and SignInError. */
  async sendCode(contact) {
    const to = contact.includes('@') ? { email: contact } : { phoneNumber: contact };
    const { body } = await this.#login('signinup/code', to, { rid: 'passwordless' });
    if (body.status !== 'OK') throw new SignInError(body.status);
    this.#asked = { deviceId: body.deviceId, preAuthSessionId: body.preAuthSessionId };
  }

  /** Signs in with the code that was sent. Throws ApiError and SignInError. */
  async enter(code) {
    const { body, headers } = await this.#login(
      'signinup/code/consume',
      { ...this.#asked, userInputCode: code },
      { rid: 'passwordless' },
    );
    if (body.status !== 'OK') throw new SignInError(body.status);
    this.#keep(headers);
  }

  /** Signs out, here in any case. */
  async leave() {
    const tokens = this.#tokens;
    this.#forget();
    await this.#login('signout', {}, { authorization: `Bearer ${tokens?.access}` }).catch(() => {});
  }

  /** GET a path of the API. Throws ApiError. */
  get(path) {
    return this.#call(path, (more) => ({ headers: more, cache: 'no-store' }));
  }

  /** GET a path of the API with its answer's tag, for a change that holds only for what was read. Throws ApiError. */
  tagged(path) {
    return this.#call(path, (more) => ({ headers: more, cache: 'no-store' }), (body, headers) => ({ body, tag: headers.get('etag') }));
  }

  /** Send a JSON body to a path of the API. `more`: further headers. Throws ApiError. */
  send(method, path, body = {}, more = {}) {
    return this.#call(path, (own) => withJson(method, body, { ...more, ...own }));
  }

  async #call(path, options, shown = (body) => body) {
    const used = this.#tokens;
    try {
      return await this.#once(path, options, shown, used);
    } catch (error) {
      if (error.status !== 401 || !used) throw error;
      await this.#refresh(used);
      return this.#once(path, options, shown, this.#tokens);
    }
  }

  async #once(path, options, shown, tokens) {
    const given = tokens ? { authorization: `Bearer ${tokens.access}` } : {};
    const { body, headers } = await exchange(`${this.#api}/${path}`, options({ ...AS_HEADERS, ...given }));
    if (headers.get('st-access-token')) this.#keep(headers);
    return shown(body, headers);
  }

  /** One refresh for all who need it: using the same token twice would end the session as stolen. */
  async #refresh(used) {
    if (this.#tokens !== used && this.#tokens) return;
    this.#refreshing ??= this.#renew().finally(() => (this.#refreshing = null));
    await this.#refreshing;
  }

  async #renew() {
    // Another tab may have refreshed meanwhile.
    const stored = read();
    if (stored && stored.access !== this.#tokens?.access) {
      this.#tokens = stored;
      return;
    }
    try {
      const { headers } = await this.#login('session/refresh', {}, { authorization: `Bearer ${this.#tokens.refresh}` });
      this.#keep(headers);
    } catch (error) {
      if (error.status === 401) {
        this.#forget();
        this.#ended();
      }
      throw error;
    }
  }

  #login(path, body, more) {
    return exchange(`${this.#root}/login/${path}`, withJson('POST', body, { ...AS_HEADERS, ...more }));
  }

  #keep(headers) {
    const access = headers.get('st-access-token');
    if (!access) throw new ApiError(0, { message: 'The server sent no session' });
    this.#tokens = { access, refresh: headers.get('st-refresh-token') || this.#tokens?.refresh };
    localStorage.setItem(KEY, JSON.stringify(this.#tokens));
  }

  #forget() {
    this.#tokens = null;
    localStorage.removeItem(KEY);
  }
}

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY));
  } catch {
    return null;
  }
}
