/**
 * The page that a scanned code leads to: a location's menu, and the diner's cart.
 *
 * Address: /order/entry/<origin>, or /order/?restaurantId=..&locationId=..   (no sign-in)
 */

import { ApiError } from '../live/api.js';
import { choose } from '../live/language.js';
import { isKnown } from '../live/servers.js';
import { el, isolated, separated } from '../live/text.js';
import { Cart } from './cart.js';
import { CartView } from './cart_view.js';
import { openDish } from './dish.js';
import { at, notice, pageAt, setText, setting, told, translate } from './dom.js';
import { menusOf, placeOf, restaurantOf, sectionsOf } from './menu.js';
import { t } from './menu_words.js';
import { pictureOf } from './pictures.js';
import { stillCosts } from './price.js';
import { when } from './when.js';
import { LANGUAGE, money } from './words.js';

const api = setting('api');
/** The pictures that are in sight at once on most phones; the others wait until they are near. */
const EAGER_PICTURES = 3;

let cart = null;
let view = null;
let place = null;
let shop = null;
let shown = '';

async function begin() {
  at('again').hidden = true;
  notice(at('trouble'), null);
  try {
    place ??= await placeOf(api, new URL(location.href));
    if (!place) {
      refuse(/entry|origin=/.test(location.href) ? 'codeUnknown' : 'noCode');
      return;
    }
    cart ??= new Cart(place.locationId);
    const [restaurant, now] = await Promise.all([restaurantOf(api, place), menusOf(api, place)]);
    shop = { ...restaurant, ...now };
    remember();
    show();
    listen();
  } catch (error) {
    failed(error);
  }
}

/** An attempt to order whose end is not known yet is gone after first. */
function remember() {
  cart.place = {
    ...place,
    locationSlug: shop.location.locationSlug,
    restaurantName: shop.restaurant.name,
    takesPayment: shop.location.acceptPayment,
    timezone: shop.location.timezone,
    entry: `${location.pathname}${location.search}`,
  };
  cart.save();
  if (cart.attempt) goToCheckout();
  view ??= new CartView(cart, {
    dishOf: (line) => dishes().find((dish) => dish.id === line.menuItemId),
    canOrder: () => shop.location.isOpen,
    change: (line) => {
      at('cart').close();
      open(dishes().find((dish) => dish.id === line.menuItemId), line);
    },
    changed: showBar,
    checkout: goToCheckout,
  });
}

function goToCheckout() {
  if (cart.isKept) {
    location.assign(pageAt('/order/checkout.html', { locationId: place.locationId }));
    return;
  }
  at('cart').close();
  notice(at('trouble'), t('notKept'));
  at('trouble').scrollIntoView();
}

function refuse(key) {
  setText(at('restaurant'), t('noCodeTitle'));
  at('menu').replaceChildren(el('p', {}, t(key)));
  at('menu').removeAttribute('aria-busy');
}

function failed(error) {
  if (!(error instanceof ApiError)) throw error;
  if (error.status === 404) {
    refuse('codeUnknown');
    return;
  }
  notice(at('trouble'), t(error.status ? 'notNow' : 'noNetwork'));
  at('again').hidden = false;
}

/** Follows the menu; the code for it is loaded once there is something to read. */
async function listen() {
  const { watchMenu } = await import('./watch.js');
  watchMenu({ api, place, readAgain });
}

async function readAgain() {
  const now = await menusOf(api, place);
  const before = shown;
  shop = { ...shop, ...now };
  show();
  if (shown !== before) setText(at('said'), t('menuChanged'));
}

function dishes() {
  return shop.menus.flatMap((menu) => menu.items);
}

function show() {
  const { restaurant, location: here, campaign } = shop;
  setText(at('restaurant'), restaurant.name);
  document.title = restaurant.name;
  at('where').replaceChildren(...separated([isolated(here.name), place.originLabel && isolated(place.originLabel)]));
  notice(at('closed'), here.isOpen ? null : closedWords(here));
  notice(at('campaign'), campaign && `${campaign.name}: ${rewardWords(campaign.reward)}`);
  refreshPrices();
  showBar();
  const text = JSON.stringify([shop.menus, here.isOpen]);
  if (text === shown) return;
  shown = text;
  const focused = document.activeElement?.dataset?.dish;
  showMenus();
  if (focused) at('menu').querySelector(`[data-dish="${CSS.escape(focused)}"]`)?.focus();
  if (at('cart').open) view.draw();
}

/** What is in the cart costs what the menu of now says. */
function refreshPrices() {
  for (const line of cart.lines) {
    line.unitCents = stillCosts(dishes().find((dish) => dish.id === line.menuItemId), line) ?? line.unitCents;
  }
}

function closedWords({ isPaused, opensAt, timezone }) {
  const key = isPaused ? 'paused' : 'closed';
  return opensAt ? t(`${key}Until`, { when: when(opensAt, timezone) }) : t(key);
}

function rewardWords({ flatOffCents, percentOff, categoryIds }) {
  if (!percentOff) return t('cents', { amount: money(flatOffCents) });
  return t(categoryIds?.length ? 'percentSome' : 'percent', { percent: percentOff });
}

function showMenus() {
  const many = shop.menus.length > 1;
  const parts = shop.menus.flatMap((menu) => [
    many && el('h2', { class: 'menu-name' }, isolated(told(menu.name))),
    !menu.available && el('p', { class: 'soft' }, servedAgain(menu)),
    ...sectionsOf(menu).map((section) => sectionOf(section, many ? 'h3' : 'h2')),
  ]);
  let pictures = 0;
  for (const node of parts.flatMap((part) => (part ? [...part.querySelectorAll('img')] : []))) {
    if (pictures++ < EAGER_PICTURES) node.loading = 'eager';
  }
  at('menu').replaceChildren(...parts.filter(Boolean));
  if (dishes().length === 0) at('menu').prepend(el('p', {}, t('emptyMenu')));
  at('menu').removeAttribute('aria-busy');
  const links = shop.menus.flatMap(sectionsOf).map(({ category }) => el('li', {}, el('a', { href: `#s-${category.id}` }, told(category.name))));
  at('sections').replaceChildren(el('ul', {}, links));
  at('sections').setAttribute('aria-label', t('sections'));
  at('sections').hidden = links.length < 2;
}

function servedAgain({ servedAt }) {
  return servedAt ? t('servedAgain', { when: when(servedAt, shop.location.timezone) }) : t('notServed');
}

function sectionOf({ category, dishes: found }, heading) {
  const id = `s-${category.id}`;
  return el(
    'section',
    { id, tabindex: '-1', 'aria-labelledby': `${id}-name` },
    el(heading, { id: `${id}-name` }, category.emoji && el('span', { 'aria-hidden': 'true' }, `${category.emoji} `), isolated(told(category.name))),
    told(category.description) && el('p', { class: 'soft' }, told(category.description)),
    found.length === 0 && el('p', { class: 'soft' }, servedAgain(category)),
    el('ul', { class: 'dishes' }, found.map(dishOf)),
  );
}

function dishOf(dish) {
  const picture = pictureOf(dish, '96px');
  const prices = dish.variants.length ? dish.variants.map((variant) => variant.priceCents) : [dish.priceCents];
  const least = money(Math.min(...prices));
  const button = el(
    'button',
    { type: 'button', class: 'dish', 'data-dish': dish.id, 'aria-haspopup': 'dialog' },
    el(
      'span',
      { class: 'text' },
      el('strong', {}, isolated(told(dish.name))),
      told(dish.description) && el('span', { class: 'soft about' }, told(dish.description)),
      el('span', { class: 'numbers price' }, new Set(prices).size > 1 ? t('from', { price: least }) : least),
    ),
    picture && el('img', { ...picture, alt: '', width: 96, height: 96, loading: 'lazy', decoding: 'async' }),
  );
  button.addEventListener('click', () => open(dish, null));
  return el('li', {}, button);
}

function open(dish, line) {
  openDish(dish, {
    line,
    canOrder: shop.location.isOpen,
    taken: (made) => {
      cart.put(made);
      showBar();
      setText(at('said'), t('added', { name: made.name }));
      if (line) view.open();
    },
  });
}

function showBar() {
  at('bar').hidden = cart.lines.length === 0;
  setText(at('open-cart'), t('showCart', { count: cart.units, amount: money(cart.cents) }));
}

translate(t);
document.title = t('menu');
at('language').value = LANGUAGE;
at('language').addEventListener('change', ({ target }) => {
  choose(target.value);
  location.reload();
});
at('open-cart').addEventListener('click', () => view.open());
at('again').addEventListener('click', begin);
window.addEventListener('storage', (event) => {
  if (!cart?.isAbout(event)) return;
  cart.read();
  showBar();
  if (at('cart').open) view.draw();
});
// A page that comes back by the browser's own way back still shows the cart as it was.
window.addEventListener('pageshow', (event) => {
  if (!event.persisted || !cart) return;
  cart.read();
  if (cart.attempt) goToCheckout();
  showBar();
});

if (isKnown(api)) begin();
else refuse('notNow');
