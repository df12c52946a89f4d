/**
 * The staff's token as the manager app keeps it, for a page whose sign-in does not add it to requests by itself.
 *
 * It is used only once the API has refused a request without it; the page's own sign-in knows better.
 */

const STORE = 'storev2-session-storage';
const COOKIE = 'st-access-token';
const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/;

export class StoredToken {
  #used = null;

  /** The token to show, null for none. `renew`: the API refused what was shown last. */
  get({ renew }) {
    if (renew) this.#used = fromCookie() ?? fromStore();
    return this.#used;
  }
}

function fromCookie() {
  const pairs = (globalThis.document?.cookie ?? '').split('; ').map((pair) => pair.split('='));
  return asToken(decoded(pairs.find(([name]) => name === COOKIE)?.[1]));
}

function fromStore() {
  try {
    return firstToken(JSON.parse(sessionStorage.getItem(STORE)), 0);
  } catch {
    return null;
  }
}

/** The first text in it that looks like a token: where it stands there is the app's business. */
function firstToken(value, depth) {
  if (typeof value === 'string') return asToken(value);
  if (depth > 4 || typeof value !== 'object' || value === null) return null;
  for (const part of Object.values(value)) {
    const token = firstToken(part, depth + 1);
    if (token) return token;
  }
  return null;
}

function asToken(text) {
  return text && TOKEN.test(text) ? text : null;
}

function decoded(text) {
  try {
    return decodeURIComponent(text ?? '');
  } catch {
    return null;
  }
}
