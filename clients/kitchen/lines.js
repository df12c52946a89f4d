/** What a ticket says of the dishes: one line for units that are the same. */

import { choices, counted, el, isolated } from '../live/text.js';
import { icon } from './icons.js';
import { removed } from './removals.js';

/** A note goes on in a further piece after so many letters or rows, so that a ticket can be torn there. */
const PIECE_LETTERS = 160;
const PIECE_ROWS = 5;

/**
 * The lines of an order's items: those of the first sending, then what was added, by its time.
 *
 * @returns [{item, units}]: `units` are the items that a line stands for, `item` the first of them
 */
export function linesOf(items) {
  const lines = counted(items, (item) => [
    item.name,
    choices(item),
    item.notes ?? '',
    item.missing ?? [],
    progress(item),
    item.addedAt ?? '',
    item.voidedAt ? 'void' : '',
    item.unrouted,
  ]);
  return lines.sort((a, b) => (a.item.addedAt ?? '').localeCompare(b.item.addedAt ?? ''));
}

/** Whether nothing is left to do for an item: it is made, or its line was given back. */
export function isOver(item) {
  return Boolean(item.completedAt || item.voidedAt);
}

/** 'done', 'started' or 'open'. */
function progress(item) {
  if (item.completedAt) return 'done';
  return item.startedAt ? 'started' : 'open';
}

/**
 * A line as list items: the dish, and pieces of a note that is long.
 *
 * @param context  {say, expo}: the page's words; whether it shows who makes what
 */
export function lineNodes({ item, units }, { say, expo }) {
  const [note, ...more] = pieces(item.notes ?? '');
  const state = progress(item);
  const button = el(
    'button',
    {
      type: 'button',
      class: 'dish',
      'data-deed': 'strike',
      'data-item-id': item.id,
      'aria-pressed': String(state === 'done'),
      disabled: Boolean(item.voidedAt),
    },
    el(
      'span',
      { class: 'name' },
      el('span', { class: units.length > 1 ? 'many numbers' : 'one numbers' }, `${units.length}×`),
      ' ',
      el('span', { class: 'what' }, isolated(item.name), ' ', mark(item, state, say)),
    ),
    chosen(item, say),
    item.missing?.length ? el('span', { class: 'missing' }, say('missing', { names: item.missing.join(', ') })) : null,
    note ? el('span', { class: more.length ? 'note begins' : 'note begins ends' }, note) : null,
    makers(item, { say, expo }),
  );
  const kind = ['line', state, item.voidedAt && 'voided', item.allergy && 'careful'].filter(Boolean).join(' ');
  return [
    el('li', { class: kind }, button),
    ...more.map((piece, index) =>
      el('li', { class: `${kind} goes-on` }, el('span', { class: index === more.length - 1 ? 'note ends' : 'note' }, piece)),
    ),
  ];
}

function mark(item, state, say) {
  if (item.voidedAt) return el('span', { class: 'mark void' }, say('voided'));
  if (state === 'done') return el('span', { class: 'mark' }, icon('done'), say('done'));
  return state === 'started' ? el('span', { class: 'mark' }, say('started')) : null;
}

function chosen(item, say) {
  const found = [
    ...(item.variants ?? []).map((variant) => choice(variant.name, '', say)),
    ...(item.modifiers ?? []).flatMap((group) => (group.options ?? []).map((option) => choice(option.name, group.name, say))),
  ];
  return found.length ? el('span', { class: 'chosen-options' }, found.flatMap((one) => [one, ' '])) : null;
}

function choice(name, group, say) {
  const left = removed(name, group);
  if (left !== null) return el('span', { class: 'choice removal' }, el('strong', {}, say('no')), ' ', isolated(left));
  return el('span', { class: 'choice' }, group ? el('span', { class: 'group' }, `${group}: `) : null, isolated(name));
}

function makers(item, { say, expo }) {
  if (expo) {
    const names = item.stations?.length ? item.stations.join(' + ') : say('nobodys');
    return el('span', { class: 'makers' }, names);
  }
  return item.alsoAt?.length ? el('span', { class: 'makers' }, say('alsoAt', { stations: item.alsoAt.join(', ') })) : null;
}

/** A note in pieces that each have room on a ticket; what stands between them stays. */
function pieces(note) {
  const found = [];
  let piece = '';
  for (const word of note.match(/\s*\S+/g) ?? []) {
    const isFull = piece.length + word.length > PIECE_LETTERS || (piece + word).split('\n').length > PIECE_ROWS;
    if (piece && isFull) {
      found.push(piece);
      piece = '';
    }
    piece += piece ? word : word.trimStart();
  }
  return piece ? [...found, piece] : found;
}
