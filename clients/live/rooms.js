/** What a client of the original joins, as watches: an order, a location, a station. */

import { connect } from './index.js';
import { BoardEvents, DinerEvents, StationEvents } from './old_events.js';
import { StoredToken } from './stored_token.js';

/** The original's clients never leave: what was joined longest ago is left. */
const MOST_ROOMS = 10;

const JOINS = {
  order_joined: (payload) => ({ orderId: typeof payload === 'string' ? payload : payload?.orderId }),
  store_joined: (payload) => ({ restaurantId: payload?.restaurantId, locationId: payload?.locationId }),
  station_joined: (payload) => ({
    restaurantId: payload?.restaurantId,
    locationId: payload?.locationId,
    stationId: payload?.stationId,
  }),
};

export class Rooms {
  #diner;
  #staff;
  #tell;
  /** name -> {watch, events, join}; the one joined longest ago comes first. */
  #open = new Map();

  /**
   * @param options.baseUrl    base address of the API
   * @param options.WebSocket  the class to use, where it is not the global one
   * @param tell  called with (event, payload, key); `key` names the change that it tells of, or is null
   */
  constructor({ baseUrl, WebSocket }, tell) {
    const stored = new StoredToken();
    this.#diner = connect({ baseUrl, WebSocket });
    // A session that the page's own sign-in adds to each fetch, as a header or a cookie; else the token that it keeps.
    this.#staff = connect({ baseUrl, WebSocket, credentials: 'include', getToken: (asked) => stored.get(asked) });
    this.#tell = tell;
  }

  /** Whether an event that a client sends is a join. */
  static isJoin(event) {
    return Object.hasOwn(JOINS, event);
  }

  /** Joins, or joins again. */
  join(event, payload) {
    const place = JOINS[event](payload);
    if (!Object.values(place).every((id) => typeof id === 'string' && id)) {
      this.#refuse(event, payload, 'Internal server error');
      return;
    }
    const name = `${event} ${Object.values(place).join(' ')}`;
    const known = this.#open.get(name);
    this.#open.delete(name);
    this.#open.set(name, known ?? this.#opened(event, place, payload));
    if (known) {
      known.events.joined?.();
      known.watch.refresh();
      known.welcome?.();
    }
    while (this.#open.size > MOST_ROOMS) this.#leave(this.#open.keys().next().value);
  }

  /** The client changed an order itself, so it shows it. */
  acted(orderId) {
    for (const { events } of this.#open.values()) events.acted?.(orderId);
  }

  /** Leaves everything. */
  leave() {
    for (const name of [...this.#open.keys()]) this.#leave(name);
  }

  #leave(name) {
    this.#open.get(name).watch.close();
    this.#open.delete(name);
  }

  #opened(event, place, payload) {
    const refused = (error) => this.#refuse(event, payload, error.message);
    if (event === 'order_joined') return this.#order(place, refused);
    if (event === 'store_joined') return this.#store(place, refused);
    return this.#station(place, refused);
  }

  #order({ orderId }, refused) {
    const events = new DinerEvents(this.#teller(orderId));
    const watch = this.#diner.watchOrder(orderId, {
      event: (message) => events.event(message),
      status: (status) => events.status(status),
      refused,
    });
    return { watch, events };
  }

  #store(place, refused) {
    const events = new BoardEvents(place, this.#teller());
    // Open orders of earlier days do not stand on the original's board.
    const watch = this.#staff.watchLocation({ ...place, older: false }, { ...handlersOf(events), refused, notice: this.#notice });
    return { watch, events };
  }

  #station(place, refused) {
    const events = new StationEvents(place, this.#teller());
    let isWelcome = false;
    const welcome = () => {
      if (isWelcome) this.#tell('station_connected', { success: true, stationId: place.stationId, locationId: place.locationId }, null);
    };
    const state = (now) => {
      if (isWelcome || (now !== 'live' && now !== 'polling')) return;
      isWelcome = true;
      welcome();
    };
    const watch = this.#staff.watchStation(place, { ...handlersOf(events), refused, state, notice: this.#notice });
    return { watch, events, welcome };
  }

  #notice = ({ event, payload }) => this.#tell(event, payload, null);

  #teller(orderId = null) {
    return (event, payload, seq) => {
      const key = seq === undefined ? null : `${event} ${payload.orderId ?? orderId} ${payload.itemId ?? ''} ${seq}`;
      this.#tell(event, payload, key);
    };
  }

  #refuse(pattern, data, message) {
    this.#tell('exception', { status: 'error', message, cause: { pattern, data } }, null);
  }
}

function handlersOf(events) {
  return {
    event: (message) => events.event(message),
    snapshot: (orders, whole) => events.snapshot(orders, whole),
  };
}
