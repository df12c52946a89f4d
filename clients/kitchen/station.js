/** What one screen reads and says over HTTP: a station's, or with the id `expo` the whole location's. */

import { ApiError, exchange, withJson } from '../live/api.js';
import { serverNow } from '../live/clock.js';

export class Station {
  /** What was read of the station last: names, tags, timezone, pace; null before. */
  known = null;

  #api;
  #place;
  #base;
  #stationId;
  #feed;
  #screenId;
  #headers;
  #refused;

  /**
   * @param options.api, restaurantId, locationId, stationId, screenId   whose screen it is
   * @param options.headers  async: what proves who calls, as headers
   * @param options.refused  called where the server does not know (any more) who calls
   */
  constructor({ api, restaurantId, locationId, stationId, screenId, headers, refused = () => {} }) {
    const [restaurant, location] = [restaurantId, locationId].map(encodeURIComponent);
    this.#api = api;
    this.#place = `restaurant/${restaurant}/location/${location}`;
    this.#base = `stations/${restaurant}/${location}`;
    this.#stationId = encodeURIComponent(stationId);
    this.#feed = { restaurantId, locationId, ...(stationId === 'expo' ? { kind: 'location' } : { kind: 'station', stationId }) };
    this.#screenId = screenId;
    this.#headers = headers;
    this.#refused = refused;
  }

  /** All open orders (contract 34). Throws ApiError. */
  async orders() {
    this.known = (await this.#get(`${this.#base}/${this.#stationId}/orders`)).data;
    return this.known.matchedOrders;
  }

  /** One order as this screen has it (contract 35); null when it is not on it now. Throws ApiError. */
  async order(id) {
    try {
      return (await this.#get(`${this.#base}/orders/${id}?stationId=${this.#stationId}`)).data;
    } catch (error) {
      if (error.status === 404) return null;
      throw error;
    }
  }

  /** Where the screen listens live: {url, ..}. Throws ApiError. */
  negotiate() {
    return this.#send('POST', 'realtime/negotiate', this.#feed);
  }

  /** The orders that were bumped here within the hour, the newest first. Throws ApiError. */
  async recallable() {
    return (await this.#get(`${this.#base}/${this.#stationId}/recallable`)).data;
  }

  /** Posts a move (moves.js), and returns what the server says of it. Throws ApiError. */
  async send(move) {
    if (move.doubtful && move.kind === 'bump') await this.#mayStillBump(move);
    return this[move.kind](move);
  }

  bump({ orderId, force }) {
    return this.#post('bump', force ? { orderId, force } : { orderId });
  }

  recall({ orderId }) {
    return this.#post('recall', { orderId });
  }

  rush({ orderId, rush }) {
    return this.#post('rush', { orderId, rush });
  }

  dismiss({ orderId }) {
    return this.#post('dismiss', { orderId });
  }

  clear({ orderIds, reason }) {
    return this.#post('clear', reason ? { orderIds, reason } : { orderIds });
  }

  async strike({ orderId, itemId, done }) {
    const body = { orderId, itemId, orderItemStatus: done ? 'COMPLETED' : 'REOPENED' };
    return (await this.#send('POST', 'stations/order-item', body)).data;
  }

  /** Says that this screen is looked at, and which orders it has drawn: [{orderId, seq}]. Throws ApiError. */
  seen(drawn) {
    return this.#post('seen', { screenId: this.#screenId, drawn });
  }

  /** How many minutes later orders are ready. Throws ApiError. */
  async wait(minutes) {
    return (await this.#send('PATCH', `location-settings/${this.#place}/pace`, { waitMinutes: minutes })).data;
  }

  /** For how many minutes diners cannot order; null: they may again. Throws ApiError. */
  async pause(minutes) {
    const until = minutes === null ? null : new Date(serverNow() + minutes * 60_000).toISOString();
    return (await this.#send('PATCH', `location-settings/${this.#place}/pace`, { pausedUntil: until })).data;
  }

  /** A dish is sold out until the business day ends, or is back. Throws ApiError. */
  async soldOut(menuId, itemId, isSoldOut) {
    const [menu, item] = [menuId, itemId].map(encodeURIComponent);
    const body = isSoldOut ? { isAvailable: false, until: 'end_of_business_day' } : { isAvailable: true };
    return (await this.#send('PATCH', `${this.#place}/menu/${menu}/item/${item}/availability`, body)).data;
  }

  /** A bump that waited, or that may have arrived before: where somebody has recalled the order since, it holds no more. */
  async #mayStillBump({ orderId, recalledAt }) {
    const now = await this.order(orderId);
    if (now?.recalledAt && now.recalledAt !== recalledAt) {
      throw new ApiError(409, { code: 'ORDER_RECALLED', message: 'Somebody has called this order back since.' });
    }
  }

  #get(path) {
    return this.#exchange(path, { cache: 'no-store' });
  }

  async #post(word, body) {
    return (await this.#send('POST', `${this.#base}/${this.#stationId}/${word}`, body)).data;
  }

  /** With `keepalive` a request goes on when the page closes. */
  #send(method, path, body) {
    return this.#exchange(path, { ...withJson(method, body), keepalive: true });
  }

  async #exchange(path, options) {
    const headers = { ...options.headers, ...(await this.#headers()) };
    try {
      return (await exchange(`${this.#api}/${path}`, { ...options, headers })).body;
    } catch (error) {
      if (error.status === 401) this.#refused();
      throw error;
    }
  }
}
