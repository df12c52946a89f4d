/** What managers set of a location: its week, days with hours of their own, pauses by the clock, and who accepts orders. */

import { el, isolated, separated } from '../live/text.js';
import { ask, asked, complain, inWords } from './dialog.js';

const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
const WAITS = [10, 20, 30, 45];
const MEANWHILE = 'Somebody else changed this meanwhile. Please look at it again.';

export class Settings {
  #session;
  #path;
  #changed;
  #tag = null;

  /** @param changed  called when what guests are told may have changed */
  constructor({ session, restaurantId, locationId, changed }) {
    const [restaurant, location] = [restaurantId, locationId].map(encodeURIComponent);
    this.#session = session;
    this.#path = `location-settings/restaurant/${restaurant}/location/${location}`;
    this.#changed = changed;
  }

  /** How fast the location takes orders now, by hand and by its schedule. Throws ApiError. */
  async pace() {
    return (await this.#session.get(`${this.#path}/pace`)).data;
  }

  /** Shows all of it, read anew. `open`: the part that is unfolded; `said`: what was just done, or went wrong. */
  async open(open = 'week', said = {}) {
    if (!said.done && !said.wrong) ask({ title: 'Settings', body: [el('p', { class: 'soft' }, 'Reading the settings…')] });
    const mine = asked();
    try {
      const [hours, pace, place] = await Promise.all([
        this.#session.tagged(`${this.#path}/hours`),
        this.pace(),
        this.#session.get(this.#path),
      ]);
      this.#tag = hours.tag;
      if (asked() === mine) this.#draw({ hours: hours.body.data, pace, place: place.data }, open, said);
    } catch (error) {
      complain(inWords(error));
    }
  }

  #draw({ hours, pace, place }, open, { done = '', wrong = '' }) {
    const part = (id, title, body) => el('details', { class: 'part', id: `settings-${id}`, open: open === id }, el('summary', {}, title), body);
    ask({
      title: 'Settings',
      body: [
        el('p', { class: 'soft', role: 'status' }, done),
        part('week', 'Hours of the week', this.#week(hours.workingHours)),
        part('special', 'Special days', this.#special(hours.specialDays)),
        part('schedule', 'Pauses and longer waits by the clock', this.#schedule(pace.paceSchedule)),
        part('accepting', 'Who accepts orders', this.#accepting(place.autoAcceptOrder)),
      ],
    });
    complain(wrong);
  }

  /** Sends a change, and shows what is stored then. `path`: of a part of the settings, "" for those of the location. */
  async #save(part, path, body, method = 'PUT') {
    complain('');
    try {
      await this.#session.send(method, [this.#path, path].filter(Boolean).join('/'), body, this.#tag ? { 'if-match': this.#tag } : {});
    } catch (error) {
      if (error.status === 412) await this.open(part, { wrong: MEANWHILE });
      else complain(inWords(error));
      return;
    }
    await this.open(part, { done: 'Saved.' });
    this.#changed();
  }

  // The week

  #week(stored) {
    const days = DAYS.map((day) => this.#day(day, stored.filter((row) => row.day.toLowerCase() === day)));
    return form('Save the hours', () =>
      this.#save('week', 'hours', { workingHours: days.map((day) => day.sent()) }),
    days.map((day) => day.node));
  }

  #day(day, rows) {
    const title = named(day);
    const isOpen = el('input', { type: 'checkbox', checked: rows.some((row) => row.isOpen) });
    const list = el('div', { class: 'periods' });
    const add = (period) => list.append(periodRow(title, period, true));
    for (const period of rows.flatMap((row) => row.periods)) add(period);
    const more = el('button', { type: 'button', class: 'quiet', 'aria-label': `${title}: more hours` }, 'More hours');
    more.addEventListener('click', () => add({}));
    const follow = () => {
      if (isOpen.checked && !list.children.length) add({});
      list.hidden = more.hidden = !isOpen.checked;
    };
    isOpen.addEventListener('change', follow);
    follow();
    return {
      node: el('div', { class: 'day' }, el('label', { class: 'check' }, isOpen, title), list, more),
      sent: () => ({
        day,
        isOpen: isOpen.checked,
        periods: [...list.children].map(timesOf).filter((times) => isOpen.checked || (times.startTime && times.endTime)),
      }),
    };
  }

  // Special days

  #special(stored) {
    const shown = stored.map((day) =>
      entry(
        [dated(day.date), day.closed ? 'closed' : day.periods.map(spelt).join(' and ') || 'closed', day.name && isolated(day.name)],
        () => this.#save('special', `special-days/${encodeURIComponent(day.date)}`, undefined, 'DELETE'),
        `Remove ${day.date}`,
      ),
    );
    const date = el('input', { type: 'date', required: true });
    const name = el('input', { maxlength: 100, placeholder: 'Christmas' });
    const closed = el('input', { type: 'checkbox', checked: true });
    const times = periodRow('That day', {}, false);
    const follow = () => (times.hidden = closed.checked);
    closed.addEventListener('change', follow);
    follow();
    return [
      list(shown, 'No day has hours of its own.'),
      form(
        'Add the day',
        () => {
          const periods = closed.checked ? [] : [timesOf(times)];
          return this.#save('special', `special-days/${date.value}`, { closed: closed.checked, periods, name: name.value.trim() });
        },
        [
          el('label', { class: 'field' }, 'Date', date),
          el('label', { class: 'field' }, 'What it is', name),
          el('label', { class: 'check' }, closed, 'Closed all day'),
          times,
        ],
      ),
    ];
  }

  // The schedule

  #schedule(stored) {
    const shown = stored.map((row, index) =>
      entry(
        [row.days.map((day) => named(day).slice(0, 3)).join(', '), `${row.from} – ${row.to}`, inShort(row)],
        () => this.#save('schedule', 'pace-schedule', { paceSchedule: stored.filter((_, other) => other !== index) }),
        `Remove row ${index + 1}`,
      ),
    );
    const boxes = DAYS.map((day) => el('input', { type: 'checkbox', value: day }));
    const look = () => boxes[0].setCustomValidity(boxes.some((box) => box.checked) ? '' : 'Choose a day, or several.');
    boxes.forEach((box) => box.addEventListener('change', look));
    look();
    const times = periodRow('Then', {}, false);
    const what = el('select', {}, el('option', { value: '0' }, 'No orders'), WAITS.map((wait) => el('option', { value: String(wait) }, `+ ${wait} minutes`)));
    return [
      list(shown, 'Nothing is paused or slowed down by the clock.'),
      form(
        'Add to the schedule',
        () => {
          const { startTime, endTime } = timesOf(times);
          const wait = Number(what.value);
          const row = {
            days: boxes.filter((box) => box.checked).map((box) => box.value),
            from: startTime,
            to: endTime,
            ...(wait ? { waitMinutes: wait } : { pause: true }),
          };
          return this.#save('schedule', 'pace-schedule', { paceSchedule: [...stored, row] });
        },
        [
          el('div', { class: 'weekdays' }, boxes.map((box) => el('label', { class: 'check' }, box, named(box.value).slice(0, 3)))),
          times,
          el('label', { class: 'field' }, 'What then', what),
        ],
      ),
    ];
  }

  // Who accepts

  #accepting(isAutomatic) {
    const byHand = el('input', { type: 'radio', name: 'accepting', checked: !isAutomatic });
    const automatic = el('input', { type: 'radio', name: 'accepting', checked: isAutomatic });
    return form('Save who accepts', () => this.#save('accepting', '', { autoAcceptOrder: automatic.checked }, 'PATCH'), [
      el('label', { class: 'check' }, automatic, 'Nobody needs to: each order goes to the kitchen at once'),
      el('label', { class: 'check' }, byHand, 'Somebody here accepts each order, or rejects it'),
      el('p', { class: 'soft' }, 'Orders that wait already are still accepted by hand.'),
    ]);
  }
}

/** Fields with one button. They stand in the dialog's own form, so that this is no form: a form has none inside. */
function form(label, deed, fields) {
  const button = el('button', { type: 'button', class: 'primary' }, label);
  const box = el('div', { class: 'stack' }, fields, el('div', { class: 'buttons' }, button));
  button.addEventListener('click', async () => {
    const missing = [...box.querySelectorAll('input')].find((input) => !input.closest('[hidden]') && !input.checkValidity());
    if (missing) {
      missing.reportValidity();
      return;
    }
    button.disabled = true;
    await deed();
    button.disabled = false;
  });
  return box;
}

function list(entries, none) {
  return entries.length ? el('ul', { class: 'entries' }, entries) : el('p', { class: 'soft' }, none);
}

function entry(words, remove, label) {
  const button = el('button', { type: 'button', class: 'quiet', 'aria-label': label }, 'Remove');
  button.addEventListener('click', async () => {
    button.disabled = true;
    await remove();
    button.disabled = false;
  });
  return el('li', { class: 'entry row' }, el('p', {}, separated(words)), button);
}

/** From when to when, with a button that takes it away where there may be several. */
function periodRow(title, { startTime, endTime }, removable) {
  const from = el('input', { type: 'time', required: true, value: startTime ?? '', 'aria-label': `${title}, from` });
  const until = el('input', { type: 'time', required: true, value: endTime ?? '', 'aria-label': `${title}, until` });
  const remove = removable && el('button', { type: 'button', class: 'quiet', 'aria-label': `${title}: without these hours` }, '✕');
  const row = el('div', { class: 'times' }, from, '–', until, remove);
  if (remove) remove.addEventListener('click', () => row.remove());
  return row;
}

function timesOf(row) {
  const [from, until] = row.querySelectorAll('input');
  return { startTime: from.value, endTime: until.value };
}

function inShort(row) {
  return [row.pause && 'no orders', row.waitMinutes && `+ ${row.waitMinutes} minutes`].filter(Boolean).join(', ');
}

function spelt(period) {
  return `${period.startTime ?? '?'} – ${period.endTime ?? '?'}`;
}

function named(day) {
  return day.charAt(0).toUpperCase() + day.slice(1);
}

/** A date in words, the same whatever this device's zone is. */
function dated(date) {
  const moment = new Date(`${date}T00:00:00Z`);
  if (Number.isNaN(moment.getTime())) return date;
  return new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' }).format(moment);
}
