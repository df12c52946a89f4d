/** What both pages of ordering share: their settings, their words in place, and small parts of a page. */

import { el } from '../live/text.js';
import { LANGUAGE, money } from './words.js';

export const at = (id) => document.getElementById(id);

/** What whoever serves the page says in its head: `api`, `gateway`; "" where nothing. */
export function setting(name) {
  return document.querySelector(`meta[name="${name}"]`)?.content ?? '';
}

/** A name or description of the menu, in the page's language. */
export function told(texts) {
  return texts[LANGUAGE] || texts.en;
}

/** Says every text that stands in the HTML in the page's language. */
export function translate(t) {
  document.documentElement.lang = LANGUAGE;
  for (const node of document.querySelectorAll('[data-t]')) node.textContent = t(node.dataset.t);
}

/** The address of another page; a language that the link to this one asked for is asked for there, too. */
export function pageAt(path, values) {
  const lang = new URLSearchParams(location.search).get('lang');
  return `${path}?${new URLSearchParams({ ...values, ...(lang && { lang }) })}`;
}

/** Sets a text where it differs, so that nobody is read the same twice. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Shows an element with a text, or hides it where there is none. */
export function notice(node, text) {
  node.hidden = !text;
  setText(node, text ?? '');
}

/** A row of a name and an amount. */
export function row(name, cents, look = null) {
  return el('div', { class: look }, el('dt', {}, name), el('dd', {}, money(cents)));
}
