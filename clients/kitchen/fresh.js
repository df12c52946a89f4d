/** Keeps a screen that is never closed as new as the API, and its files for times without a network (sw.js). */

import { getJson } from '../live/api.js';

const LOOK_EVERY_MS = 60_000;

/** Keeps this page's files in the browser. Browsers do so only for pages that are served securely. */
export async function keepFiles(api) {
  const script = new URL(`sw.js?api=${encodeURIComponent(api)}`, import.meta.url);
  // A screen without it works as long as the network does.
  await navigator.serviceWorker?.register(script, { updateViaCache: 'none' }).catch(() => {});
}

/**
 * Loads the page anew when the API was deployed anew, at the first moment that `isQuiet()`: nobody's hands are on it, and a
 * sound that was allowed is not lost with orders on the screen.
 */
export async function stayFresh(api, isQuiet) {
  let first = null;
  const look = async () => {
    const { build } = await getJson(`${api}/health/live`).catch(() => ({ build: null }));
    first ??= build;
    if (build && build !== first && isQuiet()) location.reload();
  };
  await look();
  return setInterval(look, LOOK_EVERY_MS);
}
