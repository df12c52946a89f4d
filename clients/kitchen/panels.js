/** What the screen asks and shows in its dialog: an order, what is sold out, what was bumped, the pace, and the menu. */

import { ApiError } from '../live/api.js';
import { serverNow } from '../live/clock.js';
import { choose, LANGUAGES } from '../live/language.js';
import { clockIn, el, isolated, separated } from '../live/text.js';
import { LOOKS, look, setLook } from './look.js';
import { closePanel, deedButton, openPanel, tell } from './panel.js';
import { NotAllowed, notifications, switchOff, switchOn } from './pushes.js';
import { who } from './ticket.js';
import { say } from './words.js';

const WAITS = [0, 10, 20, 30, 45];
const PAUSES = [15, 30, 60, 120];
const NAMES = { en: 'English', es: 'Español', pt: 'Português' };

export class Panels {
  #station;
  #moves;
  #chime;
  #expo;
  #entries;
  #refresh;

  /** @param options  {station, moves, chime, expo, entries(), refresh()}; `refresh` reads anew what the screen shows */
  constructor({ station, moves, chime, expo, entries, refresh }) {
    this.#station = station;
    this.#moves = moves;
    this.#chime = chime;
    this.#expo = expo;
    this.#entries = entries;
    this.#refresh = refresh;
  }

  close() {
    closePanel();
  }

  /** One order: rush it, let it go from expo though not all is done, say that a dish is sold out, read what was refused. */
  order({ order, mark, isReady }) {
    const dishes = [...new Map(order.items.map((item) => [item.menuItemId, item])).values()];
    openPanel(say('order', { code: order.orderCode }), [
      mark?.state === 'refused' ? el('p', { class: 'said' }, say('refused', { why: mark.why?.message ?? '' })) : null,
      el('p', { class: 'who' }, who(order, clockIn(this.#station.known?.timezone), say)),
      order.isCancelled ? null : this.#closing(say(order.rushedAt ? 'rushEnd' : 'rushDo'), () => this.#moves.rush(order, !order.rushedAt), 'big'),
      this.#expo && !isReady && !order.isCancelled ? this.#closing(say('forceDo'), () => this.#moves.bump(order, { force: true }), 'danger') : null,
      el('h3', {}, say('soldOut')),
      el('div', { class: 'choices' }, dishes.map((item) => deedButton(item.name, async () => this.soldOut(item)))),
    ]);
    this.#moves.forget(order._id);
  }

  /** Asks whether a dish is sold out, and takes it off the menu. */
  soldOut(item) {
    const { menuId, menuItemId, name } = item;
    if (!menuId) {
      openPanel(say('soldOut'), [el('p', {}, isolated(name)), el('p', {}, say('soldOutNoMenu'))]);
      return;
    }
    const tellOf = async (isSoldOut, word) => {
      await this.#station.soldOut(menuId, menuItemId, isSoldOut);
      tell(say(word, { name }));
    };
    openPanel(say('soldOut'), [
      el('p', { class: 'ask' }, say('soldOutAsk', { name })),
      el('p', {}, say('soldOutHint')),
      deedButton(say('soldOut'), () => tellOf(true, 'soldOutDid'), 'danger'),
      deedButton(say('soldOutBackDo'), () => tellOf(false, 'soldOutBack'), 'big'),
    ]);
  }

  /** The orders that were bumped here within the hour; what is typed looks for a number or a name. */
  async recall() {
    const list = el('ul', { class: 'recallable' });
    const find = el('input', { type: 'search', inputmode: 'search', autocomplete: 'off', 'aria-label': say('recallFind'), placeholder: say('recallFind') });
    openPanel(say('recall'), [el('p', {}, say('recallAsk')), find, list]);
    try {
      const found = await this.#station.recallable();
      const show = () => list.replaceChildren(...this.#recallable(found, find.value.trim().toLowerCase()));
      find.addEventListener('input', show);
      show();
      find.focus();
    } catch (error) {
      tell(wordOf(error));
    }
  }

  /** Brings back what was bumped last: the bump that can still be undone, else the newest of the list. */
  async recallLast() {
    const { kind } = this.#moves.held() ?? {};
    if (kind === 'bump' || kind === 'dismiss') {
      this.#moves.undo();
      return;
    }
    try {
      const [last] = await this.#station.recallable();
      if (last) this.#moves.recall(asOrder(last));
      else await this.recall();
    } catch (error) {
      openPanel(say('recall'), []);
      tell(wordOf(error));
    }
  }

  #recallable(found, wanted) {
    const matching = found.filter(({ orderCode, customer }) => `${orderCode} ${customer?.name ?? ''}`.toLowerCase().includes(wanted));
    if (!matching.length) return [el('li', { class: 'soft' }, say('noneFound'))];
    const clock = clockIn(this.#station.known?.timezone);
    return matching.map((order) => {
      const button = this.#closing(say('recallDo', { code: order.orderCode }), () => this.#moves.recall(asOrder(order)), 'big');
      const words = [...separated([clock(order.bumpedAt), order.customer?.name && isolated(order.customer.name)]), el('span', { class: 'choices-made' }, order.items.join(', '))];
      return el('li', { 'data-order-id': order.orderId }, el('p', {}, words), button);
    });
  }

  /** How much longer orders take, and whether guests can order at all. */
  pace() {
    const { waitMinutes = 0, pausedUntil = null, timezone } = this.#station.known ?? {};
    const isPaused = pausedUntil && Date.parse(pausedUntil) > serverNow();
    const wait = (minutes) => this.#paced(() => this.#station.wait(minutes));
    const pause = (minutes) => this.#paced(() => this.#station.pause(minutes));
    openPanel(say('wait'), [
      el('p', {}, say('waitHint')),
      el(
        'div',
        { class: 'choices', 'data-part': 'wait' },
        WAITS.map((minutes) => deedButton(minutes ? say('waitMore', { minutes }) : say('none'), () => wait(minutes), 'big', { 'aria-pressed': String(waitMinutes === minutes) })),
      ),
      el('h3', {}, isPaused ? say('paused', { time: clockIn(timezone)(pausedUntil) }) : say('pause')),
      isPaused
        ? deedButton(say('pauseEnd'), () => pause(null), 'big')
        : el('div', { class: 'choices', 'data-part': 'pause' }, PAUSES.map((minutes) => deedButton(say('pauseFor', { minutes }), () => pause(minutes), 'danger'))),
    ]);
  }

  async #paced(deed) {
    await deed();
    closePanel();
    await this.#refresh();
  }

  /** What is seldom needed: how the screen looks and sounds, its keys, and the end of the day. */
  menu() {
    openPanel(say('menu'), [
      el('h3', {}, say('look')),
      el('div', { class: 'choices' }, LOOKS.map((one) => this.#closing(say(one), () => setLook(one), 'big', { 'aria-pressed': String(look() === one) }))),
      el('h3', {}, say('language')),
      el('div', { class: 'choices' }, LANGUAGES.map((tag) => deedButton(NAMES[tag], async () => speakAs(tag), 'big', { lang: tag, 'aria-pressed': String(document.documentElement.lang === tag) }))),
      el('h3', {}, say('soundTitle')),
      this.#volume(),
      deedButton(say('soundTest'), () => this.#chime.test('new'), 'big'),
      notifyPart(),
      el('h3', {}, say('keys')),
      el('a', { class: 'button', href: 'keys.html' }, say('keys')),
      el('h3', {}, say('endOfDay')),
      deedButton(say('clear'), async () => this.#clear(), 'danger'),
    ]);
  }

  #volume() {
    const slider = el('input', { type: 'range', min: 0, max: 1, step: 0.1, value: this.#chime.volume, 'aria-label': say('volume') });
    slider.addEventListener('input', () => (this.#chime.volume = slider.value));
    return slider;
  }

  #clear() {
    const orders = this.#entries().filter(({ order }) => !order.isCancelled).map(({ order }) => order);
    if (!orders.length) {
      openPanel(say('clear'), [el('p', {}, say('clearNone'))]);
      return;
    }
    openPanel(say('clear'), [
      el('p', { class: 'ask' }, say('clearAsk', { count: orders.length })),
      this.#closing(say('clear'), () => this.#moves.clear(orders), 'danger'),
    ]);
  }

  /** A button that does something at once, and closes the dialog. */
  #closing(label, deed, kind, attributes) {
    return deedButton(
      label,
      async () => {
        closePanel();
        deed();
      },
      kind,
      attributes,
    );
  }
}

/** The switch for notifications; it is in sight once it is known that there are any here. */
function notifyPart() {
  const part = el('div', { hidden: '', 'data-part': 'notify' });
  showNotify(part).catch(() => {});
  return part;
}

async function showNotify(part) {
  const found = await notifications();
  part.hidden = !found;
  if (!found) return;
  const turn = async () => {
    try {
      await (found.isOn ? switchOff() : switchOn(found.publicKey));
    } catch (error) {
      if (!(error instanceof NotAllowed)) throw error;
      tell(say('notifyRefused'));
      return;
    }
    await showNotify(part);
  };
  part.replaceChildren(
    el('h3', {}, say('notifyTitle')),
    el('p', {}, say('notifyHint')),
    deedButton(say(found.isOn ? 'notifyOff' : 'notifyOn'), turn, 'big'),
  );
}

function asOrder({ orderId, orderCode }) {
  return { _id: orderId, orderCode };
}

function speakAs(tag) {
  choose(tag);
  location.reload();
}

function wordOf(error) {
  if (!(error instanceof ApiError)) throw error;
  return error.status ? error.message : say('noNetwork');
}
