/**
 * The orders of a screen, kept true from three sides: snapshots, live messages, and single orders that are fetched when
 * a message tells of something newer or unknown. An older answer never overwrites a newer one.
 */

import { OrderSequence } from './sequence.js';

const FETCH_TRIES = 5;
const BETWEEN_TRIES_MS = 300;

export class LiveOrders {
  #options;
  #sequence = new OrderSequence();
  #orders = new Map();
  #fetching = new Set();
  #changes = 0;

  /**
   * @param options.readAll  reads all orders of the screen; throws ApiError
   * @param options.readOne  reads the order with this id, null where it is not on this screen now; throws ApiError
   * @param options.changed  called when the orders changed
   * @param options.failed   called when an order could not be fetched: a snapshot is needed
   */
  constructor(options) {
    this.#options = options;
  }

  /** The orders, the oldest first. */
  list() {
    return [...this.#orders.values()]
      .map(({ order }) => order)
      .sort((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt) || a._id.localeCompare(b._id));
  }

  /** Reads all orders and takes over what is not older than what is known. Throws ApiError. */
  async catchUp() {
    const before = this.#changes;
    const found = await this.#options.readAll();
    const listed = new Set();
    for (const order of found) {
      listed.add(order._id);
      if (this.#sequence.raise(order._id, order.seq ?? 0)) this.#put(order);
    }
    // An order that was fetched while the snapshot was under way may be newer than the snapshot: leave it.
    for (const [id, { change }] of this.#orders) {
      if (!listed.has(id) && change <= before) this.#orders.delete(id);
    }
    this.#options.changed();
  }

  /** Takes a live message; fetches the order when the message tells of something newer than what is shown. */
  receive(message) {
    if (!this.#sequence.accept(message)) return;
    const shown = this.#orders.get(message.orderId)?.order;
    if (shown && (shown.seq ?? 0) >= message.seq) return;
    this.fetch(message.orderId);
  }

  /** Reads one order until it is as new as what was announced. */
  async fetch(id) {
    if (this.#fetching.has(id)) return;
    this.#fetching.add(id);
    try {
      await this.#untilCurrent(id);
      this.#options.changed();
    } catch {
      this.#options.failed();
    } finally {
      this.#fetching.delete(id);
    }
  }

  async #untilCurrent(id) {
    for (let tries = 0; tries < FETCH_TRIES; tries += 1) {
      const wanted = this.#sequence.of(id);
      const order = await this.#options.readOne(id);
      const now = this.#sequence.of(id);
      if (order && this.#sequence.raise(id, order.seq ?? 0)) {
        this.#put(order);
        return;
      }
      if (!order && now === wanted) {
        this.#orders.delete(id);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_TRIES_MS));
    }
    throw new Error(`order ${id} is behind what was announced`);
  }

  #put(order) {
    this.#changes += 1;
    this.#orders.set(order._id, { order, change: this.#changes });
  }
}
