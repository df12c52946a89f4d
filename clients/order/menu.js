/** Reads what there is to order: who sells, whether it is open, the menus, and what a campaign gives. */

import { exchange } from '../live/api.js';

/** Reads from the browser's cache where the server says that nothing has changed. */
async function read(url) {
  return (await exchange(url, { cache: 'no-cache' })).body.data;
}

/**
 * Where a link leads: {restaurantId, locationId, originId, originLabel, type}, or null where nowhere. The link of a code is
 * /order/entry/<origin>; a link without a code names restaurant and location. Throws ApiError.
 */
export async function placeOf(api, address) {
  const query = address.searchParams;
  const originId = /\/entry\/([^/]+)$/.exec(address.pathname)?.[1] ?? query.get('origin');
  if (originId) {
    const origin = await read(`${api}/order-app/restaurants/origins/${originId}`);
    if (!origin._id) return null;
    const { restaurantId, locationId, label, type } = origin;
    return { restaurantId, locationId, originId: origin._id, originLabel: label, type };
  }
  const [restaurantId, locationId] = [query.get('restaurantId'), query.get('locationId')];
  return restaurantId && locationId ? { restaurantId, locationId, originId: '', originLabel: '', type: '' } : null;
}

/** The restaurant, and the running campaign of the code, which is null mostly. Throws ApiError. */
export async function restaurantOf(api, { restaurantId, locationId, originId, type }) {
  const base = `${api}/order-app/restaurants/${encodeURIComponent(restaurantId)}`;
  const [restaurant, campaign] = await Promise.all([
    read(base),
    type === 'campaign' ? read(`${base}/locations/${encodeURIComponent(locationId)}/origins/${originId}/campaign`) : null,
  ]);
  return { restaurant, campaign };
}

/** The location and its menus, as they are now: {location, menus}. Throws ApiError. */
export async function menusOf(api, { restaurantId, locationId }) {
  const base = `${api}/order-app/restaurants/${encodeURIComponent(restaurantId)}/locations/${encodeURIComponent(locationId)}`;
  const [location, listed] = await Promise.all([read(base), read(`${base}/menus`)]);
  const shown = listed.filter((menu) => menu.available || menu.servedAt);
  const menus = await Promise.all(
    shown.map((menu) => (menu.available ? read(`${base}/menus/${encodeURIComponent(menu._id)}`) : { ...menu, items: [], categories: [] })),
  );
  return { location, menus };
}

/** The sections of a menu that have dishes, or a time at which they have: {category, dishes}, in the menu's order. */
export function sectionsOf(menu) {
  return menu.categories
    .map((category) => ({ category, dishes: menu.items.filter((dish) => dish.categoryId === category.id) }))
    .filter(({ category, dishes }) => dishes.length > 0 || category.servedAt)
    .sort((a, b) => a.category.sortOrder - b.category.sortOrder);
}
