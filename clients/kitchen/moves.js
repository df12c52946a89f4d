/**
 * What a cook does with orders, from the touch to the server's answer.
 *
 * A move that is easily made by accident is held first, so that `undo` takes it back before anybody hears of it. All moves
 * lie in a stored queue (queue.js) until the server has answered.
 */

import { isOf, touches } from './move.js';
import { Queue } from './queue.js';
import { alone as aloneInBrowser, pageStorage } from './stored.js';

const CLEARED_AT_ONCE = 200;
const LEAVES_THE_SCREEN = new Set(['bump', 'dismiss', 'clear']);

export class Moves {
  #queue;
  #holdMs;

  /**
   * @param options.send     async (move): posts one move, and returns {seq} where the answer tells it; throws ApiError.
   *                         Status 0, 401, 408, 429 and 5xx keep the move waiting, any other refuses it. A move that is
   *                         `doubtful` may have arrived before. The page may close meanwhile: fetch with keepalive
   * @param options.changed  called when what `of`, `held` and `waiting` tell has changed
   * @param options.key      the screen's id: tabs with the same one share the queue
   * @param options.holdMs   for how long a move can be undone
   * @param options.store    where the queue lies: getItem, setItem, removeItem, keys
   * @param options.alone    (name, work): runs work while no other tab runs work of that name
   */
  constructor({ send, changed, key, holdMs = 5000, store = pageStorage(), alone = aloneInBrowser }) {
    this.#holdMs = holdMs;
    this.#queue = new Queue({ send, changed, key, store, alone });
  }

  /** Ends this page's part; what is stored stays. */
  stop() {
    this.#queue.stop();
  }

  /** The order is made. `force`: though other stations are not done. */
  bump(order, { force = false } = {}) {
    this.#add('bump', order, { force }, this.#holdMs);
  }

  /** One item is made (`done`), or is not after all. The one that finishes what is shown of an order can be undone. */
  strike(order, item, done) {
    const held = this.#all.findLast((move) => isOf(move, order._id, item.id) && move.state === 'held');
    if (held && held.done !== done) {
      this.#queue.remove([held]);
      return;
    }
    const isLast = done && order.items.every((one) => one.id === item.id || one.voidedAt || this.isDone(order._id, one));
    this.#add('strike', order, { itemId: item.id, done }, isLast ? this.#holdMs : 0);
  }

  /** The order comes back to the screens. Where its bump is still held, that is just not sent. */
  recall(order) {
    const held = this.#all.findLast((move) => move.kind === 'bump' && touches(move, order._id) && move.state === 'held');
    if (held) this.#queue.remove([held]);
    else this.#add('recall', order, {}, 0);
  }

  /** The order goes before all others, or back to its place. */
  rush(order, rush) {
    this.#add('rush', order, { rush }, 0);
  }

  /** A cancelled order was seen, and leaves this station's screen. */
  dismiss(order) {
    this.#add('dismiss', order, {}, this.#holdMs);
  }

  /** The end of a day: these orders leave the screens, and no diner is told. */
  clear(orders, reason = null) {
    for (let from = 0; from < orders.length; from += CLEARED_AT_ONCE) {
      const orderIds = orders.slice(from, from + CLEARED_AT_ONCE).map((order) => order._id);
      this.#add('clear', {}, { orderIds, reason }, this.#holdMs);
    }
  }

  /** Takes the newest held move back; returns it, or null when there is none. */
  undo() {
    this.#queue.read();
    const move = this.#newestHeld();
    if (move) this.#queue.remove([move]);
    return move;
  }

  /** Forgets the refusals of an order: somebody has seen them. */
  forget(orderId) {
    this.#queue.remove(this.#all.filter((move) => move.state === 'refused' && touches(move, orderId)));
  }

  /**
   * The newest move of an order, or null: {kind, state, at, done, why}. A move of the whole order comes before those of items.
   *
   * `state`: 'held' (undo takes it back), 'sending', 'waiting' (for the network), 'sent' (the screen's picture may be older
   * still), or 'refused', with `why` {status, code, message}. `at`: when it was made, in ms since 1970.
   */
  of(orderId) {
    const found = this.#all.filter((move) => touches(move, orderId));
    const move = found.findLast((one) => one.kind !== 'strike') ?? found.at(-1);
    return move ? { kind: move.kind, state: move.state, at: move.at, done: move.done ?? null, why: move.why ?? null } : null;
  }

  /** Whether an item is done, as it stands or as somebody here has said since. */
  isDone(orderId, item) {
    const said = this.#all.findLast((move) => isOf(move, orderId, item.id) && move.state !== 'refused');
    return said ? said.done : Boolean(item.completedAt);
  }

  /** Whether somebody here has bumped, dismissed or cleared an order that the screen's picture still shows. */
  hides(order) {
    const said = this.#all.findLast(
      (move) => (LEAVES_THE_SCREEN.has(move.kind) || move.kind === 'recall') && touches(move, order._id) && move.state !== 'refused',
    );
    if (!said || said.kind === 'recall') return false;
    return !(said.state === 'sent' && said.seq !== null && order.seq > said.seq);
  }

  /** The newest held move with `msLeft` to undo it, and `orderCode`; null when there is none. */
  held() {
    const move = this.#newestHeld();
    return move && { ...move, msLeft: this.#queue.msLeft(move) };
  }

  /** How many moves wait for the network's return. */
  get waiting() {
    return this.#all.filter((move) => move.state === 'waiting').length;
  }

  /** The connection is back: send what waits. Resolves once all was tried. */
  retry() {
    return this.#queue.retry();
  }

  get #all() {
    return this.#queue.moves;
  }

  #newestHeld() {
    return this.#all.findLast((move) => move.state === 'held' && move.holdMs > 0) ?? null;
  }

  #add(kind, order, what, holdMs) {
    this.#queue.read();
    // A new word about an order answers the refusal of an older one.
    this.forget(order._id);
    this.#queue.add({
      id: `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 10)}`,
      number: (this.#all.at(-1)?.number ?? 0) + 1,
      kind,
      orderId: order._id ?? null,
      orderCode: order.orderCode ?? null,
      recalledAt: order.recalledAt ?? null,
      ...what,
      at: Date.now(),
      holdMs,
      state: 'held',
      doubtful: false,
    });
  }
}
