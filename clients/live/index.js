/**
 * Orders, live: events with a `seq`, what was missed after each (re)connect, and polling where websockets are blocked.
 *
 *     const live = connect({ baseUrl: 'https://api.example.com/api/v1', getToken: async () => session.token });
 *     const watch = live.watchOrder(orderId, { event: ({ event }) => show(event), state: (state) => mark(state) });
 *     watch.close();
 */

import { Backend } from './backend.js';
import { MenuWatch, OrderWatch, watchLocation, watchStation } from './watches.js';

export { ApiError } from './api.js';
export { LiveConnection } from './live.js';
export { LiveOrders } from './orders.js';
export { OrderSequence } from './sequence.js';

/**
 * @param options.baseUrl      base address of the API, such as https://api.example.com/api/v1
 * @param options.getToken     async ({renew}): the bearer token of who is signed in; asked for each request, and with
 *                             `renew` when the API took the last one for too old. Diners have none
 * @param options.getHeaders   async: further headers that say who asks, such as {authorization: 'Device ...'}
 * @param options.credentials  as of fetch: 'include' where the session is a cookie
 * @param options.WebSocket    the class to use, where it is not the global one
 */
export function connect(options) {
  return new Live(options);
}

class Live {
  #options;
  #forWatches;
  #open = new Set();

  constructor(options) {
    this.#options = options;
    this.#forWatches = { WebSocket: options.WebSocket, closed: (watch) => this.#open.delete(watch) };
  }

  /** One order, by its id. Handlers: event, status, state, refused. */
  watchOrder(orderId, handlers) {
    return this.#keep(new OrderWatch(new Backend(this.#options), orderId, handlers, this.#forWatches));
  }

  /** A location's orders, for its staff: {restaurantId, locationId}. Handlers: event, snapshot, orders, notice, state, refused. */
  watchLocation(place, handlers) {
    return this.#keep(watchLocation(new Backend(this.#options), place, handlers, this.#forWatches));
  }

  /** What a station cooks: {restaurantId, locationId, stationId}. Handlers as of a location. */
  watchStation(place, handlers) {
    return this.#keep(watchStation(new Backend(this.#options), place, handlers, this.#forWatches));
  }

  /** That menus of a location changed: {restaurantId, locationId}. Handlers: changed, state, refused. */
  watchMenu(place, handlers) {
    return this.#keep(new MenuWatch(new Backend(this.#options), place, handlers, this.#forWatches));
  }

  /** Ends all watches. */
  close() {
    for (const watch of this.#open) watch.close();
  }

  #keep(watch) {
    this.#open.add(watch);
    return watch;
  }
}
