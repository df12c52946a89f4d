/**
 * A live connection that heals itself: asks the API for an address, listens over Azure Web PubSub, and after every
 * (re)connect reads what it missed before it passes on what came meanwhile (connect, buffer, GET, apply, buffer).
 *
 * `live` is only said while the socket is open and the last catching up succeeded. While there is no socket, each
 * attempt still tries to catch up, so a screen keeps showing orders when only the live service is down.
 */

import { ApiError, postJson } from './api.js';
import { delayAfter, jittered } from './back_off.js';
import { serverNow, stopwatch } from './clock.js';
import { PubSubClient } from './pubsub.js';

const LONGEST_DELAY_MS = 10_000;
const PING_EVERY_MS = 4000;
const PONG_WITHIN_MS = 3000;
const PROBE_WITHIN_MS = 2500;
/** How often what is shown is read while there is no socket. */
export const POLL_EVERY_MS = 5000;
const POLL_HIDDEN_MS = 30_000;
/** While polling shows all there is, a socket is tried less often: where they are blocked, they stay blocked. */
const LONGEST_DELAY_POLLING_MS = 60_000;
/** Who may not look, and what is not there, will hardly be otherwise in ten seconds. */
const LONGEST_DELAY_REFUSED_MS = 60_000;

export class LiveConnection {
  /** 'connecting' until the first success or failure, then 'live', 'offline', or 'polling' where that is wanted. */
  state = 'connecting';
  /** When the server was last heard while the picture was whole (ms since 1970, the server's clock), or null. */
  lastContactAt = null;
  /** When the picture was last whole and kept so, by the stopwatch; null while it is. */
  offlineSince = null;
  /** Why it is offline, where the API refused (ApiError with a status), else null. */
  refusal = null;

  #options;
  #client = null;
  #held = null;
  #queue = Promise.resolve();
  #failures = 0;
  #turn = 0;
  #retry = null;
  #nextPoll = null;
  #watch = null;
  #pingAt = null;
  #pongBy = null;
  #heardAt = 0;

  /**
   * @param options.api      base address of the API
   * @param options.ask      body of realtime/negotiate: {kind: 'order' | 'location' | 'station' | 'menu', ...}
   * @param options.token    bearer token, where the kind needs one
   * @param options.tokenHeader  async: the headers that say who asks, such as {authorization: 'Device ...'}, in the place of `token`
   * @param options.negotiate  async: asks in the place of `api`, `ask` and `token`, where a token may change meanwhile
   * @param options.catchUp  async: read what may have been missed, and show it; throws when it cannot
   * @param options.receive  called with each message of an order {event, payload, orderId, seq, at}
   * @param options.notice   called with each message that is of no order {event, payload, at}
   * @param options.changed  called when state, refusal or lastContactAt changed
   * @param options.polling  true: while there is no socket but the API answers, catch up every few seconds, and say so
   * @param options.pollEveryMs  how often then; 5000 where it is left out
   * @param options.WebSocket  the class to use, where it is not the global one
   */
  constructor(options) {
    this.#options = options;
  }

  start() {
    globalThis.window?.addEventListener('online', this.#hurry);
    globalThis.window?.addEventListener('offline', this.#doubt);
    globalThis.document?.addEventListener('visibilitychange', this.#seen);
    this.#watch = setInterval(() => this.#keepAlive(), 1000);
    this.#attempt();
  }

  stop() {
    globalThis.window?.removeEventListener('online', this.#hurry);
    globalThis.window?.removeEventListener('offline', this.#doubt);
    globalThis.document?.removeEventListener('visibilitychange', this.#seen);
    clearInterval(this.#watch);
    clearTimeout(this.#retry);
    clearTimeout(this.#nextPoll);
    this.#endTurn();
    this.#client?.leave();
    // Whoever still asks for the newest, such as an order that was being read, must not bring it back.
    this.state = 'offline';
  }

  /** Catch up now, as after a reconnect. When it fails, the connection counts as lost. */
  async refresh() {
    if (this.state === 'polling') await this.#pollOnce();
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
    this.#endTurn();
    const turn = this.#turn;
    try {
      await this.#connect(turn);
    } catch (error) {
      if (turn !== this.#turn) return;
      if (this.state === 'polling') this.#retryLater();
      else this.#lose(error);
      await this.#pollOnce();
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
    if (await this.#recovered()) return;
    if (turn !== this.#turn) return;
    const access = await this.#negotiate();
    if (turn !== this.#turn) return;
    this.#client?.leave();
    this.#client = new PubSubClient({
      opened: () => (this.#held = []),
      frame: (frame) => this.#hear(frame),
      closed: () => {
        if (this.state === 'live') this.#lose(new ApiError(0, { message: 'The live connection closed' }));
      },
      WebSocket: this.#options.WebSocket,
    });
    await this.#client.open(access.url);
  }

  /** Whether the connection that was lost goes on. Where nothing was heard of the service at all, throws NotOpened. */
  async #recovered() {
    if (!this.#client?.recoverable) return false;
    try {
      await this.#client.recover();
      return true;
    } catch (error) {
      if (error.code === 0) throw error;
      return false;
    }
  }

  async #negotiate() {
    const { api, ask, token, tokenHeader, negotiate } = this.#options;
    if (negotiate) return negotiate();
    return postJson(`${api}/realtime/negotiate`, ask, { token, headers: await tokenHeader?.() });
  }

  #hear(frame) {
    this.#heardAt = stopwatch();
    this.#pongBy = null;
    if (this.state === 'live') this.#contact();
    if (frame.type !== 'message' || !isMessage(frame.data)) return;
    if (this.#held) this.#held.push(frame.data);
    else this.#pass(frame.data);
  }

  #pass(message) {
    if (isOfAnOrder(message)) this.#options.receive(message);
    else this.#options.notice?.(message);
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
      for (const message of held) this.#pass(message);
      this.#contact();
    });
    this.#queue = pull.catch(() => {});
    return pull;
  }

  #settle() {
    if (!this.#client.isOpen) {
      this.#lose(new ApiError(0, null));
      return;
    }
    this.#failures = 0;
    clearTimeout(this.#nextPoll);
    this.#become('live');
    this.#contact();
  }

  #become(state) {
    this.state = state;
    this.offlineSince = null;
    this.refusal = null;
  }

  #lose(error) {
    this.#endTurn();
    clearTimeout(this.#nextPoll);
    this.state = 'offline';
    this.offlineSince ??= stopwatch();
    this.refusal = error.status ? error : null;
    this.#retryLater();
    this.#options.changed();
  }

  #retryLater() {
    const delay = delayAfter(this.#failures, this.#longestDelay());
    this.#failures += 1;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#attempt(), delay);
  }

  #longestDelay() {
    if (this.state === 'polling') return LONGEST_DELAY_POLLING_MS;
    return this.refusal?.status === 403 || this.refusal?.status === 404 ? LONGEST_DELAY_REFUSED_MS : LONGEST_DELAY_MS;
  }

  /** When only the live service is down, the API still knows. */
  async #pollOnce() {
    clearTimeout(this.#nextPoll);
    const turn = this.#turn;
    try {
      await this.#pull();
    } catch (error) {
      if (turn === this.#turn && this.state === 'polling') this.#lose(error);
      return;
    }
    if (turn !== this.#turn || !this.#options.polling) return;
    this.#become('polling');
    this.#options.changed();
    const seen = this.#options.pollEveryMs ?? POLL_EVERY_MS;
    const every = globalThis.document?.visibilityState === 'hidden' ? Math.max(seen, POLL_HIDDEN_MS) : seen;
    this.#nextPoll = setTimeout(() => this.#pollOnce(), jittered(every));
  }

  /** Whatever still comes from the old socket, or from an old answer, is not listened to. */
  #endTurn() {
    this.#turn += 1;
    this.#held = null;
    this.#pongBy = null;
    this.#client?.lose();
  }

  #contact() {
    this.lastContactAt = serverNow();
    this.#options.changed();
  }

  #keepAlive() {
    const now = stopwatch();
    if (this.state !== 'live') return;
    this.#client.acknowledge();
    if (this.#pongBy !== null && now > this.#pongBy) this.#lose(new ApiError(0, null));
    else if (this.#pongBy === null && now - Math.max(this.#heardAt, this.#pingAt ?? 0) >= PING_EVERY_MS) {
      this.#ping(PONG_WITHIN_MS);
    }
  }

  #ping(within) {
    this.#pingAt = stopwatch();
    this.#pongBy = this.#pingAt + within;
    this.#client.ping();
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

function isMessage(data) {
  return typeof data?.event === 'string' && (data.orderId === undefined || isOfAnOrder(data));
}

function isOfAnOrder(message) {
  return typeof message.orderId === 'string' && Number.isInteger(message.seq);
}
