/** Who may sign in here. Ask for a code in an app, and it stands beside the address: nobody is written to. */

import { clockIn, el, isolated } from '../live/text.js';

const clock = clockIn(null);

export function personRow({ name, address, code, until }) {
  return el(
    'tr',
    { 'data-address': address },
    el('td', {}, name ?? ''),
    el('td', { class: 'address' }, isolated(address)),
    el(
      'td',
      {},
      code ? [el('span', { class: 'code' }, code), el('span', { class: 'soft' }, ` until ${clock(until)}`)] : el('span', { class: 'soft' }, 'none'),
    ),
  );
}
