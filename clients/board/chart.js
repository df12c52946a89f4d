/** A month as bars, one a day: plain SVG, with words beside it for whoever cannot see it. */

import { el } from '../live/text.js';

const SVG = 'http://www.w3.org/2000/svg';
const STEP = 10;
const BAR = 7;
const HEIGHT = 100;

const day = new Intl.DateTimeFormat('en-US', { weekday: 'short', month: 'short', day: 'numeric', timeZone: 'UTC' });
const short = new Intl.DateTimeFormat('en-US', { month: 'short', day: 'numeric', timeZone: 'UTC' });
const round = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD', maximumFractionDigits: 0 });

/** The bars of `rows` ({date, totalCents, orders}, the oldest first); `money` writes cents. */
export function monthChart(rows, money) {
  const most = Math.max(...rows.map((row) => row.totalCents), 0);
  const top = nice(most);
  const svg = drawn('svg', {
    viewBox: `0 0 ${rows.length * STEP} ${HEIGHT}`,
    preserveAspectRatio: 'none',
    role: 'img',
    'aria-label': words(rows, most, money),
  });
  rows.forEach((row, index) => {
    const height = top ? (row.totalCents / top) * HEIGHT : 0;
    const bar = drawn('rect', {
      x: index * STEP + (STEP - BAR) / 2,
      y: HEIGHT - height,
      width: BAR,
      height,
      class: index === rows.length - 1 ? 'bar-of-today' : 'bar-of-day',
    });
    const title = drawn('title', {});
    title.textContent = `${day.format(at(row.date))}: ${money(row.totalCents)}, ${row.orders} orders`;
    bar.append(title);
    svg.append(bar);
  });
  const dates = [rows[0], rows[Math.floor(rows.length / 2)], rows.at(-1)].filter(Boolean);
  return el(
    'figure',
    { class: 'month' },
    el('figcaption', {}, 'Last 30 days'),
    el('p', { class: 'top soft numbers', 'aria-hidden': 'true' }, top ? round.format(top / 100) : ''),
    el('div', { class: 'bars' }, svg),
    el('p', { class: 'dates soft numbers', 'aria-hidden': 'true' }, dates.map((row, index) => el('span', {}, index === 2 ? 'Today' : short.format(at(row.date))))),
    el(
      'details',
      {},
      el('summary', { 'data-keep': 'table' }, 'As a table'),
      el('table', {}, el('thead', {}, line('th', ['Day', 'Orders', 'Sales'])), el('tbody', {}, [...rows].reverse().map((row) => line('td', [day.format(at(row.date)), row.orders, money(row.totalCents)])))),
    ),
  );
}

/** A row of a table; what comes after the first cell are numbers. */
export function line(tag, cells) {
  return el('tr', {}, cells.map((cell, index) => el(index === 0 && tag === 'td' ? 'th' : tag, { class: index ? 'numbers' : null, scope: tag === 'th' ? 'col' : index === 0 ? 'row' : null }, cell instanceof Node ? cell : String(cell))));
}

function words(rows, most, money) {
  const sum = rows.reduce((before, row) => before + row.totalCents, 0);
  const best = rows.find((row) => most > 0 && row.totalCents === most);
  return `Sales of the last ${rows.length} days: ${money(sum)} in all${best ? `, the most on ${day.format(at(best.date))} with ${money(most)}` : ''}.`;
}

/** The next round amount that is not below `cents`: 1, 2 or 5 with zeros. */
function nice(cents) {
  if (cents <= 0) return 0;
  const power = 10 ** Math.floor(Math.log10(cents));
  return [1, 2, 5, 10].map((times) => times * power).find((one) => one >= cents);
}

function at(date) {
  return new Date(`${date}T00:00:00Z`);
}

function drawn(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}
