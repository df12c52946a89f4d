/**
 * Sends an order, with or without payment, and finds out how it ended, whatever the network does meanwhile.
 *
 * What was sent may have arrived though its answer was lost. So the checkout's own status is asked; where that says that nothing
 * is on its way, the very same is sent again. The server takes a card's token, or an unpaid preview, for one order and charges it
 * once, and it tells each token its own end (rules, section 4).
 */

import { ApiError, exchange, getJson, withJson } from '../live/api.js';
import { stopwatch } from '../live/clock.js';
import { ofVisit } from './visit.js';

const RUNNING = ['PLACING', 'CHECKING_PAYMENT'];
const NO_ORDER = ['OPEN', 'EXPIRED', 'ABANDONED'];
/** Seconds that the server holds a question until there is news: less than the deadline of a call. */
const WAIT_SECONDS = 5;
/** Who has not been answered for so long has put the phone away: nothing is sent any more without a new tap. */
const GO_ON_MS = 2 * 60_000;
const FIRST_DELAY_MS = 1000;
const LONGEST_DELAY_MS = 8000;

/**
 * Resolves with how an attempt ended: {end: 'placed', orderId}, {end: 'declined', message, code}, {end: 'refused', error},
 * {end: 'over', refusal}, or {end: 'not sent', refusal}.
 *
 * @param attempt  {previewOrderId, token | null, tip, at}
 * @param resumed  whether another page sent it, and did not hear the answer
 * @param tell     called with 'sending', 'checking' or 'lost'
 */
export async function settle(api, attempt, { resumed, tell }) {
  let answered = !resumed;
  for (let tries = 0; ; tries += 1) {
    if (answered) {
      tell('sending');
      const end = await sent(api, attempt, tell);
      if (end) return end;
    }
    const now = await standing(api, attempt.previewOrderId, tell);
    if (!NO_ORDER.includes(now.status)) return { end: 'placed', orderId: attempt.previewOrderId };
    if (now.status !== 'OPEN') return { end: 'over', refusal: now.refusal };
    if (Date.now() - attempt.at > GO_ON_MS) return { end: 'not sent', refusal: now.refusal };
    answered = true;
    if (tries > 0) await delay(tries);
  }
}

/** Sends it once; the end, or null where nobody knows it yet. */
async function sent(api, attempt, tell) {
  try {
    const { transaction, success, orderId } = await post(api, attempt);
    if (success || (transaction && orderId)) return { end: 'placed', orderId };
    if (transaction) return { end: 'declined', message: transaction.resultMessage, code: transaction.code };
    tell('checking');
    return null;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (isRefusal(error)) return { end: 'refused', error };
    tell(error.status ? 'checking' : 'lost');
    return null;
  }
}

/**
 * Whether the API itself refuses what was sent. What only stands before it, such as a proxy or a limit of calls, does not know
 * whether an earlier try arrived.
 */
function isRefusal({ status, code }) {
  if (code === 'PAYMENT_UNAVAILABLE') return true;
  return code !== null && status >= 400 && status < 500 && status !== 429;
}

async function post(api, { previewOrderId, token, tip }) {
  if (!token) return (await exchange(`${api}/payments/place-order-without-payment`, withJson('POST', { previewOrderId }, ofVisit()))).body;
  const body = { previewOrderId, transactionToken: token, ...tip };
  const headers = { prefer: 'respond-async', ...ofVisit() };
  return (await exchange(`${api}/payments/complete-transaction`, withJson('POST', body, headers))).body;
}

/** Where the checkout stands once nothing of it is on its way, however long that takes. */
async function standing(api, previewOrderId, tell) {
  let wait = 0;
  for (let failures = 0; ; ) {
    const began = stopwatch();
    try {
      const now = await getJson(`${api}/order-app/orders/${encodeURIComponent(previewOrderId)}/status?wait=${wait}`);
      if (!RUNNING.includes(now.status)) return now;
      failures = 0;
      wait = WAIT_SECONDS;
      tell('checking');
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 404) return { status: 'EXPIRED' };
      failures += 1;
      tell(error.status ? 'checking' : 'lost');
    }
    await delay(failures, stopwatch() - began);
  }
}

/** Waits a second, longer after failures, less what has passed already; the network's return ends it. */
function delay(failures, passed = 0) {
  const most = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.max(0, failures - 1));
  return new Promise((resolve) => {
    const over = () => {
      clearTimeout(timer);
      window.removeEventListener('online', over);
      resolve();
    };
    const timer = setTimeout(over, Math.max(0, most - passed));
    window.addEventListener('online', over);
  });
}
