/** How long to wait before the next try, so that a server that comes back is not met by all screens at once. */

const FIRST_MS = 500;

/** The delay in ms after so many failures in a row: twice as long each time up to `longest`, and never the same for two. */
export function delayAfter(failures, longest, random = Math.random) {
  return jittered(Math.min(longest, FIRST_MS * 2 ** failures), random);
}

/** 60 to 100 % of a time. */
export function jittered(milliseconds, random = Math.random) {
  return milliseconds * (0.6 + 0.4 * random());
}
