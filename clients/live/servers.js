/**
 * Which servers a page may talk to: those that its own policy (connect-src of the Content-Security-Policy) lists. A link
 * with another `api=` shows nothing, and the browser would not connect either.
 */

const policy = document.querySelector('meta[http-equiv="Content-Security-Policy"]')?.content ?? '';
const directives = policy.split(';').map((directive) => directive.trim().split(/\s+/));
const [, ...sources] = directives.find(([name]) => name === 'connect-src') ?? [];
const known = new Set(sources.map((source) => (source === "'self'" ? location.origin : source)));

/** Whether an API's address is one of a known server. */
export function isKnown(api) {
  try {
    return known.has(new URL(api, location.href).origin);
  } catch {
    return false;
  }
}

/** The API of the first server that the page's own policy lists, of the page's own host where it lists several by name. */
export function knownApi() {
  const servers = [...known].filter((source) => source.startsWith('http') && source !== location.origin);
  const origin = servers.find((source) => new URL(source).hostname === location.hostname) ?? servers[0] ?? location.origin;
  return `${origin}/api/v1`;
}
