/**
 * From what the server tells, live or in a picture, to the events that clients of the original's Socket.IO know. What was
 * missed is told as the events that lead from what a client was told last to what is.
 */

import { serverNow, stopwatch } from './clock.js';

const OF_STATUS = {
  ACCEPTED: 'order_accepted',
  READY_FOR_PICKUP: 'order_ready_for_pickup',
  PICKED_UP: 'order_completed',
  // The original's clients know one end. An order that the restaurant gave up must leave their screens, too.
  CANCELLED: 'order_completed',
  REJECTED: 'order_completed',
};
const STATUS_AFTER = {
  order_received: 'CREATED',
  order_accepted: 'ACCEPTED',
  order_recalled: 'ACCEPTED',
  order_ready_for_pickup: 'READY_FOR_PICKUP',
  order_completed: 'PICKED_UP',
  order_cancelled: 'CANCELLED',
  order_rejected: 'REJECTED',
};
const OVER = ['PICKED_UP', 'CANCELLED', 'REJECTED'];

/** An order that is so old when a board joins stands in the list that the board read when it was opened. */
const SURELY_LISTED_MS = 60_000;

/** One order's events for its diner. */
export class DinerEvents {
  #tell;
  #isFirst = true;

  /** @param tell  called with (event, payload, seq) */
  constructor(tell) {
    this.#tell = tell;
  }

  /** Whoever joins late hears once where the order stands: the original's status page lost what came before it joined. */
  status({ orderId, status, seq }) {
    const event = OF_STATUS[status];
    if (this.#isFirst && event && (status === 'READY_FOR_PICKUP' || status === 'PICKED_UP')) this.#tell(event, { orderId }, seq);
    this.#isFirst = false;
  }

  event(message) {
    this.#tell(message.event, message.payload, message.seq);
    if (message.event === 'order_recalled') this.#tell('order_accepted', message.payload, message.seq);
  }
}

/** A location's events for its board. */
export class BoardEvents {
  #place;
  #tell;
  #joinedAt;
  #isFirst;
  /** orderId -> {status, items} as the board was told. */
  #told = new Map();
  /** Orders that surely stand on the board. */
  #shown = new Set();

  /**
   * @param place  {restaurantId, locationId}
   * @param tell   called with (event, payload, seq)
   */
  constructor(place, tell) {
    this.#place = place;
    this.#tell = tell;
    this.joined();
  }

  /** A board opened, and reads its orders by itself: what is there already is no news. */
  joined() {
    this.#joinedAt = stopwatch();
    this.#isFirst = true;
    this.#told = new Map();
    this.#shown.clear();
  }

  /** The board did something with an order, so it stands there. */
  acted(orderId) {
    this.#shown.add(orderId);
  }

  snapshot(orders) {
    const joinedAt = moment(this.#joinedAt);
    const told = this.#told;
    this.#told = new Map();
    for (const order of orders) {
      const known = told.get(order._id);
      const age = joinedAt - Date.parse(order.startedAt);
      if (this.#isFirst && age > SURELY_LISTED_MS) this.#shown.add(order._id);
      // Some boards print what they are told of as new: an order that was there before is never that. The server's clock is
      // known to a second only, so it decides about the first picture alone; what a later one has more is new.
      if (known || !this.#isFirst || age < 0) this.#tellMissed(order, known);
      this.#told.set(order._id, { status: order.status, items: itemsOf(order) });
    }
    this.#isFirst = false;
  }

  #tellMissed(order, told) {
    const ids = { orderId: order._id, restaurantId: this.#place.restaurantId };
    const more = { correlationId: order.meta?.correlationId ?? '' };
    const { seq } = order;
    if (!told) this.#tell('order_received', { ...ids, locationId: this.#place.locationId, ...more }, seq);
    // Becoming ready completes all items without a word.
    const items = OF_STATUS[order.status] === 'order_accepted' ? news(told?.items, itemsOf(order)) : [];
    for (const [event, itemId] of items) {
      this.#tellItem(`dashboard_${event}`, { orderId: order._id, itemId, ...this.#place }, seq);
    }
    if (order.status !== (told?.status ?? 'CREATED') && OF_STATUS[order.status]) {
      this.#tell(OF_STATUS[order.status], order.status === 'ACCEPTED' ? { ...ids, ...more } : ids, seq);
    }
  }

  event({ event, payload, orderId, seq }) {
    const told = this.#told.get(orderId) ?? { status: 'CREATED', items: new Map() };
    this.#told.set(orderId, told);
    const [, change] = /^dashboard_(order_item_started|order_item_completed)$/.exec(event) ?? [];
    if (change) {
      told.items.set(payload.itemId, change);
      this.#tellItem(event, payload, seq);
      return;
    }
    told.status = STATUS_AFTER[event] ?? told.status;
    if (OVER.includes(told.status)) this.#shown.delete(orderId);
    this.#tell(event, payload, seq);
    const old = OF_STATUS[STATUS_AFTER[event]];
    if (old && old !== event) this.#tell(old, payload, seq);
  }

  /** A board that is told of an item of an order that it does not show breaks as a whole. */
  #tellItem(event, payload, seq) {
    if (this.#shown.has(payload.orderId)) this.#tell(event, payload, seq);
  }
}

/** A station's events for its kitchen screen. */
export class StationEvents {
  #place;
  #tell;
  #joinedAt;
  #isFirst;
  #tags = [];
  /** orderId -> items as the screen was told. */
  #told = new Map();

  /**
   * @param place  {restaurantId, locationId, stationId}
   * @param tell   called with (event, payload, seq)
   */
  constructor(place, tell) {
    this.#place = place;
    this.#tell = tell;
    this.joined();
  }

  /** A screen opened, and reads its orders by itself: what is there already is no news. */
  joined() {
    this.#joinedAt = stopwatch();
    this.#isFirst = true;
  }

  snapshot(orders, { stationTags }) {
    const joinedAt = moment(this.#joinedAt);
    const told = this.#told;
    this.#tags = stationTags;
    this.#told = new Map();
    for (const order of orders) {
      const isOld = this.#isFirst && Date.parse(order.acceptedAt ?? order.startedAt) <= joinedAt;
      if (!isOld) this.#tellMissed(order, told.get(order._id));
      this.#told.set(order._id, itemsOf(order));
    }
    // On a screen that opened just now they do not hang.
    const gone = this.#isFirst ? [] : [...told.keys()].filter((id) => !this.#told.has(id));
    for (const orderId of gone) this.#tellGone(orderId);
    this.#isFirst = false;
  }

  #tellMissed(order, told) {
    if (!told) this.#tellNew(order._id, order.meta?.correlationId ?? '', order.seq);
    for (const [event, itemId] of news(told, itemsOf(order))) {
      this.#tell(event, { orderId: order._id, itemId, ...this.#place, stationTags: this.#tags }, order.seq);
    }
  }

  event({ event, payload, orderId, seq }) {
    const status = STATUS_AFTER[event];
    if (event === 'new_order') this.#told.set(orderId, new Map());
    if (event === 'order_item_started' || event === 'order_item_completed') this.#told.get(orderId)?.set(payload.itemId, event);
    this.#tell(event, payload, seq);
    if (event === 'order_recalled') {
      this.#told.set(orderId, new Map());
      this.#tellNew(orderId, '', seq);
    } else if (status && status !== 'CREATED' && status !== 'ACCEPTED') {
      this.#told.delete(orderId);
      if (OVER.includes(status)) this.#tellGone(orderId, seq);
    }
  }

  #tellNew(orderId, correlationId, seq) {
    this.#tell('new_order', { orderId, stationTags: this.#tags, locationId: this.#place.locationId, correlationId }, seq);
  }

  /** The one event at which the original's kitchen screens take a ticket down. */
  #tellGone(orderId, seq) {
    this.#tell('order_ready_for_pickup', { restaurantId: this.#place.restaurantId, orderId }, seq);
  }
}

/** A moment of the stopwatch as the server's time in ms since 1970. */
function moment(at) {
  return serverNow() - (stopwatch() - at);
}

/** itemId -> the event that led to where it stands, for items that were started. */
function itemsOf(order) {
  const moved = order.items.filter((item) => item.startedAt || item.completedAt);
  return new Map(moved.map((item) => [item.id, item.completedAt ? 'order_item_completed' : 'order_item_started']));
}

/** [event, itemId] of each item that stands elsewhere now. */
function news(told, items) {
  return [...items].filter(([id, event]) => told?.get(id) !== event).map(([id, event]) => [event, id]);
}
