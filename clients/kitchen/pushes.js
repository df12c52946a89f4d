/** Notifications of new orders on this screen, also while the page is closed, where the browser has them (rules 24.3). */

import { exchange, withJson } from '../live/api.js';
import { deviceHeaders, pairedDevice } from './device.js';

/** The person, or the browser for the person, does not allow notifications. */
export class NotAllowed extends Error {}

/** {isOn, publicKey}; null where this browser, this deployment, or whoever opened the page has no notifications. */
export async function notifications() {
  if (!pairedDevice() || !('Notification' in window) || !('PushManager' in window)) return null;
  const registration = await navigator.serviceWorker?.getRegistration();
  if (!registration) return null;
  const { publicKey, endpoint } = (await call('GET')).data;
  if (!publicKey) return null;
  const subscription = await registration.pushManager.getSubscription();
  return { publicKey, isOn: Boolean(endpoint) && subscription?.endpoint === endpoint, wasOn: Boolean(endpoint) };
}

/** Asks the person and the browser, and tells the server. Throws NotAllowed and ApiError. */
export async function switchOn(publicKey) {
  if ((await Notification.requestPermission()) !== 'granted') throw new NotAllowed();
  await call('POST', (await subscribed(publicKey)).toJSON());
}

/** The server forgets this browser first: what is lost after that is no push too many. Throws ApiError. */
export async function switchOff() {
  await call('DELETE');
  const subscription = await (await ourPushes()).getSubscription();
  await subscription?.unsubscribe();
}

/** A browser changes its subscription now and then, and a deployment its keys: tell the server again. */
export async function renew() {
  try {
    const found = await notifications();
    if (found?.wasOn && !found.isOn && Notification.permission === 'granted') await switchOn(found.publicKey);
  } catch {
    // The next opening of the page tries again.
  }
}

async function subscribed(publicKey) {
  const pushes = await ourPushes();
  const options = { userVisibleOnly: true, applicationServerKey: bytesOf(publicKey) };
  try {
    return await pushes.subscribe(options);
  } catch (error) {
    // One that was made with another key is in the way.
    const other = await pushes.getSubscription();
    if (!other) throw new NotAllowed(error.message);
    await other.unsubscribe();
  }
  return pushes.subscribe(options).catch((error) => {
    throw new NotAllowed(error.message);
  });
}

async function ourPushes() {
  return (await navigator.serviceWorker.ready).pushManager;
}

async function call(method, body) {
  const { api } = pairedDevice();
  const headers = await deviceHeaders();
  return (await exchange(`${api}/devices/push`, body ? withJson(method, body, headers) : { method, headers, cache: 'no-store' })).body;
}

function bytesOf(text) {
  const padded = text.replaceAll('-', '+').replaceAll('_', '/');
  return Uint8Array.from(atob(padded), (letter) => letter.charCodeAt(0));
}
