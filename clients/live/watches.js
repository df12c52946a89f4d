/** What can be watched: one order, the orders of a location or a station, the menus of a location. */

import { pathOf } from './backend.js';
import { LiveOrders } from './orders.js';
import { SequencedWatch, Watch } from './watch.js';

const MENU_POLL_MS = 30_000;

/** One order, by its id. Each event after the first picture is passed on, those that were missed, too, in their order. */
export class OrderWatch extends SequencedWatch {
  #orderId;
  #path;
  #readTo = null;

  constructor(backend, orderId, handlers, options) {
    super(backend, { kind: 'order', orderId }, handlers, options);
    this.#orderId = orderId;
    this.#path = pathOf('order-app', 'orders', orderId);
    this._start();
  }

  async _catchUp() {
    const { body: status, changed } = await this._backend.readAgain(`${this.#path}/status`);
    if (this.#readTo !== null && status.seq > this.#readTo) await this.#readEvents();
    this.#readTo = Math.max(this.#readTo ?? 0, status.seq);
    if (changed && status.seq >= this._sequence.of(this.#orderId)) this._call('status', status);
    this._pictureRead([[this.#orderId, status.seq]]);
  }

  async #readEvents() {
    const { data } = await this._backend.read(`${this.#path}/events?after=${this.#readTo}`);
    for (const event of data) this._deliver({ ...event, orderId: this.#orderId });
  }

  _deliver(message) {
    this.#readTo = Math.max(this.#readTo ?? 0, message.seq);
    super._deliver(message);
  }
}

/**
 * The orders of a location or a station: `snapshot` after each catching up, `event` as events come, and `orders`, a list that
 * is always current, where that is wanted. A missed event is not told again: the snapshot has what it led to.
 */
export class OrdersWatch extends SequencedWatch {
  #readAll;
  #orders = null;

  /**
   * @param reads.all  async: {orders, whole}: the orders, and the whole answer
   * @param reads.one  async (id, whole): one of them, null where it is not here now
   */
  constructor(backend, ask, reads, handlers, options) {
    super(backend, ask, handlers, options);
    let whole = null;
    this.#readAll = async () => {
      const read = await reads.all();
      whole = read.whole;
      this._call('snapshot', read.orders, whole);
      return read.orders;
    };
    if (this._wants('orders')) {
      this.#orders = new LiveOrders({
        readAll: this.#readAll,
        readOne: (id) => reads.one(id, whole),
        changed: () => this._call('orders', this.#orders.list(), whole),
        failed: () => this.refresh(),
      });
    }
    this._start();
  }

  async _catchUp() {
    const orders = await (this.#orders ? this.#orders.catchUp() : this.#readAll());
    this._pictureRead((orders ?? this.#orders.list()).map((order) => [order._id, order.seq ?? 0]));
  }

  _deliver(message) {
    this.#orders?.receive(message);
    super._deliver(message);
  }
}

/** All orders of a location's day; `older`: and open ones of earlier days. */
export function watchLocation(backend, { restaurantId, locationId, older = true }, handlers, options) {
  const place = pathOf(restaurantId, locationId);
  const reads = {
    all: async () => {
      const { body } = await backend.readAgain(`restaurant/orders/today/${place}?open=${older}`);
      return { orders: body, whole: body };
    },
    one: (id) => dataOrNull(backend, `restaurant/orders/${place}/${pathOf(id)}`),
  };
  return new OrdersWatch(backend, { kind: 'location', restaurantId, locationId }, reads, handlers, options);
}

/** The accepted orders of a station. */
export function watchStation(backend, { restaurantId, locationId, stationId }, handlers, options) {
  const place = `stations/${pathOf(restaurantId, locationId)}`;
  const reads = {
    all: async () => {
      const { body } = await backend.readAgain(`${place}/${pathOf(stationId)}/orders`);
      return { orders: body.data.matchedOrders, whole: body.data };
    },
    one: (id, { stationTags }) =>
      dataOrNull(backend, `${place}/orders/${pathOf(id)}?stationTags=${pathOf(stationTags.join(','))}`),
  };
  return new OrdersWatch(backend, { kind: 'station', restaurantId, locationId, stationId }, reads, handlers, options);
}

async function dataOrNull(backend, path) {
  try {
    return (await backend.read(path)).data;
  } catch (error) {
    if (error.status === 404) return null;
    throw error;
  }
}

/** The menus of a location: `changed(menuId)` when one is another now; null where it may be any, or their list. */
export class MenuWatch extends Watch {
  #path;
  /** menuId -> tag; null before the first picture. */
  #tags = null;

  constructor(backend, { restaurantId, locationId }, handlers, options) {
    super(backend, { kind: 'menu', restaurantId, locationId }, handlers, { ...options, pollEveryMs: MENU_POLL_MS });
    this.#path = `order-app/restaurants/${pathOf(restaurantId)}/locations/${pathOf(locationId)}/menus`;
    this._start();
  }

  async _catchUp() {
    const { body, changed } = await this._backend.readAgain(this.#path);
    const before = this.#tags;
    const tags = new Map();
    for (const { _id } of body.data) tags.set(_id, await this._backend.tag(`${this.#path}/${pathOf(_id)}`));
    this.#tags = tags;
    if (before === null) return;
    if (changed) this._call('changed', null);
    for (const [id, tag] of tags) if (before.has(id) && before.get(id) !== tag) this._call('changed', id);
  }

  _notice(message) {
    if (message.event === 'menu_changed') this._call('changed', message.payload.menuId);
    else super._notice(message);
  }
}
