/** The head of every page of the console: the way to the other pages. */

import { el } from '../live/text.js';
import { PAGES } from './pages.js';

const here = location.pathname.replace(/index\.html$/, '');

document
  .getElementById('pages')
  .replaceChildren(...PAGES.map(({ href, name }) => el('a', { href, ...(href === here && { 'aria-current': 'page' }) }, name)));
