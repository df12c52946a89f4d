/**
 * The stored queue of a screen's moves (move.js), and the sending of them.
 *
 * A reload, a crash, and hours without a network lose none. Tabs of one screen share the queue, and one of them sends at a
 * time: each what was made in it, and what a tab that is gone has left. What one tab stores, another sees a moment later, so
 * none trusts what it has just read of another's. Moves of one order are sent in the order in which they were made, those of
 * others meanwhile.
 */

import { dueAt, forgetAt, isEnded, isFresh, mayWorkLater, ordersOf } from './move.js';
import { StoredList } from './stored.js';

const RETRY_MS = [1000, 2000, 5000, 15_000, 30_000];
const AT_ONCE = 4;
/** The oldest of more moves go: a screen that nobody ever connects would be full. */
const KEPT_MOST = 1000;
/** A move that its own tab has not touched for so long after it was due has none any more. */
const ORPHAN_MS = 1500;
/** So long after one tab has stored something every other one sees it. */
const SEEN_MS = 500;

export class Queue {
  /** All moves that are known, the oldest first; those that have ended for a while, too. */
  moves = [];

  #options;
  #list;
  #lock;
  #tab = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 10)}`;
  /**
   * Of each move: when it may be sent, how it looks, and since when, by the stopwatch: a device's clock that is set meanwhile
   * holds nothing for an hour.
   */
  #known = new Map();
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
    this.#list.put({ ...move, tab: this.#tab });
    this.read();
  }

  /** Takes moves out, as if they had never been made. */
  remove(moves) {
    for (const move of moves) this.#list.remove(move.id);
    this.read();
  }

  /** For how many ms a move is still held. */
  msLeft(move) {
    return Math.max(0, this.#known.get(move.id).due - performance.now());
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
    for (const id of this.#known.keys()) if (!kept.has(id)) this.#known.delete(id);
    const changed = moves.filter((move) => this.#isNews(move));
    const isNews = changed.length > 0 || moves.length !== this.moves.length;
    this.moves = moves;
    this.#plan();
    if (isNews) this.#options.changed();
  }

  #isNews(move) {
    const text = JSON.stringify(move);
    const known = this.#known.get(move.id);
    if (known?.text === text) return false;
    this.#known.set(move.id, { due: known?.due ?? dueAt(move), text, since: performance.now() });
    return true;
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
    const { due, since } = this.#known.get(move.id);
    const at = move.state === 'held' ? due : Math.max(due, this.#pauseUntil);
    return move.tab === this.#tab ? at : Math.max(at, since) + ORPHAN_MS;
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
    this.#adopt();
    if (this.#isPaused) this.#letWait();
    else if (this.#ready().length) await this.#inTurn();
  }

  /** Takes over what a tab that is gone has left. Of two tabs that do so at once the one that stored it last has it. */
  #adopt() {
    const now = performance.now();
    for (const move of this.#oldest().filter((one) => one.tab !== this.#tab && this.#sendAt(one) <= now)) {
      this.#known.get(move.id).due = now + SEEN_MS;
      this.#put(move.id, { tab: this.#tab });
    }
  }

  async #inTurn() {
    const asked = performance.now();
    await this.#options.alone(this.#lock, async () => {
      // Whoever had the turn until now may have stored what is not seen here yet.
      if (performance.now() - asked > SEEN_MS / 10) await new Promise((resolve) => setTimeout(resolve, SEEN_MS));
      await this.#sendAll();
    });
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
    const now = performance.now();
    const mine = this.#oldest().filter((move) => move.tab === this.#tab && !this.#running.has(move.id));
    return mine.filter((move) => this.#known.get(move.id).due <= now);
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
    for (const move of this.moves.filter((one) => one.state === 'held' && one.tab === this.#tab)) {
      this.#known.delete(move.id);
      this.#put(move.id, { state: 'waiting', doubtful: true, leftAt: Date.now() });
      this.#options.send(move).then((answer) => this.#end(move, answer), () => {});
    }
  };

  #back = ({ persisted }) => {
    if (persisted) this.read();
  };
}
