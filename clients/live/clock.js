/**
 * What time it is on the server. A tablet's own clock may be minutes off, and ages would be, too.
 *
 * Each answer carries the server's time in whole seconds. It bounds how far the server is ahead of this page's stopwatch;
 * all answers together bound it better.
 */

/** The server's seconds may be a second old when they are sent, and are cut. */
const BLUR_MS = 2000;

let atLeast = -Infinity;
let atMost = Infinity;

/** A stopwatch in ms that no change of the device's clock moves: for how long something lasts. */
export function stopwatch() {
  return performance.now();
}

/** Takes the `Date` of an answer that was asked for at `sent` and came at `received` (both by the stopwatch). */
export function hear(date, sent, received) {
  const told = Date.parse(date ?? '');
  if (Number.isNaN(told)) return;
  const [least, most] = [told - received, told + BLUR_MS - sent];
  // Where the bounds contradict those before, a clock was set or the device slept: only the newest count.
  const fits = least <= atMost && most >= atLeast;
  atLeast = fits ? Math.max(atLeast, least) : least;
  atMost = fits ? Math.min(atMost, most) : most;
}

/** The server's time in ms since 1970; the device's while the server has not told its own. */
export function serverNow() {
  return Number.isFinite(atLeast) ? stopwatch() + (atLeast + atMost) / 2 : Date.now();
}
