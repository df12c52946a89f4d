/**
 * The tickets on the screen: which there are, how large, where each stands, which page is shown, and which is chosen.
 *
 * A ticket whose order did not change keeps its nodes, so that nothing flickers, and nothing is left behind.
 */

import { flow, GAP, HAND_WIDTH, trials } from './layout.js';

/** The height of a torn ticket is known so well. */
const SLACK_PX = 8;
/** With more tickets than these what was chosen of a dish stands in a row. */
const MANY = 8;
/** So many tickets of a page have a key of their own. */
const NUMBERED = 10;

export class Board {
  /** The page that is shown, from 0. */
  page = 0;
  pages = 0;
  /** The id of the order that keys act on, or null. */
  chosen = null;

  #node;
  #make;
  #tickets = new Map();
  #places = new Map();
  #texts = new Map();

  /**
   * @param node  the element that holds the tickets
   * @param make  makes the Ticket of what `show` was given
   */
  constructor(node, make) {
    this.#node = node;
    this.#make = make;
  }

  /** The tickets in their order. */
  get tickets() {
    return [...this.#tickets.values()];
  }

  ticket(id) {
    return this.#tickets.get(id) ?? null;
  }

  /**
   * Shows these, in this order.
   *
   * @param entries  [{id, text, ...what `make` needs}]: an entry of the same `text` looks the same
   */
  show(entries) {
    const focused = focusIn(this.#node);
    const next = new Map();
    for (const entry of entries) {
      const before = this.#texts.get(entry.id) === entry.text ? this.#tickets.get(entry.id) : null;
      next.set(entry.id, before ?? this.#make(entry));
    }
    for (const [id, ticket] of this.#tickets) if (next.get(id) !== ticket) for (const part of ticket.parts) part.remove();
    this.#tickets = next;
    this.#texts = new Map(entries.map(({ id, text }) => [id, text]));
    if (!next.has(this.chosen)) this.chosen = null;
    this.arrange();
    focused?.();
  }

  /** Finds the largest size at which all tickets stand on one page, else pages of the smallest. */
  arrange() {
    this.#node.classList.toggle('in-hand', this.#node.clientWidth < HAND_WIDTH);
    this.#node.classList.toggle('dense', this.#tickets.size > MANY);
    this.#putIn();
    const room = this.#room();
    const height = room.width < HAND_WIDTH ? Infinity : room.height;
    let [laid, used, closer] = [null, null, null];
    for (const trial of trials(this.#tickets.size, room.width)) {
      this.#node.style.setProperty('--size', `${trial.size}px`);
      this.#node.style.setProperty('--column', `${trial.columnWidth}px`);
      const measured = this.tickets.map((ticket) => ticket.measure());
      const space = { ...trial, height, ...edges(trial.size) };
      [laid, used] = [flow(measured, space), trial];
      if (laid.pages <= 1) break;
      closer = flow(measured, { ...space, tears: true });
    }
    // Before anything goes out of sight, tickets are torn over what is left of columns.
    const isCloser = laid.pages > 1 && onFirst(closer) > onFirst(laid);
    this.#put(isCloser ? closer : laid, used, room);
  }

  /** Finds new places where a ticket has grown or shrunk since it was placed: by a font that came late, or by its age. */
  settle() {
    const isAsPlaced = (ticket, places) => ticket.parts.every((part, index) => Math.abs(part.offsetHeight - places[index].height) <= SLACK_PX);
    if (![...this.#tickets].every(([id, ticket]) => isAsPlaced(ticket, this.#places.get(id)))) this.arrange();
  }

  /** Shows a page; one that is not there is the nearest. */
  turn(page) {
    this.page = Math.max(0, Math.min(page, this.pages - 1));
    this.#showPage();
  }

  /** Chooses an order for the keys, turns to its page, and brings the focus there. */
  choose(id) {
    this.chosen = this.#tickets.has(id) ? id : null;
    for (const [each, ticket] of this.#tickets) ticket.toggle('chosen', each === this.chosen);
    if (this.chosen === null) return;
    this.turn(this.#places.get(id)?.[0].page ?? this.page);
    this.ticket(id).first.focus({ preventScroll: false });
  }

  /** The ids of the orders of the shown page, in their order. */
  onPage() {
    return [...this.#tickets.keys()].filter((id) => this.#places.get(id)?.[0].page === this.page);
  }

  /** The ids of the orders whose head is really in sight now: on the shown page and within the window. */
  inSight() {
    return this.onPage().filter((id) => {
      const { top, left } = this.ticket(id).first.getBoundingClientRect();
      return top >= 0 && left >= 0 && top < innerHeight - 40 && left < innerWidth;
    });
  }

  /** What is free for tickets, and where it begins, in CSS px. */
  #room() {
    const style = getComputedStyle(this.#node);
    const [left, top] = [parseFloat(style.paddingLeft), parseFloat(style.paddingTop)];
    return { left, top, width: this.#node.clientWidth - 2 * left, height: this.#node.clientHeight - 2 * top };
  }

  #putIn() {
    const wanted = this.tickets.flatMap((ticket) => ticket.parts);
    wanted.forEach((part, index) => {
      if (this.#node.children[index] !== part) this.#node.insertBefore(part, this.#node.children[index] ?? null);
    });
  }

  #put({ pages, places }, { columnWidth }, { left, top }) {
    this.pages = pages;
    this.page = Math.max(0, Math.min(this.page, pages - 1));
    this.#places = new Map();
    for (const place of places) this.#places.set(place.id, [...(this.#places.get(place.id) ?? []), place]);
    for (const [id, ticket] of this.#tickets) ticket.show(this.#places.get(id));
    this.#putIn();
    for (const place of places) {
      const part = this.ticket(place.id).parts[place.part - 1];
      part.style.translate = `${left + place.column * (columnWidth + GAP)}px ${top + place.top}px`;
    }
    // What was put in now stands where it belongs, and slides from there on.
    void this.#node.offsetWidth;
    for (const ticket of this.tickets) ticket.toggle('placed', true);
    const lowest = Math.max(0, ...places.map((place) => place.top + place.height));
    this.#node.style.setProperty('--filled', `${lowest + 2 * top}px`);
    this.#showPage();
  }

  #showPage() {
    const numbered = this.onPage();
    for (const [id, ticket] of this.#tickets) {
      const places = this.#places.get(id);
      ticket.parts.forEach((part, index) => part.classList.toggle('away', places[index].page !== this.page));
      ticket.toggle('chosen', id === this.chosen);
      const index = numbered.indexOf(id);
      ticket.number(index >= 0 && index < NUMBERED ? String(index + 1) : '');
    }
  }
}

/** How many tickets begin on the first page. */
function onFirst({ places }) {
  return places.filter(({ page, part }) => page === 0 && part === 1).length;
}

/** What a torn edge and the head of a further part take at a size, in CSS px (foot.css has the same). */
function edges(size) {
  return { tear: Math.ceil(size * 0.6) + 4, nextHead: Math.ceil(size * 1.8) + 4 };
}

/** A function that brings the focus back to where it is in `node` now, though nodes were made anew; null without one. */
function focusIn(node) {
  const focused = document.activeElement;
  const order = focused?.closest('[data-order-id], [data-continues]');
  if (!order || !node.contains(order)) return null;
  const { orderId = order.dataset.continues } = order.dataset;
  const { deed, itemId } = focused.dataset;
  return () => {
    if (node.contains(focused)) {
      focused.focus({ preventScroll: true });
      return;
    }
    const inside = [...node.querySelectorAll(`[data-order-id="${CSS.escape(orderId)}"], [data-continues="${CSS.escape(orderId)}"]`)];
    const same = inside.flatMap((part) => [...part.querySelectorAll('[data-deed]')]);
    const found = same.find((one) => one.dataset.deed === deed && one.dataset.itemId === itemId);
    (found ?? inside[0])?.focus({ preventScroll: true });
  };
}
