/**
 * A diner's cart at one location, kept in this browser.
 *
 * The ids of lines are made here, once, and never change: they tell the server that a cart sent again is the same cart, and
 * that an edited one is no second order (rules, section 3). An attempt to order is kept, too, until it is known how it ended.
 */

import { LANGUAGE } from './words.js';

/** What is older was left behind at another visit. */
const KEPT_MS = 12 * 60 * 60 * 1000;

/** A new id: 24 hex digits. */
export function newId() {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

export class Cart {
  /** {id, menuItemId, name, quantity, variant {id, name} | null, modifiers [{id, name, options [{id, name}]}], notes, unitCents} */
  lines = [];
  /** `texts`: they want to hear by text how the order goes. */
  customer = { name: '', phone: '', texts: false, email: '' };
  /** Where the diner is: ids, names, and the address that led here. */
  place = null;
  /** What was sent and has no known end yet: {previewOrderId, token | null, tip, at, lines: their ids}, or null. */
  attempt = null;

  #key;
  #store;

  constructor(locationId, store = safeStorage()) {
    this.#key = `ob.cart.${locationId}`;
    this.#store = store;
    this.read();
  }

  /** Takes over what is stored; another tab may have changed it. */
  read() {
    Object.assign(this, this.#stored());
  }

  save() {
    this.#write(this.#content());
  }

  #content() {
    const { lines, customer, place, attempt } = this;
    return { lines, customer, place, attempt };
  }

  #stored() {
    let kept = null;
    try {
      kept = JSON.parse(this.#store.getItem(this.#key));
    } catch {
      // What cannot be read is an empty cart.
    }
    if (!Array.isArray(kept?.lines) || !(Date.now() - kept.at < KEPT_MS)) return null;
    const { lines, customer, place, attempt } = kept;
    return { lines, customer, place, attempt };
  }

  #write(content) {
    this.#store.setItem(this.#key, JSON.stringify({ ...content, at: Date.now() }));
  }

  /** Whether a storage event is about this cart. */
  isAbout(event) {
    return event.key === this.#key;
  }

  /** Puts a line in, or in the place of the one with its id. */
  put(line) {
    const place = this.lines.findIndex((one) => one.id === line.id);
    if (place < 0) this.lines.push(line);
    else this.lines[place] = line;
    this.save();
  }

  /** Changes how many of a line there are; at none it is gone. */
  change(id, delta) {
    const line = this.lines.find((one) => one.id === id);
    if (!line) return;
    line.quantity = Math.min(99, line.quantity + delta);
    if (line.quantity < 1) this.remove([id]);
    this.save();
  }

  remove(ids) {
    this.lines = this.lines.filter((line) => !ids.includes(line.id));
    this.save();
  }

  /** Whether the next page finds it: some browsers keep nothing. */
  get isKept() {
    return this.#store instanceof Storage;
  }

  get lineIds() {
    return this.lines.map(({ id }) => id);
  }

  get units() {
    return this.lines.reduce((sum, line) => sum + line.quantity, 0);
  }

  get cents() {
    return this.lines.reduce((sum, line) => sum + line.quantity * line.unitCents, 0);
  }

  /** Keeps what is sent, or null once its end is known. What another tab has put in meanwhile stays in what is stored. */
  attempted(attempt) {
    this.attempt = attempt;
    this.#write({ ...(this.#stored() ?? this.#content()), attempt });
  }

  /** The lines with these ids became an order: what was put in after they were sent is the next one. */
  ordered(ids) {
    this.read();
    this.attempt = null;
    this.remove(ids);
  }

  /** The body that prices it. */
  body() {
    const { restaurantId, locationId, locationSlug, originId, originLabel } = this.place;
    const { texts = false, ...customer } = this.customer;
    return {
      restaurantId,
      locationId,
      locationSlug,
      origin: { id: originId, name: originLabel },
      customer,
      items: this.lines.map(({ id, menuItemId, name, quantity, variant, modifiers, notes }) => ({
        id,
        menuItemId,
        name,
        quantity,
        variants: variant ? [variant] : [],
        modifiers,
        notes,
      })),
      getSms: texts,
      language: LANGUAGE,
      strict: true,
    };
  }
}

/** The browser's storage; where it keeps nothing, the cart lives as long as the page. */
function safeStorage() {
  try {
    localStorage.setItem('ob.kept', '1');
    return localStorage;
  } catch {
    const kept = new Map();
    return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
  }
}
