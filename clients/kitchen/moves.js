/**
 * What a cook does with orders, from the touch to the server's answer.
 *
 * A move that is easily made by accident is held first, so that `undo` takes it back before anybody hears of it. All moves
 * lie in a stored queue: a reload, a crash, and hours without a network lose none. Tabs of one screen share the queue, and
 * one of them sends at a time. Moves of one order are sent in the order in which they were made.
 *
 * A move of which nobody knows whether it has arrived is `doubtful`: whoever sends it looks first (station.js).
 */

import { dueAt, forgetAt, isEnded, isFresh, isOf, mayWorkLater, ordersOf, touches } from './move.js';
import { alone as aloneInBrowser, pageStorage, StoredList } from './stored.js';

const RETRY_MS = [1000, 2000, 5000, 15_000, 30_000];
const AT_ONCE = 4;
/** The oldest of more moves go: a screen that nobody ever connects would be full. */
const KEPT_MOST = 1000;
const CLEARED_AT_ONCE = 200;

const LEAVES_THE_SCREEN = new Set(['bump', 'dismiss', 'clear']);

export class Moves {
  #options;
  #list;
  #lock;
  #moves = [];
  /** When a move may be sent, by the stopwatch: a device's clock that is set meanwhile holds nothing for an hour. */
  #due = new Map();
  #mine = new Set();
  #failures = 0;
  #pauseUntil = 0;
  #timer = null;
  #sending = null;

  /**
   * @param options.send     async (move, {leaving}): posts one move, and returns {seq} where the answer tells it; throws
   *                         ApiError. Status 0, 401, 408, 429 and 5xx keep the move waiting, any other refuses it
   * @param options.changed  called when what `of`, `held` and `waiting` tell has changed
   * @param options.key      the screen's id: tabs with the same one share the queue
   * @param options.holdMs   for how long a move can be undone
   * @param options.store    where the queue lies: getItem, setItem, removeItem, keys
   * @param options.alone    (name, work): runs work while no other tab runs work of that name
   */
  constructor({ send, changed, key, holdMs = 5000, store = pageStorage(), alone = aloneInBrowser }) {
    this.#options = { send, changed, holdMs, alone };
    this.#lock = `orderbuddy-kitchen-moves.${key}`;
    this.#list = new StoredList(store, this.#lock);
    this.#listen('addEventListener');
    this.#read();
  }

  /** Ends this page's part; what is stored stays. */
  stop() {
    this.#listen('removeEventListener');
    clearTimeout(this.#timer);
  }

  /** The order is made. `force`: though other stations are not done. */
  bump(order, { force = false } = {}) {
    this.#add('bump', order, { force }, this.#options.holdMs);
  }

  /** One item is made (`done`), or is not after all. The one that finishes what is shown of an order can be undone. */
  strike(order, item, done) {
    const held = this.#moves.findLast((move) => isOf(move, order._id, item.id) && move.state === 'held');
    if (held && held.done !== done) {
      this.#remove(held);
      return;
    }
    const isLast = done && order.items.every((one) => one.id === item.id || this.isDone(order._id, one));
    this.#add('strike', order, { itemId: item.id, done }, isLast ? this.#options.holdMs : 0);
  }

  /** The order comes back to the screens. Where its bump is still held, that is just not sent. */
  recall(order) {
    const held = this.#moves.findLast((move) => move.kind === 'bump' && touches(move, order._id) && move.state === 'held');
    if (held) this.#remove(held);
    else this.#add('recall', order, {}, 0);
  }

  /** The order goes before all others, or back to its place. */
  rush(order, rush) {
    this.#add('rush', order, { rush }, 0);
  }

  /** A cancelled order was seen, and leaves this station's screen. */
  dismiss(order) {
    this.#add('dismiss', order, {}, this.#options.holdMs);
  }

  /** The end of a day: these orders leave the screens, and no diner is told. */
  clear(orders, reason = null) {
    for (let from = 0; from < orders.length; from += CLEARED_AT_ONCE) {
      const orderIds = orders.slice(from, from + CLEARED_AT_ONCE).map((order) => order._id);
      this.#add('clear', {}, { orderIds, reason }, this.#options.holdMs);
    }
  }

  /** Takes the newest held move back; returns it, or null when there is none. */
  undo() {
    this.#read();
    const move = this.#newestHeld();
    if (move) this.#remove(move);
    return move;
  }

  /** Forgets the refusals of an order: somebody has seen them. */
  forget(orderId) {
    for (const move of this.#moves) if (move.state === 'refused' && touches(move, orderId)) this.#list.remove(move.id);
    this.#read();
  }

  /**
   * The newest move of an order, or null: {kind, state, at, done, why}. A move of the whole order comes before those of items.
   *
   * `state`: 'held' (undo takes it back), 'sending', 'waiting' (for the network), 'sent' (the screen's picture may be older
   * still), or 'refused', with `why` {status, code, message}. `at`: when it was made, in ms since 1970.
   */
  of(orderId) {
    const found = this.#moves.filter((move) => touches(move, orderId));
    const move = found.findLast((one) => one.kind !== 'strike') ?? found.at(-1);
    return move ? { kind: move.kind, state: move.state, at: move.at, done: move.done ?? null, why: move.why ?? null } : null;
  }

  /** Whether an item is done, as it stands or as somebody here has said since. */
  isDone(orderId, item) {
    const said = this.#moves.findLast((move) => isOf(move, orderId, item.id) && move.state !== 'refused');
    return said ? said.done : Boolean(item.completedAt);
  }

  /** Whether somebody here has bumped, dismissed or cleared an order that the screen's picture still shows. */
  hides(order) {
    const said = this.#moves.findLast(
      (move) => (LEAVES_THE_SCREEN.has(move.kind) || move.kind === 'recall') && touches(move, order._id) && move.state !== 'refused',
    );
    if (!said || said.kind === 'recall') return false;
    return !(said.state === 'sent' && said.seq !== null && order.seq > said.seq);
  }

  /** The newest held move with `msLeft` to undo it, and `orderCode`; null when there is none. */
  held() {
    const move = this.#newestHeld();
    return move && { ...move, msLeft: Math.max(0, this.#due.get(move.id) - performance.now()) };
  }

  /** How many moves wait for the network's return. */
  get waiting() {
    return this.#moves.filter((move) => move.state === 'waiting').length;
  }

  /** The connection is back: send what waits. Resolves once all was tried. */
  retry() {
    this.#failures = 0;
    this.#pauseUntil = 0;
    return this.#send();
  }

  #newestHeld() {
    return this.#moves.findLast((move) => move.state === 'held' && move.holdMs > 0) ?? null;
  }

  #add(kind, order, what, holdMs) {
    this.#read();
    // A new word about an order answers the refusal of an older one.
    for (const move of this.#moves) if (move.state === 'refused' && touches(move, order._id)) this.#list.remove(move.id);
    const move = {
      id: `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 10)}`,
      number: (this.#moves.at(-1)?.number ?? 0) + 1,
      kind,
      orderId: order._id ?? null,
      orderCode: order.orderCode ?? null,
      recalledAt: order.recalledAt ?? null,
      ...what,
      at: Date.now(),
      holdMs,
      state: 'held',
      doubtful: false,
    };
    this.#mine.add(move.id);
    this.#list.put(move);
    this.#read();
  }

  #remove(move) {
    this.#list.remove(move.id);
    this.#read();
  }

  /** Changes a move that is still there: one that was taken back meanwhile does not come back. */
  #put(id, fields) {
    const move = this.#list.all().find((one) => one.id === id);
    if (move) this.#list.put({ ...move, ...fields });
    this.#read();
  }

  #read() {
    const all = this.#list.all();
    const moves = all.filter(isFresh).slice(-KEPT_MOST);
    const kept = new Set(moves.map((move) => move.id));
    for (const move of all) if (!kept.has(move.id)) this.#list.remove(move.id);
    for (const id of this.#due.keys()) if (!kept.has(id)) this.#due.delete(id);
    for (const move of moves) if (!this.#due.has(move.id)) this.#due.set(move.id, dueAt(move));
    const isNews = JSON.stringify(moves) !== JSON.stringify(this.#moves);
    this.#moves = moves;
    this.#plan();
    if (isNews) this.#options.changed();
  }

  /** Sets the one timer: for the next move to send, or the next trace of one to forget. */
  #plan() {
    clearTimeout(this.#timer);
    if (!this.#moves.length) return;
    const times = [...this.#moves.filter(isEnded).map(forgetAt), ...this.#oldest().map((move) => this.#sendAt(move))];
    const next = Math.min(...times);
    this.#timer = setTimeout(() => this.#send(), Math.max(0, next - performance.now()));
  }

  #sendAt(move) {
    const due = this.#due.get(move.id);
    return move.state === 'held' ? due : Math.max(due, this.#pauseUntil);
  }

  #send() {
    this.#sending ??= this.#sendAlone().finally(() => {
      this.#sending = null;
      this.#read();
    });
    return this.#sending;
  }

  async #sendAlone() {
    this.#read();
    if (!this.#ready().length) return;
    if (performance.now() < this.#pauseUntil) {
      for (const move of this.#ready()) if (move.state === 'held') this.#put(move.id, { state: 'waiting' });
      return;
    }
    await this.#options.alone(this.#lock, async () => {
      this.#read();
      for (let next = this.#ready(); next.length; next = this.#ready()) {
        await Promise.all(next.slice(0, AT_ONCE).map((move) => this.#sendOne(move)));
        if (performance.now() < this.#pauseUntil) return;
      }
    });
  }

  /** The moves that may be sent now. */
  #ready() {
    return this.#oldest().filter((move) => this.#due.get(move.id) <= performance.now());
  }

  /** Of each order the oldest move that has not ended: the others wait for it. */
  #oldest() {
    const before = new Set();
    return this.#moves.filter((move) => {
      if (isEnded(move)) return false;
      const orders = ordersOf(move);
      const isFirst = !orders.some((id) => before.has(id));
      for (const id of orders) before.add(id);
      return isFirst;
    });
  }

  async #sendOne(move) {
    this.#put(move.id, { state: 'sending', doubtful: true });
    try {
      const answer = await this.#options.send(move, { leaving: false });
      this.#failures = 0;
      this.#end(move, answer);
    } catch (error) {
      const status = error.status ?? 0;
      if (mayWorkLater(status)) {
        this.#put(move.id, { state: 'waiting' });
        this.#rest();
      } else {
        const why = { status, code: error.code ?? null, message: error.message };
        this.#put(move.id, { state: 'refused', endedAt: Date.now(), why });
      }
    }
  }

  #end(move, answer) {
    this.#put(move.id, { state: 'sent', endedAt: Date.now(), seq: answer?.seq ?? null });
  }

  #rest() {
    if (performance.now() < this.#pauseUntil) return;
    this.#pauseUntil = performance.now() + RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)];
    this.#failures += 1;
  }

  #listen(how) {
    globalThis[how]?.('storage', this.#heard);
    globalThis[how]?.('pagehide', this.#leave);
    globalThis[how]?.('pageshow', this.#back);
  }

  #heard = ({ key }) => {
    if (this.#list.has(key)) this.#read();
  };

  /** The page closes: what it holds is sent now, and nobody may hear the answer. */
  #leave = () => {
    for (const move of this.#moves.filter((one) => one.state === 'held' && this.#mine.has(one.id))) {
      this.#due.delete(move.id);
      this.#put(move.id, { state: 'waiting', doubtful: true, leftAt: Date.now() });
      this.#options.send(move, { leaving: true }).then((answer) => this.#end(move, answer), () => {});
    }
  };

  #back = ({ persisted }) => {
    if (persisted) this.#read();
  };
}
