/** The screen's own identity: a device that a manager paired. Its token is kept here, and is in no address and no log. */

import { exchange, withJson } from '../live/api.js';
import { alone, pageStorage, readJson, writeJson } from './stored.js';

const DEVICE = 'orderbuddy-kitchen-device';
const SCREEN = 'orderbuddy-kitchen-screen';
const ROLL = 'orderbuddy-kitchen-roll';
const ROLL_AGAIN_MS = 3600_000;
const APP_VERSION = 'kitchen 1';

const store = pageStorage();

/** The paired device: {api, deviceId, restaurantId, locationId, name, role, stationIds, token, rollAt}; null before. */
export function pairedDevice() {
  const found = readJson(store, DEVICE);
  return found?.token && found.api ? found : null;
}

/** Pairs this screen by a device's code, and keeps what it is now. Throws ApiError. */
export async function claim(api, code) {
  const body = { code, model: model(), appVersion: APP_VERSION };
  const { data } = (await exchange(`${api}/devices/claim`, withJson('POST', body))).body;
  writeJson(store, DEVICE, { api, ...data });
}

/** What proves that this device calls. */
export async function deviceHeaders() {
  const device = pairedDevice();
  return device ? { authorization: `Device ${device.token}` } : {};
}

/** Changes the token for the next one when it is time, now and every hour. A lost answer does no harm: the old one holds. */
export function keepRolling() {
  roll();
  return setInterval(roll, ROLL_AGAIN_MS);
}

/** The tabs of a device roll in turn: the token of one would end that of another. */
async function roll() {
  await alone(ROLL, async () => {
    const device = pairedDevice();
    if (!device || Date.now() < Date.parse(device.rollAt)) return;
    const options = withJson('POST', { appVersion: APP_VERSION }, await deviceHeaders());
    try {
      const { data } = (await exchange(`${device.api}/devices/roll`, options)).body;
      writeJson(store, DEVICE, { ...device, ...data });
    } catch {
      // It is tried again in an hour.
    }
  });
}

/** The station that somebody chose here, where the device shows several. */
export function chosenStation(device) {
  return device.stationIds.includes(device.stationId) ? device.stationId : null;
}

/** Keeps the choice of a station. */
export function chooseStation(stationId) {
  const device = pairedDevice();
  if (device) writeJson(store, DEVICE, { ...device, stationId });
}

/** A name for this screen that stays: this browser's, and the station's. */
export function screenIdOf(stationId) {
  let browser = readJson(store, SCREEN);
  if (typeof browser !== 'string' || browser.length !== 24) {
    const bytes = crypto.getRandomValues(new Uint8Array(12));
    browser = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    writeJson(store, SCREEN, browser);
  }
  return `${browser}-${stationId.slice(-24)}`;
}

/** What the managers' list shows of this device: the browser, and what it runs on. */
function model() {
  const { brands, platform } = navigator.userAgentData ?? {};
  const brand = brands?.find(({ brand: name }) => !/not.?a.?brand/i.test(name))?.brand;
  return [brand, platform].filter(Boolean).join(' on ').slice(0, 100) || navigator.userAgent.slice(0, 100);
}
