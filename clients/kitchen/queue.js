/**
 * The stored queue of a screen's moves (move.js), and the sending of them.
 *
 * A reload, a crash, and hours without a network lose none. Tabs of one screen share the queue, and one of them sends at a
 * time. Moves of one order are sent in the order in which they were made, those of others meanwhile.
 */

import { dueAt, forgetAt, isEnded, isFresh, mayWorkLater, ordersOf } from './move.js';
import { StoredList } from './stored.js';

const RETRY_MS = [1000, 2000, 5000, 15_000, 30_000];
const AT_ONCE = 4;
/** The oldest of more moves go: a screen that nobody ever connects would be full. */
const KEPT_MOST = 1000;

export class Queue {
  /** All moves that are known, the oldest first; those that have ended for a while, too. */
  moves = [];

  #options;
  #list;
  #lock;
  /** When a move may be sent, by the stopwatch: a device's clock that is set meanwhile holds nothing for an hour. */
  #due = new Map();
  #mine = new Set();
  #failures = 0;
  #pauseUntil = 0;
  #timer = null;
  #sending = null;
  #running = new Set();
  #wake = () => {};

  /** Options: send, changed, key, store, alone, as Moves has them. */
  constructor({ send, changed, key, store, alone }) {
    this.#options = { send, changed, alone };
    this.#lock = `orderbuddy-kitchen-moves.${key}`;
    this.#list = new StoredList(store, this.#lock);
    this.#listen('addEventListener');
    this.read();
  }

  /** Ends this page's part; what is stored stays. */
  stop() {
    this.#listen('removeEventListener');
    clearTimeout(this.#timer);
  }

  /** Takes a move in that was made now. */
  add(move) {
    this.#mine.add(move.id);
    this.#list.put(move);
    this.read();
  }

  /** Takes moves out, as if they had never been made. */
  remove(moves) {
    for (const move of moves) this.#list.remove(move.id);
    this.read();
  }

  /** For how many ms a move is still held. */
  msLeft(move) {
    return Math.max(0, this.#due.get(move.id) - performance.now());
  }

  /** Sends what waits. Resolves once all was tried. */
  async retry() {
    this.#failures = 0;
    this.#pauseUntil = 0;
    this.#wake();
    await this.#sending;
    await this.#send();
  }

  /** Reads what is stored, also by other tabs; forgets what is old, and sets the timer. */
  read() {
    const all = this.#list.all();
    const moves = all.filter(isFresh).slice(-KEPT_MOST);
    const kept = new Set(moves.map((move) => move.id));
    for (const move of all) if (!kept.has(move.id)) this.#list.remove(move.id);
    for (const id of this.#due.keys()) if (!kept.has(id)) this.#due.delete(id);
    for (const move of moves) if (!this.#due.has(move.id)) this.#due.set(move.id, dueAt(move));
    const isNews = JSON.stringify(moves) !== JSON.stringify(this.moves);
    this.moves = moves;
    this.#plan();
    if (isNews) this.#options.changed();
  }

  /** Changes a move that is still there: one that was taken back meanwhile does not come back. */
  #put(id, fields) {
    const move = this.#list.all().find((one) => one.id === id);
    if (move) this.#list.put({ ...move, ...fields });
    this.read();
  }

  /** Sets the one timer: for the next move to send, or the next trace of one to forget. */
  #plan() {
    clearTimeout(this.#timer);
    const next = this.#oldest().filter((move) => !this.#running.has(move.id));
    const times = [...this.moves.filter(isEnded).map(forgetAt), ...next.map((move) => this.#sendAt(move))];
    if (!times.length) return;
    this.#timer = setTimeout(() => this.#send(), Math.max(0, Math.min(...times) - performance.now()));
  }

  #sendAt(move) {
    const due = this.#due.get(move.id);
    return move.state === 'held' ? due : Math.max(due, this.#pauseUntil);
  }

  get #isPaused() {
    return performance.now() < this.#pauseUntil;
  }

  #send() {
    this.#wake();
    this.#sending ??= this.#sendDue().finally(() => {
      this.#sending = null;
      this.read();
    });
    return this.#sending;
  }

  async #sendDue() {
    this.read();
    if (this.#isPaused) this.#letWait();
    else if (this.#ready().length) await this.#options.alone(this.#lock, () => this.#sendAll());
  }

  /** What is due while nothing can be sent is held no longer: it waits. */
  #letWait() {
    for (const move of this.#ready()) if (move.state === 'held') this.#put(move.id, { state: 'waiting' });
  }

  async #sendAll() {
    this.read();
    for (;;) {
      const free = this.#isPaused ? 0 : AT_ONCE - this.#running.size;
      for (const move of this.#ready().slice(0, free)) this.#start(move);
      if (!this.#running.size) return;
      await new Promise((resolve) => {
        this.#wake = resolve;
      });
      if (this.#isPaused) this.#letWait();
    }
  }

  #start(move) {
    this.#running.add(move.id);
    this.#sendOne(move).finally(() => {
      this.#running.delete(move.id);
      this.#wake();
    });
  }

  /** The moves that may be sent now. */
  #ready() {
    return this.#oldest().filter((move) => !this.#running.has(move.id) && this.#due.get(move.id) <= performance.now());
  }

  /** Of each order the oldest move that has not ended: the others wait for it. */
  #oldest() {
    const before = new Set();
    return this.moves.filter((move) => {
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
      const answer = await this.#options.send(move);
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
    if (this.#isPaused) return;
    this.#pauseUntil = performance.now() + RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)];
    this.#failures += 1;
  }

  #listen(how) {
    globalThis[how]?.('storage', this.#heard);
    globalThis[how]?.('pagehide', this.#leave);
    globalThis[how]?.('pageshow', this.#back);
  }

  #heard = ({ key }) => {
    if (this.#list.has(key)) this.read();
  };

  /** The page closes: what it holds is sent now, and nobody may hear the answer. */
  #leave = () => {
    for (const move of this.moves.filter((one) => one.state === 'held' && this.#mine.has(one.id))) {
      this.#due.delete(move.id);
      this.#put(move.id, { state: 'waiting', doubtful: true, leftAt: Date.now() });
      this.#options.send(move).then((answer) => this.#end(move, answer), () => {});
    }
  };

  #back = ({ persisted }) => {
    if (persisted) this.read();
  };
}
