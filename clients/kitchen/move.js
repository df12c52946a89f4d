/**
 * One move of the kitchen's: {id, number, kind, orderId or orderIds, orderCode, recalledAt, at, holdMs, state, doubtful, tab},
 * with `force`, `rush`, `itemId` and `done`, or `reason` by its kind; `leftAt` when its page closed; `endedAt` and `why` or `seq`
 * when it was refused or sent.
 */

/** How long a refusal is told, and how long a sent move still covers what an older picture shows. */
const ENDED_FOR_MS = { sent: 10_000, refused: 60_000 };
/** A page that closes sends its moves, and hears no answer: whoever looks after them next waits so long. */
const LEFT_FOR_MS = 1000;
/** No move of yesterday is sent. */
const KEPT_FOR_MS = 24 * 3600_000;

export function dueAt(move) {
  const hold = move.leftAt ? LEFT_FOR_MS : move.holdMs;
  const left = (move.leftAt ?? move.at) + hold - Date.now();
  return performance.now() + Math.min(Math.max(0, left), hold);
}

export function forgetAt(move) {
  return performance.now() + Math.max(0, move.endedAt + ENDED_FOR_MS[move.state] - Date.now());
}

export function isEnded(move) {
  return move.state in ENDED_FOR_MS;
}

export function isFresh(move) {
  if (isEnded(move)) return Math.abs(Date.now() - move.endedAt) < ENDED_FOR_MS[move.state];
  return Date.now() - move.at < KEPT_FOR_MS;
}

/** No answer, a screen that may be paired again, too many calls, a server in trouble: none says no to the move itself. */
export function mayWorkLater(status) {
  return [0, 401, 408, 429].includes(status) || status >= 500;
}

export function ordersOf(move) {
  return move.orderIds ?? [move.orderId];
}

export function touches(move, orderId) {
  return ordersOf(move).includes(orderId);
}

export function isOf(move, orderId, itemId) {
  return move.kind === 'strike' && move.orderId === orderId && move.itemId === itemId;
}
