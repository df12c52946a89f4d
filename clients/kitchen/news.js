/**
 * What is new on the screen since somebody last touched it: orders that came, and orders that were changed after they were
 * sent. The first picture is no news.
 */

/** So many orders are remembered, shown or gone: a page that is open all day must not grow. */
const KNOWN_MOST = 500;

export class News {
  #known = null;
  #untouched = new Set();

  /**
   * Takes what is shown, and returns what happened since: {added, changed, cancelled, ready}, each whether some order did.
   *
   * @param entries  [{id, order, isReady}]
   */
  take(entries) {
    const happened = { added: false, changed: false, cancelled: false, ready: false };
    const isFirst = this.#known === null;
    this.#known ??= new Map();
    for (const { id, order, isReady } of entries) {
      const now = { lines: lines(order), isCancelled: Boolean(order.isCancelled), recalledAt: order.recalledAt ?? null, isReady };
      const before = this.#known.get(id);
      this.#known.delete(id);
      this.#known.set(id, now);
      if (isFirst) continue;
      const word = whatHappened(before, now);
      if (!word) continue;
      happened[word] = true;
      this.#untouched.add(id);
    }
    while (this.#known.size > KNOWN_MOST) this.#known.delete(this.#known.keys().next().value);
    const shown = new Set(entries.map(({ id }) => id));
    for (const id of this.#untouched) if (!shown.has(id)) this.#untouched.delete(id);
    return happened;
  }

  /** Whether nobody has touched an order since it was news. */
  isUntouched(id) {
    return this.#untouched.has(id);
  }

  /** How many orders nobody has touched yet. */
  get count() {
    return this.#untouched.size;
  }

  /** Somebody touched an order. True: it was news until now. */
  touch(id) {
    return this.#untouched.delete(id);
  }
}

/** The word for what happened to an order; null for nothing that a cook must know. */
function whatHappened(before, now) {
  if (!before) return now.isCancelled ? 'cancelled' : 'added';
  if (now.isCancelled && !before.isCancelled) return 'cancelled';
  if (now.lines !== before.lines || now.recalledAt !== before.recalledAt) return 'changed';
  return now.isReady && !before.isReady ? 'ready' : null;
}

/** What of an order's lines a cook must hear about when it changes; that an item is done is no such thing. */
function lines(order) {
  return JSON.stringify(order.items.map((item) => [item.id, item.notes ?? '', item.allergy ?? false, Boolean(item.voidedAt)]));
}
