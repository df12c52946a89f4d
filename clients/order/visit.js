/**
 * The trace of a diner's visit: who runs the server can follow one order through it, and learns nothing of the diner. It lasts
 * until the order is placed, or as long as the tab.
 */

const KEPT = 'visit';
let trace = null;

/** The header of a request that belongs to this visit. Only with what is posted: reading the menu would need one request more. */
export function ofVisit() {
  trace ??= kept() ?? keep(hex(16));
  return { traceparent: `00-${trace}-${hex(8)}-00` };
}

/** The order is placed: the next one is another visit. */
export function endVisit() {
  trace = null;
  try {
    sessionStorage.removeItem(KEPT);
  } catch {
    // Nothing is kept there.
  }
}

function hex(bytes) {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function kept() {
  try {
    return sessionStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

function keep(made) {
  try {
    sessionStorage.setItem(KEPT, made);
  } catch {
    // The browser keeps nothing: this page's requests are one visit, the next page's another.
  }
  return made;
}
