/** How the day stands: what is open, unpaid, off the menu and needs somebody, what was taken, and the last month. */

import { el, isolated, money } from '../live/text.js';
import { line, monthChart } from './chart.js';
import { may } from './roles.js';

const TENDERS = {
  card: 'Card',
  wallet: 'Wallet',
  cash: 'Cash',
  card_at_counter: 'Card at the counter',
  unknown: 'Paid elsewhere',
  unpaid: 'Not paid yet',
};
const PAUSE_MS = 2000;
const NAMES_SHOWN = 6;

export class Today {
  #options;
  #everywhere = false;
  #asked = 0;
  #due = null;
  #failing = false;

  /**
   * @param options.session, restaurantId, locationId   where to read
   * @param options.role     the role of who is signed in
   * @param options.node     where to show it
   * @param options.failed   called with an error when it could not be read; with null once it was
   */
  constructor(options) {
    this.#options = options;
  }

  /** Whether it is shown. */
  get shown() {
    return !this.#options.node.hidden;
  }

  /** Show it, and read it. */
  show() {
    this.#options.node.hidden = false;
    this.#options.node.replaceChildren(el('p', { class: 'soft' }, 'Adding up…'));
    return this.read();
  }

  hide() {
    this.#options.node.hidden = true;
    clearTimeout(this.#due);
    this.#due = null;
  }

  /** Something has happened: read it anew soon, once for all that happens meanwhile. */
  outdate() {
    if (!this.shown || this.#due !== null) return;
    this.#due = setTimeout(() => {
      this.#due = null;
      this.read();
    }, PAUSE_MS);
  }

  /** Reads it and draws it; an older answer never replaces a newer one. */
  async read() {
    this.#asked += 1;
    const mine = this.#asked;
    try {
      const { data } = await this.#options.session.get(this.#path());
      if (mine !== this.#asked || !this.shown) return;
      if (this.#failing) this.#options.failed(null);
      this.#failing = false;
      this.#put(this.#drawn(data));
    } catch (error) {
      if (mine !== this.#asked) return;
      this.#failing = true;
      this.#options.failed(error);
    }
  }

  /** Puts what was drawn in the place of what is shown; what is unfolded and what has the focus stay so. */
  #put(nodes) {
    const { node } = this.#options;
    const unfolded = node.querySelector('details')?.open ?? false;
    const focused = node.contains(document.activeElement) ? document.activeElement.dataset.keep : null;
    node.replaceChildren(...nodes);
    if (unfolded) node.querySelector('details').open = true;
    if (focused) node.querySelector(`[data-keep="${focused}"]`)?.focus();
  }

  #path() {
    const [restaurant, location] = [this.#options.restaurantId, this.#options.locationId].map(encodeURIComponent);
    return this.#everywhere ? `restaurant/${restaurant}/reports/today` : `restaurant/${restaurant}/${location}/reports/today`;
  }

  #drawn(data) {
    const { totals } = data;
    const voids = totals.voids ? `${totals.voids} given up` : '';
    return [
      this.#head(data),
      el(
        'dl',
        { class: 'figures' },
        figure('Sales today', money(totals.totalCents), count(totals.orders, 'order')),
        figure('Tips', money(totals.tipCents)),
        figure('Open', data.openOrders, 'not handed over yet', 'open'),
        figure('Not paid', money(data.unpaidCents), count(data.unpaidOrders, 'order'), 'unpaid'),
        figure('Attention', data.attention, '', 'attention', data.attention > 0),
        figure('Given back', money(totals.refundedCents), [count(totals.refunds, 'refund'), voids].filter(Boolean).join(', '), 'refunded'),
        figure('Sold out', data.soldOut.length, names(data.soldOut), 'sold-out'),
      ),
      el('div', { class: 'halves' }, this.#tenders(data.tenders), monthChart(data.month, money)),
      data.locations.length > 1 ? this.#locations(data.locations) : null,
    ].filter(Boolean);
  }

  #head(data) {
    const title = el('h2', {}, 'Today');
    if (!may(this.#options.role, 'owner')) return title;
    const choice = (label, everywhere) => {
      const button = el('button', { type: 'button', 'data-keep': everywhere ? 'everywhere' : 'here', 'aria-pressed': String(this.#everywhere === everywhere), class: this.#everywhere === everywhere ? 'chosen' : '' }, label);
      button.addEventListener('click', () => {
        this.#everywhere = everywhere;
        this.read();
      });
      return button;
    };
    return el('div', { class: 'head' }, title, el('div', { class: 'choice no-print', role: 'group', 'aria-label': 'Of where' }, choice('This location', false), choice('All locations', true)));
  }

  #tenders(rows) {
    const used = rows.filter((row) => row.orders || row.returnedCents);
    const body = used.map((row) => line('td', [TENDERS[row.tender] ?? row.tender, row.orders, money(row.amountCents), row.returnedCents ? money(-row.returnedCents) : '']));
    if (!body.length) return el('section', { class: 'tenders' }, el('h3', {}, 'How it was paid'), el('p', { class: 'soft' }, 'Nothing yet.'));
    return el(
      'section',
      { class: 'tenders' },
      el('h3', {}, 'How it was paid'),
      el('table', {}, el('thead', {}, line('th', ['Tender', 'Orders', 'Taken, with tips', 'Given back'])), el('tbody', {}, body)),
    );
  }

  #locations(rows) {
    return el(
      'section',
      { class: 'locations' },
      el('h3', {}, 'By location'),
      el(
        'table',
        {},
        el('thead', {}, line('th', ['Location', 'Sales', 'Orders', 'Open', 'Not paid', 'Attention'])),
        el('tbody', {}, rows.map((row) => line('td', [isolated(row.name), money(row.totalCents), row.orders, row.openOrders, money(row.unpaidCents), row.attention]))),
      ),
    );
  }
}

function figure(name, value, note = '', id = '', urgent = false) {
  return el('div', { class: urgent ? 'figure urgent' : 'figure', 'data-figure': id || null }, el('dt', {}, name), el('dd', { class: 'numbers' }, String(value)), note ? el('dd', { class: 'soft note' }, note) : null);
}

function count(number, word) {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}

function names(dishes) {
  const all = [...new Set(dishes.map((dish) => dish.name))];
  const shown = all.slice(0, NAMES_SHOWN).join(', ');
  return all.length > NAMES_SHOWN ? `${shown} and ${all.length - NAMES_SHOWN} more` : shown;
}
