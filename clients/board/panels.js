/** What concerns the whole location: its pace, what is sold out, and what needs somebody. */

import { serverNow } from '../live/clock.js';
import { clockIn, el, isolated, money } from '../live/text.js';
import { ask, asked, complain, inWords, reasonField } from './dialog.js';

const PAUSES = [15, 30, 60];
const WAITS = [0, 10, 20, 30, 45];
const KINDS = {
  waiting: 'Nobody has accepted an order',
  payment: 'A payment needs somebody',
  checkout: 'An order could not be placed',
  refund: 'Money could not be given back',
  declines: 'Many cards are declined',
  hours: 'Opening hours cannot be read',
  printer: 'A printer does not print',
  ticket: 'A ticket may not be on paper',
  publication: 'A menu was not published at its time',
  webhook: 'A webhook was switched off',
  message: 'Messages did not go out',
  not_drawn: 'No kitchen screen has shown an order',
};
const ACTS = { advance: 'Try again', void: 'Give the money back', retry: 'Look again', dismiss: 'It is dealt with' };

/** What guests are told of the location's pace now, in a sentence or two; "" for nothing. */
export function paceInWords({ pausedUntil, paused, takesOrdersAt, waitMinutesNow }, zone) {
  const byHand = pausedUntil && Date.parse(pausedUntil) > serverNow();
  const until = byHand ? pausedUntil : takesOrdersAt;
  const time = until ? ` until ${clockIn(zone)(until)}` : '';
  return [
    byHand ? `No orders${time}.` : '',
    paused && !byHand ? `No orders${time}, as the schedule says.` : '',
    waitMinutesNow ? `Guests are told ${waitMinutesNow} minutes more.` : '',
  ]
    .filter(Boolean)
    .join(' ');
}

export class Panels {
  #session;
  #path;
  #settings;
  #changed;

  /** @param changed  called when the location's pace or its attention may have changed */
  constructor({ session, restaurantId, locationId, changed }) {
    const [restaurant, location] = [restaurantId, locationId].map(encodeURIComponent);
    this.#session = session;
    this.#path = {
      menus: `restaurant/restaurants/${restaurant}/locations/${location}/menus`,
      menu: `restaurant/${restaurant}/location/${location}/menu`,
      attention: `restaurant/${restaurant}/${location}/attention`,
    };
    this.#settings = `location-settings/restaurant/${restaurant}/location/${location}`;
    this.#changed = changed;
  }

  /** Pause ordering, go on, or tell guests to wait longer. `pace`: {pausedUntil, waitMinutes}. */
  pace(pace, zone) {
    const paused = pace.pausedUntil && Date.parse(pace.pausedUntil) > serverNow();
    const button = (label, change, style = '') => {
      const made = el('button', { type: 'button', class: style }, label);
      made.addEventListener('click', () => this.#setPace(change));
      return made;
    };
    const until = (minutes) => new Date(serverNow() + minutes * 60_000).toISOString();
    ask({
      title: 'Pause or slow down',
      body: [
        el('h3', {}, paused ? `No orders until ${clockIn(zone)(pace.pausedUntil)}` : 'Take no orders for a while'),
        el('div', { class: 'buttons' }, PAUSES.map((minutes) => button(`${minutes} minutes`, { pausedUntil: until(minutes) }))),
        paused ? el('div', { class: 'buttons' }, button('Take orders again', { pausedUntil: null }, 'primary')) : null,
        el('h3', {}, 'Tell guests that it takes longer'),
        el(
          'div',
          { class: 'buttons' },
          WAITS.map((minutes) =>
            button(minutes ? `+ ${minutes} minutes` : 'As usual', { waitMinutes: minutes }, minutes === (pace.waitMinutes ?? 0) ? 'chosen' : ''),
          ),
        ),
      ].filter(Boolean),
    });
  }

  async #setPace(change) {
    try {
      await this.#session.send('PATCH', `${this.#settings}/pace`, change);
      document.getElementById('dialog').close();
      this.#changed();
    } catch (error) {
      complain(inWords(error));
    }
  }

  /** Take dishes off the menu, and put them back. */
  async soldOut() {
    ask({ title: 'Sold out', body: [el('p', { class: 'soft' }, 'Reading the menu…')] });
    const mine = asked();
    try {
      const { data: menus } = await this.#session.get(this.#path.menus);
      const whole = await Promise.all(menus.map((menu) => this.#session.get(`${this.#path.menus}/${menu._id}`)));
      const groups = whole.map(({ data }) =>
        el('fieldset', {}, el('legend', {}, isolated(data.name.en)), data.items.map((item) => this.#dish(data._id, item))),
      );
      if (asked() === mine) ask({ title: 'Sold out', body: groups.length ? groups : [el('p', {}, 'There is no menu yet.')] });
    } catch (error) {
      complain(inWords(error));
    }
  }

  #dish(menuId, item) {
    const box = el('input', { type: 'checkbox', checked: item.isAvailable !== true });
    box.addEventListener('change', async () => {
      box.disabled = true;
      complain('');
      try {
        const path = `${this.#path.menu}/${menuId}/item/${encodeURIComponent(item.id)}/availability`;
        await this.#session.send('PATCH', path, { isAvailable: !box.checked });
      } catch (error) {
        box.checked = !box.checked;
        complain(inWords(error));
      } finally {
        box.disabled = false;
      }
    });
    return el('label', { class: 'check' }, box, el('span', {}, isolated(item.name.en)), el('span', { class: 'numbers soft' }, money(item.priceCents)));
  }

  /** The entries that need somebody. Throws ApiError. */
  async attention() {
    return (await this.#session.get(this.#path.attention)).data;
  }

  /** Show what needs somebody, each with what may be done about it. */
  showAttention(entries, zone) {
    const clock = clockIn(zone);
    const shown = entries.map((entry) =>
      el(
        'li',
        { class: 'entry' },
        el('p', { class: 'name' }, KINDS[entry.kind] ?? entry.kind),
        el('p', { class: 'soft' }, `${clock(entry.at)} · `, isolated(entry.reason)),
        el('div', { class: 'buttons' }, (entry.acts ?? []).map((act) => this.#actButton(entry, act))),
      ),
    );
    ask({ title: 'Needs somebody', body: shown.length ? [el('ul', { class: 'entries' }, shown)] : [el('p', {}, 'Nothing right now.')] });
  }

  #actButton(entry, act) {
    const button = el('button', { type: 'button', class: act === 'void' ? 'danger' : '' }, ACTS[act] ?? act);
    button.addEventListener('click', async () => {
      if (act === 'void') {
        this.#askVoid(entry);
        return;
      }
      button.disabled = true;
      try {
        await this.#act(entry, act);
        button.closest('.entry').remove();
      } catch (error) {
        complain(inWords(error));
        button.disabled = false;
      }
    });
    return button;
  }

  #askVoid(entry) {
    const reason = reasonField('Why?');
    ask({
      title: 'Give the money back?',
      body: [el('p', {}, isolated(entry.reason)), el('p', {}, 'The cart becomes no order any more.'), reason.label],
      label: 'Give it back',
      danger: true,
      deed: () => this.#act(entry, 'void', { reason: reason.value() }),
    });
  }

  async #act(entry, act, body = {}) {
    await this.#session.send('POST', `${this.#path.attention}/${encodeURIComponent(entry.id)}/${act}`, body);
    this.#changed();
  }
}
