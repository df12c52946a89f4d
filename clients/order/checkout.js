/**
 * The last step: what the order costs by the server's word, the tip, and paying or placing it.
 *
 * Address: /order/checkout.html?locationId=..   (the cart is in this browser)
 */

import { ApiError, postJson } from '../live/api.js';
import { isKnown } from '../live/servers.js';
import { el, isolated, separated } from '../live/text.js';
import { billLine, sums } from './bill.js';
import { showFields } from './card.js';
import { Cart } from './cart.js';
import { t } from './checkout_words.js';
import { at, notice, pageAt, setText, setting, translate } from './dom.js';
import { declineWords, refusalOf } from './refusals.js';
import { settle } from './settling.js';
import { Tip } from './tip.js';
import { endVisit, ofVisit } from './visit.js';
import { money } from './words.js';

const api = setting('api');
const gateway = setting('gateway');
const cart = new Cart(new URLSearchParams(location.search).get('locationId'));
const tip = new Tip(showButton);

let preview = null;
let form = null;
/** A token that a card is tied to, and that has paid for nothing yet. */
let authorized = null;
/** The tip that the button said when it was pressed. */
let agreedTip = {};
let busy = false;

async function begin() {
  at('back').href = cart.place.entry;
  const { restaurantName, originLabel } = cart.place;
  const parts = [restaurantName, originLabel, cart.customer.name].filter(Boolean).map(isolated);
  at('where').replaceChildren(...separated(parts));
  if (cart.attempt) await run(cart.attempt, { resumed: true });
  else await ask();
}

/** Lets the server price the cart, and shows that. */
async function ask() {
  cart.read();
  if (!cart.lines.length) {
    at('bill').replaceChildren(el('p', {}, t('emptyCart')));
    at('pay').hidden = true;
    done();
    return;
  }
  try {
    preview = (await postJson(`${api}/order-app/cart/preview-order`, cart.body(), { headers: ofVisit() })).data;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    preview = null;
    show();
    refuse(refusalOf(error, cart), { again: !error.status || error.status >= 429 });
    return;
  }
  show();
  await next();
}

/** Gets ready for the last tap: the card fields, where there is something to pay. */
async function next() {
  done();
  if (!preview.isOpen) {
    refuse(refusalOf(new ApiError(409, { code: 'LOCATION_CLOSED', opensAt: preview.opensAt }), cart), { again: true });
    return;
  }
  at('pay').hidden = false;
  at('fields').hidden = Boolean(authorized);
  at('entered').hidden = !authorized;
  if (pays() && !authorized && !form) await enterCard();
  showButton();
}

function pays() {
  return cart.place.takesPayment && preview.totalPriceCents > 0;
}

function done() {
  at('checkout').removeAttribute('aria-busy');
  at('waiting').hidden = true;
  at('bill').hidden = false;
  busy = false;
}

/** Fields for a card, with a token of their own: a token has one result for ever. */
async function enterCard() {
  form = null;
  authorized = null;
  if (!gateway) {
    refuse({ text: t('cardsOff') });
    return;
  }
  at('fields').hidden = false;
  at('entered').hidden = true;
  showButton();
  try {
    const { restaurantId } = cart.place;
    const { previewOrderId } = preview;
    const started = await postJson(`${api}/payments/start-transaction/${encodeURIComponent(restaurantId)}`, { previewOrderId }, {
      headers: ofVisit(),
    });
    form = await showFields(gateway, started.transactionToken, { authorized: pay, wrong: wrongCard, failed: failedCard });
  } catch (error) {
    if (error.code === 'PAYMENT_NOT_TAKEN') {
      cart.place.takesPayment = false;
      show();
    } else if (error.code === 'PREVIEW_NOT_FOUND') {
      refuse({ text: t('expired') }, { again: true });
    } else {
      refuse({ text: t(error.status ? 'notNow' : 'noNetwork') }, { again: true });
    }
  }
  showButton();
}

function wrongCard() {
  notice(at('wrong'), t('cardWrong'));
  busy = false;
  showButton();
}

function failedCard() {
  notice(at('wrong'), t('entryWrong'));
  busy = false;
  enterCard();
}

/** A card is tied to the token: whatever happens to the order now, it need not be typed again. */
function pay(token) {
  authorized = token;
  form = null;
  at('fields').hidden = true;
  at('entered').hidden = false;
  run(attemptWith(token, agreedTip), { resumed: false });
}

function attemptWith(token, agreed) {
  return { previewOrderId: preview.previewOrderId, token, tip: agreed, at: Date.now(), lines: cart.lineIds };
}

function go(event) {
  event.preventDefault();
  if (busy || !preview) return;
  notice(at('wrong'), null);
  if (pays() && tip.cents === null) {
    refuse({ text: t('tipWrong', { least: money(0), most: money(tip.most) }) });
    at('tip-amount').focus();
    return;
  }
  if (pays() && !authorized && !form) return;
  busy = true;
  agreedTip = tip.body;
  at('trouble').hidden = true;
  showButton();
  if (!pays()) run(attemptWith(null, {}), { resumed: false });
  else if (authorized) pay(authorized);
  else form.process();
}

/** Sends an attempt, and goes on by how it ended. It is kept until then: whoever closes the page comes back to it. */
async function run(attempt, { resumed }) {
  cart.attempted(attempt);
  wait(attempt, 'sending');
  const ended = await settle(api, attempt, { resumed, tell: (state) => wait(attempt, state) });
  if (ended.end === 'placed') {
    arrive(ended.orderId, attempt.lines);
    return;
  }
  cart.attempted(null);
  await endings[ended.end](ended, attempt);
}

const endings = {
  async declined(ended) {
    form = null;
    authorized = null;
    await again({ text: declineWords(ended) });
  },
  async 'not sent'({ refusal }, { token }) {
    form = null;
    authorized = null;
    await again({ text: refusal ? declineWords(refusal) : t(token ? 'notSent' : 'orderNotSent') });
  },
  async over({ refusal }) {
    await again({ text: t(refusal?.code === 'PAYMENT_RETURNED' ? 'returned' : 'expired') });
  },
  async refused({ error }, { token }) {
    const { code, body } = error;
    authorized = code === 'TOKEN_USED' || code === 'TOKEN_OF_ANOTHER_MERCHANT' ? null : token;
    if (code === 'PAYMENT_REQUIRED') cart.place.takesPayment = true;
    const refusal = refusalOf(error, cart);
    // What an earlier page sent may be of other dishes than the cart has now: that is priced anew.
    if (code === 'PREVIEW_STALE' && body.preview && preview) {
      preview = body.preview;
      show();
      await next();
      refuse(refusal);
    } else if (code === 'PREVIEW_EXPIRED' || code === 'PREVIEW_NOT_FOUND' || code === 'PAYMENT_REQUIRED') {
      await again(code === 'PAYMENT_REQUIRED' ? null : refusal);
    } else {
      await again(refusal, { fresh: !preview });
    }
  },
};

/** Shows the order again, to be looked at and sent anew, with what went wrong. */
async function again(refusal, { fresh = true } = {}) {
  if (fresh) await ask();
  else await next();
  if (refusal && at('trouble').hidden) refuse(refusal);
}

/** Goes to the order's page. `lines`: what of the cart is in it. */
function arrive(orderId, lines = cart.lineIds) {
  const { restaurantId } = cart.place;
  cart.ordered(lines);
  endVisit();
  location.replace(pageAt('/status/', { api, restaurantId, orderId }));
}

function wait({ token }, state) {
  const doing = state === 'sending' ? (token ? 'paying' : 'placing') : token ? 'checking' : 'placing';
  const words = [el('h2', {}, t(doing)), el('p', {}, state === 'lost' ? t('lost') : token ? t('payingNote') : '')];
  if (at('waiting').dataset.state !== state || at('waiting').hidden) at('waiting').replaceChildren(...words);
  at('waiting').dataset.state = state;
  for (const id of ['bill', 'pay', 'trouble']) at(id).hidden = true;
  at('waiting').hidden = false;
}

/** Says what is wrong, and how to go on. */
function refuse({ text, rows = [], lines = [], order = null }, { again: retry = false } = {}) {
  done();
  const ways = [];
  if (lines.length) ways.push(button('takeOutAll', () => takeOut(lines)));
  if (order) ways.push(button('seeOrder', () => arrive(order)));
  if (retry) ways.push(button('tryAgain', ask));
  at('trouble').replaceChildren(
    el('p', {}, el('strong', {}, text)),
    ...(rows.length ? [el('ul', {}, rows.map((one) => el('li', {}, one)))] : []),
    ...ways,
  );
  at('trouble').hidden = false;
  if (lines.length || order) at('pay').hidden = true;
  at('trouble').focus();
  showButton();
}

function button(label, act) {
  const made = el('button', { type: 'button' }, t(label));
  made.addEventListener('click', () => {
    at('trouble').hidden = true;
    act();
  });
  return made;
}

async function takeOut(lines) {
  cart.read();
  cart.remove(lines);
  await ask();
}

function show() {
  const priced = new Map((preview?.lines ?? []).map((line) => [line.id, line]));
  const lines = cart.lines.map((line) => {
    return billLine(line, priced.get(line.id)?.priceCents ?? line.quantity * line.unitCents);
  });
  at('bill').replaceChildren(el('ul', { class: 'lines' }, lines), el('dl', { id: 'amounts', class: 'amounts numbers' }));
  at('pay').hidden = !preview;
  if (!preview) return;
  at('tip').hidden = !pays();
  at('card').hidden = !pays();
  if (pays()) tip.draw(preview.subtotalCents);
  showButton();
}

/** The sums and the button: both say what is charged. */
function showButton() {
  if (!preview) return;
  const tipCents = pays() ? (tip.cents ?? 0) : 0;
  at('amounts').replaceChildren(...sums(preview, tipCents));
  const ready = !pays() || form || authorized;
  // The tip that was agreed to is the one that is charged: while the card is read, no other one is shown.
  at('tip').disabled = busy;
  at('go').disabled = busy || !ready || !preview.isOpen;
  setText(at('go'), t(pays() ? 'pay' : 'place', { amount: money(preview.totalPriceCents + tipCents) }));
}

translate(t);
document.title = t('yourOrder');
at('pay').addEventListener('submit', go);
// By the browser's own way back and forth the page comes as it was left; the cart and its prices may be others by now.
window.addEventListener('pageshow', ({ persisted }) => persisted && location.reload());
if (!isKnown(api)) refuse({ text: t('notNow') });
else if (!cart.place) location.replace('/order/');
else begin();
