/** What one station's screen reads: its open orders, and single ones as it shows them. */

import { getJson } from '../live/api.js';

export class Station {
  /** What was read of the station last: names, tags, timezone; null before. */
  known = null;

  #base;
  #stationId;
  #token;

  constructor({ api, restaurantId, locationId, stationId, token }) {
    this.#base = `${api}/stations/${encodeURIComponent(restaurantId)}/${encodeURIComponent(locationId)}`;
    this.#stationId = stationId;
    this.#token = token;
  }

  /** All open orders (contract 34). Throws ApiError. */
  async orders() {
    this.known = (await this.#get(`${this.#stationId}/orders`)).data;
    return this.known.matchedOrders;
  }

  /** One order (contract 35); null when it is not on this screen now. Throws ApiError. */
  async order(id) {
    const tags = encodeURIComponent((this.known?.stationTags ?? []).join(','));
    try {
      return (await this.#get(`orders/${id}?stationTags=${tags}`)).data;
    } catch (error) {
      if (error.status === 404) return null;
      throw error;
    }
  }

  #get(path) {
    return getJson(`${this.#base}/${path}`, { token: this.#token });
  }
}
