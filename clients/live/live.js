/**
 * A live connection that heals itself: asks the API for an address, listens over Azure Web PubSub, and after every
 * (re)connect reads what it missed before it passes on what came meanwhile (connect, buffer, GET, apply, buffer).
 *
 * `live` is only said while the socket is open and the last catching up succeeded. While there is no socket, each
 * attempt still tries to catch up, so a screen keeps showing orders when only the live service is down.
 */

import { ApiError, postJson } from './api.js';
import { serverNow, stopwatch } from './clock.js';

const SUBPROTOCOL = 'json.webpubsub.azure.v1';
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 10_000;
const OPEN_WITHIN_MS = 4000;
const PING_EVERY_MS = 4000;
const PONG_WITHIN_MS = 3000;
const PROBE_WITHIN_MS = 2500;

export class LiveConnection {
  /** 'connecting' until the first success or failure, then 'live' or 'offline'. */
  state = 'connecting';
  /** When the server was last heard while the picture was whole (ms since 1970, the server's clock), or null. */
  lastContactAt = null;
  /** When `live` was lost, by the stopwatch, or null. */
  offlineSince = null;
  /** Why it is offline, where the API refused (ApiError with a status), else null. */
  refusal = null;

  #options;
  #socket = null;
  #held = null;
  #queue = Promise.resolve();
  #failures = 0;
  #turn = 0;
  #retry = null;
  #watch = null;
  #pingAt = null;
  #pongBy = null;
  #heardAt = 0;

  /**
   * @param options.api      base address of the API
   * @param options.ask      body of realtime/negotiate: {kind: 'order' | 'location' | 'station', ...}
   * @param options.token    bearer token, where the kind needs one
   * @param options.negotiate  async: asks in the place of `api`, `ask` and `token`, where a token may change meanwhile
   * @param options.catchUp  async: read what may have been missed, and show it; throws when it cannot
   * @param options.receive  called with each message {event, payload, orderId, seq, at}
   * @param options.changed  called when state, refusal or lastContactAt changed
   */
  constructor(options) {
    this.#options = options;
  }

  start() {
    window.addEventListener('online', this.#hurry);
    window.addEventListener('offline', this.#doubt);
    document.addEventListener('visibilitychange', this.#seen);
    this.#watch = setInterval(() => this.#keepAlive(), 1000);
    this.#attempt();
  }

  stop() {
    window.removeEventListener('online', this.#hurry);
    window.removeEventListener('offline', this.#doubt);
    document.removeEventListener('visibilitychange', this.#seen);
    clearInterval(this.#watch);
    clearTimeout(this.#retry);
    this.#drop();
  }

  /** Catch up now, as after a reconnect. When it fails, the connection counts as lost. */
  async refresh() {
    if (this.state !== 'live') return;
    const turn = this.#turn;
    try {
      await this.#pull();
    } catch (error) {
      if (turn === this.#turn) this.#lose(error);
    }
  }

  async #attempt() {
    clearTimeout(this.#retry);
    this.#drop();
    const turn = this.#turn;
    try {
      await this.#connect(turn);
    } catch (error) {
      if (turn !== this.#turn) return;
      this.#lose(error);
      // When only the live service is down, the API still knows; what is shown keeps the time it was read at.
      await this.#pull().catch(() => {});
      return;
    }
    if (turn !== this.#turn) return;
    try {
      await this.#pull();
      if (turn === this.#turn) this.#settle();
    } catch (error) {
      if (turn === this.#turn) this.#lose(error);
    }
  }

  async #connect(turn) {
    const { api, ask, token, negotiate } = this.#options;
    const access = await (negotiate ? negotiate() : postJson(`${api}/realtime/negotiate`, ask, { token }));
    if (turn === this.#turn) await this.#open(access.url, turn);
  }

  /** Resolves when the service says `connected`; from then on messages are held until the first pull ends. */
  #open(url, turn) {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url, SUBPROTOCOL);
      this.#socket = socket;
      const late = setTimeout(() => socket.close(), OPEN_WITHIN_MS);
      socket.onmessage = ({ data }) => {
        if (turn !== this.#turn) return;
        const frame = JSON.parse(data);
        if (frame.type === 'system' && frame.event === 'connected') {
          clearTimeout(late);
          this.#held = [];
          resolve();
        }
        this.#hear(frame);
      };
      socket.onclose = () => {
        clearTimeout(late);
        const closed = new ApiError(0, { message: 'The live connection closed' });
        reject(closed);
        if (turn === this.#turn && this.state === 'live') this.#lose(closed);
      };
    });
  }

  #hear(frame) {
    this.#heardAt = stopwatch();
    this.#pongBy = null;
    if (this.state === 'live') this.#contact();
    if (frame.type !== 'message' || !isOrderMessage(frame.data)) return;
    if (this.#held) this.#held.push(frame.data);
    else this.#options.receive(frame.data);
  }

  /** One pull after the other, so that an older answer never comes after a newer one. */
  #pull() {
    const turn = this.#turn;
    const pull = this.#queue.then(async () => {
      if (turn !== this.#turn) return;
      this.#held ??= [];
      await this.#options.catchUp();
      if (turn !== this.#turn) return;
      const held = this.#held;
      this.#held = null;
      for (const message of held) this.#options.receive(message);
      this.#contact();
    });
    this.#queue = pull.catch(() => {});
    return pull;
  }

  #settle() {
    if (this.#socket?.readyState !== WebSocket.OPEN) {
      this.#lose(new ApiError(0, null));
      return;
    }
    this.#failures = 0;
    this.state = 'live';
    this.offlineSince = null;
    this.refusal = null;
    this.#contact();
  }

  #lose(error) {
    this.#drop();
    this.state = 'offline';
    this.offlineSince ??= stopwatch();
    this.refusal = error.status ? error : null;
    const delay = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#failures);
    this.#failures += 1;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#attempt(), delay * (0.6 + 0.4 * Math.random()));
    this.#options.changed();
  }

  /** Ends the turn: whatever still comes from the old socket, or from an old answer, is not listened to. */
  #drop() {
    this.#turn += 1;
    this.#held = null;
    this.#pongBy = null;
    const socket = this.#socket;
    this.#socket = null;
    if (socket) {
      socket.onmessage = null;
      socket.close();
    }
  }

  #contact() {
    this.lastContactAt = serverNow();
    this.#options.changed();
  }

  #keepAlive() {
    const now = stopwatch();
    if (this.state !== 'live') return;
    if (this.#pongBy !== null && now > this.#pongBy) this.#lose(new ApiError(0, null));
    else if (this.#pongBy === null && now - Math.max(this.#heardAt, this.#pingAt ?? 0) >= PING_EVERY_MS) {
      this.#ping(PONG_WITHIN_MS);
    }
  }

  #ping(within) {
    this.#pingAt = stopwatch();
    this.#pongBy = this.#pingAt + within;
    this.#socket.send('{"type":"ping"}');
  }

  #hurry = () => {
    this.#failures = 0;
    if (this.state === 'live') this.#doubt();
    else this.#attempt();
  };

  // The browser's word is no proof (a stack on this very machine needs no network), but a reason to look.
  #doubt = () => {
    if (this.state === 'live') this.#ping(PROBE_WITHIN_MS);
  };

  #seen = () => {
    if (document.visibilityState === 'visible') this.#hurry();
  };
}

function isOrderMessage(data) {
  return typeof data?.orderId === 'string' && typeof data.event === 'string' && Number.isInteger(data.seq);
}
