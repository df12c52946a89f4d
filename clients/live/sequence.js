/**
 * The client's half of the outbox: messages may come late, twice, or not at all, and a screen must still show
 * every change once and never go back (rules, "What a client does").
 */

/** So many orders are remembered: late messages are of the newest, and a page must not grow while it is open all day. */
const MOST_ORDERS = 500;

export class OrderSequence {
  /** orderId -> {seq, events seen at that seq}; the order least recently heard of comes first. */
  #known = new Map();

  /** The highest seq known of an order; 0 for one never heard of. */
  of(orderId) {
    return this.#known.get(orderId)?.seq ?? 0;
  }

  /** Whether a message is news. A lower seq is not, nor is an event already seen at the same seq. */
  accept({ orderId, seq, event }) {
    const known = this.#known.get(orderId);
    if (known && (seq < known.seq || (seq === known.seq && known.events.has(event)))) return false;
    const events = known?.seq === seq ? known.events : new Set();
    this.#remember(orderId, seq, events.add(event));
    return true;
  }

  /** Takes the seq of an order that was read. False: what was read is older than what is known, so do not show it. */
  raise(orderId, seq) {
    const known = this.#known.get(orderId);
    if (known && seq < known.seq) return false;
    this.#remember(orderId, seq, known?.seq === seq ? known.events : new Set());
    return true;
  }

  #remember(orderId, seq, events) {
    this.#known.delete(orderId);
    this.#known.set(orderId, { seq, events });
    if (this.#known.size > MOST_ORDERS) this.#known.delete(this.#known.keys().next().value);
  }
}
