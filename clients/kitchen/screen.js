/**
 * Whose screen this page is.
 *
 * A paired device: /kitchen/, with `stationId=` where it shows several stations; /kitchen/#device=CODE pairs it.
 * Somebody of the staff: /kitchen/?api=<API base>&restaurantId=..&locationId=..&stationId=..#token=<bearer token>
 */

import { isKnown, knownApi } from '../live/servers.js';
import { chosenStation, deviceHeaders, keepRolling, pairedDevice, screenIdOf } from './device.js';
import { keepFiles } from './fresh.js';
import { askForCode, askForStation, say } from './pair.js';
import { Station } from './station.js';
import { pageStorage } from './stored.js';

export const EXPO = 'expo';

const REFUSED = 'orderbuddy-kitchen-refused';
const pageStore = pageStorage();

const never = () => new Promise(() => {});

/**
 * The screen of this page: {api, restaurantId, locationId, stationId, screenId, headers(), station, isDevice}. Where there is
 * none yet it shows how to pair one, and does not return.
 *
 * `stationId` is `expo` where it shows the whole location. `headers()` is async: what proves who calls, as headers.
 */
export async function openScreen() {
  // A pairing link that is opened where a screen is open already changes only the address.
  window.addEventListener('hashchange', () => location.hash.startsWith('#device=') && location.reload());
  const query = Object.fromEntries(new URLSearchParams(location.search));
  const hash = new URLSearchParams(location.hash.slice(1));
  const api = query.api ?? knownApi();
  if (!isKnown(api)) {
    say('foreign');
    return never();
  }
  keepFiles(api);
  const { restaurantId, locationId, stationId } = query;
  if (hash.has('token') && restaurantId && locationId && stationId) {
    const headers = async () => ({ authorization: `Bearer ${hash.get('token')}` });
    return screenOf({ api, restaurantId, locationId, stationId, headers, isDevice: false });
  }
  const device = pairedDevice();
  const was = takeRefusal();
  if (hash.has('device') || was || !device || !isKnown(device.api)) {
    askForCode(api, { code: hash.get('device'), was });
    return never();
  }
  return screenOfDevice(device, stationId);
}

async function screenOfDevice(device, asked) {
  const shows = device.role === 'expo' ? asked ?? EXPO : stationOf(device, asked);
  keepRolling();
  if (!shows) {
    askForStation(device, await deviceHeaders());
    return never();
  }
  return screenOf({ ...device, stationId: shows, headers: deviceHeaders, isDevice: true });
}

function stationOf(device, asked) {
  if (device.stationIds.includes(asked)) return asked;
  return device.stationIds.length === 1 ? device.stationIds[0] : chosenStation(device);
}

function screenOf({ api, restaurantId, locationId, stationId, headers, isDevice }) {
  const screen = { api, restaurantId, locationId, stationId, screenId: screenIdOf(stationId), headers, isDevice };
  // Somebody of the staff who is signed out opens the page again from where it was opened.
  const refused = isDevice ? pairAgain : () => {};
  return { ...screen, station: new Station({ ...screen, refused }) };
}

/** The device was ended: the page begins anew, with the form. What the cook did lies in the stored queue. */
function pairAgain() {
  pageStore.setItem(REFUSED, 'yes');
  location.reload();
}

/** Whether the page began anew because the device was ended; asked once. */
function takeRefusal() {
  const was = pageStore.getItem(REFUSED) !== null;
  pageStore.removeItem(REFUSED);
  return was;
}
