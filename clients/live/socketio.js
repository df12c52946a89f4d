/**
 * Stands in for `socket.io-client` in the two existing apps: what they call, over Azure Web PubSub.
 *
 *     // vite.config: resolve: { alias: { 'socket.io-client': '@orderbuddy/live/socketio' } }
 *     const socket = io('https://api.example.com/api/v1');
 *     socket.on('order_ready_for_pickup', show);
 *     socket.emit('order_joined', { orderId });
 *
 * Joins are kept for as long as the page lives, and done again after each loss of the network. Changes of an order go over
 * HTTP, and the server tells everyone: what a client emits about them goes nowhere.
 */

import { Rooms } from './rooms.js';
import { safely } from './safely.js';

/** How many changes are remembered, so that one that comes by two ways is told once. */
const MOST_KEYS = 2000;

/** @param url  base address of the API; this page's own server where it is left out */
export function io(url, options = {}) {
  if (url !== null && typeof url === 'object') return io(undefined, url);
  return new Socket(url ?? `${location.origin}/api/v1`, options);
}

export { io as connect };
export default io;

export class Socket {
  /** An id of this page's socket while it is connected. */
  id = undefined;
  #rooms;
  #connected = false;
  #listeners = new Map();
  #any = new Set();
  #keys = new Set();

  constructor(url, { autoConnect = true, WebSocket } = {}) {
    this.#rooms = new Rooms({ baseUrl: url, WebSocket }, (event, payload, key) => this.#hear(event, payload, key));
    if (autoConnect) this.connect();
  }

  /**
   * True from `connect()` to `disconnect()`, also while there is no network: what is emitted meanwhile is not lost, and the
   * apps, which look at this once, must not give up.
   */
  get connected() {
    return this.#connected;
  }

  get disconnected() {
    return !this.#connected;
  }

  get active() {
    return this.#connected;
  }

  /** Nothing of what is sent may be lost here: it is the same socket. */
  get volatile() {
    return this;
  }

  connect() {
    if (this.#connected) return this;
    this.#connected = true;
    this.id = Math.random().toString(36).slice(2);
    // As the original does: whoever listens is told after the call.
    queueMicrotask(() => this.#connected && this.#call('connect'));
    return this;
  }

  open() {
    return this.connect();
  }

  disconnect() {
    if (!this.#connected) return this;
    this.#connected = false;
    this.id = undefined;
    this.#rooms.leave();
    this.#call('disconnect', 'io client disconnect');
    return this;
  }

  close() {
    return this.disconnect();
  }

  on(event, listener) {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), { listener, called: listener }]);
    return this;
  }

  addEventListener(event, listener) {
    return this.on(event, listener);
  }

  once(event, listener) {
    const called = (...given) => {
      this.off(event, listener);
      listener(...given);
    };
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), { listener, called }]);
    return this;
  }

  /** Takes one listener away, or all of an event, or all. */
  off(event, listener) {
    if (event === undefined) this.#listeners.clear();
    else if (listener === undefined) this.#listeners.delete(event);
    else {
      const kept = [...(this.#listeners.get(event) ?? [])];
      const at = kept.findIndex((each) => each.listener === listener);
      if (at >= 0) kept.splice(at, 1);
      this.#listeners.set(event, kept);
    }
    return this;
  }

  removeListener(event, listener) {
    return this.off(event, listener);
  }

  removeAllListeners(event) {
    return this.off(event);
  }

  /** Calls `listener(event, payload)` for everything that comes from the server. */
  onAny(listener) {
    this.#any.add(listener);
    return this;
  }

  offAny(listener) {
    if (listener) this.#any.delete(listener);
    else this.#any.clear();
    return this;
  }

  listeners(event) {
    return (this.#listeners.get(event) ?? []).map((each) => each.listener);
  }

  hasListeners(event) {
    return this.listeners(event).length > 0;
  }

  /** Joins. Anything else goes nowhere, as the server tells everyone; nobody ever answered a callback. */
  emit(event, payload) {
    if (!this.#connected) return this;
    if (Rooms.isJoin(event)) this.#rooms.join(event, payload);
    else if (typeof payload?.orderId === 'string') this.#rooms.acted(payload.orderId);
    return this;
  }

  #hear(event, payload, key) {
    if (key !== null && this.#keys.has(key)) return;
    if (key !== null) this.#keys.add(key);
    if (this.#keys.size > MOST_KEYS) this.#keys.delete(this.#keys.values().next().value);
    for (const listener of [...this.#any]) safely(listener, event, payload);
    this.#call(event, payload);
  }

  #call(event, ...given) {
    for (const { called } of this.#listeners.get(event) ?? []) safely(called, ...given);
  }
}
