/** Calls to the API: JSON in and out, a deadline on each, and errors that carry the answer's status and code. */

import { hear, stopwatch } from './clock.js';

const DEADLINE_MS = 8000;

/** An answer that is not a success (`status` 4xx or 5xx), or no answer at all (`status` 0). */
export class ApiError extends Error {
  constructor(status, body) {
    super(body?.message ?? (status ? `The server answered ${status}` : 'The server did not answer'));
    this.status = status;
    this.code = body?.code ?? null;
    this.body = body ?? {};
  }
}

/** GET a path and return its JSON. `more`: further headers. Throws ApiError. */
export async function getJson(url, { token, headers: more } = {}) {
  return (await exchange(url, { headers: headers(token, more), cache: 'no-store' })).body;
}

/** POST a JSON body and return the answer's JSON. `more`: further headers. Throws ApiError. */
export async function postJson(url, body, { token, headers: more } = {}) {
  return (await exchange(url, withJson('POST', body, headers(token, more)))).body;
}

/** The options of a request that carries `body` as JSON. */
export function withJson(method, body, more = {}) {
  return { method, headers: { ...more, 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

function headers(token, more) {
  return { ...more, ...(token && { authorization: `Bearer ${token}` }) };
}

/** Sends a request, and returns the answer's JSON (null for 304 and HEAD) and its headers. Throws ApiError. */
export async function exchange(url, options) {
  let answer;
  let body;
  const sent = stopwatch();
  try {
    answer = await fetch(url, { ...options, signal: AbortSignal.timeout(DEADLINE_MS) });
    hear(answer.headers.get('date'), sent, stopwatch());
    body = await answer.json().catch((error) => {
      if (error instanceof SyntaxError) return null;
      throw error;
    });
  } catch {
    throw new ApiError(0, null);
  }
  const isBare = answer.status === 304 || (answer.ok && options.method === 'HEAD');
  if (isBare) return { body: null, headers: answer.headers };
  if (!answer.ok || body === null) throw new ApiError(answer.ok ? 0 : statusOf(answer, body, options), body);
  return { body, headers: answer.headers };
}

/**
 * The API says in JSON what it refuses. A bare 4xx is of what stands before it: while it starts, its host answers each address
 * with an empty 404. That says as little of an order as a 503.
 */
function statusOf({ status }, body, { method }) {
  return status < 500 && body === null && method !== 'HEAD' ? 503 : status;
}
