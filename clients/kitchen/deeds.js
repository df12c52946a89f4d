/** What a cook does on the screen, by finger and by key: one place for each deed. */

import { orderOf } from './gestures.js';
import { isOver, linesOf } from './lines.js';
import { say } from './words.js';

const ARMED_MS = 1200;

export class Deeds {
  #screen;

  /**
   * @param screen  {board, moves, news, entries(), tick(), say(text), panels: {order, recall, pace, menu, soldOut},
   *                toggleAllDay(), light(key), sound(), expo}
   */
  constructor(screen) {
    this.#screen = screen;
  }

  /** What touches do (gestures.js). */
  get touches() {
    const { panels, board } = this.#screen;
    return {
      bump: { tap: (node) => this.#arm(node), twice: (node) => this.bump(orderOf(node)), hold: (node) => this.bump(orderOf(node), { force: true }) },
      strike: { tap: (node) => this.strike(orderOf(node), node.dataset.itemId), hold: (node) => this.#soldOut(orderOf(node), node.dataset.itemId) },
      open: { tap: (node) => this.#open(orderOf(node)) },
      light: { tap: (node) => this.#screen.light(node.closest('[data-key]').dataset.key) },
      undo: { tap: () => this.#screen.moves.undo() },
      allDay: { tap: () => this.#screen.toggleAllDay() },
      recallList: { tap: () => panels.recall() },
      pace: { tap: () => panels.pace() },
      menu: { tap: () => panels.menu() },
      closePanel: { tap: () => panels.close() },
      pagePrevious: { tap: () => this.#turn(board.page - 1) },
      pageNext: { tap: () => this.#turn(board.page + 1) },
      pageTurn: { tap: () => this.#turn((board.page + 1) % Math.max(1, board.pages)) },
    };
  }

  /** What keys do (keys.js). */
  get keys() {
    const { board, panels, moves } = this.#screen;
    return {
      select: (number) => this.#choose(board.onPage()[number - 1]),
      bump: () => this.bump(board.chosen),
      next: () => this.#step(1),
      previous: () => this.#step(-1),
      itemDown: () => this.#item(1),
      itemUp: () => this.#item(-1),
      strike: () => this.#strikeChosen(),
      pageNext: () => this.#turn(board.page + 1),
      pagePrevious: () => this.#turn(board.page - 1),
      home: () => this.#choose(board.tickets[0]?.order._id),
      end: () => this.#choose(board.tickets.at(-1)?.order._id),
      recallLast: () => panels.recallLast(),
      recallList: () => panels.recall(),
      undo: () => moves.undo(),
      rush: () => this.rush(board.chosen),
      allDay: () => this.#screen.toggleAllDay(),
      note: () => this.#open(board.chosen),
      soldOut: () => this.#soldOut(board.chosen, document.activeElement?.dataset.itemId),
      sound: () => this.#screen.sound(),
    };
  }

  /** The order is made here, or a cancelled one was seen. What expo has not all of goes only by `force`. */
  bump(id, { force = false } = {}) {
    const entry = this.#entry(id);
    if (!entry) return;
    const { order, isReady } = entry;
    const { moves, board, expo } = this.#screen;
    if (expo && !isReady && !order.isCancelled && !force) {
      this.#screen.say(say('notAllDone'));
      return;
    }
    const following = this.#after(id);
    const wasChosen = board.chosen === id;
    if (order.isCancelled) moves.dismiss(order);
    else moves.bump(order, { force: expo && !isReady });
    if (wasChosen) this.#choose(following);
  }

  /** All units of a line are made, or are not after all. */
  strike(id, itemId) {
    const entry = this.#entry(id);
    const units = entry && this.#lineOf(entry, itemId);
    if (!units?.length || entry.order.isCancelled) return;
    const done = !units.every((item) => item.completedAt);
    for (const item of units) if (Boolean(item.completedAt) !== done) this.#screen.moves.strike(this.#entry(id).order, item, done);
  }

  rush(id) {
    const entry = this.#entry(id);
    if (entry && !entry.order.isCancelled) this.#screen.moves.rush(entry.order, !entry.order.rushedAt);
  }

  #entry(id) {
    return this.#screen.entries().find((entry) => entry.id === id) ?? null;
  }

  /** The items that one line of the ticket stands for. */
  #lineOf({ items, unrouted }, itemId) {
    const line = [...linesOf(items), ...linesOf(unrouted)].find(({ units }) => units.some((unit) => unit.id === itemId));
    return line?.units.filter((unit) => !unit.voidedAt) ?? [];
  }

  /** The first of two taps: the foot says that one more does it. */
  #arm(node) {
    this.#touch(orderOf(node));
    const how = node.querySelector('.how');
    const said = how.textContent;
    how.textContent = say('again');
    node.classList.add('armed');
    setTimeout(() => {
      node.classList.remove('armed');
      how.textContent = said;
    }, ARMED_MS);
  }

  #touch(id) {
    if (this.#screen.news.touch(id)) this.#screen.tick();
  }

  #choose(id) {
    if (!id) return;
    this.#touch(id);
    this.#screen.board.choose(id);
    this.#screen.tick();
  }

  #turn(page) {
    this.#screen.board.turn(page);
    this.#screen.tick();
  }

  #step(by) {
    const ids = this.#screen.board.tickets.map((ticket) => ticket.order._id);
    const here = ids.indexOf(this.#screen.board.chosen);
    this.#choose(here < 0 ? this.#screen.board.onPage()[0] : ids[Math.max(0, Math.min(ids.length - 1, here + by))]);
  }

  /** The order that stands after one, else the one before it: the one that a key acts on when this is bumped. */
  #after(id) {
    const ids = this.#screen.board.tickets.map((ticket) => ticket.order._id);
    const here = ids.indexOf(id);
    return ids[here + 1] ?? ids[here - 1];
  }

  #item(by) {
    const { board } = this.#screen;
    if (!board.chosen) this.#step(0);
    const ticket = board.ticket(board.chosen);
    if (!ticket) return;
    const dishes = ticket.parts.flatMap((part) => [...part.querySelectorAll('.dish:enabled')]);
    const here = dishes.indexOf(document.activeElement);
    dishes[here < 0 ? (by > 0 ? 0 : dishes.length - 1) : Math.max(0, Math.min(dishes.length - 1, here + by))]?.focus();
  }

  #strikeChosen() {
    const { board } = this.#screen;
    const entry = this.#entry(board.chosen);
    if (!entry) return;
    const focused = document.activeElement?.dataset.itemId;
    const item = focused ?? entry.order.items.find((one) => !isOver(one))?.id;
    if (item) this.strike(entry.id, item);
  }

  #open(id) {
    const entry = this.#entry(id);
    if (!entry) return;
    this.#touch(id);
    this.#screen.panels.order(entry);
  }

  #soldOut(id, itemId) {
    const item = this.#entry(id)?.order.items.find((one) => one.id === itemId);
    if (item) this.#screen.panels.soldOut(item);
  }
}
