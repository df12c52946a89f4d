/** The lower edge of the screen: what can be undone, what waits on further pages, and how fast orders are taken. */

import { serverNow } from '../live/clock.js';
import { clockIn, minutes } from '../live/text.js';
import { waited } from './ages.js';
import { say } from './words.js';

const DID = { bump: 'didBump', clear: 'didClear', dismiss: 'didDismiss', strike: 'didStrike' };

const at = (id) => document.getElementById(id);

/** Brings the dock up to date. `known`: what was read of the station; `said`: whether something is said just now. */
export function showDock({ board, moves, known, said }) {
  showUndo(moves.held(), said);
  showMore(board);
  showPace(known);
  at('queued').hidden = moves.waiting === 0;
  setText(at('queued'), say('queued', { count: moves.waiting }));
}

function showUndo(held, said) {
  at('undo-bar').hidden = !held;
  at('said').hidden = !said || Boolean(held);
  if (!held) return;
  setText(at('undo-text'), say(DID[held.kind] ?? 'didOther', { code: held.orderCode ?? '' }));
  at('undo-bar').style.setProperty('--left', held.msLeft / held.holdMs);
}

/** The badge of what is not in sight, wherever somebody has turned to: how much waits, and since when. */
function showMore(board) {
  const seen = new Set(board.inSight());
  const away = board.tickets.filter((ticket) => !seen.has(ticket.order._id));
  at('more').hidden = away.length === 0;
  if (away.length) {
    const oldest = Math.max(...away.map((ticket) => waited(ticket.order) ?? 0));
    setText(at('more'), say('waiting', { count: away.length, age: minutes(oldest) }));
  }
  at('pager').hidden = board.pages < 2;
  setText(at('page'), `${board.page + 1}/${board.pages}`);
  at('page').setAttribute('aria-label', say('page', { page: board.page + 1, pages: board.pages }));
}

function showPace({ waitMinutes = 0, pausedUntil = null, timezone }) {
  const isPaused = pausedUntil !== null && Date.parse(pausedUntil) > serverNow();
  const text = isPaused ? say('paused', { time: clockIn(timezone)(pausedUntil) }) : say('wait') + (waitMinutes ? ` +${waitMinutes} min` : '');
  at('pace').classList.toggle('is-on', isPaused || waitMinutes > 0);
  setText(at('pace'), text);
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
