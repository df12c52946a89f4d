/** The lane of what no station makes: somebody has to decide who does, so it is never out of sight. */

export class Lane {
  #lane;
  #node;
  #make;
  #tickets = new Map();
  #texts = new Map();

  /**
   * @param lane  the element that is hidden while there is nothing in it
   * @param node  the one in it that holds the tickets
   * @param make  makes the Ticket of what `show` was given
   */
  constructor(lane, node, make) {
    this.#lane = lane;
    this.#node = node;
    this.#make = make;
  }

  get tickets() {
    return [...this.#tickets.values()];
  }

  /** Shows these, in this order; as Board.show. */
  show(entries) {
    const next = new Map();
    for (const entry of entries) {
      const before = this.#texts.get(entry.id) === entry.text ? this.#tickets.get(entry.id) : null;
      next.set(entry.id, before ?? this.#make(entry));
    }
    this.#tickets = next;
    this.#texts = new Map(entries.map(({ id, text }) => [id, text]));
    const wanted = this.tickets.map((ticket) => ticket.first);
    if (wanted.some((part, index) => this.#node.children[index] !== part) || this.#node.children.length !== wanted.length) {
      this.#node.replaceChildren(...wanted);
    }
    this.#lane.hidden = !wanted.length;
  }

  /** The ids of the orders whose head is in sight now: within the window, and within the lane, which scrolls. */
  inSight() {
    const edges = this.#lane.getBoundingClientRect();
    const [above, below] = [Math.max(0, edges.top), Math.min(innerHeight, edges.bottom)];
    return [...this.#tickets].filter(([, ticket]) => {
      const { top, left } = ticket.first.getBoundingClientRect();
      return top >= above && left >= 0 && top < below - 40 && left < innerWidth;
    }).map(([id]) => id);
  }
}
