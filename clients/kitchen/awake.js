/** Keeps the screen from going dark while somebody may look at it. */

let lock = null;

/** Keeps the screen awake from now on: browsers let go of it whenever the page is out of sight. */
export function stayAwake() {
  for (const event of ['visibilitychange', 'fullscreenchange']) document.addEventListener(event, take);
  for (const event of ['focus', 'pageshow', 'pointerdown']) window.addEventListener(event, take);
  return take();
}

/** Whether the browser keeps the screen awake now. */
export function isAwake() {
  return lock !== null && !lock.released;
}

async function take() {
  if (isAwake() || document.visibilityState !== 'visible') return;
  // A browser without it, or a tablet that saves its battery, goes dark as it is set.
  lock = (await navigator.wakeLock?.request('screen').catch(() => null)) ?? null;
}
