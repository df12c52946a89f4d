/** How an order looks on the kitchen display. */

import { el, isolated, minutes, separated } from '../live/text.js';
import { step, waited } from './ages.js';
import { icon } from './icons.js';
import { isOver, lineNodes, linesOf } from './lines.js';

/**
 * A ticket: one article, or more of them where it is too long for a column.
 *
 * `context`: {say, clock, expo, ageing}. `items`: which of the order's items it shows. `mark`: what became of a move of
 * the order's: {kind, state, why}, or null.
 */
export class Ticket {
  order;
  /** The articles, the first of them with the ticket's head. */
  parts = [];
  /** The lines' list items, in their order. */
  lines;

  #context;
  #mark;
  #head;
  #notice;
  #foot;

  constructor(order, items, mark, context) {
    this.order = order;
    this.#context = context;
    this.#mark = mark;
    const isShrunk = mark?.kind === 'bump' && mark.state === 'waiting';
    this.#head = head(order, context);
    this.#notice = [...bands(order, context), ...marks(mark, context)];
    this.lines = isShrunk ? [] : this.#listed(linesOf(items));
    this.#foot = isShrunk ? null : foot(order, items, context);
    this.parts = [this.#article(isShrunk)];
    this.show([{ from: 0, to: this.lines.length }]);
    this.age();
  }

  /** The article that carries the order's id. */
  get first() {
    return this.parts[0];
  }

  /** The heights of what it consists of, in CSS px, as it stands now: {id, head, lines, foot}. */
  measure() {
    return {
      id: this.order._id,
      head: this.#list(this.first).offsetTop + 2 * this.first.clientTop,
      lines: this.lines.map((line) => line.getBoundingClientRect().height),
      foot: this.#foot?.getBoundingClientRect().height ?? 0,
    };
  }

  /** Shows itself in as many parts as there are spans of its lines. */
  show(spans) {
    while (this.parts.length > spans.length) this.parts.pop().remove();
    while (this.parts.length < spans.length) this.parts.push(this.#next());
    this.parts.forEach((part, index) => {
      const isLast = index === spans.length - 1;
      fill(this.#list(part), this.lines.slice(spans[index].from, spans[index].to));
      part.classList.toggle('torn', !isLast);
      part.querySelector('.part').textContent = spans.length > 1 ? `${index + 1}/${spans.length}` : '';
      if (isLast && this.#foot && this.#foot.parentNode !== part) part.append(this.#foot);
    });
  }

  /** Brings the waiting time up to date: a colour, a shape and a word. */
  age() {
    const { say, ageing } = this.#context;
    const now = step(this.order, ageing);
    const age = waited(this.order);
    const text = age === null ? '' : minutes(age);
    const shown = this.#head.querySelector('.minutes');
    if (shown.textContent !== text) shown.textContent = text;
    if (this.first.dataset.age === now) return;
    for (const part of this.parts) part.dataset.age = now;
    this.#head.querySelector('.shape').replaceChildren(icon(now));
    this.#head.querySelector('.step').textContent = say(now);
  }

  /** Sets or takes away a class on all its parts. */
  toggle(name, on) {
    for (const part of this.parts) part.classList.toggle(name, on);
  }

  /** Its number on the page, by which a key reaches it; "" beyond the tenth. */
  number(text) {
    const shown = this.#head.querySelector('.nr');
    if (shown.textContent !== text) shown.textContent = text;
  }

  #listed(lines) {
    const { say, clock } = this.#context;
    let added = '';
    return lines.flatMap((line) => {
      const nodes = lineNodes(line, this.#context);
      const at = line.item.addedAt ?? '';
      if (at && at !== added) nodes.unshift(el('li', { class: 'added' }, say('added', { time: clock(at) })));
      added = at;
      return nodes;
    });
  }

  #article(isShrunk) {
    const { order } = this;
    const kinds = [
      'ticket',
      order.isCancelled && 'cancelled',
      order.rushedAt && 'rush',
      order.recalledAt && 'recalled',
      order.items.every(isOver) && !order.isCancelled && 'all-done',
      isShrunk && 'shrunk',
      this.#mark && `is-${this.#mark.state}`,
    ];
    return el(
      'article',
      { class: kinds.filter(Boolean).join(' '), 'data-order-id': order._id, tabindex: -1, 'aria-label': this.#context.say('order', { code: order.orderCode }) },
      this.#head,
      this.#notice,
      el('ul', { class: 'items' }),
    );
  }

  #next() {
    const { say } = this.#context;
    const code = this.order.orderCode;
    // Whoever reads only this part must know of an allergy, too.
    const careful = this.order.allergy ? el('strong', { class: 'allergy' }, icon('allergy'), say('allergy')) : null;
    const top = el('header', {}, el('p', { class: 'code' }, code, ' ', el('span', { class: 'part' }), ' ', careful));
    const part = el(
      'section',
      { class: `${this.first.className} continued`, 'data-continues': this.order._id, 'aria-label': say('goesOn', { code }) },
      top,
      el('ul', { class: 'items' }),
    );
    part.dataset.age = this.first.dataset.age;
    return part;
  }

  #list(part) {
    return part.querySelector('.items');
  }
}

/** Has a list hold these nodes. One that does is left alone: what is taken out and put in again has lost the focus. */
function fill(list, nodes) {
  const isSame = list.children.length === nodes.length && nodes.every((node, index) => list.children[index] === node);
  if (!isSame) list.replaceChildren(...nodes);
}

function head(order, { say, clock }) {
  const marks = [
    order.rushedAt && el('span', { class: 'mark' }, icon('rush'), say('rush')),
    order.recalledAt && el('span', { class: 'mark' }, say('recalled')),
    order.isCancelled && el('span', { class: 'mark' }, say('cancelled')),
  ].filter(Boolean);
  return el(
    'header',
    {},
    el(
      'button',
      { type: 'button', class: 'summary', 'data-deed': 'open', 'aria-haspopup': 'dialog' },
      el('span', { class: 'nr numbers', 'aria-hidden': 'true' }),
      el('span', { class: 'code' }, order.orderCode, ' ', el('span', { class: 'part' })),
      ' ',
      el('span', { class: 'age numbers' }, el('span', { class: 'shape' }), ' ', el('span', { class: 'minutes' })),
      el('span', { class: 'who' }, who(order, clock, say)),
      ' ',
      el('span', { class: 'step' }),
      el('span', { class: 'fresh-mark' }, say('new')),
      marks.length ? el('span', { class: 'marks' }, marks) : null,
    ),
  );
}

/** Where the guest sits, the guest's name, and the time of the order. What guests wrote moves nothing else. */
export function who(order, clock, say) {
  const time = order.startedAt ? clock(order.startedAt) : null;
  return separated([place(order.origin, say), order.customer?.name && isolated(order.customer.name), time]);
}

/** A table of the restaurant, or what the guest wrote in its place, marked as such. */
function place(origin, say) {
  if (origin?.name) return isolated(origin.name);
  return origin?.note ? el('span', { class: 'unsure' }, `${say('guestWrote')} `, isolated(origin.note)) : null;
}

function bands(order, { say }) {
  const reason = order.isCancelled && order.reason;
  return [
    order.allergy ? el('p', { class: 'band allergy' }, icon('allergy'), el('strong', {}, say('allergy')), ' ', isolated(order.allergy)) : null,
    reason ? el('p', { class: 'band reason' }, isolated(reason)) : null,
  ];
}

/** What became of a move that is not done yet, or that the server refused. */
function marks(mark, { say }) {
  if (mark?.state === 'waiting') return [el('p', { class: 'band queue' }, say(mark.kind === 'bump' ? 'bumpWaits' : 'moveWaits'))];
  if (mark?.state === 'refused') return [el('p', { class: 'band refused', role: 'status' }, say('refused', { why: mark.why?.message ?? '' }))];
  return [];
}

function foot(order, items, { say, expo }) {
  const isDone = items.every(isOver);
  const deed = order.isCancelled ? 'takeAway' : expo ? 'serve' : 'bump';
  const how = expo && !isDone && !order.isCancelled ? 'holdToForce' : 'twiceOrHold';
  return el(
    'footer',
    {},
    el(
      'button',
      { type: 'button', class: 'bump', 'data-deed': 'bump' },
      el('span', { class: 'deed' }, say(deed)),
      el('span', { class: 'how' }, say(how)),
    ),
  );
}
