/** What the screen shows: the orders that were read, with what somebody here has done since. */

import { isOver } from './lines.js';

/**
 * The orders to show, rushed ones first, then the oldest: [{id, order, items, unrouted, mark, isReady, text}].
 *
 * `order` says of its items what is done here, also where the server has not heard of it yet. `items`: those that are made
 * here, `unrouted`: those that no station makes; expo has all of them in `items`. `mark`: what became of the newest move of the order. `text`: two pictures of it with the same text look
 * the same.
 *
 * @param orders     as the server knows them
 * @param cancelled  orders that were given up and not taken away here yet
 * @param moves      Moves
 * @param expo       whether the screen has the whole location
 */
export function picture({ orders, cancelled, moves, expo }) {
  const open = new Set(orders.map((order) => order._id));
  const given = cancelled.filter((order) => !open.has(order._id)).map((order) => ({ ...order, isCancelled: true }));
  return [...orders, ...given]
    .filter((order) => isShown(order, moves))
    .sort((a, b) => compared(ranks(a), ranks(b)) || Date.parse(a.startedAt) - Date.parse(b.startedAt) || a._id.localeCompare(b._id))
    .map((order) => entry(order, moves, expo));
}

function isShown(order, moves) {
  const move = moves.of(order._id);
  // What waits for the network stays in sight, small: a cook can see that it is not sent.
  if (move?.kind === 'bump' && move.state === 'waiting') return true;
  return !order.bumpedAt && !moves.hides(order);
}

/** Rushed orders come first, the one that was rushed first before the others. */
function ranks(order) {
  return order.rushedAt ? Date.parse(order.rushedAt) : Infinity;
}

function entry(order, moves, expo) {
  const items = order.items.map((item) => {
    const isDone = moves.isDone(order._id, item);
    return { ...item, completedAt: isDone ? (item.completedAt ?? 'here') : null };
  });
  const now = { ...order, items };
  const newest = moves.of(order._id);
  const mark = ['waiting', 'refused'].includes(newest?.state) ? newest : null;
  const { seq: _seq, ...shown } = now;
  return {
    id: order._id,
    order: now,
    items: items.filter((item) => expo || !item.unrouted),
    unrouted: items.filter((item) => !expo && item.unrouted),
    mark,
    isReady: items.every(isOver),
    text: JSON.stringify([shown, mark]),
  };
}

function compared(a, b) {
  return a === b ? 0 : a - b;
}
