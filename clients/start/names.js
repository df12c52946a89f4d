/** Names for ids: the lists carry ids, people read names. Asked once each, from the product's own API. */

import { getJson } from '../live/api.js';

const restaurants = new Map();

/** id -> name for those of `ids` whose names could be had. */
export async function nameRestaurants(api, ids) {
  const unknown = [...new Set(ids)].filter((id) => id && !restaurants.has(id));
  await Promise.allSettled(
    unknown.map(async (id) => {
      const { data } = await getJson(`${api}/order-app/restaurants/${encodeURIComponent(id)}`);
      restaurants.set(id, data.name);
    }),
  );
  return restaurants;
}

/** The names of the station and location that a kitchen display's address is for. Throws ApiError. */
export async function nameStation(address) {
  const url = new URL(address);
  const [api, ...path] = ['api', 'restaurantId', 'locationId', 'stationId'].map((name) => url.searchParams.get(name));
  const token = new URLSearchParams(url.hash.slice(1)).get('token');
  const { data } = await getJson(`${api}/stations/${path.map(encodeURIComponent).join('/')}/orders`, { token });
  return { station: data.stationName, location: data.locationName ?? '' };
}
