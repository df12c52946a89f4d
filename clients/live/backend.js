/** The API as one watch of `connect` uses it: who asks, and answers that are not sent again while they hold. */

import { exchange, withJson } from './api.js';

export class Backend {
  #base;
  #options;
  /** path -> the newest answer's {tag, body} */
  #known = new Map();

  /**
   * @param options.baseUrl      base address of the API, such as https://api.example.com/api/v1
   * @param options.getToken     async ({renew}): the bearer token of who is signed in, null for nobody; asked for each
   *                             request, and with `renew` when the API took the last one for too old
   * @param options.getHeaders   async: headers that say who asks, such as {authorization: 'Device ...'}
   * @param options.credentials  as of fetch: 'include' where the session is a cookie
   */
  constructor(options) {
    this.#base = options.baseUrl.replace(/\/+$/, '');
    this.#options = options;
  }

  /** Asks for a live connection. Throws ApiError. */
  async negotiate(ask) {
    return (await this.#send('realtime/negotiate', (headers) => withJson('POST', ask, headers))).body;
  }

  /** The JSON of a path. Throws ApiError. */
  async read(path) {
    return (await this.#get(path, {})).body;
  }

  /** The JSON of a path that is read often: what is known already is not sent again. `changed`: it is new. Throws ApiError. */
  async readAgain(path) {
    const known = this.#known.get(path);
    const { body, headers } = await this.#get(path, known ? { 'if-none-match': known.tag } : {});
    if (body === null) return { body: known.body, changed: false };
    const tag = headers.get('etag');
    if (tag) this.#known.set(path, { tag, body });
    return { body, changed: true };
  }

  /** The tag of what a path would answer. Throws ApiError. */
  async tag(path) {
    return (await this.#send(path, (headers) => ({ method: 'HEAD', headers, cache: 'no-store' }))).headers.get('etag');
  }

  #get(path, more) {
    return this.#send(path, (headers) => ({ headers: { ...headers, ...more }, cache: 'no-store' }));
  }

  async #send(path, optionsWith) {
    const token = await this.#options.getToken?.({ renew: false });
    try {
      return await this.#sendAs(token, path, optionsWith);
    } catch (error) {
      if (error.status !== 401) throw error;
      const renewed = await this.#options.getToken?.({ renew: true });
      if (!renewed || renewed === token) throw error;
      return this.#sendAs(renewed, path, optionsWith);
    }
  }

  async #sendAs(token, path, optionsWith) {
    const { getHeaders, credentials } = this.#options;
    const headers = { ...(await getHeaders?.()), ...(token && { authorization: `Bearer ${token}` }) };
    return exchange(`${this.#base}/${path}`, { ...optionsWith(headers), ...(credentials && { credentials }) });
  }
}

/** The parts of a path, each made safe. */
export function pathOf(...parts) {
  return parts.map((part) => encodeURIComponent(part)).join('/');
}
