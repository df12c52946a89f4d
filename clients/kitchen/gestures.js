/**
 * Taps, double taps and holds on whatever carries `data-deed`, for a whole page: one listener of each kind, however many
 * tickets come and go.
 */

/** The second tap of a double tap comes within so long. */
const TWICE_MS = 1200;
const HOLD_MS = 650;
/** A finger that does nothing for so long is none: a wet cloth on the glass must not keep new tickets from being drawn. */
const STUCK_MS = 4000;
/** A finger that moves further scrolls. */
const STILL_PX = 16;

export class Gestures {
  #answers;
  #released;
  #down = null;
  #held = null;
  #first = null;

  /**
   * @param root      the element whose descendants are touched
   * @param answers   {deed: {tap, twice, hold}}, each called with the touched node; where there is a `twice`, `tap` hears
   *                  the first tap of two, and a key press counts as both
   * @param released  called when no finger is down any more
   */
  constructor(root, answers, released = () => {}) {
    this.#answers = answers;
    this.#released = released;
    root.addEventListener('pointerdown', (event) => this.#press(event));
    root.addEventListener('pointermove', (event) => this.#drift(event));
    for (const end of ['pointerup', 'pointercancel']) window.addEventListener(end, () => this.#release());
    root.addEventListener('click', (event) => this.#click(event));
    root.addEventListener('contextmenu', (event) => this.#touched(event) && event.preventDefault());
  }

  /** Whether a finger is down on something that does a deed. */
  get isDown() {
    return this.#down !== null;
  }

  #press(event) {
    this.#release();
    this.#held = null;
    const node = this.#touched(event);
    if (!node || !event.isPrimary) return;
    const { hold } = this.#answers[node.dataset.deed];
    const timer = hold ? setTimeout(() => this.#hold(node, hold), HOLD_MS) : setTimeout(() => this.#release(), STUCK_MS);
    this.#down = { node, x: event.clientX, y: event.clientY, timer };
    node.classList.toggle('holding', Boolean(hold));
  }

  #hold(node, answer) {
    this.#held = node;
    this.#release();
    answer(node);
  }

  #drift({ clientX, clientY }) {
    if (this.#down && Math.hypot(clientX - this.#down.x, clientY - this.#down.y) > STILL_PX) this.#release();
  }

  #release() {
    if (!this.#down) return;
    clearTimeout(this.#down.timer);
    this.#down.node.classList.remove('holding');
    this.#down = null;
    // The click comes after the finger has left: what it hits is not to be made anew before.
    setTimeout(this.#released, 0);
  }

  #click(event) {
    const node = this.#touched(event);
    if (!node) return;
    const wasHeld = this.#held === node;
    this.#held = null;
    if (wasHeld) return;
    const { tap, twice } = this.#answers[node.dataset.deed];
    // No finger made it: a key, or a screen reader, which do nothing by accident.
    if (twice && (event.detail === 0 || this.#isSecond(node))) twice(node);
    else tap?.(node);
  }

  #isSecond(node) {
    const now = performance.now();
    const what = `${node.dataset.deed} ${orderOf(node)}`;
    const isSecond = this.#first?.what === what && now - this.#first.at < TWICE_MS;
    this.#first = isSecond ? null : { what, at: now };
    return isSecond;
  }

  #touched({ target }) {
    const node = target.closest?.('[data-deed]');
    return node && node.dataset.deed in this.#answers ? node : null;
  }
}

/** The id of the order on whose ticket a node stands; null beside all tickets. */
export function orderOf(node) {
  const { orderId, continues } = node.closest('[data-order-id], [data-continues]')?.dataset ?? {};
  return orderId ?? continues ?? null;
}
