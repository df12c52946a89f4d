/** The head of every page of the console: the way to the other pages, and the time where it is not the machine's own. */

import { ApiError, getJson } from '../live/api.js';
import { el, momentIn } from '../live/text.js';
import { PAGES } from './pages.js';

const LOOK_MS = 2000;
const moment = momentIn('en-GB', null, { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });

const here = location.pathname.replace(/index\.html$/, '');
const time = el('a', { id: 'virtual-time', class: 'virtual', href: '/start/clock.html', hidden: true });

/** What the clock says, in words. */
export function words({ now, virtual, frozen }) {
  if (!virtual) return `${moment(now)}, the machine's own time`;
  return `Virtual time: ${moment(now)}${frozen ? ', standing' : ''}`;
}

async function look() {
  if (document.visibilityState === 'visible') {
    try {
      const told = await getJson('/api/clock');
      time.hidden = !told.virtual;
      time.textContent = told.virtual ? words(told) : '';
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }
  setTimeout(look, LOOK_MS);
}

const nav = document.getElementById('pages');
nav.replaceChildren(...PAGES.map(({ href, name }) => el('a', { href, ...(href === here && { 'aria-current': 'page' }) }, name)));
nav.after(time);
look();
