/** Bright or dark: as somebody chose it on this device, else as the device is set. */

import { pageStorage } from './stored.js';

export const LOOKS = ['bright', 'dark'];

const KEPT = 'orderbuddy-kitchen-look';
const store = pageStorage();

/** The look that the page has. */
export function look() {
  return document.documentElement.dataset.look;
}

/** Gives the page a look, and keeps it for this device. */
export function setLook(name) {
  store.setItem(KEPT, name);
  document.documentElement.dataset.look = name;
}

const kept = store.getItem(KEPT);
const ofDevice = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'bright';
document.documentElement.dataset.look = LOOKS.includes(kept) ? kept : ofDevice;
