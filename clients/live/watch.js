/** What all watches have in common: a live connection, its state as it is told, and filling gaps. */

import { LiveConnection } from './live.js';
import { safely } from './safely.js';
import { OrderSequence } from './sequence.js';

export class Watch {
  _backend;
  #handlers;
  #connection;
  #told = null;
  #refused = null;
  #closed;

  /**
   * @param ask  body of realtime/negotiate
   * @param options.closed  called with this watch when it is closed
   */
  constructor(backend, ask, handlers, { WebSocket, pollEveryMs, closed } = {}) {
    this._backend = backend;
    this.#handlers = handlers;
    this.#closed = closed;
    this.#connection = new LiveConnection({
      negotiate: () => backend.negotiate(ask),
      catchUp: () => this._catchUp(),
      receive: (message) => this._receive(message),
      notice: (message) => this._notice(message),
      changed: () => this.#tell(),
      polling: true,
      pollEveryMs,
      WebSocket,
    });
  }

  /** 'connecting', 'live', 'polling' (whole, but up to some seconds old) or 'offline'. */
  get state() {
    return this.#connection.state;
  }

  /** When what is shown was last known to be whole: ms since 1970 by the server's clock, or null. */
  get lastContactAt() {
    return this.#connection.lastContactAt;
  }

  /** Why it is offline, where the API refused (ApiError), else null. */
  get refusal() {
    return this.#connection.refusal;
  }

  /** Reads now what may have been missed. */
  refresh() {
    return this.#connection.refresh();
  }

  /** Ends the watch: nothing is called any more. */
  close() {
    this.#handlers = {};
    this.#connection.stop();
    this.#closed?.(this);
  }

  /** Begins; a subclass is whole by then. */
  _start() {
    this.#connection.start();
    return this;
  }

  /** Calls a handler, where there is one. */
  _call(name, ...given) {
    if (this._wants(name)) safely(() => this.#handlers[name](...given));
  }

  _wants(name) {
    return Boolean(this.#handlers[name]);
  }

  async _catchUp() {}

  _receive() {}

  _notice(message) {
    this._call('notice', message);
  }

  #tell() {
    const { state, refusal } = this.#connection;
    if (refusal && refusal !== this.#refused) this._call('refused', refusal);
    this.#refused = refusal;
    if (state === this.#told) return;
    this.#told = state;
    this._call('state', state);
  }
}

/**
 * A watch of orders: passes on each event once, and reads what was missed before it passes on what came after a gap. What a
 * picture shows already, because its message came later, is no event.
 */
export class SequencedWatch extends Watch {
  _sequence = new OrderSequence();
  /** orderId -> the seq up to which the newest picture has it. */
  #pictured = new Map();
  #afterGap = [];

  _receive(message) {
    const known = this._sequence.of(message.orderId);
    if (known && message.seq > known + 1) {
      this.#afterGap.push(message);
      this.refresh();
    } else {
      this.#passOn(message);
    }
  }

  /** To be called when a picture was read. `seqs`: pairs of an order's id and its seq. */
  _pictureRead(seqs) {
    this.#pictured = new Map(seqs);
    for (const [orderId, seq] of seqs) this._sequence.raise(orderId, seq);
    for (const message of this.#afterGap.splice(0)) this.#passOn(message);
  }

  #passOn(message) {
    if (message.seq > (this.#pictured.get(message.orderId) ?? 0)) this._deliver(message);
  }

  _deliver(message) {
    if (this._sequence.accept(message)) this._call('event', message);
  }
}
