/** What a diner reads of a refusal, and how to go on. */

import { t } from './checkout_words.js';
import { when } from './when.js';
import { money } from './words.js';

const DECLINES = { Decline: 'declined', 'Do not honor': 'notHonored', 'Insufficient funds': 'noFunds' };
const FAILED = { CARD_ENTRY_INVALID: 'entryWrong', PAYMENT_LOST: 'paymentLost', PAYMENT_CANCELLED: 'paymentNotSent', PAYMENT_DECLINED: 'declined' };
const SUMS = { discountCents: 'discount', taxCents: 'tax', totalPriceCents: 'total' };

/** The sentence of a payment that did not go through: by its code, a decline by the gateway's words. */
export function declineWords({ code, message }) {
  if (code && code !== 'PAYMENT_DECLINED' && FAILED[code]) return t(FAILED[code]);
  return t(DECLINES[message] ?? 'declined');
}

/**
 * A refusal in words: {text, rows, lines, order}. `rows`: what of the order is concerned, sentences. `lines`: ids of lines that
 * must be taken out first. `order`: the id of the order that these dishes are in already.
 *
 * @param error  ApiError
 * @param cart   the cart that was sent
 */
export function refusalOf(error, cart) {
  const { code, body } = error;
  const zone = cart.place.timezone;
  const later = (key, moment) => (moment ? t(`${key}Until`, { when: when(moment, zone) }) : t(key));
  switch (code) {
    case 'PREVIEW_STALE':
      return body.preview ? { text: t('stale'), rows: changes(body.detail, cart) } : faults('cannotBe', body.detail, cart);
    case 'ITEM_SOLD_OUT':
      return { ...faults('gone', body.detail, cart), ...(body.servedAt && { text: later('notServed', body.servedAt) }) };
    case 'CART_INVALID':
      return faults('cannotBe', body.detail, cart);
    case 'MENU_NOT_AVAILABLE':
    case 'MENU_NOT_ORDERABLE':
      return { text: later('notServed', body.servedAt) };
    case 'LOCATION_CLOSED':
      return { text: later('closed', body.opensAt) };
    case 'ORDER_RUNNING':
      return { text: t('running'), order: body.orderId };
    case 'ORIGIN_INVALID':
      return { text: t('tableUnknown') };
    case 'PREVIEW_EXPIRED':
      return { text: t('expired') };
    case 'PAYMENT_RETURNED':
      return { text: t('returned') };
    case 'TIP_TOO_LARGE':
      return { text: t('tipWrong', { least: money(0), most: money(Math.max(2000, cart.cents)) }) };
    case 'INVALID_REQUEST':
      return { text: t(body.detail?.some(({ field }) => field === 'customer.phone') ? 'noTexts' : 'notNow') };
    case 'TOKEN_USED':
      return { text: t('paymentNotSent') };
    default:
      return { text: t(error.status ? 'notNow' : 'noNetwork') };
  }
}

/** Prices that are others now, a sentence each. */
function changes(detail, cart) {
  return (detail ?? []).map(({ line, field, was, now }) => {
    const name = line ? (cart.lines.find((one) => one.id === line)?.name ?? '') : t(SUMS[field] ?? 'total');
    return t('was', { name, was: money(was), now: money(now) });
  });
}

/** Lines that cannot be ordered, named: the rows of a refusal say which by `items.<place>...`. */
function faults(key, detail, cart) {
  const places = (detail ?? []).map(({ field }) => /^items\.(\d+)/.exec(field)?.[1]).filter(Boolean);
  const lines = [...new Set(places)].map((place) => cart.lines[place]).filter(Boolean);
  const names = lines.map((line) => line.name);
  if (!lines.length) return { text: detail?.[0]?.message ?? t('notNow') };
  return { text: t(key, { name: names.join(', ') }), lines: lines.map((line) => line.id) };
}
