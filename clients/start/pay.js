/** Paying for a demo order with a test card, and what came of it, in words. */

import { ApiError, getJson, postJson } from '../live/api.js';
import { el } from '../live/text.js';

const POLL_MS = 1000;
const CHECKING = 'CHECKING_PAYMENT';
const NO_ORDER = [CHECKING, 'OPEN', 'PLACING', 'EXPIRED', 'ABANDONED'];

let newest = 0;

/**
 * Pays with `card`, and resolves once it is known how it went, or that nobody knows for now; what then becomes known is
 * told, too. `tell` is called with what to show: words and the link to the diner's page. A newer payment is told alone.
 */
export async function pay(api, card, tell) {
  const mine = ++newest;
  const say = (...said) => mine === newest && tell(...said);
  say('Paying…');
  try {
    const { orderId, orderCode, statusUrl, outcome, message } = await postJson('/api/demo-order', { location: 'payment', card });
    const page = () => el('a', { id: 'paid-status', href: statusUrl, target: '_blank' }, "the diner's page");
    const ended = (how, words) => say(...sentence(how, words), ' ', page());
    if (outcome === 'checking') {
      say('The payment is being checked: the bank has not answered yet. ', page());
      find(api, orderId, ended, () => mine === newest);
    } else {
      ended(outcome, outcome === 'placed' ? orderCode : message);
    }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    say(error.message);
  }
}

/** Asks until the payment is no longer being checked, or nobody wants to know any more. */
async function find(api, orderId, ended, wanted) {
  while (wanted()) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    try {
      const { status, refusal } = await getJson(`${api}/order-app/orders/${encodeURIComponent(orderId)}/status`);
      if (status === CHECKING) continue;
      if (NO_ORDER.includes(status)) {
        ended('declined', refusal?.message ?? '');
      } else {
        ended('placed', (await getJson(`${api}/menu-app/order/${encodeURIComponent(orderId)}`)).orderCode);
      }
      return;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 404) return;
    }
  }
}

function sentence(how, words) {
  if (how === 'placed') return [`Order ${words ?? ''} is paid and placed:`];
  return ['Not paid. ', words, ' Nothing was placed:'];
}
