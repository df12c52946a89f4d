/**
 * One connection to Azure Web PubSub on the wire. The service numbers what it sends in the reliable subprotocol, keeps what
 * is not acknowledged, and sends it again to whoever takes the connection up again within a minute.
 */

import { stopwatch } from './clock.js';

const RELIABLE = 'json.reliable.webpubsub.azure.v1';
const PLAIN = 'json.webpubsub.azure.v1';

const OPEN_WITHIN_MS = 4000;
/** The service keeps a lost connection for about a minute; later than this the way by a new address is surer. */
const RECOVER_WITHIN_MS = 30_000;
/** The service ends a connection that leaves 1,000 messages unacknowledged. */
const UNACKNOWLEDGED_MOST = 100;

/** The connection was not opened. `code`: the websocket's close code, 0 where it took too long. */
export class NotOpened extends Error {
  constructor(code) {
    super('The live connection did not open');
    this.name = 'NotOpened';
    this.status = 0;
    this.code = code;
  }
}

export class PubSubClient {
  #options;
  #url = null;
  #socket = null;
  /** Sockets that are not listened to any more. Closing one would end a connection that is to be recovered. */
  #left = new Set();
  #id = null;
  #reconnectionToken = null;
  #lostAt = null;
  #received = 0;
  #acknowledged = 0;

  /**
   * @param options.opened  called when it is open, before its first frame is passed on
   * @param options.frame   called with each frame; a message that was sent again and is known is left out
   * @param options.closed  called when it was open and is not any more
   * @param options.WebSocket  the class to use, where it is not the global one
   */
  constructor(options) {
    this.#options = options;
  }

  /** Opens a new connection: reliable, or plain where the service does not speak that. Rejects with NotOpened. */
  open(url) {
    this.#url = url;
    return this.#begin(url, [RELIABLE, PLAIN], { recovering: false });
  }

  /** Whether it is worth trying to take up the connection that was lost. */
  get recoverable() {
    return this.#reconnectionToken !== null && this.#lostAt !== null && stopwatch() - this.#lostAt < RECOVER_WITHIN_MS;
  }

  /** Takes up the lost connection. Rejects with NotOpened; `recoverable` then says whether another try makes sense. */
  async recover() {
    const url = new URL(this.#url);
    url.search = '';
    url.searchParams.set('awps_connection_id', this.#id);
    url.searchParams.set('awps_reconnection_token', this.#reconnectionToken);
    try {
      await this.#begin(url.href, [RELIABLE], { recovering: true });
    } catch (error) {
      if (error.code === 1008) this.#reconnectionToken = null;
      throw error;
    }
  }

  /** Whether its socket is open now. */
  get isOpen() {
    return this.#socket?.readyState === 1;
  }

  /** Asks the service for a sign of life: a frame of type pong. */
  ping() {
    this.#send({ type: 'ping' });
  }

  /** Tells the service what has come, so that it keeps no more of it; to be called about once a second. */
  acknowledge() {
    if (this.#received === this.#acknowledged || !this.isOpen) return;
    this.#acknowledged = this.#received;
    this.#send({ type: 'sequenceAck', sequenceId: this.#received });
  }

  /** Listens no more to the socket; the connection may be recovered. */
  lose() {
    this.#lostAt ??= stopwatch();
    if (!this.#socket) return;
    this.#left.add(this.#socket);
    this.#socket = null;
  }

  /** Ends the connection for good. */
  leave() {
    this.lose();
    this.#reconnectionToken = null;
    this.#closeLeft();
  }

  #begin(url, subprotocols, { recovering }) {
    return new Promise((resolve, reject) => {
      const socket = new (this.#options.WebSocket ?? WebSocket)(url, subprotocols);
      this.#socket = socket;
      let open = false;
      const fail = (code) => {
        clearTimeout(late);
        if (this.#socket === socket) this.#socket = null;
        reject(new NotOpened(code));
      };
      const late = setTimeout(() => {
        socket.close();
        fail(0);
      }, OPEN_WITHIN_MS);
      // Who takes a connection up again need not be greeted: an answer to this shows that it goes on.
      if (recovering) socket.onopen = () => socket.send('{"type":"ping"}');
      socket.onmessage = ({ data }) => {
        if (this.#socket !== socket) return;
        const frame = JSON.parse(data);
        if (!open) {
          if (!recovering && frame.event !== 'connected') return;
          open = true;
          clearTimeout(late);
          this.#lostAt = null;
          this.#closeLeft();
          this.#options.opened();
          resolve();
        }
        this.#hear(frame);
      };
      socket.onclose = ({ code }) => {
        if (!open) fail(code);
        else if (this.#socket === socket) {
          this.lose();
          this.#options.closed();
        }
      };
    });
  }

  #hear(frame) {
    if (frame.type === 'system' && frame.event === 'connected') {
      this.#id = frame.connectionId;
      this.#reconnectionToken = frame.reconnectionToken ?? null;
    }
    // The service says goodbye: it has forgotten the connection, or whoever listened may not any more.
    if (frame.type === 'system' && frame.event === 'disconnected') this.#reconnectionToken = null;
    if (Number.isInteger(frame.sequenceId)) {
      if (frame.sequenceId <= this.#received) return;
      this.#received = frame.sequenceId;
      if (this.#received - this.#acknowledged >= UNACKNOWLEDGED_MOST) this.acknowledge();
    }
    this.#options.frame(frame);
  }

  #send(frame) {
    this.#socket.send(JSON.stringify(frame));
  }

  #closeLeft() {
    for (const socket of this.#left) socket.close();
    this.#left.clear();
  }
}
