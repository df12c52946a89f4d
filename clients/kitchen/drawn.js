/**
 * Tells the server that somebody can look at this screen, and which orders it has really drawn: those whose ticket stood
 * in sight on the shown page of a page that is visible. An order on a further page is not drawn before somebody turns to
 * it; until then only the badge counts it, and the server may raise its alarm.
 */

const EVERY_MS = 20_000;
const GATHER_MS = 300;
const TOLD_MOST = 500;
const AT_ONCE = 100;

export class Drawn {
  #tell;
  #told = new Map();
  #open = new Map();
  #gathering = null;
  #beat = null;

  /** @param tell  async ([{orderId, seq}]): tells the server; throws when it could not */
  constructor(tell) {
    this.#tell = tell;
  }

  start() {
    this.#beat = setInterval(() => this.#send(), EVERY_MS);
    this.#send();
  }

  stop() {
    clearInterval(this.#beat);
    clearTimeout(this.#gathering);
  }

  /** Takes the orders that are in sight now. */
  mark(orders) {
    if (document.visibilityState !== 'visible') return;
    for (const { _id: id, seq } of orders) if (this.#told.get(id) !== seq) this.#open.set(id, seq);
    if (this.#open.size) this.#gathering ??= setTimeout(() => this.#send(), GATHER_MS);
  }

  async #send() {
    clearTimeout(this.#gathering);
    this.#gathering = null;
    if (document.visibilityState !== 'visible') return;
    const sent = [...this.#open].slice(0, AT_ONCE);
    for (const [id, seq] of sent) {
      this.#open.delete(id);
      this.#remember(id, seq);
    }
    try {
      await this.#tell(sent.map(([orderId, seq]) => ({ orderId, seq })));
    } catch {
      // It is told with the next beat: those that are in sight then are marked anew.
      for (const [id] of sent) this.#told.delete(id);
    }
  }

  #remember(id, seq) {
    this.#told.delete(id);
    this.#told.set(id, seq);
    if (this.#told.size > TOLD_MOST) this.#told.delete(this.#told.keys().next().value);
  }
}
